"""`shoko worker`: carry out work of back-ends, on this computer or another."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import Annotated

import typer

from cli.console import Data, out, reports_errors, settings_of


@reports_errors
def worker(
    loops: Annotated[int, typer.Option("--files", min=1, max=64, help="Files in work at once.")] = 1,
    data: Data = None,
) -> None:
    """Read, recognise, embed and check for the back-ends, from their list in PostgreSQL.

    Example: shoko worker --files 4 --data /srv/worker
    """
    from core.observing.logs import as_json
    from operations.working.worker import open_worker

    settings = settings_of(data)
    if settings.log_format == "json":
        as_json()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with open_worker(settings, loops=loops) as opened:
        out.print(f"Takes: {opened.kinds}", markup=False)
        if opened.embedder:
            out.print(f"Embedder: {opened.embedder}", markup=False)
        out.print("Stop with Ctrl-C: what is in hand goes on elsewhere.")
        runner = threading.Thread(target=opened.run, daemon=True, name="worker")
        runner.start()
        with contextlib.suppress(KeyboardInterrupt):
            while not stop.wait(1.0) and runner.is_alive():
                pass
        opened.stopping.set()
        out.print("Stopping …")
        runner.join(timeout=90)
