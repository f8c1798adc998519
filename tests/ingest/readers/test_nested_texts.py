"""Texts whose signs stand inside one another thousands of times: each ends as text or in its own error."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import FileDamaged
from ingest.formats import media_type_of
from ingest.sandbox import ReadingLimits, read_file

SAID = "The valve opens at noon."
HOSTILE_TEXTS = {
    "brackets.md": "[" * 100_000,
    "links.md": "[a](" * 25_000,
    "quotes.md": ">" * 50_000 + " " + SAID,
    "lists.md": "".join("  " * depth + "- a\n" for depth in range(400)),
    "one line of lists.md": "- " * 25_000 + SAID,
    "emphasis.md": "*a_" * 33_000,
    "ticks.md": "".join("`" * length + "a" for length in range(440)),
    "brackets.json": "[" * 100_000,
    "aliases.yaml": "a: &a [x]\n" + "".join(f"b{n}: &b{n} [{'*a,' * 9}]\n" for n in range(3000)),
}


@pytest.mark.parametrize("name", HOSTILE_TEXTS)
def test_a_text_whose_signs_stand_inside_one_another_ends(tmp_path: Path, name: str) -> None:
    """As text, or in an error of the file's own; in the child, within what is asked of any file."""
    path = tmp_path / "stored"
    path.write_text(HOSTILE_TEXTS[name])
    kind = media_type_of(path, name)
    limits = ReadingLimits(seconds=120.0)
    try:
        pages = list(read_file(path, name, kind, limits))
    except FileDamaged as error:
        assert "inside one another" in str(error)  # as good an end
    else:
        assert any(page.text for page in pages)
