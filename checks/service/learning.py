"""Proposes a pack from sample documents: page, fonts and sizes, headings, their numbers, captions, tables,
titles, blocks of seals, marks, dates.

What comes out is a draft in YAML for a person to read and change, not a verdict. Each rule has been run on
every sample: what finds something there is made weaker, or left out.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from checks.document.document import CheckedDocument, DocumentFormat, DocumentPiece, Format, PageSection, Zone
from checks.findings import RuleState
from checks.kinds.layout import SIZES
from checks.kinds.structure import found_headings
from checks.kinds.style.date import written_dates
from checks.packs import learnt_parts
from checks.packs.loading import load_pack
from checks.service.runner import run_pack
from core.errors import RulesBad

_FORMS = re.compile(r"~")


def learnt_pack(name: str, documents: Sequence[CheckedDocument]) -> str:
    """The proposed pack as YAML. Each rule holds in every sample."""
    names = learnt_parts.caption_names(documents)
    proposals: list[list[dict[str, object] | None]] = [
        [learnt_parts.title(documents)],
        _weaker(_headings(documents), "order"),
        [learnt_parts.numbering(documents)],
        [*(learnt_parts.caption_places(documents, names) if names else ()), names],
        *(_weaker(rule, "totals", "types") for rule in learnt_parts.tables(documents)),
        [learnt_parts.approval(documents), _weaker_block(learnt_parts.approval(documents))],
        [_page(documents)], _by_style(_styles(documents)),
        [_edges(documents, Zone.HEADER)], [_edges(documents, Zone.FOOTER)],
        [_dates(documents)], [_comma(documents)],
    ]  # fmt: skip
    rules = []
    for forms in proposals:
        holding = next((form for form in forms if form is not None and _holds(form, documents)), None)
        if holding is not None:
            rules.append(holding)
    return _yaml(name, rules)


def _yaml(name: str, rules: Sequence[dict[str, object]]) -> str:
    lines = [
        "version: 1",
        f"pack: {json.dumps(name, ensure_ascii=False)}",
        "rules:" if rules else "rules: []",
    ]
    return "\n".join([*lines, *(f"- {json.dumps(rule, ensure_ascii=False)}" for rule in rules)]) + "\n"


def _weaker(rule: dict[str, object] | None, *keys: str) -> list[dict[str, object] | None]:
    """The rule, then the rule with less and less in it."""
    forms = [rule]
    for key in keys if rule is not None else ():
        forms.append({name: value for name, value in (forms[-1] or {}).items() if name != key})
    return forms


def _weaker_block(rule: dict[str, Any] | None) -> dict[str, object] | None:
    """The same approvers in any order."""
    return None if rule is None else {**rule, "block": {**rule["block"], "order": "any"}}


def _by_style(rule: dict[str, Any] | None) -> list[dict[str, object] | None]:
    """The rule of all styles, then without the text's, which tables and notes differ from most often."""
    if rule is None:
        return [None]
    fewer = {name: spec for name, spec in rule["styles"].items() if name != "body"}
    return [rule, {**rule, "styles": fewer} if fewer else None]


def _holds(rule: dict[str, object], documents: Sequence[CheckedDocument]) -> bool:
    """Whether a rule can be read and run, and finds nothing in any sample."""

    with tempfile.TemporaryDirectory(prefix="shoko-learnt-") as folder:
        file = Path(folder) / "learnt.yml"
        file.write_text(_yaml("learnt", [rule]), encoding="utf-8")
        try:
            pack = load_pack(file)
        except RulesBad:
            return False
    for document in documents:
        report = run_pack(document, pack)
        if report.findings or any(outcome.state is RuleState.COULD_NOT_RUN for outcome in report.rules):
            return False
    return True


def _common(of: Iterable[list[str]]) -> list[str]:
    """What stands in every list, in the order of the first."""
    lists = list(of)
    return (
        [key for key in dict.fromkeys(lists[0]) if all(key in other for other in lists[1:])] if lists else []
    )


def _headings(documents: Sequence[CheckedDocument]) -> dict[str, object] | None:
    names = _common(
        [text for index, text in found_headings(d, False) if d.pieces[index].level > 0] for d in documents
    )
    if not names:
        return None
    required = [{"h": re.escape(name).replace("\\ ", " ")} for name in names[:30]]
    return {"id": "learnt-headings", "kind": "structure", "required": required, "order": "relative"}


def _page(documents: Sequence[CheckedDocument]) -> dict[str, object] | None:
    sections = [section for document in documents for section in document.sections if section.width]
    if not sections:
        return None
    page: dict[str, object] = {}
    sizes = {_size(section) for section in sections}
    if len(sizes) == 1 and (size := sizes.pop()):
        page["size"] = size
    if len({section.width > section.height for section in sections}) == 1:
        page["orientation"] = "landscape" if sections[0].width > sections[0].height else "portrait"
    if all(document.format is DocumentFormat.DOCX for document in documents):
        margins = {
            side: round(getattr(sections[0], side), 1)
            for side in ("top", "bottom", "left", "right")
            if max(getattr(s, side) for s in sections) - min(getattr(s, side) for s in sections) < 1
        }
        if margins:
            page["margins_mm"] = margins
    return {"id": "learnt-page", "kind": "layout", "page": page} if page else None


def _size(section: PageSection) -> str:
    across, down = sorted((section.width, section.height))
    for name, (wide, high) in SIZES.items():
        if abs(across - min(wide, high)) < 1.5 and abs(down - max(wide, high)) < 1.5:
            return name
    return ""


def _styles(documents: Sequence[CheckedDocument]) -> dict[str, object] | None:
    """Fonts and sizes of body and headings, where nine in ten characters have them."""
    styles: dict[str, dict[str, object]] = {}
    kinds: dict[str, Callable[[DocumentPiece], bool]] = {
        "title": lambda piece: piece.zone is Zone.HEADING and piece.level == 0,
        "heading1": lambda piece: piece.zone is Zone.HEADING and piece.level == 1,
        "heading2": lambda piece: piece.zone is Zone.HEADING and piece.level == 2,
        "body": lambda piece: piece.zone is Zone.BODY,
    }
    for name, fits in kinds.items():
        counted: Counter[Format] = Counter()
        for document in documents:
            for piece in document.pieces:
                if fits(piece):
                    for run in piece.runs:
                        counted[run.format] += run.end - run.start
        spec: dict[str, object] = {}
        for key, attribute in (
            ("east_asian_font", "east_asian_font"), ("latin_font", "latin_font"), ("size_pt", "size"),
        ):  # fmt: skip
            shares: Counter[object] = Counter()
            for form, count in counted.items():
                shares[getattr(form, attribute)] += count
            most = shares.most_common(1)
            if most and most[0][0] and most[0][1] >= 0.9 * sum(shares.values()):
                spec[key] = most[0][0]
        if spec:
            styles[name] = spec
    return {"id": "learnt-styles", "kind": "layout", "styles": styles} if styles else None


def _edges(documents: Sequence[CheckedDocument], zone: Zone) -> dict[str, object] | None:
    lines = _common(
        [
            piece.text.strip()
            for _, piece in document.of(frozenset({zone}))
            if not re.search(r"\d", piece.text)
        ]
        for document in documents
    )
    lines = [line for line in lines if line]
    if not lines:
        return None
    text = "|".join(re.escape(line).replace("\\ ", " ") for line in lines[:3])
    return {"id": f"learnt-{zone}", "kind": "header_footer", str(zone): {"text": text}}


def _dates(documents: Sequence[CheckedDocument]) -> dict[str, object] | None:
    forms = {
        _FORMS.sub("", date.form)
        for document in documents
        for piece in document.pieces
        for date in written_dates(piece.text)
        if (date.year or date.era_year) and date.day
    }
    if not forms or len(forms) > 3:
        return None
    return {
        "id": "learnt-dates",
        "kind": "style.date",
        "allow": sorted(forms),
        "verify": ["exists", "weekday"],
    }


def _comma(documents: Sequence[CheckedDocument]) -> dict[str, object] | None:
    text = "".join(piece.text for document in documents for piece in document.pieces)
    if len(text) > 200 and "、" in text and "，" not in text:
        return {"id": "learnt-comma", "kind": "style.punctuation", "comma": "、", "period": "。"}
    return None
