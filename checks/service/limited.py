"""Checks by packs of people, with limits of time and memory: in a child process that can be ended.

A person writes the patterns, and a pattern can take any time and any memory, in an engine that lets nobody
else run meanwhile. So a pack that does not ship is read, compiled and run in a child alone, together with the
file. What comes back is data. A short text by packs that ship is checked here: a child takes longer to start.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from checks.document.document import CheckedDocument
from checks.findings import CheckReport, Finding
from checks.packs.sources import PackSources, load_shipped
from checks.readers.reading import DocumentParts, format_of, read_document, read_here, reading_order
from checks.service.pack_heads import PackHead, head_of, heads
from checks.service.runner import (
    MOST_SECONDS,
    Outcome,
    Progress,
    context_of,
    judge,
    report_of,
    run_pack,
)
from core.errors import FileDamaged, ReaderGaveUp, RulesBad
from ingest.sandbox import ReadingLimits, answers
from llm.model import LanguageModel

LOADING = ReadingLimits(seconds=120.0, memory_mb=1500)  # that packs of people may cost until they can run
SPARE = 60.0  # seconds of the child beyond what its parts may take
_CHILD = "checks.service.rules_child"
_FIX = "Take repeats within repeats out of its patterns, or split the pack."


def pack_head(rules: PackSources, *, limits: ReadingLimits = LOADING) -> PackHead:
    """What is to be told of those packs, all of whose rules can be run. Raises BadValue, RulesBad."""
    if rules.all_ship:
        return head_of(load_shipped(rules))
    order = {"rules": rules.packed(), "loading_seconds": limits.seconds}
    under_way = _UnderWay(rules, limits, limits)
    spare = replace(limits, seconds=limits.seconds + SPARE)
    try:
        for message in answers(_CHILD, order, under_way.packs, spare):
            return heads().validate_python(message["loaded"])
    except (ReaderGaveUp, FileDamaged) as error:
        raise under_way.told(error) from error
    except (ValidationError, KeyError) as error:
        raise under_way.nonsense() from error
    raise under_way.nonsense()


def check_file(
    path: Path,
    name: str,
    rules: PackSources,
    *,
    limits: ReadingLimits,
    seconds: float = MOST_SECONDS,
    language: str = "en",
    model: LanguageModel | None = None,
    why_no_model: str = "no_model",
    today: datetime.date | None = None,
    progress: Progress | None = None,
) -> CheckReport:
    """The report on that file by those packs, as `checks.service.runner.run_pack` makes it; the model is
    asked in this process. Raises an Unreadable; BadValue or RulesBad where a pack cannot be read or run."""
    kind = format_of(path, name)
    if read_here(path, name, kind) and rules.all_ship:
        return run_pack(
            read_document(path, name, limits=limits), load_shipped(rules), language=language, model=model,
            today=today, progress=progress, seconds=seconds, why_no_model=why_no_model,
        )  # fmt: skip
    order = {
        "rules": rules.packed(),
        "loading_seconds": LOADING.seconds,
        "file": reading_order(path, name, kind, limits),
        "today": (today or datetime.date.today()).isoformat(),
        "seconds": seconds,
        "language": language,
        "why_no_model": why_no_model,
        "ask_later": model is not None,
    }
    under_way = _UnderWay(rules, limits, LOADING, seconds, name)
    document, outcome = _answered(order, path, under_way, progress)
    if outcome.judgements:
        left = seconds - (time.monotonic() - under_way.began)
        context = context_of(document, model, today, max(0.0, left), why_no_model)
        judge(replace(context, seconds=seconds), outcome, language)
    return report_of(document, outcome, language)


def _answered(
    order: dict[str, Any], path: Path, under_way: _UnderWay, progress: Progress | None
) -> tuple[CheckedDocument, Outcome]:
    limits = under_way.limits
    costs = replace(limits, seconds=LOADING.seconds + limits.seconds + under_way.seconds + SPARE)
    parts, findings = DocumentParts(under_way.file), list[tuple[Finding, str]]()
    try:
        for message in _answers(order, under_way, costs):
            if "rule" in message and progress is not None:
                progress(str(message["rule"]), int(message["number"]), int(message["of"]))
            elif "found" in message:
                findings += _found().validate_python(message["found"])
            elif "outcome" in message:
                outcome = _outcomes().validate_python(message["outcome"])
                return parts.document(path), replace(outcome, found=findings)
            elif under_way.reading:
                parts.take(message)
    except (ValidationError, KeyError, TypeError, ValueError) as error:
        raise under_way.nonsense() from error
    raise under_way.nonsense()


def _answers(order: dict[str, Any], under_way: _UnderWay, costs: ReadingLimits) -> Iterator[dict[str, Any]]:
    """The child's lines; where it is ended or gives up, what it was doing decides which error that is."""
    try:
        for message in answers(_CHILD, order, under_way.file, costs):
            if under_way.sees(message):
                yield message
    except (ReaderGaveUp, FileDamaged) as error:
        if under_way.reading:
            raise
        raise under_way.told(error) from error


@dataclass
class _UnderWay:
    """What a child is doing, by the last line that it told."""

    rules: PackSources
    limits: ReadingLimits  # of the reader
    loading: ReadingLimits
    seconds: float = 0.0  # that the rules have
    file: str = ""
    reading: bool = False
    rule: str = ""
    began: float = field(default_factory=time.monotonic)  # to run the rules

    @property
    def packs(self) -> str:
        """The names of the packs of people, which are the ones in question."""
        sources = (*self.rules.packs, *self.rules.more)
        names = [source.name for source in sources if source.file] or self.rules.names
        return " + ".join(names)

    def sees(self, message: dict[str, Any]) -> bool:
        """Whether the line says more than how far the child is."""
        if "loaded" in message:
            self.reading = True
            return False
        if "read" in message:
            self.reading, self.began = False, time.monotonic()
            return False
        if "rule" in message:
            self.rule = str(message["rule"])
        return True

    def told(self, error: ReaderGaveUp | FileDamaged) -> RulesBad:
        """The error of a child that was ended, or gave up, over the rules."""
        why = str(error.values.get("limit") or error.values.get("problem") or "")
        if "SIGALRM" in why:
            why = f"{self.seconds if self.rule else self.loading.seconds:g} seconds"
        limit = "limit" in error.values or "seconds" in why
        what = f"checking {self.file} by it" if self.rule else "reading it"
        problem = f"{what} took more than {why}" if limit else f"{what} ended the process that did so: {why}"
        place = f"{self.packs}, rule {self.rule}" if self.rule else self.packs
        return RulesBad(place=place, problem=problem, fix=_FIX)

    def nonsense(self) -> RulesBad:
        """The error of a child that told something else than it was asked for."""
        problem = "the process that checks by it answered with something else"
        return RulesBad(place=self.packs, problem=problem, fix=_FIX)


@cache
def _found() -> TypeAdapter[list[tuple[Finding, str]]]:
    return TypeAdapter(list[tuple[Finding, str]])


@cache
def _outcomes() -> TypeAdapter[Outcome]:
    return TypeAdapter(Outcome)
