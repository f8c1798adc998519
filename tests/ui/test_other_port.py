"""A page of another port on the same host has the browser's cookie sent along, and gets nothing for it: not
from the screens' own connection, and not from the back-end. Real servers, as a browser would ask them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from office import Office, running_office
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from ui.connection import COOKIE, is_own_page

pytestmark = pytest.mark.engines

DOCUMENT = "travel-expense-policy.pdf"
SECONDS = 240.0  # after which a test that hangs fails


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running_office(tmp_path_factory.mktemp("office") / "data", [DOCUMENT]) as opened:
        yield opened


@pytest.fixture(scope="module")
def cookie(office: Office) -> str:
    """What a browser keeps after its one-time link."""
    with httpx.Client(trust_env=False, timeout=240) as browser:
        browser.get(office.link())
        return str(browser.cookies[COOKIE])


def drawn(office: Office, cookie: str, origin: str) -> bytes:
    """All that the screens send for their Documents page to a page of that origin."""
    address = office.screens.rstrip("/").replace("http:", "ws:") + "/_stcore/stream"
    order = BackMsg()
    order.rerun_script.query_string = ""
    order.rerun_script.page_name = "documents"
    sent, ends = b"", time.monotonic() + SECONDS
    headers = {"Cookie": f"{COOKIE}={cookie}"}
    with connect(
        address,
        origin=origin,
        additional_headers=headers,
        proxy=None,
        max_size=None,
        subprotocols=["streamlit"],
    ) as socket:
        socket.send(order.SerializeToString())
        while time.monotonic() < ends:
            part = socket.recv(timeout=SECONDS)
            assert isinstance(part, bytes)
            sent += part
            message = ForwardMsg()
            message.ParseFromString(part)
            if message.WhichOneof("type") == "script_finished":
                return sent
    raise AssertionError("the screens draw for ever")


def test_the_screens_draw_for_their_own_page_and_not_for_another_port(office: Office, cookie: str) -> None:
    own = office.screens.rstrip("/")
    assert DOCUMENT.encode() in drawn(office, cookie, own)
    assert DOCUMENT.encode() not in drawn(office, cookie, f"http://{urlsplit(own).hostname}:9")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_back_end_answers_no_page_of_another_port(office: Office, cookie: str, method: str) -> None:
    path = "/api/documents" if method == "GET" else "/api/session/handoff"
    own = office.screens.rstrip("/")
    for origin, is_let_in in ((own, True), (f"http://{urlsplit(own).hostname}:9", False)):
        with httpx.Client(
            base_url=office.http.base_url, trust_env=False, timeout=240, cookies={COOKIE: cookie}
        ) as browser:
            answer = browser.request(method, path, headers={"Origin": origin})
        assert answer.is_success == is_let_in
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"  # nor as a picture or script


@pytest.mark.parametrize(
    ("origin", "host", "screens", "own"),
    [
        ("http://127.0.0.1:8751", "127.0.0.1:8751", "", True),
        ("http://127.0.0.1:9000", "127.0.0.1:8751", "", False),
        ("http://127.0.0.1", "127.0.0.1:8751", "", False),
        ("https://shoko.example.com", "127.0.0.1:8751", "https://shoko.example.com/", True),
        ("null", "127.0.0.1:8751", "", False),
        ("", "127.0.0.1:8751", "", False),
        ("null", None, "", False),
        (None, "127.0.0.1:8751", "", True),
    ],
)
def test_whose_page_it_is(origin: str | None, host: str | None, screens: str, own: bool) -> None:
    assert is_own_page(origin, host, screens) == own
