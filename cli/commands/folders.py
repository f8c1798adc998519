"""`shoko folders …`: folders of the server whose files become documents."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.table import Column, Table

from cli.console import Data, Json, err, out, print_json, progress_bar, reports_errors, settings_of
from contract.values import FolderRights
from core.errors import NotFound

app = typer.Typer(no_args_is_help=True, help="Watched folders.")

Which = Annotated[str, typer.Argument(help="Path or id of a watched folder.")]
TakenRights = Annotated[
    FolderRights,
    typer.Option(help="file_system: of the space's readers, only who may read a file reads its document."),
]
Share = Annotated[
    str, typer.Option(help="Where those rights are read, if the share is not mounted: //server/share/folder.")
]
LOOKS = 4  # of a scan at most, a quiet time apart: what is still being copied then is left to the rounds


def _found(client: Any, which: str) -> dict[str, Any]:
    whole = _whole(which)
    for folder in client.get("/api/folders"):
        if which == folder["id"] or whole == folder["path"]:
            return dict(folder)
    raise NotFound(what="folder", name=which)


def _whole(path: str) -> str:
    return path if path.lower().startswith("imaps://") else str(Path(path).expanduser().resolve())


@app.command("add")
@reports_errors
def add(
    path: Annotated[str, typer.Argument(help="The folder, on the computer of the server; or imaps://…")],
    space: Annotated[str, typer.Option(help="Name or id of the space of its documents.")] = "General",
    rights: TakenRights = FolderRights.NONE,
    share: Share = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Watch a folder.  Example: shoko folders add /srv/share/rules --space General"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        order = {"path": _whole(path), "space": space, "rights": rights, "share": share}
        folder = client.post("/api/folders", order)
    if as_json:
        print_json(folder)
        return
    out.print(f"{folder['path']} is watched; its files become documents of {folder['space']}.", markup=False)
    out.print("`shoko serve` looks through it. `shoko folders scan` does so now.")


@app.command("list")
@reports_errors
def list_folders(
    files: Annotated[
        bool, typer.Option("--files", help="Each file in quarantine or without readable rights, and why.")
    ] = False,
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
                unread = client.get(f"/api/folders/{folder['id']}/files", rights_unread=True, limit=1000)
                folder["without_rights"] = unread["files"] if folder["rights_unread"] else []
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
        if folder["rights_unread"]:
            text = f"{folder['path']}: the rights of {folder['rights_unread']} files could not be read"
            out.print(text, style="red", markup=False)
        for file in folder.get("without_rights", ()):
            out.print(f"{folder['path']}/{file['path']}", markup=False)
            out.print(f"    nobody reads it: {file['rights_error']}", style="red", markup=False)
        for file in folder.get("quarantined", ()):
            out.print(f"{folder['path']}/{file['path']}", markup=False)
            out.print(f"    {file['error']['message'] if file['error'] else ''}", style="red", markup=False)


@app.command("change")
@reports_errors
def change(
    folder: Which,
    rights: TakenRights,
    share: Share = "",
    data: Data = None,
) -> None:
    """Take over who may read the files of a folder, or stop doing so.

    Example: shoko folders change /srv/share/rules --rights file_system --share //files/office/rules
    """
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        changed = _found(client, folder)
        order = {"rights": rights, "share": share}
        changed = client.patch(f"/api/folders/{changed['id']}", order)
    if changed["rights"] == FolderRights.NONE:
        out.print("Its documents are read by everybody who reads their space.")
    else:
        out.print("Nobody reads its documents until their rights are read: `shoko folders scan` does so now.")


@app.command("principals")
@reports_errors
def list_principals(
    every: Annotated[bool, typer.Option("--all", help="The known ones too.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Identifiers in the rights of files that nobody knows.  Example: shoko folders principals"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        listed = client.get("/api/principals", unknown=not every)
    if as_json:
        print_json({"principals": listed})
        return
    table = Table(Column("sid", no_wrap=True), "name", "known by", "is", "documents")
    for principal in listed:
        whom = " ".join(part for part in (principal["kind"], principal["holder"]) if part)
        row = (principal["sid"], principal["name"], principal["state"], whom, str(principal["documents"]))
        table.add_row(*row)
    out.print(table)
    if any(principal["state"] == "unknown" for principal in listed):
        out.print("By an unknown one nobody reads. `shoko folders map` says whom it names.")


@app.command("map")
@reports_errors
def map_principal(
    sid: Annotated[str, typer.Argument(help="As `shoko folders principals` lists it.")],
    user: Annotated[str, typer.Option(help="It stands for this user.")] = "",
    group: Annotated[str, typer.Option(help="It stands for this group.")] = "",
    everyone: Annotated[
        bool, typer.Option("--everyone", help="It stands for everybody whom the file server knows.")
    ] = False,
    nobody: Annotated[bool, typer.Option("--nobody", help="It stands for nobody any more.")] = False,
    forget: Annotated[
        bool, typer.Option("--forget", help="Remove the mapping: only the directory says whom it stands for.")
    ] = False,
    data: Data = None,
) -> None:
    """Say whom an identifier of the file server names.

    Example: shoko folders map S-1-5-32-545 --everyone
    """
    from cli.client import backend

    if [bool(user), bool(group), everyone, nobody, forget].count(True) != 1:
        raise typer.BadParameter("say one of --user, --group, --everyone, --nobody and --forget")
    named = {"user": bool(user), "group": bool(group), "everyone": everyone, "nobody": nobody}
    path = f"/api/principals/{quote(sid, safe='')}"
    with backend(settings_of(data, model="none")) as client:
        if forget:
            client.delete(path)
        else:
            kind = next(name for name, chosen in named.items() if chosen)
            client.put(path, {"kind": kind, "holder": user or group})
    out.print("It counts from now on.")


@app.command("rm")
@reports_errors
def remove(folder: Which, data: Data = None) -> None:
    """Stop watching a folder; its documents stay.  Example: shoko folders rm /srv/share/rules"""
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
        bool, typer.Option("--accept-deletions", help="Treat missing files as deleted, however many.")
    ] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Scan watched folders now, and wait until what is new can be searched.  Example: shoko folders scan"""
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
    """Wait until no file waits to be read: a server started for this command must not stop before."""
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
