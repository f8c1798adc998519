"""The forms in which an answer leaves the screens, each from the same parts."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from contract.answers import AnswerOut
from core.errors import BadValue, ConverterMissing, PrinterMissing
from drafts.answers.mail import as_mail
from drafts.answers.markdown import as_markdown, as_text
from drafts.answers.page import parts_of
from drafts.answers.word import as_word
from drafts.answers.wording import LANGUAGES, Spoken
from ingest.formats import DOCX
from ingest.sandbox import ReadingLimits, print_file

MOST_PAGES = 200


class AnswerForm(StrEnum):
    """A kind of file, by its ending."""

    DOCX = "docx"
    PDF = "pdf"
    MD = "md"
    TXT = "txt"
    EML = "eml"


MEDIA_TYPES = {
    AnswerForm.DOCX: DOCX,
    AnswerForm.PDF: "application/pdf",
    AnswerForm.MD: "text/markdown; charset=utf-8",
    AnswerForm.TXT: "text/plain; charset=utf-8",
    AnswerForm.EML: "message/rfc822",
}


@dataclass(frozen=True)
class TakenOut:
    """Who takes an answer out, when, and in which language its file speaks of it."""

    by: str
    taken_at: datetime
    language: Spoken


def form_of(path: Path) -> AnswerForm:
    """The form that a file's ending names. Raises BadValue."""
    ending = path.suffix.lower().removeprefix(".")
    if ending in set(AnswerForm):
        return AnswerForm(ending)
    endings = ", ".join(f".{form}" for form in AnswerForm)
    raise BadValue(
        name=path.name, problem="its ending names no form of an answer", fix=f"End it in {endings}"
    )


def language_for(wanted: str | None, answer: AnswerOut) -> Spoken:
    """The language that is wanted, else the question's own; English if that is none of the three."""
    return next((known for known in LANGUAGES if known == (wanted or answer.language)), "en")


def written(form: AnswerForm, answer: AnswerOut, taken: TakenOut, limits: ReadingLimits) -> bytes:
    """The file of that form. Raises PrinterMissing if a PDF is asked for and nothing here prints one."""
    parts = parts_of(answer, asker=taken.by, language=taken.language, taken_at=taken.taken_at)
    match form:
        case AnswerForm.MD:
            return as_markdown(parts).encode("utf-8", "replace")
        case AnswerForm.TXT:
            return as_text(parts).encode("utf-8", "replace")
        case AnswerForm.EML:
            return as_mail(parts, subject=answer.question, taken_at=taken.taken_at)
    word = as_word(parts, language=taken.language, title=answer.question)
    if form is AnswerForm.DOCX:
        return word
    with tempfile.TemporaryDirectory(prefix="shoko-answer-") as scratch:
        path = Path(scratch) / "answer.docx"
        path.write_bytes(word)
        try:
            return print_file(path, path.name, DOCX, MOST_PAGES, limits)
        except ConverterMissing as error:
            raise PrinterMissing from error
