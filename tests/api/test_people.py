"""People at the HTTP door: accounts, groups, rights, keys, and the browser's cookie."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from making import add, client_of, error_of, person, space_named
from sqlalchemy import update

from api.deps import COOKIE
from contract.values import Role
from core.errors import TooManyRequests
from core.identity.accounts import sign_in
from core.limits import RequestLimits
from core.models import ApiKey, now
from operations.library import Library

PASSWORD = "correct horse battery staple"


@pytest.fixture
def browser(door: str) -> Iterator[httpx.Client]:
    """A client without a token, that keeps cookies."""
    with client_of(door) as opened:
        yield opened


SignedIn = Callable[..., httpx.Client]


@pytest.fixture
def signed_in(library: Library, door: str) -> Iterator[SignedIn]:
    """Makes a new person of that name and those roles, and a client that is signed in as them."""
    with contextlib.ExitStack() as stack:

        def make(name: str, **roles: Role) -> httpx.Client:
            user = person(library.sessions, name, **roles)
            with library.sessions.write() as session:
                token = sign_in(session, user.user_id)
            return stack.enter_context(client_of(door, token))

        yield make


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_password_gives_a_browser_a_cookie_that_survives_a_reload(
    client: httpx.Client, browser: httpx.Client
) -> None:
    made = client.post("/api/users", json={"name": "Mori", "password": PASSWORD})
    assert made.status_code == 201 and made.json()["has_password"]
    answer = browser.post("/api/session", json={"name": "Mori", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "secure" not in cookie
    me = browser.get("/api/session").json()
    assert (me["name"], me["is_admin"], me["source"]) == ("Mori", False, "local")
    # What the screens do: they hold a token, and hand the browser a link that becomes its cookie.
    link = browser.post("/api/session/handoff").json()["address"].rsplit("/", 1)[1]
    with httpx.Client(base_url=browser.base_url, trust_env=False, timeout=240) as other:
        there = other.get(f"/sign-in/{link}")
        assert there.status_code == 303 and other.get("/api/session").json()["name"] == "Mori"
        assert other.get(f"/sign-in/{link}").status_code == 401
    assert code(browser.post("/api/session", json={"name": "Mori", "password": "no"})) == (
        401,
        "sign_in_refused",
    )


def test_the_cookie_is_secure_where_the_address_is(library: Library, client: httpx.Client) -> None:
    library.settings = library.settings.model_copy(update={"public_url": "https://shoko.company.example"})
    client.post("/api/users", json={"name": "Mori", "password": PASSWORD})
    answer = client.post("/api/session", json={"name": "Mori", "password": PASSWORD})
    assert "secure" in answer.headers["set-cookie"].lower()
    link = client.post("/api/sign-in-links").json()["address"]
    assert link.startswith("https://shoko.company.example/sign-in/")


def test_changing_ones_password_asks_for_the_old_one_and_ends_the_other_sign_ins(
    client: httpx.Client, browser: httpx.Client, door: str
) -> None:
    client.post("/api/users", json={"name": "Mori", "password": PASSWORD})
    order = {"name": "Mori", "password": PASSWORD}
    token = browser.post("/api/session", json=order).json()["token"]
    browser.post("/api/session", json=order)
    change = {"current": "wrong", "new": "another long enough one"}
    assert browser.put("/api/session/password", json=change).status_code == 401
    change["current"] = PASSWORD
    assert browser.put("/api/session/password", json=change).status_code == 200
    assert browser.get("/api/session").status_code == 200
    with client_of(door, token) as other:
        assert other.get("/api/session").status_code == 401
    assert code(browser.put("/api/session/password", json=change | {"new": "short"}))[0] == 401
    weak = {"current": change["new"], "new": "short"}
    assert code(browser.put("/api/session/password", json=weak)) == (422, "password_too_weak")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:9"}, 403),  # another port of this host
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "navigate"}, 403),
        ({"origin": "{own}"}, 201),
        ({"origin": "{screens}"}, 201),
        ({"sec-fetch-site": "same-origin"}, 201),
        ({}, 201),
    ],
)
def test_another_sites_page_can_do_nothing_with_the_cookie(
    library: Library, client: httpx.Client, browser: httpx.Client, headers: dict[str, str], status: int
) -> None:
    token = client.headers["authorization"].split()[1]
    browser.cookies.set(COOKIE, token)
    own = {
        "own": str(browser.base_url).rstrip("/"),
        "screens": f"http://127.0.0.1:{library.settings.ui_port}",
    }
    sent = {name: value.format(**own) for name, value in headers.items()}
    answer = browser.post("/api/session/handoff", headers=sent)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["error"]["code"] == "cross_site_request"
        followed = sent.get("sec-fetch-mode") == "navigate"  # a link may be opened from anywhere
        assert browser.get("/api/session", headers=sent).status_code == (200 if followed else 403)


def test_a_form_of_another_site_cannot_sign_a_browser_in(client: httpx.Client, browser: httpx.Client) -> None:
    client.post("/api/users", json={"name": "Mori", "password": PASSWORD})
    body = f'{{"name": "Mori", "password": "{PASSWORD}"}}'
    answer = browser.post("/api/session", content=body, headers={"content-type": "text/plain"})
    assert answer.status_code == 422 and "set-cookie" not in answer.headers


def test_groups_give_their_members_rights_that_end_with_the_membership(
    library: Library, client: httpx.Client, signed_in: SignedIn
) -> None:
    space_named(library.sessions, "Board")
    add(library, "plan.txt", "The plan is secret.", space="Board")
    mori = signed_in("Mori")
    assert client.post("/api/groups", json={"name": "Directors"}).status_code == 201
    grant = {"kind": "group", "holder": "Directors", "role": "reader", "may_download": False}
    assert client.put("/api/spaces/Board/grants", json=grant).status_code == 200
    assert mori.get("/api/documents").json()["total"] == 0
    client.put("/api/groups/Directors/members/Mori")
    (document,) = mori.get("/api/documents").json()["documents"]
    assert mori.get(f"/api/documents/{document['id']}/pages/1").status_code == 200
    assert code(mori.get(f"/api/documents/{document['id']}/original")) == (403, "not_permitted")
    client.delete("/api/groups/Directors/members/Mori")
    assert mori.get("/api/documents").json()["total"] == 0
    assert client.get("/api/groups").json()[0]["members"] == []


def test_a_manager_gives_reading_and_writing_and_nothing_more(
    library: Library, client: httpx.Client, signed_in: SignedIn
) -> None:
    manager = signed_in("Manager", Sales=Role.MANAGER)
    person(library.sessions, "Mori")
    space_named(library.sessions, "Board")

    def give(role: str, holder: str = "Mori") -> httpx.Response:
        order = {"kind": "user", "holder": holder, "role": role}
        return manager.put("/api/spaces/Sales/grants", json=order)

    assert [give(role).status_code for role in ("reader", "author")] == [200, 200]
    for role in ("manager", "administrator"):
        assert code(give(role)) == (403, "not_permitted")
    assert give("reader", "Manager").status_code == 403  # nor takes a manager's role, be it one's own
    assert manager.put("/api/spaces/Board/grants", json={}).status_code == 422
    assert code(manager.get("/api/spaces/Board/grants")) == (404, "not_found")
    assert [holder["name"] for holder in manager.get("/api/holders", params={"q": "mor"}).json()] == ["Mori"]
    assert manager.get("/api/users").status_code == 403
    assert manager.post("/api/spaces", json={"name": "Mine"}).status_code == 403
    assert manager.patch("/api/spaces/Sales", json={"name": "Mine"}).status_code == 403


def test_a_reader_list_counts_at_once(library: Library, client: httpx.Client, signed_in: SignedIn) -> None:
    secret = add(library, "salaries.txt", "The salary of the director is 12 million yen.")
    add(library, "gate.txt", "The gate opens at seven.")
    mori, sato = (signed_in(name, General=Role.READER) for name in ("Mori", "Sato"))
    order = {"restricted": True, "users": ["Sato"]}
    answer = client.put(f"/api/documents/{secret}/readers", json=order)
    assert [user["name"] for user in answer.json()["users"]] == ["Sato"]
    question = {"q": "What is the salary of the director?"}
    assert [hit["document"] for hit in mori.get("/api/search", params=question).json()["hits"]] == [
        "gate.txt"
    ]
    assert sato.get("/api/search", params=question).json()["hits"][0]["document"] == "salaries.txt"
    for path in ("", "/pages/1", "/original", "/versions", "/readers"):
        assert mori.get(f"/api/documents/{secret}{path}").status_code == 404
    assert mori.get("/api/spaces").json()[0]["documents"] == 1
    assert mori.get("/api/jobs").json()["jobs"] != sato.get("/api/jobs").json()["jobs"]
    assert sato.get(f"/api/documents/{secret}/readers").status_code == 403
    client.put(f"/api/documents/{secret}/readers", json={"restricted": False})
    assert mori.get(f"/api/documents/{secret}").status_code == 200


def test_the_last_administrator_stays(client: httpx.Client) -> None:
    own = client.get("/api/session").json()["id"]
    for change in ({"is_admin": False}, {"disabled": True}):
        assert code(client.patch(f"/api/users/{own}", json=change)) == (409, "last_administrator")
    client.post("/api/users", json={"name": "Sato", "is_admin": True})
    assert client.patch(f"/api/users/{own}", json={"is_admin": False}).status_code == 200


@pytest.mark.parametrize("name", ["", " ", "a\x00b", "x" * 201, "administrator"])
def test_names_are_held_to_account(client: httpx.Client, name: str) -> None:
    assert client.post("/api/users", json={"name": name}).status_code == 422


KEYS: list[tuple[list[str], str, str, dict[str, Any], int]] = [
    (["ask"], "GET", "/api/search?q=gate", {}, 200),
    (["ask"], "POST", "/api/questions", {"question": "When does the gate open?", "stream": False}, 200),
    (["ask"], "GET", "/api/documents", {}, 403),
    (["read"], "GET", "/api/documents", {}, 200),
    (["read"], "GET", "/api/search?q=gate", {}, 403),
    (["read"], "DELETE", "/api/documents/x", {}, 403),
    (["write"], "DELETE", "/api/documents/x", {}, 404),
    (["write"], "PUT", "/api/documents/x/readers", {"restricted": True}, 404),
    (["read", "write", "ask"], "GET", "/api/users", {}, 403),
    (["admin"], "GET", "/api/users", {}, 200),
    # A narrow key must not become a wide sign-in or a wide key.
    (["read", "write", "ask", "admin"], "POST", "/api/session/handoff", {}, 403),
    (["read", "write", "ask", "admin"], "POST", "/api/session/renewal", {}, 401),
    (["read", "write", "ask", "admin"], "POST", "/api/sign-in-links", {}, 403),
    (["read", "write", "ask", "admin"], "POST", "/api/keys", {"name": "x", "scopes": ["admin"]}, 403),
]


@pytest.mark.parametrize(("scopes", "method", "path", "body", "status"), KEYS)
def test_a_key_opens_what_its_scopes_name(
    client: httpx.Client,
    door: str,
    scopes: list[str],
    method: str,
    path: str,
    body: dict[str, Any],
    status: int,
) -> None:
    made = client.post("/api/keys", json={"name": "program", "scopes": scopes}).json()
    with client_of(door, made["secret"]) as program:
        assert program.request(method, path, json=body or None).status_code == status
    assert made["secret"] not in client.get("/api/keys").text


@pytest.mark.parametrize("name", ["\0", "a\x1b[31mb", "\u202egnp.exe", "  ", "x" * 201])
def test_a_key_has_a_name_that_a_screen_can_show(client: httpx.Client, name: str) -> None:
    answer = client.post("/api/keys", json={"name": name, "scopes": ["read"]})
    assert (answer.status_code, error_of(answer)) == (422, "bad_value")


def test_a_key_ends_at_its_date_when_revoked_and_beyond_its_spaces(
    library: Library, client: httpx.Client, door: str
) -> None:
    space_named(library.sessions, "Board")
    add(library, "plan.txt", "The plan is secret.", space="Board")
    add(library, "gate.txt", "The gate opens at seven.")
    general = space_named(library.sessions, "General")
    made = client.post("/api/keys", json={"name": "program", "scopes": ["read"], "spaces": [general]}).json()
    with client_of(door, made["secret"]) as program:
        assert [document["name"] for document in program.get("/api/documents").json()["documents"]] == [
            "gate.txt"
        ]
        with library.sessions.write() as session:
            session.execute(update(ApiKey).values(expires_at=now()))
        assert program.get("/api/documents").status_code == 401
    made = client.post("/api/keys", json={"name": "program", "scopes": ["read"]}).json()
    with client_of(door, made["secret"]) as program:
        assert program.get("/api/documents").json()["total"] == 2
        client.delete(f"/api/keys/{made['key']['id']}")
        assert program.get("/api/documents").status_code == 401


def test_a_keys_rate_is_its_own(client: httpx.Client, door: str) -> None:
    order = {"name": "program", "scopes": ["read"], "requests_a_minute": 3}
    made = client.post("/api/keys", json=order).json()
    with client_of(door, made["secret"]) as program:
        assert [program.get("/api/documents").status_code for _ in range(4)] == [200, 200, 200, 429]
        assert int(program.get("/api/documents").headers["retry-after"]) >= 1
    assert client.get("/api/documents").status_code == 200


def test_a_bucket_fills_again_evenly() -> None:
    moment = 0.0
    limits = RequestLimits(lambda: moment)
    for _ in range(60):
        limits.take("a", 60)
    with pytest.raises(TooManyRequests):
        limits.take("a", 60)
    limits.take("b", 60)
    moment = 2.0
    limits.take("a", 60)
    limits.take("a", 60)
    with pytest.raises(TooManyRequests):
        limits.take("a", 60)
