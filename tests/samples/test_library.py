"""The built sample library and its questions: what stands in `samples/` is what it claims to be."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import pypdfium2
import pytest
import yaml
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

SAMPLES = Path(__file__).parents[2] / "samples"
LIBRARY = SAMPLES / "library"
PAGES_BY_TEXT_PDF = {
    "work-rules.pdf": 6,
    "travel-expense-policy.pdf": 4,
    "information-security-policy.pdf": 4,
    "quality-meeting-minutes.pdf": 2,
    "pump-manual.pdf": 2,
    "safety-notice.pdf": 2,
}
SCANNED_PDF = "scanned-notice.pdf"
OFFICE_FILES = ("faq.docx", "approval-request.docx", "price-table.xlsx")
LANGUAGES = ("ja", "en", "zh")
LIMIT_BYTES = 4 * 1024 * 1024
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

text_pdfs = pytest.mark.parametrize("name", PAGES_BY_TEXT_PDF)


def load_questions() -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = yaml.safe_load((SAMPLES / "questions.yaml").read_text(encoding="utf-8"))
    return loaded


QUESTIONS = load_questions()
ANSWERED = [question for question in QUESTIONS if "absent" not in question]
ABSENT = [question for question in QUESTIONS if "absent" in question]


@cache
def page_texts(name: str) -> tuple[str, ...]:
    """The text of each page as PDFium reads it."""
    document = pypdfium2.PdfDocument(LIBRARY / name)
    try:
        return tuple(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


def without_blanks(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_the_library_holds_exactly_the_known_files_and_stays_small() -> None:
    files = {path.name: path.stat().st_size for path in LIBRARY.iterdir()}
    assert set(files) == {*PAGES_BY_TEXT_PDF, SCANNED_PDF, *OFFICE_FILES}
    assert min(files.values()) > 0
    assert sum(files.values()) < LIMIT_BYTES


@pytest.mark.parametrize("question", ANSWERED, ids=lambda question: str(question["question"]))
def test_the_answer_stands_inside_one_line_of_its_page(question: dict[str, Any]) -> None:
    assert question["document"] in PAGES_BY_TEXT_PDF
    lines = page_texts(question["document"])[question["page"] - 1].splitlines()
    answer = without_blanks(question["answer"])
    assert any(answer in without_blanks(line) for line in lines)


@pytest.mark.parametrize("question", ABSENT, ids=lambda question: str(question["question"]))
def test_an_absent_question_names_no_place(question: dict[str, Any]) -> None:
    assert question["absent"] is True
    assert set(question) == {"question", "lang", "absent"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_enough_questions_and_one_first(language: str) -> None:
    own = [question for question in QUESTIONS if question["lang"] == language]
    assert sum("absent" not in question for question in own) >= 8
    assert sum("absent" in question for question in own) >= 3
    assert [question.get("first", False) for question in own].count(True) == 1
    assert own[0].get("first") is True


def test_no_question_is_asked_twice() -> None:
    times = Counter(question["question"] for question in QUESTIONS)
    assert max(times.values()) == 1
    assert {question["lang"] for question in QUESTIONS} == set(LANGUAGES)


def test_the_scanned_notice_is_a_picture_without_text() -> None:
    assert [text.strip() for text in page_texts(SCANNED_PDF)] == [""]
    page = PdfReader(LIBRARY / SCANNED_PDF).pages[0]
    assert [(image.image.width, image.image.mode) for image in page.images if image.image] == [(1240, "L")]


@text_pdfs
def test_each_page_ends_with_its_number_and_the_number_of_pages(name: str) -> None:
    texts = page_texts(name)
    assert len(texts) >= PAGES_BY_TEXT_PDF[name]
    footers = [text.strip().splitlines()[-1].strip() for text in texts]
    assert footers == [f"{number} / {len(texts)}" for number in range(1, len(texts) + 1)]


@text_pdfs
def test_each_page_begins_with_the_running_header(name: str) -> None:
    headers = {text.strip().splitlines()[0] for text in page_texts(name)}
    assert len(headers) == 1


@text_pdfs
def test_no_character_is_unknown(name: str) -> None:
    assert not re.search(r"[\ufffd\ufffe\x00]", "".join(page_texts(name)))


@text_pdfs
def test_every_font_is_embedded(name: str) -> None:
    descriptors = [
        descriptor
        for page in PdfReader(LIBRARY / name).pages
        for descriptor in font_descriptors(page["/Resources"])
    ]
    assert descriptors
    assert all({"/FontFile", "/FontFile2", "/FontFile3"} & set(each) for each in descriptors)


def font_descriptors(resources: Any) -> Iterator[DictionaryObject]:
    """The descriptor of each font of a page; an empty one for a font without any."""
    for reference in resources["/Font"].values():
        font = reference.get_object()
        if "/DescendantFonts" in font:
            font = font["/DescendantFonts"][0].get_object()
        yield font.get("/FontDescriptor", DictionaryObject()).get_object()


@text_pdfs
def test_the_outline_names_headings_of_the_pages_it_points_to(name: str) -> None:
    reader = PdfReader(LIBRARY / name)
    texts = page_texts(name)
    entries = list(flat_outline(reader.outline))
    assert len(entries) >= 5
    for entry in entries:
        number = reader.get_destination_page_number(entry)
        assert number is not None
        assert without_blanks(entry.title) in without_blanks(texts[number])


def flat_outline(outline: Any) -> Iterator[Any]:
    for entry in outline:
        if isinstance(entry, list):
            yield from flat_outline(entry)
        else:
            yield entry


@text_pdfs
def test_the_metadata_names_title_author_and_language(name: str) -> None:
    reader = PdfReader(LIBRARY / name)
    assert reader.metadata is not None
    assert reader.metadata.title
    assert reader.metadata.author
    assert str(reader.trailer["/Root"]["/Lang"]).partition("-")[0] in LANGUAGES  # type: ignore[index]


def test_the_breakdown_of_the_approval_request_adds_up() -> None:
    rows = word_rows("approval-request.docx")
    start = rows.index(["項目", "数量", "単価", "金額"]) + 1
    end = next(number for number, row in enumerate(rows) if row[0] == "合計")
    *parts, subtotal, tax, total = rows[start : end + 1]
    assert all(amount(row[1]) * amount(row[2]) == amount(row[3]) for row in parts)
    assert sum(amount(row[3]) for row in parts) == amount(subtotal[-1])
    assert amount(subtotal[-1]) + amount(tax[-1]) == amount(total[-1])
    assert ["金額", f"{total[-1]}円（税込）"] in rows


def test_the_approval_request_carries_the_block_of_its_approvers() -> None:
    assert ["区分", "起案者", "課長", "部長", "本部長"] in word_rows("approval-request.docx")


def word_rows(name: str) -> list[list[str]]:
    """Every table row of a Word file, as the texts of its cells."""
    with ZipFile(LIBRARY / name) as archive:
        body = ElementTree.fromstring(archive.read("word/document.xml"))
    return [
        ["".join(text.text or "" for text in cell.iter(f"{WORD}t")) for cell in row]
        for row in ([*row.iter(f"{WORD}tc")] for row in body.iter(f"{WORD}tr"))
    ]


def amount(text: str) -> int:
    return int(text.replace(",", ""))


def test_every_formula_of_the_price_table_keeps_its_value() -> None:
    with ZipFile(LIBRARY / "price-table.xlsx") as archive:
        sheets = [
            ElementTree.fromstring(archive.read(name))
            for name in archive.namelist()
            if name.startswith("xl/worksheets/sheet")
        ]
    formulas = [
        cell for sheet in sheets for cell in sheet.iter(f"{SHEET}c") if cell.find(f"{SHEET}f") is not None
    ]
    assert len(sheets) == 5
    assert sum(sheet.find(f"{SHEET}mergeCells") is not None for sheet in sheets) == 5
    assert formulas
    assert all(float(cell.findtext(f"{SHEET}v", "0")) > 0 for cell in formulas)
