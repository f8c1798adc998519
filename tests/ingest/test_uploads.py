"""A file arrives: taken once, under its name, by who may, and nothing of a refused one stays."""

from __future__ import annotations

import copy
import unicodedata
from typing import Any

import httpx
import pytest
from making import (
    administrator,
    client_of,
    finish_work,
    pdf,
    person,
    picture_pdf,
    space_named,
    stored_originals,
    upload,
)
from making import version as version_now
from sqlalchemy import func, select

from contract.values import Role
from core.access import Access
from core.errors import (
    BadValue,
    FileEmpty,
    FileTooLarge,
    FileTypeUnknown,
    NotFound,
    NotPermitted,
)
from core.identity.accounts import sign_in
from core.models import AuditEntry, Document, Job, Version, VersionState
from ingest.uploads import retry
from operations.library import Library


def counts(library: Library) -> tuple[int, int, int, int]:
    """Documents, versions, jobs, stored files."""
    with library.sessions.read() as session:
        rows = [
            session.scalar(select(func.count()).select_from(table)) or 0 for table in (Document, Version, Job)
        ]
    return rows[0], rows[1], rows[2], len(stored_originals(library))


def test_an_upload_makes_a_document_a_version_a_job_and_an_entry(library: Library) -> None:
    accepted = upload(library, "rules.txt", "Ten days.")
    assert counts(library) == (1, 1, 1, 1)
    assert (accepted.document.name, accepted.version.number, accepted.version.state) == (
        "rules.txt",
        1,
        "stored",
    )
    assert accepted.version.size == 9
    assert accepted.job is not None
    assert not accepted.duplicate
    with library.sessions.read() as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.subject, entry.user_id) == (
        "document.uploaded", accepted.document.id, administrator(library).user_id,
    )  # fmt: skip
    assert entry.detail == {"name": "rules.txt", "version": 1, "sha256": accepted.version.sha256}


def test_the_same_content_again_is_a_duplicate_and_does_nothing(library: Library) -> None:
    first = upload(library, "rules.txt", "Ten days.")
    again = upload(library, "rules.txt", "Ten days.")
    assert (again.duplicate, again.job, again.version.id) == (True, None, first.version.id)
    assert counts(library) == (1, 1, 1, 1)


def test_other_content_under_the_same_name_is_the_next_version(library: Library) -> None:
    upload(library, "rules.txt", "Ten days.")
    second = upload(library, "rules.txt", "Twelve days.")
    third = upload(library, "rules.txt", "Ten days.")
    assert [second.version.number, third.version.number] == [2, 3]
    assert not third.duplicate
    assert counts(library) == (1, 3, 3, 2)


def test_a_name_that_macos_took_apart_is_the_same_name(library: Library) -> None:
    name = "がいちゅう管理 🚀 ＡＢＣ.txt"
    first = upload(library, unicodedata.normalize("NFD", name), "三社以上とする。")
    second = upload(library, name, "五社以上とする。")
    assert first.document.name == name  # full-width letters stay what they are
    assert (second.document.id, second.version.number) == (first.document.id, 2)


def test_a_failed_version_can_be_sent_again(library: Library) -> None:
    failed = upload(library, "scan.pdf", picture_pdf())
    finish_work(library)
    assert version_now(library, failed.version.id).state == VersionState.FAILED
    again = upload(library, "scan.pdf", picture_pdf())
    assert (again.duplicate, again.version.number) == (False, 2)


def test_the_same_name_in_another_space_is_another_document(library: Library) -> None:
    space_named(library.sessions, "Board")
    in_general = upload(library, "rules.txt", "Ten days.")
    other = upload(library, "rules.txt", "Ten days.", space="Board")
    assert in_general.document.id != other.document.id
    assert counts(library) == (2, 2, 2, 1)


def test_the_space_may_be_given_by_its_id(library: Library) -> None:
    board = space_named(library.sessions, "Board")
    assert upload(library, "a.txt", "x", space=board).document.space_id == board


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("C:\\Users\\mori\\規程.txt", "規程.txt"), ("/etc/passwd", "passwd"), ("../../up.txt", "up.txt"),
        (" a b .txt ", " a b .txt "), ("a" * 251 + ".txt", "a" * 251 + ".txt"), ("<b>.txt", "<b>.txt"),
        ("見積　書.txt", "見積　書.txt"),
    ],
)  # fmt: skip
def test_of_a_path_only_the_file_s_own_name_is_kept(library: Library, name: str, kept: str) -> None:
    assert upload(library, name, "x").document.name == kept


@pytest.mark.parametrize(
    "name", ["", " ", "/", "..", "a/..", "a" * 256, "a\nb.txt", "a\x00.txt", "a\ud800.txt"]
)
def test_a_name_that_is_none_is_refused_and_leaves_nothing(library: Library, name: str) -> None:
    with pytest.raises(BadValue, match="name"):
        upload(library, name, "x")
    assert counts(library) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"", FileEmpty), (b"x" * 1001, FileTooLarge), (b"\x89PNG" + bytes(20), FileTypeUnknown)],
)
def test_a_refused_file_leaves_nothing(library: Library, content: bytes, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"plan\.pdf"):
        upload(library, "plan.pdf", content, limit=1000)
    assert counts(library) == (0, 0, 0, 0)


def test_a_refused_file_whose_content_is_in_use_harms_nothing(library: Library) -> None:
    content = b"\x89PNG" + bytes(20)
    with pytest.raises(FileTypeUnknown):
        upload(library, "a.pdf", content)
    kept = upload(library, "rules.txt", "Ten days.")
    with pytest.raises(BadValue):
        upload(library, "", "Ten days.")
    assert stored_originals(library) == [kept.version.sha256]


def test_only_authors_and_managers_put_files_in(library: Library) -> None:
    reader = person(library.sessions, "Mori", General=Role.READER)
    nobody = person(library.sessions, "Abe")
    for access, error in ((reader, NotPermitted), (nobody, NotFound)):
        with pytest.raises(error):
            upload(library, "a.txt", "x", access=access)
    assert counts(library) == (0, 0, 0, 0)
    for name, role in (("Sato", Role.AUTHOR), ("Kato", Role.MANAGER)):
        upload(library, f"{name}.txt", "x", access=person(library.sessions, name, General=role))
    assert counts(library)[0] == 2


def test_a_right_that_ends_while_the_file_is_sent_refuses_it(library: Library) -> None:
    author = person(library.sessions, "Sato", General=Role.AUTHOR)
    late = Access(author.user_id, frozenset(), frozenset(), False)
    with pytest.raises(NotFound):
        upload(library, "a.txt", "x", access=late)
    assert counts(library) == (0, 0, 0, 0)


def test_a_failed_version_can_be_tried_again(library: Library) -> None:
    accepted = upload(library, "scan.pdf", picture_pdf())
    finish_work(library)
    with library.sessions.write() as session:
        failed = session.get_one(Version, accepted.version.id)
        first = retry(administrator_of(library), session, failed, accepted.document.space_id)
        again = retry(administrator_of(library), session, failed, accepted.document.space_id)
        assert first.id == again.id
    assert version_now(library, accepted.version.id).state == VersionState.STORED
    finish_work(library)
    assert version_now(library, accepted.version.id).state == VersionState.FAILED


def administrator_of(library: Library) -> Access:
    """As `administrator`, within a transaction that is open already."""
    with library.sessions.read() as session:
        from core.access import access_of
        from core.models import User

        return access_of(session, session.scalars(select(User.id).where(User.is_admin)).one())


def test_a_version_that_is_searchable_is_not_tried_again(library: Library) -> None:
    accepted = upload(library, "rules.pdf", pdf("Ten days of leave."))
    finish_work(library)
    before = version_now(library, accepted.version.id)
    with pytest.raises(BadValue, match="searchable already"), library.sessions.write() as session:
        searchable = session.get_one(Version, accepted.version.id)
        retry(administrator_of(library), session, searchable, accepted.document.space_id)
    assert version_now(library, accepted.version.id).state == before.state
    assert finish_work(library) == 0


def test_only_who_may_write_tries_again(library: Library) -> None:
    accepted = upload(library, "scan.pdf", picture_pdf())
    finish_work(library)
    reader = person(library.sessions, "Mori", General=Role.READER)
    with pytest.raises(NotPermitted), library.sessions.write() as session:
        retry(reader, session, session.get_one(Version, accepted.version.id), accepted.document.space_id)


def test_a_restricted_documents_name_neither_replaces_nor_betrays_it(
    library: Library, client: httpx.Client, door: str
) -> None:
    author = person(library.sessions, "Mori", General=Role.AUTHOR)
    listed = person(library.sessions, "Sato", General=Role.AUTHOR)
    with library.sessions.write() as session:
        mori, sato = sign_in(session, author.user_id), sign_in(session, listed.user_id)
    hidden = upload(library, "salaries.txt", "The director earns nine.").document
    upload(library, "salaries.txt", "The director earns ten.")
    finish_work(library)
    order = {"restricted": True, "users": [listed.user_id]}
    assert client.put(f"/api/documents/{hidden.id}/readers", json=order).status_code == 200
    before = client.get(f"/api/documents/{hidden.id}/versions").json()

    def sent(name: str, content: bytes, token: str) -> Any:
        with client_of(door, token) as asker:
            answer = asker.post(
                "/api/documents", files={"file": (name, content)}, data={"valid_from": "2026-01-01"}
            )
        return answer.status_code, answer.json()

    def shape(answer: Any) -> Any:
        """An answer without what differs between any two uploads."""
        shaped = copy.deepcopy(answer)
        for part in (shaped["document"], shaped["document"]["version"]):
            part |= dict.fromkeys(("id", "name", "created_at"))
        return {**shaped, "job": bool(shaped["job"])}

    for number, content in enumerate(
        (b"Everybody earns eight.", b"The director earns ten.", b"The director earns nine.")
    ):
        free = sent(f"free {number}.txt", content, mori)
        taken = sent("salaries.txt", content, mori)
        assert (free[0], shape(free[1])) == (taken[0], shape(taken[1]))
        mine = taken[1]["document"]
        assert mine["id"] != hidden.id and mine["version"]["number"] == 1 and not taken[1]["duplicate"]
        if number < 2:  # so that each content is the first of its document
            with client_of(door, mori) as asker:
                assert asker.delete(f"/api/documents/{mine['id']}").status_code == 204
    assert client.get(f"/api/documents/{hidden.id}/versions").json() == before
    # Who reads both goes on with the restricted one: nothing that is sent is read by more people than it.
    assert sent("salaries.txt", b"The director earns eleven.", sato)[1]["document"]["id"] == hidden.id
    again = sent("salaries.txt", b"Everybody earns seven.", mori)[1]
    assert again["document"]["version"]["number"] == 2 and again["document"]["id"] != hidden.id
