"""The form fields and content controls of Word as a reader sees them on paper: ☒ or ☐, and the chosen value.

Word keeps what was ticked or chosen beside the text. It is written into the text here, before that is read.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ingest.readers.office.package import Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
TICKED, UNTICKED = "☒", "☐"
_OFF = ("0", "false", "off")
# What Wingdings and Symbol draw for the signs that office forms use.
_SIGNS = {0xA8: "□", 0x6F: "□", 0xFE: "☑", 0xFD: "☒", 0xFC: "✓", 0xFB: "✗", 0xB7: "•", 0xA7: "▪", 0xD8: "➢",
          0x6C: "●", 0x6E: "■", 0xE0: "→", 0xB0: "°", 0xB1: "±", 0xB4: "×", 0xA3: "≤", 0xB3: "≥", 0x6D: "μ",
          0x57: "Ω"}  # fmt: skip
_BY_FONT = {
    "wingdings": {0x78: "☒", 0x71: "□", 0x72: "□", 0xA1: "○", 0xA4: "◉", 0xA2: "○"},
    "wingdings 2": {0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0xA3: "□", 0x2A: "□",
                    0x98: "●", 0x99: "◉", 0x9A: "○"},
    "wingdings 3": {},
}  # fmt: skip


def show_forms(root: Element) -> None:
    """Write the states of all form fields and content controls below an element into its text."""
    for paragraph in root.iter(W + "p"):
        if paragraph.find(f".//{W}ffData") is not None:
            _show_fields(paragraph)
    for control in list(root.iter(W + "sdt")):
        properties = control.find(W + "sdtPr")
        if properties is not None:
            _show_control(control, properties)


def sign_of(code: int, font: str) -> str:
    """What a font of signs draws for that character; empty if that is not known."""
    own = _BY_FONT.get(font.casefold(), {})
    return own.get(code & 0xFF, "" if font.casefold() == "wingdings 2" else _SIGNS.get(code & 0xFF, ""))


def signs_shown(text: str, font: str) -> str:
    """A run's text with the signs that its font draws; text in other fonts stays."""
    if font.casefold() in _BY_FONT:
        return "".join(
            sign_of(ord(letter), font) or letter if ord(letter) < 0x100 or 0xF000 <= ord(letter) < 0xF100
            else letter for letter in text
        )  # fmt: skip
    return "".join(
        sign_of(ord(letter), font) if 0xF000 <= ord(letter) < 0xF100 else letter for letter in text
    )


def _show_fields(paragraph: Element) -> None:
    """A field's state behind its beginning; what programs write as its result is the same or nothing."""
    depth = 0  # of fields inside the one whose state was written
    for part in list(paragraph.iter(W + "fldChar", W + "t")):
        if part.tag == W + "t":
            if depth:
                part.text = ""
            continue
        kind = part.get(W + "fldCharType")
        if depth:
            depth += {"begin": 1, "end": -1}.get(kind or "", 0)
            continue
        data = part.find(W + "ffData") if kind == "begin" else None
        state = _field_state(data) if data is not None else None
        if state is not None:
            shown = etree.Element(W + "t")
            shown.text = state
            part.addnext(shown)
            depth = 1


def _field_state(data: Element) -> str | None:
    """What a check box or a list shows; None for a field whose text stands in the document."""
    box, choices = data.find(W + "checkBox"), data.find(W + "ddList")
    if box is not None:
        state = box.find(W + "checked")
        state = box.find(W + "default") if state is None else state
        return TICKED if state is not None and state.get(W + "val", "1") not in _OFF else UNTICKED
    if choices is None:
        return None
    chosen = choices.find(W + "result")
    chosen = choices.find(W + "default") if chosen is None else chosen
    number = chosen.get(W + "val", "0") if chosen is not None else "0"
    entries = [entry.get(W + "val", "") for entry in choices.iter(W + "listEntry")]
    return entries[int(number)] if number.isdecimal() and int(number) < len(entries) else ""


def _show_control(control: Element, properties: Element) -> None:
    content = control.find(W + "sdtContent")
    if content is None:
        return
    box = properties.find(W14 + "checkbox")
    if box is not None:
        state = box.find(W14 + "checked")
        _write(content, TICKED if state is not None and state.get(W14 + "val", "1") not in _OFF else UNTICKED)
        return
    for name in ("dropDownList", "comboBox"):
        choices = properties.find(W + name)
        if choices is not None and not "".join(_texts(content)).strip():
            last = choices.get(W + "lastValue", "")
            for entry in choices.iter(W + "listItem"):
                if last and entry.get(W + "value") == last:
                    _write(content, entry.get(W + "displayText") or last)


def _texts(content: Element) -> Iterator[str]:
    return (text.text or "" for text in content.iter(W + "t"))


def _write(content: Element, text: str) -> None:
    """Let a control's content be that text, in its first run."""
    shown = etree.Element(W + "t")
    shown.text = text
    parts = list(content.iter(W + "t", W + "sym"))
    run = parts[0].getparent() if parts else next(content.iter(W + "r"), None)
    for part in parts:
        above = part.getparent()
        if above is not None:
            above.remove(part)
    if run is None:
        run = etree.SubElement(next(content.iter(W + "p"), content), W + "r")
    run.append(shown)
