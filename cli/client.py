"""How the command line reaches a library: over HTTP to the server that holds the data folder, or, where
none runs, to one started for the time of the command on a free port of loopback. One path either way."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp

from api.app import make_app
from api.connections import Connection
from cli.console import is_text
from core.errors import BadValue, DataFolderInUse, ServerAway, ShokoError
from core.files import printable
from core.settings import Settings
from operations.library import Library, RunningServer, announce, open_library, running_server

ANSWER_SECONDS = 600.0
HELD_SECONDS = 30.0  # for which another process may hold the data folder without answering
EVERY_ADDRESS = "::"  # that an IPv6 host listens on; those of IPv4 with it
ENDED = ("done", "failed", "cancelled")
JOBS_AT_ONCE = 150  # asked about in one request


class RemoteError(ShokoError):
    """{message}"""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        detail = body.get("error", {})
        super().__init__(message=detail.get("message", f"HTTP {status}"))
        self.remote_code = str(detail.get("code", "error"))
        self.status = status


def _unwritable(name: str) -> BadValue:
    return BadValue(name=printable(name), problem="its name is not written in UTF-8", fix="Rename the file")


@dataclass
class ApiClient:
    """A client of the HTTP API that raises RemoteError with the API's own sentence."""

    client: httpx.Client

    def get(self, path: str, **query: Any) -> Any:
        """The JSON at that path."""
        return self.json_of(self.client.get(path, params={k: v for k, v in query.items() if v is not None}))

    def post(self, path: str, body: Any = None) -> Any:
        """The JSON answer to a JSON body."""
        return self.json_of(self.client.post(path, json=body))

    def put(self, path: str, body: Any = None) -> Any:
        """The JSON answer to a JSON body."""
        return self.json_of(self.client.put(path, json=body))

    def patch(self, path: str, body: Any) -> Any:
        """The JSON answer to a JSON body."""
        return self.json_of(self.client.patch(path, json=body))

    def delete(self, path: str) -> Any:
        """The JSON answer, or None."""
        return self.json_of(self.client.delete(path))

    def upload(self, file: Path, space: str, password: str = "", *, path: str = "", **days: str) -> Any:
        """Send a file, with the password that opens it if it has one, and its days in force
        (`valid_from`, `valid_until`). `path` is what its document is called, with the folders above it."""
        if not is_text(path):
            raise _unwritable(path)
        form = {"space": space, "path": path, **({"password": password} if password else {}), **days}
        return self.send("/api/documents", file, **form)

    def send(self, path: str, file: Path, /, **form: str) -> Any:
        """The JSON answer to a form with a file. Raises BadValue if its name is not text."""
        if not is_text(file.name):
            raise _unwritable(file.name)
        with file.open("rb") as stream:
            return self.json_of(self.client.post(path, files={"file": (file.name, stream)}, data=form))

    def text(self, path: str, **query: Any) -> str:
        """The text at that path, which is not JSON."""
        answer = self.client.get(path, params={k: v for k, v in query.items() if v is not None})
        if answer.status_code >= 400:
            self.json_of(answer)
        return answer.text

    def content(self, path: str, **query: Any) -> bytes:
        """The bytes at that path: a file."""
        answer = self.client.get(path, params={k: v for k, v in query.items() if v is not None})
        if answer.status_code >= 400:
            self.json_of(answer)
        return answer.content

    def ask(self, question: str, as_of: date | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
        """The events of an answer, as of a day or of today."""
        body = {"question": question, "as_of": as_of.isoformat() if as_of else None}
        with self.client.stream("POST", "/api/questions", json=body) as answer:
            if answer.status_code >= 400:
                answer.read()
                self.json_of(answer)
            name = ""
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("data: "):
                    data = json.loads(line[6:])
                    if name == "error":
                        raise RemoteError(500, {"error": data})
                    yield name, data

    def wait_for_jobs(self, jobs: list[str], every: float = 0.3) -> Iterator[list[dict[str, Any]]]:
        """Those jobs, again and again, until each has ended."""
        known: dict[str, dict[str, Any]] = {}
        while True:
            left = [job for job in jobs if known.get(job, {}).get("state") not in ENDED]
            for start in range(0, len(left), JOBS_AT_ONCE):
                batch = left[start : start + JOBS_AT_ONCE]
                now = {job["id"]: job for job in self.get("/api/jobs", id=batch, limit=500)["jobs"]}
                for job in batch:  # one that is not there any more was erased with its document
                    known[job] = now.get(job) or known.get(job, {"id": job, "error": None}) | {
                        "state": "cancelled"
                    }
            yield [known[job] for job in jobs]
            if all(job["state"] in ENDED for job in known.values()):
                return
            time.sleep(every)

    def json_of(self, answer: httpx.Response) -> Any:
        """The JSON of an answer. Raises RemoteError with the API's own sentence."""
        if answer.status_code >= 400:
            try:
                body = answer.json()
            except ValueError:
                body = {}
            raise RemoteError(answer.status_code, body)
        return answer.json() if answer.content else None


def free_port(wanted: int, host: str = "127.0.0.1") -> int:
    """The wanted port, or a free one if it is taken (or 0)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in (wanted, 0):
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if host == EVERY_ADDRESS:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            with contextlib.suppress(OSError):
                probe.bind((host, port))
                return int(probe.getsockname()[1])
    return wanted


@contextlib.contextmanager
def serving(library: Library, host: str, port: int) -> Iterator[RunningServer]:
    """The HTTP API over that library for the time of the block, announced to other processes of this user."""
    settings, app = library.settings, make_app(library)
    with contextlib.ExitStack() as stack:
        if settings.tls_certificate is None:
            stack.enter_context(_listening(app, host, port))
            own = "127.0.0.1" if host in ("0.0.0.0", EVERY_ADDRESS, "") else host
            shown = f"[{own}]" if ":" in own else own
            address = f"http://{shown}:{port}"
        else:
            key = str(settings.tls_key) if settings.tls_key else None
            certificate = str(settings.tls_certificate)
            stack.enter_context(_listening(app, host, port, ssl_certfile=certificate, ssl_keyfile=key))
            # The screens and the commands of this computer need no certificate of its outer name.
            inner = free_port(0)
            stack.enter_context(_listening(app, "127.0.0.1", inner, lifespan="off"))
            address = f"http://127.0.0.1:{inner}"
        running = RunningServer(address, library.command_token)
        announce(settings.data, running)
        yield running


def _both_kinds(port: int) -> socket.socket:
    """A socket that listens on all addresses of this computer, of IPv6 and IPv4."""
    return socket.create_server((EVERY_ADDRESS, port), family=socket.AF_INET6, dualstack_ipv6=True)


@contextlib.contextmanager
def _listening(app: ASGIApp, host: str, port: int, **more: Any) -> Iterator[None]:
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=5,
        server_header=False,
        http=Connection,
        ws="none",  # there are none here, and anybody could hold one open
        **more,
    )
    server = uvicorn.Server(config)
    # Of ::, asyncio listens on the addresses of IPv6 alone; a person means those of IPv4 too.
    both = [_both_kinds(port)] if host == EVERY_ADDRESS else None
    thread = threading.Thread(target=server.run, args=(both,), daemon=True, name="http")
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise ServerAway(address=f"{host}:{port}")
            time.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=30)


@contextlib.contextmanager
def client_of(server: RunningServer) -> Iterator[ApiClient]:
    """A client of a running server."""
    with httpx.Client(
        base_url=server.address,
        headers={"Authorization": f"Bearer {server.token}"},
        timeout=ANSWER_SECONDS,
        trust_env=False,  # a company's proxy has nothing to do with this computer's own ports
    ) as client:
        try:
            yield ApiClient(client)
        except httpx.TransportError as error:
            raise ServerAway(address=server.address) from error


@contextlib.contextmanager
def backend(settings: Settings, *, wait_for_models: bool = False) -> Iterator[ApiClient]:
    """The library behind its HTTP API, wherever it runs. Raises DataFolderInUse, ServerAway."""
    with running(settings, wait_for_models=wait_for_models) as server, client_of(server) as client:
        yield client


@contextlib.contextmanager
def running(settings: Settings, *, wait_for_models: bool = False) -> Iterator[RunningServer]:
    """The server that holds the data folder, or one that is started for the time of the block. Raises
    DataFolderInUse, ServerAway."""
    with contextlib.ExitStack() as stack:
        server = _server_or_library(settings, stack)
        if isinstance(server, Library):
            if wait_for_models:
                server.models_loaded.wait()
            server = stack.enter_context(serving(server, "127.0.0.1", free_port(0)))
        yield server


def _server_or_library(settings: Settings, stack: contextlib.ExitStack) -> RunningServer | Library:
    """The server that runs, or the library, opened for the time of the stack. Another command, or a server
    that is just starting, may hold the folder and not answer yet: that is waited for."""
    ends = time.monotonic() + HELD_SECONDS
    while True:
        server = running_server(settings.data)
        if server is not None and _answers(server):
            return server
        try:
            return stack.enter_context(open_library(settings))
        except DataFolderInUse:
            if time.monotonic() > ends:
                raise
        time.sleep(0.2)


def _answers(server: RunningServer) -> bool:
    try:
        return httpx.get(f"{server.address}/health", timeout=10, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
