"""How long a start takes and what it holds: the back-end with the sample library, the embedder
loaded, no chat model."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx

from bench.figures import Figure

SHOKO = (sys.executable, "-m", "cli.main")
EMBEDDER_S = 60  # after which there is no embedder to wait for
SAMPLES = Path(__file__).parents[2] / "samples" / "library"


def measure(place: Path) -> list[Figure]:
    """Seconds to health, to the first answer, and the memory at rest."""
    from core.settings import load_settings
    from operations.library import running_server

    environment = os.environ | {
        "SHOKO_DATA": str(place),
        "SHOKO_MODELS": str(load_settings().models_folder),
        "SHOKO_PORT": "0",
        "SHOKO_UI_PORT": "0",
    }
    pdfs = [*sorted(map(str, SAMPLES.glob("*policy.pdf"))), str(SAMPLES / "work-rules.pdf")]
    subprocess.run([*SHOKO, "ingest", *pdfs], env=environment, check=True, stdout=subprocess.DEVNULL)
    began = time.perf_counter()
    server = subprocess.Popen(
        [*SHOKO, "serve", "--no-ui", "--model", "none"], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        while (running := running_server(place)) is None or not _healthy(running.address):
            time.sleep(0.02)
        ready = time.perf_counter() - began
        headers = {"Authorization": f"Bearer {running.token}"}
        order = {"question": "How many days do I have to hand in an expense claim?", "stream": False}
        httpx.post(f"{running.address}/api/questions", json=order, headers=headers, timeout=60)
        first_answer = time.perf_counter() - began
        waited = time.perf_counter()
        while httpx.get(f"{running.address}/health", timeout=60).json()["embedder"] == "none":
            if time.perf_counter() - waited > EMBEDDER_S:
                raise SystemExit("No embedder was loaded. Get the default models first: make setup")
            time.sleep(0.1)
        httpx.post(f"{running.address}/api/questions", json=order, headers=headers, timeout=60)
        memory = _resident_mb(server.pid)
    finally:
        server.terminate()
        server.wait(timeout=30)
    return [
        Figure("back-end start to healthy", ready, "s", "< 6 s"),
        Figure("back-end start to its first answer", first_answer, "s"),
        Figure("memory at rest, embedder loaded, no chat model", memory, "MB", "< 700 MB"),
        Figure("second `make run` to its first answer in the terminal", _second_run(place), "s", "< 15 s"),
    ]


def _second_run(place: Path) -> float:
    """`shoko serve --welcome` on a library that is there already, until the first answer is printed."""
    from core.settings import load_settings

    environment = os.environ | {
        "SHOKO_DATA": str(place),
        "SHOKO_MODELS": str(load_settings().models_folder),
        "SHOKO_PORT": "0",
        "SHOKO_UI_PORT": "0",
        "PYTHONUNBUFFERED": "1",
    }
    began = time.perf_counter()
    server = subprocess.Popen(
        [*SHOKO, "serve", "--welcome"], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        for line in server.stdout:
            if line.strip().startswith("[1]"):
                return time.perf_counter() - began
    finally:
        server.terminate()
        server.wait(timeout=30)
    return float("nan")


def _healthy(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def _resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")
