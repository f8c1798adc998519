"""What a text must contain for a pattern to match in it at all: looked up before the pattern is run. Pure.

It only ever leaves a pattern out that could not match; where it is not sure, it names nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_OPTIONAL, _REPEATED = "?*{", "+"
_BREAKS = ".^$"


def folded(text: str) -> str:
    """In small letters of half width, as both sides are compared."""
    return text.translate(_WIDE).lower()


def needed(sources: Sequence[str]) -> tuple[str, ...]:
    """Folded texts of which one stands in whatever one of those patterns (JavaScript's syntax) matches; empty
    where nothing can be said."""
    texts: list[str] = []
    for source in sources:
        if "\\k" in source or "\\p" in source.lower():
            return ()  # names and braces behind them
        for alternative in _runs(source):
            longest = max(alternative, key=len, default="")
            if not longest:
                return ()
            texts.append(folded(longest))
    return tuple(dict.fromkeys(texts))


def _runs(source: str) -> Iterator[list[str]]:
    """By alternative of a pattern, the runs of characters outside groups and classes that it has to have."""
    runs: list[str] = []
    run, offset = "", 0
    while offset < len(source):
        character, width = source[offset], 1
        literal = character
        if character == "\\":
            width, follows = 2, source[offset + 1 : offset + 2]
            literal = "" if not follows or follows.isalnum() else follows
            if follows.isalnum():  # a class, or a code of a character whose digits follow
                width = {"x": 4, "u": 6, "c": 3}.get(follows, 2)
        elif character == "[":
            width, literal = _class_end(source, offset) - offset, ""
        elif character == "(":
            width, literal = _group_end(source, offset) - offset, ""
        elif character == "|":
            yield [*runs, run]
            runs, run, literal, offset = [], "", "", offset + 1
            continue
        elif character in _BREAKS:
            literal = ""
        after = source[offset + width : offset + width + 1]
        if literal and after not in tuple(_OPTIONAL):
            run += literal
        if not literal or after in tuple(_OPTIONAL + _REPEATED):
            runs, run = [*runs, run], ""
        offset += width
        if after in tuple(_OPTIONAL + _REPEATED):
            offset = _quantifier_end(source, offset)
    yield [*runs, run]


def _quantifier_end(source: str, offset: int) -> int:
    end = source.find("}", offset) + 1 if source[offset] == "{" else offset + 1
    end = end or len(source)
    return end + 1 if source[end : end + 1] == "?" else end


def _class_end(source: str, offset: int) -> int:
    offset += 1
    while offset < len(source) and source[offset] != "]":
        offset += 2 if source[offset] == "\\" else 1
    return offset + 1


def _group_end(source: str, offset: int) -> int:
    depth = 0
    while offset < len(source):
        character = source[offset]
        if character == "[":
            offset = _class_end(source, offset)
            continue
        depth += {"(": 1, ")": -1}.get(character, 0)
        offset += 2 if character == "\\" else 1
        if not depth:
            break
    return offset
