"""Markdown as a checked document, every character with its place in the source.

The blocks are markdown-it's; its inline tokens have no places, so the marks inside a line are read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from markdown_it import MarkdownIt
from markdown_it.token import Token

from checks.document.document import (
    CheckedDocument,
    DocumentFormat,
    DocumentPiece,
    Ignore,
    RunKind,
    Table,
    TableCell,
    TextRun,
    Zone,
)
from checks.ignores import read_ignore
from checks.readers.markdown_traces import MARKDOWN_TRACES, markdown_pictures, markdown_traces
from core.errors import FileDamaged

_FRONT_MATTER = re.compile(r"\A---\n(.*?\n)(?:---|\.\.\.)(?:\n|\Z)", re.DOTALL)
_URL = re.compile(r"https?://[^\s<>「」、。（）]+")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--.*?-->", re.DOTALL)
_AUTOLINK = re.compile(r"<([A-Za-z][\w+.-]*:[^\s<>]*|[\w.+-]+@[\w.-]+)>")
# What a site generator or a formula writes among the text: {% include … %}, {{ page.title }}, {: .note},
# $E = mc^2$. A price ($5) is no formula: one begins and ends without a space and holds a sign of its own.
_GENERATED = re.compile(
    r"\{%\s*comment\s*%\}(?:[^{]|\{(?!%))*\{%\s*endcomment\s*%\}|\{%[^{}]*%\}|\{\{[^{}]*\}\}|\{:[^{}\n]*\}"
)
_DEFINITION = re.compile(r"\[[^\[\]\n]+\]:[ \t]*\{[%{][^{}]*[%}]\}")  # of a link that a generator fills in
_CONTENTS_LINE = re.compile(r"\[[^\n]*\]\(#[^()\n]*\)")  # a list item that is a link within its own page
_FORMULA = re.compile(r"\$\$[^$]+\$\$|\$(?=[^$\n]*[\\^_={}])[^\s$](?:[^$\n]*[^\s$])?\$(?![0-9])")
_MARKS = "\\`*_~[!<h{$"
_ESCAPABLE = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_CAPTION = re.compile(r"^(?:図|表|图|圖|Figure|Table|Fig\.)\s*\d+", re.IGNORECASE)
DEEPEST = 12  # marks within marks


def read_markdown(text: str, name: str) -> CheckedDocument:
    """The document; `text` has line feeds alone. Raises FileDamaged."""
    body, metadata = text, {}
    if front := _FRONT_MATTER.match(text):
        metadata = dict(
            re.findall(r"^([A-Za-z_][\w-]*+):[ \t]*+(?:(.*?[^ \t\n])[ \t]*+)?$", front[1], re.MULTILINE)
        )
        body = re.sub(r"[^\n]", " ", front[0]) + text[front.end() :]
    blocks = _Blocks(text, body)
    try:
        blocks.read()
    except RecursionError as error:
        raise FileDamaged(name=name, problem="its parts stand too deeply inside one another") from error
    blocks.ignores += [ignore for _, ignore in blocks.waiting]  # nothing stands behind them
    return CheckedDocument(
        name=name,
        format=DocumentFormat.MARKDOWN,
        pieces=tuple(blocks.pieces),
        tables=tuple(blocks.tables),
        ignores=tuple(blocks.ignores),
        metadata=metadata,
        source=text,
        traces=tuple(markdown_traces(text)),
        traced=MARKDOWN_TRACES,
        pictures=tuple(markdown_pictures(text)),
    )


class _Blocks:
    def __init__(self, text: str, body: str) -> None:
        self.text, self.body = text, body
        self.lines = body.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.pieces: list[DocumentPiece] = []
        self.tables: list[Table] = []
        self.ignores: list[Ignore] = []
        self.waiting: list[tuple[int, Ignore]] = []  # comments, and how deep they stand, before their block
        self.open: list[tuple[int, Ignore]] = []  # comments whose block is being read

    def read(self) -> None:
        # Else the parser leaves out without a word what lies deeper than 20.
        parser = MarkdownIt("commonmark", {"maxNesting": 10_000}).enable(["table", "strikethrough"])
        quotes, lists, groups, level = 0, list[int](), 0, 0
        zone = Zone.BODY
        cells: list[TableCell] = []
        row = column = -1
        taken: dict[int, int] = {}  # by line: how far its cells reach
        for token in parser.parse(self.body):
            kind = token.type
            self._ignored(token)
            if kind in ("blockquote_open", "blockquote_close"):
                quotes += 1 if kind.endswith("open") else -1
            elif kind in ("bullet_list_open", "ordered_list_open"):
                groups += 1
                lists.append(groups)
            elif kind in ("bullet_list_close", "ordered_list_close"):
                lists.pop()
            elif kind == "heading_open":
                zone, level = Zone.HEADING, int(token.tag[1])
            elif kind == "heading_close":
                zone, level = Zone.BODY, 0
            elif kind == "table_open":
                cells, row, first = [], -1, len(self.pieces)
            elif kind == "tr_open":
                row, column = row + 1, -1
            elif kind in ("th_open", "td_open"):
                column += 1
                zone = Zone.TABLE
            elif kind in ("th_close", "td_close"):
                zone = Zone.BODY
            elif kind == "table_close":
                self.tables.append(Table(len(self.tables), tuple(cells), first_piece=first))
            elif kind in ("fence", "code_block") and token.map:
                self._code(token)
            elif kind == "inline" and token.map:
                where = zone
                if zone is Zone.BODY:
                    where = Zone.QUOTE if quotes else Zone.LIST if lists else Zone.BODY
                table = len(self.tables) if zone is Zone.TABLE else -1
                piece = self._inline(
                    token,
                    where,
                    level=level if zone is Zone.HEADING else max(0, len(lists) - 1),
                    group=lists[-1] if lists else -1,
                    table=table,
                    row=row if table >= 0 else -1,
                    column=column if table >= 0 else -1,
                    taken=taken,
                )
                if table >= 0:
                    cells.append(TableCell(piece.text, row, column, (len(self.pieces),)))
                self.pieces.append(piece)

    def _ignored(self, token: Token) -> None:
        """Comments that let findings pass: each speaks of the block behind it."""
        if token.type == "html_block" and token.map:
            for comment in _comments(token.content):
                if (named := read_ignore(comment)) is not None:
                    offset = self.starts[token.map[0]] + self.lines[token.map[0]].find("<")
                    here = len(self.pieces)
                    self.waiting.append((token.level, Ignore(*named, here, here, at=offset)))
        elif token.nesting < 0:
            for level, ignore in [each for each in self.open if each[0] == token.level]:
                self.open.remove((level, ignore))
                self.ignores.append(replace(ignore, last=len(self.pieces)))
            self.ignores += [
                ignore for level, ignore in self.waiting if level > token.level
            ]  # nothing followed
            self.waiting = [each for each in self.waiting if each[0] <= token.level]
        elif token.nesting or token.type in ("fence", "code_block"):
            mine = [each for each in self.waiting if each[0] == token.level]
            self.waiting = [each for each in self.waiting if each not in mine]
            begun = [(level, replace(ignore, first=len(self.pieces))) for level, ignore in mine]
            if token.nesting:
                self.open += begun
            else:  # a block without an end of its own: code
                self.ignores += [replace(ignore, last=len(self.pieces) + 1) for _, ignore in begun]

    def _code(self, token: Token) -> None:
        assert token.map is not None
        first, last = token.map
        start = self.starts[first]
        self.pieces.append(
            DocumentPiece(self.text[start : max(start, self.starts[last] - 1)], Zone.CODE, start=start)
        )

    def _inline(
        self,
        token: Token,
        zone: Zone,
        *,
        level: int,
        group: int,
        table: int,
        row: int,
        column: int,
        taken: dict[int, int],
    ) -> DocumentPiece:
        raw, places = self._placed(token, taken if table >= 0 else None)
        reader = _Inline(raw, places)
        text, offsets, runs = reader.read()
        if zone is Zone.BODY and _CAPTION.match(text) and "\n" not in text and len(text) < 80:
            zone = Zone.CAPTION
        if zone is Zone.LIST and _CONTENTS_LINE.fullmatch(raw.strip()):
            zone = Zone.CONTENTS
        return DocumentPiece(
            text,
            zone,
            level=level,
            group=group,
            table=table,
            row=row,
            column=column,
            runs=runs,
            start=offsets[0] if offsets else (places[0] if places else 0),
            offsets=offsets,
        )

    def _placed(self, token: Token, taken: dict[int, int] | None) -> tuple[str, list[int]]:
        """The token's text with the offset of each of its characters."""
        assert token.map is not None
        raw, places = list[str](), list[int]()
        number = token.map[0]
        for line in token.content.split("\n"):
            source = self.lines[number] if number < len(self.lines) else ""
            if taken is not None:
                offset = source.find(line, taken.get(number, 0))
                offset = max(0, offset)
                taken[number] = offset + len(line)
            elif token.map[0] == number and token.level and source.lstrip().startswith("#"):
                offset = max(0, source.find(line, len(source) - len(source.lstrip("# \t"))))
            else:
                offset = max(0, len(source.rstrip()) - len(line.rstrip()))
                if source[offset : offset + len(line.rstrip())] != line.rstrip():
                    offset = max(0, source.find(line.strip()))
            lead = len(line) - len(line.lstrip(" \t")) if raw else 0
            if raw:
                raw.append("\n")
                places.append(self.starts[number] - 1)
            for step, character in enumerate(line[lead:]):
                raw.append(character)
                places.append(self.starts[number] + offset + lead + step)
            number += 1
        return "".join(raw), places


class _Inline:
    """Takes the marks out of a paragraph and remembers what they marked."""

    def __init__(self, raw: str, places: list[int]) -> None:
        self.raw, self.places = raw, places
        self.text: list[str] = []
        self.offsets: list[int] = []
        self.runs: list[TextRun] = []

    def read(self) -> tuple[str, tuple[int, ...], tuple[TextRun, ...]]:
        self._read(0, len(self.raw), 0)
        return "".join(self.text), tuple(self.offsets), tuple(sorted(self.runs, key=lambda run: run.start))

    def _keep(self, start: int, end: int) -> None:
        self.text.extend(self.raw[start:end])
        self.offsets.extend(self.places[start:end])

    def _run(self, begin: int, kind: RunKind) -> None:
        if len(self.text) > begin:
            self.runs.append(TextRun(begin, len(self.text), kind, len(self.runs)))

    def _read(self, start: int, end: int, depth: int) -> None:
        offset = start
        while offset < end:
            offset = (
                self._mark(offset, end, depth) if self.raw[offset] in _MARKS else self._plain(offset, end)
            )

    def _plain(self, offset: int, end: int) -> int:
        stop = next((i for i in range(offset, end) if self.raw[i] in _MARKS), end)
        self._keep(offset, stop)
        return stop

    def _mark(self, offset: int, end: int, depth: int) -> int:
        raw, character = self.raw, self.raw[offset]
        if character == "\\" and offset + 1 < end and raw[offset + 1] in _ESCAPABLE:
            self._keep(offset + 1, offset + 2)
            return offset + 2
        end_found: int | None = None
        if character == "`":
            end_found = self._code(offset, end)
        elif character in "*_~" and depth < DEEPEST:
            end_found = self._emphasis(offset, end, depth)
        elif character == "!" and raw.startswith("![", offset):
            closed = self._bracket(offset + 1, end)
            end_found = self._target(closed, end) if closed is not None else None
        elif character == "[" and (written := _DEFINITION.match(raw, offset, end)):
            begin = len(self.text)
            self._keep(offset, written.end())
            self._run(begin, RunKind.CODE)
            end_found = written.end()
        elif character == "[" and depth < DEEPEST:
            end_found = self._link(offset, end, depth)
        elif character == "<":
            end_found = self._angle(offset, end)
        elif character in "{$" and (
            written := (_GENERATED if character == "{" else _FORMULA).match(raw, offset, end)
        ):
            begin = len(self.text)
            self._keep(offset, written.end())
            self._run(begin, RunKind.CODE)
            end_found = written.end()
        elif character == "h" and (address := _URL.match(raw, offset, end)):
            begin = len(self.text)
            self._keep(offset, address.end())
            self._run(begin, RunKind.LINK)
            end_found = address.end()
        if end_found is not None:
            return end_found
        self._keep(offset, offset + 1)
        return offset + 1

    def _code(self, offset: int, end: int) -> int | None:
        ticks = len(self.raw[offset:end]) - len(self.raw[offset:end].lstrip("`"))
        for match in re.finditer("`+", self.raw[offset + ticks : end]):
            if len(match[0]) == ticks:
                begin = len(self.text)
                self._keep(offset + ticks, offset + ticks + match.start())
                self._run(begin, RunKind.CODE)
                return offset + ticks + match.end()
        self._keep(offset, offset + ticks)
        return offset + ticks

    def _emphasis(self, offset: int, end: int, depth: int) -> int | None:
        raw, character = self.raw, self.raw[offset]
        run = re.compile(re.escape(character) + "+").match(raw, offset, end)
        assert run is not None
        width = min(len(run[0]), 2)
        if character == "~" and width < 2:
            return None
        after = offset + width
        if (
            after >= end
            or raw[after].isspace()
            or (character == "_" and offset > 0 and raw[offset - 1].isalnum())
        ):
            self._keep(offset, offset + len(run[0]))
            return offset + len(run[0])
        close = self._closer(character * width, after, end)
        if close is None:
            self._keep(offset, offset + len(run[0]))
            return offset + len(run[0])
        begin = len(self.text)
        self._read(after, close, depth + 1)
        self._run(begin, RunKind.STRONG if width == 2 else RunKind.EMPHASIS)
        return close + width

    def _closer(self, mark: str, start: int, end: int) -> int | None:
        raw, offset = self.raw, start
        while offset < end:
            if raw[offset] == "`":
                ticks = re.compile("`+").match(raw, offset)
                assert ticks is not None
                offset = _same_ticks(raw, ticks.end(), end, len(ticks[0]))
                continue
            if raw[offset] == "\\":
                offset += 2
                continue
            if raw.startswith(mark, offset) and offset > start and not raw[offset - 1].isspace():
                wide = len(raw[offset:end]) - len(raw[offset:end].lstrip(mark[0]))
                if (wide == len(mark) or wide >= 3) and not (
                    mark[0] == "_" and offset + wide < end and raw[offset + wide].isalnum()
                ):
                    return offset + wide - len(mark)
                offset += wide
                continue
            offset += 1
        return None

    def _bracket(self, offset: int, end: int) -> int | None:
        """The end (after the bracket) of what begins with the `[` at `at`."""
        deep = 0
        for index in range(offset, end):
            if self.raw[index] == "\\":
                continue
            if self.raw[index] == "[":
                deep += 1
            elif self.raw[index] == "]":
                deep -= 1
                if deep == 0:
                    return index + 1
        return None

    def _target(self, after: int, end: int) -> int | None:
        """The end of `(address)` or `[label]` that follows; None where neither does."""
        if after < end and self.raw[after] == "(":
            deep = 0
            for index in range(after, end):
                deep += {"(": 1, ")": -1}.get(self.raw[index], 0)
                if deep == 0:
                    return index + 1
        if after < end and self.raw[after] == "[":
            return self._bracket(after, end)
        return None

    def _link(self, offset: int, end: int, depth: int) -> int | None:
        closed = self._bracket(offset, end)
        if closed is None:
            return None
        target = self._target(closed, end)
        if target is None:
            return None
        begin = len(self.text)
        self._read(offset + 1, closed - 1, depth + 1)
        self._run(begin, RunKind.LINK)
        return target

    def _angle(self, offset: int, end: int) -> int | None:
        if link := _AUTOLINK.match(self.raw, offset, end):
            begin = len(self.text)
            self._keep(offset + 1, link.end() - 1)
            self._run(begin, RunKind.LINK)
            return link.end()
        tag = _TAG.match(self.raw, offset, end)
        return tag.end() if tag else None


def _same_ticks(raw: str, start: int, end: int, ticks: int) -> int:
    for match in re.finditer("`+", raw[start:end]):
        if len(match[0]) == ticks:
            return start + match.end()
    return start


def _comments(html: str) -> Iterator[str]:
    """What stands in each comment, by plain search: an expression looks for an end from each begin."""
    offset = html.find("<!--")
    while offset >= 0 and (end := html.find("-->", offset + 4)) >= 0:
        yield html[offset + 4 : end]
        offset = html.find("<!--", end + 3)
