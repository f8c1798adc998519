"""Asks the process that holds the networks, one page after the other; starts it at the first page, and again
if it died or took too long."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from typing import Any

from core.settings import PROJECT
from ingest.ocr import Recognition
from ingest.readers.scan.reads import Picture, Read

_turn = threading.Lock()  # the networks use all cores for one page
_process: subprocess.Popen[bytes] | None = None


def read_page(picture: Picture, order: Recognition) -> tuple[list[Read], int]:
    """The page's lines, and by how many degrees, clockwise, their picture was turned to be upright; no
    line if the process failed or took too long."""
    with _turn:
        answer = _ask(picture, order)
    reads = []
    for line in answer.get("lines", []):
        chars = [(sign, tuple(box) if box else None) for sign, box in line["chars"]]
        reads.append(Read(chars, line["sure"], line["height"], line["vertical"]))
    return reads, int(answer.get("turned", 0))


def running() -> int | None:
    """The process's number, while there is one."""
    return _process.pid if _process is not None and _process.poll() is None else None


def end() -> None:
    """End the process; the next page starts another."""
    global _process
    if _process is not None:
        _process.kill()
        _process.wait()
        for pipe in (_process.stdin, _process.stdout):
            if pipe is not None:
                pipe.close()
        _process = None


atexit.register(end)


def _ask(picture: Picture, order: Recognition) -> dict[str, Any]:
    global _process
    if _process is None or _process.poll() is not None:
        end()
        _process = _started(order.workers)
    process = _process
    assert process.stdin is not None
    assert process.stdout is not None
    timer = threading.Timer(order.seconds, process.kill)
    timer.start()
    try:
        image = picture.image.convert("L")
        head = {"width": image.width, "height": image.height, "languages": order.languages}
        process.stdin.write(json.dumps(head).encode() + b"\n" + image.tobytes())
        process.stdin.flush()
        answer = process.stdout.readline()
    except OSError:  # it ended meanwhile
        answer = b""
    finally:
        timer.cancel()
    if not answer:
        end()
        return {}
    return dict(json.loads(answer))


def _started(threads: int) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "PYTHONPATH": str(PROJECT),
        "MALLOC_ARENA_MAX": "1",  # each arena takes 64 MB of the room that a process may have
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "ingest.readers.scan.networks.worker", str(threads)]
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nowhere, env=environment, cwd=PROJECT)
