"""What is new is told by feeds and mails, as far as each person may read at that moment, through a real mail
server and to the company's own addresses alone."""

from __future__ import annotations

import asyncio
import email
import queue
import re
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email import policy
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx
import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from certificates import certificate_for
from making import add, administrator, client_of, person, settings_in, space_named
from serving import served
from sqlalchemy import select

from api.app import make_app
from contract.values import Role
from core.errors import BadValue, MailServerAway
from core.identity import people
from core.identity.accounts import sign_in
from core.identity.digests import checked_address
from core.models import AuditEntry, Document, User, now
from operations.library import Library, open_library
from operations.news.digests import send_due
from operations.news.mail import MailSettings, check_mail_settings, message, send

ATOM = "{http://www.w3.org/2005/Atom}"


@dataclass
class Post:
    """What a mail server took: mails as they came, with whom they are for."""

    mails: queue.Queue[tuple[list[str], str, str]] = field(default_factory=queue.Queue)
    refuse: bool = False

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802
        if self.refuse:
            return "451 try again later"
        mail = email.message_from_bytes(envelope.content, policy=policy.default)  # type: ignore[attr-defined]
        text = mail.get_body().get_content()
        self.mails.put((list(envelope.rcpt_tos), str(mail["subject"]), text))  # type: ignore[attr-defined]
        return "250 OK"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate_for(tmp_path_factory.mktemp("tls"), "127.0.0.1")


@pytest.fixture
def post(authority: tuple[Path, Path]) -> Iterator[tuple[Post, MailSettings]]:
    """A mail server that wants StartTLS and a password."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*authority)

    def known(
        server: object, session: object, envelope: object, how: str, given: LoginPassword
    ) -> AuthResult:
        return AuthResult(success=given.login == b"shoko" and given.password == b"secret")

    taken = Post()
    loop = asyncio.new_event_loop()

    def protocol() -> SMTP:
        return SMTP(
            taken, tls_context=context, require_starttls=True, authenticator=known, auth_required=True,
            loop=loop,
        )  # fmt: skip

    server = loop.run_until_complete(loop.create_server(protocol, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    port = server.sockets[0].getsockname()[1]
    try:
        yield taken, MailSettings(
            f"smtp://127.0.0.1:{port}", "shoko@company.example", "shoko", "secret",
            ("company.example",), authority[0],
        )  # fmt: skip
    finally:
        server.close()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


@pytest.fixture
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Library, str]]:
    settings = settings_in(tmp_path_factory.mktemp("news"), embedder="none")
    with (
        open_library(settings, load_models=False) as library,
        served(make_app(library, work=False)) as door,
    ):
        space_named(library.sessions, "Rules")
        space_named(library.sessions, "Secret")
        yield library, door


def signed_in(library: Library, door: str, name: str, **roles: Role) -> httpx.Client:
    who = person(library.sessions, name, **roles)
    with library.sessions.write() as session:
        return client_of(door, sign_in(session, who.user_id))


def test_a_feed_tells_what_its_user_may_read_now_until_it_is_ended(office: tuple[Library, str]) -> None:
    library, door = office
    document = add(library, "travel.txt", "Trips are paid.", space="Rules")
    add(library, "pangolin.txt", "The pangolin is secret.", space="Secret")
    with signed_in(library, door, "reader", Rules=Role.READER) as reader:
        made = reader.post("/api/feeds", json={"name": "mine", "language": "ja"}).json()
        path = made["atom"].partition("/feeds/")[2]
        with client_of(door) as nobody:
            first = nobody.get(f"/feeds/{path}")
            assert first.headers["content-type"].startswith("application/atom+xml")
            root = ET.fromstring(first.text)
            assert [element.text for element in root.iter(f"{ATOM}title")][1:] == ["travel.txt"]
            assert "新しい文書" in first.text and "pangolin" not in first.text and "Trips" not in first.text
            rss = ET.fromstring(nobody.get(f"/feeds/{path}", params={"form": "rss"}).text)
            assert [item.findtext("title") for item in rss.iter("item")] == ["travel.txt"]
            access = administrator(library)
            with library.sessions.write() as session:
                people.set_reader_list(access, session, document, restricted=True)
            assert "travel" not in nobody.get(f"/feeds/{path}").text
            listed = reader.get("/api/feeds").json()
            assert path not in str(listed) and listed[0]["last_used_at"]
            assert reader.delete(f"/api/feeds/{made['feed']['id']}").status_code == 204
            assert nobody.get(f"/feeds/{path}").status_code == 401
            # No other secret opens one: neither a key's nor a sign-in's.
            assert nobody.get(f"/feeds/{reader.headers['authorization'][7:]}").status_code == 401


def test_a_feed_of_some_spaces_and_of_an_ended_account(office: tuple[Library, str]) -> None:
    library, door = office
    add(library, "a.txt", "Trips are paid.", space="Rules")
    add(library, "b.txt", "The pangolin is secret.", space="Secret")
    both = {"Rules": Role.READER, "Secret": Role.READER}
    with signed_in(library, door, "reader", **both) as reader, client_of(door) as nobody:
        space = space_named(library.sessions, "Rules")
        made = reader.post("/api/feeds", json={"name": "one", "spaces": [space]}).json()
        assert reader.post("/api/feeds", json={"name": "x", "spaces": ["x"]}).status_code == 404
        path = "/feeds/" + made["atom"].partition("/feeds/")[2]
        text = nobody.get(path).text
        assert "a.txt" in text and "b.txt" not in text
        assert {item["document"] for item in reader.get("/api/news").json()["news"]} == {"a.txt", "b.txt"}
        with library.sessions.write() as session:
            session.scalars(select(User).where(User.name == "reader")).one().disabled_at = now()
        assert nobody.get(path).status_code == 401


def test_a_name_that_no_xml_can_hold_is_told_all_the_same(office: tuple[Library, str]) -> None:
    library, door = office
    document = add(library, "a.txt", "Trips are paid.", space="Rules")
    with library.sessions.write() as session:
        session.get_one(Document, document).title = "<b>\x07 & \u202e]]>\ufffe"
    with signed_in(library, door, "reader", Rules=Role.READER) as reader, client_of(door) as nobody:
        made = reader.post("/api/feeds", json={"name": "mine"}).json()
        text = nobody.get("/feeds/" + made["atom"].partition("/feeds/")[2]).text
    titles = [str(element.text) for element in ET.fromstring(text).iter(f"{ATOM}title")]
    assert titles[1].startswith("<b>") and "&" in titles[1]


def test_a_digest_begins_with_a_code_and_tells_what_its_person_may_read(
    office: tuple[Library, str], post: tuple[Post, MailSettings]
) -> None:
    library, door = office
    taken, settings = post
    library.mail = settings
    with signed_in(library, door, "reader", Rules=Role.READER) as reader:
        order = {"address": "reader@company.example", "every": "day", "language": "en"}
        refused = reader.put("/api/digest", json=order | {"address": "me@elsewhere.example"})
        assert refused.status_code == 422 and taken.mails.empty()
        assert reader.put("/api/digest", json=order).json()["confirmed"] is False
        _, _, text = taken.mails.get(timeout=60)
        code = re.search(r"\b\d{8}\b", text)
        assert code is not None
        add(library, "before.txt", "It came before the code.", space="Rules")
        assert send_due(library.sessions, settings, "https://s", now() + timedelta(days=2)) == 0
        wrong = "0" * 8 if code[0] != "0" * 8 else "1" * 8
        assert reader.post("/api/digest/confirmation", json={"code": wrong}).status_code == 422
        assert reader.post("/api/digest/confirmation", json={"code": code[0]}).json()["confirmed"]
        add(library, "travel.txt", "Trips are paid.", space="Rules")
        add(library, "pangolin.txt", "The pangolin is secret.", space="Secret")
        assert send_due(library.sessions, settings, "https://s") == 0  # not due yet
        tomorrow = now() + timedelta(days=1, minutes=1)
        taken.refuse = True
        assert send_due(library.sessions, settings, "https://s", tomorrow) == 0
        assert "451" in reader.get("/api/digest").json()["problem"]
        taken.refuse = False
        assert send_due(library.sessions, settings, "https://s", tomorrow) == 1
        to, subject, text = taken.mails.get(timeout=60)
        assert to == ["reader@company.example"] and "1" in subject
        assert (
            "travel.txt" in text and "pangolin" not in text and "Trips" not in text and "before" not in text
        )
        later = tomorrow + timedelta(days=2)
        assert send_due(library.sessions, settings, "https://s", later) == 0 and taken.mails.empty()
        assert reader.delete("/api/digest").status_code == 204
        assert reader.get("/api/digest").json()["address"] is None
    with library.sessions.read() as session:
        did = session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.action.startswith("digest"))
            .order_by(AuditEntry.number)
        ).all()
    assert list(did) == ["digest.asked", "digest.begun", "digest.sent", "digest.ended"]


def test_five_wrong_codes_end_the_tries(office: tuple[Library, str], post: tuple[Post, MailSettings]) -> None:
    library, door = office
    taken, library.mail = post
    with signed_in(library, door, "reader", Rules=Role.READER) as reader:
        reader.put("/api/digest", json={"address": "reader@company.example"})
        code = re.search(r"\b\d{8}\b", taken.mails.get(timeout=60)[2])
        assert code is not None
        for _ in range(5):
            assert reader.post("/api/digest/confirmation", json={"code": "x"}).status_code == 422
        assert reader.post("/api/digest/confirmation", json={"code": code[0]}).status_code == 422


def test_without_a_mail_server_no_digest_is_promised(office: tuple[Library, str]) -> None:
    library, door = office
    with signed_in(library, door, "reader", Rules=Role.READER) as reader:
        assert reader.get("/api/digest").json()["available"] is False
        assert reader.put("/api/digest", json={"address": "a@company.example"}).status_code == 422


def test_a_server_without_a_trusted_certificate_or_password_gets_no_mail(
    post: tuple[Post, MailSettings],
) -> None:
    taken, settings = post
    for changed in (
        {"certificate": None}, {"password": "wrong"}, {"url": "smtp://127.0.0.1:1"}, {"plain": True}
    ):  # fmt: skip
        other = MailSettings(**{**settings.__dict__, **changed})  # type: ignore[arg-type]
        with pytest.raises(MailServerAway):
            send(other, [message(other, "a@company.example", "x", "x")])
    assert taken.mails.empty()


@pytest.mark.fast
@pytest.mark.parametrize("url", ["", "http://mail", "smtp://", "mail.example"])
def test_a_setting_that_is_no_mail_server_is_told(url: str) -> None:
    with pytest.raises(BadValue, match="SHOKO_SMTP_URL"):
        check_mail_settings(MailSettings(url, "a@b.example"))


@pytest.mark.fast
@pytest.mark.parametrize(
    "address",
    ["", "a", "a@", "@company.example", "a@b@company.example", "a,b@company.example", "a b@company.example",
     "a@company.example\nBcc: x@y", "あ@company.example", "a@sub.company.example", "a@company.example.evil"],
)  # fmt: skip
def test_what_is_no_address_of_the_company_is_refused(address: str) -> None:
    with pytest.raises(BadValue):
        checked_address(address, ["company.example"])


@pytest.mark.fast
def test_an_address_of_the_company_is_kept_in_one_form() -> None:
    assert checked_address(" Taro@Company.Example ", ["company.example"]) == "Taro@company.example"
