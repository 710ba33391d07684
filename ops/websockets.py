"""The server's side of a socket's end: a goodbye waits for nobody, and a peer who does not take it is cut off.

Uvicorn's own holds the goodbye back until the peer reads again, and keeps the connection of one who never does for ever.
"""

from asyncio import TimerHandle
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

CUT_SECONDS = 10.0


class DecidedProtocol(WebSocketsSansIOProtocol):
    cut: TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.handshake_exc is not None:  # refused before it became a question, such as an address without end: that answer waits
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    async def send(self, message: Any) -> None:
        if message["type"] == "websocket.close":
            self.writable.set()  # a few bytes, and nothing comes behind them
        await super().send(message)

    async def run_asgi(self) -> None:
        await super().run_asgi()
        if not self.disconnected:
            self.cut = self.loop.call_later(CUT_SECONDS, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.cut is not None:
            self.cut.cancel()
