"""One HTML file to read and to send on: a summary with bars, findings, a model's opinions apart from them, page
pictures with boxes, what became of each rule.

It loads nothing: style and pictures are in the file, and it has no script.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape as harmless

from checks.findings import CheckReport, Finding, FindingGroup, Level, grouped, message
from core.signs import visible
from ingest.pages import Box


def escape(text: str) -> str:
    """The text as HTML, with what would turn or hide it shown by its number."""
    return harmless(visible(text))


PICTURE_WIDTH = 900
MOST_PICTURES = 40
AROUND = 60  # characters of the paragraph, before and behind what was found


@dataclass(frozen=True)
class Sheets:
    """Pages to show with a report: by number, their sizes in points and what is marked on them (a finding's
    number, box); `picture` draws one as PNG, (page, width in pixels), or gives nothing where it cannot. `why`
    is a key of messages.yaml: why there are none."""

    sizes: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    boxes: Mapping[int, Sequence[tuple[int, Box]]] = field(default_factory=dict)
    picture: Callable[[int, int], bytes] = lambda page, width: b""
    why: str = ""


_STYLE = """
body{font:15px/1.6 system-ui,"Hiragino Sans","Noto Sans CJK JP","Microsoft YaHei",sans-serif;margin:2rem auto;
max-width:60rem;padding:0 1rem;color:#1c2530;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2.5rem;border-bottom:1px solid #d8dee6}
.f{border-left:4px solid #b6c2cf;margin:.8rem 0;padding:.2rem .8rem}.error{border-color:#c62f2f}
.warning{border-color:#b7791f}.info{border-color:#2b6cb0}.opinion{border-style:dashed}
.p{color:#55606d;font-size:.9em}q,mark{background:#fff4c2}del{background:#fde2e2}ins{background:#ddf4e1;text-decoration:none}
table{border-collapse:collapse;font-size:.92em}td,th{border:1px solid #d8dee6;padding:.2rem .6rem;text-align:left}
.page{position:relative;display:inline-block;border:1px solid #d8dee6;margin:1rem 0}.page img{display:block;max-width:100%}
.box{position:absolute;border:2px solid #c62f2f;background:#c62f2f22}.box b{position:absolute;top:-1.3em;left:-2px;
background:#c62f2f;color:#fff;font-size:.7em;padding:0 .3em}.bar{height:.8em;display:inline-block}
.b-error{background:#c62f2f}.b-warning{background:#d99a2b}.b-info{background:#2b6cb0}.bars td:last-child{width:20rem}
"""
BAR = 300.0  # pixels of the longest
_WORST_FIRST = (Level.ERROR, Level.WARNING, Level.INFO)


def html(
    reports: Sequence[CheckReport],
    language: str = "en",
    sheets: Callable[[CheckReport], Sheets] | None = None,
    *,
    departments: Sequence[str] = (),
    unread: Sequence[tuple[str, str]] = (),
) -> str:
    """The page's text. `departments` names that of each report, `unread` are documents that could not be
    checked, each with why."""
    parts = [
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{_say("title", language)}',
        f"</title><style>{_STYLE}</style></head><body><h1>{_say('title', language)}</h1>",
    ]
    if len(reports) + len(unread) > 1:
        parts.append(_summary(reports, language, departments))
    if unread:
        rows = "".join(f"<tr><td>{escape(name)}</td><td>{escape(why)}</td></tr>" for name, why in unread)
        parts.append(f"<h2>{_say('unread', language, count=len(unread))}</h2><table>{rows}</table>")
    for report in reports:
        parts.append(_document(report, language, sheets(report) if sheets is not None else Sheets()))
    return "".join([*parts, "</body></html>\n"])


def _say(key: str, language: str, **values: object) -> str:
    return escape(message(f"report_{key}", language, values))


def _summary(reports: Sequence[CheckReport], language: str, departments: Sequence[str]) -> str:
    """Counts over all documents, with bars by rule and by department; opinions are counted by themselves."""
    by_rule: dict[str, Counter[Level]] = {}
    by_department: dict[str, Counter[Level]] = {}
    total, opinions = Counter[Level](), 0
    for index, report in enumerate(reports):
        place = by_department.setdefault(departments[index] if departments else "", Counter())
        for finding in report.findings:
            opinions += finding.is_opinion
            if not finding.is_opinion:
                for counted in (total, place, by_rule.setdefault(finding.rule, Counter())):
                    counted[finding.level] += 1
    shown = " · ".join(f"{level}: {total[level]}" for level in _WORST_FIRST)
    parts = [f"<p>{_say('documents', language, count=len(reports))} · {shown}"]
    parts.append(f" · {_say('opinions', language)}: {opinions}</p>" if opinions else "</p>")
    parts.append(_bars(_say("by_rule", language), by_rule))
    if len(by_department) > 1:
        named = {name or message("report_no_folder", language, {}): of for name, of in by_department.items()}
        parts.append(_bars(_say("by_department", language), named))
    return "".join(parts)


def _bars(title: str, counts: Mapping[str, Counter[Level]]) -> str:
    """A bar for each name, in a piece for each severity; the longest first."""
    rows = sorted(counts.items(), key=lambda count: (-count[1].total(), count[0]))
    most = max((of.total() for _, of in rows), default=0) or 1
    lines = []
    for name, of in rows:
        pieces = "".join(
            f'<span class="bar b-{level}" style="width:{BAR * of[level] / most:.1f}px" '
            f'title="{level}: {of[level]}"></span>'
            for level in _WORST_FIRST
            if of[level]
        )
        figures = "".join(f"<td>{of[level] or ''}</td>" for level in _WORST_FIRST)
        lines.append(f"<tr><td>{escape(name)}</td>{figures}<td>{pieces}</td></tr>")
    head = "".join(
        f'<th><span class="bar b-{level}" style="width:.8em"></span> {level}</th>' for level in _WORST_FIRST
    )
    return (
        f'<h2>{title}</h2><table class="bars"><tr><th></th>{head}<th></th></tr>{"".join(lines)}</table>'
        if lines
        else ""
    )


def _document(report: CheckReport, language: str, sheets: Sheets) -> str:
    parts = [f"<h2>{escape(report.document.name)}</h2>"]
    numbered = list(enumerate(report.findings, start=1))
    opinions = [opinion for opinion in numbered if opinion[1].is_opinion]
    parts += [f"<p class='p'>{escape(note)}</p>" for note in report.document.notes]
    if len(opinions) == len(numbered):
        parts.append(f"<p>{_say('clean', language)}</p>")
    for group in grouped(report.findings):
        if not group.first.is_opinion:
            parts.append(_group(group, report, language))
    if opinions or report.unverified:
        parts.append(f"<h3>{_say('opinions_head', language)}</h3>")
        parts += [_finding(number, finding, report) for number, finding in opinions]
        for not_verified in report.unverified:
            text = _say(
                "unverified",
                language,
                rule=not_verified["rule"],
                reason=not_verified["reason"],
                quote=not_verified["quote"],
            )
            parts.append(f'<div class="f opinion p">{text}</div>')
    if report.waived:
        parts.append(f"<h3>{_say('waived', language, count=len(report.waived))}</h3>")
        parts += [_passed(finding) for finding in report.waived]
    if sheets.why and report.findings:
        parts.append(f"<p class='p'>{escape(message(sheets.why, language, {}))}</p>")
    parts += _pages(sheets)
    parts.append(f"<h3>{_say('rules', language)}</h3><table>")
    for rule in report.rules:
        state = _say(str(rule.state), language)
        parts.append(
            f"<tr><td>{escape(rule.id)}</td><td>{state}</td><td>{rule.findings or ''}</td>"
            f"<td>{escape(rule.why)}</td></tr>"
        )
    return "".join([*parts, "</table>"])


def _finding(number: int, finding: Finding, report: CheckReport) -> str:
    kinds = f"f {finding.level}" + (" opinion" if finding.is_opinion else "")
    place = ", ".join(part for part in (finding.place.shown(), finding.place.section) if part)
    fix = ""
    if finding.fix is not None:
        fix = f"<div><del>{escape(finding.quote)}</del> → <ins>{escape(finding.fix)}</ins></div>"
    quote = _around(finding, report)
    if finding.quote and not quote and not fix:
        quote = f"<div><q>{escape(finding.quote)}</q></div>"
    return (
        f'<div class="{kinds}"><b>{number}. {escape(finding.message)}</b>'
        f'<div class="p">{escape(place)} · {escape(finding.rule)} · {finding.level}</div>{quote}{fix}</div>'
    )


def _group(group: FindingGroup, report: CheckReport, language: str) -> str:
    """Findings that say the same: the first whole, and the places of the others folded away."""
    first = _finding(group.numbers[0], group.first, report)
    if group.count == 1:
        return first
    rows = "".join(f"<div class='p'>{escape(place.shown())}</div>" for place in group.first.also)
    for number, finding in list(zip(group.numbers, group.findings, strict=True))[1:]:
        rows += f"<div class='p'>{number}. {escape(finding.place.shown())}</div>{_around(finding, report)}"
        rows += "".join(f"<div class='p'>{escape(place.shown())}</div>" for place in finding.also)
    summary = _say("others", language, count=group.count - 1)
    return f"{first.removesuffix('</div>')}<details><summary>{summary}</summary>{rows}</details></div>"


def _passed(finding: Finding) -> str:
    """A finding that was let pass, with its reason."""
    parts = [finding.place.shown(), finding.rule, finding.message, finding.reason]
    return f"<p class='p'>{' · '.join(escape(part) for part in parts if part)}</p>"


def _around(finding: Finding, report: CheckReport) -> str:
    """What was found, marked within its paragraph; empty where the paragraph is no more than that."""
    place = finding.place
    if not 0 <= place.piece < len(report.document.pieces):
        return ""
    text = report.document.pieces[place.piece].text
    start, end = place.characters
    before, marked, after = text[:start], text[start:end], text[end:]
    if not marked.strip() or not (before.strip() or after.strip()) or len(marked) > 4 * AROUND:
        return ""
    if len(before) > AROUND:
        before = f"…{before[-AROUND:]}"
    if len(after) > AROUND:
        after = f"{after[:AROUND]}…"
    return f'<div class="p">{escape(before)}<mark>{escape(marked)}</mark>{escape(after)}</div>'


def _pages(sheets: Sheets) -> Iterable[str]:
    """The pages that have findings, each with its boxes."""
    for page, mine in sorted(sheets.boxes.items())[:MOST_PICTURES]:
        width, height = sheets.sizes.get(page, (0.0, 0.0))
        picture = sheets.picture(page, PICTURE_WIDTH) if width and height else b""
        if not picture:
            continue
        boxes = "".join(_box(number, box, width, height) for number, box in mine)
        data = base64.b64encode(picture).decode()
        yield f'<div><div class="page"><img alt="" src="data:image/png;base64,{data}">{boxes}</div></div>'


def _box(number: int, box: Box, width: float, height: float) -> str:
    left, top, right, bottom = box
    style = (
        f"left:{100 * left / width:.2f}%;top:{100 * top / height:.2f}%;"
        f"width:{100 * (right - left) / width:.2f}%;height:{100 * (bottom - top) / height:.2f}%"
    )
    return f'<div class="box" style="{style}"><b>{number}</b></div>'
