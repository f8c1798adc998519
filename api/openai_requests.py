"""What programs that know OpenAI's API may ask for; all else is refused by its name, never ignored."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.errors import ParameterRefused
from retrieval.answers.writing.generation import SamplingOptions

# Parameters that this endpoint does not honour, with the values that ask for nothing.
NEUTRAL: dict[str, tuple[Any, ...]] = {
    "audio": (None,),
    "best_of": (None, 1),
    "echo": (None, False),
    "function_call": (None, "none", "auto"),
    "functions": (None, []),
    "logit_bias": (None, {}),
    "logprobs": (None, False),
    "modalities": (None, ["text"]),
    "moderation": (None,),
    "n": (None, 1),
    "parallel_tool_calls": (None, True, False),
    "prediction": (None,),
    "reasoning_effort": (None, "none"),
    "service_tier": (None, "auto", "default"),
    "store": (None, False),
    "suffix": (None, ""),
    "tool_choice": (None, "none", "auto"),
    "tools": (None, []),
    "top_logprobs": (None, 0),
    "verbosity": (None,),
    "web_search_options": (None,),
}
# These say something to the sender's own books alone.
ACCEPTED = {"metadata", "prompt_cache_key", "prompt_cache_retention", "safety_identifier", "user"}


class ChatMessage(BaseModel):
    """A turn: its content is a text, or parts of which each is a text or a picture."""

    model_config = ConfigDict(extra="allow")
    role: str
    content: str | list[dict[str, Any]] | None = None


class StreamOptions(BaseModel):
    """`include_usage` adds a last chunk with the tokens."""

    model_config = ConfigDict(extra="forbid")
    include_usage: bool = False
    include_obfuscation: bool = False


class ChatRequest(BaseModel):
    """OpenAI's request for a chat completion; docs/openai.md says which parameters are honoured."""

    model_config = ConfigDict(extra="allow")
    model: str
    messages: list[ChatMessage] = Field(min_length=1)
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    seed: int | None = Field(None, ge=0, lt=2**32)
    frequency_penalty: float | None = Field(None, ge=-2, le=2)
    presence_penalty: float | None = Field(None, ge=-2, le=2)
    stop: str | list[str] | None = None
    response_format: dict[str, Any] | None = None

    @property
    def limit(self) -> int:
        """Tokens that the answer may have; 0 where the request does not say."""
        return self.max_completion_tokens or self.max_tokens or 0

    def options(self) -> SamplingOptions:
        """How it is to be written."""
        stop = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return SamplingOptions(
            tokens=self.limit,
            temperature=self.temperature or 0.0,
            top_p=self.top_p or 1.0,
            seed=self.seed,
            frequency_penalty=self.frequency_penalty or 0.0,
            presence_penalty=self.presence_penalty or 0.0,
            stop=tuple(text for text in stop if text),
        )


class EmbeddingRequest(BaseModel):
    """OpenAI's request for embeddings. `input_type` is ours: `query` for a question, else `passage`."""

    model_config = ConfigDict(extra="forbid")
    model: str
    input: str | list[str] | list[int] | list[list[int]]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None
    input_type: Literal["query", "passage"] = "passage"
    user: str | None = None


def refuse_unknown(order: ChatRequest) -> None:
    """Raises ParameterRefused for what would have to be honoured and is not."""
    for name, value in (order.model_extra or {}).items():
        if name in ACCEPTED or value in NEUTRAL.get(name, ()):
            continue
        problem = "it is not supported here" if name in NEUTRAL else "it is not known"
        raise ParameterRefused(name=name, model=order.model, problem=problem)
