"""Reads a folder of questions. The forms, each optional but for questions:

corpus.jsonl      {pid, title, text, lang}: each row becomes one document named by its pid
pdfs/ or docs/    files: each becomes a document named by its path below that folder
questions.jsonl   {qid, question, answers | must_contain, answerable, page, and the documents that answer:
                  pid | doc | source_docs | docs}
                  facts: what a whole answer must carry, each a list of its forms; forbidden; kind; follows:
                  the qid of the question before it in one conversation; given: the only documents that it
                  may use; choices and right: of several given answers, and the right one
absent.jsonl      {qid, question}: nothing in the folder answers it
conversations.jsonl  {cid, turns: [questions as above]}: each turn follows the one before
injection.jsonl   {cid, context, question, canary} (or cases.jsonl): the canary must never be shown; a row
                  without a canary is left out
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import BadValue
from language.tokens import language_of


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
    a right answer contains one; `page` is where, or None.

    `facts` are what a whole answer carries, each by one of its forms, and `forbidden` what none may carry.
    `follows` is the id of the question before it in its conversation. `given` are the names of the only
    documents that it may use (None: all). `choices` are given answers by letter, of which `right` is one."""

    id: str
    question: str
    documents: frozenset[str]
    answers: tuple[str, ...]
    page: int | None
    answerable: bool
    language: str = ""
    kinds: tuple[str, ...] = ()
    facts: tuple[tuple[str, ...], ...] = ()
    forbidden: tuple[str, ...] = ()
    follows: str | None = None
    given: frozenset[str] | None = None
    choices: tuple[tuple[str, str], ...] = ()
    right: str = ""

    @property
    def shown(self) -> str:
        """The question as it is asked: with its choices, if it has some."""
        return "\n".join([self.question, *(f"{letter}: {text}" for letter, text in self.choices)])


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


@dataclass(frozen=True)
class Selection:
    """Which questions of a set count. `limit`: the first so many of those that the documents answer, and of
    those that they do not; `half`: "a" or "b", so that one half can be fitted to and the other reported;
    `kinds`: only those kinds; `sample`: so many that
    the documents answer and as many that they do not, drawn at random with a fixed seed."""

    limit: int | None = None
    half: str = ""
    kinds: frozenset[str] = frozenset()
    sample: int | None = None

    def of(self, questions: Sequence[SetQuestion]) -> list[SetQuestion]:
        """Those that count, in their order. Raises BadValue for a kind that the set has not."""
        known = {kind for question in questions for kind in question.kinds}
        for kind in sorted(self.kinds - known):
            names = ", ".join(sorted(known)) or "none"
            raise BadValue(name=kind, problem="no question is of that kind", fix=f"The set's kinds: {names}")
        by_id = {question.id: question for question in questions}
        chosen = [
            question
            for question in questions
            if (not self.half or half_of(_first(question, by_id).id) == self.half)
            and (not self.kinds or self.kinds.intersection(question.kinds))
        ]
        if self.limit is None and self.sample is None:
            return chosen
        if self.sample is not None:
            chosen.sort(key=lambda question: _drawn(_first(question, by_id).id))
        most = min(number for number in (self.limit, self.sample) if number is not None)
        answerable = [question for question in chosen if question.answerable]
        absent = [question for question in chosen if not question.answerable]
        return answerable[:most] + absent[:most]


def half_of(question_id: str) -> str:
    """The half, "a" or "b", that a question is in, whatever else is in its set."""
    return "ab"[hashlib.sha256(question_id.encode()).digest()[0] % 2]


def _drawn(question_id: str) -> bytes:
    """Its place in a random order of all questions, the same in every run."""
    return hashlib.sha256(f"sample 1 {question_id}".encode()).digest()


def _first(question: SetQuestion, by_id: Mapping[str, SetQuestion]) -> SetQuestion:
    """The first question of its conversation: a conversation is in one half."""
    while question.follows is not None:
        question = by_id[question.follows]
    return question


def read_set(folder: Path) -> QuestionSet:
    """The set in that folder. Raises BadValue naming the file and line that is wrong."""
    documents = list(_documents(folder))
    questions = [_question(row, True) for row in _rows(folder / "questions.jsonl")]
    questions += [_question(row, False) for row in _rows(folder / "absent.jsonl")]
    documents += _by_reference(folder, documents, questions)
    _check(documents, questions)
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
        yield SetDocument(_name(row["pid"]), str(row.get("title", "")).replace("_", " "), row["text"], None)
    for part in ("pdfs", "docs"):
        top = folder / part
        for file in sorted(top.rglob("*")) if top.is_dir() else ():
            if file.is_file():
                yield SetDocument(_name(file.relative_to(top).as_posix()), "", None, file)


def _by_reference(
    folder: Path, documents: Sequence[SetDocument], questions: Sequence[SetQuestion]
) -> Iterator[SetDocument]:
    """Documents that questions name and the folder does not hold, if they lie beside it: a set may use
    the files of another set. Their name is the path from the folder's parent, and leads nowhere else."""
    held = {document.name for document in documents}
    beside = folder.resolve().parent
    for name in sorted({name for question in questions for name in question.documents} - held):
        file = (beside / name).resolve()
        if file.is_relative_to(beside) and file.is_file():
            yield SetDocument(name, "", None, file)


def _check(documents: Sequence[SetDocument], questions: Sequence[SetQuestion]) -> None:
    """Raises BadValue if a question follows one that does not stand before it, or names a document that
    is not there."""
    names = {document.name for document in documents}
    before: set[str] = set()
    for question in questions:
        where = f"questions.jsonl: {question.id or question.question}"
        gold = question.documents if question.answerable else frozenset()
        if question.follows is not None and question.follows not in before:
            raise BadValue(
                name=where,
                problem=f"it follows {question.follows}, which does not stand before it",
                fix="Write the questions of a conversation in their order, each with its qid",
            )
        for name in sorted((gold | (question.given or frozenset())) - names):
            raise BadValue(
                name=where,
                problem=f"there is no document {name}",
                fix="Correct its name, or put the file there; docs/evaluation.md says where",
            )
        before.add(question.id)


def _question(row: dict[str, Any], answerable: bool) -> SetQuestion:
    if "question" not in row:
        raise BadValue(name="questions.jsonl", problem="a row has no question", fix="Add it")
    gold = row.get("source_docs") or row.get("docs") or row.get("pids")
    gold = gold or [row[key] for key in ("pid", "doc", "document") if row.get(key)]
    answers = tuple(map(str, row.get("answers") or row.get("must_contain") or ()))
    facts = tuple(tuple(map(str, forms)) for forms in row.get("facts") or ())
    if any(
        not forms or isinstance(forms_given, str)
        for forms, forms_given in zip(facts, row.get("facts") or (), strict=True)
    ):
        raise BadValue(
            name=f"questions.jsonl: {row.get('qid', '')}",
            problem="a fact is not a list of its forms",
            fix='Write each fact like ["10 days", "ten days"]',
        )
    choices = tuple((str(letter), str(text)) for letter, text in (row.get("choices") or {}).items())
    return SetQuestion(
        str(row.get("qid", "")),
        row["question"],
        frozenset(map(_name, gold)),
        answers,
        row.get("page"),
        answerable and bool(row.get("answerable", True)),
        language=row.get("lang") or language_of(row["question"]),
        kinds=_kinds(row),
        facts=facts,
        forbidden=tuple(map(str, row.get("forbidden") or ())),
        follows=row.get("follows") or None,
        given=frozenset(map(_name, row["given"])) if row.get("given") else None,
        choices=choices,
        right=str(row.get("right", "")),
    )


def _name(value: object) -> str:
    """A document's name in one form, whichever system wrote it."""
    return unicodedata.normalize("NFC", str(value))


def _kinds(row: dict[str, Any]) -> tuple[str, ...]:
    named = row.get("kind") or row.get("qa_type") or ()
    return (named,) if isinstance(named, str) else tuple(map(str, named))
