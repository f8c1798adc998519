"""Whether a chat model may write by itself: thirty invented cases a language, from quotes to checked
sentences.

Small models leave out items of a list, drop the exception behind a rule, deny what the text allows, answer
what no quote says; much of that passes a check word by word. So a model writes answers by default only in the
languages in which it passed here; in the others quotes alone are the better answer.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from core.models import Document, Passage
from language.tokens import normalised
from llm.gate import Gate
from llm.hardware import processor_share
from llm.model import LanguageModel
from retrieval.answers.writing.generation import Limits, Sentence, Struck, Writing, generate_answer
from retrieval.evidence.types import Quote
from retrieval.index.search import Hit

CASES = Path(__file__).with_name("writing_cases.yaml")
LANGUAGES = ("ja", "en", "zh")
RIGHT = 0.8  # of the cases must be answered in full
WRONG = 0.1  # at most may be answered wrongly: something false, or an answer where the quotes have none
TOKENS, SECONDS = 300, 300.0
TITLES = {"ja": "社内規程", "en": "Staff handbook", "zh": "员工手册"}
TRIES = 3
TYPICAL = (
    "claim-steps",
    "onboarding-papers",
    "childcare-steps",
    "committee",
    "visitor-steps",
)  # some 300 tokens


@dataclass(frozen=True)
class WritingCase:
    """A question and its quotes; an answer holds each of `facts` ("a|b": one of them) and none of `never`."""

    id: str
    kind: str
    language: str
    question: str
    quotes: tuple[str, ...]
    facts: tuple[str, ...]
    never: tuple[str, ...] = ()


@dataclass(frozen=True)
class WritingOutcome:
    """What a model wrote to a case: the sentences that stood, those that were struck, and the judgement. An
    answer that is not right and not wrong is incomplete, or was not written."""

    case: str
    kind: str
    language: str
    text: str
    struck: tuple[str, ...]
    why: str
    right: bool
    wrong: bool
    seconds: float


@cache
def writing_cases() -> tuple[WritingCase, ...]:
    """The cases that ship, by language."""
    listed = yaml.safe_load(CASES.read_text(encoding="utf-8"))
    return tuple(
        WritingCase(
            case["id"],
            case["kind"],
            language,
            case[language]["question"],
            tuple(case[language]["quotes"]),
            tuple(case[language]["facts"]),
            tuple(case[language].get("never", ())),
        )
        for language in LANGUAGES
        for case in listed
    )


def judged(case: WritingCase, text: str) -> tuple[bool, bool]:
    """Whether that text is the right answer, and whether it is a wrong one."""
    said = normalised(text)
    holds = all(any(normalised(form) in said for form in fact.split("|")) for fact in case.facts)
    false = any(normalised(form) in said for form in case.never)
    if not case.facts:
        return not said, bool(said)
    return holds and not false, false


def try_writing(
    model: LanguageModel, cases: Sequence[WritingCase], *, seconds: float = SECONDS
) -> Iterator[WritingOutcome]:
    """Let the model answer each case as it would answer an employee."""
    gate = Gate(1)
    for case in cases:
        quotes = [_quote(number, text, case.language) for number, text in enumerate(case.quotes)]
        writing, began = Writing(), time.monotonic()
        events = generate_answer(
            model, gate, "test", case.question, case.language, quotes, Limits(TOKENS, seconds), writing
        )
        shown = [event.text for event in events if isinstance(event, Sentence)]
        text = "\n".join(shown)
        right, wrong = judged(case, text)
        struck = tuple(
            f"{verdict.flaw}: {verdict.text}" for verdict in writing.verdicts if not verdict.stands
        )
        yield WritingOutcome(
            case.id,
            case.kind,
            case.language,
            text,
            struck,
            writing.why,
            right,
            wrong,
            time.monotonic() - began,
        )


def passed(outcomes: Sequence[WritingOutcome]) -> bool:
    """Whether these outcomes of one language let a model write in it."""
    if not outcomes:
        return False
    right = sum(outcome.right for outcome in outcomes) / len(outcomes)
    wrong = sum(outcome.wrong for outcome in outcomes) / len(outcomes)
    return right >= RIGHT and wrong <= WRONG


def _quote(number: int, text: str, language: str) -> Quote:
    identity = f"case{number}"
    document = Document(id=identity, space_id="case", name=identity, title=TITLES[language])
    passage = Passage(
        id=identity, version_id=identity, document_id=identity, ordinal=0, first_page=1, last_page=1,
        pieces=[[1, 0, len(text)]], heading="", language=language, text=text,
    )  # fmt: skip
    return Quote(Hit(passage, document, 1.0), 1, 0, len(text), text, 1.0)


def first_sentence_seconds(model: LanguageModel, enough: float = 0.0, language: str = "en") -> float:
    """Seconds from a question with as many quotes as usual to the first checked sentence, with the processor
    to itself: the least of some tries, each less the share that other work took. What every prompt begins
    with has been read by then. It ends with the first try of `enough` seconds or less."""
    listed = {case.id: case for case in writing_cases() if case.language == language}
    texts = [text for case_id in TYPICAL for text in listed[case_id].quotes]
    tried: list[float] = []
    for case_id in (TYPICAL[-1], *TYPICAL[:TRIES]):
        question = listed[case_id].question
        quotes = [_quote(number, text, language) for number, text in enumerate(texts)]
        share = processor_share()
        limits, began = Limits(TOKENS, SECONDS), time.monotonic()
        events = generate_answer(model, Gate(1), "test", question, language, quotes, limits, Writing())
        with closing(events):  # the rest need not be written
            next((event for event in events if isinstance(event, Sentence | Struck)), None)
        tried.append((time.monotonic() - began) * (share + processor_share()) / 2)
        if tried[1:] and tried[-1] <= enough:
            break
        texts = [*texts[1:], texts[0]]  # other quotes first: none of them has been read in this place
    return min(tried[1:])
