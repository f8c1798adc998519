"""`shoko doctor --egress`: runs the main paths, tries what must not go out, and reports it for an auditor."""

from __future__ import annotations

import html
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from core import egress
from core.access import access_of
from core.errors import BadValue
from core.identity.accounts import first_administrator
from core.models import now
from core.settings import PROJECT, SECRETS, Settings, load_settings
from core.version import VERSION
from ingest.uploads import accept
from operations.evaluations.saved_reports import proofs
from operations.library import FIRST_SPACE, Library, open_library, reachable
from retrieval.index.search import search

# Addresses that are nobody's (RFC 5737, RFC 3849): where the guard fails, nothing is reached all the same.
FOREIGN = [("192.0.2.1", 443), ("198.51.100.7", 80), ("203.0.113.9", 53), ("2001:db8::1", 443)]
FOREIGN_NAME = "shoko-asks-for-nobody.invalid"  # RFC 2606: a name that nobody has
TEXT = "The gate of the plant opens at seven in the morning."
CHILD = """
import json, sys
sys.path.insert(0, sys.argv[1])
from core.egress import guard, silence_telemetry
silence_telemetry(); guard()
from core.egress import asked, tried
print(json.dumps([tried(host, port) for host, port in json.loads(sys.argv[2])] + [asked(sys.argv[3])]))
"""


PROOF_SECONDS = 300


@dataclass(frozen=True)
class Attempt:
    """Something that was tried. `good` is whether it came out as it must."""

    what: str
    found: str
    good: bool


def prove_apart(settings: Settings, note: str) -> str:
    """The id of the proof that a process of its own made. Raises BadValue where it could not."""
    own = settings.model_dump(mode="json", exclude=SECRETS, exclude_defaults=True)
    order = json.dumps({"settings": own, "note": note})
    done = subprocess.run(
        [sys.executable, "-m", "operations.egress_report"], input=order, capture_output=True, text=True,
        timeout=PROOF_SECONDS, cwd=PROJECT, check=False,
    )  # fmt: skip
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        last = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        raise BadValue(
            name="egress", problem=last, fix="Run `shoko doctor --egress FILE` and read what it says"
        )
    return lines[-1]


def prove(settings: Settings, note: str = "") -> dict[str, object]:
    """The report: what was run, what was tried, and what was blocked meanwhile that nobody meant to try;
    `note` is what a person writes on it."""
    checks: list[Attempt] = []
    with tempfile.TemporaryDirectory(prefix="shoko-egress-") as folder:
        own = settings.model_copy(
            update={
                "data": Path(folder),
                "model": "none",
                "models": settings.models_folder,
                "database_url": "",
                "index": "",
                "originals": "",
                "chroma_host": "",  # nothing is put into the company's own library
            }
        )
        with open_library(own) as library:
            library.models_loaded.wait()
            before = len(egress.blocked)
            checks += _paths(library)
            unmeant = egress.blocked[before:]
            said = ", ".join(unmeant) or "none"
            checks.append(Attempt("connections and look-ups that the main paths tried", said, not unmeant))
            for host, port in FOREIGN:
                refused = egress.tried(host, port)
                checks.append(_blocked(f"back-end to {host}:{port}", refused))
            refused = egress.asked(FOREIGN_NAME)
            checks.append(_blocked(f"back-end looks up {FOREIGN_NAME}", refused))
            order = [sys.executable, "-c", CHILD, str(PROJECT), json.dumps(FOREIGN), FOREIGN_NAME]
            done = subprocess.run(order, capture_output=True, text=True, timeout=120, check=False)
            refused = done.returncode == 0 and json.loads(done.stdout) == [True] * (len(FOREIGN) + 1)
            checks.append(_blocked("a child process to the same", refused))
    silent = {name: os.environ.get(name, "") for name in egress.SILENT}
    quiet = silent == egress.SILENT and not any(sys.modules.get(name) for name in egress.ABSENT)
    checks.append(Attempt("telemetry of the libraries", "off" if quiet else str(silent), quiet))
    return {
        "made_at": now().isoformat(),
        "note": note,
        "version": VERSION,
        "computer": platform.platform(),
        "allowed_hosts": sorted({host.strip() for host in reachable(settings) if host.strip()}),
        "passed": all(check.good for check in checks),
        "checks": [asdict(check) for check in checks],
        "limits": "The guard sees connections and look-ups of names that Python makes. What a library does in"
        " C or Rust is the network's to hold: a firewall, or a network without a way out.",
    }


def _blocked(what: str, refused: bool) -> Attempt:
    return Attempt(what, "blocked" if refused else "NOT blocked", refused)


def _paths(library: Library) -> list[Attempt]:
    with library.sessions.read() as session:
        access = access_of(session, first_administrator(session).id)
    limit = 2**20
    accept(
        access, library.sessions, library.files, FIRST_SPACE, "gate.txt", [TEXT.encode()], limit_bytes=limit
    )
    while library.pipeline.work_once():
        pass
    with library.sessions.read() as session:
        hits = search(access, session, library.index, "When does the gate open?", limit=3)
    answered = list(library.answerer.ask(access, "When does the gate open?"))
    runs: list[tuple[str, Callable[[], bool]]] = [
        ("take a document in, read, index, embed", lambda: library.index.keywords.count() == 1),
        ("search", lambda: len(hits) == 1),
        ("ask", lambda: bool(answered)),
    ]
    return [Attempt(what, "done" if good() else "failed", good()) for what, good in runs]


def page(report: dict[str, object]) -> str:
    """The report as one page of HTML without anything from elsewhere."""
    checks: list[dict[str, object]] = report["checks"]  # type: ignore[assignment]  # made by prove above
    rows = "".join(
        f"<tr><td>{html.escape(str(check['what']))}</td><td>{html.escape(str(check['found']))}</td>"
        f"<td>{'as it must be' if check['good'] else '<b>WRONG</b>'}</td></tr>"
        for check in checks
    )
    facts = "".join(
        f"<p>{html.escape(name.replace('_', ' '))}: {html.escape(str(value))}</p>"
        for name, value in report.items()
        if name != "checks"
    )
    style = (
        "body{font:16px/1.5 system-ui;margin:3em;max-width:60em}td{border:1px solid #999;padding:.3em .6em}"
    )
    head = f"<!doctype html><html lang=en><meta charset=utf-8><title>Nothing goes out</title><style>{style}"
    return f"{head}</style><h1>Nothing goes out</h1>{facts}<table>{rows}</table></html>\n"


def main() -> None:
    """`python -m operations.egress_report`: settings and note as JSON in, the id of the saved report out."""
    order = json.load(sys.stdin)
    settings = load_settings(**order["settings"])
    name = proofs(settings.data).put(prove(settings, order["note"]))
    sys.stdout.write(name + "\n")


if __name__ == "__main__":
    main()
