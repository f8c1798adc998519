"""Characters that do something to a screen instead of being seen there: control characters, which a terminal
obeys, and those that turn the direction of writing, so that one name reads as another."""

from __future__ import annotations

import re

# Turns the direction until it is turned back: embeddings, overrides, isolates.
TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\r(?!\n)")


def visible(text: str) -> str:
    """The text with each of them shown by its number, as `\\u202e`; tabs and line ends stay as they are."""
    return _UNSEEN.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)
