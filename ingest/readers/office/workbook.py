"""The parts of a workbook that its sheets need: their list, the texts they share, and how numbers are shown.

Faults of style never keep a workbook from being read: what says how cells look is asked for what helps to
read them, and left alone otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from lxml import etree
from openpyxl.styles.numbers import BUILTIN_FORMATS

from core.errors import FileDamaged, TooMuchInFile
from ingest.readers.office.number_formats import east_asian_format
from ingest.readers.office.package import Element, Package

S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
MOST_TEXTS = 3_000_000
MOST_AREAS = 200  # that a sheet is printed in
SAMPLED = 500  # shared texts that show the language of the computer that wrote the file
_TRUE = ("1", "true", "on")
_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")
# The character sets that fonts name (as in Windows), and words of fonts' names that say the same.
_CHARSETS = {"128": "ja", "129": "ko", "134": "zh-cn", "136": "zh-tw"}
_FONTS = (
    ("ゴシック", "ja"), ("明朝", "ja"), ("メイリオ", "ja"), ("Yu Gothic", "ja"), ("MS PGothic", "ja"),
    ("Meiryo", "ja"), ("宋体", "zh-cn"), ("等线", "zh-cn"), ("雅黑", "zh-cn"), ("黑体", "zh-cn"),
    ("SimSun", "zh-cn"),
    ("DengXian", "zh-cn"), ("YaHei", "zh-cn"), ("細明體", "zh-tw"), ("正黑體", "zh-tw"), ("標楷體", "zh-tw"),
    ("MingLiU", "zh-tw"), ("JhengHei", "zh-tw"), ("맑은", "ko"), ("굴림", "ko"), ("돋움", "ko"),
    ("Malgun", "ko"),
)  # fmt: skip


class SheetPart(NamedTuple):
    """A sheet in the workbook's list: its name, its part, whether nobody sees it, and its print areas (left
    column, top row, right column, bottom row, from 1)."""

    name: str
    part: str
    hidden: bool
    areas: tuple[tuple[int, int, int, int], ...] = ()


class CellStyle(NamedTuple):
    """How a cell shows a number, and whether it is bold or shaded."""

    number_format: str = "General"
    stands_out: bool = False


@dataclass(frozen=True)
class Workbook:
    """What the sheets of a workbook have in common."""

    sheets: tuple[SheetPart, ...] = ()
    texts: tuple[str, ...] = ()
    styles: tuple[CellStyle, ...] = field(default=(CellStyle(),))
    since_1904: bool = False

    def text(self, index: str) -> str:
        """The shared text of that number; nothing if there is none."""
        return self.texts[int(index)] if index.isdecimal() and int(index) < len(self.texts) else ""

    def style(self, index: str) -> CellStyle:
        """The style of that number; the plain one if there is none."""
        return self.styles[int(index)] if index.isdecimal() and int(index) < len(self.styles) else CellStyle()


def workbook_of(package: Package) -> Workbook:
    """The workbook of that archive. Raises FileDamaged, TooMuchInFile."""
    main = package.main_part()
    root, related = package.xml(main), package.related(main)
    by_kind = dict(related.values())
    areas = {
        defined.get("localSheetId", ""): _areas(defined.text or "")
        for defined in root.iter(S + "definedName")
        if defined.get("name") == "_xlnm.Print_Area"
    }
    sheets = tuple(
        SheetPart(
            sheet.get("name", ""), related[sheet.get(R + "id", "")][1],
            sheet.get("state", "visible") in ("hidden", "veryHidden"), areas.get(str(number), ()),
        )
        for number, sheet in enumerate(root.iter(S + "sheet"))
        if sheet.get(R + "id", "") in related
    )  # fmt: skip
    if not sheets:
        raise FileDamaged(name=package.name, problem="its list of sheets cannot be read")
    texts = tuple(_shared_texts(package, by_kind.get("sharedStrings", "")))
    properties = root.find(S + "workbookPr")
    since_1904 = properties is not None and properties.get("date1904", "0") in _TRUE
    return Workbook(sheets, texts, _styles(package, by_kind.get("styles", ""), texts), since_1904)


def text_of(element: Element) -> str:
    """The text of a shared or inline string, without the readings beside it."""
    return "".join(
        part.text or "" for part in element.iter(S + "t") if part.getparent().tag != S + "rPh"  # type: ignore[union-attr]  # a part has one
    )  # fmt: skip


def position_of(reference: str) -> tuple[int, int]:
    """Row and column of a cell such as `C5`, both from 1; zeros if it is not one."""
    match = _CELL.fullmatch(reference)
    if match is None:
        return 0, 0
    column = 0
    for letter in match[1].upper():
        column = column * 26 + ord(letter) - 64
    return int(match[2]), column


def bounds_of(reference: str) -> tuple[int, int, int, int]:
    """Left column, top row, right column, bottom row of a range, from 1; zeros if it is not one."""
    first, _, last = reference.partition(":")
    top, left = position_of(first)
    bottom, right = position_of(last) if last else (top, left)
    return (left, top, right, bottom) if left and right else (0, 0, 0, 0)


def _areas(references: str) -> tuple[tuple[int, int, int, int], ...]:
    """The areas of `'Sheet 1'!$A$1:$X$32,'Sheet 1'!$A$33:$X$64`."""
    ranges = (bounds_of(reference.rpartition("!")[2]) for reference in references.split(",")[:MOST_AREAS])
    return tuple(bounds for bounds in ranges if bounds[0])


def _shared_texts(package: Package, part: str) -> Iterator[str]:
    if not package.has(part):
        return
    with package.stream(part) as stream:
        try:
            elements = etree.iterparse(stream, tag=S + "si", resolve_entities=False, no_network=True,
                                       huge_tree=True)  # fmt: skip
            for count, (_, element) in enumerate(elements, start=1):
                if count > MOST_TEXTS:
                    raise TooMuchInFile(name=package.name, what="texts", limit=f"{MOST_TEXTS:,}")
                yield text_of(element)
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
        except etree.XMLSyntaxError as error:
            raise FileDamaged(name=package.name, problem=f"{part} is damaged") from error


def _styles(package: Package, part: str, texts: tuple[str, ...]) -> tuple[CellStyle, ...]:
    """The styles of cells; none if what says so cannot be understood: the cells are read all the same."""
    try:
        root = package.xml(part)
    except FileDamaged:
        return ()
    formats = {
        element.get("numFmtId", ""): element.get("formatCode", "") for element in root.iter(S + "numFmt")
    }
    fonts, fills = root.find(S + "fonts"), root.find(S + "fills")
    bold = [_is_bold(font) for font in fonts.iter(S + "font")] if fonts is not None else []
    solid = [_is_solid(fill) for fill in fills.iter(S + "fill")] if fills is not None else []
    language = _language(fonts, texts)
    cells = root.find(S + "cellXfs")
    return tuple(
        CellStyle(
            _number_format(cell_format.get("numFmtId", "0"), formats, language),
            _holds(bold, cell_format.get("fontId", "0")) or _holds(solid, cell_format.get("fillId", "0")),
        )
        for cell_format in (cells.iterchildren(S + "xf") if cells is not None else ())
    )


def _number_format(number: str, formats: dict[str, str], language: str) -> str:
    if number in formats:
        return formats[number]
    if not number.isdecimal():
        return "General"
    return east_asian_format(int(number), language) or BUILTIN_FORMATS.get(int(number), "General")


def _holds(flags: list[bool], index: str) -> bool:
    return index.isdecimal() and int(index) < len(flags) and flags[int(index)]


def _is_bold(font: Element) -> bool:
    bold = font.find(S + "b")
    return bold is not None and bold.get("val", "1") in _TRUE


def _is_solid(fill: Element) -> bool:
    pattern = fill.find(S + "patternFill")
    if pattern is None or pattern.get("patternType") != "solid":
        return False
    color = pattern.find(S + "fgColor")
    if color is None:
        return True
    white = color.get("rgb", "").upper()[-6:] == "FFFFFF" or color.get("indexed", "") in ("1", "9")
    return not (white or (color.get("theme", "") == "0" and color.get("tint", "0") == "0"))  # as the paper is


def _language(fonts: Element | None, texts: tuple[str, ...]) -> str:
    """The language of the computer that wrote the file, by its texts, else its fonts; Japanese if neither
    decides. The numbers of some formats mean another one in each."""
    words = "".join(texts[:SAMPLED])
    if any("\u3040" <= letter <= "\u30ff" for letter in words):
        return "ja"
    if any("\uac00" <= letter <= "\ud7a3" for letter in words):
        return "ko"
    for font in fonts.iter(S + "font") if fonts is not None else ():
        charset, name = font.find(S + "charset"), font.find(S + "name")
        if charset is not None and charset.get("val", "") in _CHARSETS:
            return _CHARSETS[charset.get("val", "")]
        for word, language in _FONTS:
            if name is not None and word in name.get("val", ""):
                return language
    ideographs = [letter for letter in words if "\u4e00" <= letter <= "\u9fff"]
    if any(_only_in(letter, "gb2312") for letter in ideographs):
        return "zh-cn"
    return "zh-tw" if any(_only_in(letter, "big5") for letter in ideographs) else "ja"


def _only_in(letter: str, encoding: str) -> bool:
    """Whether of the three standards of ideographs that one alone has the letter."""
    return [_has(letter, other) for other in ("gb2312", "big5", "shift_jis")] == [
        encoding == other for other in ("gb2312", "big5", "shift_jis")
    ]


def _has(letter: str, encoding: str) -> bool:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
