"""Asking together: nobody waits for a timer, and everybody's answer is younger than their question."""

import asyncio
from collections.abc import Sequence

import pytest

from chat.together import MAX_TOGETHER, Together

pytestmark = pytest.mark.unit


class Oracle:
    """Doubles numbers when it is let; what it was asked, group by group."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.free = asyncio.Event()

    async def ask(self, numbers: Sequence[int]) -> list[int]:
        self.groups.append(list(numbers))
        await self.free.wait()
        if 13 in numbers:
            raise ValueError("thirteen")
        return [2 * number for number in numbers]


def test_what_is_asked_meanwhile_is_asked_together() -> None:
    async def act() -> tuple[list[list[int]], list[int]]:
        oracle = Oracle()
        double: Together[int, int] = Together(oracle.ask)
        first = asyncio.create_task(double(1))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        others = [asyncio.create_task(double(number)) for number in (2, 3)]
        await asyncio.sleep(0)
        assert oracle.groups == [[1]]
        oracle.free.set()
        return oracle.groups, list(await asyncio.gather(first, *others))

    assert asyncio.run(act()) == ([[1], [2, 3]], [2, 4, 6])


def test_a_failure_is_told_to_all_it_concerns_and_to_nobody_else() -> None:
    async def act() -> list[int | BaseException]:
        oracle = Oracle()
        double: Together[int, int] = Together(oracle.ask)
        oracle.free.set()
        bad = [asyncio.create_task(double(number)) for number in (12, 13)]
        outcomes = await asyncio.gather(*bad, return_exceptions=True)
        return [*outcomes, await double(1)]

    one, other, good = asyncio.run(act())
    assert isinstance(one, ValueError)
    assert isinstance(other, ValueError)
    assert good == 2


def test_who_stops_waiting_holds_up_nobody() -> None:
    async def act() -> int:
        oracle = Oracle()
        double: Together[int, int] = Together(oracle.ask)
        gone, stays = asyncio.create_task(double(1)), asyncio.create_task(double(2))
        await asyncio.sleep(0)
        gone.cancel()
        oracle.free.set()
        return await stays

    assert asyncio.run(act()) == 4


def test_a_crowd_is_asked_in_portions() -> None:
    async def act() -> list[int]:
        oracle = Oracle()
        double: Together[int, int] = Together(oracle.ask)
        oracle.free.set()
        await asyncio.gather(*map(double, range(MAX_TOGETHER + 1, 2 * MAX_TOGETHER + 2)))
        return [len(group) for group in oracle.groups]

    assert asyncio.run(act()) == [MAX_TOGETHER, 1]


def test_who_only_mentions_something_waits_for_nothing_and_hears_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    async def act() -> tuple[list[list[int]], list[int]]:
        oracle = Oracle()
        double: Together[int, int] = Together(oracle.ask)
        oracle.free.set()
        double.mention(13)
        double.mention(1)
        with pytest.raises(ValueError, match="thirteen"):
            await double(2)
        double.mention(3)
        return oracle.groups, [await double(4)]

    assert asyncio.run(act()) == ([[13, 1, 2], [3, 4]], [8])
    assert [record.message for record in caplog.records] == ["nobody waited for what failed"]
