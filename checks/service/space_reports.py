"""What is known of the documents of a space: the stored report of each version that answers, counted without
what is waived or was there before, and summed up by rule, department and severity."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sqlalchemy import ColumnElement, Select, delete, select
from sqlalchemy.orm import Session, undefer

from checks.findings import CheckReport, Level, RuleState
from checks.packs.waivers import Waiver, waiver_of
from checks.service.folders import FileOutcome
from checks.service.saved_checks import reports, without
from core.access import Access, may_read
from core.access import document as document_of
from core.errors import NotFound, ShokoError, restored
from core.files import Files
from core.models import Document, KnownFindings, SpaceWaiver, Version, VersionCheck, now


@dataclass(frozen=True)
class RuleTally:
    """A rule over many documents: its findings, in how many documents, and where it could not run."""

    rule: str
    kind: str
    level: str
    findings: int = 0
    documents: int = 0
    ran: int = 0
    could_not_run: int = 0


@dataclass(frozen=True)
class Department:
    """A folder's documents: the first part of their names; empty for those in none."""

    name: str
    documents: int
    levels: dict[str, int]


@dataclass(frozen=True)
class Summary:
    """A space in figures, of the documents that the asker may read."""

    documents: int
    checked: int
    unreadable: int
    waived: int
    levels: dict[str, int]
    rules: tuple[RuleTally, ...]
    departments: tuple[Department, ...]


def department_of(name: str) -> str:
    """The department of a document: the first folder of its name, empty where it is in none."""
    return name.partition("/")[0] if "/" in name else ""


def packed(report: CheckReport) -> bytes:
    """The report to be stored: findings and rules, and of the document what pages and reports need."""
    bare = replace(
        report.document, pieces=(), tables=(), source="", page_boxes={}, metadata={}, styles={}, signatures=()
    )
    return zlib.compress(reports().dump_json(replace(report, document=bare)))


def unpacked(stored: bytes) -> CheckReport:
    """The stored report again."""
    report: CheckReport = reports().validate_json(zlib.decompress(stored))
    return report


def store(session: Session, version: Version, packs: Sequence[str], report: CheckReport) -> VersionCheck:
    """Keep that report on that version, in place of an older one."""
    document = session.get_one(Document, version.document_id)
    passes = _passes(session, Document.id == document.id)
    row = session.merge(
        VersionCheck(
            version_id=version.id, document_id=version.document_id, packs=list(packs), report=packed(report),
            states={rule.id: [rule.kind, str(rule.level), str(rule.state)] for rule in report.rules},
            levels={}, rules={}, error_code=None, error_values=None, checked_at=now(),
        )
    )  # fmt: skip
    _count(row, passes.apply(report, document))
    return row


def store_failure(session: Session, version: Version, packs: Sequence[str], error: ShokoError) -> None:
    """Keep that the version could not be checked, and why."""
    session.merge(
        VersionCheck(
            version_id=version.id, document_id=version.document_id, packs=list(packs), report=None,
            states={}, levels={}, rules={}, waived=0, error_code=error.code, error_values=error.values,
            checked_at=now(),
        )
    )  # fmt: skip


def _count(row: VersionCheck, counted: CheckReport) -> None:
    row.levels = counted.levels()
    row.rules = dict(Counter(finding.rule for finding in counted.findings))
    row.waived = len(counted.waived)


@dataclass(frozen=True)
class _Passes:
    """What may pass: waivers by space, and the findings that were there before by document."""

    waivers: dict[str, list[Waiver]]
    known: dict[str, frozenset[str]]

    def apply(self, report: CheckReport, document: Document) -> CheckReport:
        known = self.known.get(document.id, frozenset())
        return without(report, known, self.waivers.get(document.space_id, []))


def _passes(session: Session, *conditions: ColumnElement[bool]) -> _Passes:
    """What may pass in the documents that meet those conditions."""
    waivers: dict[str, list[Waiver]] = {}
    spaces = select(Document.space_id).where(*conditions)
    for waiver in session.scalars(select(SpaceWaiver).where(SpaceWaiver.space_id.in_(spaces))):
        waivers.setdefault(waiver.space_id, []).append(waiver_of(waiver))
    documents = select(Document.id).where(*conditions)
    known = session.scalars(select(KnownFindings).where(KnownFindings.document_id.in_(documents)))
    return _Passes(waivers, {row.document_id: frozenset(row.fingerprints) for row in known})


def recount(session: Session, space_id: str | None) -> None:
    """Count again what waivers and baselines let pass, in that space or (None) in all."""
    conditions = [Document.space_id == space_id] if space_id is not None else []
    passes = _passes(session, *conditions)
    query = (
        select(VersionCheck, Document)
        .join(Document, Document.id == VersionCheck.document_id)
        .where(VersionCheck.report.is_not(None), *conditions)
        .options(undefer(VersionCheck.report))
        .execution_options(yield_per=50)
    )
    for row, document in session.execute(query):
        _count(row, passes.apply(unpacked(row.report or b""), document))


def set_baseline(session: Session, space_id: str) -> int:
    """Let pass what is found in that space today; how many findings. The caller checked the right to."""
    forget_baseline(session, space_id)
    total = 0
    for row, _, _ in session.execute(_current(space_id).options(undefer(VersionCheck.report))):
        if row is None or row.report is None:
            continue
        prints = sorted({finding.fingerprint for finding in unpacked(row.report).findings})
        total += len(prints)
        session.add(KnownFindings(document_id=row.document_id, fingerprints=prints))
    session.flush()
    recount(session, space_id)
    return total


def forget_baseline(session: Session, space_id: str) -> None:
    """Tell again what was found before in that space. The caller checked the right to."""
    mine = select(Document.id).where(Document.space_id == space_id)
    session.execute(delete(KnownFindings).where(KnownFindings.document_id.in_(mine)))
    session.flush()
    recount(session, space_id)


def _current(space_id: str) -> Select[VersionCheck, Version, Document]:
    """A select of the documents of that space with the version in force, and its check or None."""
    return (
        select(VersionCheck, Version, Document)
        .select_from(Document)
        .join(Version, Version.id == Document.current_version_id)
        .outerjoin(VersionCheck, VersionCheck.version_id == Version.id)
        .where(Document.space_id == space_id)
        .order_by(Document.name)
    )


def readable_checks(access: Access, space_id: str) -> Select[VersionCheck, Version, Document]:
    """A select of the documents of that space that may be read, each with its version in force and the check
    of it, or None where there is none yet."""
    return _current(space_id).where(may_read(access))


def checked_documents(
    access: Access,
    session: Session,
    space_id: str,
    *,
    rule: str | None = None,
    level: Level | None = None,
    department: str | None = None,
) -> list[tuple[VersionCheck | None, Document]]:
    """The documents of that space that may be read, each with its check: most errors first, those without a
    check last. Only those with findings of that rule or level, or of that department."""
    chosen = [
        (check, document)
        for check, _, document in session.execute(readable_checks(access, space_id))
        if (rule is None or (check is not None and rule in check.rules))
        and (level is None or (check is not None and check.levels.get(level)))
        and (department is None or department_of(document.name) == department)
    ]
    return sorted(chosen, key=lambda row: (*_worst_first(row[0]), row[1].name))


def _worst_first(check: VersionCheck | None) -> tuple[bool, tuple[int, ...]]:
    if check is None:
        return True, ()
    return False, tuple(-check.levels.get(level, 0) for level in _WORST_FIRST)


def outcomes(
    access: Access, session: Session, files: Files, space_id: str, language: str
) -> list[FileOutcome]:
    """The checks of that space's readable documents as a report shows them, in that language."""
    passes = _passes(session, Document.space_id == space_id)
    query = readable_checks(access, space_id).options(undefer(VersionCheck.report))
    shown_outcomes = []
    for check, version, document in session.execute(query):
        if check is None:
            continue
        department = department_of(document.name)
        if check.report is None:
            outcome = FileOutcome(Path(document.name), error=error_of(check), department=department)
        else:
            report = passes.apply(unpacked(check.report), document).spoken(language)
            bring = partial(files.path, version.sha256)
            outcome = FileOutcome(Path(document.name), report, department=department, bring=bring)
        shown_outcomes.append(outcome)
    return shown_outcomes


def summary(access: Access, session: Session, space_id: str) -> Summary:
    """That space in figures, of the documents that the asker may read; who reads it was checked before."""
    rows = session.execute(readable_checks(access, space_id)).all()
    checks = [(row, document.name) for row, _, document in rows if row is not None]
    tallies: dict[str, RuleTally] = {}
    for row, _ in checks:
        for rule, (kind, level, state) in row.states.items():
            count = row.rules.get(rule, 0)
            known = tallies.get(rule, RuleTally(rule, kind, level))
            tallies[rule] = replace(
                known,
                findings=known.findings + count,
                documents=known.documents + (count > 0),
                ran=known.ran + (state == RuleState.RAN),
                could_not_run=known.could_not_run + (state == RuleState.COULD_NOT_RUN),
            )
    return Summary(
        documents=len(rows),
        checked=sum(row.error_code is None for row, _ in checks),
        unreadable=sum(row.error_code is not None for row, _ in checks),
        waived=sum(row.waived for row, _ in checks),
        levels=_levels(row.levels for row, _ in checks),
        rules=tuple(sorted(tallies.values(), key=lambda tally: (-tally.findings, tally.rule))),
        departments=departments([(name, row.levels) for row, name in checks]),
    )


def departments(documents: Sequence[tuple[str, dict[str, int]]]) -> tuple[Department, ...]:
    """Documents, by name with their findings by level, summed up by department; most errors first."""
    by_name: dict[str, list[dict[str, int]]] = {}
    for name, levels in documents:
        by_name.setdefault(department_of(name), []).append(levels)
    summed = [Department(name, len(all_of), _levels(all_of)) for name, all_of in by_name.items()]
    return tuple(sorted(summed, key=lambda row: (*(-row.levels[level] for level in _WORST_FIRST), row.name)))


_WORST_FIRST = (str(Level.ERROR), str(Level.WARNING), str(Level.INFO))


def _levels(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total = Counter[str]()
    for levels in counts:
        total.update(levels)
    return {level: total[level] for level in _WORST_FIRST}


def stored_report(
    access: Access, session: Session, document_id: str, version_id: str | None = None
) -> tuple[VersionCheck, CheckReport]:
    """The stored report on a document's version in force, or on another of its versions, without what is
    waived. Raises NotFound, or the error for which it could not be checked."""
    checked = document_of(access, session, document_id)
    row = session.get(
        VersionCheck, version_id or checked.current_version_id or "", options=[undefer(VersionCheck.report)]
    )
    if row is None or row.document_id != document_id:
        raise NotFound(what="check of", name=checked.name)
    if row.report is None:
        raise error_of(row)
    return row, _passes(session, Document.id == document_id).apply(unpacked(row.report), checked)


def error_of(row: VersionCheck) -> ShokoError:
    """Why that version could not be checked."""
    return restored(row.error_code or "", row.error_values) or NotFound(what="check of", name=row.version_id)
