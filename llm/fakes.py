"""Engines without weights: deterministic, quick, and held to the same behaviour tests as the real ones."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence

import numpy as np

from core.errors import ModelDied
from llm.embedder import Vectors
from llm.model import End, Generation, GenerationRequest, Message


class ScriptedModel:
    """A language model that says what it was given, one text per request, in pieces of three characters.

    A text `DIE` dies in the middle as a killed child does; with no text left it repeats the last.
    """

    def __init__(self, *texts: str, context_tokens: int = 2048, small: bool = False) -> None:
        self.texts = list(texts) or ["INSUFFICIENT"]
        self.requests: list[GenerationRequest] = []
        self._context = context_tokens
        self._small = small

    @property
    def name(self) -> str:
        """Its name."""
        return "scripted"

    @property
    def languages(self) -> frozenset[str]:
        """Every language."""
        return frozenset()

    @property
    def context_tokens(self) -> int:
        """The context it pretends to have."""
        return self._context

    @property
    def small(self) -> bool:
        """As it was made."""
        return self._small

    @property
    def slots(self) -> int:
        """One at a time."""
        return 1

    def start(self) -> None:
        """Nothing to load."""

    def ready(self) -> bool:
        """Always."""
        return True

    def problem(self) -> str:
        """Never any."""
        return ""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """A token for every three characters, rounded up."""
        return [-(-len(text) // 3) for text in texts]

    def count_prompt(self, messages: Sequence[Message]) -> int:
        """Its messages' tokens, and four for each message's template."""
        return sum(self.count_tokens([message.content for message in messages])) + 4 * len(messages)

    def generate(self, request: GenerationRequest) -> Generation:
        """Say the next text."""
        self.requests.append(request)
        text = self.texts.pop(0) if len(self.texts) > 1 else self.texts[0]
        generation = Generation()
        generation.prompt_tokens = sum(self.count_tokens([m.content for m in request.messages]))
        generation.pieces = self._pieces(text, request, generation)
        return generation

    def _pieces(
        self, text: str, request: GenerationRequest, generation: Generation
    ) -> Generator[str, None, None]:
        generation.end = End.STOP
        if text == "DIE":
            yield "It d"
            raise ModelDied(problem="ended by SIGSEGV")
        for start in range(0, len(text), 3):
            if generation.tokens >= request.max_tokens:
                generation.end = End.LENGTH
                return
            generation.tokens += 1
            yield text[start : start + 3]

    def close(self) -> None:
        """Nothing to free."""


class HashEmbedder:
    """Vectors from hashed character pairs: like texts lie near one another, in every language."""

    def __init__(self, name: str = "hash", dimensions: int = 64, languages: str = "en ja zh") -> None:
        self._name, self._dimensions = name, dimensions
        self._languages = frozenset(languages.split())

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return self._dimensions

    @property
    def languages(self) -> frozenset[str]:
        """The languages it claims."""
        return self._languages

    @property
    def longest_tokens(self) -> int:
        """Enough for any text of a test."""
        return 10_000

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """A token for every character."""
        return [len(text) for text in texts]

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts to be found."""
        if not texts:
            return np.empty((0, self._dimensions), np.float32)
        return np.stack([self._vector(text) for text in texts])

    def query(self, text: str) -> Vectors:
        """The vector of a question."""
        return self._vector(text)

    def _vector(self, text: str) -> Vectors:
        vector = np.zeros(self._dimensions, np.float32)
        for pair in zip(text, text[1:] + " ", strict=False):
            digest = hashlib.blake2b("".join(pair).encode(), digest_size=4).digest()
            vector[int.from_bytes(digest, "big") % self._dimensions] += 1
        norm = float(np.linalg.norm(vector))
        if norm == 0:
            vector[0] = norm = 1.0
        unit: Vectors = vector / norm
        return unit


class OverlapReranker:
    """Judges a text by the share of the question's characters that it has."""

    @property
    def name(self) -> str:
        """Its name."""
        return "overlap"

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """That share of each text."""
        asked = set(question)
        return [len(asked & set(text)) / max(1, len(asked)) for text in texts]
