"""Channels' pub/sub layer without its two brakes.

The stock layer publishes one message at a time and looks for news ten times a second. This one publishes everything of a loop turn in one
pipeline, waits for news without a timer, and knows when a subscription has begun: history must not be read before that.
"""

import asyncio
import logging
from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer, RedisSingleShardConnection

log = logging.getLogger("alliv.chat")
MAX_PIPELINE = 512
MAX_WAITING = 20_000
CONFIRMATION_SECONDS = 2.0
PUBLISH_SECONDS = 5.0
QUIET_SECONDS = 10.0

Publication = tuple[str, bytes, "asyncio.Future[None]"]


class CoalescingShard(RedisSingleShardConnection):  # type: ignore[misc]  # channels_redis has no types
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.outgoing: list[Publication] = []
        self.flushing: asyncio.Task[None] | None = None
        self.unconfirmed: dict[str, asyncio.Future[None]] = {}
        self.listening = asyncio.Event()
        self.asked = False

    async def publish(self, channel: str, message: bytes) -> None:
        """Raises when the server did not take it."""
        if len(self.outgoing) >= MAX_WAITING:
            raise ConnectionError("too much waits to be published")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.outgoing.append((channel, message, done))
        if self.flushing is None:
            self.flushing = asyncio.create_task(self.flush_outgoing())
        await done

    async def flush_outgoing(self) -> None:
        try:
            while self.outgoing:
                batch, self.outgoing = self.outgoing[:MAX_PIPELINE], self.outgoing[MAX_PIPELINE:]
                await self.publish_batch(batch)
        finally:
            self.flushing = None

    async def publish_batch(self, batch: list[Publication]) -> None:
        error: Exception | None = None
        try:
            self._ensure_redis()
            pipeline = self._redis.pipeline(transaction=False)
            for channel, message, _ in batch:
                pipeline.publish(channel, message)
            async with asyncio.timeout(PUBLISH_SECONDS):
                await pipeline.execute()
        except Exception as caught:
            error = caught
        for _, _, done in batch:
            if not done.done():
                done.set_result(None) if error is None else done.set_exception(error)

    async def subscribe(self, channel: str) -> None:
        """Returns when the server has confirmed, or after two seconds without a word."""
        confirmed = self.unconfirmed.setdefault(channel, asyncio.get_running_loop().create_future())
        known = channel in self._subscribed_to
        await super().subscribe(channel)
        self.listening.set()
        try:
            if not known:
                await asyncio.wait_for(asyncio.shield(confirmed), CONFIRMATION_SECONDS)
        except TimeoutError:
            log.warning("a subscription was not confirmed", extra={"channel": channel})
        finally:
            self.unconfirmed.pop(channel, None)

    async def _do_receiving(self) -> None:
        while True:
            try:
                await self.receive_next()
            except (asyncio.CancelledError, GeneratorExit):
                raise
            except Exception as error:
                log.warning("the channel layer is not reachable", extra={"error": repr(error)})
                await asyncio.sleep(0.5)

    async def receive_next(self) -> None:
        if not (self._pubsub and self._pubsub.subscribed):
            self.listening.clear()
            await self.listening.wait()
        answer = await self._pubsub.parse_response(block=False, timeout=QUIET_SECONDS)
        if answer is None:
            await self.ask_whether_it_lives()
            return
        self.asked = False
        if isinstance(answer, list) and len(answer) >= 3:
            await self.take(*answer[:3])

    async def ask_whether_it_lives(self) -> None:
        """A server that went away without a word leaves a connection on which nothing ever comes."""
        if self.asked:
            self.asked = False
            await self._pubsub.connection.disconnect()
            raise ConnectionError("the server has fallen silent")
        self.asked = True
        await self._pubsub.ping()

    async def take(self, kind: bytes | str, channel: bytes | str, data: Any) -> None:
        if kind in (b"message", "message"):
            self._receive_message({"channel": channel, "data": data})
            return
        await self._pubsub.handle_message([kind, channel, data])
        if kind in (b"subscribe", "subscribe"):
            self.confirm(channel)

    def confirm(self, channel: bytes | str) -> None:
        name = channel.decode() if isinstance(channel, bytes) else channel
        waiting = self.unconfirmed.get(name)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)


class CoalescingLayer(RedisPubSubChannelLayer):  # type: ignore[misc]
    def _get_layer(self) -> Any:
        layer = super()._get_layer()
        if not isinstance(layer._shards[0], CoalescingShard):
            layer._shards = [CoalescingShard(shard.host, layer) for shard in layer._shards]
        return layer
