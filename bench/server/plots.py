"""Waiting times of groups of people as a picture: an SVG file of bars, of plain shapes and text. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.figures import p50, p95

SHOWN = ("ask: first quote", "search", "lists", "picture")
MEDIAN, HIGH, INK, GRID = "#7aa6c2", "#1f5d85", "#222222", "#cccccc"
LEFT, TOP, BAR, GAP, HEIGHT, PANEL = 60, 50, 16, 14, 220, 210


@dataclass(frozen=True)
class Group:
    """People who were there at once: their seconds by what they did, and how often they were told to come
    again."""

    people: int
    seconds: Mapping[str, Sequence[float]]
    refused: int


def drawn(groups: Sequence[Group]) -> str:
    """The SVG: a panel for each group with its own scale, in each two bars (median, p95) for each thing."""
    panels = [_panel(group, LEFT + number * (PANEL + 60)) for number, group in enumerate(groups)]
    width = LEFT + len(groups) * (PANEL + 60)
    legend = (
        f'<rect x="{LEFT}" y="8" width="12" height="12" fill="{MEDIAN}"/>{_text(LEFT + 18, 18, "median")}'
        f'<rect x="{LEFT + 80}" y="8" width="12" height="12" fill="{HIGH}"/>{_text(LEFT + 98, 18, "p95")}'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{TOP + HEIGHT + 90}" '
        f'font-family="sans-serif" font-size="12"><title>Waiting times by people at once</title>'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{legend}{"".join(panels)}</svg>\n'
    )


def _panel(group: Group, left: int) -> str:
    shown = [name for name in SHOWN if group.seconds.get(name)]
    top = max((p95(group.seconds[name]) for name in shown), default=1.0) * 1.1
    refused = f", told to come again: {group.refused}" if group.refused else ""
    parts = [_text(left, TOP - 12, f"{group.people} people{refused}")]
    for share in (0.0, 0.5, 1.0):
        y = TOP + HEIGHT * (1 - share)
        parts.append(f'<line x1="{left}" x2="{left + PANEL}" y1="{y}" y2="{y}" stroke="{GRID}"/>')
        parts.append(_text(left - 6, y + 4, f"{top * share:.2g} s", anchor="end"))
    for number, name in enumerate(shown):
        x = left + GAP + number * (2 * BAR + GAP)
        for offset, value, fill in ((0, p50, MEDIAN), (BAR, p95, HIGH)):
            tall = HEIGHT * value(group.seconds[name]) / top
            parts.append(
                f'<rect x="{x + offset}" y="{TOP + HEIGHT - tall:.1f}" width="{BAR - 2}" '
                f'height="{tall:.1f}" fill="{fill}"/>'
            )
        label = name.removeprefix("ask: ")
        parts.append(
            f'<text transform="translate({x + BAR},{TOP + HEIGHT + 14}) rotate(35)" fill="{INK}">'
            f"{label}</text>"
        )
    return "".join(parts)


def _text(x: float, y: float, words: str, *, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y:.0f}" text-anchor="{anchor}" fill="{INK}">{words}</text>'
