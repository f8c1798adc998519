"""Single sign-on against a real provider process, and sign-in against a real LDAP directory (slapd)."""

from __future__ import annotations

import base64
import hmac
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from making import administrator, client_of

from contract.values import Role
from core.errors import DirectoryAway, SingleSignOnFailed
from core.identity import people
from core.identity.directory import DirectorySettings, ask_directory
from core.identity.oidc import OidcSettings, SingleSignOn
from operations.library import Library

pytestmark = pytest.mark.engines

PERSON = {"sub": "4711", "preferred_username": "Mori", "groups": ["engineers", "staff"]}
SLAPD = shutil.which("slapd") or ("/usr/sbin/slapd" if Path("/usr/sbin/slapd").exists() else None)
BASE = "dc=company,dc=example"
LDAP_PASSWORD = "correct horse battery staple"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(order: list[str], port: int, log: Path) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen(order, stdout=out, stderr=subprocess.STDOUT)
    try:
        for _ in range(600):
            assert process.poll() is None, log.read_text()
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise AssertionError(log.read_text())
        yield
    finally:
        process.terminate()
        process.wait(timeout=480)


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an OpenID Connect provider that knows one person."""
    port = free_port()
    order = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    order += ["--require-nonce", "true", "--user-claims", json.dumps(PERSON)]
    with running(order, port, tmp_path_factory.mktemp("provider") / "log"):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def sign_on(library: Library, door: str, provider: str) -> SingleSignOn:
    callback = f"{door}/sign-in/oidc/callback"
    library.single_sign_on = SingleSignOn(OidcSettings(provider, "shoko", "s3cret", "groups", callback))
    return library.single_sign_on


def let_in(browser: httpx.Client, door: str) -> httpx.Response:
    """What a person does in a browser: go to the provider, say who one is, and follow it back."""
    begun = browser.get(f"{door}/sign-in/oidc")
    assert begun.status_code == 303
    agreed = browser.post(begun.headers["location"], data={"sub": PERSON["sub"]})
    assert agreed.status_code == 302, agreed.text
    return browser.get(agreed.headers["location"], headers={"accept": "text/html"})


def test_a_person_is_let_in_with_the_groups_that_the_provider_names(
    library: Library, door: str, sign_on: SingleSignOn
) -> None:
    admin = administrator(library)
    with library.sessions.write() as session:
        people.add_group(admin, session, "Engineering", external_name="engineers")
        people.add_group(admin, session, "Board", external_name="directors")
        people.grant(admin, session, "General", "group", "Engineering", Role.AUTHOR, may_download=True)
    with httpx.Client(trust_env=False, timeout=240) as browser:
        back = let_in(browser, door)
        assert back.status_code == 303 and back.headers["location"].endswith(f":{library.settings.ui_port}/")
        me = browser.get(f"{door}/api/session").json()
        assert (me["name"], me["source"], me["is_admin"]) == ("Mori", "oidc", False)
        (space,) = browser.get(f"{door}/api/spaces").json()
        assert space["writable"] and space["name"] == "General"
        let_in(browser, door)  # the same person again: no second account
    with client_of(door, library.command_token) as client:
        assert [user["name"] for user in client.get("/api/users").json() if user["source"] == "oidc"] == [
            "Mori"
        ]
        groups = {group["name"]: group["members"] for group in client.get("/api/groups").json()}
        assert groups == {"Engineering": ["Mori"], "Board": []}
        client.patch("/api/users/Mori", json={"disabled": True})
    with httpx.Client(trust_env=False, timeout=240) as browser:
        assert "problem=sign_in_refused" in let_in(browser, door).headers["location"]


def test_an_answer_that_another_browser_asked_for_lets_nobody_in(door: str, sign_on: SingleSignOn) -> None:
    with (
        httpx.Client(trust_env=False, timeout=240) as attacker,
        httpx.Client(trust_env=False, timeout=240) as victim,
    ):
        begun = attacker.get(f"{door}/sign-in/oidc")
        agreed = attacker.post(begun.headers["location"], data={"sub": PERSON["sub"]})
        back = victim.get(agreed.headers["location"])
        assert back.status_code == 401 and back.json()["error"]["code"] == "single_sign_on_failed"
        assert "set-cookie" not in back.headers


def test_an_answer_is_good_once_and_a_made_up_code_never(sign_on: SingleSignOn) -> None:
    with httpx.Client(trust_env=False, timeout=240) as browser:
        address, state = sign_on.begin()
        agreed = browser.post(address, data={"sub": PERSON["sub"]})
        code = parse_qs(urlsplit(agreed.headers["location"]).query)["code"][0]
    assert sign_on.end(state, code).groups == {"engineers", "staff"}
    with pytest.raises(SingleSignOnFailed):
        sign_on.end(state, code)
    _, state = sign_on.begin()
    with pytest.raises(SingleSignOnFailed):
        sign_on.end(state, "made-up")


def test_a_provider_that_is_away_or_another_is_told(provider: str) -> None:
    for issuer in (f"http://127.0.0.1:{free_port()}", f"{provider}/nowhere"):
        with pytest.raises(SingleSignOnFailed):
            SingleSignOn(OidcSettings(issuer, "shoko", "", "groups", "http://127.0.0.1/x")).begin()


KEY, STRANGER = RSAKey.generate_key(2048, {"kid": "k"}), RSAKey.generate_key(2048, {"kid": "k"})
KNOWN = {"issuer": "https://login.example", "jwks_uri": "https://login.example/keys"}
SOUND = {"iss": KNOWN["issuer"], "aud": "shoko", "nonce": "n", "sub": "4711", "exp": 2**40}


def signed(claims: dict[str, object], *, key: object = KEY, kind: str = "RS256") -> str:
    return str(jwt.encode({"alg": kind, "kid": "k"}, claims, key, algorithms=[kind]))  # type: ignore[arg-type]


def by_hand(kind: str) -> bytes:
    parts = [json.dumps(part).encode() for part in ({"alg": kind, "kid": "k"}, SOUND)]
    return b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)


def stolen() -> str:
    """Signed by who knows no more than the provider's public key, and takes it for a secret."""
    mark = hmac.digest(KEY.as_pem(private=False), by_hand("HS256"), "sha256")
    return (by_hand("HS256") + b"." + base64.urlsafe_b64encode(mark).rstrip(b"=")).decode()


def unsigned() -> str:
    return by_hand("none").decode() + "."


@pytest.mark.parametrize(
    "token",
    [
        signed(SOUND | {"iss": "https://login.example.evil"}), signed(SOUND | {"aud": "payroll"}),
        signed(SOUND | {"nonce": "another"}), signed(SOUND | {"exp": 1_000_000_000}),
        *(signed({name: value for name, value in SOUND.items() if name != left}) for left in SOUND),
        signed(SOUND, key=STRANGER), stolen(), unsigned(), "nonsense",
    ],
)  # fmt: skip
def test_an_answer_that_was_made_for_another_or_by_another_is_refused(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_on = SingleSignOn(OidcSettings(KNOWN["issuer"], "shoko", "s3cret", "groups", "http://127.0.0.1/x"))
    monkeypatch.setattr(sign_on, "_get", lambda _address: {"keys": [KEY.as_dict(private=False)]})
    assert sign_on._claims(signed(SOUND), "n", KNOWN)["sub"] == "4711"
    with pytest.raises((JoseError, ValueError)):  # which `end` tells as SingleSignOnFailed
        sign_on._claims(token, "n", KNOWN)


CONFIGURATION = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
moduleload back_mdb
pidfile {folder}/slapd.pid
database mdb
suffix "dc=company,dc=example"
rootdn "cn=admin,dc=company,dc=example"
rootpw adminsecret
directory {folder}/db
access to attrs=userPassword by anonymous auth by * none
access to * by * read
"""
ENTRIES = """
dn: dc=company,dc=example
objectClass: dcObject
objectClass: organization
dc: company
o: Company

dn: uid=mori,dc=company,dc=example
objectClass: inetOrgPerson
uid: mori
cn: Mori Aoi
sn: Mori
userPassword: correct horse battery staple

dn: cn=engineers,dc=company,dc=example
objectClass: groupOfNames
cn: engineers
member: uid=mori,dc=company,dc=example
"""


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DirectorySettings]:
    """A running LDAP directory with one person in one group."""
    if SLAPD is None:
        if os.environ.get("CI") == "true":
            pytest.fail("slapd is missing: .ci/run installs it")
        pytest.skip("no slapd here: apt-get install slapd")
    folder, port = tmp_path_factory.mktemp("slapd"), free_port()
    (folder / "db").mkdir()
    configuration = folder / "slapd.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder))
    (folder / "entries.ldif").write_text(ENTRIES)
    add = [
        str(Path(SLAPD).with_name("slapadd")),
        "-f",
        str(configuration),
        "-l",
        str(folder / "entries.ldif"),
    ]
    subprocess.run(add, check=True, capture_output=True)
    order = [SLAPD, "-f", str(configuration), "-h", f"ldap://127.0.0.1:{port}", "-d", "0"]
    with running(order, port, folder / "log"):
        yield DirectorySettings(
            f"ldap://127.0.0.1:{port}", BASE, f"cn=admin,{BASE}", "adminsecret", plain=True
        )


def test_the_directory_knows_a_person_by_the_right_password_alone(directory: DirectorySettings) -> None:
    person = ask_directory(directory, "mori", LDAP_PASSWORD)
    assert person is not None
    assert (person.id, person.name) == (f"uid=mori,{BASE}", "Mori Aoi")
    assert {"engineers", f"cn=engineers,{BASE}"} <= person.groups
    for name, password in (("mori", "wrong"), ("mori", ""), ("", ""), ("nobody", LDAP_PASSWORD)):
        assert ask_directory(directory, name, password) is None
    # What is typed is data, never part of the question.
    for name in ("*", "mor*", "mori)(uid=*", "*)(objectClass=*"):
        assert ask_directory(directory, name, LDAP_PASSWORD) is None


def test_a_person_of_the_directory_signs_in_with_groups(
    library: Library, door: str, directory: DirectorySettings
) -> None:
    library.directory = directory
    admin = administrator(library)
    with library.sessions.write() as session:
        people.add_group(admin, session, "Engineering", external_name="engineers")
        people.grant(admin, session, "General", "group", "Engineering", Role.READER, may_download=False)
    with httpx.Client(base_url=door, trust_env=False, timeout=240) as browser:
        assert browser.get("/api/sign-in-ways").json()["directory"]
        order = {"name": "mori", "password": LDAP_PASSWORD}
        assert browser.post("/api/session", json=order | {"password": "wrong"}).status_code == 401
        assert browser.post("/api/session", json=order).status_code == 200
        assert browser.get("/api/session").json()["source"] == "ldap"
        assert [space["name"] for space in browser.get("/api/spaces").json()] == ["General"]


def test_a_directory_that_is_away_is_told(directory: DirectorySettings) -> None:
    away = DirectorySettings(f"ldap://127.0.0.1:{free_port()}", BASE, plain=True)
    with pytest.raises(DirectoryAway):
        ask_directory(away, "mori", LDAP_PASSWORD)
    encrypted = DirectorySettings(directory.url, BASE)  # this slapd has no certificate: no password goes out
    with pytest.raises(DirectoryAway):
        ask_directory(encrypted, "mori", LDAP_PASSWORD)
