"""`shoko ingest`: files and folders in, and what became of each."""

from __future__ import annotations

import hashlib
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.console import Data, Json, day, err, out, print_json, progress_bar, reports_errors, settings_of
from core.errors import BadValue
from core.files import printable

DOCUMENTS_AT_ONCE = 500
NAMES_TOLD = 10


@dataclass(frozen=True)
class Sent:
    """A file that is to be sent, and what its document will be called."""

    file: Path
    name: str


@reports_errors
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders.")],
    space: Annotated[str, typer.Option(help="Name or id of the space.")] = "General",
    password: Annotated[
        bool, typer.Option("--password", help="Ask for the password that opens them; it is kept nowhere.")
    ] = False,
    first: Annotated[
        str | None, typer.Option("--from", help="First day in force of all of them; else what each says.")
    ] = None,
    last: Annotated[str | None, typer.Option("--until", help="Last day in force of all of them.")] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask before documents of the same name get a new version.")
    ] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Add documents and wait until they can be searched.  Example: shoko ingest handbook/ --space General"""
    from cli.client import backend

    dates = _dates(first, last)
    listed = [_files(path) for path in paths]
    files = _named(paths, [taken for taken, _ in listed])
    if not files:
        raise typer.BadParameter("no file there")
    secret = typer.prompt("Password of the files", hide_input=True, err=True) if password else ""
    with backend(settings_of(data, model="none")) as client:
        _tell_of_replacements(client, space, files, ask=not (yes or as_json))
        outcome = _send(client, files, space, secret, dates)
        _add_warnings(client, outcome)
    if as_json:
        print_json({"files": [{"file": file, **entry} for file, entry in outcome.items()]})
    else:
        _print(outcome)
        for path, (_, left) in zip(paths, listed, strict=True):
            if left:
                out.print(f"{left} hidden, temporary or linked files in {path} were left alone", markup=False)
    if any("error" in entry for entry in outcome.values()):
        raise typer.Exit(1)


def _send(
    client: Any, files: list[Sent], space: str, secret: str, dates: dict[str, str]
) -> dict[str, dict[str, Any]]:
    """Send the files and wait until they are read: what became of each."""
    from cli.client import ENDED, RemoteError

    outcome: dict[str, dict[str, Any]] = {}
    jobs: dict[str, str] = {}
    with progress_bar("{task.completed}/{task.total}") as bar:
        task = bar.add_task("sending", total=len(files))
        for sent in files:
            file = str(sent.file)
            try:
                answer = client.upload(sent.file, space, secret, path=sent.name, **dates)
                state = "duplicate" if answer["duplicate"] else "stored"
                document = answer["document"]
                outcome[file] = {"document": document["id"], "name": document["name"], "state": state}
                if answer["job"]:
                    jobs[answer["job"]] = file
            except (RemoteError, BadValue) as error:
                outcome[file] = {"state": "refused", "error": str(error)}
            except OSError as error:
                outcome[file] = {"state": "refused", "error": f"{printable(file)}: {error.strerror}"}
            bar.advance(task)
        reading = bar.add_task("files", total=len(jobs))
        pages = bar.add_task("pages", total=None)
        for states in client.wait_for_jobs(list(jobs)) if jobs else ():
            for job in states:
                entry = outcome[jobs[job["id"]]]
                entry["state"] = {"done": "searchable"}.get(job["state"], job["state"])
                if job["error"]:
                    entry["error"] = job["error"]["message"]
            ended = sum(job["state"] in ENDED for job in states)
            bar.update(reading, completed=ended)
            done, total = pages_of(states)
            bar.update(pages, completed=done, total=total, description=_left(states))
    return outcome


def _print(outcome: dict[str, dict[str, Any]]) -> None:
    for name, entry in outcome.items():
        out.print(f"{entry['state']:>10}  {printable(name)}", markup=False)
        if "error" in entry:
            out.print(f"            {entry['error']}", style="red", markup=False)
        for warning in entry.get("warnings", ()):
            out.print(f"            {warning['message']}", style="yellow", markup=False)


def _add_warnings(client: Any, outcome: dict[str, dict[str, Any]]) -> None:
    """What was left out of each file that was read, beside what became of it."""
    waiting = {
        entry["document"]: entry for entry in outcome.values()
        if entry.get("document") and entry["state"] in ("searchable", "failed")
    }  # fmt: skip
    for document in _documents(client, None) if waiting else ():
        entry = waiting.pop(document["id"], None)
        if entry is not None and document["warnings"]:
            entry["warnings"] = document["warnings"]
        if not waiting:
            return


def _documents(client: Any, space_id: str | None) -> Iterator[dict[str, Any]]:
    """The documents, newest first."""
    offset = 0
    while True:
        page = client.get("/api/documents", space=space_id, limit=DOCUMENTS_AT_ONCE, offset=offset)[
            "documents"
        ]
        yield from page
        offset += DOCUMENTS_AT_ONCE
        if len(page) < DOCUMENTS_AT_ONCE:
            return


def _tell_of_replacements(client: Any, space: str, files: list[Sent], *, ask: bool) -> None:
    """Say which documents get a new version, before anything is sent; at a terminal, ask."""
    spaces = [row for row in client.get("/api/spaces") if space in (row["id"], row["name"])]
    if not spaces:
        return  # the first upload says so
    from ingest.uploads import document_name

    named = {document_name("", sent.name): sent.file for sent in files if sent.name.isprintable()}
    there = {
        document["name"]: document["version"]["sha256"] for document in _documents(client, spaces[0]["id"])
        if document["name"] in named
    }  # fmt: skip
    replaced = sorted(name for name, sha256 in there.items() if _sha256(named[name]) not in ("", sha256))
    if not replaced:
        return
    more = f" … and {len(replaced) - NAMES_TOLD} more" if len(replaced) > NAMES_TOLD else ""
    err.print(
        f"Documents of the same name get a new version, which answers in place of the one there"
        f" ({len(replaced)}):",
        style="yellow",
    )
    for name in replaced[:NAMES_TOLD]:
        err.print(f"  {name}", markup=False)
    if more:
        err.print(more, markup=False)
    if ask and sys.stdin.isatty():
        typer.confirm("Go on?", abort=True, err=True)


def _sha256(file: Path) -> str:
    """Of a file's content; empty if it cannot be read, which sending it says."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def _named(paths: list[Path], taken: list[list[Path]]) -> list[Sent]:
    """What the document of each file is called: its path below the folder that was named, or its name. Where
    two would be called alike, the folder's own name stands before it. Raises BadValue if they still are."""
    sent: dict[Path, str] = {}
    for path, files in zip(paths, taken, strict=True):
        for file in files:
            sent.setdefault(
                file, file.relative_to(path).as_posix() if path.is_dir() and file != path else file.name
            )
    for _ in range(2):
        alike = Counter(sent.values())
        if max(alike.values(), default=0) < 2:
            break
        for file, name in sent.items():
            if alike[name] > 1:
                depth = len(Path(name).parts) + 1
                sent[file] = "/".join(file.resolve().parts[-depth:])
    alike = Counter(sent.values())
    twice = next((name for name, count in alike.items() if count > 1), None)
    if twice is not None:
        raise BadValue(
            name=printable(twice),
            problem="two files would become one document",
            fix="Add their folder as a whole",
        )
    return [Sent(file, name) for file, name in sent.items()]


def pages_of(jobs: list[dict[str, Any]]) -> tuple[int, int | None]:
    """How many pages those jobs have read, of how many; None while that is not known of one of them."""
    known = all(job.get("total") for job in jobs if job["state"] == "running")
    waiting = any(job["state"] == "waiting" for job in jobs)
    total = sum(max(job.get("total") or 0, job.get("done") or 0) for job in jobs)
    return sum(job.get("done") or 0 for job in jobs), None if waiting or not known else total


def _left(jobs: list[dict[str, Any]]) -> str:
    """What the bar of pages is called: with the file that is being read, and the time it still takes."""
    for job in jobs:
        if job["state"] == "running":
            seconds = job["seconds_left"]
            left = f", {seconds:.0f} s left" if seconds is not None else ""
            return f"pages ({job['document'][:40]}{left})"
    return "pages"


def _files(path: Path) -> tuple[list[Path], int]:
    """The files of a folder, and how many of it are left alone: hidden ones, what programs leave behind, and
    links, which may lead out of the folder. A file that is named itself is always taken. A folder that cannot
    be looked into is among the files, so that it is reported as one that could not be read."""
    from ingest.watched.listing import skipped

    if not path.is_dir():
        return [path], 0
    taken: list[Path] = []
    left = 0
    for folder, _, names in os.walk(path, onerror=lambda error: taken.append(Path(error.filename))):
        for file in (Path(folder, name) for name in names):
            if file.is_symlink() or any(map(skipped, file.relative_to(path).parts)):
                left += 1
            elif file.is_file():
                taken.append(file)
    return sorted(taken), left


def _dates(first: str | None, last: str | None) -> dict[str, str]:
    """The days in force as the API takes them. Raises BadValue before anything is sent."""
    since, until = day(first, "--from"), day(last, "--until")
    if since and until and until < since:
        raise BadValue(name="--until", problem=f"{until} lies before {since}", fix="Give a later day")
    days = {"valid_from": since, "valid_until": until}
    return {name: item.isoformat() for name, item in days.items() if item is not None}
