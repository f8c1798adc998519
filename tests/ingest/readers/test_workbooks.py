"""Workbooks of other programs and other times: harmless faults, days, and the rows above a table."""

from __future__ import annotations

from pathlib import Path

import pytest
from office_files import row, workbook

from ingest.formats import media_type_of
from ingest.readers.headers import Cell, Row, header_rows_of
from ingest.readers.office.grid import pieces_of
from ingest.readers.office.number_formats import east_asian_format, shown_value
from ingest.readers.opening import ReadingRequest, pages_of

TABLE = row(1, "Vendor", "Town", "Days") + row(2, "Kita Foods", "Otaru", 17) + row(3, "Minami", "Naha", 9)
DAY = 46113  # 1 April 2026
WEDGED = "<cellXfs><xf numFmtId='{}'/></cellXfs>"


def text_of(folder: Path, content: bytes) -> str:
    path = folder / "a.xlsx"
    path.write_bytes(content)
    pages = pages_of(path, path.name, media_type_of(path, path.name), ReadingRequest(5000))
    return "\n".join(page.text for page in pages)


@pytest.mark.parametrize(
    "styles",
    [
        "<fills><fill/></fills>",
        "<fonts><font><family val='99'/><charset val='no'/></font></fonts>",
        "<cellXfs><xf numFmtId='x' fontId='99' fillId='-1'/></cellXfs>",
        "<borders><border><left style='wavy'/></border></borders>",
        "<numFmts><numFmt numFmtId='200'/></numFmts>",
        "<broken",
    ],
)
def test_faults_of_style_keep_no_workbook_from_being_read(tmp_path: Path, styles: str) -> None:
    assert "Vendor: Kita Foods | Town: Otaru | Days: 17" in text_of(tmp_path, workbook(TABLE, styles=styles))


@pytest.mark.parametrize(
    "beside",
    [
        "<autoFilter ref='A1:ZZZZ9'/>", "<mergeCells><mergeCell ref='nonsense'/></mergeCells>",
        "<dataValidations><dataValidation type='odd'/></dataValidations>",
    ],
)  # fmt: skip
def test_faults_beside_the_rows_do_not_either(tmp_path: Path, beside: str) -> None:
    assert "Vendor: Minami | Town: Naha | Days: 9" in text_of(tmp_path, workbook(TABLE, beside=beside))


def test_cells_without_names_stand_one_after_another(tmp_path: Path) -> None:
    rows = "<row><c t='str'><v>Item</v></c><c t='str'><v>Lamp</v></c></row><row><c><v>5</v></c></row>"
    assert text_of(tmp_path, workbook(rows)) == "Item | Lamp\n5"


# Days.


@pytest.mark.parametrize(
    ("number", "language", "shown"),
    [
        (27, "ja", "R8.4.1"), (28, "ja", "令和8年4月1日"), (31, "ja", "2026年4月1日"),
        (55, "ja", "2026年4月"), (56, "ja", "4月1日"), (58, "ja", "令和8年4月1日"),
        (27, "zh-cn", "2026年4月"), (31, "zh-cn", "2026年4月1日"), (58, "zh-cn", "4月1日"),
        (28, "zh-tw", "115年4月1日"), (36, "zh-tw", "115/4/1"), (31, "ko", "2026년 04월 01일"),
        (57, "ko", "2026年 04月 01日"),
    ],
)  # fmt: skip
def test_formats_that_a_file_gives_by_number_alone(number: int, language: str, shown: str) -> None:
    assert shown_value(DAY, east_asian_format(number, language)) == shown


@pytest.mark.parametrize("number", [0, 14, 26, 37, 49, 59, 164])
def test_other_numbers_mean_the_same_everywhere(number: int) -> None:
    assert east_asian_format(number, "ja") == ""


def test_the_language_of_those_formats_is_that_of_the_texts(tmp_path: Path) -> None:
    rows = row(1, "{}", "<c s='0'><v>46113</v></c>")
    styles = WEDGED.format(58)
    for word, shown in (
        ("締結日のメモ", "令和8年4月1日"),
        ("签订合同时间", "4月1日"),
        ("吳先生簽約日", "115年4月1日"),
    ):
        text = text_of(tmp_path, with_shared(rows.format(""), styles, word))
        assert text.endswith(shown), (word, text)


def with_shared(rows: str, styles: str, word: str) -> bytes:
    """A workbook whose texts are shared ones."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    links = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        + "".join(
            f'<Relationship Id="s{number}" Type="http://x/{kind}" Target="{target}"/>'
            for number, (kind, target) in enumerate(
                (
                    ("worksheet", "worksheets/sheet1.xml"),
                    ("styles", "styles.xml"),
                    ("sharedStrings", "texts.xml"),
                ),
                start=1,
            )
        )
        + "</Relationships>"
    )
    parts = {"xl__texts_dot_xml": f'<sst xmlns="{space}"><si><t>{word}</t></si></sst>'}
    return workbook(rows, styles=styles, **parts, **{"xl/_rels/workbook.xml.rels": links})


def test_days_since_1904_are_the_same_days(tmp_path: Path) -> None:
    rows = row(1, "満期", f"<c s='0'><v>{DAY - 1462}</v></c>")
    styles = (
        "<numFmts><numFmt numFmtId='170' formatCode='ggge&quot;年&quot;m&quot;月&quot;'/></numFmts>"
        + WEDGED.format(170)
    )
    assert text_of(tmp_path, workbook(rows, styles=styles, properties='date1904="1"')) == "満期: 令和8年4月"
    assert shown_value(0.5, "h:mm", since_1904=True) == "12:00"
    assert shown_value(1200, "#,##0", since_1904=True) == "1,200"


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (1, "yyyy/m/d", "1900/1/1"), (59, "yyyy/m/d", "1900/2/28"), (61, "yyyy/m/d", "1900/3/1"),
        (DAY, '[$-ja-JP-x-gannen]ggge"年"', "令和8年"), (43586, '[$-ja-JP-x-gannen]ggge"年"', "令和元年"),
        (DAY, '[$-804]e"年"', "2026年"), (DAY, '[$-404]ggge"年"', "民國115年"),
    ],
)  # fmt: skip
def test_days_of_each_calendar(value: int, number_format: str, shown: str) -> None:
    assert shown_value(value, number_format) == shown


# Rows above a table.


def rows_of(*rows: tuple[str | int | None, ...]) -> list[Row]:
    return [
        Row(
            number,
            tuple(
                Cell(column, str(value), isinstance(value, str))
                for column, value in enumerate(row)
                if value is not None
            ),
        )
        for number, row in enumerate(rows, start=1)
    ]


def lines(*rows: tuple[str | int | None, ...]) -> list[str]:
    return [piece.text for piece in pieces_of(rows_of(*rows))]


def test_a_unit_above_the_header_is_not_the_header() -> None:
    read = lines(
        ("Third quarter", None, None, "(EUR thousand)"),
        ("Site", "Turnover", "Cost", "Result"),
        ("Lyon", 5120, 4800, 320),
        ("Gent", 2210, 2290, -80),
    )
    assert read[-1] == "Site: Gent | Turnover: 2210 | Cost: 2290 | Result: -80"


def test_two_captions_above_the_header() -> None:
    read = lines(
        ("人員表", None, "作成日 2026/6/1"),
        (None, None, "単位：人"),
        ("部署", "正社員", "派遣"),
        ("製造部", 41, 6),
        ("検査部", 12, 2),
    )
    assert read[-1] == "部署: 検査部 | 正社員: 12 | 派遣: 2"


def test_a_header_in_two_storeys_whose_groups_are_not_merged() -> None:
    read = lines(
        (None, "2025年度", None, "2026年度", None),
        ("拠点", "売上", "利益", "売上", "利益"),
        ("京都", 310, 25, 330, 31),
        ("神戸", 120, 4, 140, 9),
    )
    assert read[-1] == (
        "拠点: 神戸 | 2025年度 > 売上: 120 | 2025年度 > 利益: 4 | 2026年度 > 売上: 140 | 2026年度 > 利益: 9"
    )


def test_years_may_name_columns() -> None:
    read = lines(("Item", 2024, 2025), ("Rent", 120, 130), ("Power", 44, 61))
    assert read[-1] == "Item: Power | 2024: 44 | 2025: 61"
    plain = lines(("Founded", 1998, 2003), ("Moved", 2004, 2011), ("Closed", 2019, 2020))
    assert plain[-1] == "Closed | 2019 | 2020"


# Names of columns in tables that stand in forms.


def line(number: int, *texts: str, out: bool = False, wide: int = 1, reaches: int = 0) -> Row:
    """A row of texts beside one another; numbers are numbers."""
    cells = [
        Cell(index * wide, text, not text.isdigit(), wide, out) for index, text in enumerate(texts) if text
    ]
    return Row(number, tuple(cells), reaches=reaches)


def written(*rows: Row) -> list[str]:
    return [block.text for block in pieces_of(rows)]


def test_a_table_below_the_labels_of_a_form_has_its_own_names() -> None:
    form = Row(
        1,
        (
            Cell(0, "Part", stands_out=True),
            Cell(1, "P-7"),
            Cell(2, "Owner", stands_out=True),
            Cell(3, "Sato"),
        ),
    )
    table = (line(2, "Name", "Kind", "Use", "Note", out=True), line(3, "order", "text", "in", "kept"))
    assert written(form, *table)[-1] == "Name: order | Kind: text | Use: in | Note: kept"
    assert written(form, *table, line(4, "", "", "", "", "Signed by", "Ito"))[-1] == "Signed by | Ito"


def test_a_table_of_one_row_has_names_where_a_number_stands_below_texts() -> None:
    assert (
        written(line(7, "No.", "Version", "Day"), line(8, "1", "first", "May"))[-1]
        == "No.: 1 | Version: first | Day: May"
    )


def test_two_columns_of_one_name_are_no_reason_to_lose_all_names() -> None:
    rows = (line(1, "No.", "Name", "Name", out=True), line(2, "1", "day", "billingDate"))
    assert written(*rows)[-1] == "No.: 1 | Name: day | Name: billingDate"


def test_names_that_are_merged_down_over_rows_name_what_follows_them() -> None:
    assert written(line(1, "No.", "Kind", "Form", out=True, reaches=2), line(3, "1", "leave", "A-1"))[-1] == (
        "No.: 1 | Kind: leave | Form: A-1"
    )
    again = (line(1, "No.", "Kind", "Form", out=True), line(2, "No.", "Kind", "Form", out=True))
    assert written(*again, line(3, "1", "leave", "A-1"))[-1] == "No.: 1 | Kind: leave | Form: A-1"


def test_a_row_of_names_alone_names_what_stands_behind_a_blank_row() -> None:
    names = line(1, "", "Sales", "Profit", "Other", "Loss")
    assert (
        written(names, line(3, "Zone", "12", "3", "4", "5"))[-1]
        == "Zone | Sales: 12 | Profit: 3 | Other: 4 | Loss: 5"
    )
    assert "Sales" not in written(names, line(3, "Zone", "12"))[-1]


def test_merged_groups_above_the_names_belong_to_the_header() -> None:
    groups = Row(1, (Cell(0, "Project", spread=2), Cell(2, "Payment", spread=2)))
    rows = (
        line(2, "Name", "Sum", "Day", "Paid"),
        line(3, "Bridge", "9", "May", "4"),
        line(4, "Road", "7", "June", "2"),
    )
    assert written(groups, *rows)[-1] == (
        "Project > Name: Road | Project > Sum: 7 | Payment > Day: June | Payment > Paid: 2"
    )


class CountingText(str):
    """A text that counts how often any of its kind is hashed."""

    hashed = 0
    __slots__ = ()

    def __hash__(self) -> int:
        type(self).hashed += 1
        return super().__hash__()


def test_a_row_of_thousands_of_cells_is_compared_with_those_below_once() -> None:
    wide = 2000
    rows = [
        Row(number, tuple(Cell(column, CountingText(f"{number} {column}")) for column in range(wide)))
        for number in range(1, 6)
    ]
    header_rows_of(rows)
    assert CountingText.hashed < 100 * wide  # each row once for each question, not for each cell
