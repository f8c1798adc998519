"""Backup while the library is open, restore, and everything that must be refused."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from pathlib import Path

import pyrage
import pytest
from making import add, administrator, child_environment, finish_work, settings_in

from core.errors import BackupBad, BadValue, DataFolderNewer
from llm.fakes import HashEmbedder
from operations.backup import MAGIC, Lock, Opener, back_up, drill, refuse_other_records, restore
from operations.library import open_library
from retrieval.answers.events import Done

PASSPHRASE = "correct horse battery staple"


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A data folder and its backup, which was made while the folder was in use."""
    folder = tmp_path_factory.mktemp("backup")
    data, file = folder / "data", folder / "monday.shoko"
    with open_library(settings_in(data), embedder=HashEmbedder(), load_models=False) as library:
        add(library, "gate.txt", "The gate opens at seven.")
        add(library, "hall.txt", "The hall closes at nine.")
        report = back_up(data, file, Lock(PASSPHRASE))
        assert (report.documents, report.originals, report.log_whole) == (2, 2, True)
        add(library, "later.txt", "This came later.")
        assert not [path for path in data.iterdir() if path.name.startswith("backup-")]
    return data, file


def test_what_was_backed_up_answers_again_elsewhere(backed_up: tuple[Path, Path], tmp_path: Path) -> None:
    report = restore(backed_up[1], tmp_path / "new", Opener(PASSPHRASE))
    assert report.documents == 2 and report.log_whole
    with open_library(settings_in(tmp_path / "new"), embedder=HashEmbedder(), load_models=False) as library:
        finish_work(library)
        assert (library.index.keywords.count(), library.index.vectors and library.index.vectors.count()) == (
            2,
            2,
        )
        done = list(library.answerer.ask(administrator(library), "When does the gate open?"))[-1]
        assert isinstance(done, Done) and done.quotes[0].text == "The gate opens at seven."


def test_nothing_of_it_can_be_read_without_the_passphrase(
    backed_up: tuple[Path, Path], tmp_path: Path
) -> None:
    content = backed_up[1].read_bytes()
    assert content.startswith(MAGIC) and b"gate" not in content and b"SQLite" not in content
    with pytest.raises(BackupBad):
        restore(backed_up[1], tmp_path / "new", Opener("another passphrase"))
    assert not (tmp_path / "new").exists() and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", [0.0, 0.02, 0.3, 0.7, 0.999])
def test_a_changed_byte_or_a_cut_is_found(backed_up: tuple[Path, Path], tmp_path: Path, place: float) -> None:
    content = bytearray(backed_up[1].read_bytes())
    content[int(place * len(content))] ^= 1
    for name, damaged in (("changed", bytes(content)), ("cut", bytes(content[: int(place * len(content))]))):
        (tmp_path / name).write_bytes(damaged)
        with pytest.raises(BackupBad):
            drill(tmp_path / name, Opener(PASSPHRASE))


def test_holders_of_a_key_open_it(backed_up: tuple[Path, Path], tmp_path: Path) -> None:
    key = pyrage.x25519.Identity.generate()
    file = tmp_path / "keyed.shoko"
    back_up(backed_up[0], file, Lock(recipients=[str(key.to_public())]))
    assert drill(file, Opener(identities=f"# my key\n{key}\n")).documents == 3
    for opener in (Opener(PASSPHRASE), Opener(identities=str(pyrage.x25519.Identity.generate()))):
        with pytest.raises(BackupBad):
            drill(file, opener)
    with pytest.raises(BadValue):
        back_up(backed_up[0], tmp_path / "x", Lock(recipients=["age1nonsense"]))


def test_what_is_there_is_never_overwritten_and_short_passphrases_are_refused(
    backed_up: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(BadValue):
        restore(backed_up[1], backed_up[0], Opener(PASSPHRASE))
    with pytest.raises(BadValue):
        back_up(backed_up[0], backed_up[1], Lock(PASSPHRASE))
    with pytest.raises(BadValue):
        back_up(backed_up[0], tmp_path / "x", Lock("short"))


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "originals/../../evil", "originals/aa/short"])
def test_a_foreign_archive_writes_nothing_outside(tmp_path: Path, name: str) -> None:
    packed = io.BytesIO()
    with tarfile.open(mode="w", fileobj=packed) as archive:
        entry = tarfile.TarInfo(name)
        entry.size = 4
        archive.addfile(entry, io.BytesIO(b"evil"))
    key = pyrage.x25519.Identity.generate()
    file = tmp_path / "evil.shoko"
    sealed = pyrage.encrypt(packed.getvalue(), [key.to_public()])
    file.write_bytes(MAGIC + (0).to_bytes(4, "big") + sealed)
    with pytest.raises(BackupBad, match="no backup has"):
        restore(file, tmp_path / "new", Opener(identities=str(key)))
    assert [path.name for path in tmp_path.iterdir()] == ["evil.shoko"]


def test_records_of_a_newer_version_are_refused(tmp_path: Path) -> None:
    import sqlite3
    from contextlib import closing

    data = tmp_path / "data"
    with open_library(settings_in(data, embedder="none"), load_models=False):
        pass
    with closing(sqlite3.connect(data / "shoko.sqlite3")) as records:
        records.execute("UPDATE alembic_version SET version_num = 'from-the-future'")
        records.commit()
    with pytest.raises(DataFolderNewer):
        back_up(data, tmp_path / "file", Lock(PASSPHRASE))


def test_records_in_a_database_of_their_own_are_refused_by_naming_its_tool(tmp_path: Path) -> None:
    refuse_other_records("")
    with pytest.raises(BadValue, match="pg_dump"):
        refuse_other_records("postgresql+psycopg://shoko:secret@db/shoko")
    order = [sys.executable, "-m", "cli.main", "backup", str(tmp_path / "x.shoko"), "--data", str(tmp_path)]
    environment = child_environment(SHOKO_DATABASE_URL="postgresql+psycopg://shoko:hidden@db/shoko")
    done = subprocess.run(order, capture_output=True, text=True, env=environment, input="a passphrase\n")
    assert done.returncode == 1 and "pg_dump" in done.stderr and "hidden" not in done.stderr
    assert not (tmp_path / "x.shoko").exists()
