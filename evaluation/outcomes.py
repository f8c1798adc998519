"""How single questions went: what was shown, which facts of a whole answer it carried, which given answer it
supports. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import regex

from core.models import AnswerStatus
from evaluation.scoring import carries, characters, comparable, contains_answer, rank_of
from evaluation.sets import SetQuestion
from retrieval.answers.events import Done, Quotes
from retrieval.answers.shown import shown_text

Choices = Sequence[tuple[str, str]]  # of each given answer: its letter and its text
LEAST_SUPPORT = 0.3  # of a given answer that a text must carry to support it: less is chance


@dataclass(frozen=True)
class Asked:
    """A question of a set and what came of asking it."""

    question: SetQuestion
    quotes: Quotes
    done: Done

    @property
    def refused(self) -> bool:
        """Whether it was said that the documents do not answer."""
        return self.done.status == AnswerStatus.NOT_FOUND

    @property
    def documents(self) -> list[str]:
        """The names of the documents that were found, best first."""
        return list(dict.fromkeys(hit.document.name for hit in self.quotes.hits))


@dataclass(frozen=True)
class Carried:
    """Of the facts of a whole answer: those that a text carries and those that it lacks, each by its first
    form; the forbidden texts that it has; and how many characters a person has to read."""

    present: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    characters: int = 0

    @property
    def complete(self) -> float | None:
        """The share of the facts that it carries; None if the question has none."""
        count = len(self.present) + len(self.missing)
        return len(self.present) / count if count else None


@dataclass(frozen=True)
class QuestionOutcome:
    """How one question went. `quote_right`: the first quote contains an answer; `answer_right`: a written
    answer was shown and contains one; `text`: all that was shown as the answer; `nearest`: the quotes that
    were shown under "not found"; `choice`: the given answer that what was shown supports, or empty."""

    question: SetQuestion
    rank: int | None
    refused: bool
    shown: bool
    quote_right: bool
    answer_right: bool
    probability: float
    first_quote: str
    status: str = ""
    asked: str = ""
    text: str = ""
    nearest: tuple[str, ...] = ()
    carried: Carried = field(default_factory=Carried)
    choice: str = ""
    timings_ms: Mapping[str, float] = field(default_factory=dict)

    @property
    def right(self) -> bool:
        """What a person would call right: of a question without an answer, that it was refused; where facts
        are asked for, all of them and nothing that is forbidden; the right one of given answers; else the
        written answer where one was shown, or the first quote."""
        if not self.question.answerable:
            return self.refused
        if self.question.facts:
            return self.carried.complete == 1 and not self.carried.forbidden
        if self.question.choices:
            return self.choice == self.question.right
        return self.answer_right if self.shown else self.quote_right and not self.refused

    def row(self) -> dict[str, Any]:
        """It as a line of a file for people and programs."""
        return {
            "qid": self.question.id,
            "kind": ", ".join(self.question.kinds),
            "lang": self.question.language,
            "question": self.question.question,
            "asked": self.asked,
            "answerable": self.question.answerable,
            "status": self.status,
            "right": self.right,
            "shown": self.text,
            "nearest": list(self.nearest),
            "facts_found": list(self.carried.present),
            "facts_missing": list(self.carried.missing),
            "forbidden_found": list(self.carried.forbidden),
            "choice": self.choice,
            "characters": self.carried.characters,
            "rank": self.rank,
            "probability": round(self.probability, 4),
            "timings_ms": dict(self.timings_ms),
        }


def outcome_of(asked: Asked) -> QuestionOutcome:
    """How that question went."""
    question, done = asked.question, asked.done
    text = shown_text(done)
    quotes = [quote.text for quote in asked.quotes.quotes]
    written = done.status == AnswerStatus.ANSWERED
    return QuestionOutcome(
        question,
        rank_of(asked.documents, question.documents),
        asked.refused,
        written,
        bool(quotes) and contains_answer(quotes[0], question.answers),
        written and contains_answer(done.text, question.answers),
        asked.quotes.probability,
        quotes[0] if quotes else "",
        str(done.status),
        asked.quotes.asked,
        text,
        tuple(quotes) if asked.refused else (),
        carried(question, text),
        supported(done.text if written else text, question.choices),
        done.timings_ms,
    )


def carried(question: SetQuestion, text: str) -> Carried:
    """What of the question's facts that text carries. A question of a kind with answers and without facts has
    one fact, with the answers as its forms."""
    facts = question.facts
    if not facts and question.kinds and question.answers and question.answerable:
        facts = (question.answers,)
    have = comparable(text)
    holds = [any(carries(have, form) for form in forms) for forms in facts]
    return Carried(
        tuple(forms[0] for forms, held in zip(facts, holds, strict=True) if held),
        tuple(forms[0] for forms, held in zip(facts, holds, strict=True) if not held),
        tuple(form for form in question.forbidden if carries(have, form)),
        characters(text),
    )


def supported(text: str, choices: Choices) -> str:
    """The letter of the given answer that a text names or, where it names none, carries most of; empty if
    that is no single one, or too little of it. What several of them say counts less: it distinguishes them
    less."""
    if not choices or not text:
        return ""
    if len(named := _named(text, choices)) == 1:
        return named.pop()
    have = comparable(text)
    pairs = [{first + second for first, second in pairwise(comparable(answer))} for _, answer in choices]
    common = Counter(pair for own in pairs for pair in own)
    shares = [
        sum(1 / common[pair] for pair in own if pair in have) / (sum(1 / common[pair] for pair in own) or 1)
        for own in pairs
    ]
    best = max(shares)
    if best < LEAST_SUPPORT or shares.count(best) > 1:
        return ""
    return choices[shares.index(best)][0]


def _named(text: str, choices: Choices) -> set[str]:
    """The letters that stand alone in a text; one before a small letter is the English article."""
    letters = regex.escape("".join(letter for letter, _ in choices if len(letter) == 1))
    if not letters:
        return set()
    return set(regex.findall(rf"(?<![A-Za-z0-9])[{letters}](?![A-Za-z0-9]| [a-z])", text))
