"""The server's side of a connection's end: a process that leaves answers what is on its way. (Workers load this before Django.)"""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LISTEN_SECONDS = 0.5


class PatientProtocol(HttpToolsProtocol):
    """Hangs up on nobody whose question is on its way: only on who is silent for a moment. Who asks is answered a last time."""

    leaving = False

    def shutdown(self) -> None:
        self.leaving = True
        if self.cycle is not None and not self.cycle.response_complete:
            super().shutdown()
        else:
            self.loop.call_later(LISTEN_SECONDS, super().shutdown)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self.leaving and self.cycle is not None:
            self.cycle.keep_alive = False

    def handle_websocket_upgrade(self) -> None:
        if self.leaving:
            self.transport.close()  # its client comes back to another process
        else:
            super().handle_websocket_upgrade()
