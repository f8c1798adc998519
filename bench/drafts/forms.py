"""The forms of the thirty briefs as Word templates with their sidecars: headings, fields, a table, totals."""

from __future__ import annotations

import io
from typing import Any

import docx
import yaml

NAMES = {
    "ja": ("明細", "消費税", "合計", "小計"),
    "zh": ("明细表", "税额", "价税合计", "小计"),
    "en": ("rows", "tax", "total", "Subtotal"),
}


def template_of(form: dict[str, Any]) -> tuple[bytes, str]:
    """The form's Word file and its YAML."""
    document = docx.Document()
    document.add_paragraph(form["title"], style="Title")
    sidecar: dict[str, Any] = {"language": form["language"], "title": form["title"]}
    for field in form["fields"]:
        document.add_paragraph(f"{field}: {{{{ {field} }}}}")
    if form["lead"]:
        document.add_paragraph(form["lead"])
    if number := form.get("number"):
        unit = "円" if form["language"] == "ja" else "元"
        document.add_paragraph(f"{number}：{{{{ {number} | number }}}}{unit}")
    if columns := form.get("rows"):
        sidecar |= _table(document, form, columns)
    names = {}
    for number, (heading, question) in enumerate(form["sections"].items()):
        name = f"part_{number}"
        document.add_heading(heading, 1)
        document.add_paragraph(f"{{{{ {name} }}}}")
        names[name] = {"label": heading, "ask": question}
    out = io.BytesIO()
    document.save(out)
    return out.getvalue(), yaml.safe_dump(
        sidecar | {"sections": names},
        allow_unicode=True,
        sort_keys=False,  # a figure is worked out of those above it
    )


def _table(document: Any, form: dict[str, Any], columns: dict[str, str]) -> dict[str, Any]:
    """A table of rows with its totals below; returns what the sidecar says of it."""
    rows, tax, whole, part = NAMES[form["language"]]
    *_, amount = columns
    table = document.add_table(rows=6, cols=len(columns), style="Table Grid")
    fields = [
        f"{{{{ item.{name}{'' if kind == 'text' else ' | number'} }}}}" for name, kind in columns.items()
    ]
    empty = [""] * (len(columns) - 2)
    lines = (
        list(columns), [f"{{%tr for item in {rows} %}}"], fields, ["{%tr endfor %}"],
        [*empty, part, f'{{{{ {rows} | total("{amount}") }}}}'],
        [*empty, f"{tax} / {whole}", f"{{{{ {tax} }}}} / {{{{ {whole} }}}}"],
    )  # fmt: skip
    for row, texts in zip(table.rows, lines, strict=True):
        for cell, text in zip(row.cells, texts, strict=False):
            cell.text = text
    *factors, _ = [name for name, kind in columns.items() if kind != "text"]
    return {
        "fields": {rows: {"columns": {amount: {"times": factors}}}},
        "computed": {
            tax: {"sum": f"{rows}.{amount}", "rate": form["tax"]},
            whole: {"sum": [f"{rows}.{amount}", tax]},
        },
    }
