"""structure: which headings a document must have, in which order, and that something stands under them."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from checks.document.document import CheckedDocument, DocumentFormat, DocumentPiece, Zone
from checks.findings import RuleMatch
from checks.kinds.style.date import written_dates
from checks.patterns import Pattern
from checks.rules import Context, RegexText, Rule, RulePart
from language.amounts import money_in
from language.headings import heading_level, without_number

_CONTENT = re.compile(r"^(?:min_chars\s+(\d+)|table|any|date|amount)$")


def _content(text: str) -> str:
    if not _CONTENT.match(text):
        raise ValueError("content is `min_chars N`, `table`, `date`, `amount` or `any`")
    return text


class Required(RulePart):
    """A heading that must stand there: a pattern for its text, without its number."""

    h: RegexText
    level: int | None = None
    optional: bool = False
    content: Annotated[str, AfterValidator(_content)] | None = None


class StructureRule(Rule):
    """The skeleton of a document."""

    kind: Literal["structure"] = "structure"
    required: list[Required] = []
    forbidden: list[RegexText] = []
    order: Literal["relative", "exact", "any"] = "any"
    title: RegexText | None = None
    max_level: int | None = None
    no_skipped_levels: bool = False
    no_empty_sections: bool = False
    unique: bool = False
    labels: bool = Field(True, description="Take `件名：…` and the first cells of rows for headings too.")

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """What is missing, out of order, empty or too deep."""
        document = context.document
        headings = found_headings(document, self.labels)
        yield from self._title(document)
        places = list(self._required(document, headings))
        for _, _, hit in places:
            if hit is not None:
                yield hit
        yield from self._order(
            document, [(required, index) for required, index, _ in places if index is not None]
        )
        for source in self.forbidden:
            for index, text in headings:
                if heading_fits(source, text):
                    values = {"heading": text}
                    yield RuleMatch(index, 0, len(document.pieces[index].text), "structure_forbidden", values)
        yield from self._levels(document)

    def _title(self, document: CheckedDocument) -> Iterator[RuleMatch]:
        if self.title is None:
            return
        first = [
            (index, piece) for index, piece in document.of(frozenset({Zone.HEADING, Zone.BODY, Zone.TABLE}))
        ][:6]
        if not any(Pattern(self.title).search(_flat(piece.text)) for _, piece in first):
            index = first[0][0] if first else -1
            quote = document.pieces[index].text[:60] if first else ""
            values = {"title": self.title, "found": quote}
            yield RuleMatch(
                index, 0, len(document.pieces[index].text) if first else 0, "structure_title", values
            )

    def _required(
        self, document: CheckedDocument, headings: list[tuple[int, str]]
    ) -> Iterator[tuple[Required, int | None, RuleMatch | None]]:
        for required in self.required:
            place = next(
                (
                    index
                    for index, text in headings
                    if heading_fits(required.h, text)
                    and (required.level is None or document.pieces[index].level == required.level)
                ),
                None,
            )
            if place is None:
                hit = None
                if not required.optional:
                    names = required.h.replace("|", " / ")
                    hit = RuleMatch(-1, 0, 0, "structure_missing", {"heading": names})
                yield required, None, hit
                continue
            yield required, place, self._content(document, required, place)

    def _content(self, document: CheckedDocument, required: Required, index: int) -> RuleMatch | None:
        if required.content is None and not self.no_empty_sections:
            return None
        below = _below(document, index)
        heading = document.pieces[index]
        text = "".join(piece.text for piece in below)
        inline = re.split("[:：]", heading.text, maxsplit=1)
        if len(inline) == 2:
            text = inline[1] + text
        values: dict[str, object] = {"heading": heading.whole.strip()}
        if required.content == "table":
            if not any(piece.zone is Zone.TABLE for piece in below):
                return RuleMatch(index, 0, len(heading.text), "structure_no_table", values)
            return None
        least = 1
        if required.content and (match := re.match(r"min_chars (\d+)", required.content)):
            least = int(match[1])
        length = len("".join(text.split()))
        if length < least:
            values |= {"length": length, "least": least}
            return RuleMatch(
                index, 0, len(heading.text), "structure_empty" if not length else "structure_short", values
            )
        if (required.content == "date" and not written_dates(text)) or (
            required.content == "amount" and money_in(text) is None
        ):
            return RuleMatch(index, 0, len(heading.text), f"structure_no_{required.content}", values)
        return None

    def _order(self, document: CheckedDocument, placed: list[tuple[Required, int]]) -> Iterator[RuleMatch]:
        if self.order == "any":
            return
        for (_before, first), (_after, second) in itertools.pairwise(placed):
            if second < first:
                piece = document.pieces[second]
                values = {"heading": piece.whole.strip(), "before": document.pieces[first].whole.strip()}
                yield RuleMatch(second, 0, len(piece.text), "structure_order", values)
        if self.order == "exact":
            listed = [required.h for required in self.required]
            for index in document.headings:
                piece = document.pieces[index]
                if (
                    piece.level > 0
                    and piece.level == 1
                    and not any(heading_fits(known, piece.text) for known in listed)
                ):
                    yield RuleMatch(index, 0, len(piece.text), "structure_unlisted", {"heading": piece.text})

    def _levels(self, document: CheckedDocument) -> Iterator[RuleMatch]:
        last = 0
        seen: set[tuple[str, str]] = set()
        for index in document.headings:
            piece = document.pieces[index]
            end = len(piece.text)
            if self.max_level is not None and piece.level > self.max_level:
                yield RuleMatch(
                    index, 0, end, "structure_deep", {"level": piece.level, "max": self.max_level}
                )
            if self.no_skipped_levels and last and piece.level > last + 1:
                yield RuleMatch(index, 0, end, "structure_skipped", {"level": piece.level, "last": last})
            if piece.level:
                last = piece.level
            above = " > ".join(document.heading_path(index).split(" > ")[:-1])
            key = (above, piece.text)
            if self.unique and key in seen:
                yield RuleMatch(index, 0, end, "structure_twice", {"heading": piece.text})
            seen.add(key)
            if self.no_empty_sections and piece.level and not _below(document, index):
                following = document.pieces[index + 1] if index + 1 < len(document.pieces) else None
                if following is None or following.zone is not Zone.HEADING or following.level <= piece.level:
                    yield RuleMatch(index, 0, end, "structure_empty", {"heading": piece.whole.strip()})


def found_headings(document: CheckedDocument, labels: bool) -> list[tuple[int, str]]:
    """The headings with their texts without numbers; with `labels`, also lines and cells that serve as
    one."""
    headings: list[tuple[int, str]] = []
    for index, piece in enumerate(document.pieces):
        text = _flat(piece.text)
        if not text:
            continue
        if piece.zone is Zone.HEADING:
            headings.append((index, without_number(text).strip(" 【】")))
        elif labels and piece.zone in (Zone.BODY, Zone.LIST) and (label := _label(piece, text)):
            headings.append((index, label))
        elif (labels and piece.zone is Zone.TABLE and len(text) <= 20 and piece.column == 0) or (
            document.format is DocumentFormat.XLSX and labels and len(text) <= 20
        ):
            headings.append((index, without_number(text).strip(" 【】")))
    return headings


def _label(piece: DocumentPiece, text: str) -> str:
    """`件名` of `1. 件名：複合機の更新`; empty where the line is no label."""
    first = text.split("\n")[0]
    if match := re.match(r"(.{1,24}?)(?<!\s)\s*+[:：]", first):
        return without_number(match[1]).strip(" 【】")
    if piece.runs and all(run.format.bold for run in piece.runs) and len(first) <= 30:
        return without_number(first).strip(" 【】")
    return without_number(first).strip(" 【】") if heading_level(first) else ""


def _flat(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def heading_fits(source: str, text: str) -> bool:
    """Whether a heading is what the pattern means: the whole of it, or its beginning for a longer one."""
    squeezed = re.sub(r"\s+", "", text) if re.search(r"[぀-鿿]", text) else text
    for form in (text, squeezed):
        if Pattern(f"(?:{source})", ignore_case=True).match(form):
            return True
        if match := Pattern(f"^(?:{source})", ignore_case=True).search(form):
            rest = form[match.end() :]
            if not rest or rest[0] in " 　(（:：・/、及並と,-–—" or rest.startswith(("について", "に関する")):
                return True
    return False


def _below(document: CheckedDocument, index: int) -> list[DocumentPiece]:
    """What stands under a heading until the next of its level, or beside a label."""
    heading = document.pieces[index]
    out: list[DocumentPiece] = []
    for piece in document.pieces[index + 1 :]:
        if piece.zone in (Zone.HEADER, Zone.FOOTER, Zone.COMMENT):
            continue
        if heading.zone is Zone.TABLE:
            if piece.table != heading.table or piece.row != heading.row:
                break
        elif piece.zone is Zone.HEADING and piece.level <= max(heading.level, 1):
            break
        if piece.text.strip() or piece.picture:
            out.append(piece)
    return [piece for piece in out if piece.zone is not Zone.HEADING]
