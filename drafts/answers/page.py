"""What stands in an answer that leaves the screens, as parts in their order, the same for every form of file.
Pure: it takes the answer as its reader may have it now, adds nothing, and says what is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from contract.answers import AnswerOut, CitationOut, ComputedOut
from contract.overviews import ComparisonTableOut, RecordCardOut, SummaryOut
from contract.values import Certainty
from drafts.answers.wording import Spoken, Wording, shown_time

NO_WHY = ("", "conflict", "computed", "not_readable_any_more")  # said in other words, or not at all


class PartKind(StrEnum):
    """What a part is, by which each form decides how it looks."""

    TITLE = "title"  # the question
    HEADING = "heading"
    NOTE = "note"  # small: who asked, when, how it was made
    NOTICE = "notice"  # what a reader must not overlook
    QUOTE = "quote"  # words of a document, exactly
    SOURCE = "source"  # where they stand
    PROSE = "prose"  # sentences of a model or a person
    VALUE = "value"  # what was computed
    STRUCK = "struck"  # a sentence that is no part of the answer
    TABLE = "table"


@dataclass(frozen=True)
class AnswerPart:
    """A part. `mark` is a quote's number; `strong` are [start, end) of `text`; `rows` are a table's, the
    first its head, and `used` the cells (row, column) that something was computed from."""

    kind: PartKind
    text: str = ""
    mark: int = 0
    strong: tuple[tuple[int, int], ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    used: frozenset[tuple[int, int]] = frozenset()

    @property
    def stretches(self) -> list[tuple[str, bool]]:
        """The text in stretches, each with whether it is emphasised."""
        stretches, position = [], 0
        for start, end in self.strong:
            if start < position:
                continue
            stretches += [(self.text[position:start], False), (self.text[start:end], True)]
            position = end
        return [(text, strong) for text, strong in [*stretches, (self.text[position:], False)] if text]


def on_one_line(text: str) -> str:
    """The text with a space for each run of spaces and line ends."""
    return " ".join(text.split())


def parts_of(answer: AnswerOut, *, asker: str, language: Spoken, taken_at: datetime) -> list[AnswerPart]:
    """The parts of an answer as `asker` may read it at that moment."""
    words = Wording(language)
    return [
        AnswerPart(PartKind.TITLE, answer.question.strip()),
        *_head(words, answer, asker),
        *_body(words, answer, asker),
        *_struck(words, answer),
        AnswerPart(PartKind.NOTE, words("exported", time=shown_time(taken_at), name=asker)),
    ]


def _head(words: Wording, answer: AnswerOut, asker: str) -> Iterator[AnswerPart]:
    if answer.asked_at is not None:
        yield AnswerPart(PartKind.NOTE, words("asked", name=asker, time=shown_time(answer.asked_at)))
    if answer.asked and answer.asked.strip() != answer.question.strip():
        yield AnswerPart(PartKind.NOTE, words("looked_up", question=answer.asked.strip()))
    if answer.as_of is not None:
        yield AnswerPart(PartKind.NOTICE, words("as_of", date=answer.as_of))


def _body(words: Wording, answer: AnswerOut, asker: str) -> Iterator[AnswerPart]:
    if answer.left_out:
        yield AnswerPart(PartKind.NOTICE, words("left_out", count=answer.left_out, name=asker))
    if answer.status == "not_found":
        yield AnswerPart(PartKind.NOTICE, words("not_found"))
        yield AnswerPart(PartKind.NOTE, words("not_found_explain"))
        yield from _quotes(words, answer.nearest, words("nearest"))
        return
    if answer.conflicts:
        pairs = ", ".join(f"[{first}] ≠ [{second}]" for first, second in answer.conflicts)
        yield AnswerPart(PartKind.NOTICE, words("conflict", pairs=pairs))
    if answer.certainty is Certainty.MAYBE:
        yield AnswerPart(PartKind.NOTICE, words("maybe"))
    if answer.computed is not None:
        yield from _computed(words, answer.computed)
    if answer.answer:
        yield AnswerPart(PartKind.HEADING, words("answer"))
        yield AnswerPart(PartKind.PROSE, answer.answer)
        how = "translated" if answer.writing.get("translated") else "checked"
        by = words("approved") if answer.faq_id else words(how, model=answer.model)
        yield AnswerPart(PartKind.NOTE, by)
    if answer.overview is not None:
        for card in answer.overview.records:
            yield from _record(words, card)
        if answer.overview.summary is not None:
            yield from _summary(words, answer.overview.summary)
        if answer.overview.table is not None:
            yield from _compared(words, answer.overview.table)
    beside = answer.answer or answer.computed is not None or answer.certainty is Certainty.MAYBE
    yield from _quotes(words, answer.citations, words("quotes" if beside else "quoted"))
    if answer.why not in NO_WHY:
        yield AnswerPart(PartKind.NOTE, words.either("why", answer.why))


def _quotes(words: Wording, citations: Sequence[CitationOut], heading: str) -> Iterator[AnswerPart]:
    if not citations:
        return
    yield AnswerPart(PartKind.HEADING, heading)
    for citation in citations:
        strong = tuple((start, end) for start, end in citation.emphasis)
        yield AnswerPart(PartKind.QUOTE, citation.quote, citation.mark, strong)
        yield AnswerPart(PartKind.SOURCE, source_of(words, citation), citation.mark)
    yield AnswerPart(PartKind.NOTE, words("verbatim"))


def source_of(words: Wording, citation: CitationOut) -> str:
    """Document, version, headings, place and dates of a quote, and what must be said of it."""
    name = citation.title or citation.document
    if name != citation.document:
        name = words("titled", title=name, file=citation.document)
    parts = [
        name,
        words("version", number=citation.version),
        citation.heading,
        words.place(citation.place, citation.page),
        words.force(citation.in_force_from, citation.in_force_until),
        words("superseded") if citation.superseded else "",
        words("ocr") if citation.ocr else "",
    ]
    return " · ".join(part for part in parts if part)


def _computed(words: Wording, computed: ComputedOut) -> Iterator[AnswerPart]:
    yield AnswerPart(PartKind.HEADING, words("computed"))
    yield AnswerPart(PartKind.VALUE, computed.value)
    yield AnswerPart(PartKind.PROSE, computed.words)
    if not computed.sure:
        yield AnswerPart(PartKind.NOTICE, words("unsure"))
    yield AnswerPart(PartKind.NOTE, words("rows", count=computed.row_count))
    rows = [tuple(computed.columns), *(tuple(cell.text for cell in row) for row in computed.rows)]
    used = frozenset(
        (number, column)
        for number, row in enumerate(computed.rows, start=1)
        for column, cell in enumerate(row)
        if cell.used
    )
    yield AnswerPart(PartKind.TABLE, computed.table, rows=tuple(rows), used=used)
    if computed.row_count > len(computed.rows):
        left = words("rows_more", count=computed.row_count - len(computed.rows))
        yield AnswerPart(PartKind.NOTE, left)
    yield AnswerPart(PartKind.NOTE, words("computed_by"))


def _record(words: Wording, card: RecordCardOut) -> Iterator[AnswerPart]:
    force = words.force(card.in_force_from, card.in_force_until) or words("no_dates")
    by = f" ({card.added_by})" if card.added_by else ""
    rows = (
        (words("file"), card.document),
        (words("space"), card.space),
        (words("version_label"), words("version_of", number=card.version, count=card.versions)),
        (words("in_force"), force + (f" [{card.date_mark}]" if card.date_mark else "")),
        (words("added"), f"{card.added_at:%Y-%m-%d}{by}"),
    )
    yield AnswerPart(PartKind.HEADING, card.title)
    yield AnswerPart(PartKind.TABLE, rows=(("", ""), *rows))


def _summary(words: Wording, summary: SummaryOut) -> Iterator[AnswerPart]:
    said = words("coverage", shown=summary.shown, total=summary.total)
    if summary.left_out:
        said += " " + words("coverage_left_out", names=", ".join(summary.left_out))
    yield AnswerPart(PartKind.NOTE, said)
    for section in summary.sections:
        more = f" ({words('section_more', count=section.more)})" if section.more else ""
        marks = "".join(f"[{mark}]" for mark in section.marks)
        yield AnswerPart(PartKind.PROSE, f"{section.title} · {section.heading}: {marks}{more}")


def _compared(words: Wording, table: ComparisonTableOut) -> Iterator[AnswerPart]:
    def named(number: int) -> str:
        side = table.sides[number]
        return f"{side.name} · {words('version', number=side.version)}" if table.versions else side.name

    def cell(marks: Sequence[int], only: Sequence[str]) -> str:
        shown = "".join(f"[{mark}]" for mark in marks) or words("nothing")
        return f"{shown} ({words('only', words=', '.join(only))})" if only else shown

    rows = [
        (row.topic, cell(row.first, row.only_first), cell(row.second, row.only_second)) for row in table.rows
    ]
    yield AnswerPart(PartKind.TABLE, rows=((words("topic"), named(0), named(1)), *rows))
    if table.more:
        yield AnswerPart(PartKind.NOTE, words("rows_more", count=table.more))


def _struck(words: Wording, answer: AnswerOut) -> Iterator[AnswerPart]:
    if not answer.struck:
        return
    yield AnswerPart(PartKind.HEADING, words("struck"))
    yield AnswerPart(PartKind.NOTE, words("struck_explain"))
    for sentence in answer.struck:
        yield AnswerPart(PartKind.STRUCK, sentence.text)
        yield AnswerPart(PartKind.NOTE, words.either("flaw", sentence.flaw))
