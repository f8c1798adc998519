"""Regular expressions of companies, in the dialect that they were written for, each with a limit on time.

JavaScript (prh, textlint): `\\b`, `\\w` and `\\d` are ASCII, `\\s` takes the ideographic space, `.` stops at
four line ends. .NET (Vale): `\\b` is Unicode, `(?i)` holds from where it stands. Python, our own packs'
default, has an ASCII `\\b`, without which a word rule never fires inside Japanese or Chinese.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache

import regex

SECONDS = 1.0  # for one pattern over one paragraph; a sound one takes microseconds
LONGEST = 20_000  # characters of a pattern
MOST_UNFOLDED = 100_000  # parts once its counted repeats are written out, as the engine does: a kB or so each
_WORD = "A-Za-z0-9_"
_NOT_WORD = "\\x00-/:-@\\[-\\^`{-\U0010ffff"
_SPACE = "\\t\\n\\x0b\\x0c\\r \\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff"
_ENDS = "\\n\\r\\u2028\\u2029"
_BOUNDARY = f"(?:(?<=[{_WORD}])(?![{_WORD}])|(?<![{_WORD}])(?=[{_WORD}]))"
_NO_BOUNDARY = f"(?:(?<=[{_WORD}])(?=[{_WORD}])|(?<![{_WORD}])(?![{_WORD}]))"
_JS_OUTSIDE = {
    "b": _BOUNDARY, "B": _NO_BOUNDARY, "w": f"[{_WORD}]", "W": f"[^{_WORD}]", "d": "[0-9]", "D": "[^0-9]",
    "s": f"[{_SPACE}]", "S": f"[^{_SPACE}]", "0": "\\x00",
}  # fmt: skip
_JS_INSIDE = {
    "b": "\\x08", "w": _WORD, "W": _NOT_WORD, "d": "0-9", "D": "\\x00-/:-\U0010ffff", "s": _SPACE,
    "S": "\\S", "0": "\\x00",
}  # fmt: skip
_COUNT = re.compile(r"\{([0-9]{0,9})(?:,([0-9]{0,9}))?\}")
_KEPT = frozenset("nrtfv123456789")


class PatternDialect(StrEnum):
    """For which engine a pattern was written."""

    PYTHON = "python"
    JS = "js"
    DOTNET = "dotnet"


class PatternBad(ValueError):
    """The pattern does not compile; the text says why."""


class PatternTooSlow(Exception):
    """The pattern took longer than it may on one paragraph."""


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern; iterating is stopped after SECONDS with PatternTooSlow."""

    source: str
    dialect: PatternDialect = PatternDialect.PYTHON
    ignore_case: bool = False

    @cached_property
    def compiled(self) -> regex.Pattern[str]:
        """The compiled form. Raises PatternBad."""
        return compiled(self.source, self.dialect, self.ignore_case)

    def finditer(self, text: str) -> Iterator[regex.Match[str]]:
        """All matches, left to right."""
        try:
            yield from self.compiled.finditer(text, timeout=_left(self.source))
        except TimeoutError as error:
            raise PatternTooSlow(self.source) from error

    def search(self, text: str) -> regex.Match[str] | None:
        """The first match."""
        try:
            return self.compiled.search(text, timeout=_left(self.source))
        except TimeoutError as error:
            raise PatternTooSlow(self.source) from error

    def sub(self, template: str, text: str) -> str:
        """The text with every match replaced by the template, in which \\1 stands for a group."""
        try:
            return str(self.compiled.sub(template, text, timeout=_left(self.source)))
        except TimeoutError as error:
            raise PatternTooSlow(self.source) from error

    def match(self, text: str) -> regex.Match[str] | None:
        """A match of the whole text."""
        try:
            return self.compiled.fullmatch(text, timeout=_left(self.source))
        except TimeoutError as error:
            raise PatternTooSlow(self.source) from error


_until: ContextVar[float | None] = ContextVar("until", default=None)


@contextmanager
def until(deadline: float | None) -> Iterator[None]:
    """Within it no pattern runs past that time of time.monotonic(); None: SECONDS each are the only limit."""
    before = _until.set(deadline)
    try:
        yield
    finally:
        _until.reset(before)


def _left(source: str) -> float:
    """How many seconds a pattern may take now. Raises PatternTooSlow where none are left."""
    deadline = _until.get()
    left = SECONDS if deadline is None else min(SECONDS, deadline - time.monotonic())
    if left <= 0:
        raise PatternTooSlow(source)
    return left


@lru_cache(maxsize=8192)
def compiled(source: str, dialect: PatternDialect, ignore_case: bool = False) -> regex.Pattern[str]:
    """That pattern for the `regex` package. Raises PatternBad."""
    if len(source) > LONGEST:
        raise PatternBad(f"a pattern of {len(source)} characters; the limit is {LONGEST}")
    if (parts := _unfolded(source)) > MOST_UNFOLDED:
        raise PatternBad(
            f"its repeats within repeats make {parts:,} parts; the limit is {MOST_UNFOLDED:,}:"
            " use smaller numbers in {}, or * and +"
        )
    flags = regex.IGNORECASE if ignore_case else 0
    flags |= regex.V1 if dialect is PatternDialect.DOTNET else regex.V0
    if dialect is not PatternDialect.JS:
        flags |= regex.MULTILINE
    try:
        return regex.compile(_translated(source, dialect), flags)
    except (regex.error, ValueError, OverflowError, RecursionError, KeyError, IndexError) as error:
        raise PatternBad(str(error)) from error


def _unfolded(source: str) -> int:
    """How many parts a pattern has once its counted repeats are written out, at least; found without
    compiling, which takes gigabytes for (?:(?:a{999}){999}){999}."""
    sizes, lasts = [0], [0]  # of each open group: of all that stands in it, and of what stands last in it
    offset = 0
    while offset < len(source):
        character = source[offset]
        counted = _COUNT.match(source, offset) if character == "{" else None
        if counted is not None:
            times = max(1, int(counted[2] or counted[1] or 1))
            sizes[-1] += lasts[-1] * (times - 1)
            lasts[-1] *= times
            offset = counted.end()
            continue
        if character == "[":
            offset = _class_end(source, offset)
            sizes[-1], lasts[-1] = sizes[-1] + 1, 1
            continue
        if character == "(":
            sizes.append(0)
            lasts.append(0)
        elif character == ")" and len(sizes) > 1:
            inner = max(1, sizes.pop())
            lasts.pop()
            sizes[-1], lasts[-1] = sizes[-1] + inner, inner
        elif character not in "*+?|)":
            sizes[-1], lasts[-1] = sizes[-1] + 1, 1
        offset += 2 if character == "\\" else 1
    return sum(sizes)


def _class_end(source: str, offset: int) -> int:
    offset += 2 if source.startswith(("[]", "[^"), offset) else 1
    while offset < len(source) and source[offset] != "]":
        offset += 2 if source[offset] == "\\" else 1
    return offset + 1


def _translated(source: str, dialect: PatternDialect) -> str:
    out: list[str] = []
    offset, inside = 0, False
    javascript = dialect is PatternDialect.JS
    while offset < len(source):
        character = source[offset]
        if character == "\\" and offset + 1 < len(source):
            offset = _escape(source, offset + 1, inside, dialect, out)
            continue
        if inside:
            if character == "]":
                inside = False
            elif character == "[" and not source.startswith("[:", offset):
                character = "\\["
            elif character in "&|~-" and source[offset + 1 : offset + 2] == character:
                character = "\\" + character  # V1 would take the pair for an operation on sets
            out.append(character)
            offset += 1
            continue
        if character == "[":
            offset = _open_class(source, offset, javascript, out)
            inside = out[-1] not in ("(?s:.)", "(?!)")
            continue
        if javascript and character == ".":
            out.append(f"[^{_ENDS}]")
        elif javascript and character == "^":
            out.append(f"(?:(?<=[{_ENDS}])|\\A)")
        elif javascript and character == "$":
            out.append(f"(?=[{_ENDS}]|\\Z)")
        elif (
            character == "("
            and source.startswith("(?<", offset)
            and source[offset + 3 : offset + 4] not in ("=", "!")
        ):
            out.append("(?P<")
            offset += 2
        elif javascript and character == "{" and not regex.match(r"\{\d+(,\d*)?\}", source, pos=offset):
            out.append("\\{")
        else:
            out.append(character)
        offset += 1
    return "".join(out)


def _open_class(source: str, offset: int, javascript: bool, out: list[str]) -> int:
    if javascript and source.startswith("[^]", offset):
        out.append("(?s:.)")
        return offset + 3
    if javascript and source.startswith("[]", offset):
        out.append("(?!)")
        return offset + 2
    if source.startswith("[^", offset):
        out.append("[^")
        offset += 2
    else:
        out.append("[")
        offset += 1
    if not javascript and source[offset : offset + 1] == "]":
        out.append("\\]")
        offset += 1
    return offset


def _escape(source: str, offset: int, inside: bool, dialect: PatternDialect, out: list[str]) -> int:
    """Translate the escape whose character after the backslash stands at `at`; the place after it."""
    character = source[offset]
    if dialect is not PatternDialect.JS:
        if dialect is PatternDialect.PYTHON and not inside and character in "bB":
            out.append(_JS_OUTSIDE[character])
        elif dialect is PatternDialect.DOTNET and character == "z":
            out.append("\\Z")
        elif dialect is PatternDialect.DOTNET and character == "k" and (name := _name(source, offset + 1)):
            out.append(f"(?P={name})")
            return offset + len(name) + 3
        else:
            out.append("\\" + character)
        return offset + 1
    table = _JS_INSIDE if inside else _JS_OUTSIDE
    if character in table:
        out.append(table[character])
    elif character in _KEPT:
        out.append("\\" + character)
    elif character == "u" and (
        code := regex.match(r"u(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{4}))", source, pos=offset)
    ):
        out.append(regex.escape(chr(int(code[1] or code[2], 16))))
        return code.end()  # type: ignore[no-any-return]  # regex has no types
    elif character == "x" and (code := regex.match(r"x([0-9A-Fa-f]{2})", source, pos=offset)):
        out.append(regex.escape(chr(int(code[1], 16))))
        return code.end()  # type: ignore[no-any-return]  # regex has no types
    elif character == "c" and (code := regex.match(r"c([A-Za-z])", source, pos=offset)):
        out.append(f"\\x{ord(code[1].upper()) - 64:02x}")
        return code.end()  # type: ignore[no-any-return]  # regex has no types
    elif character in "pP" and (match := regex.match(r"[pP]\{[^}]+\}", source, pos=offset)):
        out.append("\\" + match[0].replace("{sc=", "{Script=").replace("{scx=", "{Script=")
                   .replace("Script_Extensions=", "Script=").replace("General_Category=", "")
                   .replace("gc=", ""))  # fmt: skip
        return match.end()  # type: ignore[no-any-return]  # regex has no types
    elif character == "k" and (name := _name(source, offset + 1)):
        out.append(f"(?P={name})")
        return offset + len(name) + 3
    else:
        out.append(regex.escape(character))
    return offset + 1


def _name(source: str, offset: int) -> str:
    match = regex.match(r"<(\w+)>", source, pos=offset)
    return str(match[1]) if match else ""
