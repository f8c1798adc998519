"""Models behind OpenAI-compatible servers: a real one in a process of its own, and the dialects of others as
they were recorded from their documentation, served by a real HTTP server of the test."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from making import child_environment

from core import egress
from core.errors import BadValue, ConnectionRefusedByPolicy, ModelDied, ModelUnfit
from llm.engines.fallback import WithFallback
from llm.engines.server import Dialect, OpenAiServer, ServerSettings, at_most
from llm.engines.server_pool import ServerPool, open_servers
from llm.fakes import ScriptedModel
from llm.model import End, Generation, GenerationRequest, Message
from retrieval.answers.writing.prompts import answer_grammar

pytestmark = pytest.mark.engines

HELLO = GenerationRequest([Message("user", "Hello")], max_tokens=8)


def said(generation: Generation) -> str:
    return "".join(generation.pieces)


def chunk(text: str = "", end: str | None = None, **delta: Any) -> dict[str, Any]:
    return {
        "choices": [{"index": 0, "delta": ({"content": text} if text else {}) | delta, "finish_reason": end}]
    }


USAGE = {"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 2, "total_tokens": 13}}


class Recorded:
    """What a server says: answers by "METHOD path", and the chunks of a completion."""

    def __init__(self, answers: dict[str, Any], chunks: list[Any]) -> None:
        self.answers, self.chunks = answers, chunks
        self.bodies: list[dict[str, Any]] = []
        self.broken = False


@pytest.fixture
def serve() -> Iterator[Callable[[Recorded], str]]:
    servers = []

    def start(recorded: Recorded) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer("GET", {})

            def do_POST(self) -> None:
                self._answer("POST", json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def _answer(self, method: str, body: dict[str, Any]) -> None:
                if self.path == "/v1/chat/completions":
                    recorded.bodies.append(body)
                    if recorded.broken:
                        self.connection.shutdown(socket.SHUT_RDWR)
                        return
                    self.send_response(200)
                    self.end_headers()
                    lines = [f"data: {json.dumps(piece)}\n\n" for piece in recorded.chunks]
                    self.wfile.write((": keep-alive\n\n" + "".join(lines) + "data: [DONE]\n\n").encode())
                    return
                answer = recorded.answers.get(f"{method} {self.path}")
                if callable(answer):
                    answer = answer(body)
                status, content = (404, {"error": "no such door"}) if answer is None else (200, answer)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(content).encode())

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def models(name: str, **more: Any) -> dict[str, Any]:
    return {"object": "list", "data": [{"id": name, "object": "model"} | more]}


def words(body: dict[str, Any]) -> list[int]:
    return list(range(len((body.get("content") or body.get("prompt") or "").split())))


LLAMA_SERVER = Recorded(
    {
        "GET /v1/models": models("qwen", owned_by="llamacpp", meta={"n_ctx_train": 262144}),
        "GET /props": {"default_generation_settings": {"n_ctx": 8192}, "total_slots": 4},
        "POST /tokenize": lambda body: {"tokens": words(body)},
        "POST /apply-template": lambda body: {"prompt": "x y " + body["messages"][0]["content"]},
    },
    [chunk("Hel", role="assistant"), chunk("lo"), chunk(end="stop"), USAGE],
)
VLLM = Recorded(
    {
        "GET /v1/models": models("Qwen/Qwen3", owned_by="vllm", max_model_len=32768),
        "POST /tokenize": lambda body: {"count": 7 if "messages" in body else 3, "max_model_len": 32768},
    },
    [chunk(reasoning_content="Let me think."), chunk("Hello"), chunk(end="length"), USAGE],
)
LM_STUDIO = Recorded(
    {
        "GET /v1/models": models("qwen3", owned_by="organization_owner"),
        "GET /api/v0/models": {
            "data": [
                {
                    "id": "qwen3",
                    "state": "loaded",
                    "max_context_length": 131072,
                    "loaded_context_length": 6144,
                }
            ]
        },
    },
    [chunk(reasoning="Hm."), chunk("Hello"), chunk(end="stop"), USAGE],
)
OLLAMA = Recorded(
    {
        "GET /v1/models": models("qwen3:4b", owned_by="library"),
        "POST /api/show": {
            "details": {"family": "qwen3"},
            "parameters": 'stop    "<|im_end|>"\ntop_k  20',
            "model_info": {"qwen3.context_length": 262144},
        },
    },
    [chunk("Hello", thinking=""), chunk(end="stop"), USAGE],
)
MLX = Recorded({"GET /v1/models": models("mlx-community/Qwen3")}, [chunk("Hello"), chunk(end="stop")])


@pytest.mark.parametrize(
    ("recorded", "dialect", "context", "slots", "prompt"),
    [
        (LLAMA_SERVER, Dialect.LLAMA_SERVER, 8192, 4, 5),
        (VLLM, Dialect.VLLM, 32768, 16, 7),
        (LM_STUDIO, Dialect.LM_STUDIO, 6144, 1, None),
        (OLLAMA, Dialect.OLLAMA, 4096, 1, None),
        (MLX, Dialect.OTHER, 4096, 4, None),
    ],
    ids=lambda value: str(value) if isinstance(value, Dialect) else "",
)
def test_each_dialect_is_known_and_spoken(
    serve: Callable[[Recorded], str],
    recorded: Recorded,
    dialect: Dialect,
    context: int,
    slots: int,
    prompt: int | None,
) -> None:
    server = OpenAiServer(ServerSettings.parse(serve(recorded) + "/v1"))
    offer = server.offer()
    assert offer is not None
    assert (offer.dialect, server.context_tokens, server.slots) == (dialect, context, slots)
    messages = [Message("user", "one two three")]
    assert server.count_prompt(messages) == (prompt or server.count_prompt(messages))
    assert server.count_prompt(messages) >= 3
    generation = server.generate(
        GenerationRequest(messages, max_tokens=5, grammar='root ::= "x"', seed=3, stop=("\n",))
    )
    assert said(generation) == "Hello"
    assert generation.end == (End.LENGTH if recorded is VLLM else End.STOP)
    assert generation.prompt_tokens == (0 if recorded is MLX else 11)
    assert generation.thinking == sum(
        len(piece["choices"][0]["delta"].get(name, ""))
        for piece in recorded.chunks
        if piece["choices"]
        for name in ("reasoning", "reasoning_content", "thinking")
    )
    body = recorded.bodies[-1]
    assert (body["max_tokens"], body["seed"], body["stop"], body["stream"]) == (5, 3, ["\n"], True)
    assert ("grammar" in body) == (dialect == Dialect.LLAMA_SERVER)
    assert ("structured_outputs" in body) == (dialect == Dialect.VLLM)
    server.close()


def test_a_model_that_the_server_has_not_is_told_with_what_it_has(serve: Callable[[Recorded], str]) -> None:
    server = OpenAiServer(ServerSettings.parse(serve(MLX) + "#mistral"))
    with pytest.raises(ModelUnfit, match="it offers mlx-community/Qwen3"):
        server.start()
    assert not server.ready()


def test_errors_are_told_in_words_whatever_their_form(serve: Callable[[Recorded], str]) -> None:
    for event in ({"error": {"message": "out of memory"}}, {"error": "out of memory"}):
        server = OpenAiServer(ServerSettings.parse(serve(Recorded(MLX.answers, [chunk("He"), event]))))
        with pytest.raises(ModelDied, match="out of memory"):
            said(server.generate(HELLO))
    cut = OpenAiServer(ServerSettings.parse(serve(Recorded(MLX.answers, [chunk("He")]))))
    with pytest.raises(ModelDied, match="in the middle"):
        said(cut.generate(HELLO))


def test_work_goes_to_the_least_busy_and_away_from_what_fails(serve: Callable[[Recorded], str]) -> None:
    first_server, second_server = (Recorded(LLAMA_SERVER.answers, LLAMA_SERVER.chunks) for _ in range(2))
    pool = open_servers(f"{serve(first_server)}, {serve(second_server)}")
    pool.start()
    assert (pool.slots, pool.context_tokens, pool.problem()) == (8, 8192, "")
    first = pool.generate(HELLO)
    next(first.pieces)
    assert said(pool.generate(HELLO)) == "Hello"
    assert (len(first_server.bodies), len(second_server.bodies)) == (1, 1)
    first.pieces.close()
    assert [server.running for server in pool.servers] == [0, 0]
    first_server.broken = True
    assert said(pool.generate(HELLO)) == "Hello"
    assert said(pool.generate(HELLO)) == "Hello"
    assert len(first_server.bodies) == 2  # after its failure it is left alone for a while
    assert (pool.slots, len(second_server.bodies)) == (4, 3)
    second_server.broken = True
    with pytest.raises((ModelDied, ModelUnfit)):
        said(pool.generate(HELLO))
    assert pool.problem()
    with pytest.raises(ModelUnfit):
        said(pool.generate(HELLO))
    fallback = WithFallback(pool, ScriptedModel("From here."))
    assert (said(fallback.generate(HELLO)), fallback.name, fallback.problem()) == (
        "From here.",
        "scripted",
        "",
    )
    pool.close()


def test_a_server_that_is_away_is_a_sentence_and_no_trace() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        pool = open_servers(f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(ModelUnfit, match="does not answer"):
            pool.start()
    assert isinstance(pool, ServerPool)


@pytest.mark.parametrize(
    "address", ["http://192.0.2.7:8000/v1", "https://api.openai.com/v1#gpt", "http://10.9.8.7"]
)
def test_an_address_outside_the_allowed_hosts_is_refused(address: str) -> None:
    before = list(egress.blocked)
    with pytest.raises(ConnectionRefusedByPolicy):
        open_servers(f"http://127.0.0.1:9, {address}")
    assert egress.blocked == before  # nothing was even tried


@pytest.mark.parametrize("address", ["gpu1:8000", "ftp://gpu1", "http://", "nonsense"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(BadValue, match="SHOKO_MODEL_SERVERS"):
        open_servers(address)


def test_the_estimate_of_tokens_is_never_below_a_real_tokenizer(embedding_model: Any) -> None:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(embedding_model[1] / "tokenizer.json"))
    tokenizer.no_padding()
    for text in (
        "Receipts must be handed in within 30 days of the journey.",
        "form T-12",
        "x = a[1] + b(2);",
    ):
        assert at_most(text) >= len(tokenizer.encode(text, add_special_tokens=False).ids)
    assert at_most("年次有給休暇は十日。") >= 10


# A real server, in a process of its own.


@pytest.fixture(scope="module")
def real(chat_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "llama_cpp.server", "--model", str(chat_model), "--n_ctx", "1024",
             "--port", str(port), "--n_threads", "1", "--n_threads_batch", "1"],
            env=child_environment(), stdout=out, stderr=out,
        )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 480
    while True:
        try:
            httpx.get(f"{address}/v1/models", timeout=2, trust_env=False)
            break
        except httpx.HTTPError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
    yield address
    process.terminate()
    process.wait(240)


def test_a_real_server_answers_counts_and_keeps_to_a_grammar(real: str) -> None:
    server = OpenAiServer(ServerSettings.parse(real, context_tokens=1024))
    offer = server.offer()
    assert offer is not None
    assert (offer.dialect, server.context_tokens) == (Dialect.LLAMA_CPP_PYTHON, 1024)
    assert server.count_tokens(["Name the capital of France.", ""])[0] in range(5, 9)
    generation = server.generate(
        GenerationRequest([Message("user", "Name the capital of France.")], max_tokens=12)
    )
    assert "Paris" in said(generation)
    assert generation.end in (End.STOP, End.LENGTH)
    assert generation.tokens > 0
    either = GenerationRequest(
        [Message("user", "Is Paris in France?")], max_tokens=10, grammar='root ::= "yes" | "no"'
    )
    assert said(server.generate(either)) in ("yes", "no")
    bounded = GenerationRequest(
        [Message("user", "Quotes: [1] The fee is 50 yuan.")], max_tokens=20, grammar=answer_grammar(1)
    )
    assert said(server.generate(bounded))
    server.close()


def test_a_real_server_is_freed_by_who_leaves(real: str) -> None:
    server = OpenAiServer(ServerSettings.parse(real, context_tokens=1024))
    generation = server.generate(GenerationRequest([Message("user", "Tell a long story.")], max_tokens=700))
    for piece in generation.pieces:
        if piece:
            break
    generation.pieces.close()
    assert server.running == 0
    assert said(server.generate(HELLO))
    server.close()
