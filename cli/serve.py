"""`shoko serve`: the API, the screens beside it, and a welcome for a newcomer."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import yaml

from cli.client import EVERY_ADDRESS, ApiClient, client_of, free_port, serving
from cli.console import err, out, print_answer
from contract.values import ModelRole
from core.backpressure import settle
from core.egress import is_this_computer
from core.errors import BadValue, PlainNetworkRefused, ShokoError
from core.identity.accounts import first_administrator, make_link
from core.observing.logs import as_json
from core.settings import PROJECT, Settings
from llm.catalogue.entries import recommended
from llm.hardware import GB, total_memory
from operations.library import FIRST_SPACE, Library, RunningServer, open_library, watching_folders

SAMPLES = PROJECT / "samples"
UI_SECONDS = 60.0


def run(settings: Settings, *, ui: bool, welcome: bool) -> None:
    """Serve until Ctrl-C or SIGTERM, which also cut short what is done before. Raises PlainNetworkRefused."""
    check_network(settings)
    if settings.log_format == "json":
        as_json()
    stop, ready = threading.Event(), threading.Event()

    def stopping(*_: object) -> None:
        again = stop.is_set()
        stop.set()
        if not ready.is_set() and not again:  # a second one must not cut short the tidying up
            raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stopping)
    with contextlib.suppress(KeyboardInterrupt):
        _serve(settings, stop, ready, ui=ui, welcome=welcome)


def _serve(
    settings: Settings, stop: threading.Event, ready: threading.Event, *, ui: bool, welcome: bool
) -> None:
    port, ui_port = free_port(settings.port, settings.host), free_port(settings.ui_port, settings.host)
    for wanted, got in ((settings.port, port), (settings.ui_port, ui_port)):
        if wanted and wanted != got:
            err.print(f"Port {wanted} is taken; {got} is used instead.", style="yellow")
    settings = settings.model_copy(update={"port": port, "ui_port": ui_port})
    with contextlib.ExitStack() as stack:
        library = stack.enter_context(open_library(settings))
        server = stack.enter_context(serving(library, settings.host, port))
        stack.enter_context(watching_folders(library))
        screens = stack.enter_context(_screens(settings, server)) if ui else None
        if welcome:
            with client_of(server) as client:
                _welcome(client, library)
        if screens is not None:
            _wait_for(f"{settings.scheme}://{_own(settings.host)}:{ui_port}/_stcore/health", screens)
        with library.sessions.write() as session:
            link = make_link(session, first_administrator(session).id)
        out.print()
        if screens is not None:
            out.print(f"Screens:  {settings.screens}", markup=False)
        out.print(
            f"API:      {settings.address}  (its description: {settings.address}/openapi.json)", markup=False
        )
        out.print(f"Sign in, once, within a day:  {settings.address}/sign-in/{link}", markup=False)
        out.print("Stop with Ctrl-C. `shoko users link` makes a new link.")
        ready.set()
        with contextlib.suppress(ShokoError), client_of(server) as client:
            client.get("/openapi.json")  # is made at its first call, in a second: no first page waits for it
        settled = False
        while not stop.wait(1.0):
            if not settled and library.models_loaded.is_set():
                settle()
                settled = True
            if screens is not None and screens.poll() is not None:
                err.print(f"The screens ended with code {screens.returncode}.", style="red")
                break
        out.print("Stopping …")


def check_network(settings: Settings) -> None:
    """Raises PlainNetworkRefused if passwords and documents would cross a network in the clear."""
    if settings.tls_certificate is None and not settings.plain_network:
        try:
            addresses = socket.getaddrinfo(settings.host, None)
        except OSError as error:
            raise BadValue(
                name="SHOKO_HOST", problem=f"{settings.host}: {error}", fix="Name an address of this computer"
            ) from error
        if not all(is_this_computer(str(info[4][0])) for info in addresses):
            raise PlainNetworkRefused(host=settings.host)


def _python_path() -> str:
    """Where the launcher of the screens is found: beside this file, wherever the screens' own folder is."""
    before = os.environ.get("PYTHONPATH")
    return os.pathsep.join([str(PROJECT), *([before] if before else [])])


def _own(host: str) -> str:
    """The address by which this computer reaches itself there, as it stands in a URL."""
    own = "127.0.0.1" if host in ("0.0.0.0", EVERY_ADDRESS, "") else host
    return f"[{own}]" if ":" in own else own


@contextlib.contextmanager
def _screens(settings: Settings, server: RunningServer) -> Iterator[subprocess.Popen[bytes]]:
    """The Streamlit process; it speaks to the API over HTTP and imports nothing of it."""
    order = [sys.executable, "-m", "core.guarded", settings.host]  # guarded, and gone when this process is
    order += ["streamlit", "run", str(PROJECT / "ui" / "app.py")]
    order += [
        # Without an address it listens on all of IPv6 and IPv4, as the API does there.
        *([] if settings.host == EVERY_ADDRESS else [f"--server.address={settings.host}"]),
        f"--server.port={settings.ui_port}",
        "--server.headless=true",
        "--logger.hideWelcomeMessage=true",  # its text asks an outside computer for this one's address
        "--server.fileWatcherType=none",
        # Else all of the process's memory is walked after each drawing, and everybody else's page waits.
        "--runner.postScriptGC=false",
        f"--server.maxUploadSize={settings.upload_limit_mb}",
        "--browser.gatherUsageStats=false",
        "--client.toolbarMode=minimal",
        "--global.developmentMode=false",
    ]
    if settings.tls_certificate is not None:
        order += [
            f"--server.sslCertFile={settings.tls_certificate}",
            f"--server.sslKeyFile={settings.tls_key}",
        ]
    log = settings.data / "logs" / "screens.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as log_out:
        process = subprocess.Popen(
            order,
            stdout=log_out,
            stderr=subprocess.STDOUT,
            cwd=PROJECT / "ui",
            env=os.environ
            | {"SHOKO_API": server.address, "SHOKO_SCREENS": settings.screens, "PYTHONPATH": _python_path()},
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + UI_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            # The certificate is for the outer name; nothing secret is asked.
            if httpx.get(address, timeout=2, trust_env=False, verify=False).status_code == 200:
                return
        time.sleep(0.1)


def _welcome(client: ApiClient, library: Library) -> None:
    """Load the sample library into an empty one, ask a question in each language, name a better model."""
    if client.get("/api/documents", limit=1)["total"] == 0:
        _load_samples(client)
    library.models_loaded.wait()
    if _has_samples(client):
        for question in sample_questions():
            out.print(f"\n? {question}", style="bold", markup=False)
            print_answer(client.ask(question))
    better = recommended(ModelRole.CHAT)
    memory = total_memory() / GB
    if better is not None and better.name not in {model.name for model in library.store.installed()}:
        out.print(
            f"\nThis machine has {memory:.0f} GB of memory: a larger chat model fits it, {better.title}"
            f" ({better.bytes / 1e9:.1f} GB):  .venv/bin/shoko models pull {better.name}",
            markup=False,
        )


def _load_samples(client: ApiClient) -> None:
    out.print("The library is empty: the sample documents of a made-up company are loaded.")
    jobs = []
    for file in sorted((SAMPLES / "library").iterdir()):
        try:
            answer = client.upload(file, FIRST_SPACE)
        except Exception as error:  # noqa: BLE001  # a sample of a kind that is not readable yet
            out.print(f"  left out: {file.name} ({str(error).split('. ')[0]})", style="dim", markup=False)
            continue
        if answer["job"]:
            jobs.append(answer["job"])
    shown = -1
    for states in client.wait_for_jobs(jobs):
        done = sum(job["state"] in ("done", "failed") for job in states)
        if done != shown:  # a log file would have a line for each look
            shown = done
            err.print(f"  {done} of {len(jobs)} read", end="\r")
    for job in states:
        state = "searchable" if job["state"] == "done" else job["error"]["message"]
        out.print(f"  {job['document']}: {state}", markup=False)


def _has_samples(client: ApiClient) -> bool:
    return bool(client.get("/api/documents", name="work-rules.pdf", limit=1)["total"])


def sample_questions() -> list[str]:
    """The questions that a newcomer sees first: one in each language."""
    rows: list[dict[str, Any]] = yaml.safe_load(Path(SAMPLES / "questions.yaml").read_text("utf-8"))
    return [row["question"] for row in rows if row.get("first")]
