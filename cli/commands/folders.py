"""`shoko folders …`: folders of the server whose files become documents."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Column, Table

from cli.console import Data, Json, err, out, print_json, progress_bar, reports_errors, settings_of
from core.errors import NotFound

app = typer.Typer(no_args_is_help=True, help="Watched folders.")

Which = Annotated[str, typer.Argument(help="Path or id of a watched folder.")]
LOOKS = 4  # of a scan at most, a quiet time apart: what is still being copied then is left to the rounds


def _found(client: Any, which: str) -> dict[str, Any]:
    whole = str(Path(which).expanduser().resolve())
    for folder in client.get("/api/folders"):
        if which == folder["id"] or whole == folder["path"]:
            return dict(folder)
    raise NotFound(what="folder", name=which)


@app.command("add")
@reports_errors
def add(
    path: Annotated[Path, typer.Argument(help="The folder, on the computer of the server.")],
    space: Annotated[str, typer.Option(help="Name or id of the space of its documents.")] = "General",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Watch a folder.  Example: shoko folders add /srv/share/rules --space General"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        folder = client.post("/api/folders", {"path": str(path.expanduser().resolve()), "space": space})
    if as_json:
        print_json(folder)
        return
    out.print(f"{folder['path']} is watched; its files become documents of {folder['space']}.", markup=False)
    out.print("`shoko serve` looks through it. `shoko folders scan` does so now.")


@app.command("list")
@reports_errors
def list_folders(
    files: Annotated[bool, typer.Option("--files", help="Each file in quarantine, with its reason.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """The watched folders.  Example: shoko folders list --files"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        folders = client.get("/api/folders")
        if files:
            for folder in folders:
                held = client.get(f"/api/folders/{folder['id']}/files", state="quarantined", limit=1000)
                folder["quarantined"] = held["files"]
    if as_json:
        print_json({"folders": folders})
        return
    table = Table(Column("id", no_wrap=True), Column("folder", overflow="fold"), "space", "taken",
                  "quarantined", "gone", "looked through")  # fmt: skip
    for folder in folders:
        counts = folder["files"]
        table.add_row(
            folder["id"], folder["path"], folder["space"], str(counts["taken"]), str(counts["quarantined"]),
            str(counts["gone"]), (folder["scanned_at"] or "not yet")[:16].replace("T", " "),
        )  # fmt: skip
    out.print(table)
    for folder in folders:
        if folder["error"]:
            out.print(folder["error"]["message"], style="red", markup=False)
        for file in folder.get("quarantined", ()):
            out.print(f"{folder['path']}/{file['path']}", markup=False)
            out.print(f"    {file['error']['message'] if file['error'] else ''}", style="red", markup=False)


@app.command("rm")
@reports_errors
def remove(folder: Which, data: Data = None) -> None:
    """Watch a folder no more; its documents stay.  Example: shoko folders rm /srv/share/rules"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        removed = _found(client, folder)
        client.delete(f"/api/folders/{removed['id']}")
    out.print(f"{removed['path']} is not watched any more. Its documents stay.", markup=False)


@app.command("scan")
@reports_errors
def scan(
    folder: Annotated[str | None, typer.Argument(help="Path or id; without it all folders.")] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Try what was refused again.")] = False,
    accept_deletions: Annotated[
        bool, typer.Option("--accept-deletions", help="Believe that files are gone, however many.")
    ] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Look through watched folders now, until what is new can be searched.  Example: shoko folders scan"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        folders = [_found(client, folder)] if folder is not None else client.get("/api/folders")
        reports = []
        for watched in folders:
            reports.append(
                {"folder": watched["path"]} | _looks(client, watched["id"], retry, accept_deletions)
            )
        _wait_for_work(client)
    if as_json:
        print_json({"folders": reports})
    for report in [] if as_json else reports:
        counts = ", ".join(
            f"{report[name]} {name}"
            for name in ("new", "changed", "moved", "gone", "unchanged", "quarantined", "waiting")
            if report[name]
        )
        out.print(f"{report['folder']}: {counts or 'empty'}", markup=False)
        if report["error"]:
            err.print(report["error"]["message"], style="red", markup=False)
    if any(report["error"] for report in reports):
        raise typer.Exit(1)


def _looks(client: Any, folder_id: str, retry: bool, accept_deletions: bool) -> dict[str, Any]:
    """Look until nothing waits to be quiet; what was done is added up."""
    order = {"retry": retry, "accept_deletions": accept_deletions}
    done: dict[str, Any] = {}
    for look in range(LOOKS):
        report = client.post(f"/api/folders/{folder_id}/scan", order)
        for name in ("new", "changed", "moved", "gone", "quarantined"):
            report[name] += done.get(name, 0)
        done = report
        if not report["waiting"] or report["error"] or look == LOOKS - 1:
            break
        time.sleep(report["quiet_seconds"])
    return done


def _wait_for_work(client: Any) -> None:
    """Until no file waits to be read: a server started for this command must not go before."""
    with progress_bar("{task.completed}/{task.total}") as bar:
        task = bar.add_task("files", total=None)
        most = 0
        while True:
            left = sum(
                client.get("/api/jobs", kind="ingest", state=state, limit=1)["total"]
                for state in ("waiting", "running")
            )
            most = max(most, left)
            bar.update(task, completed=most - left, total=most or None)
            if not left:
                return
            time.sleep(0.3)
