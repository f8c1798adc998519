"""Opens a template, refuses what no template needs, and finds its fields and sections. In a child process.

Refused are macros, embedded files, references to other computers, and fields of Word that load something;
the readers of `checks` leave those aside, but a template is handed on to everybody who drafts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2.sandbox import SandboxedEnvironment

from checks.readers.package import OfficePackage
from core.errors import TemplateBad
from drafts.expressions import NUMBERS, SECTION, Used, environment
from drafts.outline import MOST_NAMES, MOST_SECTIONS, Column, Placeholder
from drafts.rendering import expression, is_output, looked_through, opened
from drafts.rows import UNIT_BEFORE, UNIT_BEHIND, UNIT_IN

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MOST_RUNS = 50_000
MOST_UNPACKED = 50 * 2**20
LONGEST_LABEL = 40
TEXT_KEPT = 4000  # characters from which the template's language is detected
_LOADING = re.compile(
    r"\b(?:DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|IMPORT|LINK|RD|MACROBUTTON)\b", re.IGNORECASE
)
_OUTPUT = re.compile(r"\{\{(?:(?!\}\}|\{\{).)*+\}\}")
_ANY_TAG = re.compile(r"\{[{%#](?:(?!\{[{%#]).)*?[}%#]\}")
_FULL_WIDTH = re.compile(r"｛\s*+[｛%％]")
_SIGN = re.compile(
    r"^(?:第?[0-9０-９一二三四五六七八九十]+[.．、章条項)）]?|[（(][0-9一二三四五六七八九十]+[)）])\s*"
)


def inspected(path: Path, name: str) -> tuple[list[Placeholder], str]:
    """The names of a template in their order, and the beginning of its text. Raises TemplateBad or an
    Unreadable."""
    guarded(path, name)
    template, env = opened(path, name), environment()
    uses = looked_through(template, name, env)
    body = template.docx.element.body
    parts = [body, *(part.element for part in _marginal(template.docx))]
    text = "\n".join(line for part in parts for _, line in _paragraphs(part))
    if _FULL_WIDTH.search(text):
        raise TemplateBad(
            name=name, problem="a brace is full-width (｛)", fix="Write {{ field }} in half width"
        )
    if len(uses.names) > MOST_NAMES:
        raise TemplateBad(name=name, problem=f"{len(uses.names)} names", fix=f"Use {MOST_NAMES} at most")
    sections = [field for field, filters in uses.names.items() if SECTION in filters]
    if len(sections) > MOST_SECTIONS:
        problem = f"{len(sections)} sections"
        raise TemplateBad(name=name, problem=problem, fix=f"Use {MOST_SECTIONS} at most")
    labels, alone = _labels(parts, env), _alone(body, env)
    for section in sections:
        if alone.get(section) != 1 or section in uses.sections_in_loops:
            problem = f"the section {section} does not stand once and alone in a paragraph of the body"
            raise TemplateBad(name=name, problem=problem, fix="Give it a paragraph of its own, in no loop")
    if not uses.names:
        raise TemplateBad(
            name=name, problem="it has no field and no section", fix="Write {{ field }} into it"
        )
    units, heads, pictures = _units(parts, env), _heads(parts, env), _pictures(parts, env)
    names = [
        _placeholder(field, uses, labels, alone, units, heads, picture=field in pictures)
        for field in uses.names
    ]
    return names, _ANY_TAG.sub("", text)[:TEXT_KEPT]


def guarded(path: Path, name: str) -> None:
    """Raises TemplateBad for what no template needs, or an Unreadable."""
    package = OfficePackage(path, name)
    if "word/document.xml" not in package:
        raise TemplateBad(name=name, problem="it is no Word document", fix="Save it as .docx")
    if sum(entry.file_size for entry in package.archive.infolist()) > MOST_UNPACKED:
        fix = "Take large pictures out"
        raise TemplateBad(name=name, problem=f"more than {MOST_UNPACKED // 2**20} MB unpacked", fix=fix)
    if package.read("word/document.xml").count(b"<w:r") > MOST_RUNS:
        problem = f"more than {MOST_RUNS:,} stretches of text"
        raise TemplateBad(name=name, problem=problem, fix="A template is a form of some pages")
    if notes := package.notes():
        problem, fix = f"it has {', '.join(notes)}", "Take them out in Word, and save it as .docx"
        raise TemplateBad(name=name, problem=problem, fix=fix)
    for part in package.names("word/"):
        if part.endswith(".rels") and b"/aFChunk" in package.read(part):
            raise TemplateBad(name=name, problem="it has another file inside", fix="Paste its text instead")
        if part.endswith(".xml"):
            _no_loading_fields(package.xml(part), name)


def _no_loading_fields(root: Any, name: str) -> None:
    if root is None:
        return
    instructions = [element.text or "" for element in root.iter(W + "instrText")]
    instructions += [element.get(W + "instr", "") for element in root.iter(W + "fldSimple")]
    joined = " ".join(" ".join(instructions).split())
    if loading := _LOADING.search(joined):
        fix = "Take that field out in Word"
        raise TemplateBad(name=name, problem=f"a field of Word loads something ({loading[0]})", fix=fix)


def _marginal(document: Any) -> Iterator[Any]:
    """The header and footer parts."""
    for relation in document.part.rels.values():
        if not relation.is_external and relation.reltype.endswith(("/header", "/footer")):
            yield relation.target_part


def _paragraphs(root: Any) -> Iterator[tuple[Any, str]]:
    for paragraph in root.iter(W + "p"):
        yield paragraph, text_of(paragraph)


def text_of(paragraph: Any) -> str:
    """A paragraph's text, with its tabs."""
    return "".join(
        "\t" if element.tag == W + "tab" else element.text or ""
        for element in paragraph.iter(W + "t", W + "tab")
    )


def _labels(parts: list[Any], env: SandboxedEnvironment) -> dict[str, str]:
    """What stands before each name: on its line, in the cell to the left, or as the heading above."""
    labels: dict[str, str] = {}
    for part in parts:
        heading = ""
        for paragraph, text in _paragraphs(part):
            end, alone, beside = 0, not _ANY_TAG.sub("", text).strip(), None
            for tag in _OUTPUT.finditer(text):
                before = _label(text[end : tag.start()])
                end = tag.end()
                for name in expression(tag[0], env).names:
                    if name not in labels:
                        beside = _beside(paragraph) if beside is None else beside
                        labels[name] = before or beside or (heading if alone else "")
            if text.strip() and "{" not in text and len(text) <= LONGEST_LABEL:
                heading = _label(_SIGN.sub("", text.strip()))
    return labels


def _label(text: str) -> str:
    text = _ANY_TAG.sub("", text).split("\t")[-1].strip().rstrip(":：").strip(" 　・-–")
    text = re.split(r"[。．;；、，]", text)[-1].strip()
    return text if 0 < len(text) <= LONGEST_LABEL else ""


def _beside(paragraph: Any) -> str:
    """The text of the cell to the left."""
    cell = paragraph.getparent()
    if cell is None or cell.tag != W + "tc":
        return ""
    left = cell.getprevious()
    while left is not None and left.tag != W + "tc":
        left = left.getprevious()
    return "" if left is None else _label(" ".join(text for _, text in _paragraphs(left)))


def _units(parts: list[Any], env: SandboxedEnvironment) -> dict[str, str]:
    """The unit of money that stands behind each name, before it, or in the label beside it."""
    units: dict[str, str] = {}
    for part in parts:
        for paragraph, text in _paragraphs(part):
            for tag in _OUTPUT.finditer(text):
                behind, before = (
                    UNIT_BEHIND.search(text[tag.end() :]),
                    UNIT_BEFORE.search(text[: tag.start()]),
                )
                named = UNIT_IN.search(text[: tag.start()][-LONGEST_LABEL:]) or UNIT_IN.search(
                    _cell_to_the_left(paragraph)
                )
                unit = behind or before or named
                for name in expression(tag[0], env).names:
                    if unit and not units.get(name):
                        units[name] = unit[1]
    return units


def _cell_to_the_left(paragraph: Any) -> str:
    cell = paragraph.getparent()
    left = cell.getprevious() if cell is not None and cell.tag == W + "tc" else None
    return "" if left is None or left.tag != W + "tc" else " ".join(text for _, text in _paragraphs(left))


_ROWS_OF = re.compile(r"\{%-?tr\s+for\s+(\w+)\s+in\s+(\w+)")


def _heads(parts: list[Any], env: SandboxedEnvironment) -> dict[tuple[str, str], tuple[str, str]]:
    """The header and the unit of money of each column of a table, by its field and its name: the header is
    the cell above, in the row before the loop."""
    heads: dict[tuple[str, str], tuple[str, str]] = {}
    for part in parts:
        for table in part.iter(W + "tbl"):
            rows = [[_cell_text(cell) for cell in row.iter(W + "tc")] for row in table.iter(W + "tr")]
            field, target, header = "", "", list[str]()
            for number, cells in enumerate(rows):
                if loop := _ROWS_OF.search(" ".join(cells)):
                    target, field = loop[1], loop[2]
                    header = rows[number - 1] if number else []
                elif field and "endfor" in " ".join(cells):
                    field = ""
                for index, cell in enumerate(cells if field else ()):
                    above = header[index] if index < len(header) else ""
                    for tag in _OUTPUT.finditer(cell):
                        for column in re.findall(rf"\b{re.escape(target)}\.(\w+)", tag[0]):
                            unit = UNIT_BEHIND.search(cell[tag.end() :]) or UNIT_BEFORE.search(
                                cell[: tag.start()]
                            )
                            unit = unit or UNIT_IN.search(above)
                            heads.setdefault((field, column), (_label(above), unit[1] if unit else ""))
    return heads


def _cell_text(cell: Any) -> str:
    return " ".join(text for _, text in _paragraphs(cell))


def _pictures(parts: list[Any], env: SandboxedEnvironment) -> set[str]:
    """The names that stand as the alternative text, title or name of a picture."""
    names: set[str] = set()
    for part in parts:
        for properties in part.iter(
            "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"
        ):
            for said in (
                properties.get("descr", ""),
                properties.get("title", ""),
                properties.get("name", ""),
            ):
                if "{{" in said and is_output(said, env):
                    names |= set(expression(said, env).names)
    return names


def _alone(body: Any, env: SandboxedEnvironment) -> dict[str, int]:
    """How often each name is alone in a paragraph of the body; below 0 if it stands elsewhere too."""
    counts: dict[str, int] = {}
    for _, text in _paragraphs(body):
        single = is_output(text, env) if "{{" in text else False
        for tag in _OUTPUT.finditer(text):
            for name in expression(tag[0], env).names:
                counts[name] = counts.get(name, 0) + (1 if single else -100)
    return counts


def _placeholder(
    name: str,
    used: Used,
    labels: dict[str, str],
    alone: dict[str, int],
    units: dict[str, str],
    heads: dict[tuple[str, str], tuple[str, str]],
    *,
    picture: bool,
) -> Placeholder:
    label = labels.get(name, "")
    if not name.isascii():
        label = name.replace("_", " ")  # a name in the company's own language is its best label
    return Placeholder(
        name,
        frozenset(used.names[name]),
        label or name.replace("_", " ").capitalize(),
        name in used.looped,
        used.asks.get(name, ""),
        alone.get(name) == 1 and name not in used.looped,
        units.get(name, ""),
        tuple(
            _column(column, filters, *heads.get((name, column), ("", "")))
            for column, filters in used.columns.get(name, {}).items()
        ),
        picture,
    )


def _column(name: str, filters: set[str], header: str, unit: str) -> Column:
    label = name.replace("_", " ") if not name.isascii() else header or name.replace("_", " ").capitalize()
    return Column(name, label, bool(filters & NUMBERS), unit=unit)
