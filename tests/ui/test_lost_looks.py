"""No answer hangs at its quotes: not under load, and not where the timer is gone that looks for its end."""

import json
import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from office import CHROMIUM, FLAGS, Office, running_office

from ui.language import words_of

pytestmark = pytest.mark.engines

try:
    from playwright.sync_api import Browser, Page, expect, sync_playwright
except ModuleNotFoundError:
    sync_playwright = None
if (not CHROMIUM or sync_playwright is None) and os.environ.get("CI") != "true":
    pytest.skip("there is no chromium or no playwright on this computer", allow_module_level=True)

QUESTION = "Within how many business days after a trip must an expense claim be submitted?"
SENTENCE = "An expense claim must be submitted within 10 business days after the end of the trip [1]."
WRITING = 4.0  # seconds: the quotes are there long before
AT_ONCE = 5
MILLISECONDS = 240_000
# Streamlit's timer of a fragment is the only one of this span.
NO_TIMER = (
    "const real = setInterval; window.setInterval = (f, ms, ...a) => ms === 400 ? 0 : real(f, ms, ...a);"
)


class SlowModel(BaseHTTPRequestHandler):
    """A model behind a server: it says one sentence, after a while."""

    def do_GET(self) -> None:
        models = {"object": "list", "data": [{"id": "slow", "object": "model", "max_model_len": 32768}]}
        self._say(
            json.dumps(models) if self.path == "/v1/models" else "{}", 200 if "models" in self.path else 404
        )

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != "/v1/chat/completions":
            self._say("{}", 404)
            return
        time.sleep(WRITING)
        parts: list[dict[str, Any]] = [
            {"delta": {"content": SENTENCE}},
            {"delta": {}, "finish_reason": "stop"},
        ]
        lines = "".join(f"data: {json.dumps({'choices': [{'index': 0, **part}]})}\n\n" for part in parts)
        self._say(f"{lines}data: [DONE]\n\n", 200)

    def _say(self, text: str, status: int) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        """In no log."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), SlowModel)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}#slow"
    folder = tmp_path_factory.mktemp("slow") / "data"
    with running_office(folder, ["travel-expense-policy.pdf"], model="auto", servers=address) as opened:
        yield opened
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


def opened(browser: "Browser", office: Office, script: str = "") -> "Page":
    context = browser.new_context(locale="en-GB", viewport={"width": 1100, "height": 800})
    context.set_default_timeout(MILLISECONDS)
    expect.set_options(timeout=MILLISECONDS)
    if script:
        context.add_init_script(script)
    page = context.new_page()
    page.goto(office.link())
    expect(page.get_by_test_id("stChatInputTextArea")).to_be_visible()
    return page


def begin(page: "Page", question: str) -> None:
    page.get_by_test_id("stChatInputTextArea").fill(question)
    page.get_by_test_id("stChatInputTextArea").press("Enter")


def is_answered(page: "Page") -> None:
    expect(page.locator("p.answer")).to_contain_text("within 10 business days")
    expect(page.get_by_role("button", name=words_of("en")("ask.again"))).to_be_visible()
    expect(page.locator(".st-key-on-its-way")).to_have_count(0)


def test_an_answer_whose_timer_is_gone_comes_all_the_same(browser: "Browser", office: Office) -> None:
    page = opened(browser, office, NO_TIMER)
    begin(page, QUESTION)
    expect(page.locator("blockquote").first).to_contain_text("within 10 business days")
    is_answered(page)
    page.context.close()


def test_many_answers_at_once_all_come_to_their_end(browser: "Browser", office: Office) -> None:
    pages = [opened(browser, office) for _ in range(AT_ONCE)]
    for number, page in enumerate(pages):
        begin(page, QUESTION.replace("an expense", f"expense no. {number}, an expense"))
    for page in pages:
        expect(page.locator("h1.asked")).to_be_visible()
        expect(page.get_by_role("button", name=words_of("en")("ask.again"))).to_be_visible()
        expect(page.locator(".st-key-on-its-way")).to_have_count(0)
        page.context.close()
