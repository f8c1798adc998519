"""Breaks Japanese and Chinese text into lines by the rules for line starts and ends (kinsoku).

Measures nothing itself: the width of a string comes from the caller. Words of Latin letters and
numbers with their counter (`10日`, `6か月`) stay whole. A comma or full stop may hang in the
margin.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

NEVER_FIRST = frozenset("、。，．・：；？！）」』】〕〉》”’％ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ")
MAY_HANG = frozenset("、。，．")
NEVER_LAST = frozenset("（「『【〔〈《“‘")

_COUNTERS = "年|月|日|時|分|秒|円|元|度|名|件|社|台|歳|週|回|位|天|个|時間|小时|工作日"
_UNIT = re.compile(rf"[!-~°±·]+(?:か月|{_COUNTERS})?|.")


@dataclass(frozen=True)
class Run:
    """A piece of text in one font."""

    font: str
    text: str


Measure = Callable[[Run], float]


def break_lines(
    runs: list[Run], width: float, measure: Measure, *, first_indent: float = 0
) -> list[list[Run]]:
    """Lines of runs, none wider than `width` (the first: less `first_indent`) unless one unit is.

    A hanging mark is not counted. Widths are in the unit of `measure`. Blanks at the end of a line
    are dropped.
    """
    lines: list[list[Run]] = [[]]
    room = width - first_indent
    for unit in _bound_units(runs):
        size = sum(measure(run) for run in unit)
        hanging = measure(unit[-1]) if unit[-1].text in MAY_HANG else 0
        if size - hanging > room and lines[-1]:
            lines.append([])
            room = width
            if all(run.text.isspace() for run in unit):
                continue
        lines[-1] += unit
        room -= size
    return [_joined(line) for line in lines]


def _bound_units(runs: list[Run]) -> list[list[Run]]:
    """The smallest pieces that a line break may part, each a list of runs."""
    units: list[list[Run]] = []
    bound_to_next = False
    for run in runs:
        for piece in _UNIT.findall(run.text):
            if units and (bound_to_next or piece[0] in NEVER_FIRST):
                units[-1].append(Run(run.font, piece))
            else:
                units.append([Run(run.font, piece)])
            bound_to_next = piece[-1] in NEVER_LAST
    return units


def _joined(line: list[Run]) -> list[Run]:
    """The line with neighbours of one font made one run, and no blank at its end."""
    joined: list[Run] = []
    for run in line:
        if joined and joined[-1].font == run.font:
            joined[-1] = Run(run.font, joined[-1].text + run.text)
        else:
            joined.append(run)
    if joined:
        joined[-1] = Run(joined[-1].font, joined[-1].text.rstrip())
    return joined
