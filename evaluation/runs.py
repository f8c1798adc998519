"""Asks every question of a set and measures: retrieval, quotes, refusal, answers, conversations, orders
hidden in documents, time and memory."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.access import Access, access_of
from core.db import Sessions
from core.files import Files
from core.models import AnswerStatus, Page, Space
from evaluation.scoring import (
    area_under_curve,
    contains_answer,
    percentile,
    rank_of,
    recall_at,
    reciprocal_rank,
    share,
)
from evaluation.sets import QuestionSet, SetQuestion
from ingest.pipeline import Pipeline
from ingest.uploads import accept
from language.tokens import sentences
from retrieval.answers.answerer import Answerer, Done
from retrieval.evidence.quotes import Evidence
from retrieval.index.search import Hit

Progress = Callable[[str, int, int], None]  # what, done, total


def build(
    chosen: QuestionSet,
    access: Access,
    sessions: Sessions,
    files: Files,
    pipeline: Pipeline,
    space: str,
    progress: Progress,
) -> None:
    """Take the set's documents in by the product's own way, and wait until they are searchable."""
    for number, document in enumerate(chosen.documents):
        content = document.file.read_bytes() if document.file else (document.text or "").encode()
        # The whole name, folders and all, names the document; a slash would be cut off as a path.
        name = document.name.replace("/", "∕")
        accept(
            access, sessions, files, space, name, [content],
            limit_bytes=len(content) + 1, title=document.title,
        )  # fmt: skip
        progress("documents", number + 1, len(chosen.documents))
    while pipeline.work_once():
        progress("passages", pipeline.index.keywords.count(), 0)


def build_injections(
    chosen: QuestionSet, access: Access, sessions: Sessions, files: Files, pipeline: Pipeline
) -> list[str]:
    """Take each text with an order in it in, into a space of its own; returns the spaces' ids."""
    with sessions.write() as session:
        spaces = [Space(name=f"injection {number}") for number in range(len(chosen.injections))]
        session.add_all(spaces)
        session.flush()
        ids = [space.id for space in spaces]
        access = access_of(session, access.user_id)
    for space_id, case in zip(ids, chosen.injections, strict=True):
        content = case.context.encode()
        accept(access, sessions, files, space_id, "text.txt", [content], limit_bytes=len(content) + 1)
    while pipeline.work_once():
        pass
    return ids


@dataclass(frozen=True)
class Outcome:
    """How one question went. `quote_right`: the first quote contains an answer; `answer_right`: a written
    answer was shown and contains one; `right`: what a person would call right (the written answer where one
    was shown, else the first quote; of a question without an answer: that it was refused)."""

    question: SetQuestion
    rank: int | None
    refused: bool
    shown: bool
    quote_right: bool
    answer_right: bool
    probability: float
    first_quote: str

    @property
    def right(self) -> bool:
        """What a person would call right."""
        if not self.question.answerable:
            return self.refused
        return self.answer_right if self.shown else self.quote_right and not self.refused


@dataclass
class _Asked:
    """What one question gave."""

    question: SetQuestion
    hits: list[Hit]
    evidence: Evidence
    timings: dict[str, float]


def run(
    chosen: QuestionSet,
    access: Access,
    sessions: Sessions,
    answerer: Answerer,
    *,
    limit: int | None,
    progress: Progress,
    spaces: Sequence[str] | None = None,
    injection_spaces: Sequence[str] = (),
) -> tuple[dict[str, Any], list[Outcome]]:
    """The report on that set, in the shape that outside programs read, and how each question went."""
    questions = _limited(chosen.questions, limit)
    asked: list[_Asked] = []
    done: list[tuple[SetQuestion, Done]] = []
    for number, question in enumerate(questions):
        evidence, hits, timings = answerer.evidence(access, question.question, spaces=spaces)
        asked.append(_Asked(question, hits, evidence, timings))
        if answerer.model is not None:
            last = list(answerer.ask(access, question.question, spaces=spaces))[-1]
            assert isinstance(last, Done)
            done.append((question, last))
        progress("questions", number + 1, len(questions))
    conversations = _conversations(chosen, access, answerer, spaces, limit, progress)
    injection = _injection(chosen, access, answerer, injection_spaces, limit, progress)
    with sessions.read() as session:
        quotes = _quotes(session, asked)
    report: dict[str, Any] = {
        "set": chosen.name,
        "questions": len(questions),
        "retrieval": _retrieval(asked),
        "pages": _pages(asked),
        "quotes": quotes,
        "refusal": _refusal(asked, answerer.settings.refusal_threshold),
        "answers": _answers(done),
        **({"conversations": conversations} if conversations else {}),
        **({"injection": injection} if injection else {}),
        "latency_ms": {
            f"{name}_p{percent}": percentile([one.timings[name] for one in asked], percent)
            for name in ("search", "evidence")
            for percent in (50, 95)
        },
        "memory_mb": _memory_mb(),
    }
    return report, _outcomes(asked, done, answerer.settings.refusal_threshold)


def _conversations(
    chosen: QuestionSet,
    access: Access,
    answerer: Answerer,
    spaces: Sequence[str] | None,
    limit: int | None,
    progress: Progress,
) -> dict[str, Any]:
    """Each conversation from its first turn on; every turn with a right answer counts."""
    first: list[bool] = []
    third: list[bool] = []
    for number, turns in enumerate(chosen.conversations[:limit]):
        follows = None
        for turn in turns:
            events = list(answerer.ask(access, turn.question, follows=follows, spaces=spaces))
            last = events[-1]
            assert isinstance(last, Done)
            follows = last.question_id
            if turn.answers:
                texts = [quote.text for quote in last.quotes]
                first.append(any(contains_answer(text, turn.answers) for text in texts[:1]))
                third.append(any(contains_answer(text, turn.answers) for text in texts[:3]))
        progress("conversations", number + 1, len(chosen.conversations))
    if not first:
        return {}
    return {"turns": len(first), "contains_answer@1": share(first), "contains_answer@3": share(third)}


def _injection(
    chosen: QuestionSet,
    access: Access,
    answerer: Answerer,
    spaces: Sequence[str],
    limit: int | None,
    progress: Progress,
) -> dict[str, Any]:
    """In how many cases the canary was shown: in a quote, and in a written answer."""
    cases = list(zip(chosen.injections, spaces, strict=True))[:limit]
    in_quotes = in_answers = 0
    for number, (case, space) in enumerate(cases):
        last = list(answerer.ask(access, case.question, spaces=[space]))[-1]
        assert isinstance(last, Done)
        in_quotes += any(case.canary in quote.text for quote in last.quotes)
        in_answers += case.canary in last.text
        progress("injection", number + 1, len(cases))
    if not cases:
        return {}
    return {"cases": len(cases), "canary_in_quotes": in_quotes, "canary_in_answers": in_answers}


def _outcomes(asked: list[_Asked], done: list[tuple[SetQuestion, Done]], threshold: float) -> list[Outcome]:
    answers = {id(question): answer for question, answer in done}
    found = []
    for one in asked:
        gold, answer = one.question.answers, answers.get(id(one.question))
        shown = answer is not None and answer.status == AnswerStatus.ANSWERED
        quotes = [quote.text for quote in one.evidence.quotes]
        found.append(
            Outcome(
                one.question,
                rank_of(list(dict.fromkeys(_name(hit) for hit in one.hits)), one.question.documents),
                one.evidence.probability < threshold or not quotes,
                shown,
                bool(quotes) and contains_answer(quotes[0], gold),
                shown and answer is not None and contains_answer(answer.text, gold),
                one.evidence.probability,
                quotes[0] if quotes else "",
            )
        )
    return found


def _limited(questions: list[SetQuestion], limit: int | None) -> list[SetQuestion]:
    """The first so many of each kind."""
    if limit is None:
        return questions
    answerable = [question for question in questions if question.answerable]
    absent = [question for question in questions if not question.answerable]
    return answerable[:limit] + absent[:limit]


def _name(hit: Hit) -> str:
    return hit.document.name.replace("∕", "/")


def _retrieval(asked: list[_Asked]) -> dict[str, float | None]:
    ranks = [
        rank_of(list(dict.fromkeys(_name(hit) for hit in one.hits)), one.question.documents)
        for one in asked
        if one.question.answerable and one.question.documents
    ]
    found = {f"recall@{k}": recall_at(ranks, k) for k in (1, 5, 10)}
    return found | {"mrr@10": reciprocal_rank(ranks, 10)}


def _pages(asked: list[_Asked]) -> dict[str, float | None]:
    """Whether the right page is among the pages of the first passages."""
    ranks = []
    for one in asked:
        if one.question.page is None or not one.question.answerable:
            continue
        found = [
            f"{_name(hit)}#{page}"
            for hit in one.hits
            for page in range(hit.passage.first_page, hit.passage.last_page + 1)
        ]
        gold = {f"{name}#{one.question.page}" for name in one.question.documents}
        ranks.append(rank_of(list(dict.fromkeys(found)), gold))
    return {f"hit@{k}": recall_at(ranks, k) for k in (1, 5)}


def _quotes(session: Session, asked: list[_Asked]) -> dict[str, float | None]:
    verbatim = []
    for one in asked:
        for quote in one.evidence.quotes:
            text = session.scalar(
                select(Page.text).where(
                    Page.version_id == quote.hit.passage.version_id, Page.number == quote.page
                )
            )
            verbatim.append(text is not None and text[quote.start : quote.end] == quote.text)
    with_answer = [one for one in asked if one.question.answerable and one.question.answers]

    def contains(k: int) -> float | None:
        return share(
            [
                any(contains_answer(quote.text, one.question.answers) for quote in one.evidence.quotes[:k])
                for one in with_answer
            ]
        )

    lengths = [len(quote.text) for one in asked for quote in one.evidence.quotes[:1]]
    holding = [(one, length) for one in with_answer if (length := _holding(one)) and one.evidence.quotes]
    shown = sum(
        sum(len(quote.text) for quote in one.evidence.quotes) / len(one.evidence.quotes) for one, _ in holding
    )
    return {
        "verbatim": share(verbatim),
        "contains_answer@1": contains(1),
        "contains_answer@3": contains(3),
        "mean_characters@1": round(sum(lengths) / len(lengths), 1) if lengths else None,
        "times_the_sentence": round(shown / sum(length for _, length in holding), 2) if holding else None,
    }


def _holding(one: _Asked) -> int:
    """Characters of the shortest sentence of the right document's found passages that holds an answer;
    0 where none does."""
    texts = [hit.passage.text for hit in one.hits if _name(hit) in one.question.documents]
    parts = [text[start:end] for text in texts for start, end in sentences(text)]
    return min((len(part) for part in parts if contains_answer(part, one.question.answers)), default=0)


def _refusal(asked: list[_Asked], threshold: float) -> dict[str, float | None]:
    positive = [one.evidence.probability for one in asked if one.question.answerable]
    negative = [one.evidence.probability for one in asked if not one.question.answerable]
    return {
        "answered_when_answerable": share([score >= threshold for score in positive]),
        "refused_when_absent": share([score < threshold for score in negative]),
        "auc": area_under_curve(positive, negative),
    }


def _answers(done: list[tuple[SetQuestion, Done]]) -> dict[str, float | None]:
    """Of answerable questions: the share shown with a model's answer, and the right share of those."""
    shown = [
        (question, answer)
        for question, answer in done
        if question.answerable and answer.status == AnswerStatus.ANSWERED
    ]
    return {
        "shown": share(
            [answer.status == AnswerStatus.ANSWERED for question, answer in done if question.answerable]
        ),
        "correct_when_shown": share(
            [contains_answer(answer.text, question.answers) for question, answer in shown if question.answers]
        ),
    }


def _memory_mb() -> float:
    """The most memory that this process has held, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)
