"""Background work gives way to people who ask, and never stands still."""

from __future__ import annotations

import gc
import threading
import time

import pytest
from making import administrator, pdf, upload

from core.backpressure import NEVER, Traffic, no_long_collections, settle
from operations.library import Library

SECONDS = 240  # after which a test that hangs fails; no property is measured by it


def test_where_nobody_asks_there_is_no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    traffic = Traffic()

    def rest(_: float) -> None:
        raise AssertionError("it rested, and nobody asks")

    monkeypatch.setattr(traffic._changed, "wait", rest)
    for _ in range(1000):
        traffic.give_way()
    assert not traffic.lately()


def test_a_question_makes_the_work_rest_and_its_end_lets_it_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.backpressure.LONGEST_REST", 100.0 * SECONDS)  # the end alone lets it go on
    traffic = Traffic()
    rested = threading.Event()
    asking = traffic.question()
    asking.__enter__()

    def work() -> None:
        traffic._step.began = time.monotonic() - 10.0 * SECONDS  # a step that took so long
        traffic.give_way()
        rested.set()

    thread = threading.Thread(target=work)
    thread.start()
    assert not rested.wait(0.3)
    assert traffic.lately()
    asking.__exit__(None, None, None)
    assert rested.wait(SECONDS)
    thread.join()


def test_work_goes_on_also_where_questions_never_end() -> None:
    traffic = Traffic()
    with traffic.question():
        for _ in range(5):
            traffic.give_way()
            time.sleep(0.01)
    assert traffic.lately()


def test_reading_a_file_gives_way_many_times_and_a_question_is_counted(library: Library) -> None:
    steps: list[int] = []
    inner = library.index.traffic.give_way
    library.index.traffic.give_way = lambda: (steps.append(1), inner())[1]  # type: ignore[method-assign]  # counted
    upload(library, "rules.pdf", pdf(*(f"Rule {number} of the office." for number in range(8))))
    library.pipeline.work_once()
    assert len(steps) > 8  # at least once for each page
    library.answerer.evidence(administrator(library), "Which rule of the office?")
    assert library.index.traffic.lately()


def test_what_was_there_when_a_process_settled_is_not_walked_through_again() -> None:
    before, kept = gc.get_threshold(), gc.get_freeze_count()
    try:
        settle()
        assert gc.get_freeze_count() > kept
        assert gc.get_threshold()[0] > before[0]
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def test_no_garbage_of_long_standing_is_looked_for_while_a_large_document_is_made() -> None:
    before = gc.get_threshold()
    with pytest.raises(ZeroDivisionError), no_long_collections():
        assert gc.get_threshold() == (*before[:2], NEVER)
        _ = 1 / 0
    assert gc.get_threshold() == before
