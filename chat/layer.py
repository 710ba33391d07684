"""Channels' pub/sub layer without its brakes.

The stock layer publishes one message at a time and looks for news ten times a second. This one publishes everything of a loop turn with one
command, waits for news without a timer, reads all that has come at once, and knows when a subscription has begun: history must not be
read before that. On top of the layer's own interface a hub can `listen` without a task for each message, and `tell` other processes,
if there are any, what it has told its own sockets already.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from uuid import uuid4

from channels_redis.pubsub import RedisPubSubChannelLayer, RedisSingleShardConnection

from chat.census import Census

log = logging.getLogger("alliv.chat")
MAX_TOGETHER = 512
MAX_WAITING = 20_000
CONFIRMATION_SECONDS = 2.0
PUBLISH_SECONDS = 5.0
QUIET_SECONDS = 10.0
# What is published begins with the mark of the process that need not hear it; the marks of those who want to hear themselves are zeros.
MARK_BYTES = 8
NOBODY = bytes(MARK_BYTES)
PUBLISH_ALL = "for i = 1, #KEYS do redis.call('PUBLISH', KEYS[i], ARGV[i]) end"


class Publication(NamedTuple):
    channel: str
    message: bytes
    done: "asyncio.Future[None] | None" = None


class CoalescingShard(RedisSingleShardConnection):  # type: ignore[misc]  # channels_redis has no types
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.mark = uuid4().bytes[:MARK_BYTES]
        self.census = Census(f"{self.channel_layer.prefix}.census", self.mark, self.publish_at_once)
        self.census_channel = self.census.channel.encode()
        self.outgoing: list[Publication] = []
        self.flushing: asyncio.Task[None] | None = None
        self.wanted: dict[str, bool] = {}
        self.changing: asyncio.Task[None] | None = None
        self.unconfirmed: dict[str, asyncio.Future[None]] = {}
        self.listening = asyncio.Event()
        self.asked = False

    # --- Publishing ---

    async def publish(self, channel: str, message: bytes) -> None:
        """Raises when the server did not take it."""
        if len(self.outgoing) >= MAX_WAITING:
            raise ConnectionError("too much waits to be published")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.enqueue(Publication(channel, NOBODY + message, done))
        await done

    def tell(self, channel: str, message: bytes) -> None:
        """Publishes it for other processes. Nobody waits and nobody hears when that fails."""
        if len(self.outgoing) < MAX_WAITING:
            self.enqueue(Publication(channel, self.mark + message))

    async def publish_at_once(self, channel: str, message: bytes) -> int:
        """How many heard it."""
        self._ensure_redis()
        return int(await self._redis.publish(channel, message))

    def enqueue(self, publication: Publication) -> None:
        self.outgoing.append(publication)
        if self.flushing is None:
            self.flushing = asyncio.get_running_loop().create_task(self.flush_outgoing())

    async def flush_outgoing(self) -> None:
        try:
            while self.outgoing:
                batch, self.outgoing = self.outgoing[:MAX_TOGETHER], self.outgoing[MAX_TOGETHER:]
                await self.publish_batch(batch)
        finally:
            self.flushing = None

    async def publish_batch(self, batch: list[Publication]) -> None:
        error: Exception | None = None
        try:
            self._ensure_redis()
            channels, messages, _ = zip(*batch, strict=True)
            async with asyncio.timeout(PUBLISH_SECONDS):
                await self._redis.eval(PUBLISH_ALL, len(batch), *channels, *messages)
        except Exception as caught:
            error = caught
            log.warning("what other processes should hear was lost", extra={"lost": len(batch), "error": repr(error)})
        for done in (publication.done for publication in batch if publication.done):
            if not done.done():
                done.set_result(None) if error is None else done.set_exception(error)

    # --- Subscribing ---

    async def subscribe(self, channel: str) -> None:
        await self.subscribe_all([channel])

    async def subscribe_all(self, channels: Iterable[str]) -> None:
        """Returns when the server has confirmed them, or after two seconds without a word."""
        loop = asyncio.get_running_loop()
        confirmed = []
        for channel in channels:
            if channel not in self._subscribed_to or self.changing is not None:
                confirmed.append(self.unconfirmed.setdefault(channel, loop.create_future()))
                self.want(channel, wanted=True)
        if not confirmed:
            return
        done, late = await asyncio.wait(confirmed, timeout=CONFIRMATION_SECONDS)
        if late:
            log.warning("subscriptions were not confirmed", extra={"number": len(late)})
        for error in [confirmation.exception() for confirmation in done]:
            if error is not None:
                raise error

    async def unsubscribe(self, channel: str) -> None:
        self.want(channel, wanted=False)

    def want(self, channel: str, *, wanted: bool) -> None:
        """What is wanted in one turn of the loop is asked for with one command; of the same channel the last word counts."""
        self.wanted[channel] = wanted
        if self.changing is None:
            self.changing = asyncio.get_running_loop().create_task(self.change_subscriptions())

    async def change_subscriptions(self) -> None:
        try:
            while self.wanted:
                wanted, self.wanted = self.wanted, {}
                async with self._lock:
                    await self.change(wanted)
        finally:
            self.changing = None

    async def change(self, wanted: dict[str, bool]) -> None:
        new = [channel for channel, wish in wanted.items() if wish and channel not in self._subscribed_to]
        if first := new and self.census.channel not in self._subscribed_to:
            new.insert(0, self.census.channel)
        old = [channel for channel, wish in wanted.items() if not wish and channel in self._subscribed_to]
        for channel in wanted.keys() & self._subscribed_to - set(old):
            self.confirm(channel)
        try:
            self._ensure_redis()
            self._ensure_receiver()
            if old:
                await self._pubsub.unsubscribe(*old)
                self._subscribed_to.difference_update(old)
            if new:
                await self._pubsub.subscribe(*new)
                self._subscribed_to.update(new)
                self.listening.set()
            if first:
                await self.census.call()
        except Exception as error:
            for channel in new:
                self.confirm(channel, error)

    # --- Receiving ---

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
        """Waits for one answer and takes all that came with it."""
        if not (self._pubsub and self._pubsub.subscribed):
            self.listening.clear()
            await self.listening.wait()
        answer = await self._pubsub.parse_response(block=False, timeout=QUIET_SECONDS)
        if answer is None:
            await self.ask_whether_it_lives()
            return
        self.asked = False
        while isinstance(answer, list):
            if len(answer) >= 3:
                await self.take(*answer[:3])
            answer = self.next_in_memory()

    def next_in_memory(self) -> Any:
        """An answer that was read along with the one before, without the client's timer and retries around each; else something else."""
        reader = getattr(self._pubsub.connection._parser, "_reader", None)  # hiredis has one
        return reader.gets() if reader is not None else None

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
            if channel == self.census_channel:
                self.census.hear(data)
            elif data[:MARK_BYTES] != self.mark:
                self._receive_message({"channel": channel, "data": data[MARK_BYTES:]})
            return
        await self._pubsub.handle_message([kind, channel, data])
        if kind in (b"subscribe", "subscribe"):
            self.confirm(channel)

    def confirm(self, channel: bytes | str, error: Exception | None = None) -> None:
        name = channel.decode() if isinstance(channel, bytes) else channel
        waiting = self.unconfirmed.pop(name, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(None) if error is None else waiting.set_exception(error)


class Listener:
    """Stands where a channel's queue would, and hands everything on at once."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self.put_nowait = take


class CoalescingLayer(RedisPubSubChannelLayer):  # type: ignore[misc]
    def _get_layer(self) -> Any:
        layer = super()._get_layer()
        if not isinstance(layer._shards[0], CoalescingShard):
            layer._shards = [CoalescingShard(shard.host, layer) for shard in layer._shards]
        return layer

    async def listen(self, take: Callable[[Any], None]) -> str:
        """A new channel whose messages go to `take`, in the turn in which they arrive. It must not raise."""
        layer = self._get_layer()
        channel: str = await layer.new_channel("listener.")
        layer.channels[channel] = Listener(lambda message: take(self.deserialize(message)))
        return channel

    async def join(self, groups: Iterable[str], channel: str) -> None:
        """`group_add` for many groups at once."""
        layer = self._get_layer()
        wanted: dict[CoalescingShard, list[str]] = defaultdict(list)
        for group in groups:
            group_channel = layer._get_group_channel_name(group)
            layer.groups.setdefault(group_channel, set()).add(channel)
            wanted[layer._get_shard(group_channel)].append(group_channel)
        await asyncio.gather(*(shard.subscribe_all(channels) for shard, channels in wanted.items()))

    def tell(self, group: str, message: Any) -> None:
        """Sends to the group as other processes know it, without waiting. Call it on the event loop."""
        layer = self._get_layer()
        channel = layer._get_group_channel_name(group)
        shard = layer._get_shard(channel)
        if not shard.census.alone:
            shard.tell(channel, self.serialize(message))

    async def look_for_others(self) -> None:
        """Call it every other second: only then may `tell` find that there is nobody."""
        await asyncio.gather(*(shard.census.call() for shard in self._get_layer()._shards if shard.listening.is_set()))
