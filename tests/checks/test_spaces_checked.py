"""Spaces that have packs: new versions are checked when they come, a whole space as a job, and everyone sees
the figures of what they may read."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import httpx
import pytest
from making import add, administrator, client_of, finish_work, pdf, person, upload, version
from sqlalchemy import select, update
from typer.testing import CliRunner

from checks.service.checker import CHECK_SPACE
from cli import main
from contract.values import JobState, Role
from core.identity.accounts import sign_in
from core.identity.people import set_reader_list
from core.models import Job, SpacePack, SpaceWaiver, Version, VersionCheck
from ingest.uploads import CHECK, accept_named
from operations.library import Library, RunningServer, announce

RULES = """version: 1
pack: acme
rules:
- {id: BAD, kind: pattern, pattern: 悪い}
- {id: MILD, kind: pattern, pattern: ひどい, level: warning}
- {id: ASK, kind: judged, ask: 結論が書かれているか。}
"""
SPACE = "/api/spaces/General"


@pytest.fixture
def held(client: httpx.Client) -> httpx.Client:
    """The client of a library whose space General has a pack."""
    answer = client.post(f"{SPACE}/packs", files={"rules": ("acme.yml", RULES.encode())})
    assert answer.status_code == 201, answer.text
    return client


def in_folder(library: Library, name: str, text: str) -> str:
    accepted = accept_named(
        administrator(library), library.sessions, library.files, "General", name, [text.encode()],
        limit_bytes=10**6,
    )  # fmt: skip
    finish_work(library)
    return str(accepted.document.id)


def work(library: Library) -> None:
    while library.checker.work_once():
        pass


def test_a_new_version_is_checked_and_its_findings_stand_with_the_document(
    library: Library, held: httpx.Client
) -> None:
    document = add(library, "a.md", "これは悪い。")
    assert held.get(f"/api/documents/{document}").json()["check"] is None
    assert held.get(f"/api/documents/{document}/findings").status_code == 404
    (job,) = held.get("/api/jobs", params={"kind": CHECK}).json()["jobs"]
    assert (job["state"], job["document"]) == ("waiting", "a.md")
    work(library)
    shown = held.get(f"/api/documents/{document}").json()["check"]
    assert shown["levels"] == {"error": 1, "warning": 0, "info": 0}
    assert (shown["packs"], shown["could_not_run"], shown["error"]) == (["acme"], 1, None)
    answer = held.get(f"/api/documents/{document}/findings", params={"language": "ja"}).json()
    (finding,) = answer["findings"]
    assert (finding["rule"], finding["quote"], finding["place"]["column"]) == ("BAD", "悪い", 4)
    asked = next(rule for rule in answer["rules"] if rule["id"] == "ASK")
    assert (asked["state"], "個別" in asked["why"]) == ("could_not_run", True)
    add(library, "a.md", "これは良い。")
    work(library)
    assert held.get(f"/api/documents/{document}").json()["check"]["levels"]["error"] == 0
    assert held.get(f"/api/jobs/{job['id']}").json()["state"] == "done"


def test_without_a_pack_nothing_is_checked(library: Library, client: httpx.Client) -> None:
    add(library, "a.md", "これは悪い。")
    assert not library.checker.work_once()
    answer = client.post(f"{SPACE}/check")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_value")


def test_a_whole_space_by_rule_department_and_severity(library: Library, client: httpx.Client) -> None:
    in_folder(library, "営業/a.md", "悪い。悪い。ひどい。")
    in_folder(library, "総務/b.md", "悪い。")
    in_folder(library, "総務/c.md", "良い。")
    in_folder(library, "d.md", "ひどい。")
    page = upload(library, "mail.html", "<p>悪い</p>")
    finish_work(library)
    assert version(library, page.version.id).state in ("searchable", "embedded")
    client.post(f"{SPACE}/packs", files={"rules": ("acme.yml", RULES.encode())})
    begun = client.post(f"{SPACE}/check")
    assert (begun.status_code, begun.json()["job"]["state"]) == (202, "waiting")
    assert client.post(f"{SPACE}/check").json()["job"]["id"] == begun.json()["job"]["id"]  # one at a time
    assert begun.json()["unchecked"] == 5
    work(library)
    answer = client.get(f"{SPACE}/check").json()
    assert (answer["job"]["state"], answer["job"]["done"], answer["job"]["total"]) == ("done", 5, 5)
    assert (answer["documents"], answer["checked"], answer["unreadable"], answer["unchecked"]) == (5, 5, 0, 0)
    assert answer["levels"] == {"error": 4, "warning": 2, "info": 0}
    rules = {
        rule["rule"]: (rule["findings"], rule["documents"], rule["could_not_run"]) for rule in answer["rules"]
    }
    assert rules == {"BAD": (4, 3, 0), "MILD": (2, 2, 0), "ASK": (0, 0, 5)}
    places = {
        department["name"]: (department["documents"], department["levels"]["error"])
        for department in answer["departments"]
    }
    assert places == {"営業": (1, 2), "総務": (2, 1), "": (2, 1)}
    rows = client.get(f"{SPACE}/check/documents", params={"rule": "BAD"}).json()
    assert rows["documents"][0]["document"] == "営業/a.md"
    assert rows["total"] == 3
    page_text = client.get(f"{SPACE}/check/report", params={"language": "ja"}).text
    assert "部門別" in page_text
    assert re.search(r'<td>総務</td><td>1</td>.*?class="bar b-error" style="width:100.0px"', page_text)
    assert "<script" not in page_text


def test_what_cannot_be_checked_is_told_and_holds_nothing_up(library: Library, held: httpx.Client) -> None:
    document = add(library, "a.pdf", pdf("Text."))
    ok = add(library, "b.md", "悪い。")
    library.files.path(version_sha(library, document)).write_bytes(b"%PDF-1.7 broken")
    work(library)
    shown = held.get(f"/api/documents/{document}").json()["check"]
    assert shown["error"]["code"] in ("file_damaged", "reader_gave_up")
    assert held.get(f"/api/documents/{document}/findings").status_code == 422
    assert held.get(f"/api/documents/{ok}").json()["check"]["levels"]["error"] == 1
    answer = held.get(f"{SPACE}/check").json()
    assert (answer["checked"], answer["unreadable"]) == (1, 1)
    report = held.get(f"{SPACE}/check/report").text
    assert "a.pdf" in report
    assert "could not be checked" in report


def version_sha(library: Library, document: str) -> str:
    with library.sessions.read() as session:
        return str(session.scalar(select(Version.sha256).where(Version.document_id == document)))


def test_waivers_and_the_baseline_of_a_space_change_the_figures_at_once(
    library: Library, held: httpx.Client
) -> None:
    document = in_folder(library, "old/a.md", "悪い。ひどい。")
    work(library)

    def figures() -> tuple[int, int, int]:
        check = held.get(f"/api/documents/{document}").json()["check"]
        return check["levels"]["error"], check["levels"]["warning"], check["waived"]

    assert figures() == (1, 1, 0)
    order = {"rule": "BAD", "document": "old/*", "reason": "The old template", "until": "2999-01-01"}
    waiver = held.post(f"{SPACE}/waivers", json=order).json()
    assert figures() == (0, 1, 1)
    assert held.put(f"{SPACE}/baseline").json() == {"findings": 2}
    held.delete(f"{SPACE}/waivers/{waiver['id']}")
    assert figures() == (0, 0, 2)
    in_folder(library, "old/a.md", "悪い。ひどい。悪い。")
    work(library)
    assert figures() == (1, 0, 2)  # the new finding alone
    held.delete(f"{SPACE}/baseline")
    assert figures() == (2, 1, 0)
    held.post(f"{SPACE}/waivers", json=order)
    with library.sessions.write() as session:  # as if its last day had passed
        session.execute(update(SpaceWaiver).values(until=datetime.date(2020, 1, 1)))
    library.checker.day = None
    work(library)
    assert figures() == (2, 2, 0)  # both findings again, and that the waiver ended


def test_figures_are_of_the_documents_that_one_may_read(
    library: Library, held: httpx.Client, door: str
) -> None:
    add(library, "open.md", "悪い。")
    secret = add(library, "secret.md", "悪い。悪い。")
    work(library)
    admin = administrator(library)
    with library.sessions.write() as session:
        set_reader_list(admin, session, secret, restricted=True)
    reader = person(library.sessions, "reader", General=Role.READER)
    with library.sessions.write() as session:
        token = sign_in(session, reader.user_id)
    with client_of(door, token) as other:
        answer = other.get(f"{SPACE}/check").json()
        assert (answer["documents"], answer["levels"]["error"]) == (1, 1)
        assert "secret" not in other.get(f"{SPACE}/check/report").text
        assert other.get(f"{SPACE}/check/documents").json()["total"] == 1
        assert other.get(f"/api/documents/{secret}/findings").status_code == 404
        assert other.post(f"{SPACE}/check").status_code == 403
    assert held.get(f"{SPACE}/check").json()["levels"]["error"] == 3


def test_a_check_of_a_space_goes_on_where_it_ended_and_can_be_stopped(
    library: Library, held: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.md", "b.md", "c.md"):
        add(library, name, f"悪い。{name}")
    work(library)
    held.post(f"{SPACE}/check")
    checked: list[str] = []
    whole = library.checker.check_version

    def counted(version_id: str, pack: object) -> None:
        whole(version_id, pack)  # type: ignore[arg-type]  # passed on as it came
        checked.append(version_id)
        if len(checked) == 2:
            library.checker.stopping.set()

    monkeypatch.setattr(library.checker, "check_version", counted)
    library.checker.work_once()
    library.checker.stopping.clear()
    assert held.get(f"{SPACE}/check").json()["job"]["state"] == "waiting"
    library.checker.work_once()
    assert held.get(f"{SPACE}/check").json()["job"]["state"] == "done"
    assert len(checked) == len(set(checked)) == 3
    held.post(f"{SPACE}/check")
    assert held.delete(f"{SPACE}/check").json()["job"]["state"] == "cancelled"
    assert not library.checker.work_once()


def test_a_pack_that_went_wrong_fails_its_job_with_the_reason(library: Library, held: httpx.Client) -> None:
    add(library, "a.md", "悪い。")
    work(library)
    held.post(f"{SPACE}/check")
    with library.sessions.write() as session:
        session.execute(update(SpacePack).values(text="version: 1\npack: acme\nrules:\n- {id: X}\n"))
    work(library)
    job = held.get(f"{SPACE}/check").json()["job"]
    assert job["state"] == "failed", job
    assert "kind is missing" in job["error"]["message"]


def test_a_cancelled_check_of_a_version_can_be_tried_again(library: Library, held: httpx.Client) -> None:
    document = add(library, "a.md", "悪い。")
    (job,) = held.get("/api/jobs", params={"kind": CHECK}).json()["jobs"]
    assert held.delete(f"/api/jobs/{job['id']}").json()["state"] == "cancelled"
    work(library)
    assert held.get(f"/api/documents/{document}").json()["check"] is None
    assert held.post(f"/api/jobs/{job['id']}/retry").json()["kind"] == CHECK
    work(library)
    assert held.get(f"/api/documents/{document}").json()["check"]["levels"]["error"] == 1


def test_erasing_a_document_erases_what_was_found(library: Library, held: httpx.Client) -> None:
    document = add(library, "a.md", "悪い。")
    work(library)
    assert held.delete(f"/api/documents/{document}").status_code == 204
    with library.sessions.read() as session:
        assert session.scalars(select(VersionCheck)).all() == []
        assert session.scalars(select(Job).where(Job.kind == CHECK)).all() == []


def test_the_commands_hold_a_space_to_a_pack_and_check_it(
    tmp_path: Path, library: Library, door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    announce(library.settings.data, RunningServer(door, library.command_token))
    data = ["--data", str(library.settings.data)]
    pack, target = tmp_path / "acme.yml", tmp_path / "out.html"
    pack.write_text(RULES, encoding="utf-8")
    add(library, "a.md", "これは悪い。")

    def run(*words: str) -> str:
        done = CliRunner().invoke(main.app, ["spaces", *words, *data])
        assert done.exit_code == 0, done.output
        return done.output

    assert "3 rules" in run("pack-add", "General", str(pack))
    assert "acme" in run("packs", "General")
    monkeypatch.setattr("cli.commands.space_rules.time.sleep", lambda seconds: work(library))
    assert "1 of 1 documents are checked: 1 error" in run("check", "General", "--report", str(target))
    assert "悪い" in target.read_text(encoding="utf-8")
    assert "a.md" in run("findings", "General", "--rule", "BAD")
    assert "holds until" in run(
        "waive", "General", "--rule", "BAD", "--reason", "The old one", "--until", "2999-01-01"
    )
    assert "0 error" in run("findings", "General")
    assert "The old one" in run("waivers", "General", "--json")
    assert "1 findings" in run("baseline", "General")
    run("pack-rm", "General", "acme")
    with library.sessions.read() as session:
        states = set(session.scalars(select(Job.state).where(Job.kind == CHECK_SPACE)))
    assert states == {JobState.DONE}
