"""A thousand questions in a row while the model's child is killed again and again: is one lost, does memory
grow?

    python -m bench.server.killing [--questions 1000] [--every 20] [--minutes 0]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from core.settings import load_settings

if TYPE_CHECKING:  # imported when it runs, as below
    from core.access import Access
    from operations.library import Library

LATEST = 2.0  # seconds after the question in which its model is killed
# Sentences of which none contradicts another: where quotes do not agree no model is asked, and none can die.
TEXTS = (
    ("The archive of the plant is kept in the old tower.", "Where is the archive of the plant kept?"),
    ("Visitors sign the book at the gate before they enter.", "What do visitors sign at the gate?"),
    ("The pump is oiled by the night shift every Monday.", "Who oils the pump every Monday?"),
    ("Travel claims are paid by the finance office.", "Which office pays travel claims?"),
    ("The red valve closes when the boiler is too hot.", "When does the red valve close?"),
    ("New employees receive a badge from the personnel desk.", "What do new employees receive?"),
    ("The canteen opens its doors at noon.", "When does the canteen open its doors?"),
    ("Samples are stored in the cold room of the laboratory.", "Where are samples stored?"),
    ("The annual report is written by the planning group.", "Who writes the annual report?"),
    ("Broken tools are returned to the workshop.", "Where are broken tools returned?"),
)


def main() -> None:
    """Ask, kill, and print what became of it."""
    asked = argparse.ArgumentParser(description="Kill the model's child while it answers.")
    asked.add_argument("--questions", type=int, default=1000)
    asked.add_argument("--every", type=int, default=20)
    asked.add_argument("--minutes", type=float, default=0, help="end earlier, after so long")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="shoko-killing-") as place:
        for what, value in run(Path(place), given.questions, given.every, given.minutes).items():
            print(f"{what}: {value}")


def run(place: Path, questions: int, every: int, minutes: float = 0) -> dict[str, object]:
    """Ask so many questions and kill the child at a random moment of every so-manieth; what became of them,
    and the memory of this process before and after in MB."""
    from contract.values import ModelRole
    from core.access import access_of
    from core.identity.accounts import first_administrator
    from llm.engines.llama import LlamaCpp
    from llm.hardware import process_memory
    from operations.library import open_library
    from operations.model_selection import local_model
    from retrieval.answers.events import Done

    settings = load_settings(
        data=place / "data", answer_tokens=16, embedder="none", model="auto", answers_kept=0
    )
    chance = random.Random(7)
    asked, began = 0, time.monotonic()
    killed: list[int] = []
    outcome: Counter[str] = Counter()
    with open_library(settings, load_models=False) as library:
        chosen = library.store.choose(ModelRole.CHAT, "auto")
        assert chosen is not None
        engine: LlamaCpp = local_model(settings, library.store, chosen)
        with library.sessions.write() as session:
            access = access_of(session, first_administrator(session).id)
        _take_in_the_texts(library, access)
        library.answerer.model = engine
        before = 0
        try:
            for number in range(questions):
                if minutes and time.monotonic() - began > 60 * minutes:
                    break
                asked += 1
                timer = None
                if number % every == every - 1:
                    timer = threading.Timer(chance.uniform(0, LATEST), _kill, [engine, killed])
                    timer.start()
                done = list(library.answerer.ask(access, TEXTS[number % len(TEXTS)][1]))[-1]
                answered = isinstance(done, Done) and bool(done.quotes)
                outcome[str(done.status) if answered and isinstance(done, Done) else "lost"] += 1
                if isinstance(done, Done):
                    outcome["to its end by the model"] += bool(done.writing.get("tokens"))
                    outcome[f"early: {done.why}"] += bool(done.why)
                if timer is not None:
                    timer.join()
                if number <= 2 * every:  # by then everything is loaded that is ever loaded
                    before = process_memory(os.getpid())
            after = process_memory(os.getpid())
        finally:
            engine.close()
            library.answerer.model = None
    return {
        "questions": asked,
        "children killed": len(killed),
        **{f"ended {name}": count for name, count in sorted(outcome.items())},
        "lost": outcome["lost"],
        "memory before, MB": round(before / 1e6),
        "memory after, MB": round(after / 1e6),
        "minutes": round((time.monotonic() - began) / 60, 1),
        "unfit": engine.problem() or "no",
    }


def _take_in_the_texts(library: Library, access: Access) -> None:
    from ingest.uploads import accept

    for number, (text, _) in enumerate(TEXTS):
        accept(access, library.sessions, library.files, "General", f"{number}.txt", [text.encode()],
               limit_bytes=10**6)  # fmt: skip
    while library.pipeline.work_once():
        pass


def _kill(engine: object, killed: list[int]) -> None:
    number = getattr(engine, "process_id", None)
    if number is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
            killed.append(number)


if __name__ == "__main__":
    main()
