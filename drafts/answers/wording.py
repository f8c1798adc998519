"""The sentences of an answer that leaves the screens, in a reader's language. Pure but for reading its own
file."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

from contract.documents import PlaceOut

Spoken = Literal["ja", "en", "zh"]
LANGUAGES: tuple[Spoken, ...] = ("ja", "en", "zh")
_SPANS = ("paragraph", "line", "footnote", "endnote")  # units whose number a reader finds


@cache
def _messages() -> dict[str, dict[str, str]]:
    text = (Path(__file__).parent / "messages.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


class Wording:
    """The sentences in one language."""

    def __init__(self, language: Spoken) -> None:
        self.language = language

    def __call__(self, name: str, /, **values: object) -> str:
        """That sentence, with those values in it."""
        return _messages()[name][self.language].format(**values)

    def either(self, group: str, name: str) -> str:
        """The sentence of that name in a group, or the one for a name that the group has not."""
        known = f"{group}_{name}"
        return self(known) if known in _messages() else self(f"{group}_unknown", code=name)

    def force(self, first: date | None, last: date | None) -> str:
        """From when until when something is in force; empty if nothing is known."""
        match first is not None, last is not None:
            case True, True:
                return self("in_force_between", first=first, last=last)
            case True, False:
                return self("in_force_from", first=first)
            case False, True:
                return self("in_force_until", last=last)
        return ""

    def place(self, place: PlaceOut, page: int) -> str:
        """Where in its document a quote stands: the page; the sheet with its cells; the slide; the
        paragraph."""
        span = place.first if place.last in ("", place.first) else f"{place.first}–{place.last}"
        if place.kind == "page":
            return self("place_page", number=page)
        if place.kind == "sheet":
            if place.unit == "cells" and span:
                return self("place_cells", name=place.name, cells=span.replace("–", ":"))
            return self("place_sheet", name=place.name)
        if place.kind == "slide":
            return self("place_slide", number=place.number)
        spot = ""
        if place.unit == "row":
            table, _, row = place.first.partition(".")
            spot = self("place_row", table=table, row=row)
        elif place.unit in _SPANS and span:
            spot = self(f"place_{place.unit}", number=span)
        return " · ".join(part for part in (place.name, spot) if part) or self(
            "place_part", number=place.number
        )


def shown_time(moment: datetime) -> str:
    """A moment to the minute, with its time zone."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
