"""The HTTP door of checks: access first, names are no paths, a pack that is sent opens no file here."""

from __future__ import annotations

import httpx

from api.wiring import Library

RULES = "version: 1\npack: p\nrules:\n- {id: X, kind: pattern, pattern: 悪い}\n"


def test_a_file_is_checked_against_a_pack_that_is_sent(client: httpx.Client) -> None:
    files = {"file": ("a.md", "これは悪い。".encode()), "rules": ("p.yml", RULES.encode())}
    answer = client.post("/api/checks", files=files, data={"language": "ja"})
    assert answer.status_code == 200, answer.text
    (finding,) = answer.json()["findings"]
    assert (finding["rule"], finding["place"]["column"], finding["quote"]) == ("X", 4, "悪い")
    assert answer.json()["rules"] == [{"id": "X", "ran": True, "why": "", "state": "ran", "findings": 1}]


def test_packs_are_listed_and_names_are_no_paths(client: httpx.Client) -> None:
    assert "jtf" in [pack["name"] for pack in client.get("/api/packs").json()]
    answer = client.post("/api/checks", files={"file": ("a.md", b"x")}, data={"pack": "../../etc/passwd"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_value")


def test_a_pack_that_is_sent_includes_nothing(client: httpx.Client) -> None:
    for text in ("version: 1\npack: p\ninclude: [{prh: /etc/hosts}]\n", "version: 1\nimports: /etc/hosts\n"):
        files = {"file": ("a.md", b"x"), "rules": ("p.yml", text.encode())}
        answer = client.post("/api/checks", files=files)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_value")


def test_a_mistake_in_a_pack_is_told_with_its_place(client: httpx.Client) -> None:
    files = {"file": ("a.md", b"x"), "rules": ("p.yml", RULES.replace("kind", "kidn").encode())}
    answer = client.post("/api/checks", files=files)
    assert answer.status_code == 422
    assert answer.json()["error"]["values"]["place"].startswith("p.yml:4:")


def test_a_document_that_may_not_be_read_is_not_there(library: Library, client: httpx.Client) -> None:
    assert client.post("/api/documents/0000000000000000/check", params={"pack": "jtf"}).status_code == 404
