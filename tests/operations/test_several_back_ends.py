"""Three back-ends over one PostgreSQL, one Milvus and one folder of originals: what they share is right, and
what does not fit is refused. Milvus is its embedded edition, served to all of them by its own protocol."""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from databases import milvus_server, postgresql_server
from making import administrator, client_of, error_of, person, records_in, settings_in, upload, version
from serving import served
from sqlalchemy import func, select, text, update

from api.app import make_app
from contract.values import JobState, Role
from core.audit import first_broken_entry
from core.errors import BadValue, RecordsInUse, TooManyRequests
from core.identity.oidc import PendingSignIn
from core.models import AuditCheckpoint, Job, Passage, Process, RequestBucket
from core.settings import Settings
from core.sharing.leading import LEADER
from core.sharing.sign_ins import InRecords
from llm.fakes import HashEmbedder
from operations.library import Library, open_library
from operations.maintenance import keep_once
from operations.working.worker import open_worker
from retrieval.index.index import differences, rebuild_words

pytestmark = pytest.mark.engines
FEE = "The fee for a lost card is {price} yuan."


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgresql_server() as address:
        yield address


@pytest.fixture(scope="module")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Milvus that several may speak to."""
    with milvus_server(tmp_path_factory.mktemp("milvus")) as address:
        yield address


@pytest.fixture
def address(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("making.RECORDS_SERVER", server)
    return records_in(tmp_path)


@pytest.fixture
def shared(tmp_path: Path, address: str, milvus: str) -> dict[str, Any]:
    """What all back-ends have alike."""
    return {
        "database_url": address, "index": milvus, "originals": str(tmp_path / "shared" / "originals"),
        "audit_key": tmp_path / "shared" / "audit.key",
    }  # fmt: skip


def back_end(settings: Settings) -> contextlib.AbstractContextManager[Library]:
    return open_library(settings, embedder=HashEmbedder(), load_models=False)


@pytest.fixture
def three(tmp_path: Path, shared: dict[str, Any]) -> Iterator[list[Library]]:
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(back_end(settings_in(tmp_path / f"b{number}", **shared)))
            for number in range(3)
        ]


def quoted(library: Library, question: str = "How much is the fee for a lost card?") -> list[str]:
    evidence, _, _ = library.answerer.evidence(administrator(library), question)
    return [quote.text for quote in evidence.quotes]


def finish(libraries: list[Library]) -> None:
    """Let all of them work, each in a thread of its own, until nothing is left."""

    def work(library: Library) -> None:
        while library.pipeline.work_once():
            pass

    while True:
        threads = [threading.Thread(target=work, args=(library,)) for library in libraries]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with libraries[0].sessions.read() as session:
            left = select(func.count(Job.id)).where(Job.state.in_([JobState.WAITING, JobState.RUNNING]))
            if not session.scalar(left):
                return


def test_what_one_takes_in_all_find_and_what_one_erases_none_does(three: list[Library]) -> None:
    first, second, third = three
    accepted = [
        upload(three[number % 3], f"door{number}.txt", f"The door {number} opens at seven.")
        for number in range(9)
    ]
    accepted += [upload(first, "fee.txt", FEE.format(price=50))]
    finish(three)
    assert {version(second, upload.version.id).state for upload in accepted} == {"embedded"}
    assert [quoted(library) for library in three] == [[FEE.format(price=50)]] * 3
    compared = differences(third.sessions, third.index)
    assert (compared.records, compared.words, compared.vectors) == (10, 10, 10)
    # An answer that one keeps ends with what another publishes.
    before = third.index.generation
    upload(second, "fee.txt", FEE.format(price=80))
    finish([second])
    assert third.index.generation > before
    assert [quoted(library) for library in three] == [[FEE.format(price=80)]] * 3
    rebuild_words(third.sessions, third.index)
    assert [quoted(library) for library in three] == [[FEE.format(price=80)]] * 3
    with first.sessions.read() as session:
        assert first_broken_entry(session) is None  # written by three
    from ingest.lifecycle.erasure import erase_document, scrub

    erase_document(administrator(third), third.sessions, third.files, third.index, accepted[-1].document.id)
    scrub(third.sessions, third.index)
    assert all(FEE.format(price=80) not in quoted(library) for library in three)


@pytest.mark.filterwarnings("ignore:unclosed <socket")  # pg8000 leaves that of a broken connection to Python
def test_one_of_them_leads_and_another_when_it_is_gone(three: list[Library]) -> None:
    first, second, third = three
    assert [library.standing.leader.leads() for library in three] == [True, False, False]
    upload(second, "fee.txt", FEE.format(price=50))  # something to be sealed
    for library in three:
        keep_once(library)
    with first.sessions.read() as session:
        assert session.scalar(select(func.count(AuditCheckpoint.number))) == 1
    first.standing.leader.close()  # as when its process or its connection ends
    assert [library.standing.leader.leads() for library in (third, second)] == [True, False]
    ends = (
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid::bigint = :low"
    )
    with first.sessions.beside() as session:  # as when the network breaks
        session.execute(text(ends), {"low": LEADER % 2**32})
    assert not third.standing.leader.leads()
    assert second.standing.leader.leads()
    gc.collect()


def test_a_sign_in_and_a_limit_hold_at_every_back_end(three: list[Library]) -> None:
    def full_at() -> float:
        with three[0].sessions.beside() as session:
            return session.scalars(select(RequestBucket.full_at)).one()

    three[0].requests.take("user u", 60)
    before = full_at()
    three[1].requests.take("user u", 60)
    assert full_at() >= before + 1.0  # a second more, which no clock shortens
    with three[0].sessions.beside() as session:  # as after an hour's requests
        session.execute(update(RequestBucket).values(full_at=RequestBucket.full_at + 3600))
    with pytest.raises(TooManyRequests) as error:
        three[2].requests.take("user u", 60)
    assert error.value.values["limit"] == "60"
    three[2].requests.take("user another", 60)
    InRecords(three[0].sessions).keep("state", PendingSignIn("nonce", "verifier"))
    assert InRecords(three[1].sessions).take("state") == PendingSignIn("nonce", "verifier")
    assert InRecords(three[2].sessions).take("state") is None  # once


def test_rights_that_one_takes_away_are_gone_at_the_others(three: list[Library]) -> None:
    from core.identity.accounts import make_link
    from core.models import Grant

    reader = person(three[0].sessions, "Reader", General=Role.READER)
    upload(three[0], "fee.txt", FEE.format(price=50))
    finish(three)
    with contextlib.ExitStack() as stack:
        doors = [stack.enter_context(served(make_app(library, work=False))) for library in three]
        with three[0].sessions.write() as session:
            link = make_link(session, reader.user_id)
        token = _signed_in(doors[0], link)
        clients = [stack.enter_context(client_of(door, token)) for door in doors]
        for client in clients:  # the sign-in of one is a sign-in at all
            assert client.get("/api/documents").json()["total"] == 1
        with three[1].sessions.write() as session:
            session.delete(session.scalars(select(Grant).where(Grant.user_id == reader.user_id)).one())
        for client in clients:
            assert client.get("/api/documents").json()["total"] == 0
        clients[2].delete("/api/session")
        assert error_of(clients[1].get("/api/documents")) == "not_signed_in"


def _signed_in(door: str, link: str) -> str:
    with httpx.Client(base_url=door, trust_env=False) as browser:
        answer = browser.get(f"/sign-in/{link}", follow_redirects=False)
        return str(answer.cookies["shoko_session"])


def test_a_glossary_that_one_changes_is_new_at_the_others(three: list[Library]) -> None:
    access = administrator(three[0])
    for library in three:
        assert library.glossaries.of(access) == []
    from core.models import GlossaryEntry, Space

    with three[0].sessions.write() as session:
        space = session.scalars(select(Space)).first()
        assert space is not None
        session.add(
            GlossaryEntry(
                space_id=space.id,
                term="SLA",
                changed_by=access.user_id,
                words=[["SLA", "en", "said"], ["service level agreement", "en", "written"]],
            )
        )
    three[0].glossaries.forget(space.id)
    assert all(len(library.glossaries.of(access)) == 1 for library in three)


def test_a_worker_does_everything_for_back_ends_that_leave_it(tmp_path: Path, shared: dict[str, Any]) -> None:
    with (
        back_end(settings_in(tmp_path / "b", workers="elsewhere", **shared)) as library,
        open_worker(settings_in(tmp_path / "w", **shared), embedder=HashEmbedder()) as worker,
    ):
        accepted = upload(library, "fee.txt", FEE.format(price=50))
        assert not library.pipeline.work_once()
        while worker.loops[0].once():
            pass
        assert version(library, accepted.version.id).state == "embedded"
        assert quoted(library) == [FEE.format(price=50)]
        with library.sessions.read() as session:
            assert session.scalar(select(func.count(Passage.id))) == library.index.keywords.count() == 1


def test_back_ends_that_differ_in_what_must_be_alike_are_refused(
    tmp_path: Path, shared: dict[str, Any], milvus: str
) -> None:
    with back_end(settings_in(tmp_path / "b0", **shared)) as first:
        upload(first, "fee.txt", FEE.format(price=50))
        wrong: list[tuple[dict[str, Any], type[Exception], str]] = [
            ({"index": ""}, RecordsInUse, "same Milvus server"),
            ({"index": f"{milvus}/?prefix=other"}, BadValue, "SHOKO_INDEX"),
            ({"audit_key": tmp_path / "other.key"}, BadValue, "SHOKO_AUDIT_KEY"),
            ({"originals": str(tmp_path / "elsewhere")}, BadValue, "SHOKO_ORIGINALS"),
        ]
        for number, (given, kind, message) in enumerate(wrong):
            settings = settings_in(tmp_path / f"wrong{number}", **(shared | given))
            with pytest.raises(kind, match=message), back_end(settings):
                pass
        settings = settings_in(tmp_path / "sqlite", originals=str(tmp_path / "o"), database_url="")
        with pytest.raises(BadValue, match="SHOKO_ORIGINALS"), back_end(settings):
            pass
        with first.sessions.read() as session:
            assert session.scalar(select(func.count(Process.id))) == 1
