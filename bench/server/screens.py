"""How long people wait at the screens, measured in a real browser over the real server with 10,000 passages:
until the first page can be typed into, and until the first quote stands there after Enter, alone and with ten
at once. A browser runs on the same machine and takes its part of it; so ten at once are measured twice, with
one browser here and nine people who need none (`bench.server.askers`), and with ten browsers here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx

from bench.corpus import question
from bench.figures import Figure, p50, p95
from bench.server.askers import Asker, together

SIZE = 10_000
ASKED, ASKERS, ROUNDS = 16, 10, 3
MILLISECONDS = 60_000
START_S = 120
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
BOX = '[data-testid="stChatInputTextArea"]'
# Notes when Enter was pressed, and when a quote, or the word that nothing answers, stood under the question.
WATCH = """() => {
  const seen = (window.waited = { began: 0, ended: 0, before: "" });
  const first = () => document.querySelector("blockquote, [data-testid=stMain] .notice")?.textContent ?? "";
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter") Object.assign(seen, { began: performance.now(), ended: 0, before: first() });
  }, true);
  new MutationObserver(() => {
    if (!seen.began || seen.ended || !first() || first() === seen.before) return;
    const asked = document.querySelector("h1.asked")?.textContent.trim();
    if (asked === seen.question) seen.ended = performance.now();
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""


def measure(place: Path) -> list[Figure]:
    """Seconds until the page is there, milliseconds until the first quote."""
    from core.settings import load_settings
    from operations.library import running_server

    environment = os.environ | {
        "SHOKO_DATA": str(place),
        "SHOKO_MODELS": str(load_settings().models_folder),
        "SHOKO_PORT": "0",
        "SHOKO_UI_PORT": "0",
    }
    subprocess.run([sys.executable, "-m", "bench.server.screens", str(place)], env=environment, check=True)
    server = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "serve", "--model", "none"],
        env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        for line in server.stdout:
            if "Stop with" in line:
                break
        running = running_server(place)
        assert running is not None, "the server did not start"
        http = httpx.Client(
            base_url=running.address,
            headers={"Authorization": f"Bearer {running.token}"},
            timeout=START_S,
            trust_env=False,
        )
        began = time.perf_counter()
        while http.get("/health").json()["embedder"] == "none" and time.perf_counter() - began < START_S:
            time.sleep(0.2)
        return _figures(http)
    finally:
        server.terminate()
        server.wait(timeout=60)


def _figures(http: httpx.Client) -> list[Figure]:
    from playwright.sync_api import sync_playwright

    path = next((program for name in CHROMIUM if (program := shutil.which(name))), None)
    if path is None:
        raise SystemExit("There is no Chromium here: apt-get install chromium")
    with sync_playwright() as playwright, ExitStack() as closing:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        closing.callback(browser.close)
        opened, pages = [], []
        for _ in range(ASKERS):
            page, seconds = _open(browser, http)
            opened.append(seconds)
            pages.append(page)
        alone = [_ask(pages[:1], 7 + 400 * turn)[0] for turn in range(ASKED)][1:]  # the first warms up
        crowd = [wait for turn in range(ROUNDS + 1) for wait in _ask(pages, 11 + 950 * turn) if turn]
        for page in pages[1:]:
            page.context.close()
        askers = [Asker(http.post("/api/sign-in-links").json()["address"]) for _ in range(ASKERS - 1)]
        among, waits = [], []
        for turn in range(ROUNDS + 1):
            seen, waits_there = _ask_among(pages[0], askers, 23 + 870 * turn)
            if turn:
                among.append(seen)
                waits += waits_there
        for asker in askers:
            asker.close()
    return [
        Figure("first page ready to type, p50", p50(opened[1:]), "s", "≤ 3 s"),
        Figure("first quote on the screen after Enter, p50", p50(alone), "ms", "≤ 800 ms"),
        Figure("first quote on the screen after Enter, p95", p95(alone), "ms"),
        Figure("ten ask at once, one in a browser here: its first quote, p50", p50(among), "ms", "≤ 2000 ms"),
        Figure("ten ask at once, one in a browser here: first quote at the others, p50", p50(waits), "ms"),
        Figure(
            "ten ask at once, one in a browser here: first quote at the others, slowest", max(waits), "ms"
        ),
        Figure("ten ask at once, all ten browsers on these cores: first quote, p50", p50(crowd), "ms"),
        Figure("ten ask at once, all ten browsers on these cores: first quote, slowest", max(crowd), "ms"),
    ]


def _open(browser: Any, http: httpx.Client) -> tuple[Any, float]:
    """A page of a new person's browser, and the seconds until it could be typed into."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    context.set_default_timeout(MILLISECONDS)
    page = context.new_page()
    link = http.post("/api/sign-in-links").json()["address"]
    began = time.perf_counter()
    page.goto(link, wait_until="commit")
    page.locator(BOX).wait_for(state="visible")
    seconds = time.perf_counter() - began
    return page, seconds


def _ask(pages: list[Any], number: int) -> list[float]:
    """Milliseconds until each page's first quote; all press Enter at once."""
    for place, page in enumerate(pages):
        _write(page, question((number + 90 * place) % SIZE))
    for page in pages:
        page.keyboard.press("Enter")
    return [_waited(page) for page in pages]


def _ask_among(page: Any, askers: list[Asker], number: int) -> tuple[float, list[float]]:
    """Milliseconds until the page's first quote, and until that of each other person, who ask with it."""
    _write(page, question(number % SIZE))
    for asker in askers:
        asker.open()
    start = threading.Barrier(len(askers) + 1)
    asked = [question((number + 90 * (place + 1)) % SIZE) for place in range(len(askers))]
    waits = together(askers, asked, start)
    start.wait()
    page.keyboard.press("Enter")
    seen = _waited(page)
    while len(waits) < len(askers):
        time.sleep(0.05)
    return seen, waits


def _write(page: Any, text: str) -> None:
    """Reload the page, so that nothing earlier is followed or still drawn, and write the question."""
    page.goto(page.url.partition("?")[0])
    page.locator(BOX).wait_for(state="visible")
    page.wait_for_load_state("networkidle")
    page.evaluate(WATCH)
    page.evaluate("text => { window.waited.question = text }", text)
    page.locator(BOX).fill(text)
    page.locator(BOX).focus()


def _waited(page: Any) -> float:
    page.wait_for_function("window.waited.ended > 0")
    return float(page.evaluate("window.waited.ended - window.waited.began"))


def _fill(place: Path) -> None:
    """Put the passages into that data folder; in a process of its own, since the server opens it next."""
    from bench.answers.searching import fill
    from core.settings import load_settings
    from operations.library import open_library

    with open_library(load_settings(data=place, model="none")) as library:
        library.models_loaded.wait()
        fill(library, SIZE)


if __name__ == "__main__":
    _fill(Path(sys.argv[1]))
