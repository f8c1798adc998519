"""Writes the templates that ship into `drafts/shipped/`: Word forms with fields and sections.

Run from the repository root: `python -m samples.templates`. The sidecar of each (`drafts/shipped/*.yaml`)
says what its fields are; docs/drafts.md says how a company makes its own.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from samples.word import _add_field, _shade, freeze_archive

SHIPPED = Path(__file__).parent.parent / "drafts" / "shipped"
DAY = (2026, 4, 1)


def main() -> None:
    """Builds every template and prints its size."""
    SHIPPED.mkdir(parents=True, exist_ok=True)
    for name, build in TEMPLATES.items():
        path = SHIPPED / f"{name}.docx"
        document = build()
        document.core_properties.author = "Shoko"
        document.core_properties.comments = ""
        document.save(str(path))
        freeze_archive(path, DAY)
        print(f"{path.stat().st_size / 1024:8.1f} KiB  {path.name}")


def ringi() -> Any:
    """稟議書: an approval request."""
    document = _japanese("稟議書")
    _table(
        document, [["区分", "起案者", "課長", "部長"], ["氏名", "{{ 起案者 }}", "", ""], ["印", "", "", ""]]
    )
    document.add_paragraph()
    _form(
        document,
        [
            ("件名", "{{ 件名 }}"),
            ("起案日", "{{ 起案日 | date }}"),
            ("起案部署", "{{ 起案部署 }}"),
        ],
    )
    document.add_paragraph("標記の件について、下記のとおり実施してよろしいか、伺います。")
    for heading, tag in (
        ("目的", "目的"),
        ("理由", "理由"),
        ("効果", "効果"),
        ("関係する規程", "関係する規程"),
    ):
        with _only_if(document, tag):
            document.add_heading(heading, 1)
            document.add_paragraph(f"{{{{ {tag} }}}}")
        if tag == "効果":
            document.add_heading("金額", 1)
            document.add_paragraph("{{ 金額 | number }}円（{{ 税区分 }}）")
            document.add_heading("実施時期", 1)
            document.add_paragraph("{{ 実施時期 }}")
    with _only_if(document, "添付書類"):
        document.add_heading("添付書類", 1)
        _list(document, "添付書類")
    _right(document, "以上")
    return document


def gijiroku() -> Any:
    """議事録: minutes."""
    document = _japanese("議事録")
    _form(
        document,
        [
            ("会議名", "{{ 会議名 }}"),
            ("開催日時", "{{ 開催日 | date }}　{{ 時間 }}"),
            ("開催場所", "{{ 場所 }}"),
            ("出席者", "{{ 出席者 }}"),
            ("作成者", "{{ 作成者 }}"),
        ],
    )
    for heading, name in (("議題", "議題"), ("決定事項", "決定事項"), ("宿題", "宿題")):
        with _only_if(document, name if name == "宿題" else ""):
            document.add_heading(heading, 1)
            _list(document, name)
        if name == "議題":
            document.add_heading("議事内容", 1)
            document.add_paragraph("{{ 議事内容 }}")
            with _only_if(document, "経緯"):
                document.add_heading("関係する規程と前回までの経緯", 1)
                document.add_paragraph("{{ 経緯 }}")
    _right(document, "以上")
    return document


def business_report() -> Any:
    """An English business report."""
    document = docx.Document()
    _page(document, top=25, left=25, bottom=25, right=25)
    for name, size in (("Normal", 11), ("Title", 20), ("Heading 1", 14)):
        _font(document.styles[name], "Calibri", "MS Gothic", size)
    document.styles["Normal"].paragraph_format.space_after = Pt(6)
    document.add_paragraph("{{ title }}", style="Title")
    rows = [
        ("To", "{{ recipient }}"), ("From", "{{ author }}"), ("Date", "{{ report_date | date }}"),
        ("Status", "{{ status }}"),
    ]  # fmt: skip
    _form(document, rows, widths=(30, 130))
    for heading, text in (
        ("Summary", "{{ summary }}"),
        ("Background", "{{ background }}"),
        ("Findings", "{{ findings }}"),
        ("Conclusion", "{{ conclusion }}"),
    ):
        with _only_if(document, "background" if heading == "Background" else ""):
            document.add_heading(heading, 1)
            document.add_paragraph(text)
    with _only_if(document, "next_steps"):
        document.add_heading("Next steps", 1)
        _list(document, "next_steps")
    _page_number(document)
    return document


def baogao() -> Any:
    """报告: a report to the authority above, set after GB/T 9704."""
    document = docx.Document()
    section = _page(document, top=37, left=28, bottom=35, right=26)
    grid = OxmlElement("w:docGrid")
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), "580")  # 22 lines on 225 mm
    old = section._sectPr.find(qn("w:docGrid"))
    if old is not None:
        section._sectPr.remove(old)
    section._sectPr.append(grid)
    for name, font, size in (
        ("Normal", "仿宋", 16), ("Title", "方正小标宋简体", 22), ("Heading 1", "黑体", 16),
    ):  # fmt: skip
        _font(document.styles[name], "Times New Roman", font, size)
    for name in ("Salutation", "Signature", "Date"):  # Word's own names, which a new file does not list
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=True)
        style.base_style = document.styles["Normal"]
    body = document.styles["Normal"].paragraph_format
    body.space_after, body.line_spacing = Pt(0), Pt(29)
    document.styles["Heading 1"].paragraph_format.space_before = Pt(0)
    title = document.add_paragraph("关于{{ 事由 }}的报告", style="Title")
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_paragraph("{{ 主送机关 }}：", style="Salutation")
    for number, name in (("一", "基本情况"), ("二", "有关规定"), ("三", "存在问题"), ("四", "下一步工作")):
        heading = document.add_heading(f"{number}、{name}", 1)
        _indent(heading)
        _body(document, f"{{{{ {name} }}}}")
    _body(document, "特此报告。")
    _right(document, "{{ 发文机关 }}", "Signature")
    _right(document, "{{ 成文日期 | date }}", "Date")
    _page_number(document)
    return document


TEMPLATES = {
    "ringi-ja": ringi,
    "gijiroku-ja": gijiroku,
    "business-report-en": business_report,
    "baogao-zh": baogao,
}


def _japanese(title: str) -> Any:
    document = docx.Document()
    _page(document, top=25, left=25, bottom=25, right=25)
    for name, font, size in (
        ("Normal", "MS Mincho", 10.5), ("Title", "MS Gothic", 18), ("Heading 1", "MS Gothic", 12),
        ("List Bullet", "MS Mincho", 10.5),
    ):  # fmt: skip
        _font(document.styles[name], "Times New Roman", font, size)
    document.styles["Normal"].paragraph_format.space_after = Pt(6)
    document.add_paragraph(title, style="Title").alignment = WD_ALIGN_PARAGRAPH.CENTER
    _page_number(document)
    return document


@contextmanager
def _only_if(document: Any, name: str) -> Iterator[None]:
    """What is written in the block stands only where that name has a value; always for no name."""
    if name:
        document.add_paragraph(f"{{%p if {name} %}}")
    yield
    if name:
        document.add_paragraph("{%p endif %}")


def _list(document: Any, name: str) -> None:
    """A bullet for each line of that field."""
    document.add_paragraph(f"{{%p for line in {name} %}}")
    document.add_paragraph("{{ line }}", style="List Bullet")
    document.add_paragraph("{%p endfor %}")


def _page(document: Any, *, top: float, left: float, bottom: float, right: float) -> Any:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.left_margin = Mm(top), Mm(left)
    section.bottom_margin, section.right_margin = Mm(bottom), Mm(right)
    return section


def _font(style: Any, latin: str, east_asian: str, size: float) -> None:
    style.font.name, style.font.size = latin, Pt(size)
    style.font.color.rgb, style.font.bold = None, style.name != "Normal" and "List" not in style.name
    if (line := style.element.find(f"{qn('w:pPr')}/{qn('w:pBdr')}")) is not None:
        line.getparent().remove(line)  # the blue line below python-docx's titles
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for attribute in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(attribute), None)
    fonts.set(qn("w:eastAsia"), east_asian)


def _form(document: Any, rows: Sequence[tuple[str, str]], widths: tuple[float, float] = (35, 125)) -> None:
    """A ruled table of labels and values."""
    table = document.add_table(rows=0, cols=2, style="Table Grid")
    table.autofit = False
    for label, value in rows:
        cells = table.add_row().cells
        for cell, text, width in zip(cells, (label, value), widths, strict=True):
            cell.width = Mm(width)
            cell.paragraphs[0].text = text
            cell.paragraphs[0].paragraph_format.space_after = Pt(2)
        _shade(cells[0])
    document.add_paragraph().paragraph_format.space_after = Pt(0)


def _table(document: Any, rows: Sequence[Sequence[str]]) -> None:
    table = document.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
    for cells, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(cells.cells, texts, strict=True):
            cell.paragraphs[0].text = text
            cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER


def _body(document: Any, text: str) -> None:
    _indent(document.add_paragraph(text))


def _indent(paragraph: Any) -> None:
    """The first line two characters in, as Word says it in characters."""
    properties = paragraph._p.get_or_add_pPr()
    indent = properties.get_or_add_ind()
    indent.set(qn("w:firstLineChars"), "200")
    indent.set(qn("w:firstLine"), "640")


def _right(document: Any, text: str, style: str = "Normal") -> None:
    document.add_paragraph(text, style=style).alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _page_number(document: Any) -> None:
    footer = document.sections[0].footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _add_field(footer, "PAGE")


if __name__ == "__main__":
    main()
