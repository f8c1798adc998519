"""What a chat model writes from quotes in another language, unchecked, for people to judge.

    python -m bench.answers.translated MODEL OUT.jsonl [--cases 18]

The questions and quotes are those of the test of writing (evaluation/writing_cases.yaml), which ask the same
in three languages: the question of one with the quotes of another, in six directions.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Generator, Iterator
from itertools import permutations
from pathlib import Path

from core.settings import load_settings
from evaluation.writing import LANGUAGES, _quote, writing_cases
from llm.catalogue.store import ModelStore
from llm.engines.llama import LlamaCpp, LlamaSettings
from llm.guards import guarded
from llm.model import GenerationRequest
from retrieval.answers.writing.generation import _finished_sentences, fence
from retrieval.answers.writing.prompts import answer_grammar, answer_messages, beginning


def main() -> None:
    """Write a line for each sentence: asked and quoted language, case, question, quotes, sentence."""
    asked = argparse.ArgumentParser(description="What is written from quotes in another language.")
    asked.add_argument("model")
    asked.add_argument("out", type=Path)
    asked.add_argument("--cases", type=int, default=18)
    asked.add_argument("--first", type=int, default=0, help="leave out so many cases first")
    options = asked.parse_args()
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
