"""A Word file with Jinja in it, read and rendered: the one module that knows docxtpl. In a child process.

What a template says is looked at before it is rendered (`drafts.expressions`), each time; autoescape is on,
a name without value is an error, and the file's properties are left as they are.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from docx.document import Document
from docx.oxml.ns import qn
from docxtpl import DocxTemplate
from jinja2 import TemplateError, nodes
from jinja2.sandbox import SandboxedEnvironment

from core.errors import TemplateBad
from drafts.expressions import WRITE, ExpressionRefused, Used, used

_TAG = re.compile(r"<[^<>]++>")  # in XML no < stands inside a tag
_PREFIXED = re.compile(r"\{\{(?:p|tr|tc|r)\s")
_STRAIGHT = str.maketrans("“”‘’", "\"\"''")  # Word bends quotation marks; docxtpl straightens them too
_PARTS = {
    "headers": "http://schemas.openxmlformats.org/officeDocument/2006/relationships/header",
    "footers": "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer",
}


class _Template(DocxTemplate):  # type: ignore[misc]  # docxtpl has no types
    """Leaves the properties alone: values there would be escaped twice."""

    def render_properties(self, context: Any, jinja_env: Any = None) -> None:
        """Nothing."""


def opened(path: Path, name: str) -> _Template:
    """The template. Raises TemplateBad if python-docx does not take it."""
    template = _Template(str(path))
    try:
        template.init_docx()
    except (KeyError, ValueError, OSError, AttributeError) as error:
        fix = "Open it in Word and save it as .docx"
        raise TemplateBad(name=name, problem=f"it is no Word document ({error})", fix=fix) from error
    _with_grids(template.docx.element.body)
    return template


def _with_grids(body: Any) -> None:
    """Give each table without a grid one of as many columns as its widest row has: other programs leave it
    out, Word does without, and docxtpl does not."""
    for table in body.iter(qn("w:tbl")):
        if table.find(qn("w:tblGrid")) is not None:
            continue
        widths = [_columns(row) for row in table.iter(qn("w:tr"))]
        grid = table.makeelement(qn("w:tblGrid"), {})
        for _ in range(max(widths, default=1)):
            grid.append(grid.makeelement(qn("w:gridCol"), {}))
        properties = table.find(qn("w:tblPr"))
        table.insert(0 if properties is None else list(table).index(properties) + 1, grid)


def _columns(row: Any) -> int:
    spans = (cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}") for cell in row.findall(qn("w:tc")))
    given = ("1" if span is None else span.get(qn("w:val"), "1") for span in spans)
    return sum(min(int(number), 100) if number.isdigit() else 1 for number in given)


def looked_through(template: _Template, name: str, env: SandboxedEnvironment) -> Used:
    """What the whole template uses. Raises TemplateBad for what it may not, with the words around it."""
    whole_uses = Used()
    for whole in _sources(template):
        if _PREFIXED.search(_TAG.sub("", whole)):
            raise TemplateBad(
                name=name, problem="{{p …}}, {{r …}} and their like are not taken", fix="Write {{ field }}"
            )
        source = re.sub(r"<w:p([ >])", r"\n<w:p\1", template.patch_xml(whole))
        try:
            uses = used(env.parse(source))
        except ExpressionRefused as error:
            problem = f"{error.problem}, near “{_near(source, error.line)}”"
            raise TemplateBad(name=name, problem=problem, fix=error.fix) from error
        except TemplateError as error:
            near = _near(source, getattr(error, "lineno", 0) or 0)
            problem = f"{error.message}, near “{near}”"
            raise TemplateBad(name=name, problem=problem, fix=WRITE) from error
        for field, filters in uses.names.items():
            whole_uses.names.setdefault(field, set()).update(filters)
        whole_uses.asks |= {field: html.unescape(ask) for field, ask in uses.asks.items()}
        whole_uses.looped |= uses.looped
        whole_uses.sections_in_loops |= uses.sections_in_loops
        for field, columns in uses.columns.items():
            for column, filters in columns.items():
                whole_uses.columns.setdefault(field, {}).setdefault(column, set()).update(filters)
    _rows_are_tables(whole_uses, name)
    return whole_uses


def _rows_are_tables(uses: Used, name: str) -> None:
    for field in uses.columns:
        if field not in uses.looped:
            problem = f"{field} has columns, and no loop goes over it"
            fix = "Write {%tr for item in " + field + " %}, a row with {{ item.column }}, and {%tr endfor %}"
            raise TemplateBad(name=name, problem=problem, fix=fix)


def rendered(
    template: _Template, context: Mapping[str, Any], env: SandboxedEnvironment, name: str
) -> Document:
    """The document with every expression replaced. Raises TemplateBad."""
    try:
        template.render(dict(context), env, autoescape=True)
    except TemplateError as error:
        raise TemplateBad(name=name, problem=str(error.message), fix=WRITE) from error
    document: Document = template.docx
    return document


def expression(text: str, env: SandboxedEnvironment) -> Used:
    """What one `{{ … }}` uses; nothing if it is no expression."""
    try:
        return used(env.parse(text.translate(_STRAIGHT)))
    except (TemplateError, ExpressionRefused):
        return Used()


def is_output(text: str, env: SandboxedEnvironment) -> bool:
    """Whether a text is one `{{ … }}` and nothing else."""
    try:
        (body,) = env.parse(text.strip().translate(_STRAIGHT)).body
    except (TemplateError, ValueError):
        return False
    return isinstance(body, nodes.Output) and len(body.nodes) == 1 and text.strip().startswith("{{")


def _sources(template: _Template) -> Iterator[str]:
    yield template.get_xml()
    for uri in _PARTS.values():
        for _, part in template.get_headers_footers(uri):
            yield template.get_part_xml(part)
    for part in template.docx.part.package.iter_parts():
        if part.content_type.endswith("footnotes+xml"):
            yield part.blob.decode("utf-8")


def _near(source: str, line: int) -> str:
    """The words of that line of the source and of the one before it."""
    lines = source.splitlines()
    words = _TAG.sub("", " ".join(lines[max(0, line - 2) : line]))
    return html.unescape(" ".join(words.split()))[-100:]
