"""The child process that loads people's packs and checks a file by them, for `checks.service.limited`.

It tells, line by line: the pack, once it is loaded; the document, once it is read; each rule, before it runs;
what was found. The lines say to the one that asked what was under way where this process was ended.
"""

from __future__ import annotations

import contextlib
import datetime
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from checks.findings import Finding
from checks.packs.pack import Pack
from checks.packs.sources import PackSources, load_sources
from checks.readers.reading_child import lines_of, read_whole
from checks.service.pack_heads import head_of, heads
from checks.service.runner import Outcome, context_of, run_rules
from core.errors import RulesBad
from ingest.sandbox_child import carry_out

BATCH = 2000  # findings of one line
MOST_FOUND = 100_000  # findings in one document: what is told of them must find room where it is kept
GRACE = 15.0  # seconds past the rules' own end; what has not given up by then is ended


def carried_out(order: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What was asked for: the packs' head and, where the order names a file, the report on it."""
    with ended_after(order["loading_seconds"]):
        pack = load_sources(PackSources.unpacked(order["rules"]), Path(tempfile.mkdtemp()))
        head = heads().dump_python(head_of(pack), mode="json")
    yield {"loaded": head}
    if "file" in order:
        yield from _checked(order, pack)


def _checked(order: dict[str, Any], pack: Pack) -> Iterator[dict[str, Any]]:
    document = read_whole(order["file"])
    yield from lines_of(document)
    yield {"read": True}
    outcome = Outcome.of(pack)
    today = datetime.date.fromisoformat(order["today"])
    with ended_after(order["seconds"] + GRACE):
        context = context_of(document, None, today, order["seconds"], order["why_no_model"])
        for rule, number, of in run_rules(
            context, pack, outcome, order["language"], ask_later=order["ask_later"]
        ):
            if len(outcome.found) > MOST_FOUND:
                problem = f"it finds more than {MOST_FOUND:,} places in {document.name}"
                raise RulesBad(place=pack.name, problem=problem, fix="Narrow its rules, or split the pack.")
            yield {"rule": rule, "number": number, "of": of}
    hits, outcome.found = outcome.found, []
    lines = TypeAdapter(list[tuple[Finding, str]])
    for start in range(0, len(hits), BATCH):
        yield {"found": lines.dump_python(hits[start : start + BATCH], mode="json")}
    yield {"outcome": TypeAdapter(Outcome).dump_python(outcome, mode="json")}


@contextlib.contextmanager
def ended_after(seconds: float) -> Iterator[None]:
    """Let the system end this process where what is within takes longer, whatever it is doing: also where an
    engine neither looks at the time nor lets anybody else do so. On Windows only the whole has a limit."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    carry_out(carried_out)
