"""Language models behind an OpenAI-compatible server: llama-server, vLLM, Ollama, LM Studio, MLX and others.

Each speaks a dialect of its own beside the common part; what it is and can do is found out by asking: the
model's name and context, how it counts tokens, and how it takes a grammar. An address outside the company's
allowed hosts is refused before anything is sent (`core.egress`).
"""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import re
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import httpx

from core import egress
from core.errors import BadValue, ModelDied, ModelUnfit
from llm.model import End, Generation, GenerationRequest, Message

log = logging.getLogger("shoko.server")

CONNECT_SECONDS = 5.0
ASK_SECONDS = 10.0  # for what a server knows at once: its models, a count of tokens
HEALTH_SECONDS = 15.0  # a server that failed is asked again after so long
UNKNOWN_CONTEXT = 4096  # if a server does not say; Ollama's own default, which it cuts a prompt to
SLOTS = 4  # generations at once of a server that batches and does not say how many


class Dialect(StrEnum):
    """Whose server it is. The mark by which it is known stands beside it."""

    LLAMA_SERVER = "llama-server"  # GET /props gives n_ctx and slots
    LLAMA_CPP_PYTHON = "llama-cpp-python"  # POST /extras/tokenize/count
    VLLM = "vllm"  # owned_by vllm, max_model_len
    OLLAMA = "ollama"  # GET / says "Ollama is running"
    LM_STUDIO = "lm-studio"  # GET /api/v0/models gives states and contexts
    OTHER = "other"  # speaks the common part (MLX server and the rest)


@dataclass(frozen=True)
class ServerSettings:
    """Where a server is. `address` ends before `/v1`; `model` empty takes the first that it offers."""

    address: str
    model: str = ""
    key: str = ""
    context_tokens: int = 0  # 0: what the server says
    languages: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str, *, key: str = "", context_tokens: int = 0) -> ServerSettings:
        """`http://host:port[/v1][#model]`. Raises BadValue, or ConnectionRefusedByPolicy for a host that is
        not allowed."""
        address, _, model = text.strip().partition("#")
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadValue(
                name="SHOKO_MODEL_SERVERS",
                problem=f"{text!r} is no address",
                fix="Write http://host:port, and #model behind it where the server has several",
            )
        egress.require(parts.hostname)
        return cls(address.rstrip("/").removesuffix("/v1"), model, key, context_tokens)


@dataclass(frozen=True)
class Offer:
    """What was found out about a server."""

    dialect: Dialect
    model: str
    context_tokens: int
    slots: int


class OpenAiServer:
    """One model of one server. Safe to call from many threads; the server batches."""

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings
        headers = {"Authorization": f"Bearer {settings.key}"} if settings.key else {}
        self._client = httpx.Client(
            base_url=settings.address,
            headers=headers,
            timeout=httpx.Timeout(ASK_SECONDS, connect=CONNECT_SECONDS),
            trust_env=False,  # a proxy of the environment could lead outside
        )
        self._offer: Offer | None = None
        self._problem = ""
        self._asked_at = 0.0
        self._lock = threading.Lock()
        self.running = 0

    @property
    def name(self) -> str:
        """The model's name, and where it runs."""
        model = self._offer.model if self._offer else self.settings.model or "?"
        return f"{model} @ {urlsplit(self.settings.address).netloc}"

    @property
    def languages(self) -> frozenset[str]:
        """The languages that the settings name; the server does not say."""
        return frozenset(self.settings.languages)

    @property
    def context_tokens(self) -> int:
        """The context: the server's, or less if a setting says so."""
        offered = self._offer.context_tokens if self._offer else UNKNOWN_CONTEXT
        return min(offered, self.settings.context_tokens or offered)

    @property
    def small(self) -> bool:
        """Never: those who run a server run a model that is worth it."""
        return False

    @property
    def slots(self) -> int:
        """How many generations it does at once."""
        return self._offer.slots if self._offer else 1

    def ready(self) -> bool:
        """Whether it answered when it was last asked; asks again when that is long ago."""
        return self.offer() is not None

    def problem(self) -> str:
        """Why it cannot work, in words."""
        return self._problem

    def start(self) -> None:
        """Ask what it offers. Raises ModelUnfit."""
        if self.offer() is None:
            raise ModelUnfit(name=self.name, problem=self._problem)

    def offer(self) -> Offer | None:
        """What it offers, or None if it does not answer."""
        with self._lock:
            if time.monotonic() - self._asked_at > HEALTH_SECONDS or not self._asked_at:
                self._asked_at = time.monotonic()
                try:
                    self._offer, self._problem = self._look(), ""
                except (httpx.HTTPError, OSError, ValueError, KeyError, TypeError) as error:
                    self._problem = (
                        f"{self.settings.address} does not answer ({error or type(error).__name__})"
                    )
                    log.warning("model server: %s", self._problem)
            return None if self._problem else self._offer

    def failed(self, problem: str) -> None:
        """Remember that it failed; it is asked again later."""
        with self._lock:
            self._problem, self._asked_at = problem, time.monotonic()

    def _look(self) -> Offer:
        answer = self._client.get("/v1/models")
        answer.raise_for_status()
        rows = answer.json()["data"]
        row = next((row for row in rows if row["id"] == self.settings.model), None)
        if row is None and self.settings.model:
            offered = ", ".join(str(row["id"]) for row in rows)
            raise ValueError(f"it has no model {self.settings.model}; it offers {offered}")
        if row is None:
            row = rows[0]
        model = str(row["id"])
        if row.get("owned_by") == "vllm" or "max_model_len" in row:
            return Offer(Dialect.VLLM, model, int(row.get("max_model_len") or UNKNOWN_CONTEXT), 16)
        if (props := self._maybe("GET", "/props")) and "default_generation_settings" in props:
            context = int(props["default_generation_settings"].get("n_ctx") or UNKNOWN_CONTEXT)
            return Offer(Dialect.LLAMA_SERVER, model, context, int(props.get("total_slots") or 1))
        if listed := self._maybe("GET", "/api/v0/models"):
            loaded: dict[str, Any] = next(
                (entry for entry in listed.get("data", []) if entry.get("id") == model), {}
            )
            context = int(loaded.get("loaded_context_length") or UNKNOWN_CONTEXT)
            return Offer(Dialect.LM_STUDIO, model, context, 1)
        if (shown := self._maybe("POST", "/api/show", {"model": model})) and "details" in shown:
            return Offer(Dialect.OLLAMA, model, _ollama_context(shown), 1)
        if (counted := self._maybe("POST", "/extras/tokenize/count", {"input": "a"})) and "count" in counted:
            return Offer(Dialect.LLAMA_CPP_PYTHON, model, self.settings.context_tokens or UNKNOWN_CONTEXT, 1)
        context = int(row.get("context_length") or row.get("max_context_length") or UNKNOWN_CONTEXT)
        return Offer(Dialect.OTHER, model, context, SLOTS)

    def _maybe(self, method: str, path: str, body: Any = None) -> dict[str, Any] | None:
        """The JSON object there, or None if that server has no such endpoint."""
        try:
            answer = self._client.request(method, path, json=body)
            content = answer.json() if answer.status_code == 200 else None
        except (httpx.HTTPError, ValueError):
            return None
        return content if isinstance(content, dict) else None

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text: the server's own count if it has one, else no fewer."""
        offer = self.offer()
        return [self._count(offer, text) for text in texts]

    def count_prompt(self, messages: Sequence[Message]) -> int:
        """The tokens of a whole prompt: the server's own count if it has one, else no fewer."""
        offer = self.offer()
        plain = [{"role": message.role, "content": message.content} for message in messages]
        if offer is not None and offer.dialect == Dialect.VLLM:
            body = {"model": offer.model, "messages": plain}
            if (counted := self._maybe("POST", "/tokenize", body)) and "count" in counted:
                return int(counted["count"])
        if offer is not None and offer.dialect == Dialect.LLAMA_SERVER:
            templated = self._maybe("POST", "/apply-template", {"messages": plain})
            if templated and "prompt" in templated:
                return self._count(offer, str(templated["prompt"]))
        return sum(self.count_tokens([message.content for message in messages])) + 8 * len(messages) + 8

    def _count(self, offer: Offer | None, text: str) -> int:
        counted: dict[str, Any] | None = None
        if offer is not None:
            match offer.dialect:
                case Dialect.LLAMA_SERVER:
                    counted = self._maybe("POST", "/tokenize", {"content": text})
                case Dialect.VLLM:
                    counted = self._maybe("POST", "/tokenize", {"model": offer.model, "prompt": text})
                case Dialect.LLAMA_CPP_PYTHON:
                    counted = self._maybe("POST", "/extras/tokenize/count", {"input": text})
        if counted is not None and "count" in counted:
            return int(counted["count"])
        if counted is not None and "tokens" in counted:
            return len(counted["tokens"])
        return at_most(text)

    def generate(self, request: GenerationRequest) -> Generation:
        """Begin a generation; see `LanguageModel`. Raises ModelUnfit."""
        offer = self.offer()
        if offer is None:
            raise ModelUnfit(name=self.name, problem=self._problem)
        generation = Generation()
        generation.pieces = self._pieces(offer, request, generation)
        return generation

    def _pieces(
        self, offer: Offer, request: GenerationRequest, generation: Generation
    ) -> Generator[str, None, None]:
        began = time.monotonic()
        deadline = began + request.seconds
        self.running += 1
        timeout = httpx.Timeout(request.seconds + ASK_SECONDS, connect=CONNECT_SECONDS)
        body = request_body(offer, request)
        try:
            with self._client.stream("POST", "/v1/chat/completions", json=body, timeout=timeout) as answer:
                if answer.status_code >= 300:  # a redirect is not followed: it could lead anywhere
                    answer.read()
                    raise ModelDied(problem=f"{self.name}: {problem_in(answer)}")
                for event in events(answer.iter_lines()):
                    if "error" in event:
                        raise ModelDied(problem=f"{self.name}: {_said(event['error'])}")
                    piece, thought, end = delta_in(event)
                    generation.thinking += thought
                    if piece:
                        generation.tokens += 1
                        generation.timings_ms.setdefault("first_token", 1000 * (time.monotonic() - began))
                    if usage := event.get("usage"):
                        generation.prompt_tokens = int(usage.get("prompt_tokens") or 0)
                        generation.tokens = int(usage.get("completion_tokens") or generation.tokens)
                        details = usage.get("prompt_tokens_details") or {}
                        generation.reused_tokens = int(details.get("cached_tokens") or 0)
                    yield piece
                    if end:
                        generation.end = End.LENGTH if end == "length" else End.STOP
                    if generation.end is None and time.monotonic() > deadline:
                        generation.end = End.DEADLINE
                        return  # leaving the block closes the connection, and that stops the server
            if generation.end is None:
                raise ModelDied(problem=f"{self.name} ended its answer in the middle")
        except (httpx.HTTPError, OSError) as error:
            self.failed(f"{self.settings.address} failed ({type(error).__name__}: {error})")
            raise ModelDied(problem=f"{self.name}: {type(error).__name__}") from error
        finally:
            self.running -= 1
            generation.timings_ms["total"] = 1000 * (time.monotonic() - began)

    def close(self) -> None:
        """Close its connections."""
        self._client.close()


def _ollama_context(shown: dict[str, Any]) -> int:
    """The context that Ollama gives a model: `num_ctx` of its parameters, else its default, which is less
    than what the model could hold."""
    for line in str(shown.get("parameters") or "").splitlines():
        name, _, value = line.strip().partition(" ")
        if name == "num_ctx" and value.strip().isdigit():
            return int(value)
    return UNKNOWN_CONTEXT


def at_most(text: str) -> int:
    """No fewer tokens than the tokenizers in use make of it, so that a prompt is too short rather than cut:
    one and a third for a wide character (Japanese, Chinese), one for a digit or sign, one for two letters."""
    wide = sum(ord(character) > 0x2E7F for character in text)
    letters = sum(character.isalpha() and ord(character) < 0x80 for character in text)
    others = sum(not character.isspace() for character in text) - wide - letters
    words = sum(-(-len(word) // 2) for word in re.findall(r"[A-Za-z]+", text))
    return round(1.34 * wide) + others + words


def request_body(offer: Offer, request: GenerationRequest) -> dict[str, Any]:
    """The request in that server's dialect."""
    messages: list[dict[str, Any]] = [
        {"role": message.role, "content": message.content} for message in request.messages
    ]
    if request.pictures:
        parts: list[dict[str, Any]] = [{"type": "text", "text": messages[-1]["content"]}]
        parts += [
            {
                "type": "image_url",
                "image_url": {"url": f"data:image/{_kind(picture)};base64,{_base64(picture)}"},
            }
            for picture in request.pictures
        ]
        messages[-1]["content"] = parts
    body: dict[str, Any] = {
        "model": offer.model,
        "messages": messages,
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    for name in ("frequency_penalty", "presence_penalty", "seed"):
        if value := getattr(request, name):
            body[name] = value
    if request.stop:
        body["stop"] = list(request.stop)
    match offer.dialect:
        case Dialect.LLAMA_SERVER:
            body |= {"cache_prompt": True, "chat_template_kwargs": {"enable_thinking": False}}
            if request.grammar:
                body["grammar"] = request.grammar
        case Dialect.LLAMA_CPP_PYTHON:
            del body["stream_options"]
            if request.grammar:
                body["grammar"] = request.grammar
        case Dialect.VLLM:
            body["chat_template_kwargs"] = {"enable_thinking": False}
            if request.grammar:
                body["structured_outputs"] = {"grammar": request.grammar}
        case Dialect.OLLAMA:
            body["reasoning_effort"] = "none"
    if request.schema and not request.grammar:
        schema = json.loads(request.schema)
        form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
        body["response_format"] = form if schema else {"type": "json_object"}
    return body


def _kind(picture: bytes) -> str:
    return "png" if picture.startswith(b"\x89PNG") else "jpeg"


def _base64(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


def events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """The JSON objects of a stream of server-sent events, up to its end."""
    for line in lines:
        if not line.startswith("data:"):
            continue  # comments that keep the connection alive, names of events, empty lines
        data = line[5:].strip()
        if data == "[DONE]":
            return
        with contextlib.suppress(ValueError):
            event = json.loads(data)
            if isinstance(event, dict):
                yield event


def delta_in(event: dict[str, Any]) -> tuple[str, int, str]:
    """Of a chunk: its text, how many characters of thinking text it has, and why the answer ends or empty."""
    choices = event.get("choices") or []
    if not choices:
        return "", 0, ""
    delta = choices[0].get("delta") or {}
    # LM Studio and vLLM say `reasoning_content` or `reasoning`, Ollama `thinking`; none of it is an answer.
    thought = delta.get("reasoning_content") or delta.get("reasoning") or delta.get("thinking") or ""
    return str(delta.get("content") or ""), len(str(thought)), str(choices[0].get("finish_reason") or "")


def problem_in(answer: httpx.Response) -> str:
    """What a server says is wrong; each has a form of its own."""
    try:
        content = answer.json()
    except ValueError:
        return f"HTTP {answer.status_code}"
    if isinstance(content, dict):
        return _said(content.get("error") or content.get("detail") or content.get("message") or content)
    return _said(content)


def _said(error: Any) -> str:
    if isinstance(error, dict) and "message" in error:
        error = error["message"]
    return str(error)[:300]
