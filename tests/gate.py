"""A door in front of a server, so that it can be away and come back: a real fault of the network, whoever stands behind it."""

import socket
import threading
from contextlib import suppress

BLOCK = 65_536


class Gate:
    """Listens on `port` while it is open. Closing it ends what goes through it."""

    def __init__(self, host: str, port: int) -> None:
        self.behind = (host, port)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.listener: socket.socket | None = None
        self.through: list[socket.socket] = []

    def open(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def close(self) -> None:
        if self.listener is not None:
            with suppress(OSError):
                self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.listener = None
        for one in self.through:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self.through.clear()

    def accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(self.behind)
                self.through += [client, server]
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=pour, args=(source, sink), daemon=True).start()


def pour(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while block := source.recv(BLOCK):
            sink.sendall(block)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
