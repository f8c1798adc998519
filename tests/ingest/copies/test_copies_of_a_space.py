"""Copies of a space: proposed, decided on once, told beside quotes, and never beyond what one may read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from making import add, administrator, client_of, person, settings_in, space_named
from serving import served
from sqlalchemy import select, update

from api.app import make_app
from contract.values import Role
from core.identity import people
from core.identity.accounts import sign_in
from core.models import AuditEntry, Document, SignatureBand, now
from operations.library import Library, open_library

RULES = "\n".join(
    f"第{n}条　社員は、様式{n * 7}号を{n * 37 % 101}日以内に{n % 9}課へ提出し、写しを手元に残す。"
    for n in range(2, 40)
)
VALID = f"旅費規程\n承認: 山田太郎\n第1条　日当は1日につき3,000円とする。\n{RULES}\n"
DRAFT = f"旅費規程（案）\n第1条　日当は1日につき2,500円とする。\n{RULES}\n"
QUESTION = "日当は1日につきいくらですか"


class Company:
    """A served library with copies in a space, and people in it."""

    def __init__(self, library: Library, door: str) -> None:
        self.library, self.door = library, door
        self.space = space_named(library.sessions, "Rules")
        self.valid = add(library, "規程/旅費規程.md", VALID, space="Rules")
        self.draft = add(library, "規程/旅費規程案_v1.md", DRAFT, space="Rules")
        self.users = {
            "reader": person(library.sessions, "reader", Rules=Role.READER).user_id,
            "manager": person(library.sessions, "manager", Rules=Role.MANAGER).user_id,
            "outsider": person(library.sessions, "outsider").user_id,
        }

    def client(self, who: str) -> httpx.Client:
        with self.library.sessions.write() as session:
            return client_of(self.door, sign_in(session, self.users[who]))


@pytest.fixture
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    settings = settings_in(tmp_path_factory.mktemp("copies"), embedder="none")
    with (
        open_library(settings, load_models=False) as library,
        served(make_app(library, work=False)) as door,
    ):
        yield Company(library, door)


def ask(client: httpx.Client) -> dict[str, dict[str, object]]:
    answer = client.post("/api/questions", json={"question": QUESTION, "stream": False})
    assert answer.status_code == 200, answer.text
    return {citation["document_id"]: citation for citation in answer.json()["citations"]}


def test_a_quote_says_what_another_copy_says_in_its_place(company: Company) -> None:
    with company.client("reader") as client:
        quoted = ask(client)[company.valid]
    assert quoted["standing"] == "likely_valid"
    (copy,) = quoted["copies"]
    assert (copy["document_id"], copy["standing"]) == (company.draft, "likely_copy")
    (difference,) = copy["differences"]
    assert "2,500円" in difference["text"] and difference["page"] == 1
    ((a, b, c, d),) = difference["changes"]
    assert (quoted["quote"][a:b], difference["text"][c:d]) == ("3,000", "2,500")


def test_a_copy_that_may_not_be_read_is_not_told_of(company: Company) -> None:
    access = administrator(company.library)
    with company.library.sessions.write() as session:
        people.set_reader_list(access, session, company.draft, restricted=True)
    with company.client("reader") as client:
        answer = client.post("/api/questions", json={"question": QUESTION, "stream": False}).text
        assert client.get("/api/spaces/Rules/copies").json() == {"groups": []}
    assert "2,500" not in answer and company.draft not in answer and "likely" not in answer
    with company.client("manager") as client:
        assert len(client.get("/api/spaces/Rules/copies").json()["groups"]) == 1


def test_a_decision_counts_is_written_down_and_can_be_taken_back(company: Company) -> None:
    order = {"valid": company.draft, "copies": [company.valid, company.draft]}
    with company.client("reader") as reader, company.client("manager") as manager:
        (group,) = manager.get("/api/spaces/Rules/copies").json()["groups"]
        assert (group["likely"], group["open"]) == (company.valid, True)
        assert reader.put("/api/spaces/Rules/copies", json=order).status_code == 403
        assert manager.put("/api/spaces/Rules/copies", json=order).status_code == 204
        (group,) = reader.get("/api/spaces/Rules/copies").json()["groups"]
        assert not group["open"]
        assert {copy["decided"]["valid_id"] for copy in group["copies"]} == {company.draft}
        quoted = ask(reader)
        assert quoted[company.valid]["standing"] == "copy"
        assert quoted[company.valid]["copies"][0]["standing"] == "valid"
        assert manager.get("/api/spaces/Rules/upkeep").json()["overlapping"] == []

        apart = {"valid": None, "copies": [company.valid, company.draft]}
        assert manager.put("/api/spaces/Rules/copies", json=apart).status_code == 204
        assert ask(reader)[company.valid]["copies"] == []

        path = f"/api/spaces/Rules/copies/{company.valid}"
        assert reader.delete(path).status_code == 403
        assert manager.delete(path).status_code == 204
        assert manager.delete(path).status_code == 404
        assert ask(reader)[company.valid]["standing"] == "likely_valid"
    with company.library.sessions.read() as session:
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)).all()
    assert [action for action in actions if action.startswith("copies.")] == [
        "copies.decided", "copies.decided", "copies.undecided"
    ]  # fmt: skip


def test_the_valid_copy_that_may_not_be_read_is_not_told_by_its_decision(company: Company) -> None:
    access = administrator(company.library)
    order = {"valid": company.draft, "copies": [company.valid, company.draft]}
    with company.client("manager") as manager:
        assert manager.put("/api/spaces/Rules/copies", json=order).status_code == 204
    with company.library.sessions.write() as session:
        people.set_reader_list(access, session, company.draft, restricted=True)
    with company.client("reader") as reader:
        quoted = ask(reader)[company.valid]
    assert (quoted["standing"], quoted["copies"]) == ("", [])


@pytest.mark.parametrize(
    "order",
    [{"valid": None, "copies": ["x"]}, {"valid": "x", "copies": []}, {"valid": None, "copies": ["x", "y"]}],
)
def test_a_decision_on_what_is_not_there_is_refused(company: Company, order: dict[str, object]) -> None:
    with company.client("manager") as manager:
        assert manager.put("/api/spaces/Rules/copies", json=order).status_code in (404, 422)


def test_documents_of_another_space_are_not_decided_on(company: Company) -> None:
    space_named(company.library.sessions, "Others")
    other = add(company.library, "other.md", VALID, space="Others")
    with company.client("manager") as manager:
        order = {"valid": None, "copies": [company.valid, other]}
        assert manager.put("/api/spaces/Rules/copies", json=order).status_code == 404


def test_the_keeper_sees_what_overlaps_contradicts_is_outdated_and_unasked(company: Company) -> None:
    library = company.library
    old = add(
        library, "情報管理基準_v1.md", "パスワードは8文字以上とする。社外へ持ち出さない。", space="Rules"
    )
    new = add(library, "情報管理基準_v2.md", "端末は必ず暗号化する。紛失は直ちに届け出る。", space="Rules")
    with library.sessions.write() as session:
        session.execute(update(Document).values(created_at=now() - timedelta(days=400)))
    with company.client("reader") as reader, company.client("manager") as manager:
        ask(reader)
        assert reader.get("/api/spaces/Rules/upkeep").status_code == 403
        lists = manager.get("/api/spaces/Rules/upkeep").json()
    assert [len(group["copies"]) for group in lists["overlapping"]] == [2]
    (pair,) = lists["contradicting"]
    assert "3,000円" in pair["one"]["text"] and "2,500円" in pair["other"]["text"]
    assert [
        (successor["older"]["document_id"], successor["newer"]["document_id"])
        for successor in lists["outdated"]
    ] == [(old, new)]
    assert {document["document_id"] for document in lists["unasked"]} == {old, new}


def test_the_bands_of_an_erased_document_are_gone(company: Company) -> None:
    with company.library.sessions.read() as session:
        assert session.scalar(select(SignatureBand.band).limit(1)) is not None
    with client_of(company.door, company.library.command_token) as client:
        for document in (company.valid, company.draft):
            assert client.delete(f"/api/documents/{document}").status_code == 204
    with company.library.sessions.read() as session:
        assert session.scalar(select(SignatureBand.band).limit(1)) is None
