"""The question box in an intranet page: in a real browser, under a strict policy, and nowhere else."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from making import add, administrator, client_of, person, settings_in, space_named
from office import CHROMIUM, FLAGS
from serving import served
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from api.app import make_app
from api.routes.answers.embed import _origin
from contract.values import Role, Scope
from core.identity.accounts import sign_in
from core.identity.keys import make_key
from core.models import now
from operations.library import Library, open_library

pytestmark = pytest.mark.engines

try:
    from playwright.sync_api import Browser, Page, expect, sync_playwright
except ModuleNotFoundError:
    sync_playwright = None
if (not CHROMIUM or sync_playwright is None) and os.environ.get("CI") != "true":
    pytest.skip("there is no chromium or no playwright on this computer", allow_module_level=True)

MILLISECONDS = 120_000
QUESTION = "What does the pangolin project cost?"
HOSTILE = "The pangolin project costs 48213 yen <img src=x onerror=alert(1)>."


@dataclass
class Intranet:
    """Shoko, and an intranet page of another origin with a strict policy."""

    library: Library
    shoko: str
    page: str
    stranger: str
    tokens: dict[str, str]
    key: str


@pytest.fixture(scope="module")
def intranet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intranet]:
    shoko = ""

    def framing(request: Request) -> HTMLResponse:
        key = f' key="{request.query_params["key"]}"' if "key" in request.query_params else ""
        return HTMLResponse(
            f'<!doctype html><html lang="en"><script src="{shoko}/embed/shoko-ask.js"></script>'
            f"<shoko-ask{key}></shoko-ask></html>",
            headers={"Content-Security-Policy": f"default-src 'none'; script-src {shoko}; frame-src {shoko}"},
        )

    page = Starlette(routes=[Route("/", framing)])
    with served(page) as named, served(page) as stranger:
        folder = tmp_path_factory.mktemp("embedded")
        settings = settings_in(folder, embedder="none", embed_origins=f"{named}, not an origin")
        with (
            open_library(settings, load_models=False) as library,
            served(make_app(library, work=False)) as shoko,
        ):
            space_named(library.sessions, "Secret")
            add(library, "costs.txt", HOSTILE, space="Secret")
            users = {
                "reader": person(library.sessions, "reader", Secret=Role.READER),
                "outsider": person(library.sessions, "outsider"),
            }
            admin, end = administrator(library), now() + timedelta(days=1)
            with library.sessions.write() as session:
                tokens = {name: sign_in(session, who.user_id) for name, who in users.items()}
                _, key = make_key(admin, session, "page", scopes=[Scope.ASK], expires_at=end)
            yield Intranet(library, shoko, named, stranger, tokens, key)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


def opened(browser: Browser, intranet: Intranet, who: str = "", address: str = "") -> Page:
    context = browser.new_context()
    context.set_default_timeout(MILLISECONDS)
    if who:
        cookie = {"name": "shoko_session", "value": intranet.tokens[who], "url": intranet.shoko}
        context.add_cookies([cookie])  # type: ignore[list-item]  # of the shape that it takes
    page = context.new_page()
    page.goto(address or intranet.page)
    return page


def asked(page: Page) -> str:
    frame = page.frame_locator("iframe")
    frame.locator("textarea").fill(QUESTION)
    frame.locator("button").click()
    expect(frame.locator("#answer :is(a, .note)").first).to_be_visible(timeout=MILLISECONDS)
    return frame.locator("#answer").inner_text()


def test_who_is_signed_in_asks_in_own_rights(browser: Browser, intranet: Intranet) -> None:
    page = opened(browser, intranet, "reader")
    said = asked(page)
    assert "48213 yen <img" in said  # as text: nothing of a document becomes HTML
    assert page.frame_locator("iframe").locator("#answer img").count() == 0
    assert "48213" not in asked(opened(browser, intranet, "outsider"))


def test_without_a_sign_in_it_says_so_and_a_key_asks_in_its_own_rights(
    browser: Browser, intranet: Intranet
) -> None:
    assert "Sign in" in asked(opened(browser, intranet))
    page = opened(browser, intranet, address=f"{intranet.page}/?key={intranet.key}")
    frame = page.frame_locator("iframe")
    expect(frame.locator("button")).to_be_visible(timeout=MILLISECONDS)
    page.wait_for_function("customElements.get('shoko-ask') !== undefined")
    assert "48213" in asked(page)


def test_a_page_of_another_origin_may_not_frame_it(browser: Browser, intranet: Intranet) -> None:
    page = opened(browser, intranet, "reader", intranet.stranger)
    page.wait_for_function("document.querySelector('shoko-ask iframe') !== null")
    page.wait_for_load_state("networkidle")
    assert all("/embed" not in frame.url or frame.locator("form").count() == 0 for frame in page.frames[1:])


def test_what_is_sent_says_who_may_frame_it(intranet: Intranet) -> None:
    with client_of(intranet.shoko) as client:
        page = client.get("/embed")
        assert f"frame-ancestors {intranet.page}" in page.headers["content-security-policy"]
        assert "unsafe" not in page.headers["content-security-policy"]
        script = client.get("/embed/shoko-ask.js")
        assert script.headers["content-type"].startswith("text/javascript")
        assert script.headers["cross-origin-resource-policy"] == "cross-origin"
        other = client.get("/api/session").headers
        assert "frame-ancestors 'none'" in other["content-security-policy"]
        assert "access-control-allow-origin" not in {*page.headers, *script.headers, *other}


def test_it_is_not_there_where_no_origin_is_named(tmp_path: Path) -> None:
    with (
        open_library(settings_in(tmp_path, embedder="none"), load_models=False) as library,
        served(make_app(library, work=False)) as door,
        client_of(door) as client,
    ):
        assert client.get("/embed").status_code == client.get("/embed/shoko-ask.js").status_code == 404


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://intranet.example/path", "https://intranet.example"),
        ("http://10.0.0.1:8080", "http://10.0.0.1:8080"),
        ("https://[::1]:1", "https://[::1]:1"),
        ("*", ""), ("https://*", ""), ("data:x", ""), ("https://a;script-src *", ""), ("https://x:y", ""),
    ],
)  # fmt: skip
def test_only_an_origin_gets_into_the_policy(address: str, origin: str) -> None:
    assert _origin(address) == origin
