"""The child process that reads one file; started by `ingest.sandbox`, ends after its one order."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from core.egress import guard, silence_telemetry
from core.errors import ShokoError

LEAST_URGENT = 10  # of 19: with the lowest priority nothing would be read on a busy computer


def limit_memory(megabytes: int) -> None:
    """Let the system refuse this process more memory than that, if it can (not on Windows)."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 2**20, megabytes * 2**20))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def step_back() -> None:
    """Let everything else on this computer go first; questions are asked while files are read."""
    with contextlib.suppress(AttributeError, OSError):  # Windows has no such call
        os.nice(LEAST_URGENT)


def end_with_the_asker() -> None:
    """End this process, and what it started, as soon as the one that asked is gone: once killed, it cannot
    end this one itself, and a file that keeps its reader busy endlessly would never be stopped."""

    def wait() -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stdin.read()
        with contextlib.suppress(AttributeError, OSError):  # Windows has no groups
            os.killpg(os.getpgid(0), signal.SIGKILL)
        os._exit(1)

    threading.Thread(target=wait, daemon=True, name="asker").start()


def read(order: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The messages for that order."""
    path, name, kind = Path(order["path"]), order["name"], order["media_type"]
    if order["op"] == "render":
        from ingest.readers.opening import draw

        picture = draw(path, name, kind, order["number"], order["width"])
        yield {"picture": base64.b64encode(picture).decode()}
        return
    if order["op"] == "print":
        from ingest.readers.opening import print_pdf

        made = print_pdf(path, name, kind, order["pages"])
        yield {"pdf": base64.b64encode(made).decode()}
        return
    from ingest.ocr import Recognition
    from ingest.readers.opening import ReadingRequest, pages_of

    ocr = order.get("ocr")
    wanted = ReadingRequest(
        order["page_limit"],
        order["first_page"],
        order["password"],
        recognition=Recognition(**ocr | {"languages": tuple(ocr["languages"])}) if ocr else None,
    )
    for page in pages_of(path, name, kind, wanted):
        yield {
            "number": page.number,
            "text": page.text,
            "width": page.width,
            "height": page.height,
            "label": page.label,
            "boxes": base64.b64encode(page.boxes).decode(),
            "blocks": [block.packed() for block in page.blocks],
            "source": page.source,
            "kind": str(page.kind),
            "name": page.name,
            "title": page.title,
            "of": page.of,
            "quality": page.quality,
            "hidden": page.hidden,
            "properties": page.properties,
            "left_out": page.left_out,
        }


def main() -> None:
    """Carry out the one order that stands on the standard input."""
    carry_out(read)


def carry_out(read: Callable[[dict[str, Any]], Iterator[dict[str, Any]]]) -> None:
    """Take the one order from the standard input, under the limits, and write what `read` makes of it."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # a library that prints must not speak between our lines
    step_back()
    limit_memory(int(os.environ.get("SHOKO_CHILD_MEMORY_MB", "1500")))
    silence_telemetry()
    guard()

    def send(message: dict[str, Any]) -> None:
        out.write(json.dumps(message, ensure_ascii=True) + "\n")
        out.flush()

    order = json.loads(sys.stdin.readline())
    end_with_the_asker()
    try:
        for message in read(order):
            send(message)
        send({"done": True})
    except ShokoError as error:
        send({"error": type(error).__name__, "values": error.values})
    except MemoryError:
        send({"error": "MemoryError"})
    except Exception as error:  # noqa: BLE001  # a reader's own fault is the file's class, not a crash
        send({"error": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    main()
