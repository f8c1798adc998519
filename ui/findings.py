"""Packs, templates and findings as a reader sees them: their titles, and which findings are chosen. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from contract.checks import FindingOut, PackOut
from contract.drafts import TemplateOut

LEVELS = ("error", "warning", "info")
Box = tuple[float, float, float, float]


def pack_title(pack: PackOut, language: str) -> str:
    """The pack's title in that language, else in English, else its name; with the space that keeps it."""
    title = pack.title.get(language) or pack.title.get("en") or pack.name
    return f"{title} ({pack.space})" if pack.space else title


def template_title(template: TemplateOut, language: str) -> str:
    """The template's title in that language, else its own, else its name; with the space that keeps it."""
    title = template.title.get(language) or template.title.get(template.language) or template.name
    return f"{title} ({template.space})" if template.space else title


def same(findings: Sequence[FindingOut]) -> list[list[FindingOut]]:
    """The findings, those that say the same together, in the order of the first of each."""
    groups: dict[tuple[object, ...], list[FindingOut]] = {}
    for finding in findings:
        key = (finding.opinion, finding.rule, finding.level, finding.message, finding.fix)
        groups.setdefault(key, []).append(finding)
    return list(groups.values())


def chosen(findings: Sequence[FindingOut], levels: Sequence[str], rule: str) -> list[FindingOut]:
    """The findings of those levels (none named: all) and of that rule (empty: all)."""
    return [
        finding
        for finding in findings
        if (not levels or finding.level in levels) and rule in ("", finding.rule)
    ]
