"""The process that an evaluation which was asked for on the screen runs in: `python -m
operations.evaluations.apart`. It reads one order from its standard input, tells its progress as lines of
JSON, and ends with the process that started it. It steps back behind everything else on the computer."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from core.errors import ShokoError
from core.settings import load_settings
from ingest.sandbox_child import end_with_the_asker, step_back
from operations.evaluations.evaluate import run_set
from operations.evaluations.saved_reports import evaluation_record, evaluations

PACE_SECONDS = 0.2  # between two lines of one step: a person reads them


def main() -> None:
    """Carry out the order: {"settings", "folder", "model"}."""
    order = json.loads(sys.stdin.readline())
    end_with_the_asker()
    step_back()
    settings = load_settings(**order["settings"] | {"model": order["model"]})
    last: tuple[str, float] = ("", 0.0)

    def progress(what: str, done: int, total: int) -> None:
        nonlocal last
        if what != last[0] or done == total or time.monotonic() - last[1] > PACE_SECONDS:
            last = (what, time.monotonic())
            _say(step=what, done=done, total=total)

    try:
        report, outcomes = run_set(Path(order["folder"]), settings, progress=progress)
    except ShokoError as error:
        detail = {"code": error.code, "message": str(error), "values": error.values}
        _say(problem=str(error), error=detail)
        sys.exit(1)
    record = evaluation_record([(order["model"], report, outcomes)], {})
    _say(report=evaluations(settings.data).put(record))


def _say(**line: Any) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=True, default=str) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
