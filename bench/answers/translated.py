"""What a chat model writes from quotes in another language, unchecked, for people to judge.

    python -m bench.answers.translated MODEL OUT.jsonl [--cases 18]
    python -m bench.answers.translated --judged

The second counts what is shown of the sentences that a person judged, by the installed embedder: the least
likeness is the one with the most right sentences among those that keep .97, fitted on one half of the cases.

The questions and quotes are those of the test of writing (evaluation/writing_cases.yaml), which ask the same
in three languages: the question of one with the quotes of another, in six directions.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Generator, Iterator, Sequence
from itertools import permutations
from pathlib import Path

from contract.values import ModelRole
from core.settings import PROJECT, load_settings
from evaluation.sets import half_of
from evaluation.writing import LANGUAGES, _quote, writing_cases
from llm.catalogue.store import ModelStore
from llm.embedder import open_embedder
from llm.engines.llama import LlamaCpp, LlamaSettings, physical_cores
from llm.guards import guarded
from llm.model import GenerationRequest
from retrieval.answers.writing.generation import _finished_sentences, fence
from retrieval.answers.writing.prompts import answer_grammar, answer_messages, beginning
from retrieval.answers.writing.translation import Likeness, translating, verify_translated

JUDGED = PROJECT / "tests" / "retrieval" / "writing" / "translated_sentences.jsonl"
LEAST_RIGHT = 0.97


def main() -> None:
    """Write a line for each sentence: asked and quoted language, case, question, quotes, sentence."""
    asked = argparse.ArgumentParser(description="What is written from quotes in another language.")
    asked.add_argument("model", nargs="?")
    asked.add_argument("out", type=Path, nargs="?")
    asked.add_argument("--judged", action="store_true")
    asked.add_argument("--cases", type=int, default=18)
    asked.add_argument("--first", type=int, default=0, help="leave out so many cases first")
    options = asked.parse_args()
    if options.judged:
        print("| quotes | answer | sentences | right | shown | right of those | the other half |")
        print("|---|---|---|---|---|---|---|")
        for line in judged():
            print(line)
        return
    store = ModelStore(load_settings().models_folder)
    path = store.path(store.get(options.model))
    cases = {(case.id, case.language): case for case in writing_cases()}
    names = list(dict.fromkeys(case.id for case in writing_cases()))
    step = max(1, len(names) // options.cases)
    with tempfile.TemporaryDirectory() as logs, options.out.open("a", encoding="utf-8") as out:
        kept = tuple(beginning(language, fence) for language in LANGUAGES)
        engine = LlamaCpp(options.model, LlamaSettings(path, beginnings=kept), Path(logs))
        engine.start()
        for name in names[options.first :: step][: options.cases]:
            for language, other in permutations(LANGUAGES, 2):
                question, quoted = cases[name, language].question, cases[name, other].quotes
                quotes = [_quote(number, text, other) for number, text in enumerate(quoted)]
                request = GenerationRequest(
                    answer_messages(question, language, quotes, fence),
                    max_tokens=200,
                    grammar=answer_grammar(len(quotes)),
                    seconds=300,
                )
                for sentence in _sentences(guarded(engine.generate(request), language).pieces):
                    row = {
                        "language": language, "quoted": other, "case": name, "text": sentence.strip(),
                    }  # fmt: skip
                    out.write(json.dumps(row, ensure_ascii=False) + "\n")
                    out.flush()
        engine.close()


def judged() -> Iterator[str]:
    """A line of the table for each direction, by the installed embedder."""
    store = ModelStore(load_settings().models_folder)
    chosen = store.choose(ModelRole.EMBED, "auto")
    if chosen is None:
        raise SystemExit("No embedder was found. Get the default models first: make setup")
    embedder = open_embedder(chosen, store.path(chosen), threads=physical_cores())
    cases = {(case.language, case.id): case for case in writing_cases()}
    rows = [json.loads(line) for line in JUDGED.read_text(encoding="utf-8").splitlines()]
    for direction in permutations(LANGUAGES, 2):
        own = [row for row in rows if (row["quoted"], row["language"]) == direction]
        how = translating(*direction, embedder, "all")
        assert how is not None
        scored = [(row, _likest(row, cases[row["quoted"], row["case"]].quotes, how.likeness)) for row in own]
        halves = [[each for each in scored if half_of(each[0]["case"]) == half] for half in "ab"]
        levels = sorted({likest for _, likest in halves[0] if likest is not None})
        least = max(levels, key=lambda level: _worth(halves[0], level), default=1.0)
        shown = [row for row, likest in scored if likest is not None]
        right = sum(row["right"] == "yes" for row in shown)
        other = [row for row, likest in halves[1] if likest is not None and likest >= least]
        of_other = f"{sum(row['right'] == 'yes' for row in other)} of {len(other)} from {least:.2f} on"
        yes = sum(row["right"] == "yes" for row in own)
        counts = f"{len(own)} | {yes} | {len(shown)} | {right}"
        yield f"| {direction[0]} | {direction[1]} | {counts} | {of_other} |"


def _likest(row: dict[str, str], quotes: Sequence[str], likeness: Likeness) -> float | None:
    """How like its quotes it is, where figures, names, denials and script let it stand; else None."""
    alike: list[float] = []
    for mark in range(1, len(quotes) + 1):
        seen: list[float] = []

        def looked(said: str, texts: Sequence[str], seen: list[float] = seen) -> Sequence[float]:
            cosines = likeness(said, texts)
            seen.append(max(cosines))
            return cosines

        verdict = verify_translated(f"{row['text']}[{mark}]", quotes, row["language"], looked, -1.0)
        if verdict.stands:
            alike += seen
    return max(alike, default=None)


def _worth(half: list[tuple[dict[str, str], float | None]], least: float) -> tuple[bool, int]:
    """Whether enough of what that threshold shows is right, and how much that is."""
    shown = [row["right"] == "yes" for row, likest in half if likest is not None and likest >= least]
    return sum(shown) >= LEAST_RIGHT * len(shown), sum(shown)


def _sentences(pieces: Generator[str, None, None]) -> Iterator[str]:
    """Each finished sentence, and what is left at the end."""
    stream = _finished_sentences(pieces)
    try:
        while True:
            if sentence := next(stream):
                yield sentence
    except StopIteration as end:
        if end.value.strip():
            yield end.value


if __name__ == "__main__":
    main()
