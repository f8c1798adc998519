"""Forms of Adobe's own kind (XFA), which have no pages until Adobe's programs make some: their labels, fixed
texts and values are read from the template and the data in the file. Scripts are never run."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pypdfium2.raw as raw
from lxml import etree

from core.errors import FileDamaged
from ingest.pages import BlockKind
from ingest.readers.assembly import TextBlock
from ingest.readers.office.package import Element, refuse_entities

MOST_PACKETS = 100
LARGEST_PACKET = 64 * 2**20  # bytes
MOST_LINES = 100_000
MOST_DEPTH = 100
MOST_REPEATED = 10_000  # of one part of the form
_SEEN = ("", "visible")
_ON, _OFF = "☒", "☐"
_HOLDS = ("subform", "subformSet", "area", "exclGroup", "field", "draw")


def form_blocks(document: Any, name: str) -> list[TextBlock]:
    """The form's texts and its fields with their values, in the order of the template; empty if there is
    none, or nothing is in it."""
    packets = dict(_packets(document))
    template, data = _parsed(packets.get("template", b""), name), _parsed(packets.get("datasets", b""), name)
    values = DataNode("", "")
    if data is not None:
        record = next((element for element in data.iter() if _tag(element) == "data"), data)
        values = _node(record, 0)
    form = FormWalk()
    if template is not None:
        for child in template:
            form.walk(child, values, 0)
    form.rest(values, 0)
    return [*form.blocks, *form.hidden]


def _packets(document: Any) -> Iterator[tuple[str, bytes]]:
    for number in range(min(raw.FPDF_GetXFAPacketCount(document), MOST_PACKETS)):
        length = raw.FPDF_GetXFAPacketName(document, number, None, 0)
        if not 0 < length < 1000:
            continue
        called = ctypes.create_string_buffer(length)
        raw.FPDF_GetXFAPacketName(document, number, called, length)
        size = ctypes.c_ulong(0)
        raw.FPDF_GetXFAPacketContent(document, number, None, 0, size)
        if not 0 < size.value <= LARGEST_PACKET:
            continue
        content = ctypes.create_string_buffer(size.value)
        if raw.FPDF_GetXFAPacketContent(document, number, content, size.value, size):
            if called.value:
                yield called.value.decode("utf-8", "replace"), content.raw
            else:  # all packets in one stream
                yield from _split(content.raw)


def _split(content: bytes) -> Iterator[tuple[str, bytes]]:
    root = _parsed(content, "")
    for packet in root if root is not None else ():
        yield _tag(packet), etree.tostring(packet)


def _parsed(content: bytes, name: str) -> Element | None:
    content = content.strip(b"\0 \t\r\n")
    if not content:
        return None
    try:
        refuse_entities(content[: 2**16], name)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
        return etree.fromstring(content, parser)
    except (FileDamaged, etree.XMLSyntaxError, ValueError):
        return None


def _tag(element: Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


@dataclass
class DataNode:
    """A piece of the form's data: a value, or a group of such. `used`: a field shows it."""

    name: str
    value: str
    children: list[DataNode] = field(default_factory=list)
    used: bool = False
    taken: int = 0  # how many parts of the form were given it

    def named(self, name: str) -> list[DataNode]:
        """The children of that name."""
        return [child for child in self.children if child.name == name]


def _node(element: Element, depth: int) -> DataNode:
    inside = [child for child in element if _tag(child)] if depth < MOST_DEPTH else []
    rich = any("xhtml" in (etree.QName(child).namespace or "") for child in inside)
    if not inside or rich:
        return DataNode(_tag(element), " ".join("".join(map(str, element.itertext())).split()))
    return DataNode(_tag(element), "", [_node(child, depth + 1) for child in inside])


class FormWalk:
    """Goes through a template and its data side by side, and gathers the lines that a reader sees."""

    def __init__(self) -> None:
        self.blocks: list[TextBlock] = []
        self.hidden: list[TextBlock] = []  # what nobody sees of it

    def walk(self, element: Element, data: DataNode, depth: int) -> None:
        """A part of the template, with the data around it."""
        tag = _tag(element)
        full = depth > MOST_DEPTH or len(self.blocks) >= MOST_LINES
        if tag not in _HOLDS or full:
            return
        if element.get("presence", "") not in _SEEN:
            if tag == "field" and (unseen := self._value(element, data)):
                self.hidden.append(TextBlock(unseen, None, BlockKind.HIDDEN))
            return
        if tag == "draw":
            self._line(_content(element))
        elif tag == "field":
            self._field(element, data)
        elif tag == "exclGroup":
            self._choice(element, data)
        else:
            name = element.get("name", "") if tag == "subform" else ""
            bound = _binding(element)
            groups = _sought(data, bound) if bound else data.named(name) if name else []
            groups = [group for group in groups if group.children][:MOST_REPEATED]
            for group in groups or [data]:
                for child in element:
                    self.walk(child, group, depth + 1)

    def rest(self, data: DataNode, depth: int) -> None:
        """The values that no field shows, by their names: nothing of the data is lost."""
        for child in data.children:
            if child.children:
                self.rest(child, depth + 1)
            elif child.value and not child.used:
                self._line(f"{child.name}: {child.value}")

    def _field(self, element: Element, data: DataNode) -> None:
        label, value = _label(element), self._value(element, data)
        kind = next((_tag(control) for ui in _children(element, "ui") for control in ui if _tag(control)), "")
        if kind in ("button", "signature", "barcode"):
            return
        shown, saved = _items(element)
        if kind == "checkButton":
            on = bool(value) and value == (saved or shown or ["1"])[0]
            self._line(f"{_ON if on else _OFF} {label}" if label else "")
            return
        if value in saved:
            place = saved.index(value)
            value = shown[place] if place < len(shown) else value
        if label and value:
            self._line(f"{label.rstrip(':： ')}: {value}")
        else:
            self._line(label or value)

    def _choice(self, element: Element, data: DataNode) -> None:
        """Buttons of which one is chosen: each with its sign."""
        node = next((node for node in data.named(element.get("name", "")) if not node.used), None)
        chosen = node.value if node is not None and not node.children else self._value(element, data)
        if node is not None:
            node.used = True
        self._line(_label(element))
        for option in _children(element, "field"):
            shown, saved = _items(option)
            on = bool(chosen) and chosen in (saved or shown)[:1]
            self._line(f"{_ON if on else _OFF} {_label(option)}".rstrip())

    def _value(self, element: Element, data: DataNode) -> str:
        bound = _binding(element)
        nodes = _sought(data, bound) if bound else data.named(element.get("name", ""))
        for node in nodes:
            if not node.used and not node.children:
                node.used = True
                return node.value
        return _content(element)

    def _line(self, text: str) -> None:
        text = " ".join(text.split())
        if text and text not in (_ON, _OFF):
            self.blocks.append(TextBlock(text, None, BlockKind.PARAGRAPH))


def _children(element: Element, tag: str) -> list[Element]:
    return [child for child in element if _tag(child) == tag]


def _content(element: Element) -> str:
    """The text that the template itself puts there."""
    texts = [" ".join("".join(map(str, value.itertext())).split()) for value in _children(element, "value")]
    return " ".join(text for text in texts if text)


def _label(element: Element) -> str:
    for caption in _children(element, "caption"):
        if caption.get("presence", "") in _SEEN and (label := _content(caption)):
            return label
    for assist in _children(element, "assist"):
        for tag in ("toolTip", "speak"):
            for said in _children(assist, tag):
                if said.text and said.text.strip():
                    return said.text.strip()
    return ""


def _items(element: Element) -> tuple[list[str], list[str]]:
    """What a list shows, and what it saves for each; the second is empty if that is the same."""
    shown: list[str] = []
    saved: list[str] = []
    for items in _children(element, "items"):
        (saved if items.get("save") == "1" else shown).extend(
            "".join(map(str, item.itertext())).strip() for item in items
        )
    return (shown, saved) if shown else (saved, saved)


def _binding(element: Element) -> Sequence[str]:
    """The names down to the data that a part is bound to: of `$.a.b[*]`, a and b."""
    for bind in _children(element, "bind"):
        if bind.get("match") == "dataRef" and (path := bind.get("ref", "")):
            parts = [part.split("[")[0] for part in path.lstrip("$!").split(".")]
            return [part for part in parts if part and part not in ("record", "data", "$")]
    return ()


def _sought(data: DataNode, path: Sequence[str]) -> list[DataNode]:
    nodes = [data]
    for name in path:
        nodes = [child for node in nodes for child in node.named(name)]
    return nodes
