"""Files as they lie about in an office: odd names, wrong endings, encodings that nobody told, formats with
merged cells and notes. Each goes in by HTTP, and a question in its language finds it at its place."""

from __future__ import annotations

import base64
import datetime as dt
import io
import json
import unicodedata

import docx
import httpx
import openpyxl
import pptx
import pytest
from making import finish_work
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from operations.library import Library


def word(*paragraphs: str) -> bytes:
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def register() -> bytes:
    """Dates in Japanese eras, and a merged cell."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "改定履歴"
    for row in (
        ["区分", "規程名", "改定日", "担当"],
        ["人事", "旅費規程", dt.datetime(2019, 5, 1), "山田"],
        [None, "育児休業規程", dt.datetime(2024, 10, 1), "鈴木"],
    ):
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    sheet["C2"].number_format = sheet["C3"].number_format = '[$-411]ggge"年"m"月"d"日"'
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def deck() -> bytes:
    slides = pptx.Presentation()
    slide = slides.slides.add_slide(slides.slide_layouts[1])
    slide.shapes.title.text = "新製品の販売計画"
    slide.placeholders[1].text = "初年度の販売目標は2,400台とする。"
    slide.notes_slide.notes_text_frame.text = "質疑では保守契約の料金が月額3,800円であることを伝える。"
    out = io.BytesIO()
    slides.save(out)
    return out.getvalue()


def fleet() -> bytes:
    document = OpenDocumentSpreadsheet()
    table = Table(name="Vehicles")
    for row in (
        ("Plate", "Model", "Driver"),
        ("KA-4471", "Transit", "Jonas Weber"),
        ("KA-9083", "Sprinter", "Marta Klein"),
    ):
        line = TableRow()
        for text in row:
            cell = TableCell(valuetype="string")
            cell.addElement(P(text=text))
            line.addElement(cell)
        table.addElement(line)
    document.spreadsheet.addElement(table)
    out = io.BytesIO()
    document.write(out)
    return out.getvalue()


def mail() -> bytes:
    subject = base64.b64encode("棚卸しの件".encode("iso2022_jp")).decode()
    head = (
        f"From: sato@example.co.jp\nTo: all@example.co.jp\nSubject: =?ISO-2022-JP?B?{subject}?=\n"
        "Message-ID: <a@example.co.jp>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=ISO-2022-JP\n"
        "Content-Transfer-Encoding: 7bit\n\n"
    )
    return head.encode() + "各位\n\n棚卸しは10月28日に倉庫で実施します。\n".encode("iso2022_jp")


def page(title: str, text: str) -> str:
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>"


STOCK = "品番,品名,単価,納期\nKX-11,軸受け,4200,5日\nKX-12,継手,980,3日\nKX-13,止め輪,120,即日\n"
ROOMS = "管理番号,品名,設置場所\nB-001,プロジェクター,会議室A\nB-002,ホワイトボード,会議室B\n"
PEOPLE = (
    "供应商,联系人,电话\n华远精密,李明,010-5550188\n东方轴承,王芳,021-5550377\n恒泰物流,赵强,0755-5550262\n"
)

# Name, content, question, words of the quote, how its place begins, title.
ODD: list[tuple[str, bytes, str, str, str, str]] = [
    ("経費　精算（２０２６年度）.md", "# 経費精算\n\n領収書は取引日から45日以内に提出する。".encode(),
     "領収書は何日以内に提出しますか。", "45日以内", "line 3", "経費精算"),
    (unicodedata.normalize("NFD", "がいちゅうガイド.txt"),
     "外注先の選定には、三社以上の相見積もりを取る。".encode(),
     "外注先の選定には何社以上の相見積もりが必要ですか。", "三社以上", "line 1", ""),
    ("🚀 launch plan 🎉.txt", b"The launch of Orion is planned for 14 September 2026.",
     "When is the launch of Orion planned?", "14 September 2026", "line 1", ""),
    ("長" * 196 + ".txt", "長期休暇の申請は一か月前までに行う。".encode(),
     "長期休暇の申請はいつまでに行いますか。", "一か月前", "line 1", ""),
    ("contract.pdf", word("The notice period of the lease is 6 months to the end of a quarter."),
     "How long is the notice period of the lease?", "6 months", "paragraph 1", ""),
    ("議事録.doc", word("次回の定例会議は第二会議室で開催する。"), "次回の定例会議はどこで開催しますか。",
     "第二会議室", "paragraph 1", ""),
    ("単価表.csv", STOCK.encode("cp932"), "継手の単価はいくらですか。", "980", "sheet 単価表, A", ""),
    ("供应商.csv", PEOPLE.encode("gb18030"), "东方轴承的联系人是谁？", "王芳", "sheet 供应商, A", ""),
    ("備品.csv", ROOMS.encode("utf-16"), "ホワイトボードの設置場所はどこですか。", "会議室B",
     "sheet 備品, A", ""),
    ("棚卸し.eml", mail(), "棚卸しはいつ実施しますか。", "10月28日", "line 3", "棚卸しの件"),
    ("駐車場.html", page("駐車場の利用", "来客用の駐車場は北側の12台分です。").encode("euc_jp"),
     "来客用の駐車場は何台分ですか。", "12台", "line 1", "駐車場の利用"),
    ("食堂.html", page("员工食堂管理", "员工食堂午餐供应时间为11点30分至13点。").encode("gbk"),
     "员工食堂午餐的供应时间是几点？", "11点30分", "line 1", "员工食堂管理"),
    ("mac classic.txt",
     b"Badge rules\r\rVisitors return their badge to the gate on the east side.\rLost ones cost 20.",
     "Where do visitors return their badge?", "gate on the east side", "line 3", ""),
    ("規程台帳.xlsx", register(), "育児休業規程の改定日はいつですか。",
     "区分: 人事 | 規程名: 育児休業規程 | 改定日: 令和6年10月1日",
     "sheet 改定履歴, A", ""),
    ("販売計画.pptx", deck(), "保守契約の料金は月額いくらですか。", "3,800円", "slide 1", ""),
    ("fleet.ods", fleet(), "Who is the driver of the Sprinter?", "Marta Klein", "sheet Vehicles, A", ""),
]  # fmt: skip


def quoted(client: httpx.Client, question: str) -> list[dict[str, object]]:
    """The citations of an answer's last event."""
    lines = client.post("/api/questions", json={"question": question}).text.splitlines()
    events = [json.loads(line[5:]) for line in lines if line.startswith("data:")]
    return next(list(event["citations"]) for event in reversed(events) if "citations" in event)


def test_odd_files_are_found_at_their_places(library: Library, client: httpx.Client) -> None:
    for name, content, *_ in ODD:
        sent = client.post("/api/documents", files={"file": (name, content)})
        assert sent.status_code == 201, (name, sent.text)
    finish_work(library)
    listed = {document["name"]: document for document in client.get("/api/documents").json()["documents"]}
    wrong = []
    for name, _, question, words, place, title in ODD:
        document = listed[unicodedata.normalize("NFC", name)]
        first = quoted(client, question)[0]
        shown = first["place"]["shown"]  # type: ignore[index]
        actual = (first["document"], document["title"], shown.startswith(place), words in str(first["quote"]))
        if actual != (document["name"], title, True, True):
            wrong.append((actual, shown, first["quote"]))
    if wrong:
        pytest.fail("\n".join(map(repr, wrong)))


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.txt", b"", "file_empty"), ("photo.pdf", b"GIF89a" + bytes(60), "file_type_unknown"),
        ("old.docx", b"PK\x03\x04" + bytes(30), "file_type_unknown"),
        ("shortcut.lnk", b"L\0\0\0\x01\x14\x02\0" + bytes(60), "file_type_unknown"),
        ("Thumbs.db", b"\xd0\xcf\x11\xe0" + bytes(600), "file_type_unknown"),
        (".DS_Store", b"\0\0\0\x01Bud1" + bytes(50), "file_type_unknown"),
        ("長" * 260 + ".txt", b"text", "bad_value"),
    ],
)  # fmt: skip
def test_what_is_no_document_is_refused_with_its_reason(
    client: httpx.Client, name: str, content: bytes, code: str
) -> None:
    sent = client.post("/api/documents", files={"file": (name, content)})
    status = 415 if code == "file_type_unknown" else 422
    assert (sent.status_code, sent.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize(
    ("since", "until", "code"),
    [
        ("2026-04-01", "2026-03-31", "bad_value"),
        ("2026-02-30", "", "bad_value"),
        ("tomorrow", "", "bad_value"),
    ],
)
def test_wrong_dates_of_an_upload_are_refused(
    client: httpx.Client, since: str, until: str, code: str
) -> None:
    days = {key: day for key, day in (("valid_from", since), ("valid_until", until)) if day}
    sent = client.post("/api/documents", files={"file": ("a.txt", b"text")}, data=days)
    assert (sent.status_code, sent.json()["error"]["code"]) == (422, code)
    assert client.get("/api/documents").json()["total"] == 0
