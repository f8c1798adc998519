"""What is known of the documents of a space: the stored report of each version that answers, counted without
what is waived or was there before, and summed up by rule, department and severity."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session, undefer

from checks.findings import CheckReport, Level, RuleState
from checks.packs.waivers import Waiver, waiver_of
from checks.service.saved_checks import reports, without
from core.access import Access, document, may_read
from core.errors import NotFound, ShokoError
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
    row = session.merge(
        VersionCheck(
            version_id=version.id, document_id=version.document_id, packs=list(packs), report=packed(report),
            states={rule.id: [rule.kind, str(rule.level), str(rule.state)] for rule in report.rules},
            levels={}, rules={}, error_code=None, error_values=None, checked_at=now(),
        )
    )  # fmt: skip
    _count(session, row, report)
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


def _count(session: Session, row: VersionCheck, report: CheckReport) -> None:
    counted = shown(session, row, report)
    row.levels = counted.levels()
    row.rules = dict(Counter(finding.rule for finding in counted.findings))
    row.waived = len(counted.waived)


def shown(session: Session, row: VersionCheck, report: CheckReport) -> CheckReport:
    """The stored report without what is waived in its space or was there before."""
    waivers = session.scalars(
        select(SpaceWaiver)
        .join(Document, Document.space_id == SpaceWaiver.space_id)
        .where(Document.id == row.document_id)
    )
    known = session.get(KnownFindings, row.document_id)
    passes: list[Waiver] = [waiver_of(waiver) for waiver in waivers]
    return without(report, frozenset(known.fingerprints) if known is not None else frozenset(), passes)


def recount(session: Session, space_id: str | None) -> None:
    """Count anew what waivers and baselines let pass, in that space or (None) in all."""
    query = (
        select(VersionCheck)
        .join(Document, Document.id == VersionCheck.document_id)
        .where(VersionCheck.report.is_not(None))
        .options(undefer(VersionCheck.report))
        .execution_options(yield_per=50)
    )
    if space_id is not None:
        query = query.where(Document.space_id == space_id)
    for row in session.scalars(query):
        _count(session, row, unpacked(row.report or b""))


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


def summary(access: Access, session: Session, space_id: str) -> Summary:
    """That space in figures, of the documents that the asker may read; who reads it was checked before."""
    rows = session.execute(readable_checks(access, space_id)).all()
    checks = [(row, found.name) for row, _, found in rows if row is not None]
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
        rules=tuple(sorted(tallies.values(), key=lambda one: (-one.findings, one.rule))),
        departments=departments([(name, row.levels) for row, name in checks]),
    )


def departments(documents: Sequence[tuple[str, dict[str, int]]]) -> tuple[Department, ...]:
    """Documents, by name with their findings by level, summed up by department; most errors first."""
    by_name: dict[str, list[dict[str, int]]] = {}
    for name, levels in documents:
        by_name.setdefault(department_of(name), []).append(levels)
    found = [Department(name, len(all_of), _levels(all_of)) for name, all_of in by_name.items()]
    return tuple(sorted(found, key=lambda one: (*(-one.levels[level] for level in _WORST_FIRST), one.name)))


_WORST_FIRST = (str(Level.ERROR), str(Level.WARNING), str(Level.INFO))


def _levels(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total = Counter[str]()
    for one in counts:
        total.update(one)
    return {level: total[level] for level in _WORST_FIRST}


def stored_report(
    access: Access, session: Session, document_id: str, version_id: str | None = None
) -> tuple[VersionCheck, CheckReport]:
    """The stored report on a document's version in force, or on another of its versions, without what is
    waived. Raises NotFound, or the error for which it could not be checked."""
    found = document(access, session, document_id)
    row = session.get(
        VersionCheck, version_id or found.current_version_id or "", options=[undefer(VersionCheck.report)]
    )
    if row is None or row.document_id != document_id:
        raise NotFound(what="check of", name=found.name)
    if row.report is None:
        raise error_of(row)
    return row, shown(session, row, unpacked(row.report))


def error_of(row: VersionCheck) -> ShokoError:
    """Why that version could not be checked."""
    from core import errors

    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, ShokoError) and kind.code == row.error_code:
            return kind(**(row.error_values or {}))
    return NotFound(what="check of", name=row.version_id)
