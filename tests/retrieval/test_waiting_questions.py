"""How many questions are looked up at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import pytest
from making import add, administrator

from operations.library import Library
from retrieval.answers.answerer import Answerer
from retrieval.evidence.ranking import Reading
from retrieval.index.search import Hit


def test_no_more_questions_are_looked_up_at_once_than_there_are_places(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(library, "valve.txt", "The valve opens at night.")
    inside, most = 0, 0
    counting = threading.Lock()
    real = Answerer.read

    def read(self: Answerer, question: str, hits: Sequence[Hit], *more: object) -> Reading:
        nonlocal inside, most
        with counting:
            inside += 1
            most = max(most, inside)
        time.sleep(0.02)  # long enough for the others to come in, were they let
        try:
            return real(self, question, hits, *more)  # type: ignore[arg-type]  # handed on as they are
        finally:
            with counting:
                inside -= 1

    monkeypatch.setattr(Answerer, "read", read)
    monkeypatch.setattr(library.answerer, "places", threading.Semaphore(2))
    who = administrator(library)
    asking = library.answerer.evidence
    threads = [
        threading.Thread(target=asking, args=(who, f"When does valve {number} open?")) for number in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most <= 2 and inside == 0
