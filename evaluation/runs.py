"""Asks every question of a set and measures: retrieval, quotes, refusal, answers, conversations, orders
hidden in documents, time and memory."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.access import Access, renewed
from core.db import Sessions
from core.files import Files
from core.models import AnswerStatus, Document, Page, Space
from evaluation.kinds import kinds_report
from evaluation.outcomes import Asked, QuestionOutcome, outcome_of
from evaluation.scoring import (
    area_under_curve,
    contains_answer,
    percentile,
    rank_of,
    recall_at,
    reciprocal_rank,
    share,
)
from evaluation.sets import QuestionSet, Selection
from ingest.pipeline import Pipeline
from ingest.uploads import accept, accept_named
from language.sentences import sentences
from retrieval.answers.answerer import Answerer
from retrieval.answers.events import Done, Quotes

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
        accept_named(  # folders and all, as in a watched folder
            access, sessions, files, space, document.name, [content],
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
        access = renewed(access, session)
    for space_id, case in zip(ids, chosen.injections, strict=True):
        content = case.context.encode()
        accept(access, sessions, files, space_id, "text.txt", [content], limit_bytes=len(content) + 1)
    while pipeline.work_once():
        pass
    return ids


def run(
    chosen: QuestionSet,
    access: Access,
    sessions: Sessions,
    answerer: Answerer,
    *,
    selection: Selection,
    progress: Progress,
    space: str,
    injection_spaces: Sequence[str] = (),
) -> tuple[dict[str, Any], list[QuestionOutcome]]:
    """The report on that set, in the shape that outside programs read, and how each question went. The set's
    documents are in that space (its id)."""
    asked = _ask(chosen, access, sessions, answerer, selection, progress, space)
    conversations = _conversations(chosen, access, answerer, [space], selection.limit, progress)
    injection = _injection(chosen, access, answerer, injection_spaces, selection.limit, progress)
    with sessions.read() as session:
        quotes = _quotes(session, asked)
    outcomes = [outcome_of(answered) for answered in asked]
    report: dict[str, Any] = {
        "set": chosen.name,
        "questions": len(asked),
        "retrieval": _retrieval(outcomes),
        "pages": _pages(asked),
        "quotes": quotes,
        "refusal": _refusal(outcomes),
        "answers": _answers(asked if answerer.model is not None else []),
        **kinds_report(outcomes),
        **_choices(outcomes),
        **({"conversations": conversations} if conversations else {}),
        **({"injection": injection} if injection else {}),
        "latency_ms": {
            f"{name}_p{percent}": percentile(
                [answered.quotes.timings_ms[name] for answered in asked], percent
            )
            for name in ("search", "evidence")
            for percent in (50, 95)
        },
        "memory_mb": _memory_mb(),
    }
    return report, outcomes


def _ask(
    chosen: QuestionSet,
    access: Access,
    sessions: Sessions,
    answerer: Answerer,
    selection: Selection,
    progress: Progress,
    space: str,
) -> list[Asked]:
    """Ask those questions that count the way a person asks them, and before a follow-up what it follows."""
    counting = {id(question) for question in selection.of(chosen.questions)}
    by_id = {question.id: question for question in chosen.questions}
    wanted: set[int] = set()
    for question in chosen.questions:
        while id(question) in counting | wanted and question.follows is not None:
            question = by_id[question.follows]
            wanted.add(id(question))
    with sessions.read() as session:
        rows = session.execute(select(Document.name, Document.id).where(Document.space_id == space))
        ids: dict[str, str] = dict(rows.all())
    asked: list[Asked] = []
    before: dict[str, str] = {}  # the id that a question has in the records
    for question in chosen.questions:
        if id(question) not in counting | wanted:
            continue
        named = None if question.given is None else [ids[name] for name in sorted(question.given)]
        follows = before[question.follows] if question.follows is not None else None
        events = list(answerer.ask(access, question.shown, follows=follows, spaces=[space], documents=named))
        quotes, done = events[0], events[-1]
        assert isinstance(quotes, Quotes) and isinstance(done, Done)
        before[question.id] = done.question_id
        if id(question) in counting:
            asked.append(Asked(question, quotes, done))
            progress("questions", len(asked), len(counting))
    return asked


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


def _retrieval(outcomes: list[QuestionOutcome]) -> dict[str, float | None]:
    ranks = [
        outcome.rank for outcome in outcomes if outcome.question.answerable and outcome.question.documents
    ]
    recall = {f"recall@{k}": recall_at(ranks, k) for k in (1, 5, 10)}
    return recall | {"mrr@10": reciprocal_rank(ranks, 10)}


def _pages(asked: list[Asked]) -> dict[str, float | None]:
    """Whether the right page is among the pages of the first passages."""
    ranks = []
    for answered in asked:
        if answered.question.page is None or not answered.question.answerable:
            continue
        hit_pages = [
            f"{hit.document.name}#{page}"
            for hit in answered.quotes.hits
            for page in range(hit.passage.first_page, hit.passage.last_page + 1)
        ]
        gold = {f"{name}#{answered.question.page}" for name in answered.question.documents}
        ranks.append(rank_of(list(dict.fromkeys(hit_pages)), gold))
    return {f"hit@{k}": recall_at(ranks, k) for k in (1, 5)}


def _quotes(session: Session, asked: list[Asked]) -> dict[str, float | None]:
    verbatim = []
    for answered in asked:
        for quote in answered.quotes.quotes:
            for stretch in quote.stretches:
                text = session.scalar(
                    select(Page.text).where(
                        Page.version_id == quote.hit.passage.version_id, Page.number == stretch.page
                    )
                )
                verbatim.append(text is not None and text[stretch.start : stretch.end] == stretch.text)
            verbatim.append(quote.text == "\n".join(stretch.text for stretch in quote.stretches))
    with_answer = [
        answered for answered in asked if answered.question.answerable and answered.question.answers
    ]

    def contains(k: int) -> float | None:
        return share(
            [
                any(
                    contains_answer(quote.text, answered.question.answers)
                    for quote in answered.quotes.quotes[:k]
                )
                for answered in with_answer
            ]
        )

    lengths = [len(quote.text) for answered in asked for quote in answered.quotes.quotes[:1]]
    holding = [
        (answered, length)
        for answered in with_answer
        if (length := _holding(answered)) and answered.quotes.quotes
    ]
    shown = sum(
        sum(len(quote.text) for quote in answered.quotes.quotes) / len(answered.quotes.quotes)
        for answered, _ in holding
    )
    return {
        "verbatim": share(verbatim),
        "contains_answer@1": contains(1),
        "contains_answer@3": contains(3),
        "mean_characters@1": round(sum(lengths) / len(lengths), 1) if lengths else None,
        "times_the_sentence": round(shown / sum(length for _, length in holding), 2) if holding else None,
    }


def _holding(answered: Asked) -> int:
    """Characters of the shortest sentence of the right document's found passages that holds an answer;
    0 if none does."""
    texts = [
        hit.passage.text for hit in answered.quotes.hits if hit.document.name in answered.question.documents
    ]
    parts = [text[start:end] for text in texts for start, end in sentences(text)]
    return min((len(part) for part in parts if contains_answer(part, answered.question.answers)), default=0)


def _refusal(outcomes: list[QuestionOutcome]) -> dict[str, float | None]:
    positive = [outcome for outcome in outcomes if outcome.question.answerable]
    negative = [outcome for outcome in outcomes if not outcome.question.answerable]
    return {
        "answered_when_answerable": share([not outcome.refused for outcome in positive]),
        "refused_when_absent": share([outcome.refused for outcome in negative]),
        "auc": area_under_curve(
            [outcome.probability for outcome in positive], [outcome.probability for outcome in negative]
        ),
    }


def _answers(asked: list[Asked]) -> dict[str, float | None]:
    """Of answerable questions: the share shown with a model's answer, and the right share of those."""
    answerable = [answered for answered in asked if answered.question.answerable]
    shown = [answered for answered in answerable if answered.done.status == AnswerStatus.ANSWERED]
    return {
        "shown": share([answered.done.status == AnswerStatus.ANSWERED for answered in answerable]),
        "correct_when_shown": share(
            [
                contains_answer(answered.done.text, answered.question.answers)
                for answered in shown
                if answered.question.answers
            ]
        ),
    }


def _choices(outcomes: list[QuestionOutcome]) -> dict[str, Any]:
    """Of questions with given answers: how many there are, in how many one was distinguished from the others,
    and the share of all in which it was the right one."""
    rows = [outcome for outcome in outcomes if outcome.question.choices and outcome.question.right]
    if not rows:
        return {}
    right = share([outcome.choice == outcome.question.right for outcome in rows])
    return {
        "choices": {"n": len(rows), "chosen": sum(bool(outcome.choice) for outcome in rows), "right": right}
    }


def _memory_mb() -> float:
    """The most memory that this process has held, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)
