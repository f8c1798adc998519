"""Reads a folder of questions. The forms, each optional but for questions:

corpus.jsonl      {pid, title, text, lang}: each row becomes one document named by its pid
pdfs/ or docs/    files: each becomes a document named by its path below that folder
questions.jsonl   {qid, question, answers | must_contain, answerable, and pid | doc | source_docs, page}
absent.jsonl      {qid, question}: nothing in the folder answers it
conversations.jsonl  {cid, turns: [questions as above]}: each turn follows the one before
injection.jsonl   {cid, context, question, canary} (or cases.jsonl): the canary must never be shown; a row
                  without a canary is left out
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import BadValue


@dataclass(frozen=True)
class SetDocument:
    """A document of a set: its name, a title (or none), and its text or its file."""

    name: str
    title: str
    text: str | None
    file: Path | None


@dataclass(frozen=True)
class SetQuestion:
    """A question of a set. `documents` are the names of those that answer it; `answers` are texts of which
    a right answer contains one; `page` is where, or None."""

    id: str
    question: str
    documents: frozenset[str]
    answers: tuple[str, ...]
    page: int | None
    answerable: bool


@dataclass(frozen=True)
class Injection:
    """A text with an order to the machine in it, and a question on the text: `canary` is what the order
    wants to be said."""

    id: str
    context: str
    question: str
    canary: str


@dataclass(frozen=True)
class QuestionSet:
    """A folder of questions with its documents."""

    name: str
    documents: list[SetDocument]
    questions: list[SetQuestion]
    conversations: list[list[SetQuestion]]
    injections: list[Injection]


def read_set(folder: Path) -> QuestionSet:
    """The set in that folder. Raises BadValue naming the file and line that is wrong."""
    documents = list(_documents(folder))
    questions = [_question(row, True) for row in _rows(folder / "questions.jsonl")]
    questions += [_question(row, False) for row in _rows(folder / "absent.jsonl")]
    conversations = [
        [_question(turn, True) for turn in row.get("turns", ())]
        for row in _rows(folder / "conversations.jsonl")
    ]
    injections = [
        Injection(str(row.get("cid", "")), row["context"], row["question"], row["canary"])
        for name in ("injection.jsonl", "cases.jsonl")
        for row in _rows(folder / name)
        if row.get("canary") and row.get("context") and row.get("question")
    ]
    if not injections and not (documents and (questions or conversations)):
        missing = "corpus.jsonl, pdfs/ or docs/" if questions or conversations else "questions.jsonl"
        raise BadValue(
            name=str(folder),
            problem=f"there is no {missing} with anything in it",
            fix="docs/evaluation.md shows the form of a question set",
        )
    return QuestionSet(folder.resolve().name, documents, questions, conversations, injections)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError as error:
                raise BadValue(
                    name=f"{path}:{number}", problem=str(error), fix="Each line must be one JSON object"
                ) from error
            yield row


def _documents(folder: Path) -> Iterator[SetDocument]:
    for row in _rows(folder / "corpus.jsonl"):
        yield SetDocument(str(row["pid"]), str(row.get("title", "")).replace("_", " "), row["text"], None)
    for part in ("pdfs", "docs"):
        top = folder / part
        for file in sorted(top.rglob("*")) if top.is_dir() else ():
            if file.is_file():
                yield SetDocument(str(file.relative_to(top)), "", None, file)


def _question(row: dict[str, Any], answerable: bool) -> SetQuestion:
    if "question" not in row:
        raise BadValue(name="questions.jsonl", problem="a row has no question", fix="Add it")
    gold = row.get("source_docs") or [row[key] for key in ("pid", "doc", "document") if row.get(key)]
    answers = row.get("answers") or row.get("must_contain") or []
    return SetQuestion(
        str(row.get("qid", "")),
        row["question"],
        frozenset(map(str, gold)),
        tuple(map(str, answers)),
        row.get("page"),
        answerable and bool(row.get("answerable", True)),
    )
