"""`shoko audit …`: the log of who did what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.tables import show
from api.console import Data, Json, out, print_json, settings_of, told

audit_app = typer.Typer(no_args_is_help=True, help="The log of who did what.")
GROUPS = {"audit": audit_app}


@audit_app.command("list")
@told
def audit_list(
    action: Annotated[str, typer.Option(help="Begin of the action, such as document.")] = "",
    after: Annotated[int, typer.Option(help="Only entries of higher numbers.")] = 0,
    limit: Annotated[int, typer.Option(help="How many, at most 1000.")] = 100,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Who did what, oldest first.  Example: shoko audit list --action session"""
    from api.backend import backend

    with backend(settings_of(data, model="none", embedder="none")) as client:
        rows = client.get("/api/audit", action=action, after=after, limit=limit)
    show(rows, ("number", "at", "user", "action", "subject", "detail"), as_json)


@audit_app.command("verify")
@told
def audit_verify(data: Data = None, as_json: Json = False) -> None:
    """Whether the log is as it was written; exit code 1 where not.  Example: shoko audit verify"""
    from api.backend import backend

    with backend(settings_of(data, model="none", embedder="none")) as client:
        found = client.get("/api/audit/verification")
    if as_json:
        print_json(found)
    elif found["whole"]:
        said = f"{found['entries']} entries and {found['checkpoints']} checkpoints are as they were written."
        out.print(said, style="green")
    else:
        if found["broken_entry"] is not None:
            out.print(f"Entry {found['broken_entry']} was changed, removed or put in.", style="red")
        if found["broken_checkpoint"] is not None:
            said = f"The checkpoint at entry {found['broken_checkpoint']} does not fit its entry or its key."
            out.print(said, style="red")
    if not found["whole"]:
        raise typer.Exit(1)


@audit_app.command("seal")
@told
def audit_seal(data: Data = None, as_json: Json = False) -> None:
    """Sign the log's end now, to keep the signature elsewhere.  Example: shoko audit seal --json"""
    from api.backend import backend

    with backend(settings_of(data, model="none", embedder="none")) as client:
        made = client.post("/api/audit/checkpoints")
    if as_json:
        print_json(made)
    else:
        out.print(f"{made['signed']}\nsignature {made['signature']}\nkey {made['key']}", markup=False)


@audit_app.command("export")
@told
def audit_export(
    file: Annotated[Path, typer.Argument(help="File to write; it must not be there yet.")],
    since: Annotated[str | None, typer.Option(help="From this moment on: 2026-11-01.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this moment.")] = None,
    data: Data = None,
) -> None:
    """Write the log as OCSF events, a JSON object a line.  Example: shoko audit export log.jsonl"""
    from api.backend import backend

    with backend(settings_of(data, model="none", embedder="none")) as client, file.open("xb") as target:
        query = {name: value for name, value in (("since", since), ("until", until)) if value}
        with client.client.stream("GET", "/api/audit/export", params=query) as answer:
            if answer.status_code >= 400:
                answer.read()
                client.told(answer)
            for chunk in answer.iter_bytes():
                target.write(chunk)
    out.print(f"{file}: {file.stat().st_size} bytes", markup=False)
