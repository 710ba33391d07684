"""An SMTP server that can be away and knows what it took."""

import re
import socketserver
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from ops.scratch import free_port

MESSAGE_ID = re.compile(rb"^Message-ID:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
ANSWERS = {b"EHLO": b"250 drill", b"HELO": b"250 drill", b"DATA": b"354 go on", b"QUIT": b"221 bye"}


class PostOffice:
    """While it is open it takes everything. `on_taken` hears of a mail before its sender does: who is killed then never notes it."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"smtp://127.0.0.1:{self.port}"
        self.answer = b"250 taken"  # to a mail; empty: it hangs up instead
        self.taken: Counter[str] = Counter()
        self.on_taken: Callable[[str], None] = lambda message_id: None
        self.server: socketserver.ThreadingTCPServer | None = None

    def open(self) -> None:
        window = type("Window", (Window,), {"office": self})
        self.server = Server(("127.0.0.1", self.port), window)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def take(self, mail: bytes) -> None:
        found = MESSAGE_ID.search(mail)
        name = found[1].decode() if found else "without a name"
        self.taken[name] += 1
        self.on_taken(name)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


class Window(socketserver.StreamRequestHandler):
    office: PostOffice

    def handle(self) -> None:
        with suppress(OSError):  # the other side was killed
            self.say(b"220 drill")
            for line in self.rfile:
                word = line[:4].upper()
                self.say(ANSWERS.get(word, b"250 well"))
                if word == b"DATA":
                    self.office.take(b"".join(iter(self.rfile.readline, b".\r\n")))
                    if not self.office.answer:
                        return
                    self.say(self.office.answer)

    def say(self, words: bytes) -> None:
        self.wfile.write(words + b"\r\n")
