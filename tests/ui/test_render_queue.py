"""Pages are drawn one at a time, the awaited ones first, and nobody is held up by one that hangs."""

import threading
import time
from collections.abc import Callable

import httpx
import pytest

from ui.render_queue import RenderQueue, Yielding

LONG = 30.0  # seconds; far more than anything here takes


def drawing(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def waiting(turns: RenderQueue, count: int) -> None:
    """Until so many wait for their turn."""
    until = time.monotonic() + LONG
    while len(turns._queue) != count:
        assert time.monotonic() < until
        time.sleep(0.001)


@pytest.fixture
def turns() -> RenderQueue:
    return RenderQueue(LONG)


def test_one_is_drawn_at_a_time_and_the_first_come_goes_first(turns: RenderQueue) -> None:
    drawn: list[int] = []
    threads = []

    def draw(number: int) -> None:
        with turns.turn():
            drawn.append(number)

    with turns.turn():
        for number in range(3):
            threads.append(drawing(lambda number=number: draw(number)))  # type: ignore[misc]
            waiting(turns, number + 1)
        assert drawn == []
    for thread in threads:
        thread.join(LONG)
    assert drawn == [0, 1, 2]


def test_the_rest_of_a_page_comes_after_what_somebody_waits_for(turns: RenderQueue) -> None:
    drawn: list[str] = []

    def second() -> None:
        with turns.turn():
            drawn.append("second, first quote")

    with turns.turn():
        thread = drawing(second)
        waiting(turns, 1)
        drawn.append("first, first quote")
        turns.step_back()
        drawn.append("first, rest")
    thread.join(LONG)
    assert drawn == ["first, first quote", "second, first quote", "first, rest"]


def test_whoever_waits_for_the_back_end_lets_others_draw(turns: RenderQueue) -> None:
    drawn = threading.Event()

    def other() -> None:
        with turns.turn():
            drawn.set()

    with turns.turn():
        with turns.away():
            drawing(other).join(LONG)
            assert drawn.is_set()
        assert turns._taken is not None  # and has its turn again
    assert turns._taken is None


def test_whoever_comes_back_from_the_back_end_keeps_the_place_in_the_line(turns: RenderQueue) -> None:
    drawn: list[str] = []
    asking, answered = threading.Event(), threading.Event()

    def first() -> None:
        with turns.turn():
            with turns.away():
                asking.set()
                assert answered.wait(LONG)
            drawn.append("first")

    def third() -> None:
        with turns.turn():
            drawn.append("third")

    first_thread = drawing(first)
    assert asking.wait(LONG)
    with turns.turn():  # the second
        other = drawing(third)
        waiting(turns, 1)
        answered.set()
        waiting(turns, 2)
        drawn.append("second")
    for thread in (first_thread, other):
        thread.join(LONG)
    assert drawn == ["second", "first", "third"]


def test_every_request_of_the_screens_lets_others_draw(
    monkeypatch: pytest.MonkeyPatch, turns: RenderQueue
) -> None:
    held: list[bool] = []

    def answer(_: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        held.append(turns._taken is not None)
        return httpx.Response(200, request=request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", answer)
    with turns.turn(), httpx.Client(transport=Yielding(turns)) as client:
        client.get("http://127.0.0.1/")
        assert turns._taken is not None
    assert held == [False]


def test_a_page_that_hangs_holds_nobody_up_longer_than_the_patience() -> None:
    turns, over = RenderQueue(0.05), threading.Event()
    held = threading.Event()

    def hang() -> None:
        with turns.turn():
            held.set()
            over.wait(LONG)

    hanging = drawing(hang)
    assert held.wait(LONG)
    with turns.turn():  # after .05 s
        taken = turns._taken
        over.set()
        hanging.join(LONG)
        assert turns._taken == taken  # the one that hung gives nothing away that it no longer has
    assert turns._taken is None


def test_a_thread_without_a_turn_changes_nothing(turns: RenderQueue) -> None:
    turns.step_back()
    with turns.away():
        assert turns._taken is None


def test_an_error_gives_the_turn_back(turns: RenderQueue) -> None:
    with pytest.raises(ValueError, match="broken"), turns.turn():
        raise ValueError("broken")
    assert turns._taken is None
