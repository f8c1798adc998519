"""Holds a document against a pack: every rule runs, does not apply, or could not run and says why."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from checks.document.document import MASK, CheckedDocument
from checks.findings import (
    LANGUAGES,
    CouldNotRun,
    Finding,
    Hit,
    NotApplicable,
    Report,
    RuleResult,
    RuleState,
    filled,
    identified,
    message,
    messages,
)
from checks.ignores import heeded
from checks.packs.pack import Pack, doctypes_of
from checks.patterns import PatternTooSlow, until
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
    seconds: float | None = None,
    why_no_model: str = "no_model",
) -> Report:
    """Every rule of the pack over the document; rules that `seconds` leave no time for say so. Where there is
    no model, `why_no_model` (a key of messages.yaml) says why. Raises nothing of a rule's own: its result
    says it; RulesBad where the pattern of a type of document takes too long."""
    deadline = None if seconds is None else time.monotonic() + seconds
    context = Context(
        document, model=model, today=today or datetime.date.today(), why_no_model=why_no_model,
        seconds=seconds or 0.0, deadline=deadline,
    )  # fmt: skip
    with until(deadline):
        doctypes = doctypes_of(pack, document)
    findings: list[Finding] = []
    keys: list[str] = []
    results: dict[str, RuleResult] = {}
    rules = sorted(pack.rules, key=lambda rule: _ORDER.get(rule.kind_name, 1))
    for number, rule in enumerate(rules):
        if progress is not None:
            progress(rule.id, number, len(rules))
        if rule.for_ and not set(rule.for_) & set(doctypes):
            whys = messages("other_doctype", {"doctypes": ", ".join(rule.for_)})
            results[rule.id] = _result(rule, RuleState.NOT_APPLICABLE, language, whys)
            continue
        if deadline is not None and time.monotonic() > deadline:
            whys = messages("out_of_time", {"seconds": f"{seconds:.0f}"})
            results[rule.id] = _result(rule, RuleState.COULD_NOT_RUN, language, whys)
            continue
        with until(deadline):
            hits, state, whys = _run(rule, context)
        results[rule.id] = _result(rule, state, language, whys, len(hits))
        for hit in hits:
            findings.append(_finding(rule, hit, document, language))
            keys.append(f"{hit.message} {sorted(hit.values.items(), key=str)}")
    for broken in pack.broken:
        results[broken.id] = broken
    ordered = sorted(zip(findings, keys, strict=True), key=lambda one: _place_order(one[0]))
    named = identified([finding for finding, _ in ordered], [key for _, key in ordered])
    report = Report(
        document, pack.name, tuple(named), tuple(_in_order(pack, results)),
        unverified=tuple(context.unverified), doctypes=doctypes,
    )  # fmt: skip
    fixed = {rule.id for rule in pack.rules if not rule.ignorable}
    return heeded(report, fixed, language) if document.ignores else report


def _in_order(pack: Pack, results: dict[str, RuleResult]) -> Iterable[RuleResult]:
    return [*(results[rule.id] for rule in pack.rules), *pack.broken]


def _result(
    rule: Rule, state: RuleState, language: str, whys: dict[str, str], findings: int = 0
) -> RuleResult:
    why = whys.get(language, "")
    return RuleResult(rule.id, state, why, findings, rule.kind_name, rule.level, whys)


def _run(rule: Rule, context: Context) -> tuple[list[Hit], RuleState, dict[str, str]]:
    hits: list[Hit] = []
    try:
        for hit in rule.check(context):
            hits.append(hit)
            if len(hits) >= MOST_FINDINGS:
                return hits, RuleState.RAN, messages("too_many_findings", {"limit": MOST_FINDINGS})
    except PatternTooSlow as error:
        # What it found before is shown; that it did not finish is the rule's own fault, and is said.
        return hits, RuleState.COULD_NOT_RUN, messages("pattern_too_slow", {"pattern": str(error)})
    except CouldNotRun as error:
        return hits, RuleState.COULD_NOT_RUN, messages(error.key, error.values)
    except NotApplicable as error:
        return hits, RuleState.NOT_APPLICABLE, messages(error.key, error.values)
    except RecursionError:
        return hits, RuleState.COULD_NOT_RUN, messages("too_deep", {})
    return hits, RuleState.RAN, {}


def _finding(rule: Rule, hit: Hit, document: CheckedDocument, language: str) -> Finding:
    piece = document.pieces[hit.piece] if hit.piece >= 0 else None
    quote = hit.quote if hit.quote is not None else piece.text[hit.start : hit.end] if piece else ""
    safe = rule.fix == "safe" and hit.replacement is not None and MASK not in quote
    told = _messages(rule, hit, {**hit.values, "match": quote})
    return Finding(
        rule=rule.id,
        kind=rule.kind_name,
        level=rule.level,
        message=told[language],
        messages=told,
        place=hit.place or document.place(hit.piece, hit.start, hit.end),
        quote=quote[:LONGEST_QUOTE],
        fix=hit.replacement if rule.fix != "none" else None,
        fix_is_safe=safe,
        confidence=hit.confidence,
        document=document.name,
        link=rule.link,
    )


def _messages(rule: Rule, hit: Hit, values: dict[str, Any]) -> dict[str, str]:
    own = rule.message
    if not own:
        return messages(hit.message, values)
    texts = own if isinstance(own, dict) else {"en": own}
    other = texts.get("en") or next(iter(texts.values()), "")
    said = {language: filled(texts.get(language) or other, values) for language in LANGUAGES}  # type: ignore[call-overload]  # any language is one of its keys
    if hit.confidence is None:
        return said
    # An opinion is told as one, whatever the pack's own words are.
    return {one: message("judged", one, {**values, "reason": text}) for one, text in said.items()}


def _place_order(finding: Finding) -> tuple[Any, ...]:
    place = finding.place
    return (place.piece if place.piece >= 0 else -1, place.characters, finding.rule)


def without(report: Report, waived: Sequence[Finding], kept: Sequence[Finding]) -> Report:
    """The report with findings taken out, which it still names as waived."""
    return replace(report, findings=tuple(kept), waived=(*report.waived, *waived))
