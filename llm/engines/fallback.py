"""Two models as one: the second answers while the first cannot. It opens nothing by itself."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import ModelUnfit
from llm.model import Generation, GenerationRequest, LanguageModel, Message


class WithFallback:
    """A model, and one that takes its place once it is unfit. The second starts at its first request."""

    def __init__(self, first: LanguageModel, second: LanguageModel) -> None:
        self.first, self.second = first, second

    def _now(self) -> LanguageModel:
        return self.second if self.first.problem() else self.first

    @property
    def name(self) -> str:
        """The name of the one that would answer now."""
        return self._now().name

    @property
    def process_id(self) -> int | None:
        """The process of the one that would answer now, if it has one of its own."""
        return getattr(self._now(), "process_id", None)

    @property
    def languages(self) -> frozenset[str]:
        """The languages of the one that would answer now."""
        return self._now().languages

    @property
    def context_tokens(self) -> int:
        """The context of the one that would answer now."""
        return self._now().context_tokens

    @property
    def small(self) -> bool:
        """Whether the one that would answer now is small."""
        return self._now().small

    @property
    def slots(self) -> int:
        """The slots of the one that would answer now."""
        return self._now().slots

    def start(self) -> None:
        """Start the first. Raises ModelUnfit when it cannot; the second then answers."""
        self.first.start()

    def ready(self) -> bool:
        """Whether a generation would start at once."""
        return self._now().ready()

    def problem(self) -> str:
        """Why neither can work; empty while one can."""
        return self.second.problem() and self.first.problem()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text."""
        try:
            return self._now().count_tokens(texts)
        except ModelUnfit:
            return self.second.count_tokens(texts)

    def count_prompt(self, messages: Sequence[Message]) -> int:
        """The number of tokens of a whole prompt."""
        try:
            return self._now().count_prompt(messages)
        except ModelUnfit:
            return self.second.count_prompt(messages)

    def generate(self, request: GenerationRequest) -> Generation:
        """Begin a generation."""
        try:
            return self._now().generate(request)
        except ModelUnfit:
            return self.second.generate(request)

    def close(self) -> None:
        """Close both."""
        self.first.close()
        self.second.close()
