"""Checks that are kept for a short time: the file that was sent, the rules, and the report on it.

Only the one who asked for a check reads it (`core.access.check`), and once its time is over it is erased. A
document of the library is not copied: its check shows it as long as the asker may read it.
"""

from __future__ import annotations

import contextlib
import datetime
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from checks.findings import CheckReport
from checks.packs.sources import PackSource, PackSources
from checks.packs.waivers import MOST_WAIVERS, Waiver, beyond, waived, waiver_of
from checks.readers.reading import read_document
from checks.service.fixes import mend
from checks.service.limited import check_file
from checks.service.settling import Choice, Settled, carried, marked
from checks.service.usual_pack import usual_pack
from core import access as access_rules
from core.access import Access, made_within
from core.audit import record
from core.db import Sessions
from core.errors import BadValue, NotFound, OriginalsAway
from core.files import Files
from core.models import Check, Document, SpaceWaiver, User, Version, new_id, now
from ingest.formats import PDF
from ingest.sandbox import ReadingLimits, render_page
from llm.model import LanguageModel

MOST_KEPT = 30  # of one person: the oldest goes first
FILE, REPORT = "file", "report.json"


@dataclass(frozen=True)
class Rules:
    """Rules to check by. `packs` says where they come from, as `core.models.Check.packs` keeps it."""

    sources: PackSources
    packs: list[dict[str, str]]
    waivers: list[Waiver] = field(default_factory=list)
    baseline: frozenset[str] = frozenset()
    spaces: frozenset[str] = frozenset()  # whose packs they are


@dataclass(frozen=True)
class SavedCheck:
    """A kept check: its row, what brings the file that was checked, and the report, without what is
    waived."""

    check: Check
    bring: Callable[[], Path]
    report: CheckReport
    rules: Rules
    folder: Path

    @property
    def path(self) -> Path:
        """The file that was checked. Raises OriginalBad, OriginalsAway."""
        return self.bring()

    def picture(self, file: Path, number: int, width: int, limits: ReadingLimits) -> bytes:
        """PNG of a page of the checked file, or of what was printed of it; drawn once. Raises FileDamaged."""
        drawn = self.folder / f"{file.stem}-{number}-{width}.png"
        try:
            return drawn.read_bytes()
        except FileNotFoundError:
            content = render_page(file, self.check.name, PDF, number, width, limits)
            drawn.write_bytes(content)
            return content


@dataclass
class KeptChecks:
    """The checks that are kept, in a folder for each."""

    sessions: Sessions
    files: Files
    limits: ReadingLimits
    minutes: float
    # The model that gives opinions for that person, where there is one.
    model: Callable[[str], LanguageModel | None] = lambda person: None
    _making: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextlib.contextmanager
    def making(self) -> Iterator[Path]:
        """A folder for a new check, named by its id; it goes where the check was not kept."""
        check_id = new_id()
        folder = self.files.check(check_id)
        with self._lock:
            self._making.add(check_id)
        try:
            folder.parent.mkdir(exist_ok=True)
            folder.mkdir(mode=0o700)
            yield folder
        finally:
            with self.sessions.read() as session:
                kept = session.get(Check, check_id) is not None
            if not kept:
                with contextlib.suppress(OriginalsAway):  # which goes with its time then
                    self.files.remove_check(check_id)
            with self._lock:
                self._making.discard(check_id)

    def checked(self, access: Access, path: Path, name: str, rules: PackSources) -> CheckReport:
        """The report on that file. Raises an Unreadable, BadValue, RulesBad."""
        return check_file(path, name, rules, limits=self.limits, model=self.model(access.user_id))

    def usual_pack(self, path: Path, name: str) -> str:
        """The pack that ships for documents in the language of that file. Raises an Unreadable."""
        return usual_pack(read_document(path, name, limits=self.limits))

    def keep(
        self, access: Access, folder: Path, report: CheckReport, rules: Rules, *,
        document_id: str | None = None, copy_of: Check | None = None, fixes: int = 0,
        after: SavedCheck | None = None,
    ) -> SavedCheck:  # fmt: skip
        """Keep that report, of a file in the folder or of a document of the library; what was settled in the
        check `after` which it comes stays settled. If the asker has too many kept checks, the oldest go.
        Raises NotFound where the document went meanwhile."""
        (folder / REPORT).write_bytes(reports().dump_json(report))
        self.files.share_check(folder.name)
        moment = now()
        check = Check(
            id=folder.name,
            user_id=access.user_id,
            name=report.document.name,
            format=str(report.document.format),
            document_id=document_id,
            spaces=copy_of.spaces if copy_of else made_within(access),
            own_file=(folder / FILE).exists(),
            sha256=report.document.sha256,
            packs=rules.packs,
            waivers=[waiver.model_dump(mode="json") for waiver in rules.waivers],
            baseline=sorted(rules.baseline),
            fixes=fixes,
            levels={},
            settled=[],
            created_at=moment,
            expires_at=moment + datetime.timedelta(minutes=self.minutes),
        )
        with self.sessions.write() as session:
            if document_id is not None:
                document = access_rules.document(access, session, document_id)
                if copy_of is None:
                    check.spaces = made_within(access, {document.space_id, *rules.spaces})
            shown = self._shown(session, check, report, rules)
            check.levels = shown.levels()
            if after is not None:
                check.settled = carried(after.check.settled, after.report.findings, shown)
            session.add(check)
            session.flush()
            names = [pack["name"] for pack in rules.packs]
            record(session, access.user_id, "check.made", document_id or check.id, packs=names)
            mine = select(Check.id).where(access_rules.own(access, Check)).order_by(Check.created_at.desc())
            gone = list(session.scalars(mine.offset(MOST_KEPT)))
            session.execute(delete(Check).where(Check.id.in_(gone)))
        for check_id in gone:
            self.files.remove_check(check_id)
        return SavedCheck(check, partial(self._file, check), shown, rules, folder)

    def list(self, access: Access) -> list[Check]:
        """The checks of the asker that are still kept, newest first."""
        query = select(Check).where(access_rules.own(access, Check), Check.expires_at > now())
        readable = access_rules.readable_documents(access).with_only_columns(Document.id)
        query = query.where(Check.document_id.is_(None) | Check.document_id.in_(readable))
        with self.sessions.read() as session:
            return list(session.scalars(query.order_by(Check.created_at.desc(), Check.id)))

    def find(self, access: Access, check_id: str, *, download: bool = False) -> SavedCheck:
        """That kept check; to `download` its file asks for more. Raises NotFound or NotPermitted."""
        asked = access_rules.check_to_download if download else access_rules.check
        with self.sessions.read() as session:
            check = asked(access, session, check_id)
            self.files.fetch_check(check.id)
            folder = self.files.check(check.id)
            try:
                report = reports().validate_json((folder / REPORT).read_bytes())
                rules = self._rules(check, folder)
            except FileNotFoundError as error:
                raise NotFound(what="check", name=check_id) from error
            shown = self._shown(session, check, report, rules)
            return SavedCheck(check, partial(self._file, check), shown, rules, folder)

    def _file(self, check: Check) -> Path:
        return self.files.check(check.id) / FILE if check.own_file else self.files.path(check.sha256)

    def shown(self, rules: Rules, report: CheckReport) -> CheckReport:
        """That report without what those rules' waivers and baseline let pass."""
        return without(report, rules.baseline, rules.waivers)

    def waive(
        self, access: Access, check_id: str, *, fingerprint: str, rule: str, document: str, reason: str,
        until: datetime.date,
    ) -> SavedCheck:  # fmt: skip
        """Let findings of that check pass until that day, in the asker's name. Raises NotFound, or BadValue
        where there are too many."""
        with self.sessions.write() as session:
            check = access_rules.check(access, session, check_id)
            waiver = Waiver(
                fingerprint=fingerprint, rule=rule, document=document, reason=reason, until=until,
                by=name_of(session, access),
            )  # fmt: skip
            if len(check.waivers) >= MOST_WAIVERS:
                fix = "Take them into the space, or name rules and documents with *."
                raise BadValue(name="waiver", problem=f"a check has at most {MOST_WAIVERS}", fix=fix)
            check.waivers = [*check.waivers, waiver.model_dump(mode="json")]
        return self.find(access, check_id)

    def settle(self, access: Access, check_id: str, choice: Choice, how: Settled | None) -> SavedCheck:
        """Accept or ignore findings of that check, or open them again. Raises NotFound, BadValue."""
        kept = self.find(access, check_id)
        chosen = choice.of(kept.report.findings)
        with self.sessions.write() as session:
            check = access_rules.check(access, session, check_id)
            check.settled = marked(check.settled, chosen, how)
        return self.find(access, check_id)

    def mended(
        self, access: Access, check_id: str, *, tracked: bool, choice: Choice | None = None
    ) -> tuple[Check, int, int]:
        """A kept check of a copy with the safe fixes made, or those that are chosen: it, how many were made,
        how many findings are left. Raises NotFound, NotPermitted, FixRefused, BadValue."""
        kept = self.find(access, check_id, download=True)

        whole: list[CheckReport] = []

        def again(path: Path) -> CheckReport:
            whole.append(self.checked(access, path, kept.check.name, kept.rules.sources))
            with self.sessions.read() as session:
                return self._shown(session, kept.check, whole[-1], kept.rules)

        made = mend(kept.path, kept.report, again, tracked=tracked, choice=choice)
        with self.making() as folder:
            (folder / FILE).write_bytes(made.content)
            for pack in kept.rules.packs:
                if "file" in pack:
                    shutil.copy(kept.folder / pack["file"], folder / pack["file"])
            copy = self.keep(
                access, folder, whole[-1], kept.rules,
                document_id=kept.check.document_id, copy_of=kept.check, fixes=kept.check.fixes + made.applied,
                after=kept,
            )  # fmt: skip
        return copy.check, made.applied, len(made.report.findings)

    def remove(self, access: Access, check_id: str) -> None:
        """Erase that kept check now. Raises NotFound."""
        with self.sessions.write() as session:
            check = access_rules.check(access, session, check_id)
            session.execute(delete(Check).where(Check.id == check.id))
        self.files.remove_check(check_id)

    def sweep(self) -> int:
        """Erase what is kept no longer; how many checks went."""
        with self.sessions.write() as session:
            gone = list(session.scalars(select(Check.id).where(Check.expires_at <= now())))
            session.execute(delete(Check).where(Check.id.in_(gone)))
        with self._lock:
            folders = {folder.name for folder in self.files.checks()} - self._making
        with self.sessions.read() as session:
            left = set(session.scalars(select(Check.id)))
        for check_id in set(gone) | (folders - left):
            self.files.remove_check(check_id)
        return len(gone)

    def _rules(self, check: Check, folder: Path) -> Rules:
        waivers = [Waiver.model_validate(waiver) for waiver in check.waivers]
        return Rules(sources_in(folder, check.packs), check.packs, waivers, frozenset(check.baseline))

    def _shown(self, session: Session, check: Check, report: CheckReport, rules: Rules) -> CheckReport:
        """The report without what was there before, and without what is waived, for it or in its space."""
        waivers = [*rules.waivers, *space_waivers(session, check.document_id)]
        return without(report, rules.baseline, waivers)


def sources_in(folder: Path, packs: Sequence[dict[str, str]]) -> PackSources:
    """The packs of a check, as its row names them; their files stand in that folder."""
    return PackSources(
        tuple(
            PackSource(pack["name"], pack["file"], (folder / pack["file"]).read_bytes())
            if "file" in pack
            else PackSource(pack["name"])
            for pack in packs
        )
    )


def without(report: CheckReport, baseline: frozenset[str], waivers: Sequence[Waiver]) -> CheckReport:
    """The report without what was there before, and what is waived today."""
    if baseline:
        report = beyond(report, {report.document.name: baseline})
    return waived(report, waivers, datetime.date.today()) if waivers else report


def space_waivers(session: Session, document_id: str | None) -> Sequence[Waiver]:
    """The waivers of the space in which that document stands."""
    if document_id is None:
        return []
    rows = session.scalars(
        select(SpaceWaiver)
        .join(Document, Document.space_id == SpaceWaiver.space_id)
        .where(Document.id == document_id)
        .order_by(SpaceWaiver.created_at, SpaceWaiver.id)
    )
    return [waiver_of(row) for row in rows]


def name_of(session: Session, access: Access) -> str:
    """The name of who asks."""
    return session.scalar(select(User.name).where(User.id == access.user_id)) or access.user_id


def version_to_check(access: Access, session: Session, document_id: str) -> tuple[Document, Version]:
    """That document and its version in force. Raises NotFound."""
    document = access_rules.document(access, session, document_id)
    version = session.get(Version, document.current_version_id) if document.current_version_id else None
    if version is None:
        raise NotFound(what="version in force of", name=document.name)
    return document, version


@cache
def reports() -> TypeAdapter[Any]:
    """Reports to JSON and back."""
    return TypeAdapter(CheckReport)
