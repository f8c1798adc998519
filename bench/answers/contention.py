"""How much slower questions are while files are read and embedded: the same questions in turns without and
with that work, so that what else the machine does falls on both."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from bench.corpus import question, texts
from bench.documents.ingesting import made_pdf
from bench.figures import Figure, p50, p95
from core.access import Access, access_of
from core.identity.accounts import first_administrator
from core.settings import load_settings
from ingest.uploads import accept
from operations.library import FIRST_SPACE, Library, open_library
from retrieval.answers.events import Quotes

PASSAGES = 100  # asked about; vectors and words by the product's own way
TURNS, QUESTIONS = 5, 16  # of each kind
THINKING = 0.15  # seconds from an answer to the next question: several people who do not wait for each other
FILES, PAGES = 4, 80  # waiting to be read and embedded


def measure(place: Path) -> list[Figure]:
    """The time to the first quote, alone and beside reading and embedding, and what that work still does."""
    settings = load_settings(data=place, models=load_settings().models_folder, model="none", answers_kept=0)
    with open_library(settings) as library:
        library.models_loaded.wait()
        with library.sessions.write() as session:
            access = access_of(session, first_administrator(session).id)
        asked = "\n\n".join(f"# Rule {number}\n\n{text}" for number, (_, text) in enumerate(texts(PASSAGES)))
        _upload(library, access, "rules.md", asked.encode())
        while library.pipeline.work_once():
            pass
        for number in range(FILES):
            _upload(library, access, f"long-{number}.pdf", made_pdf(PAGES, seed=number + 1))
        alone: list[float] = []
        beside: list[float] = []
        worked, began_pages = 0.0, _pages(library)
        _ask(library, access, 0)
        for turn in range(TURNS):
            alone += _ask(library, access, turn)
            library.pipeline.stopping.clear()
            worker = threading.Thread(target=library.pipeline.work, daemon=True)
            worker.start()
            time.sleep(1.0)  # the reading child starts
            began = time.perf_counter()
            beside += _ask(library, access, turn)
            worked += time.perf_counter() - began
            library.pipeline.stopping.set()
            worker.join()
        done = _pages(library) - began_pages
        busy = library.pipeline.stopping.is_set()
        assert busy and done > 0, "nothing was read beside the questions"
    return [
        Figure("first quote, nothing else to do: p50", p50(alone), "ms"),
        Figure("first quote, nothing else to do: p95", p95(alone), "ms"),
        Figure("first quote while files are read and embedded: p50", p50(beside), "ms"),
        Figure("first quote while files are read and embedded: p95", p95(beside), "ms"),
        Figure("p95 with over p95 without", p95(beside) / p95(alone), "×", "≤ 1.33 ×"),
        Figure("pages read beside the questions", done / worked, "pages/s", "", True),
    ]


def _ask(library: Library, access: Access, turn: int) -> list[float]:
    """Milliseconds to the quotes of each question of a turn."""
    times = []
    for number in range(QUESTIONS):
        began = time.perf_counter()
        for event in library.answerer.ask(access, question((turn * QUESTIONS + number * 7) % PASSAGES)):
            if isinstance(event, Quotes):
                times.append(1000 * (time.perf_counter() - began))
        time.sleep(THINKING)
    return times


def _pages(library: Library) -> int:
    from sqlalchemy import func, select

    from core.models import Page

    with library.sessions.read() as session:
        return session.scalar(select(func.count()).select_from(Page)) or 0


def _upload(library: Library, access: Access, name: str, content: bytes) -> None:
    accept(access, library.sessions, library.files, FIRST_SPACE, name, [content], limit_bytes=10**9)
