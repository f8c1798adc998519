"""Turns: a few at once, fair between askers, bounded, and no thread for those who wait."""

from __future__ import annotations

import asyncio

import pytest

from core.errors import Crowded, TooManyAtOnce
from core.fair_queue import FairQueue

pytestmark = pytest.mark.fast


async def _settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


class Crowd:
    """Askers who hold their turn until they are told to go."""

    def __init__(self, turns: FairQueue) -> None:
        self.turns = turns
        self.begun: list[str] = []
        self.leave: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def _hold(self, name: str, asker: str) -> None:
        async with self.turns.turn(asker):
            self.begun.append(name)
            await self.leave[name].wait()

    async def come(self, *names: str) -> None:
        for name in names:
            self.leave[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._hold(name, name[0]))
            await _settle()

    async def go(self, name: str) -> None:
        self.leave[name].set()
        await self.tasks[name]
        await _settle()


def test_one_asker_with_many_requests_holds_nobody_else_up() -> None:
    async def run() -> list[str]:
        crowd = Crowd(FairQueue(2, each=1, waiting=50, each_waiting=50))
        await crowd.come(*(f"a{number}" for number in range(10)), "b0", "c0")
        assert crowd.begun == ["a0", "b0"]
        await crowd.go("b0")
        assert crowd.begun[2:] == ["c0"]  # and not another of a, who has one running
        await crowd.go("a0")
        assert crowd.begun[3:] == ["a1"]
        for task in crowd.tasks.values():
            task.cancel()
        return crowd.begun

    asyncio.run(run())


def test_whoever_had_fewest_turns_goes_first() -> None:
    async def run() -> None:
        crowd = Crowd(FairQueue(1, each=1, waiting=50, each_waiting=50))
        await crowd.come("a0", "a1", "a2", "b0", "b1")
        order = ["a0", "b0", "a1", "b1", "a2"]
        for number, name in enumerate(order):
            assert crowd.begun == order[: number + 1]
            await crowd.go(name)

    asyncio.run(run())


def test_what_comes_beyond_the_bounds_is_refused_with_a_time() -> None:
    async def run() -> None:
        crowd = Crowd(FairQueue(1, each=1, waiting=3, each_waiting=2, seconds=10.0))
        await crowd.come("a0", "a1", "a2", "a3")
        with pytest.raises(TooManyAtOnce) as own:
            await crowd.tasks["a3"]
        assert own.value.values == {"waiting": "2", "seconds": "30"}
        await crowd.come("b0", "c0")
        with pytest.raises(Crowded) as all_places:
            await crowd.tasks["c0"]
        assert int(all_places.value.values["seconds"]) > 0
        await crowd.go("a0")
        await crowd.come("c1")
        assert not crowd.tasks["c1"].done()
        for task in crowd.tasks.values():
            task.cancel()

    asyncio.run(run())


def test_who_would_wait_longer_than_anybody_does_is_refused_at_once() -> None:
    async def run() -> None:
        crowd = Crowd(FairQueue(2, each=2, waiting=50, each_waiting=50, seconds=4.0, patience=5.0))
        await crowd.come("a0", "b0", "c0", "d0", "e0")  # two are in, two wait 2 and 4 seconds
        with pytest.raises(Crowded) as refused:
            await crowd.tasks["e0"]
        assert refused.value.values == {"waiting": "2", "seconds": "6"}
        assert not crowd.tasks["d0"].done()
        for task in crowd.tasks.values():
            task.cancel()

    asyncio.run(run())


def test_who_leaves_while_waiting_or_fails_gives_the_turn_up() -> None:
    async def run() -> None:
        crowd = Crowd(FairQueue(1, each=1, waiting=5, each_waiting=5))
        await crowd.come("a0", "b0", "c0")
        crowd.tasks["b0"].cancel()
        await _settle()
        crowd.tasks["a0"].cancel()
        await _settle()
        assert crowd.begun == ["a0", "c0"]
        await crowd.go("c0")
        with pytest.raises(ValueError, match="own fault"):
            async with crowd.turns.turn("d"):
                raise ValueError("own fault")
        async with crowd.turns.turn("d"):
            pass

    asyncio.run(run())


def test_two_event_loops_share_the_turns() -> None:
    turns = FairQueue(1, each=1, waiting=5, each_waiting=5)

    async def first() -> None:
        async with turns.turn("a"):
            other = asyncio.get_running_loop().run_in_executor(None, asyncio.run, second())
            while not turns._queue:
                await asyncio.sleep(0.001)
        await other

    async def second() -> None:
        async with turns.turn("b"):
            pass

    asyncio.run(asyncio.wait_for(first(), 60))
