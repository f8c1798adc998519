"""The texts that stand in an Office file's drawings: charts, diagrams (SmartArt), and what lies in an object
of another program. Word, Excel and PowerPoint keep them alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from core.errors import FileDamaged
from ingest.pages import BlockKind, Spot
from ingest.readers.assembly import TextBlock
from ingest.readers.office.number_formats import shown_value
from ingest.readers.office.package import Element, Package

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
CX = "{http://schemas.microsoft.com/office/drawing/2014/chartex}"
DGM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
MOST_VALUES = 400  # of a series
MOST_DEEP = 20  # levels of a diagram

Related = dict[str, tuple[str, str]]


class Drawn(NamedTuple):
    """What stands in a drawing: its texts, and what of it could not be read."""

    pieces: list[TextBlock]
    unread: list[str]


def drawn(package: Package, related: Related, drawing: Element, spot: Spot | None) -> Drawn:
    """The charts and diagrams of a drawing whose parts can be read."""
    pieces: list[TextBlock] = []
    unread: list[str] = []
    for element in drawing.iter(C + "chart", CX + "chart", DGM + "relIds"):
        diagram = element.tag == DGM + "relIds"
        key = element.get(R + ("dm" if diagram else "id"))
        if key is None:
            continue  # a chart that stands in its own part
        kind = "SmartArt" if diagram else "chart"
        try:
            root = package.xml(related[key][1]) if key in related else None
        except FileDamaged:
            root = None
        if root is None:
            unread.append(kind)
        elif diagram:
            pieces += diagram_pieces(root, spot)
        else:
            pieces += [TextBlock(line, spot, BlockKind.ROW) for line in chart_lines(root)]
    return Drawn(pieces, unread)


def diagram_pieces(root: Element, spot: Spot | None) -> Iterator[TextBlock]:
    """The texts of a diagram's points, each as an item below the one that it hangs from."""
    points = {point.get("modelId", ""): point for point in root.iter(DGM + "pt")}
    texts = {key: _diagram_text(point) for key, point in points.items()}
    below: dict[str, list[tuple[int, str]]] = {}
    inner: set[str] = set()
    for line in root.iter(DGM + "cxn"):
        source, target = line.get("srcId", ""), line.get("destId", "")
        if line.get("type", "parOf") == "parOf" and source in points and target in points:
            order = line.get("srcOrd", "0")
            below.setdefault(source, []).append((int(order) if order.isdecimal() else 0, target))
            inner.add(target)
    open_points = [(key, 0) for key in reversed(points) if key not in inner]
    seen: set[str] = set()
    while open_points:
        key, depth = open_points.pop()
        if key in seen:
            continue
        seen.add(key)
        if texts[key]:
            yield TextBlock(texts[key], spot, BlockKind.ITEM, min(depth + 1, MOST_DEEP), label="•")
            depth += 1
        for _, child in sorted(below.get(key, ()), reverse=True):
            open_points.append((child, depth))
    for key, text in texts.items():  # points that form a ring
        if text and key not in seen:
            yield TextBlock(text, spot, BlockKind.ITEM, 1, label="•")


def _diagram_text(point: Element) -> str:
    """What a person wrote at a point; placeholders and points that only arrange others are left out."""
    properties = point.find(DGM + "prSet")
    if properties is not None and properties.get("phldr") in ("1", "true"):
        return ""
    words = point.find(DGM + "t")
    lines = ("".join(run.text or "" for run in line.iter(A + "t")) for line in words.iter(A + "p")) \
        if words is not None else ()  # fmt: skip
    return "\n".join(line.strip() for line in lines if line.strip())


def chart_lines(root: Element) -> Iterator[str]:
    """A chart's title, its axes' names, and for each of its series the values by their categories."""
    if root.tag.startswith(CX):
        yield from _newer_chart_lines(root)
        return
    for title in root.iter(C + "title"):
        words = "".join(run.text or "" for run in title.iter(A + "t")) or title.findtext(f".//{C}v", "")
        if words.strip():
            yield words
    for series in root.iter(C + "ser"):
        name = " ".join(value.text or "" for value in series.iterfind(f"{C}tx//{C}v"))
        labels = _points(series, ("cat", "xVal"))
        values = _points(series, ("val", "yVal"))
        shown = [f"{labels.get(key, key)}: {value}" for key, value in list(values.items())[:MOST_VALUES]]
        if shown:
            yield " | ".join([name, *shown] if name else shown)


def _points(series: Element, names: tuple[str, ...]) -> dict[str, str]:
    """The saved values of a series by their numbers; of several levels of labels, all of them."""
    points: dict[str, list[str]] = {}
    for name in names:
        shown = next(series.iterfind(f"{C}{name}/{C}numRef/{C}numCache/{C}formatCode"), None)
        number_format = (shown.text or "General") if shown is not None else "General"
        for point in series.iterfind(f"{C}{name}//{C}pt"):
            saved = point.findtext(C + "v", "")
            text = _formatted(saved, number_format) if number_format != "General" else saved
            points.setdefault(point.get("idx", ""), []).append(text)
    return {key: " ".join(reversed(texts)) for key, texts in points.items()}


def _formatted(saved: str, number_format: str) -> str:
    try:
        value = float(saved)
    except ValueError:
        return saved
    return shown_value(int(value) if value.is_integer() else value, number_format).strip() or saved


def _newer_chart_lines(root: Element) -> Iterator[str]:
    """The kinds of chart that Office has since 2016: waterfalls, funnels, tree maps."""
    for title in root.iter(CX + "title"):
        words = "".join(run.text or "" for run in title.iter(A + "t")) or title.findtext(f".//{CX}v", "")
        if words.strip():
            yield words
    for data in root.iter(CX + "data"):
        labels = [{p.get("idx", ""): p.text or "" for p in level.iter(CX + "pt")}
                  for words in data.iter(CX + "strDim") for level in words.iter(CX + "lvl")]  # fmt: skip
        shown = [
            f"{' '.join(level[p.get('idx', '')] for level in reversed(labels) if p.get('idx', '') in level)}"
            f": {p.text or ''}"
            for numbers in data.iter(CX + "numDim")
            for p in numbers.iter(CX + "pt")
        ]
        if shown:
            yield " | ".join(shown[:MOST_VALUES])
        elif labels:
            yield " | ".join(labels[0].values())
