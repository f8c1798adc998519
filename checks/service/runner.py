"""Holds a document against a pack: every rule runs, does not apply, or could not run and says why."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from checks.document.document import MASK, CheckedDocument
from checks.findings import (
    LANGUAGES,
    CheckReport,
    CouldNotRun,
    Finding,
    NotApplicable,
    RanInPart,
    RuleMatch,
    RuleResult,
    RuleState,
    filled,
    identified,
    message,
    messages,
)
from checks.ignores import heeded
from checks.kinds.judged import JudgedRule
from checks.packs.pack import Pack, doctypes_of
from checks.patterns import PatternTooSlow, until
from checks.rules import Context, Rule
from llm.model import LanguageModel

MOST_FINDINGS = 2000  # of one rule in one document: past that a person needs the rule mended, not a list
MOST_SECONDS = 300.0  # that the rules have on one document
LONGEST_QUOTE = 400
# Fields are read first, for other rules' conditions; opinions come last, on what is left.
_ORDER = {"field": 0, "judged": 2, "judge": 2}

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Judgement:
    """A judged rule that is left for a model: the rule as JSON, and the pieces of each section."""

    id: str
    rule: dict[str, Any]
    sections: list[list[int]]


@dataclass
class Outcome:
    """What became of a pack's rules over a document; it can be sent from one process to another."""

    pack: str
    rules: list[str]  # ids, in the pack's order
    fixed: list[str]  # ids of those whose findings no comment of the document lets pass
    broken: list[RuleResult]
    doctypes: tuple[str, ...] = ()
    found: list[tuple[Finding, str]] = field(default_factory=list)  # each with what tells it from the others
    results: dict[str, RuleResult] = field(default_factory=dict)
    unverified: list[dict[str, Any]] = field(default_factory=list)
    judgements: list[Judgement] = field(default_factory=list)

    @classmethod
    def of(cls, pack: Pack) -> Outcome:
        """That of a pack of which no rule ran yet."""
        fixed = [rule.id for rule in pack.rules if not rule.ignorable]
        return cls(pack.name, [rule.id for rule in pack.rules], fixed, list(pack.broken))


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
) -> CheckReport:
    """Every rule of the pack over the document; rules that `seconds` leave no time for say so. Where there is
    no model, `why_no_model` (a key of messages.yaml) says why. Raises nothing of a rule's own: its result
    says it; RulesBad where the pattern of a type of document takes too long."""
    context = context_of(document, model, today, seconds, why_no_model)
    outcome = Outcome.of(pack)
    for step in run_rules(context, pack, outcome, language):
        if progress is not None:
            progress(*step)
    return report_of(document, outcome, language)


def context_of(
    document: CheckedDocument,
    model: LanguageModel | None,
    today: datetime.date | None,
    seconds: float | None,
    why_no_model: str,
) -> Context:
    """What rules share over that document; `seconds` count from now."""
    return Context(
        document, model=model, today=today or datetime.date.today(), why_no_model=why_no_model,
        seconds=seconds or 0.0, deadline=None if seconds is None else time.monotonic() + seconds,
    )  # fmt: skip


def run_rules(
    context: Context, pack: Pack, outcome: Outcome, language: str, *, ask_later: bool = False
) -> Iterator[tuple[str, int, int]]:
    """Run every rule, into the outcome; yields each one's id, its number and how many there are, before it
    runs. With `ask_later` judged rules only find their sections: `judge` asks the model. Raises RulesBad
    where the pattern of a type of document takes too long."""
    with until(context.deadline):
        outcome.doctypes = doctypes_of(pack, context.document)
    rules = sorted(pack.rules, key=lambda rule: _ORDER.get(rule.kind_name, 1))
    for number, rule in enumerate(rules):
        yield rule.id, number, len(rules)
        if rule.for_ and not set(rule.for_) & set(outcome.doctypes):
            whys = messages("other_doctype", {"doctypes": ", ".join(rule.for_)})
            outcome.results[rule.id] = _result(rule, RuleState.NOT_APPLICABLE, language, whys)
            continue
        if ask_later and isinstance(rule, JudgedRule):
            _run(rule, partial(_asked_later, rule, context, outcome), context, outcome, language)
        else:
            _run(rule, partial(rule.check, context), context, outcome, language)
    outcome.unverified += context.unverified


def _asked_later(rule: JudgedRule, context: Context, outcome: Outcome) -> Iterator[RuleMatch]:
    sections = list(rule.sections(context))
    held = rule.model_dump(mode="json", by_alias=True)
    if isinstance(held["scope"], dict):
        held["scope"]["section"] = None  # it has found them; no pattern of a person's is compiled once more
    outcome.judgements.append(Judgement(rule.id, held, sections))
    yield from ()


def judge(context: Context, outcome: Outcome, language: str) -> None:
    """Ask the context's model by the judged rules that are left. Raises pydantic's ValidationError for what
    is no judged rule."""
    for judgement in outcome.judgements:
        # An id that tells two packs' rules apart may be longer than one that a pack may write.
        rule = JudgedRule.model_validate({**judgement.rule, "id": "judged"})
        rule = rule.model_copy(update={"id": judgement.id})
        _run(rule, partial(rule.opinions, context, judgement.sections), context, outcome, language)
    outcome.unverified += context.unverified


def report_of(document: CheckedDocument, outcome: Outcome, language: str) -> CheckReport:
    """The report on the document, once every rule had its turn."""
    results = {**outcome.results, **{broken.id: broken for broken in outcome.broken}}
    ordered = sorted(outcome.found, key=lambda hit: _place_order(hit[0]))
    named = identified([finding for finding, _ in ordered], [key for _, key in ordered])
    all_results = (*(results[rule] for rule in outcome.rules), *outcome.broken)
    report = CheckReport(
        document, outcome.pack, tuple(named), all_results, unverified=tuple(outcome.unverified),
        doctypes=outcome.doctypes,
    )  # fmt: skip
    return heeded(report, set(outcome.fixed), language) if document.ignores else report


def _run(
    rule: Rule, check: Callable[[], Iterator[RuleMatch]], context: Context, outcome: Outcome, language: str
) -> None:
    """Take what the rule finds into the outcome, and what became of the rule."""
    if context.deadline is not None and time.monotonic() > context.deadline:
        whys = messages("out_of_time", {"seconds": f"{context.seconds:.0f}"})
        outcome.results[rule.id] = _result(rule, RuleState.COULD_NOT_RUN, language, whys)
        return
    with until(context.deadline):
        hits, state, whys = _taken(check)
    outcome.results[rule.id] = _result(rule, state, language, whys, len(hits))
    for hit in hits:
        key = f"{hit.message} {sorted(hit.values.items(), key=str)}"
        outcome.found.append((_finding(rule, hit, context.document, language), key))


def _result(
    rule: Rule, state: RuleState, language: str, whys: dict[str, str], findings: int = 0
) -> RuleResult:
    why = whys.get(language, "")
    return RuleResult(rule.id, state, why, findings, rule.kind_name, rule.level, whys)


def _taken(
    check: Callable[[], Iterator[RuleMatch]],
) -> tuple[list[RuleMatch], RuleState, dict[str, str]]:
    hits: list[RuleMatch] = []
    try:
        for hit in check():
            hits.append(hit)
            if len(hits) >= MOST_FINDINGS:
                return hits, RuleState.RAN, messages("too_many_findings", {"limit": MOST_FINDINGS})
    except PatternTooSlow as error:
        # What it found before is shown; that it did not finish is the rule's own fault, and is said.
        return hits, RuleState.COULD_NOT_RUN, messages("pattern_too_slow", {"pattern": str(error)})
    except RanInPart as error:
        return hits, RuleState.RAN, messages(error.key, error.values)
    except CouldNotRun as error:
        return hits, RuleState.COULD_NOT_RUN, messages(error.key, error.values)
    except NotApplicable as error:
        return hits, RuleState.NOT_APPLICABLE, messages(error.key, error.values)
    except RecursionError:
        return hits, RuleState.COULD_NOT_RUN, messages("too_deep", {})
    return hits, RuleState.RAN, {}


def _finding(rule: Rule, hit: RuleMatch, document: CheckedDocument, language: str) -> Finding:
    piece = document.pieces[hit.piece] if hit.piece >= 0 else None
    quote = hit.quote if hit.quote is not None else piece.text[hit.start : hit.end] if piece else ""
    replacement = None if hit.replacement is not None and MASK in hit.replacement else hit.replacement
    safe = rule.fix == "safe" and replacement is not None and MASK not in quote
    texts = _messages(rule, hit, {**hit.values, "match": quote})
    return Finding(
        rule=rule.id,
        kind=rule.kind_name,
        level=rule.level,
        message=texts[language],
        messages=texts,
        place=hit.place or document.place(hit.piece, hit.start, hit.end),
        quote=quote[:LONGEST_QUOTE],
        fix=replacement if rule.fix != "none" else None,
        fix_is_safe=safe,
        confidence=hit.confidence,
        document=document.name,
        link=rule.link,
        also=tuple(
            other.place or document.place(other.piece, other.start, other.end) for other in hit.others
        ),
    )


def _messages(rule: Rule, hit: RuleMatch, values: dict[str, Any]) -> dict[str, str]:
    own = rule.message
    if not own:
        return messages(hit.message, values)
    texts = own if isinstance(own, dict) else {"en": own}
    other = texts.get("en") or next(iter(texts.values()), "")
    said = {language: filled(texts.get(language) or other, values) for language in LANGUAGES}  # type: ignore[call-overload]  # any language is one of its keys
    if hit.confidence is None:
        return said
    # An opinion is told as one, whatever the pack's own words are.
    return {name: message("judged", name, {**values, "reason": text}) for name, text in said.items()}


def _place_order(finding: Finding) -> tuple[Any, ...]:
    place = finding.place
    return (place.piece if place.piece >= 0 else -1, place.characters, finding.rule)


def without(report: CheckReport, waived: Sequence[Finding], kept: Sequence[Finding]) -> CheckReport:
    """The report with findings taken out, which it still names as waived."""
    return replace(report, findings=tuple(kept), waived=(*report.waived, *waived))
