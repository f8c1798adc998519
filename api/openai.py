"""The endpoints that speak as OpenAI's API does, for programs that know it already: `/v1/models`,
`/v1/chat/completions` and `/v1/embeddings`.

The model `shoko` is the archive: its answers are quotes and checked sentences, as everywhere. The chat model
itself can be spoken to where a setting allows it; nobody checks what it says. A parameter is honoured or
refused by its name, never ignored.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Generator, Iterator, Sequence
from itertools import chain
from typing import Annotated, Any

from fastapi import APIRouter, Body

from api.citations import citations_of
from api.deps import AccessDep, LibraryDep
from api.errors import REFUSALS
from api.openai_requests import ChatMessage, ChatRequest, EmbeddingRequest, refuse_unknown
from api.streaming import EventStream, event_bytes
from core.access import Access
from core.audit import record
from core.errors import ModelMissing, ModelUnknown, ParameterRefused, PromptTooLong, ShokoError
from core.models import AnswerStatus, new_id
from language.tokens import language_of
from llm.guards import guarded
from llm.model import End, GenerationRequest, LanguageModel, Message
from operations.library import Library
from retrieval.answers.conversation import Recalled, Turn, fit
from retrieval.answers.events import Done, Quotes
from retrieval.answers.writing.generation import Sentence, Waiting
from retrieval.evidence.types import Quote

router = APIRouter(prefix="/v1", tags=["openai"], responses=REFUSALS)

ARCHIVE = "shoko"
STARTED = int(time.time())
MOST_INPUTS = 2048  # texts of one request for embeddings
WAIT_SECONDS = 1.0

NOT_FOUND = {
    "en": "This is not in the documents. The nearest places:",
    "ja": "文書の中に答えが見つかりません。近い箇所：",
    "zh": "文件中没有答案。最接近的内容：",
}


@router.get("/models", summary="OpenAI: models")
def list_models(library: LibraryDep, _access: AccessDep) -> dict[str, Any]:
    """The archive, the chat model where programs may speak to it, and the embedder."""
    names = [ARCHIVE]
    model, embedder = library.answerer.model, library.index.embedder
    if library.settings.bare_model and model is not None:
        names.append(model.name)
    if embedder is not None:
        names.append(embedder.name)
    return {"object": "list", "data": [_model(name) for name in names]}


@router.get("/models/{name:path}", summary="OpenAI: one model")
def read_model(library: LibraryDep, access: AccessDep, name: str) -> dict[str, Any]:
    """That model."""
    if name not in {model["id"] for model in list_models(library, access)["data"]}:
        raise ModelUnknown(name=name)
    return _model(name)


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": STARTED, "owned_by": "shoko"}


@router.post("/chat/completions", summary="OpenAI: chat completion", response_model=None)
def chat(
    library: LibraryDep, access: AccessDep, request: Annotated[ChatRequest, Body()]
) -> dict[str, Any] | EventStream:
    """The archive's checked answer with its quotes, or the chat model's own words where that is allowed."""
    refuse_unknown(request)
    model = library.answerer.model
    if request.model == ARCHIVE:
        parts = _archive(library, access, request)
    elif model is None or request.model != model.name:
        raise ModelUnknown(name=request.model)
    elif not library.settings.bare_model:
        problem = "programs may not speak with the model itself (SHOKO_BARE_MODEL); ask the model `shoko`"
        raise ParameterRefused(name="model", model=request.model, problem=problem)
    else:
        parts = _bare(library, access, request, model)
    head = {"id": f"chatcmpl-{new_id()}", "created": int(time.time()), "model": request.model}
    first = next(parts)  # a request that is refused, or a full queue, answers before the stream begins
    if request.stream:
        return EventStream(_stream(head, chain([first], parts), parts, request))
    return _whole(head, chain([first], parts))


Part = dict[str, Any]  # {"text"}: words; {"shoko"}: what a program may want; {"end", "usage"}: the last


def _archive(library: Library, access: Access, request: ChatRequest) -> Iterator[Part]:
    """The answer's parts: its quotes at once, then each checked sentence."""
    if (request.response_format or {}).get("type", "text") != "text":
        raise ParameterRefused(
            name="response_format", model=ARCHIVE, problem="its answers are text with quotes"
        )
    question, turns, left_out = _conversation(request.messages)
    question = library.answerer.check(question)
    quotes: Quotes | None = None
    spaced = False
    for event in library.answerer.ask(access, question, turns=turns, options=request.options()):
        match event:
            case Quotes():
                quotes = event
                citations = [
                    citation.model_dump(mode="json") for citation in citations_of(library, event.quotes)
                ]
                extra = {
                    "question_id": event.question_id,
                    "asked": event.asked,
                    "answers": event.answers,
                    "citations": citations,
                    "conflicts": event.conflicts,
                    "widened": event.widened,
                    "computed": event.computed.packed() if event.computed is not None else None,
                }
                yield {"text": _quoted(event), "shoko": extra | ({"left_out": left_out} if left_out else {})}
            case Waiting():
                yield {"shoko": {"waiting": {"ahead": event.ahead, "seconds": round(event.seconds, 1)}}}
            case Sentence():
                marks = "".join(f"[{mark}]" for mark in event.marks)
                yield {"text": f"{' ' if spaced else chr(10)}{_harmless(event.text)} {marks}"}
                spaced = True
            case Done():
                assert quotes is not None
                yield {
                    "end": "length" if event.why == "model_length" else "stop",
                    "usage": _usage(event.writing.get("prompt_tokens", 0), event.writing.get("tokens", 0)),
                    "shoko": {
                        "status": event.status,
                        "answer": event.text,
                        "struck": event.struck,
                        "why": event.why,
                        "model": event.model,
                        "language": quotes.language,
                        "writing": event.writing,
                        "timings_ms": event.timings_ms,
                        "found": event.status != AnswerStatus.NOT_FOUND,
                    },
                }


def _conversation(messages: Sequence[ChatMessage]) -> tuple[str, list[Turn], list[str]]:
    """The question, the turns before it, and what was left out: the archive has rules of its own."""
    left_out = []
    turns: list[Turn] = []
    asked = ""
    for number, message in enumerate(messages):
        text, pictures = _content(message, number)
        if pictures:
            raise ParameterRefused(
                name=f"messages[{number}].content", model=ARCHIVE, problem="it reads text alone"
            )
        if message.role in ("system", "developer"):
            left_out.append(message.role)
        elif message.role == "user":
            if asked:
                turns.append(Turn(asked, ""))
            asked = text
        elif message.role == "assistant" and asked:
            turns.append(Turn(asked, _answer_in(text)))
            asked = ""
    if messages[-1].role != "user":
        raise ParameterRefused(name="messages", model=ARCHIVE, problem="the last message is not a user's")
    return asked, turns, left_out


def _content(message: ChatMessage, number: int) -> tuple[str, list[bytes]]:
    """The text and the pictures of a message."""
    if message.role not in ("system", "developer", "user", "assistant"):
        raise ParameterRefused(
            name=f"messages[{number}].role", model="*", problem=f"there is no role {message.role} here"
        )
    if message.content is None or isinstance(message.content, str):
        return message.content or "", []
    texts, pictures = [], []
    for part in message.content:
        if part.get("type") == "text" and isinstance(part.get("text"), str):
            texts.append(part["text"])
            continue
        address = (part.get("image_url") or {}).get("url", "") if part.get("type") == "image_url" else ""
        picture = re.fullmatch(r"data:image/(?:png|jpeg);base64,([A-Za-z0-9+/=\s]+)", address)
        if picture is None:
            problem = "parts are texts, and pictures in PNG or JPEG as data: addresses"
            raise ParameterRefused(name=f"messages[{number}].content", model="*", problem=problem)
        try:
            pictures.append(base64.b64decode(picture.group(1)))
        except ValueError:
            raise ParameterRefused(
                name=f"messages[{number}].content", model="*", problem="the picture is not base64"
            ) from None
    return "\n".join(texts), pictures


def _quoted(event: Quotes) -> str:
    """The quotes as lines of a Markdown quotation, before any sentence of the model."""
    lines = [] if event.answers else [NOT_FOUND[event.language]]
    quoted = "\n".join([*lines, *(_line(mark, quote) for mark, quote in enumerate(event.quotes, 1))]) + "\n"
    if event.computed is None:
        return quoted
    return f"{quoted}\n{_harmless(event.computed.value)} [1]\n{_harmless(event.computed.words)}\n"


def _line(mark: int, quote: Quote) -> str:
    text = " ".join(_harmless(quote.text).split())
    return f"> [{mark}] {text} ({_harmless(quote.hit.document.name)}, p. {quote.page})"


def _answer_in(content: str) -> str:
    """The sentences of an answer of this endpoint, without its lines of quotes."""
    return "\n".join(line for line in content.splitlines() if not line.startswith(">")).strip()


def _harmless(text: str) -> str:
    """The text without Markdown's pictures, links and HTML: a chat window would load what they name."""
    text = re.sub(r"!\[", "! [", text)
    text = re.sub(r"\]([(\[])", r"] \1", text)
    return re.sub(r"<(?=[A-Za-z/!?])", "< ", text)


def _bare(library: Library, access: Access, request: ChatRequest, model: LanguageModel) -> Iterator[Part]:
    """The chat model's own words, in its turn."""
    began = time.perf_counter()
    messages, pictures = [], []
    for number, message in enumerate(request.messages):
        text, sent = _content(message, number)
        messages.append(Message("system" if message.role == "developer" else message.role, text))
        pictures += sent
    options, settings = request.options(), library.settings
    schema = _schema(request)
    with library.sessions.write() as session:
        record(session, access.user_id, "model.used", model.name)
    shortening = {}
    with library.answerer.gate.place(access.user_id) as place:
        while not place.wait(WAIT_SECONDS):
            waiting = {"ahead": place.ahead, "seconds": round(place.expected_seconds, 1)}
            yield {"shoko": {"waiting": waiting}}
        started = time.perf_counter()
        room = model.context_tokens - min(options.tokens or settings.answer_tokens, model.context_tokens // 2)
        messages, recalled = _fitting(model, messages, room)
        if recalled is not None:
            shortening["shortened_turns"], shortening["left_out_turns"] = (
                recalled.shortened,
                recalled.left_out,
            )
        generation = model.generate(
            GenerationRequest(
                messages,
                max_tokens=options.tokens or model.context_tokens,
                temperature=1.0 if request.temperature is None else request.temperature,
                top_p=options.top_p,
                seed=options.seed,
                frequency_penalty=options.frequency_penalty,
                presence_penalty=options.presence_penalty,
                stop=options.stop,
                seconds=settings.answer_seconds,
                schema=schema,
                pictures=tuple(pictures),
            )
        )
        guarded(generation)
        yield {"shoko": shortening} if shortening else {}
        try:
            for piece in generation.pieces:
                yield {"text": piece} if piece else {}
        finally:
            library.answerer.gate.took(time.perf_counter() - started)
            generation.pieces.close()
    yield {
        "end": "stop" if generation.end in (End.STOP, None) else "length",
        "usage": _usage(generation.prompt_tokens, generation.tokens),
        "shoko": {
            "ended_by": generation.end,
            "thinking_characters": generation.thinking,
            "timings_ms": {"total": round(1000 * (time.perf_counter() - began), 1)},
        },
    }


def _schema(request: ChatRequest) -> str:
    form = request.response_format or {}
    match form.get("type", "text"):
        case "text":
            return ""
        case "json_object":
            return "{}"
        case "json_schema":
            return json.dumps((form.get("json_schema") or {}).get("schema") or {})
    raise ParameterRefused(name="response_format", model=request.model, problem="its type is not known")


def _fitting(
    model: LanguageModel, messages: list[Message], room: int
) -> tuple[list[Message], Recalled | None]:
    """The messages, with earlier turns shortened and left out as far as the context asks for it."""
    tokens = model.count_prompt(messages)
    if tokens <= room:
        return messages, None
    rules = [message for message in messages[:-1] if message.role == "system"]
    turns: list[Turn] = []
    for message in messages[:-1]:
        if message.role == "user":
            turns.append(Turn(message.content, ""))
        elif message.role == "assistant":
            asked = turns.pop().question if turns and not turns[-1].answer else ""
            turns.append(Turn(asked, message.content))
    language = language_of(messages[-1].content)

    def made(recalled: Recalled) -> list[Message]:
        system = "\n\n".join([*(rule.content for rule in rules), "\n".join(recalled.lines)]).strip()
        return [*([Message("system", system)] if system else []), messages[-1]]

    fitted = fit(1, turns, language, lambda _, recalled: model.count_prompt(made(recalled)), room)
    if fitted is None:
        raise PromptTooLong(tokens=tokens, name=model.name, room=room)
    return made(fitted.recalled), fitted.recalled


def _usage(prompt: int, written: int) -> dict[str, int]:
    return {"prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written}


def _whole(head: dict[str, Any], parts: Iterator[Part]) -> dict[str, Any]:
    text, extra, last = "", dict[str, Any](), dict[str, Any]()
    for part in parts:
        text += part.get("text", "")
        extra |= {name: value for name, value in part.get("shoko", {}).items() if name != "waiting"}
        last = part
    message = {"role": "assistant", "content": text.strip("\n"), "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": last["end"]}
    return {**head, "object": "chat.completion", "choices": [choice], "usage": last["usage"], "shoko": extra}


def _stream(
    head: dict[str, Any], parts: Iterator[Part], source: Iterator[Part], request: ChatRequest
) -> Generator[bytes, None, None]:
    def chunk(delta: dict[str, Any], end: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": end}
        return event_bytes(None, {**head, "object": "chat.completion.chunk", "choices": [choice], **more})

    usage: dict[str, int] = {}
    begun = False
    try:
        yield chunk({"role": "assistant", "content": ""})
        for part in parts:
            more = {"shoko": part["shoko"]} if "shoko" in part else {}
            if "end" in part:
                usage = part["usage"]
                yield chunk({}, part["end"], **more)
                continue
            text = part.get("text", "")
            if not begun:
                text = text.lstrip("\n")
                begun = bool(text)
            yield chunk({"content": text} if text else {}, **more)
        if request.stream_options is not None and request.stream_options.include_usage:
            tail = {**head, "object": "chat.completion.chunk", "choices": [], "usage": usage}
            yield event_bytes(None, tail)
        yield b"data: [DONE]\n\n"
    except ShokoError as error:
        yield event_bytes(
            None, {"error": {"message": str(error), "type": "server_error", "code": error.code}}
        )
    finally:
        if hasattr(source, "close"):
            source.close()


@router.post("/embeddings", summary="OpenAI: embeddings")
def embeddings(
    library: LibraryDep, access: AccessDep, request: Annotated[EmbeddingRequest, Body()]
) -> dict[str, Any]:
    """Unit vectors of texts, by the model that the archive is searched with."""
    embedder = library.index.embedder
    if embedder is None:
        raise ModelMissing(name=request.model)
    if request.model != embedder.name:
        raise ModelUnknown(name=request.model)

    def refused(name: str, problem: str) -> ParameterRefused:
        return ParameterRefused(name=name, model=request.model, problem=problem)

    texts = [request.input] if isinstance(request.input, str) else request.input
    if not all(isinstance(text, str) and text for text in texts) or not texts:
        raise refused(
            "input", "it is to be a text or a list of texts, none of them empty; tokens are not read"
        )
    words = [str(text) for text in texts]
    if len(words) > MOST_INPUTS:
        raise refused("input", f"{len(words)} texts, and {MOST_INPUTS} are the most")
    if request.dimensions not in (None, embedder.dimensions):
        raise refused("dimensions", f"its vectors have {embedder.dimensions}")
    lengths = embedder.lengths(words)
    for number, length in enumerate(lengths):
        if length > embedder.longest_tokens:
            raise refused(
                f"input[{number}]", f"{length} tokens, and the model reads {embedder.longest_tokens}"
            )
    if request.input_type == "query":
        rows = [embedder.query(text) for text in words]
    else:
        rows = list(embedder.passages(words))
    with library.sessions.write() as session:
        record(session, access.user_id, "embedder.used", embedder.name, texts=len(words))
    as_text = request.encoding_format == "base64"
    data = [
        {
            "object": "embedding",
            "index": number,
            "embedding": base64.b64encode(row.astype("<f4").tobytes()).decode() if as_text else row.tolist(),
        }
        for number, row in enumerate(rows)
    ]
    usage = {"prompt_tokens": sum(lengths), "total_tokens": sum(lengths)}
    return {"object": "list", "data": data, "model": embedder.name, "usage": usage}
