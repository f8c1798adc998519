"""Office files made part by part: what no library writes, and other programs do."""

from __future__ import annotations

import io
import re
import zipfile

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def relations(*rows: tuple[str, str, str]) -> str:
    """A part of relations: id, last word of the type, target."""
    inner = "".join(
        f'<Relationship Id="{key}" Type="{OFFICE}/{kind}" Target="{target}"/>' for key, kind, target in rows
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{inner}</Relationships>'


def archive(parts: dict[str, str | bytes]) -> bytes:
    """An archive with those parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


def word(body: str, related: list[tuple[str, str, str]] | None = None, **more: str | bytes) -> bytes:
    """A Word document with that body; `more` are parts, `__` for `/` and `_dot_` for `.` in their names."""
    document = (
        f'<w:document xmlns:w="{WORD}" xmlns:r="{OFFICE}" xmlns:a="{DRAWING}" xmlns:c="{CHART}"'
        f' xmlns:dgm="{DIAGRAM}" xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml">'
        f"<w:body>{body}</w:body></w:document>"
    )
    return archive(
        {
            "[Content_Types].xml": _TYPES,
            "_rels/.rels": relations(("r1", "officeDocument", "word/document.xml")),
            "word/document.xml": document,
            "word/_rels/document.xml.rels": relations(*(related or [])),
            **{name.replace("__", "/").replace("_dot_", "."): part for name, part in more.items()},
        }
    )


def workbook(
    rows: str, *, styles: str = "", properties: str = "", beside: str = "",
    related: list[tuple[str, str, str]] | None = None, **more: str | bytes,
) -> bytes:  # fmt: skip
    """A workbook with one sheet of those rows, and what stands behind them."""
    links = [
        ("s1", "worksheet", "worksheets/sheet1.xml"),
        *([("s2", "styles", "styles.xml")] if styles else []),
    ]
    return archive(
        {
            "[Content_Types].xml": _TYPES,
            "_rels/.rels": relations(("r1", "officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><workbookPr {properties}/>'
            '<sheets><sheet name="Data" sheetId="1" r:id="s1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relations(*links),
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{SHEET}" xmlns:r="{OFFICE}">'
            f"<sheetData>{rows}</sheetData>{beside}</worksheet>",
            "xl/worksheets/_rels/sheet1.xml.rels": relations(*(related or [])),
            **({"xl/styles.xml": f'<styleSheet xmlns="{SHEET}">{styles}</styleSheet>'} if styles else {}),
            **{name.replace("__", "/").replace("_dot_", "."): part for name, part in more.items()},
        }
    )


def row(number: int, *cells: str | int | float) -> str:
    """A row of texts and numbers; a text of `<c …` is a cell as it is to be written."""
    made = []
    for column, cell in enumerate(cells):
        place = f'r="{chr(65 + column)}{number}"'
        if isinstance(cell, (int, float)):
            made.append(f"<c {place}><v>{cell}</v></c>")
        elif cell.startswith("<c "):
            made.append(cell.replace("<c ", f"<c {place} ", 1))
        elif cell:
            made.append(f'<c {place} t="inlineStr"><is><t>{cell}</t></is></c>')
    return f'<row r="{number}">{"".join(made)}</row>'


def strict(content: bytes) -> bytes:
    """The same file in the strict form of the standard."""
    usual = re.compile(
        rb"http://schemas\.openxmlformats\.org/(\w+)/2006/(main|relationships)(?!/relationship)"
    )
    parts: dict[str, str | bytes] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        for name in source.namelist():
            part = source.read(name)
            parts[name] = re.sub(usual, lambda m: m[0] if m[1] == b"package" else
                                 b"http://purl.oclc.org/ooxml/" + m[1] + b"/" + m[2], part)  # fmt: skip
    return archive(parts)


def renamed(content: bytes, change: dict[str, str]) -> bytes:
    """The same file with other names of its parts, as they stand in the archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        return archive({change.get(name, name): source.read(name) for name in source.namelist()})
