"""The log says who read which page, and says it once for a page that comes as text and picture."""

from __future__ import annotations

from typing import Any

import httpx
from making import add, pdf, person

from contract.values import Role
from core.identity.accounts import sign_in
from core.limits import Once
from operations.library import Library


def reads(client: httpx.Client) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = client.get("/api/audit", params={"action": "document.read"}).json()
    return answer


def test_pages_that_were_read_stand_in_the_log(library: Library, client: httpx.Client) -> None:
    document = add(library, "gate.pdf", pdf("The gate opens at seven.", "The hall closes at nine."))
    reader = person(library.sessions, "Mori", General=Role.READER)
    outsider = person(library.sessions, "Outsider")
    page = f"/api/documents/{document}/pages"
    for who in (reader, outsider):
        with library.sessions.write() as session:
            token = sign_in(session, who.user_id)
        given = {"authorization": f"Bearer {token}"}
        for path in ("1", "1/picture", "1", "2/picture", "3", "0/picture", "1/marks?q=gate"):
            client.get(f"{page}/{path}", headers=given)
    entries = [(entries["subject"], entries["detail"]) for entries in reads(client)]
    assert entries == [(document, {"version": 1, "page": 1}), (document, {"version": 1, "page": 2})]
    assert {read["user"] for read in reads(client)} == {"Mori"}
    assert client.get("/api/audit/verification").json()["whole"]


def test_what_was_forgotten_counts_as_new() -> None:
    seen = Once(minutes=60, most=2)
    assert [seen.first("a"), seen.first("a"), seen.first("b"), seen.first("c")] == [True, False, True, True]
    assert seen.first("a") and not seen.first("c")
    assert Once(minutes=0).first("a")
