"""What is asked of the answerer. A value; pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from retrieval.answers.conversation import Turn
from retrieval.answers.writing.generation import SamplingOptions


@dataclass(frozen=True)
class AnswerRequest:
    """What is asked, of what and how; `Answerer.ask` says what each means."""

    question: str
    spaces: Collection[str] | None
    follows: str | None
    as_of: date | None
    turns: Sequence[Turn]
    options: SamplingOptions | None
    documents: Collection[str] | None

    @property
    def plain(self) -> bool:
        """Whether it may be answered from the cache: an answer in a program's own manner is not kept."""
        return not self.turns and self.options is None
