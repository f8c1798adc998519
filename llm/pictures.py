"""A question about a picture (a page, a figure), to a model that sees. What it says is not verified and
cites nothing: it is a help for people, never an answer of the archive."""

from __future__ import annotations

from typing import Protocol

from core.errors import NoPictureModel
from llm.guards import guarded
from llm.model import Generation, GenerationRequest, LanguageModel, Message

RULES = {
    "en": "Answer from what the picture shows and nothing else. If it does not show it, say so.",
    "ja": "画像に写っていることだけから日本語で答える。写っていなければ、そう述べる。",
    "zh": "只根据图像中显示的内容用中文回答。图像中没有时，请说明。",
}


class PictureReader(Protocol):
    """Something that sees."""

    def look(self, picture: bytes, question: str, language: str) -> Generation:
        """Begin an answer about a PNG or JPEG. Raises NoPictureModel, ModelUnfit."""


class SeeingModel:
    """A chat model with the part by which it sees, here or behind a server."""

    def __init__(self, model: LanguageModel | None, *, tokens: int, seconds: float) -> None:
        self._model, self._tokens, self._seconds = model, tokens, seconds

    def look(self, picture: bytes, question: str, language: str) -> Generation:
        """Begin an answer; see `PictureReader`."""
        if self._model is None:
            raise NoPictureModel(name="none")
        request = GenerationRequest(
            [Message("system", RULES[language]), Message("user", question)],
            max_tokens=self._tokens,
            seconds=self._seconds,
            pictures=(picture,),
        )
        return guarded(self._model.generate(request), language)
