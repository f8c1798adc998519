"""What was filled into a form's fields and typed onto a page is text of the page, in its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_hostile_files import PLAIN_FONT, pdf_of, stream

from ingest.pages import BlockKind, PageContent
from ingest.readers.opening import ReadingRequest, pages_of
from ingest.readers.pdf.reader import render_pdf


class Form:
    """A page of labels with fields, built up one by one."""

    def __init__(self, own: bytes = b"/MediaBox[0 0 595 842]", inherited: bytes = b"") -> None:
        self.own, self.inherited = own, inherited
        self.said: list[bytes] = []
        self.objects: list[bytes] = []
        self.fields: list[int] = []

    def label(self, x: int, y: int, text: str) -> Form:
        self.said.append(b"BT /F1 12 Tf %d %d Td (%b) Tj ET" % (x, y, text.encode()))
        return self

    def field(
        self,
        x: int,
        y: int,
        *lines: str,
        kind: str = "Widget",
        flags: int = 4,
        drawn: bool = True,
        ink: bytes = b"0 g",
        start: int = 2,
        look: bytes = b"",
    ) -> Form:
        number, height = 6 + len(self.objects), 6 + 14 * len(lines)
        value = "\\n".join(lines).encode()
        drawing = b"/AP<</N %d 0 R>>" % (number + 1) if drawn else b""
        self.fields.append(number)
        self.objects.append(
            b"<</Type/Annot/Subtype/%b/FT/Tx/T(f%d)/V(%b)/DA(/F1 12 Tf 0 g)/P 3 0 R"
            b"/Rect[%d %d %d %d]/F %d%b>>"
            % (kind.encode(), number, value, x, y + 14 - height, x + 200, y + 14, flags, drawing)
        )
        text = b" 0 -14 Td ".join(b"(%b) Tj" % line.encode() for line in lines)
        self.objects.append(
            stream(
                b"/Tx BMC BT %b /F1 12 Tf %d %d Td %b ET EMC" % (ink, start, height - 16, text),
                b"/Type/XObject/Subtype/Form/BBox[0 0 200 %d]%b/Resources<</Font<</F1 5 0 R>>>>"
                % (height, look),
            )
        )
        return self

    def read(self, folder: Path) -> PageContent:
        (page,) = pages_of(self.saved(folder), "form.pdf", "application/pdf", ReadingRequest(page_limit=2))
        return page

    def saved(self, folder: Path) -> Path:
        fields = b" ".join(b"%d 0 R" % number for number in self.fields)
        path = folder / "form.pdf"
        path.write_bytes(
            pdf_of(
                b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[%b]/DR<</Font<</F1 5 0 R>>>>>>>>" % fields,
                b"<</Type/Pages/Kids[3 0 R]/Count 1%b>>" % self.inherited,
                b"<</Type/Page/Parent 2 0 R%b/Contents 4 0 R"
                b"/Resources<</Font<</F1 5 0 R>>>>/Annots[%b]>>" % (self.own, fields),
                stream(b" ".join(self.said)),
                PLAIN_FONT,
                *self.objects,
            )
        )
        return path


def test_the_fields_of_a_row_stand_after_their_labels(tmp_path: Path) -> None:
    form = (
        Form().label(72, 760, "Application for repair").label(72, 700, "Applicant:").label(320, 700, "Date:")
    )
    form.field(150, 696, "Hanako Sato").field(380, 696, "2026-04-01")
    form.label(72, 640, "Given to the office of hall 3.")
    assert form.read(tmp_path).text.split("\n") == [
        "Application for repair",
        "Applicant: Hanako Sato Date: 2026-04-01",
        "Given to the office of hall 3.",
    ]


def test_a_field_of_several_lines_goes_on_below_its_label(tmp_path: Path) -> None:
    form = Form().label(72, 700, "Reason:").label(72, 600, "Signed by the head of the department.")
    form.field(150, 698, "The pump of hall 3 leaks.", "It was reported in May.")
    assert form.read(tmp_path).text.split("\n") == [
        "Reason: The pump of hall 3 leaks.",
        "It was reported in May.",
        "Signed by the head of the department.",
    ]


def test_what_was_typed_onto_a_page_stands_between_its_lines(tmp_path: Path) -> None:
    form = Form().label(72, 760, "The order is placed in June.").label(72, 600, "The goods come in July.")
    form.field(300, 680, "Approved by Tanaka", kind="FreeText")
    assert form.read(tmp_path).text.split("\n")[1] == "Approved by Tanaka"


def test_a_hidden_field_stays_unread(tmp_path: Path) -> None:
    form = Form().label(72, 700, "Budget:").field(150, 698, "Approved at any price", flags=2)
    assert form.read(tmp_path).text == "Budget:"


def test_a_field_in_the_colour_of_the_paper_is_text_that_nobody_sees(tmp_path: Path) -> None:
    page = (
        Form().label(72, 700, "Budget:").field(150, 698, "Approved at any price", ink=b"1 g").read(tmp_path)
    )
    assert [block.kind for block in page.blocks] == [BlockKind.PARAGRAPH, BlockKind.HIDDEN]
    assert page.hidden == {"same_colour": 1}


def test_a_value_that_nothing_draws_is_drawn_and_read(tmp_path: Path) -> None:
    """Programs that fill in forms may leave the drawing to the viewer."""
    form = Form().label(72, 700, "Applicant:").field(150, 698, "Hanako Sato", drawn=False)
    assert form.read(tmp_path).text == "Applicant: Hanako Sato"
    empty = Form().label(72, 700, "Applicant:")
    (tmp_path / "empty").mkdir()
    filled, bare = form.saved(tmp_path), empty.saved(tmp_path / "empty")
    assert render_pdf(filled, 1, 600) != render_pdf(bare, 1, 600)


def test_the_places_are_those_of_the_page(tmp_path: Path) -> None:
    page = Form().label(72, 700, "Applicant:").field(150, 698, "Hanako Sato").read(tmp_path)
    (block,) = page.blocks
    assert block.box is not None
    left, top, right, bottom = block.box
    assert left < 80
    assert 200 < right < 230
    assert 842 - 715 < top < bottom < 842 - 690


@pytest.mark.parametrize(
    ("own", "inherited", "size"),
    [
        (b"", b"/MediaBox[0 0 595 842]", (595, 842)),
        (b"", b"/MediaBox[0 0 842 1191]", (842, 1191)),
        (b"/MediaBox[0 0 700 900]", b"/CropBox[0 0 595 842]", (595, 842)),
    ],
)
def test_a_frame_that_all_pages_share_stays(
    tmp_path: Path, own: bytes, inherited: bytes, size: tuple[int, int]
) -> None:
    form = Form(own, inherited).label(72, 820, "Application for repair").label(72, 700, "Applicant:")
    page = form.field(150, 698, "Hanako Sato").read(tmp_path)
    assert (page.width, page.height) == size
    assert page.text == "Application for repair\nApplicant: Hanako Sato"
    top = page.blocks[0].box
    assert top is not None
    assert size[1] - 832 < top[1] < size[1] - 820


@pytest.mark.parametrize("field", [698, 702])
def test_a_field_between_two_words_of_a_row_stands_between_them(tmp_path: Path, field: int) -> None:
    """Also where it lies on their very line, which PDFium sorts from left to right."""
    form = Form().label(72, 700, "Fee in yuan:").label(300, 700, "(paid in cash)").field(150, field, "1200")
    assert " ".join(form.read(tmp_path).text.split()) == "Fee in yuan: 1200 (paid in cash)"


@pytest.mark.parametrize("flags", [1, 2, 32, 36])
@pytest.mark.parametrize("kind", ["Widget", "FreeText"])
def test_what_no_screen_shows_is_not_read(tmp_path: Path, flags: int, kind: str) -> None:
    form = Form().label(72, 700, "Budget:").field(150, 698, "Approved", kind=kind, flags=flags)
    assert form.read(tmp_path).text == "Budget:"


def test_a_note_that_a_viewer_opens_is_not_read_beside_a_field(tmp_path: Path) -> None:
    form = Form().label(72, 700, "Applicant:").field(150, 698, "Hanako Sato")
    form.field(150, 600, "Is she the right one?", kind="Text")
    assert form.read(tmp_path).text == "Applicant: Hanako Sato"


def test_what_a_field_cuts_off_is_text_that_nobody_sees(tmp_path: Path) -> None:
    page = (
        Form().label(72, 700, "Budget:").field(150, 698, "Approved at any price", start=-150).read(tmp_path)
    )
    seen = [block for block in page.blocks if block.kind is not BlockKind.HIDDEN]
    assert [page.text[block.start : block.end] for block in seen] == ["Budget:"]


def test_a_link_beside_a_field_holds_nothing_that_the_field_cuts_off(tmp_path: Path) -> None:
    form = Form().label(72, 700, "Budget:").field(150, 698, "Approved at any price", start=-150)
    form.objects.append(b"<</Type/Annot/Subtype/Link/Rect[0 690 145 715]/F 4/P 3 0 R>>")
    form.fields.append(len(form.objects) + 2)
    page = form.read(tmp_path)
    seen = [block for block in page.blocks if block.kind is not BlockKind.HIDDEN]
    assert [page.text[block.start : block.end] for block in seen] == ["Budget:"]


def test_what_a_shape_lies_over_stays_unseen_beside_a_field(tmp_path: Path) -> None:
    form = Form().label(72, 700, "Applicant:").field(150, 698, "Hanako Sato").label(72, 600, "Budget: 9 yen")
    form.objects += [
        b"<</Type/Annot/Subtype/Square/Rect[60 590 260 620]/F 4/P 3 0 R/AP<</N 9 0 R>>>>",
        stream(b"1 g 0 0 200 30 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 200 30]"),
    ]
    form.fields.append(8)
    page = form.read(tmp_path)
    seen = [block for block in page.blocks if block.kind is not BlockKind.HIDDEN]
    assert [page.text[block.start : block.end] for block in seen] == ["Applicant: Hanako Sato"]


def test_a_field_belongs_to_the_label_of_its_column(tmp_path: Path) -> None:
    form = Form()
    for row in range(8):
        form.label(60, 700 - 16 * row, f"The left column speaks of pumps {row}.")
    for row in range(8):
        form.label(330, 700 - 16 * row, "Name:" if row == 4 else f"The right one is of valves {row}.")
    lines = form.field(380, 636, "Hanako Sato").read(tmp_path).text
    assert "Name: Hanako Sato" in lines
    assert "pumps 4. Hanako" not in lines


def test_what_is_written_downwards_keeps_its_words(tmp_path: Path) -> None:
    form = Form().label(72, 700, "Budget:")
    form.field(300, 698, "Approved at noon", look=b"/Matrix[0 -1 1 0 0 200]")
    assert "Approved at noon" in form.read(tmp_path).text
