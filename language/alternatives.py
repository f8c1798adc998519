"""Many words in one regular expression, in a form in which each place of a text tries few of them. Pure."""

from __future__ import annotations


def by_first_character(words: str) -> str:
    """The alternatives put together by their first character, so that a place tries the few that begin there;
    those of one character keep their order among themselves."""
    tails: dict[str, list[str]] = {}
    for word in _alternatives(words):
        tails.setdefault(word[0], []).append(word[1:])
    alone = "".join(first for first, rest in tails.items() if rest == [""])
    groups = [f"{first}(?:{'|'.join(rest)})" for first, rest in tails.items() if rest != [""]]
    return "|".join([f"[{alone}]", *groups] if alone else groups)


def _alternatives(words: str) -> list[str]:
    """The alternatives of an expression; a bar within brackets belongs to its alternative."""
    parts: list[str] = []
    for piece in words.split("|"):
        if parts and parts[-1].count("(") > parts[-1].count(")"):
            parts[-1] += "|" + piece
        else:
            parts.append(piece)
    return parts
