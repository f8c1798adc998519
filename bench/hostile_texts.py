"""Texts that are hard for a regular expression, made of its own fragments: what it repeats, repeated, after
what leads there and before what spoils the match. Pure; matches nothing itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from re import _constants, _parser  # type: ignore[attr-defined]  # typeshed leaves the standard parser out
from typing import Any

import regex

SPOILERS = ("\x01", "\n\x01")  # what follows the repeats, so that an end that is asked for does not come
_COMMON = (" ", "\n", " \n", "a", "A", "0", ",", ".", "あ", "漢")
_VARIANTS = 4  # of a class's members and a branch's choices
_MOST = 70  # fragments of one pattern
_WITHIN = 3  # prefixes of one pattern
# What stands for a property of Unicode where the standard parser reads a pattern of the regex package.
_PROPERTIES = {
    "script=han": "漢一", "han": "漢一", "script=hiragana": "あの", "hiragana": "あの",
    "script=katakana": "アン", "katakana": "アン", "latin": "aZ", "script=latin": "aZ", "l": "aZ漢あ",
    "lu": "AZ", "ll": "az", "n": "09", "nd": "09", "p": ".,", "s": "+<", "z": " ", "m": "\u0301",
    "no": "①②", "sc": "¥$",
}  # fmt: skip
_PROPERTY = re.compile(r"\\p\{(\w++(?:=\w++)?)\}")
_DIFFERENCE = re.compile(r"--\[[^\[\]]*+\]")


def texts(pattern: Any, size: int) -> Iterator[str | bytes]:
    """Texts of about `size` characters for a compiled pattern of `re` or `regex`, of its own kind. Raises
    re.error where the pattern cannot be taken apart."""
    tree = _tree(pattern)
    fragments = _fragments(tree)
    prefixes = ["", *dict.fromkeys(prefix for prefix, _ in _repeats(tree, "") if prefix)][: _WITHIN + 1]
    for fragment in fragments:
        repeated = fragment * max(2, size // len(fragment))
        for prefix in prefixes:
            for spoiler in SPOILERS:
                text = prefix + repeated + spoiler
                yield text.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else text


def _tree(pattern: Any) -> Any:
    source = pattern.pattern
    if isinstance(source, bytes):
        source = source.decode("latin-1")
    if isinstance(pattern, re.Pattern):
        return _parser.parse(source, pattern.flags & ~(re.UNICODE | re.LOCALE))
    flags = 0
    for own, standard in ((regex.I, re.I), (regex.M, re.M), (regex.S, re.S), (regex.X, re.X)):
        flags |= standard if pattern.flags & own else 0
    return _parser.parse(_standard(source), flags)


def _standard(source: str) -> str:
    """A pattern of the regex package as the standard parser reads it, a few characters for each property."""
    source = _DIFFERENCE.sub("", source)
    out, inside, position = [], False, 0
    while position < len(source):
        match = _PROPERTY.match(source, position)
        if match:
            members = _PROPERTIES[match[1].lower()]
            out.append(members if inside else f"[{members}]")
            position = match.end()
            continue
        if source[position] == "\\":
            out.append(source[position : position + 2])
            position += 2
            continue
        if source[position] == "[" and not inside:
            inside = True
        elif source[position] == "]" and inside and out[-1] not in ("[", "^"):
            inside = False
        out.append(source[position])
        position += 1
    return "".join(out)


def _fragments(tree: Any) -> list[str]:
    fragments: dict[str, None] = {}
    whole = [_sample(tree, choice) for choice in range(_VARIANTS)]
    for prefix, body in _repeats(tree, ""):
        for choice in range(_VARIANTS):
            sample = _sample(body, choice)
            fragments[sample] = None
            fragments[prefix + sample] = None
        fragments[prefix] = None
    for text in whole:
        fragments[text] = None
        fragments[text[:-1]] = None
    for member in _members(tree):
        fragments[member] = None
    for common in _COMMON:
        fragments[common] = None
    fragments.pop("", None)
    own = [fragment for fragment in fragments if len(fragment) <= 60]
    return own if len(own) <= _MOST else own[: _MOST // 2] + own[-_MOST // 2 :]


def _repeats(nodes: Any, before: str) -> Iterator[tuple[str, Any]]:
    """Each repeat's body, with a text that leads to it."""
    for op, value in nodes:
        if op in (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT):
            _, most, body = value
            if most > 20:
                yield before, body
            yield from _repeats(body, before)
        elif op is _constants.SUBPATTERN:
            yield from _repeats(value[3], before)
        elif op is _constants.ATOMIC_GROUP:
            yield from _repeats(value, before)
        elif op is _constants.BRANCH:
            for branch in value[1]:
                yield from _repeats(branch, before)
        elif op in (_constants.ASSERT, _constants.ASSERT_NOT):
            yield from _repeats(value[1], before)
        before += _sample([(op, value)], 0)


def _sample(nodes: Any, choice: int) -> str:
    """A text that these nodes match, as far as it can be told without trying."""
    out = ""
    for op, value in nodes:
        if op is _constants.LITERAL:
            out += chr(value)
        elif op in (_constants.NOT_LITERAL, _constants.IN, _constants.ANY):
            members = _class_members(op, value)
            out += members[choice % len(members)] if members else ""
        elif op in (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT):
            least, most, body = value
            out += _sample(body, choice) * max(least, min(1, int(most)))
        elif op is _constants.SUBPATTERN:
            out += _sample(value[3], choice)
        elif op is _constants.ATOMIC_GROUP:
            out += _sample(value, choice)
        elif op is _constants.BRANCH:
            out += _sample(value[1][choice % len(value[1])], choice)
    return out


def _members(nodes: Any) -> Iterator[str]:
    """Some members of each class, and each branch of literals."""
    for op, value in nodes:
        if op in (_constants.IN, _constants.NOT_LITERAL):
            yield from _class_members(op, value)
        elif op in (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT):
            yield from _members(value[2])
        elif op is _constants.SUBPATTERN:
            yield from _members(value[3])
        elif op is _constants.ATOMIC_GROUP:
            yield from _members(value)
        elif op is _constants.BRANCH:
            for branch in value[1]:
                yield _sample(branch, 0)
                yield from _members(branch)


def _class_members(op: Any, value: Any) -> Sequence[str]:
    if op is _constants.ANY:
        return ("a", " ", "漢", "<")
    if op is _constants.NOT_LITERAL:
        return [character for character in "a 漢<1\n" if ord(character) != value][:_VARIANTS]
    negated = any(kind is _constants.NEGATE for kind, _ in value)
    if negated:
        return [character for character in "a 漢<1\n.\x02-あ" if not _holds(value, character)][:_VARIANTS]
    members: dict[str, None] = {}
    for kind, what in value:
        if kind is _constants.LITERAL:
            members[chr(what)] = None
        elif kind is _constants.RANGE:
            members[chr(what[0])] = None
        elif kind is _constants.CATEGORY:
            for character in "a1 漢\n_.":
                if _of(what, character):
                    members[character] = None
    every = list(members)
    step = max(1, len(every) // _VARIANTS)
    return every[::step]


def _holds(value: Any, character: str) -> bool:
    return any(
        (kind is _constants.LITERAL and what == ord(character))
        or (kind is _constants.RANGE and what[0] <= ord(character) <= what[1])
        or (kind is _constants.CATEGORY and _of(what, character))
        for kind, what in value
    )


def _of(category: Any, character: str) -> bool:
    name = str(category).removeprefix("CATEGORY_")
    plain = name.removeprefix("NOT_")
    is_one = {
        "DIGIT": character.isdigit(),
        "SPACE": character.isspace(),
        "WORD": character.isalnum() or character == "_",
    }[plain]
    return is_one != name.startswith("NOT_")
