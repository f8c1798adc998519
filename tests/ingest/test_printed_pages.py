"""A quote of an Office file is found on the pages that LibreOffice prints; what does not print says so."""

from __future__ import annotations

import io
import os
import shutil

import docx
import httpx
import pytest

from core.errors import ConverterMissing
from ingest.pages import PageContent, pack_boxes
from ingest.records import printing
from ingest.records.printed_pages import place_of
from operations.library import Library


def paper(*texts: str) -> list[PageContent]:
    """Printed pages with those texts; each character is 10 points wide and stands in one line of its page."""
    return [
        PageContent(
            number, text, 600, 800,
            boxes=pack_boxes(
                [(10.0 * offset, 20.0, 10.0 * offset + 10, 30.0) for offset in range(len(text))]
            ),
        )
        for number, text in enumerate(texts, start=1)
    ]  # fmt: skip


@pytest.mark.fast
@pytest.mark.parametrize(
    ("quote", "page", "left", "right"),
    [
        ("The fee is 50 yuan.", 2, 0, 190),
        ("The fee\nis 50 yuan.", 2, 0, 190),  # lines break elsewhere on paper
        ("Ｔｈｅ ｆｅｅ", 2, 0, 70),
        ("Grade: Chief | Days: 12", 3, 60, 140),  # a row is found by its values
        ("the moon", 0, 0, 0),
        ("is", 0, 0, 0),  # so short a text stands everywhere
    ],
)
def test_a_quote_is_found_on_paper_by_its_words(quote: str, page: int, left: float, right: float) -> None:
    number, boxes = place_of(quote, paper("Contents", "The fee is 50 yuan.", "Clerk Chief 12"))
    assert number == page
    if page:
        assert (boxes[0][0], boxes[-1][2]) == (left, right)


def sent(library: Library, client: httpx.Client, name: str, content: bytes) -> str:
    document = client.post("/api/documents", files={"file": (name, content)}).json()["document"]["id"]
    while library.pipeline.work_once():
        pass
    return str(document)


def fees() -> bytes:
    """A Word file."""
    made, document = io.BytesIO(), docx.Document()
    document.add_paragraph("A lost card costs 50 yuan.")
    document.save(made)
    return made.getvalue()


@pytest.mark.engines
@pytest.mark.skipif(
    shutil.which("soffice") is None and os.environ.get("CI") != "true", reason="needs LibreOffice"
)
def test_a_word_file_is_printed_once_and_its_quote_marked(library: Library, client: httpx.Client) -> None:
    document = sent(library, client, "fees.docx", fees())
    path = f"/api/documents/{document}/printed"
    assert client.get(f"{path}/1/picture").status_code == 404
    printed = client.get(path, params={"page": 1, "start": 0, "end": 26}).json()
    assert (len(printed["pages"]), printed["quote_page"], printed["why"]) == (1, 1, "")
    (box,) = printed["boxes"]
    assert 0 < box[0] < box[2] < printed["pages"][0][0] and 0 < box[1] < box[3]
    picture = client.get(f"{path}/1/picture", params={"width": 300})
    assert picture.status_code == 200 and picture.content[:4] == b"\x89PNG"
    kept = list(library.settings.data.rglob(printing.FILE))
    assert len(kept) == 1
    client.delete(f"/api/documents/{document}")
    assert not kept[0].exists()  # it is erased with its document


def test_what_does_not_print_says_why(
    library: Library, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = sent(library, client, "fees.md", b"A lost card costs 50 yuan.")
    assert client.get(f"/api/documents/{text}/printed").json()["why"] == "no_paper"
    document = sent(library, client, "fees.docx", fees())

    def missing(*_: object) -> bytes:
        raise ConverterMissing(name="fees.docx", media_type=".docx", instead=".pdf")

    monkeypatch.setattr(printing, "print_file", missing)
    answer = client.get(f"/api/documents/{document}/printed").json()
    assert answer == {"pages": [], "quote_page": 0, "boxes": [], "why": "no_printer"}
