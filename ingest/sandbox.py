"""Reads each file in a child process of its own, with limits on memory, time and pages.

A file that crashes, hangs or bloats its reader costs only that child; the next file has a fresh one. The
child gets a path and sends JSON lines; nothing it says is executed, so a reader that a hostile file took
over can at most send wrong text.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core import errors
from core.errors import FileDamaged, ReaderGaveUp, ShokoError
from ingest.ocr import RECOGNISED, UNREAD, Recognition
from ingest.pages import Block, PageContent, PageKind

LONGEST_LINE = 64 * 2**20  # bytes of one page as JSON; a page of real text has some 100 kB
MOST_OUTPUT = 2 * 2**30  # bytes of all pages; the longest manual has some 0.2 GB
LONGEST_NAME = 300  # characters of a page's name or a document's title
SECONDS_TO_END = 2.0  # that a child has, once its answers end, to end by itself and say with what code
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # no database takes these; one character stands for one


@dataclass(frozen=True)
class ReadingLimits:
    """What one file may cost."""

    pages: int = 5000
    seconds: float = 600.0
    memory_mb: int = 1500
    recognition: Recognition | None = None  # None: the text of scans is not recognised


def read_file(
    path: Path,
    name: str,
    media_type: str,
    limits: ReadingLimits,
    *,
    first_page: int = 1,
    password: str = "",
) -> Iterator[PageContent]:
    """The file's pages from `first_page` on. Raises an Unreadable, ReaderGaveUp if a limit was met."""
    order = {
        "op": "read",
        "path": str(path),
        "name": name,
        "media_type": media_type,
        "page_limit": limits.pages,
        "first_page": first_page,
        "password": password,
        "ocr": asdict(limits.recognition) if limits.recognition is not None else None,
    }
    for message in _run(order, name, limits):
        try:
            yield PageContent(
                int(message["number"]),
                UNSTORABLE.sub("\ufffd", message["text"]),
                float(message["width"]),
                float(message["height"]),
                UNSTORABLE.sub("\ufffd", message["label"]),
                base64.b64decode(message["boxes"]),
                [Block.unpacked(block) for block in message["blocks"]],
                str(message["source"]),
                PageKind(message["kind"]),
                UNSTORABLE.sub("\ufffd", message["name"])[:LONGEST_NAME],
                UNSTORABLE.sub("\ufffd", message["title"])[:LONGEST_NAME],
                max(0, int(message.get("of", 0))),
                min(1.0, max(0.0, float(message.get("quality", 1.0)))),
                {str(why)[:20]: int(count) for why, count in dict(message.get("hidden", {})).items()},
                {
                    UNSTORABLE.sub("\ufffd", str(key))[:LONGEST_NAME]: UNSTORABLE.sub("\ufffd", str(value))
                    for key, value in dict(message.get("properties", {})).items()
                },
                {
                    str(kind)[:LONGEST_NAME]: [
                        UNSTORABLE.sub("\ufffd", str(name))[:LONGEST_NAME] for name in names
                    ]
                    for kind, names in dict(message.get("left_out", {})).items()
                },
            )
        except (KeyError, TypeError, ValueError) as error:
            raise FileDamaged(name=name, problem="its reader answered with something else") from error


def render_page(
    path: Path, name: str, media_type: str, number: int, width: int, limits: ReadingLimits
) -> bytes:
    """A page's picture as PNG."""
    order = {"op": "render", "path": str(path), "name": name, "media_type": media_type,
             "number": number, "width": width}  # fmt: skip
    for message in _run(order, name, limits):
        return base64.b64decode(message["picture"])
    raise FileDamaged(name=name, problem="its page could not be drawn")


def print_file(path: Path, name: str, media_type: str, pages: int, limits: ReadingLimits) -> bytes:
    """The first pages of an Office file as PDF. Raises ConverterMissing if nothing here can print it, and
    an Unreadable."""
    order = {"op": "print", "path": str(path), "name": name, "media_type": media_type, "pages": pages}
    for message in _run(order, name, limits):
        return base64.b64decode(message["pdf"])
    raise FileDamaged(name=name, problem="it could not be printed")


def _run(order: dict[str, Any], name: str, limits: ReadingLimits) -> Iterator[dict[str, Any]]:
    return answers("ingest.sandbox_child", order, name, limits)


def answers(module: str, order: dict[str, Any], name: str, limits: ReadingLimits) -> Iterator[dict[str, Any]]:
    """What a child that runs that module answers to an order: one JSON object for each line it writes, until
    the one with `done`. Raises an Unreadable, ReaderGaveUp if a limit was met."""
    # The temporary files of the child and its converters go with it, even if it is ended in the middle of it.
    with tempfile.TemporaryDirectory(prefix="shoko-reading-", ignore_cleanup_errors=True) as scratch:
        yield from _answers(module, order, name, limits, scratch)


def _answers(
    module: str, order: dict[str, Any], name: str, limits: ReadingLimits, scratch: str
) -> Iterator[dict[str, Any]]:
    child = _started(module, limits, scratch)
    lines: queue.Queue[bytes] = queue.Queue(maxsize=8)
    stopped = threading.Event()

    def listen() -> None:
        assert child.stdout is not None
        line = b"\n"
        while line and not stopped.is_set():
            line = child.stdout.readline(LONGEST_LINE)
            while not stopped.is_set():
                with contextlib.suppress(queue.Full):
                    lines.put(line, timeout=0.2)
                    break

    listener = threading.Thread(target=listen, daemon=True, name="sandbox-listen")
    deadline = time.monotonic() + limits.seconds
    said = 0
    try:
        assert child.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            child.stdin.write(json.dumps(order).encode() + b"\n")
            child.stdin.flush()  # and stays open: its end tells the child that nobody waits for it any more
        listener.start()
        while True:
            try:
                line = lines.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise ReaderGaveUp(name=name, limit=f"{limits.seconds:.0f} seconds") from None
            if len(line) >= LONGEST_LINE:
                raise ReaderGaveUp(name=name, limit=f"{LONGEST_LINE // 2**20} MB for one page")
            said += len(line)
            if said > MOST_OUTPUT:
                raise ReaderGaveUp(name=name, limit=f"{MOST_OUTPUT // 2**20} MB of text")
            message = _parsed(line)
            if message is None:
                raise FileDamaged(name=name, problem=_end_of(child))
            if "error" in message:
                raise _error(message, name, limits)
            if message.get("done"):
                return
            if limits.recognition is not None and message.get("source") in (RECOGNISED, UNREAD):
                deadline += limits.recognition.seconds  # a page that was recognised brings its own time
            yield message
    finally:
        stopped.set()
        _end_with_its_children(child)
        listener.join(timeout=2)
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


def _started(module: str, limits: ReadingLimits, scratch: str) -> subprocess.Popen[bytes]:
    """A child that runs that module, with nothing of this process's environment but what it needs."""
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "SHOKO_CHILD_MEMORY_MB": str(limits.memory_mb),
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONUTF8": "1",
        "TMPDIR": scratch,
        "TEMP": scratch,  # as Windows calls it
    }
    if "PYTHONPATH" in os.environ:
        environment["PYTHONPATH"] = os.environ["PYTHONPATH"]
    return subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )


def _end_with_its_children(child: subprocess.Popen[bytes]) -> None:
    """End the child and what it started (a text recognition, a converter): all stand in its group."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (AttributeError, ProcessLookupError, PermissionError):  # Windows has none; or nobody is left
        child.kill()
    child.wait()


def _end_of(child: subprocess.Popen[bytes]) -> str:
    """How a child ended that said nothing more, or nothing that can be understood."""
    try:
        code = child.wait(timeout=SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        return "its reader answered with something else"
    return f"its reader ended with {signal.Signals(-code).name if code < 0 else code}"


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def _error(message: dict[str, Any], name: str, limits: ReadingLimits) -> ShokoError:
    if message["error"] == "MemoryError":
        return ReaderGaveUp(name=name, limit=f"{limits.memory_mb} MB")
    kind, values = getattr(errors, str(message["error"]), None), message.get("values")
    if isinstance(kind, type) and issubclass(kind, ShokoError) and isinstance(values, dict):
        return kind(**values)
    return FileDamaged(name=name, problem=str(message["error"]))
