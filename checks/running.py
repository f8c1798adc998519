"""Holds a document against a pack: every rule runs, does not apply, or could not run and says why."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from checks.document import MASK, CheckedDocument
from checks.findings import (
    CouldNotRun,
    Finding,
    Hit,
    Level,
    NotApplicable,
    Report,
    RuleResult,
    RuleState,
    filled,
    identified,
    message,
)
from checks.packs import Pack, doctypes_of
from checks.patterns import PatternTooSlow
from checks.rules import Context, Rule
from llm.model import LanguageModel

MOST_FINDINGS = 2000  # of one rule in one document: past that a person needs the rule mended, not a list
LONGEST_QUOTE = 400
# Fields are read first, for other rules' conditions; opinions come last, on what is left.
_ORDER = {"field": 0, "judged": 2, "judge": 2}

Progress = Callable[[str, int, int], None]


def run_pack(
    document: CheckedDocument,
    pack: Pack,
    *,
    language: str = "en",
    model: LanguageModel | None = None,
    today: datetime.date | None = None,
    progress: Progress | None = None,
) -> Report:
    """Every rule of the pack over the document. Raises nothing of a rule's own: its result says it."""
    context = Context(document, model=model, today=today or datetime.date.today())
    doctypes = doctypes_of(pack, document)
    findings: list[Finding] = []
    keys: list[str] = []
    results: dict[str, RuleResult] = {}
    rules = sorted(pack.rules, key=lambda rule: _ORDER.get(rule.kind_name, 1))
    for number, rule in enumerate(rules):
        if progress is not None:
            progress(rule.id, number, len(rules))
        if rule.for_ and not set(rule.for_) & set(doctypes):
            why = message("other_doctype", language, {"doctypes": ", ".join(rule.for_)})
            results[rule.id] = _result(rule, RuleState.NOT_APPLICABLE, why)
            continue
        hits, state, why = _run(rule, context, language)
        results[rule.id] = _result(rule, state, why, len(hits))
        for hit in hits:
            findings.append(_finding(rule, hit, document, language))
            keys.append(f"{hit.message} {sorted(hit.values.items(), key=str)}")
    for broken in pack.broken:
        results[broken.id] = broken
    ordered = sorted(zip(findings, keys, strict=True), key=lambda one: _place_order(one[0]))
    named = identified([finding for finding, _ in ordered], [key for _, key in ordered])
    return Report(
        document, pack.name, tuple(named), tuple(_in_order(pack, results)),
        unverified=tuple(context.unverified), doctypes=doctypes,
    )  # fmt: skip


def _in_order(pack: Pack, results: dict[str, RuleResult]) -> Iterable[RuleResult]:
    return [*(results[rule.id] for rule in pack.rules), *pack.broken]


def _result(rule: Rule, state: RuleState, why: str = "", findings: int = 0) -> RuleResult:
    return RuleResult(rule.id, state, why, findings, rule.kind_name, rule.level)


def _run(rule: Rule, context: Context, language: str) -> tuple[list[Hit], RuleState, str]:
    hits: list[Hit] = []
    try:
        for hit in rule.check(context):
            hits.append(hit)
            if len(hits) >= MOST_FINDINGS:
                why = message("too_many_findings", language, {"limit": MOST_FINDINGS})
                return hits, RuleState.RAN, why
    except PatternTooSlow as error:
        # What it found before is shown; that it did not finish is the rule's own fault, and is said.
        return hits, RuleState.COULD_NOT_RUN, message("pattern_too_slow", language, {"pattern": str(error)})
    except CouldNotRun as error:
        return hits, RuleState.COULD_NOT_RUN, message(error.key, language, error.values)
    except NotApplicable as error:
        return hits, RuleState.NOT_APPLICABLE, message(error.key, language, error.values)
    except RecursionError:
        return hits, RuleState.COULD_NOT_RUN, message("too_deep", language, {})
    return hits, RuleState.RAN, ""


def _finding(rule: Rule, hit: Hit, document: CheckedDocument, language: str) -> Finding:
    piece = document.pieces[hit.piece] if hit.piece >= 0 else None
    quote = hit.quote if hit.quote is not None else piece.text[hit.start : hit.end] if piece else ""
    safe = rule.fix == "safe" and hit.replacement is not None and MASK not in quote
    values = {**hit.values, "match": quote}
    return Finding(
        rule=rule.id,
        kind=rule.kind_name,
        level=_level(rule, hit),
        message=_message(rule, hit, language, values),
        place=hit.place or document.place(hit.piece, hit.start, hit.end),
        quote=quote[:LONGEST_QUOTE],
        fix=hit.replacement if rule.fix != "none" else None,
        fix_is_safe=safe,
        confidence=hit.confidence,
        document=document.name,
        link=rule.link,
    )


def _level(rule: Rule, hit: Hit) -> Level:
    return rule.level


def _message(rule: Rule, hit: Hit, language: str, values: dict[str, Any]) -> str:
    own = rule.message
    if isinstance(own, dict):
        own = own.get(language) or own.get("en") or next(iter(own.values()), "")  # type: ignore[call-overload]  # any language is one of its keys
    if own:
        return filled(own, values)
    return message(hit.message, language, values)


def _place_order(finding: Finding) -> tuple[Any, ...]:
    place = finding.place
    return (place.piece if place.piece >= 0 else -1, place.characters, finding.rule)


def without(report: Report, waived: Sequence[Finding], kept: Sequence[Finding]) -> Report:
    """The report with findings taken out, which it still names as waived."""
    return replace(report, findings=tuple(kept), waived=(*report.waived, *waived))
