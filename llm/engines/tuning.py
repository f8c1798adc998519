"""How a chat model is best run on this machine: threads, flash attention and the type of the KV cache, chosen
by measurement and kept beside the model's file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

from llm.engines.llama import LlamaCpp, LlamaSettings, physical_cores
from llm.model import GenerationRequest, Message

FILE = "engine.json"
PROMPT, ANSWER = "The daily allowance in Osaka is 3,000 yen for grade B. ", 48
REPEATED = 40  # of the sentence: a prompt of some 700 tokens, as an answer's is
LEAST_GAIN = 1.05  # another way than the engine's default must be so much faster


@dataclass(frozen=True)
class Tuning:
    """What was chosen; the defaults are the engine's own. `threads` 0: the physical cores."""

    threads: int = 0
    flash_attention: bool = False
    kv_type: str = "f16"

    @classmethod
    def read(cls, folder: Path) -> Tuning:
        """What was measured for the model in that folder, or the defaults."""
        try:
            return cls(**json.loads((folder / FILE).read_text(encoding="utf-8"))["chosen"])
        except (OSError, ValueError, TypeError, KeyError):
            return cls()


@dataclass(frozen=True)
class Trial:
    """One way to run it: tokens a second read and written, and seconds of a typical answer."""

    tuning: Tuning
    read: float
    written: float

    @property
    def seconds(self) -> float:
        """Of 700 tokens read and 90 written."""
        return 700 / self.read + 90 / self.written


def trials() -> list[Tuning]:
    """The ways that are tried: the engine's defaults first. A quantised cache is half or a quarter as big and
    never faster, so it is tried to show its price, and only a person chooses it."""
    cores = physical_cores()
    threads = sorted({cores, max(1, cores - 1), max(1, cores // 2)}, reverse=True)
    ways = [Tuning(count, flash) for count, flash in product(threads, (False, True))]
    return [*ways, Tuning(cores, True, "q8_0"), Tuning(cores, True, "q4_0")]


def measure(path: Path, logs: Path, ways: list[Tuning] | None = None) -> Iterator[Trial]:
    """Try each way in a child of its own."""
    for tuning in ways or trials():
        settings = LlamaSettings(
            path,
            2048,
            tuning.threads,
            flash_attention=tuning.flash_attention,
            kv_type=tuning.kv_type,
        )
        engine = LlamaCpp(path.stem, settings, logs)
        try:
            engine.start()
            request = GenerationRequest(
                [Message("user", PROMPT * REPEATED)],
                max_tokens=ANSWER,
                grammar='root ::= [a-z ]+ "\\x01"',  # it may not stop by itself
            )
            generation = engine.generate(request)
            for _ in generation.pieces:
                pass
        finally:
            engine.close()
        times = generation.timings_ms
        yield Trial(
            tuning,
            1000 * (generation.prompt_tokens - generation.reused_tokens) / times["first_token"],
            1000 * (generation.tokens - 1) / (times["total"] - times["first_token"]),
        )


def choose(tried: list[Trial]) -> Trial:
    """The quickest with a whole cache, if it is clearly quicker than the first (the engine's default)."""
    best = min((trial for trial in tried if trial.tuning.kv_type == "f16"), key=lambda trial: trial.seconds)
    return best if tried[0].seconds > LEAST_GAIN * best.seconds else tried[0]


def keep(folder: Path, tried: list[Trial]) -> Tuning:
    """Write down what was measured and chosen; the next start uses it."""
    chosen = choose(tried).tuning
    rows = [asdict(trial) | {"seconds": trial.seconds} for trial in tried]
    text = json.dumps({"chosen": asdict(chosen), "tried": rows}, indent=1)
    (folder / FILE).write_text(text, encoding="utf-8")
    return chosen
