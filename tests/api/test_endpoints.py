"""The HTTP door beyond the straight path: what is hostile, what breaks off, and what others may not see."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Generator
from typing import Any

import httpx
import pytest
from making import (
    add,
    administrator,
    client_of,
    error_of,
    finish_work,
    pdf,
    person,
    space_named,
    stored_originals,
    upload,
)
from sqlalchemy import delete, func, select

from api.errors import STATUS, status_of
from cli.client import ApiClient
from contract.values import Role
from core import errors
from core.errors import ShokoError
from core.identity.accounts import make_link, sign_in
from core.models import Answer, Grant, Question
from llm.fakes import ScriptedModel
from llm.model import Generation, GenerationRequest
from operations.library import Library

FEE = "The fee for a lost card is 50 yuan."
ASKED = "What is the fee for a lost card?"


def signed_in(library: Library, door: str, name: str, **roles: Role) -> httpx.Client:
    access = person(library.sessions, name, **roles)
    with library.sessions.write() as session:
        token = sign_in(session, access.user_id)
    return client_of(door, token)


def events(client: httpx.Client, question: str, **more: Any) -> list[tuple[str, dict[str, Any]]]:
    sent, name = [], ""
    with client.stream("POST", "/api/questions", json={"question": question} | more) as answer:
        assert answer.status_code == 200
        for line in answer.iter_lines():
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                sent.append((name, json.loads(line[6:])))
    return sent


def test_every_error_has_a_status_of_its_kind() -> None:
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ShokoError)
    ]
    assert {status_of(kind()) for kind in kinds} <= {
        400,
        401,
        403,
        404,
        408,
        409,
        413,
        415,
        422,
        429,
        500,
        502,
        503,
        507,
    }
    assert status_of(errors.FileTooLarge()) == 413  # and not that of the Unreadable that it is
    assert len({kind for kind, _ in STATUS}) == len(STATUS)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/nothing", 404, "http_404"), ("PUT", "/api/documents", 405, "http_405"),
        ("GET", "/api/documents/0000", 404, "not_found"), ("DELETE", "/api/documents/0000", 404, "not_found"),
        ("POST", "/api/documents/0000/retry", 404, "not_found"), ("GET", "/api/jobs/0000", 404, "not_found"),
        ("DELETE", "/api/jobs/0000", 404, "not_found"), ("GET", "/api/questions/0000", 404, "not_found"),
        ("GET", "/api/documents/0000/pages/1", 404, "not_found"),
        ("GET", "/api/documents/0/original", 404, "not_found"),
        ("GET", "/api/search", 422, "bad_value"), ("GET", "/api/search?q=x&limit=0", 422, "bad_value"),
        ("GET", "/api/search?q=%20", 422, "question_empty"), ("GET", "/api/jobs?state=odd", 422, "bad_value"),
        ("GET", "/api/documents?limit=501", 422, "bad_value"), ("GET", "/sign-in/guess", 401, "link_used_up"),
        ("GET", "/api/documents/x/pages/one", 422, "bad_value"),
        ("GET", "/api/search?q=" + "x" * 5000, 413, "question_too_long"),
        ("GET", f"/sign-in/{'x' * 300}", 422, "bad_value"),
        ("GET", "/api/documents/%00/pages/1", 404, "not_found"),
    ],
)  # fmt: skip
def test_every_refusal_has_the_one_shape(
    client: httpx.Client, method: str, path: str, status: int, code: str
) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, error_of(answer)) == (status, code)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422), (b"{", 422), (b"[]", 422), (b'{"question": 5}', 422), (b'{"question": null}', 422),
        (b'{"question": "x", "odd": 1}', 422),
        (b'{"question": "\\ud800 fee", "stream": false}', 200), (b"\xff\xfe", 422),
        (b'{"question": "fee\\u0000 card", "stream": false}', 200),
    ],
)  # fmt: skip
def test_a_strange_body_is_refused_or_answered_and_breaks_nothing(
    client: httpx.Client, body: bytes, status: int
) -> None:
    answer = client.post("/api/questions", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (status, 400), answer.text
    if status != 200:
        assert error_of(answer)


def test_every_answer_carries_the_headers_that_browsers_obey(client: httpx.Client) -> None:
    for path in ("/health", "/api/documents", "/api/nothing", "/openapi.json"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in headers["content-security-policy"]


def test_a_fault_of_ours_is_told_without_its_inside(
    library: Library, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret inside")

    monkeypatch.setattr(library.answerer, "read", fail)
    answer = client.get("/api/search", params={"q": "x"})
    assert (answer.status_code, error_of(answer)) == (500, "error")
    assert "secret inside" not in answer.text


def test_the_list_of_documents_is_counted_narrowed_and_paged(library: Library, client: httpx.Client) -> None:
    board = space_named(library.sessions, "Board")
    for number in range(3):
        add(library, f"rule {number}.txt", f"Rule {number}.")
    add(library, "100%_sure.txt", "Board.", space="Board")
    listed = client.get("/api/documents").json()
    assert (listed["total"], [document["name"] for document in listed["documents"]]) == (
        4, ["100%_sure.txt", "rule 2.txt", "rule 1.txt", "rule 0.txt"],
    )  # fmt: skip
    assert [
        document["name"]
        for document in client.get("/api/documents", params={"space": board}).json()["documents"]
    ] == ["100%_sure.txt"]
    paged = client.get("/api/documents", params={"name": "RULE", "limit": 1, "offset": 1}).json()
    assert (paged["total"], [document["name"] for document in paged["documents"]]) == (3, ["rule 1.txt"])
    assert client.get("/api/documents", params={"name": "%"}).json()["total"] == 1


def test_versions_pages_and_originals_of_each_can_be_had(library: Library, client: httpx.Client) -> None:
    document = add(library, "fee.txt", FEE)
    add(library, "fee.txt", FEE.replace("50", "80"))
    listed = client.get(f"/api/documents/{document}/versions").json()
    assert [version["number"] for version in listed] == [2, 1]
    old = {"version": listed[1]["id"]}
    assert "80" in client.get(f"/api/documents/{document}/pages/1").json()["text"]
    assert "50" in client.get(f"/api/documents/{document}/pages/1", params=old).json()["text"]
    assert client.get(f"/api/documents/{document}/original", params=old).text == FEE
    other = add(library, "other.txt", "x")
    assert client.get(f"/api/documents/{other}/original", params=old).status_code == 404
    for number in (0, -1, 2, 2**40):
        assert client.get(f"/api/documents/{document}/pages/{number}").status_code == 404
    assert client.get(f"/api/documents/{document}/pages/1/picture").status_code == 404  # a text has none


def test_an_original_is_always_a_download_under_its_own_name(library: Library, client: httpx.Client) -> None:
    name = '見積 "最終"; <script>.txt'
    document = add(library, name, "<script>alert(1)</script>")
    answer = client.get(f"/api/documents/{document}/original")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "filename*=utf-8''" in answer.headers["content-disposition"]
    assert answer.headers["content-type"] == "application/octet-stream"
    assert client.get(f"/api/documents/{document}").json()["name"] == name


def test_pictures_are_drawn_once_and_kept(
    library: Library, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = add(library, "a.pdf", pdf("Hello."))
    first = client.get(f"/api/documents/{document}/pages/1/picture", params={"width": 200})
    monkeypatch.setattr("ingest.records.page_pictures.render_page", None)
    assert (
        client.get(f"/api/documents/{document}/pages/1/picture", params={"width": 200}).content
        == first.content
    )
    for width in (99, 2401, "wide"):
        refused = client.get(f"/api/documents/{document}/pages/1/picture", params={"width": width})
        assert (refused.status_code, error_of(refused)) == (422, "bad_value")


def test_jobs_are_listed_looked_at_and_cancelled(library: Library, client: httpx.Client) -> None:
    accepted = upload(library, "a.txt", "The first rule.")
    assert accepted.job is not None
    (listed,) = client.get("/api/jobs", params={"state": "waiting"}).json()["jobs"]
    assert (listed["id"], listed["kind"], listed["document"]) == (accepted.job.id, "ingest", "a.txt")
    assert client.delete(f"/api/jobs/{accepted.job.id}").json()["state"] == "cancelled"
    assert client.delete(f"/api/jobs/{accepted.job.id}").json()["state"] == "cancelled"
    assert finish_work(library) == 0
    assert client.post(f"/api/documents/{accepted.document.id}/retry").status_code == 200
    finish_work(library)
    assert client.get(f"/api/documents/{accepted.document.id}").json()["version"]["state"] == "embedded"
    again = client.post(f"/api/documents/{accepted.document.id}/retry")
    assert (again.status_code, error_of(again)) == (422, "bad_value")


def test_a_reader_sees_jobs_and_cancels_none_and_an_outsider_sees_none(library: Library, door: str) -> None:
    accepted = upload(library, "a.txt", "The first rule.")
    assert accepted.job is not None
    with signed_in(library, door, "Mori", General=Role.READER) as reader:
        assert len(reader.get("/api/jobs").json()["jobs"]) == 1
        assert error_of(reader.delete(f"/api/jobs/{accepted.job.id}")) == "not_permitted"
        assert error_of(reader.post(f"/api/documents/{accepted.document.id}/retry")) == "not_permitted"
    with signed_in(library, door, "Abe") as outsider:
        assert outsider.get("/api/jobs").json()["jobs"] == []
        assert outsider.delete(f"/api/jobs/{accepted.job.id}").status_code == 404
        assert outsider.get(f"/api/jobs/{accepted.job.id}").status_code == 404


def test_spaces_are_those_that_may_be_read_with_what_may_be_done(library: Library, door: str) -> None:
    space_named(library.sessions, "Board")
    add(library, "a.txt", "x")
    with signed_in(library, door, "Mori", General=Role.READER, Lab=Role.AUTHOR) as client:
        spaces = [
            (space["name"], space["writable"], space["documents"])
            for space in client.get("/api/spaces").json()
        ]
    assert spaces == [("General", False, 1), ("Lab", True, 0)]


def test_health_and_models_tell_what_there_is(library: Library, client: httpx.Client, door: str) -> None:
    add(library, "a.txt", FEE)
    with client_of(door) as nobody:
        health = nobody.get("/health").json()
        assert nobody.get("/api/models").status_code == 401
    assert (health["status"], health["passages"], health["vectors"]) == ("ok", 1, 1)
    assert (health["chat_model"], health["embedder"], health["waiting"]) == ("none", "hash", 0)
    listed = {model["name"]: model for model in client.get("/api/models").json()["models"]}
    assert {"smollm2-135m", "all-minilm-l6-v2"} <= set(listed)
    assert not any(model["in_use"] for model in listed.values())


def test_who_signs_out_is_out_and_the_cookie_goes(library: Library, door: str) -> None:
    with library.sessions.write() as session:
        link = make_link(session, administrator_id(library))
    with client_of(door) as browser:
        token = browser.post("/api/session", json={"link": link}).json()["token"]
        assert browser.get("/api/session").json()["name"] == "administrator"
        answer = browser.delete("/api/session")
        assert answer.status_code == 204
        assert browser.get("/api/session").status_code == 401
    with client_of(door, token) as program:
        assert error_of(program.get("/api/session")) == "not_signed_in"


def administrator_id(library: Library) -> str:
    from core.models import User

    with library.sessions.read() as session:
        return session.scalars(select(User.id).where(User.is_admin)).one()


def test_only_an_administrator_makes_links(library: Library, client: httpx.Client, door: str) -> None:
    answer = client.post("/api/sign-in-links")
    assert answer.status_code == 201
    secret = answer.json()["address"].rpartition("/")[2]
    with client_of(door) as browser:
        assert browser.get(f"/sign-in/{secret}").status_code == 303
        assert browser.get("/api/session").json()["is_admin"]
    with signed_in(library, door, "Sato", General=Role.MANAGER) as manager:
        assert error_of(manager.post("/api/sign-in-links")) == "not_permitted"


def test_one_s_questions_are_one_s_own(library: Library, client: httpx.Client, door: str) -> None:
    add(library, "fee.txt", FEE)
    asked = client.post("/api/questions", json={"question": ASKED, "stream": False}).json()
    (listed,) = client.get("/api/questions").json()["questions"]
    assert (listed["id"], listed["question"], listed["status"]) == (asked["question_id"], ASKED, "quoted")
    with signed_in(library, door, "Mori", General=Role.MANAGER) as other:
        assert other.get("/api/questions").json()["questions"] == []
        assert other.get(f"/api/questions/{asked['question_id']}").status_code == 404


def test_an_old_answer_shows_nothing_of_what_may_not_be_read_any_more(library: Library, door: str) -> None:
    add(library, "fee.txt", FEE)
    space_named(library.sessions, "Board")
    add(library, "board.txt", "The fee for a lost card of the board is waived.", space="Board")
    library.answerer.model = ScriptedModel(f"{FEE} [1] The fee for a lost card is 7 yuan [1].")
    with signed_in(library, door, "Mori", General=Role.READER, Board=Role.READER) as reader:
        asked = reader.post("/api/questions", json={"question": ASKED, "stream": False}).json()
        assert {citation["document"] for citation in asked["citations"]} == {"fee.txt", "board.txt"}
        before = reader.get(f"/api/questions/{asked['question_id']}").json()
        assert before["answer"] == asked["answer"] != ""
        with library.sessions.write() as session:
            board = space_id(library, "Board")
            session.execute(delete(Grant).where(Grant.space_id == board))
        after = reader.get(f"/api/questions/{asked['question_id']}").json()
    assert {citation["document"] for citation in after["citations"]} == {"fee.txt"}
    assert (after["answer"], after["struck"], after["why"]) == ("", [], "not_readable_any_more")


def space_id(library: Library, name: str) -> str:
    from core.models import Space

    with library.sessions.read() as session:
        return session.scalars(select(Space.id).where(Space.name == name)).one()


def test_an_old_answer_of_an_erased_document_has_no_text_any_more(
    library: Library, client: httpx.Client
) -> None:
    document = add(library, "fee.txt", FEE)
    library.answerer.model = ScriptedModel(f"{FEE} [1]")
    asked = client.post("/api/questions", json={"question": ASKED, "stream": False}).json()
    assert asked["status"] == "answered"
    client.delete(f"/api/documents/{document}")
    after = client.get(f"/api/questions/{asked['question_id']}").json()
    assert (after["answer"], after["citations"], after["why"]) == ("", [], "document_erased")


def test_events_come_one_to_a_block_whatever_the_text_holds(library: Library, client: httpx.Client) -> None:
    text = "The fee\u2028 for a\u0085 lost\x0b card\x1c is 50\u2029 yuan."
    add(library, "fee.txt", text)
    sent = events(client, ASKED)
    assert [name for name, _ in sent] == ["quotes", "done"]
    assert text in {quote["quote"] for quote in sent[0][1]["citations"]}
    assert [name for name, _ in ApiClient(client).ask(ASKED)] == ["quotes", "done"]


def test_a_stream_that_breaks_off_says_so_as_its_last_event(
    library: Library, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(library, "fee.txt", FEE)

    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret inside")

    monkeypatch.setattr(library.answerer, "_save", fail)
    sent = events(client, ASKED)
    assert [name for name, _ in sent] == ["quotes", "error"]
    assert sent[1][1]["code"] == "error"
    assert "secret inside" not in json.dumps(sent)


class Slow(ScriptedModel):
    """Waits, before each piece, until it is let on."""

    def __init__(self, *texts: str) -> None:
        super().__init__(*texts)
        self.let_on, self.begun, self.ended = threading.Semaphore(0), threading.Event(), threading.Event()

    def _pieces(
        self, text: str, request: GenerationRequest, generation: Generation
    ) -> Generator[str, None, None]:
        try:
            for piece in super()._pieces(text, request, generation):
                self.begun.set()
                self.let_on.acquire()
                yield piece
        finally:
            self.ended.set()


def test_the_door_answers_others_while_a_model_writes(
    library: Library, client: httpx.Client, door: str
) -> None:
    add(library, "fee.txt", FEE)
    library.answerer.model = slow = Slow(f"{FEE} [1]")
    asker = threading.Thread(target=lambda: events(client, ASKED))
    asker.start()
    assert slow.begun.wait(240)
    with client_of(door) as other:
        assert other.get("/health").json()["waiting"] == 1
    slow.let_on.release(1000)
    asker.join()
    assert library.answerer.gate.waiting == 0


def test_an_asker_who_goes_away_frees_the_model(library: Library, client: httpx.Client) -> None:
    add(library, "fee.txt", FEE)
    library.answerer.model = slow = Slow(f"{FEE} [1] " * 30 + "and more " * 3000)
    with client.stream("POST", "/api/questions", json={"question": ASKED}) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "event: quotes"
        assert slow.begun.wait(240)
    while not slow.ended.is_set():  # as the model goes on, piece by piece, the door notices
        slow.let_on.release()
        slow.ended.wait(0.005)
    for _ in range(6000):
        if library.answerer.gate.waiting == 0:
            break
        threading.Event().wait(0.005)
    assert library.answerer.gate.waiting == 0
    library.answerer.model = ScriptedModel(f"{FEE} [1]")
    assert events(client, ASKED)[-1][1]["status"] == "answered"


def test_a_question_can_be_narrowed_to_spaces_and_not_widened(library: Library, door: str) -> None:
    add(library, "fee.txt", FEE)
    space_named(library.sessions, "Board")
    add(library, "board.txt", "The fee for a lost card of the board is 900 yuan.", space="Board")
    board = space_id(library, "Board")
    with signed_in(library, door, "Mori", General=Role.READER) as reader:
        assert reader.get("/api/search", params={"q": ASKED, "space": board}).json()["hits"] == []
        assert events(reader, ASKED, spaces=[board])[0][1]["citations"] == []
        assert len(events(reader, ASKED)[0][1]["citations"]) == 1


def test_the_shape_of_a_search_is_as_it_is_written(library: Library, client: httpx.Client) -> None:
    add(library, "fee.txt", FEE)
    answer = client.get("/api/search", params={"q": ASKED}).json()
    assert set(answer) == {"hits", "widened", "timings_ms"}
    (hit,) = answer["hits"]
    assert (hit["document"], hit["page"], hit["last_page"], hit["passage"]) == ("fee.txt", 1, 1, FEE)
    assert hit["space"] == "General"


def chunked(door: str, token: str, megabytes: int) -> bytes:
    """The first line of the answer to a form of that size whose length nobody says."""
    host, _, port = door.removeprefix("http://").partition(":")
    head = (
        f"POST /api/documents HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="big.txt"\r\n\r\n'
    with socket.create_connection((host, int(port)), timeout=240) as line:
        line.sendall(head.encode() + b"%x\r\n%b\r\n" % (len(part), part))
        block = b"x" * 2**20
        try:
            for _ in range(megabytes):
                line.sendall(b"%x\r\n%b\r\n" % (len(block), block))
            line.sendall(b"7\r\n\r\n--x--\r\n0\r\n\r\n")
        except OSError:
            pass  # it was refused already
        return line.recv(200).split(b"\r\n")[0]


def test_an_upload_that_does_not_say_its_length_is_cut_off_at_the_limit(library: Library, door: str) -> None:
    library.settings = library.settings.model_copy(update={"upload_limit_mb": 1})
    asker = administrator(library)
    with library.sessions.write() as session:
        token = sign_in(session, asker.user_id)
    assert b" 413 " in chunked(door, token, 20)
    assert stored_originals(library) == []
    with library.sessions.read() as session:
        assert session.scalar(select(func.count()).select_from(Question)) == 0


def test_an_upload_of_a_very_long_name_or_a_strange_one_is_refused(
    library: Library, client: httpx.Client
) -> None:
    for name in (
        "a" * 300, "a" * 4000, "..", "a/..", "a\0.txt", "a\x1b[31m.txt", "a\x85.txt", "a\u202etxt.exe"
    ):  # fmt: skip
        answer = client.post("/api/documents", files={"file": ("x", b"x")}, data={"path": name})
        assert (answer.status_code, error_of(answer)) == (422, "bad_value"), name
        part = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        part += "x\r\n--x--\r\n"
        head = {"Content-Type": "multipart/form-data; boundary=x"}
        answer = client.post("/api/documents", content=part.encode(), headers=head)
        assert (answer.status_code, error_of(answer)) == (422, "bad_value"), name
    assert client.post("/api/documents", data={"space": "General"}).status_code == 422
    unknown = client.post("/api/documents", files={"file": ("a.txt", b"x")}, data={"space": "Nowhere"})
    assert (unknown.status_code, error_of(unknown)) == (404, "not_found")
    assert stored_originals(library) == []


def test_an_answer_and_its_question_are_kept_once(library: Library, client: httpx.Client) -> None:
    add(library, "fee.txt", FEE)
    done = events(client, ASKED)[-1][1]
    with library.sessions.read() as session:
        assert session.scalars(select(Answer.question_id)).all() == [done["question_id"]]
