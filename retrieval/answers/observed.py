"""Times and ends of answers as figures and spans for an operator. Changes no event."""

from __future__ import annotations

import time
from collections.abc import Iterator

from core.observing.metrics import FIRST_QUOTE, FIRST_SENTENCE, QUESTIONS, WHOLE_ANSWER
from core.observing.traces import Span, begin
from retrieval.answers.events import Done, Event, Quotes
from retrieval.answers.writing.generation import Sentence


def observed(events: Iterator[Event]) -> Iterator[Event]:
    """Those events, each counted as it passes."""
    began = time.perf_counter()
    spoken = False
    question, part = begin("question"), begin("quotes")
    try:
        for event in events:
            passed = time.perf_counter() - began
            if isinstance(event, Quotes):
                FIRST_QUOTE.observe(passed)
                part = _turned(part, event)
            elif isinstance(event, Sentence) and not spoken:
                spoken = True
                FIRST_SENTENCE.observe(passed)
            elif isinstance(event, Done):
                WHOLE_ANSWER.observe(passed)
                QUESTIONS.labels(str(event.status)).inc()
                question.put(status=str(event.status))
            yield event
    except Exception as error:  # any failure is counted, and goes on to the caller
        QUESTIONS.labels("failed").inc()
        question.failed(error)
        raise
    finally:
        part.end()
        question.end()


def _turned(part: Span, quotes: Quotes) -> Span:
    """End the part up to the quotes with its times in milliseconds, and begin the one after them."""
    for name in ("search", "evidence"):
        if name in quotes.timings_ms:
            part.put(**{f"{name}_ms": round(quotes.timings_ms[name], 1)})
    part.end()
    return begin("sentences")
