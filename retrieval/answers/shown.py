"""What a person sees as the answer, as plain text. Pure.

One place says it, for everything that measures answers: whatever an answer comes to show besides quotes and
sentences is added here.
"""

from __future__ import annotations

import re

from core.models import AnswerStatus
from retrieval.answers.events import Done, Quotes

_MARKS = re.compile(r" ?(?:\[\d{1,2}\])+")


def shown_text(answer: Quotes | Done) -> str:
    """What was computed and how, the written sentences without their marks, what the records say of documents
    that are asked for, then the text of every quote, a line each. Empty where the documents do not answer:
    the nearest places, shown then, are no answer."""
    quotes = [quote.text for quote in answer.quotes]
    if answer.overview is not None:  # what the records say of a document is an answer and no label of a quote
        quotes = [*(card.text for card in answer.overview.records), *quotes]
    if answer.computed is not None:
        quotes.insert(0, answer.computed.text)
    if isinstance(answer, Quotes):
        return "\n".join(quotes) if answer.answers else ""
    if answer.status == AnswerStatus.NOT_FOUND:
        return ""
    written = [_MARKS.sub("", answer.text)] if answer.text else []
    return "\n".join([*written, *quotes])
