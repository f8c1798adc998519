"""Reads the text of a sample document, written in a small notation, into blocks; draws nothing.

A text file in `samples/texts/` opens with `key: value` lines and a blank line. Below, each line
is one block:

    = 就業規則                  line of the title (may be repeated)
    + 施行日　2026年4月1日       line of the title block, set to the right
    # 第1章　総則               heading of level 1
    ## 第1条（目的）            heading of level 2
    - (1) 住民票                item with its own label
    -- ア　免許証の写し          item inside an item
    !table 30 70 | Caption      table: widths of the columns in percent; its rows follow, cells
    City | Limit                parted by " | ", the first row is the header, a blank line ends it
    > Seen and approved         small closing line, set to the right
    any other line              paragraph

`[ja] `, `[zh] ` or `[en] ` inside a line changes the language, and so the font, from there on.
"""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

LANGUAGE_MARK = re.compile(r"\[(ja|zh|en)\] ")


class TextMalformed(ValueError):
    """The text of a sample document breaks the notation: the message gives file and line."""


@dataclass(frozen=True)
class Title:
    """One line of the document's title."""

    text: str


@dataclass(frozen=True)
class TitleFact:
    """One line of the title block: number, date, owner."""

    text: str


@dataclass(frozen=True)
class Heading:
    """A heading that also stands in the outline; level 1 or 2."""

    text: str
    level: int


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True)
class Item:
    """One entry of a list, its label parted from its text; level 1 or 2."""

    label: str
    text: str
    level: int


@dataclass(frozen=True)
class Table:
    """A ruled table: `widths` in percent of the column of text, `rows[0]` is the header."""

    caption: str
    widths: tuple[float, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Closing:
    """A small line at the end, such as a confirmation."""

    text: str


Block = Title | TitleFact | Heading | Paragraph | Item | Table | Closing


@dataclass(frozen=True)
class Source:
    """A document ready to be set: its facts and its blocks in reading order."""

    file_name: str
    title: str
    author: str
    subject: str
    language: str
    dated: date
    columns: int
    header_left: str
    header_right: str
    blocks: tuple[Block, ...]

    @property
    def main_language(self) -> str:
        """The language without its region: `zh` for `zh-CN`."""
        return self.language.partition("-")[0]


def read_source(path: Path) -> Source:
    """Reads one text file; `TextMalformed` if it breaks the notation."""
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    facts = dict(line.split(": ", 1) for line in head.splitlines())
    first_line = len(head.splitlines()) + 2
    try:
        return Source(
            file_name=facts["file"],
            title=facts["title"],
            author=facts["author"],
            subject=facts["subject"],
            language=facts["language"],
            dated=date.fromisoformat(facts["date"]),
            columns=int(facts.get("columns", "1")),
            header_left=facts["header-left"],
            header_right=facts["header-right"],
            blocks=_blocks(body.splitlines(), path.name, first_line),
        )
    except KeyError as missing:
        raise TextMalformed(f"{path.name}: the line `{missing.args[0]}: …` is missing.") from None


def language_runs(text: str, language: str) -> list[tuple[str, str]]:
    """Parts a line at its language marks: pairs of language and text, the first in `language`."""
    first, *marked = LANGUAGE_MARK.split(text)
    runs = [(language, first), *zip(marked[::2], marked[1::2], strict=True)]
    return [(name, run) for name, run in runs if run]


def unmarked(text: str) -> str:
    """The line without its language marks."""
    return LANGUAGE_MARK.sub("", text)


def _blocks(lines: list[str], name: str, first_line: int) -> tuple[Block, ...]:
    blocks: list[Block] = []
    numbered = enumerate(lines, start=first_line)
    for number, line in numbered:
        if line.startswith("!table "):
            rows = []
            for _, row in numbered:
                if not row:
                    break
                rows.append(row)
            blocks.append(_table(line, rows, f"{name}:{number}"))
        elif line:
            blocks.append(_line_block(line, f"{name}:{number}"))
    return tuple(blocks)


def _line_block(line: str, place: str) -> Block:
    mark, _, text = line.partition(" ")
    match mark:
        case "=":
            return Title(text)
        case "+":
            return TitleFact(text)
        case "#" | "##":
            return Heading(text, level=len(mark))
        case "-" | "--":
            return _item(text, len(mark), place)
        case ">":
            return Closing(text)
        case _:
            return Paragraph(line)


def _item(text: str, level: int, place: str) -> Item:
    """A label ends at the first space or full-width closing bracket, whichever comes first."""
    label, *rest = re.split(r"(?<=）)|[ \u3000]", text, maxsplit=1)
    if not rest:
        raise TextMalformed(f"{place}: this item has no text after its label.")
    return Item(label, rest[0], level)


def _table(opening: str, lines: list[str], place: str) -> Table:
    sizes, _, caption = opening.removeprefix("!table ").partition("|")
    widths = tuple(float(size) for size in sizes.split())
    rows = tuple(tuple(cell.strip() for cell in f"{line} ".split(" | ")) for line in lines)
    if any(len(row) != len(widths) for row in rows):
        raise TextMalformed(f"{place}: a row of this table has not {len(widths)} cells.")
    return Table(caption.strip(), widths, rows)
