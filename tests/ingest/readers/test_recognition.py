"""The text of scans: recognised with its places by the installed networks, or by Tesseract, and told where
neither is."""

from __future__ import annotations

import io
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fpdf import FPDF
from making import LIBRARY, add, administrator, finish_work, pdf, settings_in, upload, version
from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import select

import ingest.ocr
from core.errors import ReaderGaveUp
from core.models import Version
from ingest.formats import JPEG, PDF, PNG, TIFF
from ingest.ocr import NETWORKS, Recognition, installed_languages, recognition
from ingest.pages import BlockKind, PageContent, marked_boxes, unpack_boxes
from ingest.readers.scan.networks import asking
from ingest.readers.scan.reads import Picture
from ingest.readers.scan.recognition import recognise
from ingest.sandbox import ReadingLimits, read_file, render_page
from operations.library import Library, open_library

pytestmark = pytest.mark.engines

IN_CI = os.environ.get("CI") == "true"
NEEDED = {"eng", "jpn", "jpn_vert", "chi_sim", "chi_tra", "osd"}
SCAN = LIBRARY / "scanned-notice.pdf"
FONT = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"

with_tesseract = pytest.mark.skipif(
    not IN_CI and not set(installed_languages()) >= NEEDED,
    reason="Tesseract with its languages is not installed; .ci/run installs it",
)
with_fonts = pytest.mark.skipif(
    not IN_CI and not Path(FONT).exists(), reason="fonts-noto-cjk is not installed; .ci/run installs it"
)


def limits(languages: str = "auto", seconds: float = 120, engine: str = "auto") -> ReadingLimits:
    return ReadingLimits(recognition=recognition(languages, seconds, engine))


by_either = pytest.mark.parametrize("engine", ["auto", pytest.param("tesseract", marks=with_tesseract)])


def pages_of(path: Path, kind: str, given: ReadingLimits) -> list[PageContent]:
    return list(read_file(path, path.name, kind, given))


def written(*lines: str, size: tuple[int, int] = (1654, 1100), letters: int = 44) -> Image.Image:
    """A page at 200 dots per inch with those lines on it."""
    picture = Image.new("L", size, 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(FONT, letters)
    for number, line in enumerate(lines):
        pen.text((150, 150 + 90 * number), line, font=font, fill=10)
    return picture


def striped() -> Image.Image:
    """Ink in rows, as writing leaves it, without any letter."""
    picture = Image.new("L", (800, 1000), 255)
    for top in range(100, 900, 40):
        ImageDraw.Draw(picture).rectangle((80, top, 700, top + 15), fill=0)
    return picture


def scan_pdf(*pictures: Image.Image | str) -> bytes:
    """A PDF whose pages are pictures, or texts of their own."""
    document = FPDF(format="A4")
    document.set_font("Helvetica", size=12)
    for picture in pictures:
        document.add_page()
        if isinstance(picture, str):
            document.multi_cell(0, 8, picture)
        else:
            document.image(picture, 0, 0, w=210)
    return bytes(document.output())


def test_the_scanned_sample_can_be_asked_where_nothing_else_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with open_library(settings_in(tmp_path / "data", ocr_languages="auto"), load_models=False) as library:
        add(library, SCAN.name, SCAN.read_bytes())
        evidence, _, _ = library.answerer.evidence(administrator(library), "停電は何月何日の何時からですか")
        assert any("11月21日" in quote.text for quote in evidence.quotes)


@by_either
def test_every_letter_of_a_scan_has_a_place_on_its_page(engine: str) -> None:
    (page,) = pages_of(SCAN, PDF, limits(engine=engine))
    assert (page.source, page.width) == ("ocr", pytest.approx(595.2, abs=0.5))
    boxes = unpack_boxes(page.boxes)
    assert len(boxes) == len(page.text)
    placed = [box for box, letter in zip(boxes, page.text, strict=True) if not letter.isspace()]
    assert all(0 <= left < right <= page.width for left, _, right, _ in placed)
    assert all(0 <= top < bottom <= page.height for _, top, _, bottom in placed)
    start = page.text.index("電気設備の年次点検")
    (left, top, right, bottom), *_ = marked_boxes(page.boxes, start, start + 9)
    with Image.open(io.BytesIO(render_page(SCAN, SCAN.name, PDF, 1, 1190, limits()))) as drawn:
        inked = drawn.convert("L").crop((int(2 * left), int(2 * top), int(2 * right), int(2 * bottom)))
        assert min(inked.tobytes()) < 120  # letters stand in the box
        above = drawn.convert("L").crop((int(2 * left), int(2 * top) - 24, int(2 * right), int(2 * top) - 8))
        assert sum(value < 120 for value in above.tobytes()) < len(above.tobytes()) / 100  # none above it


@with_fonts
def test_only_pages_that_need_it_are_recognised_and_their_order_is_kept(tmp_path: Path) -> None:
    words = "This page has a text of its own, long enough that nobody takes it for a stamp on a scan."
    path = tmp_path / "mixed.pdf"
    picture = written("The diaphragm must be replaced", "after 4,000 hours of operation.")
    path.write_bytes(scan_pdf(words, picture, words, Image.new("L", (800, 1000), 255)))
    pages = pages_of(path, PDF, limits())
    assert [page.number for page in pages] == [1, 2, 3, 4]
    assert [page.source for page in pages] == ["layer", "ocr", "layer", "layer"]
    assert "4,000 hours" in pages[1].text
    assert pages[3].text == ""  # an empty sheet is no scan


@with_fonts
@by_either
@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("密码长度不得少于十二位。", "员工应当妥善保管本人的账户和密码。", "不得共用账户。"), "妥善保管"),
        (("密碼長度不得少於十二位。", "員工應當妥善保管本人的賬戶和密碼。", "不得共用賬戶。"), "保管本人"),
        (("年次有給休暇は、六か月で付与する。", "休暇の届出は、前日までに行うこと。"), "休暇の届出"),
    ],
    ids=["simplified Chinese", "traditional Chinese", "Japanese"],
)  # fmt: skip
def test_the_language_is_told_from_the_page(
    tmp_path: Path, engine: str, lines: tuple[str, ...], words: str
) -> None:
    path = tmp_path / "page.png"
    written(*lines).save(path, dpi=(200, 200))
    (page,) = pages_of(path, PNG, limits(engine=engine))
    assert page.source == "ocr"
    assert words in page.text.replace(" ", "")


@with_fonts
@by_either
def test_a_page_on_its_side_is_read_and_its_boxes_lie_on_the_page_as_it_is(
    tmp_path: Path, engine: str
) -> None:
    path = tmp_path / "turned.jpg"
    text = ["The relief valve opens at 1.2 MPa.", "Close the inlet before you open the lid.",
            "Wear gloves and glasses at all times.", "The warranty lasts for 24 months."]  # fmt: skip
    written(*text).rotate(90, expand=True).save(path, dpi=(200, 200), quality=95)
    (page,) = pages_of(path, JPEG, limits(engine=engine))
    assert "relief valve opens" in page.text
    assert page.height > page.width
    boxes = [box for box in unpack_boxes(page.boxes) if box[2] > 0]
    assert all(right <= page.width + 1 and bottom <= page.height + 1 for _, _, right, bottom in boxes)
    start = page.text.index("relief")
    first, last = unpack_boxes(page.boxes)[start], unpack_boxes(page.boxes)[start + 5]
    assert last[1] < first[1]  # letters follow one another upwards


@with_fonts
@by_either
def test_vertical_japanese_is_read(tmp_path: Path, engine: str) -> None:
    picture = Image.new("L", (1000, 1200), 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(FONT, 44)
    text = (
        "出張の期間が三日を超えるときは部長の承認を受けなければならない旅費の精算は十日以内に行うものとする"
    )
    for number, letter in enumerate(text):
        pen.text((800 - 100 * (number // 20), 100 + 50 * (number % 20)), letter, font=font, fill=0)
    path = tmp_path / "vertical.png"
    picture.save(path, dpi=(200, 200))
    (page,) = pages_of(path, PNG, limits(engine=engine))
    assert "部長の承認" in page.text.replace(" ", "")


@with_fonts
def test_marks_that_stand_between_vertical_characters_are_read(tmp_path: Path) -> None:
    columns = [
        "出張の期間が三日を超えるときは、",
        "部長の承認を受ける。パートタイム",
        "社員についても、同じとする。旅費",
    ]
    picture = Image.new("L", (700, 1200), 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(FONT, 44)
    for number, column in enumerate(columns):
        for place, sign in enumerate(column):
            aside = 26 if sign in "、。" else 0  # where vertical writing has them: at the upper right
            drawn = "｜" if sign == "ー" else sign
            pen.text((500 - 100 * number + aside, 100 + 50 * place - aside), drawn, font=font, fill=0)
    path = tmp_path / "vertical.png"
    picture.save(path, dpi=(200, 200))
    (page,) = pages_of(path, PNG, limits())
    text = page.text.replace("\n", "")
    assert "超えるときは、" in text
    assert "承認を受ける。パートタイム" in text
    assert len(unpack_boxes(page.boxes)) == len(page.text)


@with_fonts
def test_each_page_of_a_tiff_is_read(tmp_path: Path) -> None:
    path = tmp_path / "fax.tiff"
    first, second = (
        written("The first page of the fax", "has these words on it."),
        written("And the second page"),
    )
    first.save(path, save_all=True, append_images=[second], dpi=(200, 200))
    pages = pages_of(path, TIFF, limits())
    assert [page.number for page in pages] == [1, 2]
    assert "first page" in pages[0].text


@with_fonts
def test_a_table_on_a_scan_has_rows_with_cells_and_a_page_upside_down_is_read(tmp_path: Path) -> None:
    path = tmp_path / "table.png"
    picture = Image.new("L", (1400, 900), 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(FONT, 40)
    rows = [("品名", "数量", "単価"), ("定量ポンプ", "12", "48,000"), ("交換用隔膜", "150", "1,250")]
    for number, row in enumerate(rows):
        for cell, left in zip(row, (100, 600, 900), strict=True):
            pen.rectangle((left, 100 + 90 * number, left + 300, 190 + 90 * number), outline=0, width=3)
            pen.text((left + 20, 115 + 90 * number), cell, font=font, fill=10)
    picture.save(path, dpi=(200, 200))
    (page,) = pages_of(path, PNG, limits())
    texts = [page.text[block.start : block.end] for block in page.blocks]
    cells = [
        [text[cell.start : cell.end] for cell in block.cells]
        for text, block in zip(texts, page.blocks, strict=True)
    ]
    assert [block.kind for block in page.blocks] == [BlockKind.ROW] * 3
    assert cells[1:] == [["定量ポンプ", "12", "48,000"], ["交換用隔膜", "150", "1,250"]]
    turned = tmp_path / "turned.png"
    written("Close the inlet first.", "The warranty lasts for 24 months.").rotate(180).save(
        turned, dpi=(200, 200)
    )
    (page,) = pages_of(turned, PNG, limits())
    assert "inlet first" in page.text
    start = page.text.index("Close")
    assert unpack_boxes(page.boxes)[start][0] > page.width / 2  # the first letter stands at the lower right


@with_fonts
def test_a_page_that_takes_the_networks_too_long_stays_without_text_and_the_next_is_read(
    tmp_path: Path,
) -> None:
    order = recognition("auto", 0.01)
    assert order.engine == NETWORKS
    page, picture = PageContent(1, "", 595.0, 396.0), Picture(written("Close the inlet first."), 200)
    try:
        assert recognise(picture, page, order).source == "scan"
        assert "inlet" in recognise(picture, page, replace(order, seconds=120)).text
        assert recognise(Picture(Image.new("L", (900, 600), 255), 200), page, order).source == "scan"
    finally:
        asking.end()


def test_without_recognition_a_scan_is_told_as_such(tmp_path: Path) -> None:
    (page,) = pages_of(SCAN, PDF, limits("none"))
    assert (page.source, page.text) == ("scan", "")
    with open_library(settings_in(tmp_path / "data"), load_models=False) as library:
        accepted = upload(library, SCAN.name, SCAN.read_bytes())
        finish_work(library)
        failed = version(library, accepted.version.id)
        assert (failed.state, failed.error_code) == ("failed", "no_text_in_file")
        picture = tmp_path / "page.png"
        Image.new("L", (500, 500), 255).save(picture)
        pages = [*pages_of(SCAN, PDF, limits("none")), *pages_of(picture, PNG, limits("none"))]
        assert [recognised.source for recognised in pages] == ["scan", "scan"]


def test_scans_between_pages_with_text_are_counted_for_the_list_of_documents(tmp_path: Path) -> None:
    content = scan_pdf("A page with a text of its own: " + "the pump is cleaned once a week. " * 4,
                       striped())  # fmt: skip
    with open_library(settings_in(tmp_path / "data"), load_models=False) as library:
        add(library, "mixed.pdf", content)
        with library.sessions.read() as session:
            warnings = session.scalars(select(Version.warnings)).one()
    assert {"code": "scan_without_text", "count": 1, "pages": [2]} in warnings


def test_a_page_that_takes_too_long_stays_without_text(tmp_path: Path, slow_tesseract: None) -> None:
    path = tmp_path / "page.png"
    Image.new("L", (600, 600), 255).save(path)
    given = ReadingLimits(recognition=Recognition(("eng",), seconds=0.5))
    assert [page.source for page in pages_of(path, PNG, given)] == ["scan"]


def test_a_recognition_that_hangs_ends_with_its_file(tmp_path: Path, slow_tesseract: None) -> None:
    path = tmp_path / "page.png"
    Image.new("L", (600, 600), 255).save(path)
    given = ReadingLimits(seconds=2, recognition=Recognition(("eng",), seconds=600))
    with pytest.raises(ReaderGaveUp):
        pages_of(path, PNG, given)
    for _ in range(100):  # the kernel ends what was killed in its own time
        if not (left := [line for line in _commands() if "sleep 86399" in line]):
            break
        time.sleep(0.05)
    assert not left


def _commands() -> Iterator[str]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            yield (folder / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue


@pytest.fixture
def slow_tesseract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of Tesseract's name that never answers."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "tesseract"
    program.write_text("#!/bin/sh\nsleep 86399\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_the_languages_are_those_that_are_wanted_and_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest.ocr, "installed_languages", lambda: ("chi_sim", "deu", "eng", "osd"))
    assert recognition("auto", 1, "tesseract").languages == ("chi_sim", "eng")
    assert recognition("deu+eng+jpn", 1).languages == ("deu", "eng")  # German is read by Tesseract alone
    assert recognition("none", 1).languages == ()
    own = recognition("auto", 1)
    assert (own.engine, own.languages) == (NETWORKS, ("jpn", "chi_sim", "chi_tra", "eng"))
    monkeypatch.setattr(ingest.ocr, "has_networks", lambda: False)
    assert recognition("auto", 1) == recognition("auto", 1, "tesseract")
    monkeypatch.undo()
    installed_languages.cache_clear()
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert recognition("auto", 1, "tesseract").languages == ()
    installed_languages.cache_clear()


def test_a_pdf_with_text_starts_no_recognition(tmp_path: Path, slow_tesseract: None) -> None:
    path = tmp_path / "plan.pdf"
    path.write_bytes(pdf("The valve opens at noon, and it closes at six in the evening on every single day."))
    given = ReadingLimits(seconds=30, recognition=Recognition(("eng",), seconds=600))
    assert [page.source for page in pages_of(path, PDF, given)] == ["layer"]


def test_the_picture_of_a_picture_file_can_be_drawn(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    Image.new("RGBA", (500, 250), (0, 0, 0, 0)).save(path)
    with Image.open(io.BytesIO(render_page(path, "page.png", PNG, 1, 300, library.limits))) as drawn:
        assert drawn.size == (300, 150)
        assert drawn.convert("L").getextrema() == (255, 255)  # what is transparent lies on white paper
