"""Where a quote stands in its original, and since when that holds, in the reader's words. Pure."""

from __future__ import annotations

from datetime import date

from contract.answers import CitationOut
from contract.documents import PlaceOut
from ui.language import Words

SPANS = ("paragraph", "line", "footnote", "endnote", "earlier")  # units with a number that readers see


def place_text(words: Words, place: PlaceOut | None, page: int, last_page: int = 0) -> str:
    """The page; or the sheet with its cells, the slide, the paragraph."""
    if place is None or place.kind == "page":
        if last_page > page:
            return words("place.pages", first=page, last=last_page)
        return words("quote.page", page=page)
    if place.kind == "sheet":
        span = place.first if place.last in ("", place.first) else f"{place.first}:{place.last}"
        if place.unit == "cells" and span:
            return words("place.cells", name=place.name, cells=span)
        return words("place.sheet", name=place.name)
    if place.kind == "slide":
        return words("place.slide", number=place.number)
    return " · ".join(part for part in (place.name, _spot(words, place)) if part) or words(
        "place.part", number=place.number
    )


def _spot(words: Words, place: PlaceOut) -> str:
    if place.unit == "row":
        table, _, row = place.first.partition(".")
        return words("place.row", table=table, row=row)
    if place.unit == "page" and place.first:
        return words("quote.page", page=place.first)
    if place.unit in SPANS and place.first:
        span = place.first if place.last in ("", place.first) else f"{place.first}–{place.last}"
        return words(f"place.{place.unit}", number=span)
    return words(f"place.{place.unit}") if words.has(f"place.{place.unit}") and not place.first else ""


def force_text(words: Words, since: date | None, until: date | None) -> str:
    """Since when a version is in force, and until when; empty where nothing is known."""
    if since is not None and until is not None:
        return words("quote.in_force_between", first=words.date(since), last=words.date(until))
    if since is not None:
        return words("quote.in_force_from", date=words.date(since))
    return words("quote.in_force_until", date=words.date(until)) if until is not None else ""


def source_line(words: Words, citation: CitationOut) -> str:
    """Document, version, headings, place and dates on one line, with what must be said of the quote: for a
    copy that leaves the screens."""
    name = citation.title or citation.document
    if name != citation.document:
        name = words("copy.titled", title=name, file=citation.document)
    place = place_text(words, citation.place, citation.page)
    force = force_text(words, citation.in_force_from, citation.in_force_until)
    version = words("documents.version", number=citation.version)
    older = words("quote.superseded") if citation.superseded else ""
    seen = words("quote.ocr_explain") if citation.ocr else ""
    return " · ".join(part for part in (name, version, citation.heading, place, force, older, seen) if part)
