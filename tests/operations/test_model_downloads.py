"""Downloads by a running library: from a mirror of this computer, watched, cancelled, resumed, removed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import httpx
import pytest
from gguf_files import gguf
from sqlalchemy import select

from core.models import AuditEntry
from operations.library import Library

NAME = "lfm2.5-1.2b"  # of the catalogue; the mirror sends something else under its name
SIZE = 40_000_000
CONTENT = gguf(data=SIZE)


class Mirror(BaseHTTPRequestHandler):
    """Sends a file slowly, from where it is asked to."""

    asked: ClassVar[list[str]] = []
    pause: ClassVar[float] = 0.0
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        Mirror.asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-") or 0)
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        try:
            for offset in range(start, len(CONTENT), 1_000_000):
                self.wfile.write(CONTENT[offset : offset + 1_000_000])
                time.sleep(Mirror.pause)
        except OSError:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def mirror() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Mirror.asked.clear()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def until(client: httpx.Client, seen: Any) -> dict[str, Any]:
    deadline = time.monotonic() + 300
    while True:
        pull: dict[str, Any] = client.get("/api/models/pulls").json()["pulls"][0]
        if seen(pull):
            return pull
        assert time.monotonic() < deadline, pull
        time.sleep(0.05)


def test_a_download_is_watched_cancelled_gone_on_with_and_in_the_log(
    client: httpx.Client, library: Library, mirror: str
) -> None:
    Mirror.pause = 0.2
    order = {"name": NAME, "place": mirror}
    begun = client.post("/api/models/pulls", json=order)
    assert (begun.status_code, begun.json()["state"]) == (202, "running")
    assert client.post("/api/models/pulls", json=order).json()["error"]["code"] == "bad_value"
    assert client.delete(f"/api/models/{NAME}").status_code == 422  # cancel it first
    pull = until(client, lambda pull: pull["done"] > 2_000_000 and pull["bytes_per_second"])
    assert pull["total"] >= len(CONTENT)
    assert pull["seconds_left"] > 0
    assert client.delete(f"/api/models/pulls/{NAME}").json()["state"] == "cancelled"
    until(client, lambda pull: pull["finished_at"])
    assert client.delete(f"/api/models/pulls/{NAME}").status_code == 404
    row = next(model for model in client.get("/api/models").json()["models"] if model["name"] == NAME)
    assert 2_000_000 <= row["partial_bytes"] < len(CONTENT)
    assert not row["installed"]

    Mirror.pause = 0.0
    client.post("/api/models/pulls", json=order)
    until(client, lambda pull: pull["state"] == "done")
    assert Mirror.asked[-1].startswith("bytes=")  # it went on where it had stopped
    assert (library.store.folder / NAME / library.store.get(NAME).files[0]).read_bytes() == CONTENT
    assert client.post("/api/models/pulls", json=order).json()["error"]["code"] == "bad_value"
    with library.sessions.read() as session:
        actions = list(session.scalars(select(AuditEntry.action).where(AuditEntry.subject == NAME)))
    assert actions == ["model.pulled", "model.pull_ended", "model.pulled", "model.pull_done"]
    assert client.delete(f"/api/models/{NAME}").json()["freed"] >= len(CONTENT)


def test_one_that_fails_says_why_and_what_came_of_it_can_be_removed(
    client: httpx.Client, library: Library, mirror: str
) -> None:
    client.post("/api/models/pulls", json={"name": NAME, "place": mirror.rpartition(":")[0] + ":9"})
    pull = until(client, lambda pull: pull["finished_at"])
    assert pull["state"] == "failed"
    assert pull["error"]["code"] == "download_failed"
    (library.store.folder / NAME / "rest.part").write_bytes(b"x" * 1000)
    assert client.delete(f"/api/models/{NAME}").json()["freed"] == 1000
    assert not (library.store.folder / NAME).exists()
