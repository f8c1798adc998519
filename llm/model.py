"""What Shoko asks of a language model; nothing here knows an engine.

Everything is synchronous: a generation runs on the thread that asked for it and yields its text in
pieces. An engine that cannot go on raises a ModelDied, ModelUnfit or ModelMissing.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True)
class Message:
    """One turn of a conversation; `role` is system, user or assistant."""

    role: str
    content: str


@dataclass(frozen=True)
class GenerationRequest:
    """What is to be generated.

    `grammar` is GBNF (llama.cpp's form) or empty; `schema` a JSON schema as text, or empty, and holds where
    no grammar is given; `temperature` 0 takes the likeliest token each time; `seconds` is the deadline for
    the whole generation; `pictures` are the bytes of PNG or JPEG files, for models that see.
    """

    messages: Sequence[Message]
    max_tokens: int
    grammar: str = ""
    temperature: float = 0.0
    stop: tuple[str, ...] = ()
    seconds: float = 90.0
    top_p: float = 1.0
    seed: int | None = None
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    schema: str = ""
    pictures: tuple[bytes, ...] = ()


class End(StrEnum):
    """Why a generation ended. The event that leads to each stands beside it."""

    STOP = "stop"  # the model said it is done, or a stop string came
    LENGTH = "length"  # max_tokens or the context is used up
    CANCELLED = "cancelled"  # the asker left
    DEADLINE = "deadline"  # the request's seconds ran out
    LOOP = "loop"  # a guard: it turned in a circle
    LANGUAGE = "language"  # a guard: it wrote another language than was asked for


def _nothing() -> Generator[str, None, None]:
    yield from ()


@dataclass
class Generation:
    """A generation on its way: iterate `pieces`, then read the figures. Closing `pieces` cancels it; whoever
    does not read to the end must close them, or the engine goes on.

    An empty piece is a sign of life: nothing was written, the model still reads or thinks. `thinking` counts
    the characters that a guard took out as thinking text.
    """

    pieces: Generator[str, None, None] = field(default_factory=_nothing)
    end: End | None = None
    prompt_tokens: int = 0
    reused_tokens: int = 0
    tokens: int = 0
    thinking: int = 0
    timings_ms: dict[str, float] = field(default_factory=dict)


class LanguageModel(Protocol):
    """A chat model."""

    @property
    def name(self) -> str:
        """Its name in the catalogue, or the engine's own."""

    @property
    def languages(self) -> frozenset[str]:
        """The languages it writes; empty if nobody said, and then every one is tried."""

    @property
    def context_tokens(self) -> int:
        """How many tokens prompt and answer may have together."""

    @property
    def small(self) -> bool:
        """Whether it is too small to follow rules and weigh several quotes: it then copies from the best."""

    @property
    def slots(self) -> int:
        """How many generations it may do at once without each becoming slower than in a queue."""

    def start(self) -> None:
        """Load or look, if that is not done yet. Raises ModelUnfit."""

    def ready(self) -> bool:
        """Whether a generation would start at once."""

    def problem(self) -> str:
        """Why it cannot work, in words; empty if it can or may soon."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text, by the model's own tokenizer."""

    def count_prompt(self, messages: Sequence[Message]) -> int:
        """The number of tokens of a whole prompt with its template."""

    def generate(self, request: GenerationRequest) -> Generation:
        """Begin a generation. Closing the iterator of its pieces cancels it."""

    def close(self) -> None:
        """Free what it holds; it answers nothing afterwards."""
