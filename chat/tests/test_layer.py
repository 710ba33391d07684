"""The channel layer: the standard interface as others know it, and on top of it what hubs need. With a real Valkey."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings

from chat.layer import CoalescingLayer

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(os.environ.get("ALLIV_TEST_SERVICES") == "none", reason="the layer is one over Redis"),
]


def with_two(act: Callable[[CoalescingLayer, CoalescingLayer], Awaitable[None]], hosts: list[str] | None = None) -> None:
    """Two layers as two processes have them."""

    async def run() -> None:
        prefix = f"test{uuid4().hex[:6]}"
        layers = [CoalescingLayer(hosts=hosts or [settings.REDIS_URL], prefix=prefix) for _ in range(2)]
        try:
            await asyncio.wait_for(act(*layers), 10)
        finally:
            for layer in layers:
                await layer.flush()

    asyncio.run(run())


async def heard(there: list[Any], count: int) -> list[Any]:
    while len(there) < count:
        await asyncio.sleep(0.01)
    return there


def test_a_group_of_others_works_as_it_always_did() -> None:
    async def act(one: CoalescingLayer, other: CoalescingLayer) -> None:
        here, there = await one.new_channel(), await other.new_channel()
        await one.group_add("crew", here)
        await other.group_add("crew", there)
        await one.group_send("crew", {"type": "news", "number": 1})
        assert await one.receive(here) == await other.receive(there) == {"type": "news", "number": 1}
        await other.group_discard("crew", there)
        await one.group_send("crew", {"type": "news", "number": 2})
        assert (await one.receive(here))["number"] == 2
        await one.send(there, {"type": "direct"})
        assert await other.receive(there) == {"type": "direct"}

    with_two(act)


def test_what_is_told_reaches_other_processes_in_order_and_not_ones_own() -> None:
    async def act(one: CoalescingLayer, other: CoalescingLayer) -> None:
        mine: list[Any] = []
        theirs: list[Any] = []
        await one.group_add("room", await one.listen(mine.append))
        await other.group_add("room", await other.listen(theirs.append))
        for number in range(1200):
            one.tell("room", number)
        assert await heard(theirs, 1200) == list(range(1200))
        await one.group_send("room", "for all")
        assert await heard(mine, 1) == ["for all"]

    with_two(act)


def test_who_is_alone_tells_nobody_and_who_comes_is_told_at_once() -> None:
    async def act(one: CoalescingLayer, other: CoalescingLayer) -> None:
        shard = one._get_layer()._shards[0]
        published: list[Any] = []
        shard.tell = lambda channel, message: published.append(one.deserialize(message))

        async def looked() -> bool:
            await one.look_for_others()
            await asyncio.sleep(0.05)  # until it has heard itself
            return bool(shard.census.alone)

        await one.group_add("room", await one.listen(lambda message: None))
        one.tell("room", "before it looked")
        while not await looked():
            pass
        one.tell("room", "alone")
        await other.group_add("room", await other.listen(lambda message: None))
        while shard.census.alone:
            await asyncio.sleep(0.01)
        one.tell("room", "there is another")
        assert not await looked()
        assert not await looked()
        one.tell("room", "still")
        await other.flush()
        while not await looked():
            pass
        one.tell("room", "alone again")
        assert published == ["before it looked", "there is another", "still"]

    with_two(act)


def test_groups_can_be_joined_and_left_in_any_order_at_once() -> None:
    """The last word counts, and who has joined hears all that is sent from then on."""

    async def act(one: CoalescingLayer, other: CoalescingLayer) -> None:
        mine: list[Any] = []
        channel = await one.listen(mine.append)
        groups = [f"room.{number}" for number in range(300)]
        await asyncio.gather(*(one.group_add(group, channel) for group in groups))
        await asyncio.gather(*(one.group_discard(group, channel) for group in groups[:200]))
        await asyncio.gather(*(one.group_add(group, channel) for group in groups[:100]))
        for group in groups:
            other.tell(group, group)
        other.tell(groups[0], "end")
        assert await heard(mine, 201) == [*groups[:100], *groups[200:], "end"]

    with_two(act)


def test_several_servers_share_the_groups() -> None:
    async def act(one: CoalescingLayer, other: CoalescingLayer) -> None:
        mine: list[Any] = []
        channel = await one.listen(mine.append)
        groups = [f"room.{number}" for number in range(50)]
        await one.join(groups, channel)
        assert {id(one._get_layer()._get_shard(f"{one.prefix}__group__{group}")) for group in groups} == {
            id(shard) for shard in one._get_layer()._shards
        }
        for group in groups:
            other.tell(group, group)
        assert sorted(await heard(mine, 50)) == sorted(groups)

    address = settings.REDIS_URL.rsplit("/", 1)[0]
    with_two(act, [f"{address}/0", f"{address}/1"])


def test_without_a_server_joining_says_so_and_telling_raises_nothing() -> None:
    async def act(one: CoalescingLayer, other: CoalescingLayer) -> None:
        one.tell("room", "lost")
        with pytest.raises(Exception, match=r"(?i)connect"):
            await one.group_send("room", "lost as well")
        with pytest.raises(Exception, match=r"(?i)connect"):
            await one.new_channel()
        with pytest.raises(Exception, match=r"(?i)connect"):
            await one.join(["room", "crew"], "nobody")

    with_two(act, ["redis://127.0.0.1:1/0"])
