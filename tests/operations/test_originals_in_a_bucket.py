"""A library whose originals lie in a bucket of a real S3-compatible server: taken in, read, erased, backed up
and moved, by a back-end, by another process, and while the store is away."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from buckets import ACCESS, SECRET, S3Server, s3_server
from databases import postgresql_server
from making import add, administrator, finish_work, pdf, records_in, settings_in, upload, version
from sqlalchemy import select
from typer.testing import CliRunner

from checks.packs.sources import PackSource, PackSources
from checks.service.saved_checks import FILE, KeptChecks, Rules
from cli.main import app
from contract.values import JobState
from core.errors import (
    BadValue,
    ConnectionRefusedByPolicy,
    FileTypeUnknown,
    NotFound,
    OriginalBad,
    OriginalsAway,
)
from core.models import Check, Document, Fact, Job, Version, VersionState
from core.settings import Settings
from ingest.lifecycle.erasure import erase_document, erase_with_certificate
from ingest.lifecycle.forgetting import forget_erased
from ingest.lifecycle.removals import TO_REMOVE
from ingest.records.page_pictures import picture
from ingest.uploads import INGEST
from llm.fakes import HashEmbedder
from operations.backup import Lock, Opener, back_up, drill
from operations.doctor import _originals
from operations.library import Library, open_library
from operations.maintenance import keep_once
from operations.records.originals import move_originals, open_files, open_originals
from operations.working.worker import open_worker

pytestmark = pytest.mark.engines
PASSPHRASE = "correct horse battery staple"
RULES = "The fee for a lost card is 50 yuan."


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


@pytest.fixture
def bucket(tmp_path: Path) -> str:
    return "b-" + tmp_path.name.replace("_", "-").lower()[-40:].strip("-")


@pytest.fixture
def given(server: S3Server, bucket: str) -> dict[str, Any]:
    setting = server.make(bucket, versions=True)
    return {"originals": setting, "s3_access_key": ACCESS, "s3_secret_key": SECRET}


def opened(settings: Settings) -> Any:
    return open_library(settings, embedder=HashEmbedder(), load_models=False)


@pytest.fixture
def library(tmp_path: Path, given: dict[str, Any]) -> Iterator[Library]:
    with opened(settings_in(tmp_path / "data", **given)) as library:
        yield library


def here(library: Library) -> list[str]:
    """What of originals lies in the data folder."""
    return sorted(file.name for file in library.files.folder.rglob("*") if file.is_file())


def of(library: Library, document: str) -> tuple[Document, Version]:
    with library.sessions.read() as session:
        row = session.get(Document, document)
        newest = session.scalars(select(Version).where(Version.document_id == document)).one()
        assert row is not None
        return row, newest


def test_a_document_is_taken_in_read_shown_and_erased_with_every_trace(
    library: Library, server: S3Server, bucket: str
) -> None:
    document = add(library, "gate.pdf", pdf("The gate opens at seven."))
    row, newest = of(library, document)
    assert server.versions(bucket) == [f"originals/{newest.sha256[:2]}/{newest.sha256}"]
    assert here(library) == [newest.sha256]  # the copy that was read
    drawn = picture(library.files, row, newest, 1, 200, library.limits)
    assert drawn.startswith(b"\x89PNG")
    twice = add(library, "copy.pdf", library.files.path(newest.sha256).read_bytes())
    erase_document(administrator(library), library.sessions, library.files, library.index, twice)
    assert library.files.has(newest.sha256)  # the other document has it still
    access = administrator(library)
    made = erase_with_certificate(access, library.sessions, library.files, library.index, document)
    assert made.certificate["left"]["originals_shared_with_another_document"] == []
    assert server.versions(bucket) == [] and here(library) == []
    assert not library.files.pictures(newest.id).exists()


def test_a_refused_file_is_never_sent(library: Library, server: S3Server, bucket: str) -> None:
    with pytest.raises(FileTypeUnknown):
        upload(library, "plan.pdf", b"\x89PNG" + bytes(20))
    assert server.versions(bucket) == [] and here(library) == []


def test_what_another_process_erased_goes_here_too(
    library: Library, given: dict[str, Any], tmp_path: Path
) -> None:
    document, stays = add(library, "gate.txt", "The gate opens at seven."), add(library, "hall.txt", "Nine.")
    (_, gone), (_, kept) = of(library, document), of(library, stays)
    other = open_files(settings_in(tmp_path / "other", database_url="", **given))
    for newest in (gone, kept):
        other.path(newest.sha256)
        other.pictures(newest.id).mkdir(parents=True)
    erase_document(administrator(library), library.sessions, library.files, library.index, document)
    forget_erased(library.sessions, other)
    assert other.originals.copies() == [kept.sha256]
    assert other.pictures(kept.id).exists() and not other.pictures(gone.id).exists()


def test_a_kept_check_is_there_for_another_back_end_and_ends_for_both(
    library: Library, server: S3Server, bucket: str, given: dict[str, Any], tmp_path: Path
) -> None:
    access = administrator(library)
    rules = Rules(PackSources((PackSource("jtf"),)), [{"name": "jtf"}])
    with library.checks.making() as folder:
        (folder / FILE).write_text("# A\n\nText.\n")
        report = library.checks.checked(access, folder / FILE, "a.md", rules.sources)
        kept = library.checks.keep(access, folder, report, rules)
    settings = settings_in(tmp_path / "other", database_url="", **given)
    other = KeptChecks(library.sessions, open_files(settings), library.limits, 60)
    seen = other.find(access, kept.check.id)
    assert seen.report == kept.report and seen.path.read_text() == "# A\n\nText.\n"
    other.remove(access, kept.check.id)
    assert server.versions(bucket) == []
    with pytest.raises(NotFound):
        library.checks.find(access, kept.check.id)
    with library.sessions.read() as session:
        assert session.scalar(select(Check.id)) is None


def test_while_the_store_is_away_work_waits_and_an_erasure_is_made_up_for(
    tmp_path: Path, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs.worker.AWAY_SECONDS", 0.0)
    with s3_server() as first:
        keys = {"originals": first.make(bucket), "s3_access_key": ACCESS, "s3_secret_key": SECRET}
        held = opened(settings_in(tmp_path / "data", **keys))
        library = held.__enter__()
        document = add(library, "gate.txt", "The gate opens at seven.")
        waiting = upload(library, "hall.txt", "The hall closes at nine.")
        _, erased = of(library, document)
    try:
        library.files.originals.drop([waiting.version.sha256])
        for _ in range(9):  # more than attempts are made of what fails by itself
            assert library.pipeline.work_once()
        with library.sessions.read() as session:
            job = session.scalars(select(Job).where(Job.kind == INGEST, Job.state == JobState.WAITING)).one()
            assert (job.subject_id, job.attempts) == (waiting.version.id, 0)
        with pytest.raises(OriginalsAway):
            upload(library, "late.txt", "Too late.")
        access = administrator(library)
        made = erase_with_certificate(access, library.sessions, library.files, library.index, document)
        left = made.certificate["left"]["originals_removed_when_their_store_answers"]
        assert left == [erased.sha256]
        with s3_server(int(first.address.rpartition(":")[2])) as second:
            second.make(bucket)
            for original, content in ((erased, b"The gate opens at seven."), (waiting.version, b"")):
                content = content or b"The hall closes at nine."
                (tmp_path / "again").write_bytes(content)  # this server forgets what the first had
                library.files.originals.put(tmp_path / "again", original.sha256)
            keep_once(library)
            assert not library.files.has(erased.sha256)
            finish_work(library)
            assert version(library, waiting.version.id).state == VersionState.EMBEDDED
            with library.sessions.read() as session:
                assert session.scalar(select(Fact.name).where(Fact.name.startswith(TO_REMOVE))) is None
    finally:
        held.__exit__(None, None, None)


def test_a_backup_holds_the_originals_and_a_restore_brings_them_back(
    library: Library, server: S3Server, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(library, "gate.txt", "The gate opens at seven.")
    _, newest = of(library, add(library, "hall.txt", "The hall closes at nine."))
    file, copies = tmp_path / "monday.shoko", tmp_path / "copies"
    store = open_originals(library.settings.originals, library.settings, copies)
    report = back_up(library.settings.data, file, Lock(PASSPHRASE), store)
    assert (report.documents, report.originals, report.log_whole) == (2, 2, True)
    assert list(copies.iterdir()) == []  # no more than one lay here at a time
    assert drill(file, Opener(PASSPHRASE)).originals == 2
    other = server.make(f"{bucket[:40]}-new")
    for name, value in (
        ("SHOKO_ORIGINALS", other), ("SHOKO_S3_ACCESS_KEY", ACCESS), ("SHOKO_S3_SECRET_KEY", SECRET),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    (tmp_path / "words").write_text(PASSPHRASE)
    order = [
        "restore",
        str(file),
        "--data",
        str(tmp_path / "new"),
        "--passphrase-file",
        str(tmp_path / "words"),
    ]
    done = CliRunner().invoke(app, order)
    assert done.exit_code == 0, done.output
    with opened(settings_in(tmp_path / "new")) as restored:
        assert restored.files.path(newest.sha256).read_bytes() == b"The hall closes at nine."
        assert restored.files.originals.shown == other
        finish_work(restored)
        assert restored.index.keywords.count() == 2
    library.files.remove(newest.sha256)  # by somebody else's hand
    with pytest.raises(Exception, match="originals are missing"):
        back_up(library.settings.data, tmp_path / "tuesday.shoko", Lock(PASSPHRASE), store)
    assert not (tmp_path / "tuesday.shoko").exists()


def test_originals_move_to_a_bucket_and_back_and_each_is_compared(
    tmp_path: Path, given: dict[str, Any], server: S3Server, bucket: str
) -> None:
    with opened(settings_in(tmp_path / "data")) as library:
        _, newest = of(library, add(library, "gate.txt", "The gate opens at seven."))
        add(library, "hall.txt", "The hall closes at nine.")
        folder = library.files.originals
        far = open_originals(given["originals"], settings_in(tmp_path / "data", **given), tmp_path / "copies")
        moved = move_originals(library.sessions, folder, far)
        assert (moved.originals, moved.there_before, moved.bytes) == (2, 0, 48)
        assert move_originals(library.sessions, folder, far).there_before == 2  # gone on with, it ends alike
        assert folder.has(newest.sha256)  # the way back
        with pytest.raises(BadValue, match="there already"):
            move_originals(library.sessions, folder, folder)
        shutil.rmtree(library.files.folder / newest.sha256[:2])
        assert move_originals(library.sessions, far, folder).there_before == 1
        assert library.files.path(newest.sha256).read_bytes() == b"The gate opens at seven."
        (tmp_path / "forged").write_bytes(b"other")
        server.client(ACCESS, SECRET).fput_object(
            bucket, f"originals/{newest.sha256[:2]}/{newest.sha256}", str(tmp_path / "forged")
        )
        with pytest.raises(OriginalBad, match="another"):
            move_originals(library.sessions, folder, far)


def test_a_worker_with_a_folder_of_its_own_reads_from_the_bucket(
    tmp_path: Path, given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgresql_server() as records:
        monkeypatch.setattr("making.RECORDS_SERVER", records)
        alike = given | {"database_url": records_in(tmp_path)}
        with (
            opened(settings_in(tmp_path / "b", workers="elsewhere", **alike)) as library,
            open_worker(settings_in(tmp_path / "w", **alike)) as worker,
        ):
            accepted = upload(library, "fees.txt", RULES)
            assert not library.pipeline.work_once()
            assert worker.loops[0].once()
            assert version(library, accepted.version.id).state == VersionState.READ
            finish_work(library)
            assert version(library, accepted.version.id).state == VersionState.EMBEDDED
        elsewhere = alike | {"originals": f"{given['originals']}/elsewhere"}
        with (
            pytest.raises(BadValue, match="SHOKO_ORIGINALS"),
            open_worker(settings_in(tmp_path / "x", **elsewhere)),
        ):
            pass


def test_the_doctor_and_a_start_say_what_is_wrong_with_the_store(
    library: Library, given: dict[str, Any], tmp_path: Path
) -> None:
    levels = [(remark.level, remark.found) for remark in _originals(library.settings)]
    assert levels[0][0] == "ok" and "keeps versions" in levels[1][1]
    missing = settings_in(tmp_path / "m", **given | {"originals": given["originals"] + "x"})
    (remark,) = _originals(missing)
    assert remark.level == "fault" and "no such bucket" in remark.found
    with pytest.raises(BadValue, match="no such bucket"), opened(missing):
        pass
    far = settings_in(tmp_path / "f", **given | {"originals": "s3+https://192.0.2.7/shoko"})
    with pytest.raises(ConnectionRefusedByPolicy), opened(far):
        pass


def test_what_no_record_knows_goes_after_a_day(library: Library, tmp_path: Path, monkeypatch: Any) -> None:
    _, newest = of(library, add(library, "gate.txt", "The gate opens at seven."))
    (tmp_path / "stray").write_bytes(b"stray")
    library.files.originals.put(tmp_path / "stray", "0" * 64)
    keep_once(library)
    assert library.files.has("0" * 64)  # somebody may be taking it in
    monkeypatch.setattr("operations.maintenance.DAY", -1.0)
    monkeypatch.setattr("core.audit.checkpoint_is_due", lambda session: True)
    keep_once(library)
    assert not library.files.has("0" * 64) and library.files.has(newest.sha256)
