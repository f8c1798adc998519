"""An answer as Markdown and as plain text. What documents and models say is shown as it stands: no sign in it
is taken for Markdown's own. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from core.signs import visible
from drafts.answers.page import AnswerPart, PartKind, on_one_line

# Signs that Markdown, GitHub's too, may take for its own; a number or a sign at a line's head begins a list,
# and four spaces begin a listing.
_OWN = re.compile(r"(?m:^(?: {4}| {0,3}\t))|[\\`*_\[\]<>#|~!&]|(?m:^[ \t]*[+=:-])|(?m:(?<=^)\d{1,9}(?=[.)]))")


def as_markdown(parts: Sequence[AnswerPart]) -> str:
    """The parts as Markdown: quotes as quotations with their numbers, struck sentences struck."""
    return "\n\n".join(_marked(part) for part in parts) + "\n"


def escaped(text: str) -> str:
    """A text that Markdown shows as it is. Line ends stay."""
    return _OWN.sub(_escape, visible(text))


def _escape(sign: re.Match[str]) -> str:
    said = sign[0]
    if not said.strip():
        return f"&#32;{said[1:]}"
    if said[-1].isdigit():
        return f"{said[:-1]}&#{ord(said[-1])};"
    return f"{said[:-1].replace(chr(9), ' ')}\\{said[-1]}"


def _marked(part: AnswerPart) -> str:
    text = escaped(part.text)
    match part.kind:
        case PartKind.TITLE:
            return f"# {on_one_line(text)}"
        case PartKind.HEADING:
            return f"## {on_one_line(text)}"
        case PartKind.QUOTE:
            lines = _strong(part).split("\n")
            return "\n".join(
                f"> {line}" for line in _broken([f"**\\[{part.mark}\\]** {lines[0]}", *lines[1:]])
            )
        case PartKind.SOURCE:
            return f"> — \\[{part.mark}\\] {on_one_line(text)}"
        case PartKind.NOTICE | PartKind.VALUE:
            return f"**{on_one_line(text)}**"
        case PartKind.NOTE:
            return f"*{on_one_line(text)}*"
        case PartKind.STRUCK:
            return f"~~{on_one_line(text)}~~"
        case PartKind.TABLE:
            return "\n".join(_table(part))
    return "\n".join(_broken(text.split("\n")))


def _broken(lines: Sequence[str]) -> list[str]:
    """Lines that stay lines: all but the last end in what Markdown takes for a break."""
    return [f"{line}\\" if line else line for line in lines[:-1]] + [lines[-1]]


def _strong(part: AnswerPart) -> str:
    """The text with the emphasised words in bold. Markdown has no bold across a line's end or next to a
    space."""
    pieces, plain = [], ""
    for text, strong in part.stretches:
        bare = text.strip()
        if not strong or not bare or "\n" in bare:
            plain += text
            continue
        before, _, behind = text.partition(bare)
        pieces += [escaped(plain + before), f"**{escaped(bare)}**"]
        plain = behind
    return "".join([*pieces, escaped(plain)])


def _table(part: AnswerPart) -> Iterator[str]:
    if part.text:
        yield f"*{on_one_line(escaped(part.text))}*\n"
    for number, row in enumerate(part.rows):
        cells = [
            f"**{on_one_line(escaped(cell))}**"
            if (number, column) in part.used and cell.strip()
            else on_one_line(escaped(cell))
            for column, cell in enumerate(row)
        ]
        yield f"| {' | '.join(cells)} |"
        if number == 0:
            yield f"|{'---|' * len(row)}"


def as_text(parts: Sequence[AnswerPart]) -> str:
    """The parts as plain text, for a mail or the clipboard: quotes between `> `, as mail has quotations."""
    lines: list[str] = []
    for part in parts:
        lines += [*_plain(part), ""]
        if part.kind is PartKind.QUOTE:
            lines.pop()  # its source stands right under it
    return "\n".join(lines).rstrip() + "\n"


def _plain(part: AnswerPart) -> Iterator[str]:
    text = visible(part.text)
    match part.kind:
        case PartKind.QUOTE:
            first, *more = text.split("\n")
            yield f"> [{part.mark}] {first}"
            yield from (f"> {line}" for line in more)
        case PartKind.SOURCE:
            yield f"    — {on_one_line(text)}"
        case PartKind.NOTICE:
            yield f"! {on_one_line(text)}"
        case PartKind.VALUE:
            yield f"= {on_one_line(text)}"
        case PartKind.STRUCK:
            yield f"✗ {on_one_line(text)}"
        case PartKind.TABLE:
            if text:
                yield on_one_line(text)
            for number, row in enumerate(part.rows):
                shown = [
                    f"*{on_one_line(visible(cell))}*"
                    if (number, column) in part.used
                    else on_one_line(visible(cell))
                    for column, cell in enumerate(row)
                ]
                if any(shown):
                    yield "  " + " | ".join(shown)
        case _:
            yield from text.split("\n")
