"""Pictures by a server: a process of its own that speaks OpenAI's dialect, really decodes what it is sent,
and says what it sees. No model is in it: it stands for one, so that the whole way to one is run."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest
from making import child_environment
from PIL import Image

from core.errors import ModelDied
from llm.engines.server import OpenAiServer, ServerSettings
from llm.engines.server_pool import open_servers
from llm.fakes import ScriptedModel
from llm.model import GenerationRequest, Message
from operations.library import Library

pytestmark = pytest.mark.engines

SERVER = r"""
import base64, io, json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from PIL import Image

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/asked":
            self.reply({"asked": ASKED})
        elif self.path == "/v1/models":
            self.reply({"data": [{"id": "eyes", "owned_by": "vllm", "max_model_len": 8192}]})
        else:
            self.reply({}, 404)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/tokenize":
            return self.reply({"count": 5})
        if self.path != "/v1/chat/completions":
            return self.reply({}, 404)
        ASKED.append(self.path)
        if body["messages"][-1]["content"] == "lead me away":
            self.send_response(307)
            self.send_header("Location", ELSEWHERE + "/v1/chat/completions")
            self.end_headers()
            return
        parts = body["messages"][-1]["content"]
        words = next(part["text"] for part in parts if part["type"] == "text")
        address = next(part["image_url"]["url"] for part in parts if part["type"] == "image_url")
        kind, _, data = address.partition(";base64,")
        picture = Image.open(io.BytesIO(base64.b64decode(data)))
        wide, high = picture.size
        colour = picture.convert("RGB").getpixel((wide // 2, high // 2))
        seen = f"Asked '{words}' of a {picture.format} of {wide} by {high}, middle {colour}."
        self.send_response(200)
        self.end_headers()
        chunks = [{"choices": [{"delta": {"content": seen[at:at + 7]}}]} for at in range(0, len(seen), 7)]
        chunks.append({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        for chunk in chunks:
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")

    def reply(self, told, status=200):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, *_):
        pass

ASKED, ELSEWHERE = [], (sys.argv[1:] or [""])[0]
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
"""


def start(*more: str) -> subprocess.Popen[str]:
    request = [sys.executable, "-c", SERVER, *more]
    return subprocess.Popen(request, stdout=subprocess.PIPE, text=True, env=child_environment())


def address_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture
def eyes() -> Iterator[str]:
    with start() as process:
        yield address_of(process)
        process.terminate()


def picture(kind: str, colour: tuple[int, int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (48, 32), colour).save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize(("kind", "colour"), [("PNG", (10, 200, 30)), ("JPEG", (0, 0, 0))])
def test_a_picture_goes_the_whole_way_from_the_door_to_a_server_that_decodes_it(
    library: Library, client: httpx.Client, eyes: str, kind: str, colour: tuple[int, int, int]
) -> None:
    library.answerer.model = open_servers(eyes)
    form = {"picture": (f"page.{kind.lower()}", picture(kind, colour), f"image/{kind.lower()}")}
    answer = client.post(
        "/api/pictures/questions", files=form, data={"question": "What colour is it?"}
    ).json()
    assert answer["text"] == f"Asked 'What colour is it?' of a {kind} of 48 by 32, middle {colour}."
    assert (answer["checked"], answer["ended_by"]) == (False, "stop")
    assert answer["model"].startswith("eyes @ 127.0.0.1")
    library.answerer.model.close()


def test_without_a_model_that_sees_a_plain_sentence_says_how_to_get_one(
    library: Library, client: httpx.Client
) -> None:
    form = {"picture": ("page.png", picture("PNG", (1, 2, 3)), "image/png")}
    for model in (None, ScriptedModel("I cannot see.")):
        library.answerer.model = model
        answer = client.post("/api/pictures/questions", files=form, data={"question": "What is it?"})
        if model is None:
            assert answer.status_code == 409
            assert "cannot see pictures" in answer.json()["error"]["message"]
            assert "SHOKO_MODEL_SERVERS" in answer.json()["error"]["message"]


def test_a_server_that_leads_elsewhere_is_not_followed(eyes: str) -> None:
    with start(eyes) as process:
        server = OpenAiServer(ServerSettings.parse(address_of(process)))
        try:
            with pytest.raises(ModelDied, match="HTTP 307"):
                list(
                    server.generate(GenerationRequest([Message("user", "lead me away")], max_tokens=4)).pieces
                )
        finally:
            server.close()
            process.terminate()
    assert httpx.get(f"{eyes}/asked", trust_env=False, timeout=240).json() == {"asked": []}
