"""JTF 1.1.1 as textlint's preset has it: one style throughout the body, told by the endings that it knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import regex

from checks.document.document import CheckedDocument, RunKind, Zone
from checks.findings import RuleMatch
from checks.packs.imports.textlint.nodes import STRINGS, strings

_ZONES = STRINGS - {Zone.LIST, Zone.QUOTE}
# Within a sentence each of these counts, at the end of a line the first that a full stop follows.
_PLAIN = regex.compile("のだが|ないかと|であるから")
_POLITE = regex.compile("でしたが|でしたので|ですので|ですが")
_PLAIN_END = regex.compile(
    # The preset has a full-width bar among its bars: ではない and ないか end no sentence by themselves.
    "(?:だ|である|った|ではない｜ないか|しろ|しなさい|いただきたい|いただく|ならない|あろう|られる)。"
)
_POLITE_END = regex.compile("(?:です|ます|ました|ません|ですね|でしょうか|ください|ませ)。")
Place = tuple[int, int, int]  # piece, start, end


def body_style(document: CheckedDocument, options: dict[str, Any]) -> Iterator[RuleMatch]:
    """The places of the style that is rarer; of the plain one where both are as frequent."""
    plain, polite = list[Place](), list[Place]()
    for index, piece in document.of(_ZONES):
        for start, end in strings(piece, RunKind.STRONG):
            text = piece.text[start:end]
            plain += [(index, start + a, start + b) for a, b in _endings(text, _PLAIN, _PLAIN_END)]
            polite += [(index, start + a, start + b) for a, b in _endings(text, _POLITE, _POLITE_END)]
    if not plain or not polite:
        return
    rare, wanted = (polite, "である") if len(polite) < len(plain) else (plain, "です・ます")
    for index, start, end in rare:
        match = document.pieces[index].text[start:end]
        values = {"polite": len(polite), "plain": len(plain), "match": match, "wanted": wanted}
        yield RuleMatch(index, start, end, "register_body", values)


def _endings(text: str, within: regex.Pattern[str], at_end: regex.Pattern[str]) -> Iterator[tuple[int, int]]:
    yield from (match.span() for match in within.finditer(text))
    begin = 0
    for line in text.splitlines(keepends=True):
        if match := at_end.search(line):
            yield begin + match.start(), begin + match.end()
        begin += len(line)


BODY_RULES = {"1.1.1": body_style}
