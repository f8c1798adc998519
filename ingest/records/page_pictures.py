"""Pictures of pages: drawn in the sandbox once for each width, then kept beside the originals."""

from __future__ import annotations

import secrets

from core.errors import NotFound
from core.files import Files
from core.models import Document, Version
from ingest.formats import PDF, PICTURES
from ingest.sandbox import ReadingLimits, render_page


def must_have_picture(version: Version, number: int) -> None:
    """Raises NotFound if that page cannot be drawn: it has no picture in its format, or is not there."""
    if version.media_type not in (PDF, *PICTURES) or not 1 <= number <= max(version.pages, 1):
        raise NotFound(what="picture of page", name=number)


def picture(
    files: Files, document: Document, version: Version, number: int, width: int, limits: ReadingLimits
) -> bytes:
    """PNG of that page, `width` pixels wide. Raises FileDamaged."""
    drawn = files.pictures(version.id) / f"{number}-{width}.png"
    try:
        return drawn.read_bytes()
    except FileNotFoundError:
        original = files.path(version.sha256)
        content = render_page(original, document.name, version.media_type, number, width, limits)
        drawn.parent.mkdir(parents=True, exist_ok=True)
        part = drawn.with_name(f"{drawn.name}.{secrets.token_hex(4)}")  # two may draw it at once
        part.write_bytes(content)
        part.replace(drawn)
        return content
