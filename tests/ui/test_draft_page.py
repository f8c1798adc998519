"""The page of drafts over the real application: a table that is pasted or sent as CSV, and a picture."""

import html
import io
import re
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm
from PIL import Image
from streamlit.testing.v1 import AppTest

from operations.library import FIRST_SPACE, Library
from ui import connection
from ui.client import Backend
from ui.language import words_of

SECONDS = 240
PAGE = """
import streamlit as st
from ui.connection import backend
from ui.session_state import Screen
from ui.language import words_of
from ui.screens.drafts import drafts

way = backend()
drafts.show(Screen(way, words_of("ja"), way.session(), way.health(), st.sidebar, {}, way.doors()))
"""
SIDECAR = (
    "language: ja\nfields:\n  明細: {columns: {金額: {times: [数量, 単価]}}}\n  写真: {required: false}\n"
)


def picture(colour: tuple[int, int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 20), colour).save(out, "PNG")
    return out.getvalue()


def form() -> bytes:
    document = docx.Document()
    document.add_picture(io.BytesIO(picture((0, 0, 0))), width=Mm(40))
    next(document.element.body.iter(qn("wp:docPr"))).set("descr", "{{ 写真 }}")
    rows = [
        ["品名", "数量", "単価（円）", "金額（円）"], ["{%tr for item in 明細 %}", "", "", ""],
        ["{{ item.品名 }}", *(f"{{{{ item.{name} | number }}}}" for name in ("数量", "単価", "金額"))],
        ["{%tr endfor %}", "", "", ""], ["", "", "合計", '{{ 明細 | total("金額") }}'],
    ]  # fmt: skip
    table = document.add_table(rows=len(rows), cols=4)
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@pytest.fixture
def template(
    library: Library, http: Any, token: str, monkeypatch: pytest.MonkeyPatch, backend: Backend
) -> str:
    monkeypatch.setattr(connection, "open_http", lambda: http)
    monkeypatch.setattr(connection, "token", lambda: token)
    files = {"file": ("注文書.docx", form()), "sidecar": ("form.yaml", SIDECAR.encode())}
    sent = http.post(
        "/api/templates", files=files, data={"space": FIRST_SPACE},
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    assert sent.status_code == 201, sent.text
    return str(sent.json()["id"])


def calm(page: AppTest) -> AppTest:
    assert not page.exception, [error.message for error in page.exception]
    return page


def text(page: AppTest) -> str:
    source = "\n".join(element.value for element in page.get("html"))
    return html.unescape(re.sub(r"<[^>]+>", " ", source))


def opened(template: str) -> AppTest:
    page = calm(AppTest.from_string(PAGE, default_timeout=SECONDS).run())
    return calm(page.selectbox(key="draft_template").set_value(template).run())


def made(page: AppTest, backend: Backend) -> Any:
    """The Word file of the draft that the page makes."""
    calm(page.button(key="draft-go").click().run())
    drafting = page.session_state["desk"].draft.drafting
    assert drafting is None or drafting.wait(SECONDS)
    calm(page.run())
    draft = page.session_state["desk"].draft.draft
    assert draft is not None, text(page)
    return docx.Document(io.BytesIO(backend.download(f"/api/drafts/{draft.id}/file")))


def cells(document: Any) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in document.tables[0].rows]


def test_cells_that_are_pasted_and_a_picture_stand_in_the_draft(backend: Backend, template: str) -> None:
    page = opened(template)
    assert words_of("ja")("drafts.rows_limit") in text(page)
    assert words_of("ja")("drafts.rows_explain", columns="品名、数量、単価") in text(page)
    page.text_area(key=f"draft-{template}-明細").set_value(
        "品名\t数量\t単価\n机\t2\t12,800\n椅子\t4\t4,500\n"
    )
    red = ("photo.png", picture((200, 0, 0)), "image/png")
    calm(page.file_uploader(key=f"draft-{template}-写真").set_value(red).run())
    document = made(page, backend)
    assert cells(document)[1:] == [
        ["机", "2", "12,800", "25,600"], ["椅子", "4", "4,500", "18,000"], ["", "", "合計", "43,600"],
    ]  # fmt: skip
    (blip,) = document.element.body.iter(qn("a:blip"))
    with Image.open(io.BytesIO(document.part.related_parts[blip.get(qn("r:embed"))].blob)) as shown:
        assert shown.convert("RGB").getpixel((5, 5))[0] > 150  # type: ignore[index]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_a_csv_file_goes_before_what_is_pasted(backend: Backend, template: str, encoding: str) -> None:
    page = opened(template)
    page.text_area(key=f"draft-{template}-明細").set_value("品名\t数量\t単価\n別\t1\t1\n")
    content = "品名,数量,単価,\r\n机,2,12800,\r\n".encode(encoding)
    calm(
        page.file_uploader(key=f"draft-{template}-明細-file")
        .set_value(("明細.csv", content, "text/csv"))
        .run()
    )
    document = made(page, backend)
    assert cells(document)[1] == ["机", "2", "12,800", "25,600"]
    assert document.inline_shapes._inline_lst == []  # no picture was given, and none is required


def test_a_table_that_does_not_add_up_is_told_on_the_page(backend: Backend, template: str) -> None:
    page = opened(template)
    page.text_area(key=f"draft-{template}-明細").set_value("品名\t数量\t単価\t金額\n机\t2\t12,800\t20,000\n")
    said = text(calm(page.button(key="draft-go").click().run()))  # once: it may be refused at once
    drafting = page.session_state["desk"].draft.drafting
    assert drafting is None or drafting.wait(SECONDS)
    said += text(calm(page.run()))
    assert "20,000" in said and "25,600" in said
    assert backend.drafts() == []
