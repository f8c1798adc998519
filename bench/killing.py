"""A thousand questions in a row while the model's child is killed again and again: is one lost, does memory
grow?

    python -m bench.killing [--questions 1000] [--every 20]
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import tempfile
import threading
from collections import Counter
from pathlib import Path

from core.settings import load_settings

TEXT = "The fee for a lost card is {0} yuan in building {0}."


def main() -> None:
    """Ask, kill, and print what became of it."""
    asked = argparse.ArgumentParser(description="Kill the model's child while it answers.")
    asked.add_argument("--questions", type=int, default=1000)
    asked.add_argument("--every", type=int, default=20)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="shoko-killing-") as place:
        for what, value in run(Path(place), given.questions, given.every).items():
            print(f"{what}: {value}")


def run(place: Path, questions: int, every: int) -> dict[str, object]:
    """Ask so many questions and kill the child at a random moment of every so-manieth; what became of them,
    and the memory of this process before and after in MB."""
    from api.choosing import local_model
    from api.wiring import open_library
    from core.access import access_of
    from core.accounts import first_administrator
    from ingest.uploads import accept
    from llm.catalogue import Part
    from llm.hardware import process_memory
    from llm.llama import LlamaCpp
    from retrieval.answering import Done

    settings = load_settings(data=place / "data", answer_tokens=16, embedder="none", model="auto")
    chance = random.Random(7)
    outcome: Counter[str] = Counter()
    with open_library(settings, load_models=False) as library:
        found = library.store.choose(Part.CHAT, "auto")
        assert found is not None
        engine: LlamaCpp = local_model(settings, library.store, found)
        with library.sessions.write() as session:
            access = access_of(session, first_administrator(session).id)
        for number in range(10):
            content = [TEXT.format(number).encode()]
            accept(access, library.sessions, library.files, "General", f"{number}.txt", content,
                   limit_bytes=10**6)  # fmt: skip
        while library.pipeline.work_once():
            pass
        library.answerer.model = engine
        before = 0
        try:
            for number in range(questions):
                timer = None
                if number % every == every - 1:
                    timer = threading.Timer(chance.uniform(0, 0.5), _kill, [engine])
                    timer.start()
                events = list(
                    library.answerer.ask(access, f"What is the fee for a lost card in {number % 10}?")
                )
                done = events[-1]
                answered = isinstance(done, Done) and bool(done.quotes)
                outcome[str(done.status) if answered and isinstance(done, Done) else "lost"] += 1
                if isinstance(done, Done) and done.why:
                    outcome[done.why] += 1
                if timer is not None:
                    timer.join()
                if number == min(questions - 1, 2 * every):
                    before = process_memory(os.getpid())
            after = process_memory(os.getpid())
        finally:
            engine.close()
            library.answerer.model = None
    return {
        "questions": questions,
        **{f"ended {name}": count for name, count in sorted(outcome.items())},
        "lost": outcome["lost"],
        "memory before, MB": round(before / 1e6),
        "memory after, MB": round(after / 1e6),
        "unfit": engine.problem(),
    }


def _kill(engine: object) -> None:
    number = getattr(engine, "process_id", None)
    if number is not None:
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            return


if __name__ == "__main__":
    main()
