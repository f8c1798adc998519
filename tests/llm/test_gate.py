"""The queue before the model: one at a time, first come first served, a limit, and no place is ever lost."""

from __future__ import annotations

import threading

import pytest

from core.errors import ModelBusy
from llm.gate import Gate

pytestmark = pytest.mark.fast

SOON, NEVER = 30.0, 0.0  # a wait that ends at once when all is well; a look without waiting


def test_the_first_may_go_and_the_second_waits_until_it_leaves() -> None:
    gate = Gate(limit=5)
    with gate.place() as first:
        assert first.wait(NEVER)
        with gate.place() as second:
            assert (second.ahead, second.wait(NEVER), gate.waiting) == (1, False, 2)
    with gate.place() as third:
        assert third.wait(NEVER)
    assert gate.waiting == 0


def test_those_who_wait_go_in_the_order_they_came() -> None:
    gate, order, queued = Gate(limit=10), [], threading.Semaphore(0)

    def ask(number: int) -> None:
        with gate.place() as place:
            queued.release()
            assert place.wait(SOON)
            order.append(number)

    threads = []
    with gate.place() as first:
        assert first.wait(NEVER)
        for number in range(6):
            thread = threading.Thread(target=ask, args=(number,))
            thread.start()
            queued.acquire()
            threads.append(thread)
        assert order == []
    for thread in threads:
        thread.join()
    assert order == list(range(6))


def test_never_two_hold_it() -> None:
    gate, holders, most = Gate(limit=50), [], []

    def ask() -> None:
        for _ in range(20):
            with gate.place() as place:
                assert place.wait(SOON)
                holders.append(1)
                most.append(len(holders))
                holders.pop()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert gate.waiting == 0


def test_past_the_limit_it_is_busy_and_says_for_how_long() -> None:
    gate = Gate(limit=1)
    gate.took(0.0)
    with gate.place(), gate.place():
        with pytest.raises(ModelBusy) as raised, gate.place():
            raise AssertionError("there was no place")
        assert raised.value.values["waiting"] == "1"
        assert int(raised.value.values["seconds"]) > 0
        assert gate.waiting == 2
    with gate.place() as free:
        assert free.wait(NEVER)


def test_a_place_is_freed_when_its_holder_leaves_by_an_error() -> None:
    gate = Gate(limit=5)
    with pytest.raises(ZeroDivisionError), gate.place():
        raise ZeroDivisionError
    with gate.place() as next_one:
        assert next_one.wait(NEVER)


def test_a_place_in_the_middle_of_the_queue_can_be_given_up() -> None:
    gate = Gate(limit=5)
    with gate.place() as first:
        with pytest.raises(ZeroDivisionError), gate.place() as leaver, gate.place() as last:
            assert (leaver.ahead, last.ahead) == (1, 2)
            raise ZeroDivisionError
        with gate.place() as new:
            assert new.ahead == 1
        assert first.ahead == 0


def test_the_expected_wait_follows_how_long_generations_took() -> None:
    gate = Gate(limit=5)
    for _ in range(50):
        gate.took(4.0)
    with gate.place(), gate.place(), gate.place() as third:
        assert third.ahead == 2
        assert third.expected_seconds == pytest.approx(8.0, rel=0.01)
