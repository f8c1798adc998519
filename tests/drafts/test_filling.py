"""A filled template as Word opens it: escaping, line breaks, blanks, sections, footnotes, formats."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.enum.text import WD_COLOR_INDEX
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.document.document import Zone
from checks.readers.reading import read_document
from contract.values import FieldKind
from core.errors import BadValue, TemplateBad
from drafts.content import DraftContent, DraftParagraph, FieldText, StyledText
from drafts.filling import fill
from drafts.outline import DraftOutline, Field, OutlineSection, blank
from drafts.values import cleaned, read_brief, shown_day

TODAY = datetime.date(2026, 4, 1)


def filled(folder: Path, template: Any, content: DraftContent) -> Any:
    """That document, filled and opened again."""
    path, out = folder / "t.docx", folder / "out.docx"
    template.save(str(path))
    fill(path, out, content, "t.docx")
    return docx.Document(str(out))


def of(*paragraphs: str) -> Any:
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    return document


def texts(document: Any) -> list[str]:
    return [paragraph.text for paragraph in document.paragraphs]


def values(**given_values: str) -> DraftContent:
    return DraftContent({name: FieldText(text) for name, text in given_values.items()})


HOSTILE = [
    "A & B <c> \"d\" 'e' &amp; &#x41; ]]> -->",
    "{{ other }} {% for x in y %} {# c #} {_{ }_}",
    "青葉精機株式会社　（株）ＡＢＣ１２３ ｶﾅ 𠮷野家 髙橋",
    "安全生产责任制（试行）——“关于”《通知》",
    "</w:t></w:r></w:p><w:p/>",
    "emoji 👩‍💻 combining é e\u0301 rtl \u202e zero\u200bwidth",
    "\ue000 a private character \ue001",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_stands_in_the_document_as_it_was_given(tmp_path: Path, value: str) -> None:
    made = filled(tmp_path, of("Before {{ name }} after", "{{ name }}"), values(name=value))
    assert texts(made) == [f"Before {value} after", value]


@settings(max_examples=25)
@given(st.text(max_size=60))
def test_any_text_that_a_document_can_hold_survives(value: str) -> None:
    import tempfile

    kept = cleaned(value, "x")
    with tempfile.TemporaryDirectory() as folder:
        made = filled(Path(folder), of("[{{ name }}]"), values(name=kept))
    assert made.paragraphs[0].text == f"[{kept}]"


def test_line_ends_become_breaks_and_tabs_stay(tmp_path: Path) -> None:
    made = filled(tmp_path, of("{{ name }}"), values(name="一行目\n二行目\tA"))
    assert len(made.paragraphs) == 1 and made.paragraphs[0].text == "一行目\n二行目\tA"
    assert len(made.paragraphs[0]._p.findall(f".//{qn('w:br')}")) == 1


def test_a_missing_fact_is_a_highlighted_blank_and_nothing_else_is_marked(tmp_path: Path) -> None:
    content = DraftContent({"name": FieldText("", blank=blank("金額 <&>", "ja")), "unit": FieldText("円")})
    form = of("金額：{{ name }}{{ unit }}です。")
    form.paragraphs[0].runs[0].font.bold = True
    made = filled(tmp_path, form, content)
    runs = made.paragraphs[0].runs
    assert made.paragraphs[0].text == "金額：【要記入：金額 <&>】円です。"
    assert [run.text for run in runs if run.font.highlight_color == WD_COLOR_INDEX.YELLOW] == [
        "【要記入：金額 <&>】"
    ]
    assert all(run.bold for run in runs)
    assert blank("A", "en") == "[to fill: A]" and blank("A", "zh") == "【待填写：A】"


def test_a_name_that_nobody_filled_is_an_error_and_no_empty_place(tmp_path: Path) -> None:
    with pytest.raises(TemplateBad, match="other"):
        filled(tmp_path, of("{{ name }} {{ other }}"), values(name="x"))


def test_conditions_loops_filters_headers_and_table_rows(tmp_path: Path) -> None:
    form = of(
        "{% if urgent == 'yes' %}Now{% else %}Later{% endif %} {{ day | wareki }} {{ name | upper }}",
        "{%p for line in items %}",
        "・{{ line }}",
        "{%p endfor %}",
        "{%p if optional %}",
        "gone {{ optional }}",
        "{%p endif %}",
    )
    form.sections[0].header.paragraphs[0].text = "{{ name }} {{ missing }}"
    table = form.add_table(rows=3, cols=1)
    for row, text in zip(
        table.rows, ("{%tr for line in items %}", "{{ line }}", "{%tr endfor %}"), strict=True
    ):
        row.cells[0].text = text
    content = DraftContent(
        {
            "urgent": FieldText("yes"), "day": FieldText("x", datetime.date(2026, 4, 1)),
            "name": FieldText("Ab&c"), "items": FieldText("見積書 <1>\n\n仕様書"), "optional": FieldText(""),
            "missing": FieldText("", blank="[to fill: M]"),
        }
    )  # fmt: skip
    made = filled(tmp_path, form, content)
    assert texts(made) == ["Now 令和8年4月1日 AB&C", "・見積書 <1>", "・仕様書"]
    assert [row.cells[0].text for row in made.tables[0].rows] == ["見積書 <1>", "仕様書"]
    assert made.sections[0].header.paragraphs[0].text == "Ab&c [to fill: M]"


def test_a_section_takes_the_format_of_its_place_and_brings_footnotes_and_a_comment(tmp_path: Path) -> None:
    form = of("前", "{{ 目的 | section('何か') }}", "後")
    place = form.paragraphs[1]
    place.style, place.runs[0].font.size = form.styles["List Bullet"], Pt(14)
    content = DraftContent(
        {},
        {
            "目的": (
                DraftParagraph(
                    (
                        StyledText("弁座を測る & <x>。", ("出典：規程、3ページ",)),
                        StyledText("次。", ("出典：表、1ページ",)),
                    ),
                    comment="出典：規程、3ページ\n「弁座を測る」",
                ),
                DraftParagraph((StyledText("【要記入：目的】", blank=True),)),
            )
        },
    )  # fmt: skip
    made = filled(tmp_path, form, content)
    assert texts(made) == ["前", "弁座を測る & <x>。次。", "【要記入：目的】", "後"]
    for paragraph in made.paragraphs[1:3]:
        assert paragraph.style.name == "List Bullet" and paragraph.runs[0].font.size == Pt(14)
    assert made.paragraphs[2].runs[0].font.highlight_color == WD_COLOR_INDEX.YELLOW
    assert [comment.text for comment in made.comments] == ["出典：規程、3ページ\n「弁座を測る」"]
    read = read_document(tmp_path / "out.docx")
    notes = [piece.text.strip() for piece in read.pieces if piece.zone is Zone.FOOTNOTE]
    assert [note for note in notes if note] == ["出典：規程、3ページ", "出典：表、1ページ"]


def test_footnotes_join_those_of_the_template(tmp_path: Path) -> None:
    once = filled(
        tmp_path,
        of("{{ a | section('x') }}", "{{ b }}"),
        DraftContent({"b": FieldText("{{ c }}")}, {"a": (DraftParagraph((StyledText("first", ("one",)),)),)}),
    )
    once.add_paragraph("{{ d | section('x') }}")  # what was filled becomes a template
    twice = DraftContent({"c": FieldText("c")}, {"d": (DraftParagraph((StyledText("second", ("two",)),)),)})
    filled(tmp_path, once, twice)
    read = read_document(tmp_path / "out.docx")
    notes = [piece.text.strip() for piece in read.pieces if piece.zone is Zone.FOOTNOTE]
    assert [note for note in notes if note] == ["one", "two"]


def test_an_empty_section_leaves_no_paragraph_but_a_cell_keeps_its_own(tmp_path: Path) -> None:
    form = of("before", "{{ a | section('x') }}", "after")
    form.add_table(rows=1, cols=1).rows[0].cells[0].text = "{{ b | section('x') }}"
    made = filled(tmp_path, form, DraftContent({}, {"a": (), "b": ()}))
    assert texts(made) == ["before", "after"]
    assert made.tables[0].rows[0].cells[0].text == ""


# What the asker gives.

OUTLINE = DraftOutline(
    "ja",
    fields=(
        Field("件名", "件名"),
        Field("amount", "金額", FieldKind.NUMBER),
        Field("day", "起案日", FieldKind.DATE, default="today"),
        Field("kind", "区分", FieldKind.CHOICE, choices=("新規", "更新")),
        Field("memo", "備考", FieldKind.LONG_TEXT, required=False),
    ),
    sections=(OutlineSection("目的", "目的"),),
)


def test_a_brief_of_lines_is_read_by_label_or_name_and_goes_on_over_lines() -> None:
    text = "件名：机の購入：三台\n金額: ４，８００円\n備考：\n一行目\nhttp://x\n区分：更新\n目的：足りない。"
    brief = read_brief(OUTLINE, {"起案日": "令和8年10月5日"}, text, today=TODAY)
    assert {name: value.text for name, value in brief.fields.items()} == {
        "件名": "机の購入：三台", "amount": "4,800", "day": "2026年10月5日", "kind": "更新",
        "memo": "一行目\nhttp://x",
    }  # fmt: skip
    assert brief.sections == {"目的": "足りない。"}


def test_defaults_count_where_nothing_is_given() -> None:
    brief = read_brief(OUTLINE, {"件名": "  "}, "", today=TODAY)
    assert {name: value.text for name, value in brief.fields.items()} == {"day": "2026年4月1日"}
    assert shown_day(TODAY, "en") == "1 April 2026"


@pytest.mark.parametrize(
    ("fields", "text", "named"),
    [
        ({"colour": "x"}, "", "件名, amount"),
        ({"金額": "many"}, "", "no number"),
        ({"起案日": "tomorrow"}, "", "no day"),
        ({"区分": "廃止"}, "", "新規, 更新"),
        ({"件名": "x" * 20_001}, "", "longer"),
        ({"件名": "x\n" * 501}, "", "lines"),
        ({}, "this stands nowhere\n件名：x", "belongs to no field"),
    ],
)
def test_what_does_not_fit_is_refused_and_says_what_would(
    fields: dict[str, str], text: str, named: str
) -> None:
    with pytest.raises(BadValue, match=named):
        read_brief(OUTLINE, fields, text, today=TODAY)


def test_what_is_filled_is_loosened_from_the_data_bound_to_it(tmp_path: Path) -> None:
    document = of("{{ who }}", "Fixed")
    for paragraph in list(document.paragraphs):
        control, properties, content = (OxmlElement(f"w:{name}") for name in ("sdt", "sdtPr", "sdtContent"))
        binding = OxmlElement("w:dataBinding")
        binding.set(qn("w:xpath"), "/who")
        properties.append(binding)
        paragraph._p.addprevious(control)
        control.extend([properties, content])
        content.append(paragraph._p)
    body = filled(tmp_path, document, values(who="Ito")).element.body
    controls = {
        "".join(text.text for text in control.iter(qn("w:t"))): len(list(control.iter(qn("w:dataBinding"))))
        for control in body.iter(qn("w:sdt"))
    }
    assert controls == {"Ito": 0, "Fixed": 1}


def test_a_table_without_a_grid_is_taken(tmp_path: Path) -> None:
    document = of("{{ who }}")
    table = document.add_table(rows=2, cols=3)
    table.cell(0, 0).text = "{{ who }}"
    table._tbl.remove(table._tbl.tblGrid)
    made = filled(tmp_path, document, values(who="Ito"))
    assert made.tables[0].cell(0, 0).text == "Ito"
    assert len(made.tables[0].columns) == 3
