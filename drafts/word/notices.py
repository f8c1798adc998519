"""記 after 下記: a Japanese text that points to what stands below has 記 above it and 以上 at its end.

Where a template has written them itself, nothing is added.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

P, T, PPR, TBL, SECTPR = qn("w:p"), qn("w:t"), qn("w:pPr"), qn("w:tbl"), qn("w:sectPr")
_POINTS = re.compile(r"下記(?!念|者|載|号|入|録)")  # to what stands below
_KEPT = ("pStyle", "spacing", "rPr", "snapToGrid", "adjustRightInd")


def complete_notice(body: Any) -> None:
    """Put 記 behind the paragraph that says 下記, and 以上 at the end, each where it is missing. Only
    paragraphs of the body itself are looked at: 下記 in a cell or a note points to its own surroundings, and
    in what is taken from another document to that one's."""
    blocks = [element for element in body if element.tag in (P, TBL)]
    texts = [_text(block) if block.tag == P else "" for block in blocks]
    pointing = next(
        (
            number
            for number, text in enumerate(texts)
            if _POINTS.search(text) and not _has_source(blocks[number])
        ),
        None,
    )
    if pointing is None or not any(_says(block) for block in blocks[pointing + 1 :]):
        return
    if "記" not in map(_bare, texts):
        blocks[pointing].addnext(_line(blocks[pointing], "記", "center"))
    if not any(_bare(text) == "以上" for text in texts[pointing:]):
        last = max(number for number, block in enumerate(blocks) if _says(block))
        blocks[last].addnext(_line(blocks[pointing], "以上", "right"))


def _text(paragraph: Any) -> str:
    return "".join(text.text or "" for text in paragraph.iter(T))


def _has_source(paragraph: Any) -> bool:
    return next(paragraph.iter(qn("w:footnoteReference")), None) is not None


def _says(block: Any) -> bool:
    return block.tag == TBL or bool(_text(block).strip())


def _bare(text: str) -> str:
    return "".join(text.split())


def _line(like: Any, text: str, side: str) -> Any:
    """A paragraph of that text in the style of another, at the middle or the right."""
    made: Any = OxmlElement("w:p")
    properties: Any = OxmlElement("w:pPr")
    own = like.find(PPR)
    kept: Sequence[Any] = [] if own is None else [child for child in own if _local_name(child) in _KEPT]
    aligned: Any = OxmlElement("w:jc")
    aligned.set(qn("w:val"), side)
    before_alignment = [child for child in kept if _local_name(child) != "rPr"]
    properties.extend(map(copy.deepcopy, before_alignment))
    properties.append(aligned)
    properties.extend(copy.deepcopy(child) for child in kept if _local_name(child) == "rPr")
    made.append(properties)
    run: Any = OxmlElement("w:r")
    format_of_run = next(iter(like.iter(qn("w:rPr"))), None)
    if format_of_run is not None and format_of_run.getparent().tag == qn("w:r"):
        run.append(copy.deepcopy(format_of_run))
        for marked in run.iter(qn("w:highlight")):
            marked.getparent().remove(marked)
    written: Any = OxmlElement("w:t")
    written.text = text
    run.append(written)
    made.append(run)
    return made


def _local_name(element: Any) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]
