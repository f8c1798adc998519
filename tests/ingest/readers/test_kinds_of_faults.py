"""Small made files of the kinds on which readers of documents go wrong, beside those of each reader's own
tests: what is to stand in one block, what is to be read at all, and what is not."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
import pytest
from docx import Document
from office_files import row, strict, word, workbook
from openpyxl.styles import Font

from ingest.formats import media_type_of
from ingest.readers.opening import ReadingRequest, pages_of


@dataclass(frozen=True)
class Case:
    """A file, and what its reading is to say: texts of one line, texts anywhere, and texts that it lacks."""

    name: str
    content: bytes
    line: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    titled: str = ""
    warned: bool = field(default=False)


def paragraph(inner: str) -> str:
    return f"<w:p>{inner}</w:p>"


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def mail(head: str, body: bytes | str, charset: str = "ascii") -> bytes:
    return head.encode("ascii") + b"\n\n" + (body.encode(charset) if isinstance(body, str) else body)


def saved(fill: Callable[[openpyxl.Workbook], object]) -> bytes:
    book = openpyxl.Workbook()
    fill(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def table_of_word(rows: list[list[str]]) -> bytes:
    document = Document()
    table = document.add_table(len(rows), len(rows[0]))
    for cells, values in zip(table.rows, rows, strict=True):
        for cell, value in zip(cells.cells, values, strict=True):
            cell.text = value
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def dated(number_format: str, value: float, *, since_1904: bool = False) -> bytes:
    def fill(book: openpyxl.Workbook) -> None:
        if since_1904:
            from openpyxl.utils.datetime import CALENDAR_MAC_1904

            book.epoch = CALENDAR_MAC_1904
        sheet = book.active
        sheet.append(["項目", "日付"])
        sheet.append(["検収", value])
        sheet["B2"].number_format = number_format

    return saved(fill)


def two_storeys(book: openpyxl.Workbook) -> None:
    sheet = book.active
    sheet.append(["拠点", "上期", None, "下期", None])
    sheet.append([None, "計画", "実績", "計画", "実績"])
    sheet.append(["札幌", 410, 395, 430, 441])
    sheet.append(["福岡", 520, 548, 530, 512])
    for cells in ("A1:A2", "B1:C1", "D1:E1"):
        sheet.merge_cells(cells)


def units_above(book: openpyxl.Workbook) -> None:
    sheet = book.active
    sheet.append([None, None, "（単位：百万円）"])
    sheet.append(["部門", "受注高", "粗利益"])
    sheet.append(["計測機器", 7200, 1810])
    sheet.append(["保守", 2350, 990])


def odd_names(book: openpyxl.Workbook) -> None:
    sheet = book.active
    sheet.append(["Vendor", "Terms"])
    sheet.append(["Mizuno Tools", "net 45 days"])
    sheet["A2"].font = Font(name="", size=11)
    sheet.auto_filter.ref = "A1:B2"


LONG = "遅刻は始業時刻から三十分までを二回で半日の欠勤とみなす。"
CASES = [
    # text formats
    Case(
        "front.md",
        b"---\ntitle: Key rules\nkeywords: [keys]\n---\n\n# Keys\n\nLost "
        b"keys cost 30 euros.\n\n---\n\nSpare keys lie at gate 2.\n",
        says=("Lost keys cost 30 euros.", "Spare keys lie at gate 2."),
        lacks=("title:",),
        titled="Key rules",
    ),
    Case(
        "front-toml.md",
        b'+++\ntitle = "Lab safety"\n+++\n\nGoggles are worn in room 9.\n',
        says=("Goggles are worn in room 9.",),
        lacks=("+++",),
        titled="Lab safety",
    ),
    Case(
        "rule-first.md",
        b"---\n\nThe alarm is tested on the first Monday.\n\n---\n\nDoors stay open.\n",
        says=("The alarm is tested on the first Monday.", "Doors stay open."),
    ),
    Case(
        "heading.md",
        "##休職の手続\n\n届出は一週間前まで。\n".encode(),
        says=("休職の手続", "届出は一週間前まで。"),
        lacks=("##",),
    ),
    Case(
        "table.md",
        "| 等級 | 日当 | 宿泊 |\n|---|---|---|\n| 主任 | 2,100円 | 9,800円 "
        "|\n| 一般 | 1,700円 | 8,600円 |\n".encode(),
        line=("等級", "主任", "2,100円", "9,800円"),
    ),
    Case("pipes.md", b"| Code | Meaning |\n|---|---|\n| A\\|B | both doors |\n", line=("A|B", "both doors")),
    Case(
        "code.md",
        b"Set it so:\n\n```\n# not a heading\nlimit = 12\n```\n\nThen restart.\n",
        says=("limit = 12", "Then restart."),
    ),
    Case(
        "euro.html",
        b'<meta charset="iso-8859-1"><p>The fee is 40 \x80, the \x93late\x94 fee 9 \x80.</p>',
        says=("The fee is 40 €", "“late” fee 9 €"),
    ),
    Case(
        "declared.html",
        '<meta charset="shift_jis"><p>受付は二階です。</p>'.encode("cp932"),
        says=("受付は二階です。",),
    ),
    Case(
        "utf8.html",
        '<meta charset="shift_jis"><p>受付は三階の総務課です。休憩は正午から。</p>'.encode(),
        says=("受付は三階の総務課です。",),
    ),
    Case(
        "details.html",
        b"<details><summary>How do I return a laptop?</summary><p>Bring it to room 14.</p></details>",
        says=("How do I return a laptop?", "Bring it to room 14."),
    ),
    Case(
        "button.html",
        b"<h3><button aria-expanded=false>Who signs for parcels?</button>"
        b"</h3><div hidden><p>The porter does.</p></div>",
        says=("Who signs for parcels?", "The porter does."),
    ),
    Case(
        "table.html",
        "<table><tr><th>等級<th>日当</tr><tr><td>课长<td>300元</tr><tr>"
        "<td>职员<td>180元</tr></table>".encode(),
        line=("等級", "课长", "300元"),
    ),
    Case(
        "spans.html",
        b"<table><tr><th>Rank<th>Meals</tr><tr><td rowspan=2>Chief<td>19 "
        b"euros</tr><tr><td>21 euros abroad</tr></table>",
        line=("Chief", "21 euros abroad"),
    ),
    Case(
        "gb.txt",
        "差旅费应在返回后十个工作日内报销，逾期须由部门经理说明原因。".encode("gb18030"),
        says=("十个工作日内报销",),
    ),
    Case(
        "jis.txt",
        "出張の申請は三日前までに行う。理由を添える。".encode("iso2022_jp"),
        says=("出張の申請は三日前までに行う。",),
    ),
    Case("utf16.txt", LONG.encode("utf-16"), says=(LONG,)),
    Case(
        "labels.txt",
        "納 入 期 限：十月末日\n支 払 方 法：翌月末振込\n".encode(),
        says=("十月末日", "翌月末振込"),
    ),
    Case(
        "table.csv",
        "品名;単価;納期\nバルブ;1,250円;14日\nパッキン;80円;3日\n".encode("cp932"),
        line=("バルブ", "1,250円", "14日"),
    ),
    Case(
        "quoted.csv",
        b'Item,Note\nPump,"sealed,\nnever opened"\nValve,spare\n',
        line=("Valve", "spare"),
        says=("never opened",),
    ),
    # mail
    Case(
        "kana.eml",
        mail(
            "Subject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset=ISO-2022-JP",
            b"\x1b(I6]Y\x1b(B: 4 \x1b$B2/1_\x1b(B\n",
        ),
        says=("ｶﾝﾙ: 4 億円",),
    ),
    Case(
        "vendor.eml",
        mail(
            "Subject: x\nContent-Type: text/plain; charset=Shift_JIS\nContent-Transfer-Encoding: 8bit",
            "①株式会社髙﨑製作所 ㈱ 納期は№3のとおり".encode("cp932"),
        ),
        says=("髙﨑製作所", "納期は"),
    ),
    Case(
        "euckr.eml",
        mail(
            "Subject: x\nContent-Type: text/html; charset=EUC-KR\nContent-Transfer-Encoding: 8bit",
            "<p>납기는 11월 9일입니다.</p>".encode("euc_kr"),
        ),
        says=("납기는 11월 9일입니다.",),
    ),
    Case(
        "stub.eml",
        mail(
            'Subject: Card\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary="b"',
            "--b\nContent-Type: text/plain\n\nThis message needs an HTML reader.\n"
            "--b\nContent-Type: text/html\n\n"
            "<p>Your new card number ends in 4471.</p>\n--b--\n",
        ),
        says=("ends in 4471",),
    ),
    Case(
        "empty.eml",
        mail(
            'Subject: Rent\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary="b"',
            "--b\nContent-Type: text/plain\n\n \n--b\nContent-Type: text/html\n"
            "\n<p>Rent rises to 910 euros.</p>\n--b--\n",
        ),
        says=("Rent rises to 910 euros.",),
    ),
    Case(
        "nested.eml",
        mail(
            'Subject: Offer\nMIME-Version: 1.0\nContent-Type: multipart/signed; boundary="s"',
            '--s\nContent-Type: multipart/mixed; boundary="m"\n\n--m\nContent-Type: '
            "text/plain\n\nSee the list.\n"
            "--m\nContent-Type: text/csv; name=list.csv\nContent-Disposition: "
            "attachment; filename=list.csv\n\n"
            "Item,Price\nScanner,48000\n--m--\n\n--s\nContent-Type: application/pkcs7-"
            "signature; name=smime.p7s\n\nAA==\n--s--\n",
        ),
        line=("Scanner", "48000"),
        says=("See the list.",),
    ),
    Case(
        "forwarded.eml",
        mail(
            'Subject: Fwd\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="m"',
            "--m\nContent-Type: text/plain\n\nBelow.\n--m\nContent-Type: message/rfc82"
            "2\n\nSubject: Inner\n"
            "Content-Type: text/plain\n\nThe crane is checked on 4 May.\n--m--\n",
        ),
        says=("The crane is checked on 4 May.",),
    ),
    Case(
        "quoted.eml",
        mail(
            "Subject: x\nContent-Type: text/plain; charset=windows-1252\nContent-Trans"
            "fer-Encoding: quoted-printable",
            "Price =80 75 =96 no discount",
        ),
        says=("Price € 75 – no discount",),
    ),
    # workbooks
    Case("storeys.xlsx", saved(two_storeys), line=("札幌", "395", "441")),
    Case("units.xlsx", saved(units_above), line=("部門: 計測機器", "受注高: 7", "粗利益: 1")),
    Case("odd-style.xlsx", saved(odd_names), line=("Mizuno Tools", "net 45 days")),
    Case("era.xlsx", dated('[$-411]ggge"年"m"月"d"日"', 45383), says=("令和6年4月1日",)),
    Case("mac.xlsx", dated("yyyy/m/d", 43921, since_1904=True), says=("2024/4/1",)),
    Case("han.xlsx", dated("[DBNum1][$-804]General", 25), says=("検収",)),
    Case(
        "built-in.xlsx",
        workbook(
            row(1, "項目", "日付") + row(2, "検収", '<c s="1"><v>45383</v></c>'),
            styles='<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="31" applyNumberFormat="1"/></cellXfs>',
        ),
        says=("2024年4月1日",),
        lacks=("45383",),
    ),
    Case(
        "strict.xlsx", strict(workbook(row(1, "Post", "Hours") + row(2, "Night", 37))), line=("Night", "37")
    ),
    Case(
        "no-value.xlsx",
        workbook(row(1, "Sum", "<c ><f>NOSUCH(1)</f></c>") + row(2, "Rate", 8)),
        warned=True,
    ),
    # Word
    Case(
        "table.docx",
        table_of_word([["職位", "手当", "上限"], ["部長", "12,000円", "4日"], ["係長", "6,500円", "2日"]]),
        line=("係長", "6,500円", "2日"),
        lacks=("12,000円 | 係長",),
    ),
    Case(
        "boxes.docx",
        word(
            paragraph(
                '<w:sdt><w:sdtPr><w14:checkbox xmlns:w14="http://schemas.microsoft.com/off'
                'ice/word/2010/wordml"><w14:checked w14:val="1"/></w14:checkbox>'
                "</w:sdtPr>"
                f"<w:sdtContent>{run('☒')}</w:sdtContent></w:sdt>{run(' Overtime agreed')}"
            )
            + paragraph(
                '<w:sdt><w:sdtPr><w14:checkbox xmlns:w14="http://schemas.microsoft.com/off'
                'ice/word/2010/wordml"><w14:checked w14:val="0"/></w14:checkbox>'
                "</w:sdtPr>"
                f"<w:sdtContent>{run('☐')}</w:sdtContent></w:sdt>{run(' Night work agreed')}"
            )
        ),
        says=("☒ Overtime agreed", "☐ Night work agreed"),
    ),
    Case(
        "legacy.docx",
        word(
            paragraph(
                '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:name w:val="b"/>'
                '<w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox></w:ffData>'
                "</w:fldChar></w:r>"
                "<w:r><w:instrText> FORMCHECKBOX </w:instrText></w:r><w:r><w:fldChar "
                'w:fldCharType="end"/></w:r>' + run(" Keys returned")
            )
        ),
        says=("☒ Keys returned",),
    ),
    Case(
        "list.docx",
        word(
            paragraph(
                '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:name w:val="d"/>'
                '<w:ddList><w:result w:val="1"/><w:listEntry w:val="14 days"/>'
                '<w:listEntry w:val="45 days"/></w:ddList></w:ffData></w:fldChar>'
                "</w:r>"
                "<w:r><w:instrText> FORMDROPDOWN </w:instrText></w:r><w:r><w:fldChar "
                'w:fldCharType="end"/></w:r>'
            )
        ),
        says=("45 days",),
        lacks=("14 days",),
    ),
    Case(
        "deleted.docx",
        word(
            paragraph(
                run("The notice is ") + '<w:del w:id="1" w:author="x"><w:r><w:delText>two</w:delText></w:r>'
                "</w:del>"
                '<w:ins w:id="2" w:author="x">' + run("six") + "</w:ins>" + run(" weeks.")
            )
        ),
        says=("The notice is six weeks.",),
        lacks=("two",),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_file_of_a_kind_that_readers_fail_on_is_read(tmp_path: Path, case: Case) -> None:
    path = tmp_path / case.name
    path.write_bytes(case.content)
    pages = list(pages_of(path, case.name, media_type_of(path, case.name), ReadingRequest(5000)))
    text = "\n".join(page.text for page in pages)
    whole = re.sub(r"\s+", " ", unicodedata.normalize("NFC", text))
    assert all(part in whole for part in case.says), whole
    assert not any(part in whole for part in case.lacks), whole
    assert any(all(part in line for part in case.line) for line in text.split("\n")), text
    assert not case.titled or case.titled in [page.title for page in pages]
    assert not case.warned or any(page.left_out for page in pages)
