"""Watched folders on a real disk: found, changed, renamed, moved, deleted files, and shares that go away."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import administrator, finish_work, picture_pdf, settings_in
from sqlalchemy import func, select

from contract.values import Role
from core.access import space_to_write
from core.models import Document, FileState, Folder, FolderFile, Grant, User, Version
from ingest.watched.folders import FolderReport, FolderWatch
from ingest.watched.listing import Known, Listing, Seen, compare, listing, skipped, too_many_gone
from llm.fakes import HashEmbedder
from operations.library import Library, open_library

FEE = "How much is the fee for a lost card?"


class Share:
    """A folder that is watched, a clock that only a test moves, and what a person would do there."""

    def __init__(self, library: Library, root: Path) -> None:
        self.library, self.root = library, root
        self.now = 0.0
        self.watch: FolderWatch = library.folders
        self.watch.clock = lambda: self.now
        root.mkdir()
        access = administrator(library)
        with library.sessions.write() as session:
            space = space_to_write(access, session, "General")
            folder = Folder(space_id=space.id, path=str(root), created_by=access.user_id)
            session.add(folder)
            session.flush()
            self.id = folder.id

    def put(self, path: str, content: str | bytes) -> Path:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
        return place

    def look(self, **how: bool) -> FolderReport:
        self.now += 60
        return self.watch.scan(self.id, **how)

    def settled(self) -> FolderReport:
        """Two looks, and the work that follows."""
        self.look()
        report = self.look()
        finish_work(self.library)
        return report

    def files(self) -> dict[str, FolderFile]:
        with self.library.sessions.read() as session:
            return {row.path: row for row in session.scalars(select(FolderFile))}

    def found(self, question: str = FEE) -> list[str]:
        _, hits, _ = self.library.answerer.evidence(administrator(self.library), question)
        return sorted({hit.document.name for hit in hits if "fee" in hit.passage.text})

    def versions(self) -> int:
        with self.library.sessions.read() as session:
            return session.scalar(select(func.count(Version.id))) or 0

    def documents(self) -> dict[str, str]:
        with self.library.sessions.read() as session:
            return {row.name: row.id for row in session.scalars(select(Document))}


@pytest.fixture
def share(library: Library, tmp_path: Path) -> Share:
    return Share(library, tmp_path / "share")


def fee(price: int) -> str:
    return f"The fee for a lost card is {price} yuan."


def test_files_become_documents_once_they_are_quiet(share: Share) -> None:
    share.put("fee.txt", fee(50))
    share.put("rules/visitors.txt", "Visitors sign the book.")
    first = share.look()
    assert (first.new, first.waiting) == (0, 2)
    second = share.look()
    assert (second.new, second.waiting) == (2, 0)
    finish_work(share.library)
    assert set(share.documents()) == {"fee.txt", "rules/visitors.txt"}
    assert share.found() == ["fee.txt"]
    third = share.look()
    assert (third.unchanged, third.new, third.changed) == (2, 0, 0)


def test_a_file_that_is_still_being_copied_waits_to_its_end(share: Share) -> None:
    with (share.root / "fee.txt").open("w") as stream:
        for part in ("The fee for ", "a lost card ", "is 50 yuan."):
            stream.write(part)
            stream.flush()
            assert share.look().waiting == 1
    share.look()
    assert share.look().unchanged == 1
    finish_work(share.library)
    assert share.found() == ["fee.txt"] and share.versions() == 1


def test_a_file_that_changes_while_it_is_read_is_not_taken_half(
    share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = share.put("fee.txt", fee(50))
    share.look()
    inner = share.watch._content

    monkeypatch.setattr(share.watch, "_content", lambda *given: _grown(inner, place, given))
    report = share.look()
    assert (report.new, report.waiting) == (0, 1)
    assert share.versions() == 0 and share.documents() == {}
    monkeypatch.setattr(share.watch, "_content", inner)
    share.settled()
    assert share.found() == ["fee.txt"] and share.versions() == 1


def _grown(inner, place, given):  # type: ignore[no-untyped-def]  # the reading of a file that grows meanwhile
    pieces = inner(*given)
    yield next(pieces)
    with place.open("a") as stream:
        stream.write(" And more.")
    yield from pieces


def test_a_changed_file_is_a_new_version_and_an_old_look_reads_nothing(
    share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    share.put("fee.txt", fee(50))
    share.put("other.txt", "Visitors sign the book.")
    share.settled()
    share.put("fee.txt", fee(800))
    opened: list[str] = []
    inner = Path.open
    monkeypatch.setattr(
        Path, "open", lambda path, *rest, **more: (opened.append(path.name), inner(path, *rest, **more))[1]
    )
    share.settled()
    assert "other.txt" not in opened
    assert share.versions() == 3 and len(share.documents()) == 2
    evidence, _, _ = share.library.answerer.evidence(administrator(share.library), FEE)
    assert [quote.text for quote in evidence.quotes][:1] == [fee(800)]


def test_a_touched_file_of_the_same_content_is_no_new_version(share: Share) -> None:
    place = share.put("fee.txt", fee(50))
    share.settled()
    os.utime(place, ns=(1, 1))
    share.settled()
    assert share.versions() == 1 and share.found() == ["fee.txt"]


@pytest.mark.parametrize("by_inode", [True, False])
def test_a_renamed_or_moved_file_keeps_its_document(share: Share, by_inode: bool) -> None:
    place = share.put("fee.txt", fee(50))
    share.settled()
    document = share.documents()["fee.txt"]
    (share.root / "new").mkdir()
    if by_inode:
        place.rename(share.root / "new" / "card.txt")
        assert share.look().moved == 1
    else:  # a share without inodes, or another disk: the content tells
        shutil.copyfile(place, share.root / "new" / "card.txt")
        place.unlink()
        share.look()
        assert share.look().moved == 1
    assert share.documents() == {"new/card.txt": document}
    assert share.versions() == 1 and share.found() == ["new/card.txt"]
    assert share.look().unchanged == 1


def test_a_deleted_file_ends_its_document_and_one_that_comes_back_goes_on(share: Share) -> None:
    place = share.put("fee.txt", fee(50))
    share.put("other.txt", "Visitors sign the book.")
    share.settled()
    place.unlink()
    assert share.look().gone == 0  # editors delete a file a moment before they write it again
    assert share.look().gone == 1
    assert share.found() == [] and len(share.documents()) == 2
    assert share.files()["fee.txt"].state == FileState.GONE
    share.put("fee.txt", fee(50))
    share.settled()
    assert share.found() == ["fee.txt"] and share.versions() == 2
    assert share.files()["fee.txt"].state == FileState.TAKEN


def test_an_empty_or_missing_share_ends_no_document(share: Share) -> None:
    for number in range(3):
        share.put(f"fee-{number}.txt", fee(50 + number))
    share.settled()
    shutil.move(share.root, share.root.with_name("elsewhere"))
    away = share.look()
    assert away.error is not None and away.error.code == "folder_away"
    share.root.mkdir()  # what an unmounted share leaves
    for _ in range(3):
        empty = share.look()
        assert empty.error is not None and empty.error.code == "folder_emptied"
    assert len(share.found()) == 3
    share.root.rmdir()
    shutil.move(share.root.with_name("elsewhere"), share.root)
    back = share.look()
    assert back.error is None and back.unchanged == 3
    with share.library.sessions.read() as session:
        assert session.get_one(Folder, share.id).error_code is None
    shutil.rmtree(share.root)
    share.root.mkdir()
    assert share.look(accept_deletions=True).gone == 3
    assert share.found() == []


def test_a_mount_that_is_not_there_is_no_empty_folder(share: Share) -> None:
    share.put("fee.txt", fee(50))
    share.settled()
    with share.library.sessions.write() as session:
        session.get_one(Folder, share.id).mount = str(share.root)
    report = share.look()
    assert report.error is not None and report.error.code == "folder_away"
    assert share.found() == ["fee.txt"]


def test_a_folder_below_that_cannot_be_read_ends_nothing(
    share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    share.put("closed/fee.txt", fee(50))
    share.put("other.txt", "Visitors sign the book.")
    share.settled()
    scandir = os.scandir

    def refused(path: str | Path) -> Iterator[os.DirEntry[str]]:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    share.look()
    assert share.look().unreadable == 1
    assert share.found() == ["closed/fee.txt"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no file names but Unicode")
def test_a_name_that_is_not_utf_8_is_told_and_stands_in_no_other_files_way(
    share: Share, client: httpx.Client
) -> None:
    share.put("other.txt", "Visitors sign the book.")
    named = os.fsencode(share.root) + "/規程.txt".encode("cp932")
    Path(os.fsdecode(named)).write_text(fee(50))
    share.settled()
    assert set(share.documents()) == {"other.txt"}
    held = client.get(f"/api/folders/{share.id}/files", params={"state": "quarantined"}).json()["files"]
    assert [file["error"]["code"] for file in held] == ["bad_value"]
    assert "not written in UTF-8" in held[0]["error"]["message"]
    Path(os.fsdecode(named)).rename(share.root / "規程.txt")  # what the message asks for
    share.settled()
    share.settled()  # that the old name is gone is believed after the new one is taken
    assert set(share.documents()) == {"other.txt", "規程.txt"}
    assert client.get(f"/api/folders/{share.id}/files", params={"state": "quarantined"}).json()["files"] == []


def test_a_file_that_fails_is_in_quarantine_until_it_changes(share: Share, client: httpx.Client) -> None:
    share.put("scan.pdf", picture_pdf())
    share.put("film.exe", b"MZ" + bytes(50))
    share.put("empty.txt", "")
    report = share.settled()
    assert report.quarantined == 2
    jobs = client.get("/api/jobs").json()["total"]
    share.settled()
    assert client.get("/api/jobs").json()["total"] == jobs  # not tried again
    held = client.get(f"/api/folders/{share.id}/files", params={"state": "quarantined"}).json()
    assert {file["path"]: file["error"]["code"] for file in held["files"]} == {
        "empty.txt": "file_empty", "film.exe": "file_type_unknown", "scan.pdf": "no_text_in_file",
    }  # fmt: skip
    share.put("empty.txt", fee(50))
    share.settled()
    assert share.found() == ["empty.txt"]
    assert client.get("/api/folders").json()[0]["files"] == {"taken": 1, "quarantined": 2, "gone": 0}


def test_hidden_and_temporary_files_and_links_are_left_alone(share: Share, tmp_path: Path) -> None:
    for name in ("~$fee.docx", ".hidden.txt", "Thumbs.db", "a.tmp", "b.part", "desktop.ini", ".git/x.txt"):
        share.put(name, fee(50))
        assert skipped(name.split("/")[0])
    outside = tmp_path / "secret.txt"
    outside.write_text(fee(50))
    (share.root / "link.txt").symlink_to(outside)
    (share.root / "circle").symlink_to(share.root)
    share.settled()
    assert share.documents() == {} and not skipped("fee.txt")


def test_a_reader_who_lost_the_right_to_write_brings_nothing_in(share: Share) -> None:
    with share.library.sessions.write() as session:
        session.get_one(Folder, share.id).created_by = "nobody"
    share.put("fee.txt", fee(50))
    report = share.look()
    assert report.error is not None and report.error.code == "not_found"
    assert share.documents() == {}


def test_folders_over_http(library: Library, client: httpx.Client, tmp_path: Path) -> None:
    root = tmp_path / "share"
    root.mkdir()
    (root / "fee.txt").write_text(fee(50))
    library.folders.quiet = 0.0
    added = client.post("/api/folders", json={"path": str(root), "space": "General"})
    assert added.status_code == 201
    folder = added.json()
    for bad in (
        str(root),
        str(root / "below"),
        str(tmp_path),
        str(library.settings.data),
        "here",
        "/not/there",
    ):
        refused = client.post("/api/folders", json={"path": bad, "space": "General"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "bad_value"), bad
    scanned = client.post(f"/api/folders/{folder['id']}/scan")
    assert scanned.status_code == 200, scanned.text
    assert scanned.json()["new"] == 1
    finish_work(library)
    assert client.get("/api/folders").json()[0]["files"]["taken"] == 1
    assert client.delete(f"/api/folders/{folder['id']}").status_code == 204
    assert client.get("/api/folders").json() == []
    assert client.get("/api/documents").json()["total"] == 1
    assert client.post(f"/api/folders/{folder['id']}/scan").status_code == 404


def test_the_records_go_on_after_a_restart_without_reading_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, root = tmp_path / "data", tmp_path / "share"
    with open_library(settings_in(data), embedder=HashEmbedder(), load_models=False) as library:
        share = Share(library, root)
        share.put("fee.txt", fee(50))
        share.settled()
        folder = share.id
    with open_library(settings_in(data), embedder=HashEmbedder(), load_models=False) as library:
        monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("a file was opened"))
        assert library.folders.scan(folder).unchanged == 1


names = st.text("ab/", min_size=1, max_size=3).map(lambda text: text.strip("/") or "a")
sights = st.builds(Seen, st.integers(0, 2), st.integers(0, 2), st.sampled_from(["", "1", "2"]))


@given(st.dictionaries(names, sights), st.dictionaries(names, sights))
def test_every_file_is_in_exactly_one_part_of_what_changed(
    before: dict[str, Seen], after: dict[str, Seen]
) -> None:
    known = {
        path: Known(seen.size, seen.modified_ns, seen.inode, "", FileState.TAKEN, None)
        for path, seen in before.items()
    }
    changes = compare(known, Listing(files=after))
    came = [path for _, path in changes.moved]
    left = [path for path, _ in changes.moved]
    assert sorted([*changes.new, *changes.changed, *came]) == sorted(
        path for path, seen in after.items() if path not in known or not known[path].same_as(seen)
    )
    assert sorted([*changes.gone, *left]) == sorted(set(before) - set(after))
    assert changes.unchanged == len(after) - len(changes.new) - len(changes.changed) - len(came)


def test_few_files_may_go_at_once_and_a_third_of_a_library_may_not() -> None:
    assert not too_many_gone(0, 100, 0) and too_many_gone(1, 1, 0)
    assert not too_many_gone(10, 12, 2) and not too_many_gone(25, 100, 75)
    assert too_many_gone(31, 100, 69)


def test_a_long_listing_stops_when_it_is_told_to(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"d{number}").mkdir()
    assert listing(tmp_path, "", lambda: False).files == {}


def test_a_changed_file_of_a_document_that_its_keeper_reads_no_more_is_in_quarantine(share: Share) -> None:
    """Else its next content would become a document of its own, which everybody in the space reads."""
    share.put("salaries.txt", fee(50))
    share.settled()
    document = share.documents()["salaries.txt"]
    with share.library.sessions.write() as session:
        session.get_one(Document, document).restricted = True
        author = User(name="Mori")
        session.add(author)
        session.flush()
        folder = session.get_one(Folder, share.id)
        session.add(Grant(space_id=folder.space_id, user_id=author.id, role=Role.AUTHOR))
        folder.created_by = author.id
    share.put("salaries.txt", fee(60))
    assert share.settled().quarantined == 1
    assert (share.versions(), list(share.documents())) == (1, ["salaries.txt"])
    assert share.files()["salaries.txt"].state == FileState.QUARANTINED
