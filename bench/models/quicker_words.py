"""What makes the chat model's words come sooner: each way of running it against the plainest one, in turn
on the same prompts, so that the machine's other work falls on all. Beside the tokens of a second those of a
processor's second are told, which other work changes little; the ratios are of these.

    python -m bench.models.quicker_words FILE.gguf [--draft-model SMALL.gguf] [--cases 2] [--libraries DIR]

The prompts are those of answers (evaluation/writing_cases.yaml), with their grammar. `bare` is the engine's
own step and nothing else: no grammar, the likeliest token taken. `library` is llama-cpp-python's loop with
the grammar. `--libraries` is a directory with another build's `llama_cpp`, compared beside the installed one.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.figures import p50

CASES = ("committee", "visitor-steps", "onboarding-papers", "childcare-steps", "claim-steps")
TOKENS = 40
LONG = 256  # tokens from which a prompt tells how fast it is read
WAYS: dict[str, dict[str, Any]] = {
    "library's loop": {"way": "library"},
    "bare": {"way": "bare"},
    "one by one": {"draft": 0},
    "drafts of 3": {"draft": 3},
    "drafts of 7": {"draft": 7},
    "drafts of 3, flash attention": {"draft": 3, "flash": True},
    "drafts of 3, weights not repacked": {"draft": 3, "repack": False},
    "drafts of 3, one thread": {"draft": 3, "threads": 1},
    "drafts of 3, batches of 64": {"draft": 3, "batch": 64},
    "drafts of 3, batches of 512": {"draft": 3, "batch": 512},
}


def main() -> None:
    """Measure and print a table, or be one of the ways (`--child`)."""
    asked = argparse.ArgumentParser(description="What makes words come sooner.")
    asked.add_argument("file", type=Path)
    asked.add_argument("--draft-model", type=Path)
    asked.add_argument("--libraries", type=Path)
    asked.add_argument("--cases", type=int, default=2, help="so many prompts a language")
    asked.add_argument("--languages", default="ja,en")
    asked.add_argument("--child")
    options = asked.parse_args()
    if options.child:
        serve(options.file, json.loads(options.child))
        return
    ways: dict[str, tuple[dict[str, Any], Path | None]] = {name: (how, None) for name, how in WAYS.items()}
    if options.draft_model:
        ways["drafts of 3 by a smaller model"] = {"draft": 3, "writer": str(options.draft_model)}, None
    if options.libraries:
        ways["drafts of 3, the other build"] = {"draft": 3}, options.libraries
    print("| way | read: tokens/s, by a core's second | written, likewise | to the first | drafts right |")
    print("|---|---|---|---|---|")
    prompts = [(case, of) for of in options.languages.split(",") for case in CASES[: options.cases]]
    for row in compare(options.file, ways, prompts):
        print(row, flush=True)


def compare(
    file: Path, ways: dict[str, tuple[dict[str, Any], Path | None]], prompts: list[tuple[str, str]]
) -> Iterator[str]:
    """A line of the table for each way; medians over the prompts."""
    children = {name: _child(file, how, place) for name, (how, place) in ways.items()}
    results: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
    for case, language in prompts:
        for name, child in children.items():
            assert child.stdin is not None and child.stdout is not None
            child.stdin.write(f"{case} {language}\n")
            child.stdin.flush()
            results[name].append(json.loads(child.stdout.readline()))
            print(case, language, name, results[name][-1], file=sys.stderr, flush=True)
    for child in children.values():
        assert child.stdin is not None
        child.stdin.close()
        child.wait()
    first = results[next(iter(ways))]
    for name, listed in results.items():
        read = [p50([result[of] for result in listed if result[of]]) for of in ("read", "read_cpu")]
        written = [p50([result[of] for result in listed]) for of in ("written", "written_cpu")]
        pairs = list(zip(listed, first, strict=True))
        ratio = p50([own["written_cpu"] / other["written_cpu"] for own, other in pairs])
        drafted = sum(result["drafted"] for result in listed)
        right = f"{sum(result['confirmed'] for result in listed) / drafted:.2f}" if drafted else ""
        speeds = f"{read[0]:.0f}, {read[1]:.0f} | {written[0]:.1f}, {written[1]:.1f}"
        yield f"| {name} | {speeds} | {ratio:.2f} | {right} |"


def _child(file: Path, how: dict[str, Any], libraries: Path | None) -> subprocess.Popen[str]:
    from llm.engines.llama import ENVIRONMENT, physical_cores

    threads = how.setdefault("threads", physical_cores())
    paths = [str(libraries)] if libraries else []
    environment = ENVIRONMENT | {"OMP_NUM_THREADS": str(threads)}
    environment["PYTHONPATH"] = os.pathsep.join([*paths, os.environ.get("PYTHONPATH", ""), str(Path.cwd())])
    child = subprocess.Popen(
        [sys.executable, "-m", "bench.models.quicker_words", str(file), "--child", json.dumps(how)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=os.environ | environment,
    )  # fmt: skip
    assert child.stdout is not None
    child.stdout.readline()  # loaded
    return child


def serve(file: Path, how: dict[str, Any]) -> None:
    """Answer each prompt that is named on the standard input with its figures, in this way."""
    import llama_cpp

    made = llama_cpp.llama_model_default_params

    def parameters() -> Any:
        chosen = made()
        chosen.use_extra_bufts = how.get("repack", True)
        return chosen

    llama_cpp.llama_model_default_params = parameters  # what llama-cpp-python's class does not let choose
    from evaluation.writing import _quote, writing_cases
    from llm.engines import llama_worker
    from llm.engines.decoding import Decoder
    from retrieval.answers.writing.generation import fence
    from retrieval.answers.writing.prompts import answer_grammar, answer_messages

    llama_worker.PROMPT_BATCH = how.get("batch", llama_worker.PROMPT_BATCH)
    load = {
        "path": str(file), "context_tokens": 2048, "threads": how["threads"],
        "flash_attention": how.get("flash", False), "draft": how.get("draft", 0),
    }  # fmt: skip
    worker = llama_worker.Worker(load)
    if how.get("writer"):
        worker.decoder = _drafting(Decoder, llama_cpp, worker, how)
    print("{}", flush=True)
    cases = {(case.id, case.language): case for case in writing_cases()}
    for line in sys.stdin:
        case = cases[tuple(line.split())]  # type: ignore[index]
        quotes = [_quote(number, text, case.language) for number, text in enumerate(case.quotes)]
        messages = answer_messages(case.question, case.language, quotes, fence)
        prompt = worker.prompt([{"role": each.role, "content": each.content} for each in messages])
        print(json.dumps(_figures(worker, how, prompt, answer_grammar(len(quotes)))), flush=True)


def _figures(worker: Any, how: dict[str, Any], prompt: list[int], grammar: str) -> dict[str, float]:
    llama, began = worker.llama, _now()
    held = worker._common_prefix(prompt)
    worker._read(prompt, held, lambda: "")
    llama.eval(prompt[llama.n_tokens :])
    passed, used = _since(began)
    long = len(prompt) - held >= LONG
    figures = {"read": (len(prompt) - held) / passed if long else 0.0}
    figures["read_cpu"] = (len(prompt) - held) / used if long else 0.0
    llama.n_tokens -= 1  # each way reads the last token itself
    decoder = worker.decoder
    decoder.drafted = decoder.confirmed = 0
    if how.get("way") == "library":
        import llama_cpp

        bound = llama_cpp.LlamaGrammar.from_string(grammar, verbose=False)
        tokens: Iterator[int] = llama.generate(prompt, temp=0.0, grammar=bound)
    else:
        tokens = decoder.write(prompt, "" if how.get("way") == "bare" else grammar)
    count = 0
    for token in tokens:
        if not count:
            began = _now()
        if worker.is_end(token) or count >= TOKENS:
            break
        count += 1
    passed, used = _since(began)
    figures |= {"drafted": decoder.drafted, "confirmed": decoder.confirmed}
    return {"written": count / passed, "written_cpu": count / used, **figures}


def _now() -> tuple[float, float]:
    """Seconds on the clock, and of the processor for all threads."""
    return time.perf_counter(), time.process_time()


def _since(began: tuple[float, float]) -> tuple[float, float]:
    clock, used = _now()
    return clock - began[0], used - began[1]


def _drafting(plain: Any, engine: Any, worker: Any, how: dict[str, Any]) -> Any:
    """A decoder whose drafts a smaller model with the same vocabulary writes."""
    from llm.engines import decoding
    from llm.engines.beginnings import shared

    small = engine.Llama(
        how["writer"], n_ctx=2048, n_batch=256, n_threads=how["threads"],
        n_threads_batch=how["threads"], verbose=False,
    )  # fmt: skip

    def written(tokens: list[int], most: int) -> list[int]:
        held = shared(small.input_ids[: small.n_tokens].tolist(), tokens[:-1])
        small.n_tokens = held
        drafts: list[int] = []
        small.eval(tokens[held:])
        writer = plain(engine, small, 0)
        while len(drafts) < most:
            drafts.append(writer._pick(-1, None))
            if len(drafts) < most:
                small.eval(drafts[-1:])
        return drafts

    decoding.foretold = written
    return plain(engine, worker.llama, how["draft"])


if __name__ == "__main__":
    main()
