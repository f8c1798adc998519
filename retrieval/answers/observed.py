"""Times and ends of answers as figures for an operator. Changes no event."""

from __future__ import annotations

import time
from collections.abc import Iterator

from core.observing.metrics import FIRST_QUOTE, FIRST_SENTENCE, QUESTIONS, WHOLE_ANSWER
from retrieval.answers.events import Done, Event, Quotes
from retrieval.answers.generation import Sentence


def observed(events: Iterator[Event]) -> Iterator[Event]:
    """Those events, each counted as it passes."""
    began = time.perf_counter()
    spoken = False
    try:
        for event in events:
            passed = time.perf_counter() - began
            if isinstance(event, Quotes):
                FIRST_QUOTE.observe(passed)
            elif isinstance(event, Sentence) and not spoken:
                spoken = True
                FIRST_SENTENCE.observe(passed)
            elif isinstance(event, Done):
                WHOLE_ANSWER.observe(passed)
                QUESTIONS.labels(str(event.status)).inc()
            yield event
    except Exception:  # any failure is counted, and goes on to the caller
        QUESTIONS.labels("failed").inc()
        raise
