"""Finds the paragraph of a Word body that a place names: `body/tbl[2]/tr[1]/tc[0]/p[0]`."""

from __future__ import annotations

import re
from typing import Any

from checks.readers.docx import blocks, cells_of, rows_of
from checks.readers.docx_formats import W

_STEP = re.compile(r"(p|tbl|tr|tc)\[(\d+)\]")


def paragraph_at(body: Any, path: str) -> Any:
    """That paragraph; None where the path leads elsewhere (a header, a text box)."""
    if not path.startswith("body/") or "box[" in path:
        return None
    here = body
    for kind, number in _STEP.findall(path):
        if kind == "tr":
            children = list(rows_of(here))
        elif kind == "tc":
            children = list(cells_of(here))
        else:
            children = [child for child in blocks(here) if child.tag == W + kind]
        if int(number) >= len(children):
            return None
        here = children[int(number)]
    return here if here.tag == W + "p" else None
