"""`shoko audit|retention|holds|erase …`: the log of who did what, how long things are kept, and erasure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli.commands import operating
from cli.commands.tables import show
from cli.console import Data, Json, out, print_json, reports_errors
from cli.library import library_of
from contract.values import Held, RetentionKind

audit_app = typer.Typer(no_args_is_help=True, help="The log of who did what.")
retention_app = typer.Typer(no_args_is_help=True, help="How long things are kept.")
holds_app = typer.Typer(no_args_is_help=True, help="Legal holds: what may not be erased.")
erase_app = typer.Typer(no_args_is_help=True, help="Erasure down to the files, with a certificate.")
GROUPS = {"audit": audit_app, "retention": retention_app, "holds": holds_app, "erase": erase_app}
COMMANDS = (
    operating.backup,
    operating.restore,
    operating.migrate,
    operating.bundle,
    operating.sbom,
    operating.advisories,
)


@audit_app.command("list")
@reports_errors
def audit_list(
    action: Annotated[str, typer.Option(help="Begin of the action, such as document.")] = "",
    after: Annotated[int, typer.Option(help="Only entries of higher numbers.")] = 0,
    limit: Annotated[int, typer.Option(help="How many, at most 1000.")] = 100,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Who did what, oldest first.  Example: shoko audit list --action session"""
    with library_of(data, embedder=False) as client:
        rows = client.get("/api/audit", action=action, after=after, limit=limit)
    show(rows, ("number", "at", "user", "action", "subject", "detail"), as_json)


@audit_app.command("verify")
@reports_errors
def audit_verify(data: Data = None, as_json: Json = False) -> None:
    """Check that the log was not changed; exit code 1 if it was.  Example: shoko audit verify"""
    with library_of(data, embedder=False) as client:
        verified = client.get("/api/audit/verification")
    if as_json:
        print_json(verified)
    elif verified["whole"]:
        counts = f"{verified['entries']} entries and {verified['checkpoints']} checkpoints"
        out.print(f"{counts} are as they were written.", style="green")
    else:
        if verified["broken_entry"] is not None:
            out.print(f"Entry {verified['broken_entry']} was changed, removed or put in.", style="red")
        if verified["broken_checkpoint"] is not None:
            said = (
                f"The checkpoint at entry {verified['broken_checkpoint']} does not fit its entry or its key."
            )
            out.print(said, style="red")
    if not verified["whole"]:
        raise typer.Exit(1)


@audit_app.command("seal")
@reports_errors
def audit_seal(data: Data = None, as_json: Json = False) -> None:
    """Sign the log's end now, to keep the signature elsewhere.  Example: shoko audit seal --json"""
    with library_of(data, embedder=False) as client:
        made = client.post("/api/audit/checkpoints")
    if as_json:
        print_json(made)
    else:
        out.print(f"{made['signed']}\nsignature {made['signature']}\nkey {made['key']}", markup=False)


@audit_app.command("export")
@reports_errors
def audit_export(
    file: Annotated[Path, typer.Argument(help="File to write; it must not be there yet.")],
    since: Annotated[str | None, typer.Option(help="From this moment on: 2026-11-01.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this moment.")] = None,
    data: Data = None,
) -> None:
    """Write the log as OCSF events, a JSON object a line.  Example: shoko audit export log.jsonl"""
    with library_of(data, embedder=False) as client, file.open("xb") as target:
        query = {name: value for name, value in (("since", since), ("until", until)) if value}
        with client.client.stream("GET", "/api/audit/export", params=query) as answer:
            if answer.status_code >= 400:
                answer.read()
                client.json_of(answer)
            for chunk in answer.iter_bytes():
                target.write(chunk)
    out.print(f"{file}: {file.stat().st_size} bytes", markup=False)


@retention_app.command("list")
@reports_errors
def retention_list(data: Data = None, as_json: Json = False) -> None:
    """The rules; what has none is kept without limit.  Example: shoko retention list"""
    with library_of(data) as client:
        show(client.get("/api/retention"), ("id", "kind", "space", "days"), as_json)


@retention_app.command("set")
@reports_errors
def retention_set(
    kind: Annotated[RetentionKind, typer.Argument(help="What the rule is about.")],
    days: Annotated[int, typer.Argument(help="How many days it is kept.")],
    space: Annotated[str, typer.Option(help="Of superseded and expired: the space.")] = "",
    data: Data = None,
) -> None:
    """Keep something so many days.  Example: shoko retention set questions 365"""
    with library_of(data) as client:
        rule = client.put("/api/retention", {"kind": kind, "days": days, "space": space})
    out.print(f"{rule['kind']} {rule['space']}: {rule['days']} days".replace(" :", ":"), markup=False)


@retention_app.command("rm")
@reports_errors
def retention_remove(rule: Annotated[str, typer.Argument(help="Id of the rule.")], data: Data = None) -> None:
    """Remove a rule: what it covered is kept without limit again.  Example: shoko retention rm
    49e64788df14e1fc"""
    with library_of(data) as client:
        client.delete(f"/api/retention/{quote(rule, safe='')}")
    out.print("The rule is gone.")


@holds_app.command("list")
@reports_errors
def holds_list(data: Data = None, as_json: Json = False) -> None:
    """What may not be erased, and why.  Example: shoko holds list"""
    with library_of(data) as client:
        show(client.get("/api/holds"), ("id", "kind", "subject_id", "reason", "placed_at"), as_json)


@holds_app.command("place")
@reports_errors
def holds_place(
    kind: Annotated[Held, typer.Argument(help="space, document or user.")],
    subject: Annotated[str, typer.Argument(help="Name or id; of a document its id.")],
    reason: Annotated[str, typer.Option(help="Why; shown to anyone who runs into it.")],
    data: Data = None,
) -> None:
    """Keep from erasure.  Example: shoko holds place space Personnel --reason "case 12 of 2026" """
    with library_of(data) as client:
        held = client.post("/api/holds", {"kind": kind, "subject": subject, "reason": reason})
    out.print(f"{held['id']}: held.", markup=False)


@holds_app.command("lift")
@reports_errors
def holds_lift(hold: Annotated[str, typer.Argument(help="Id of the hold.")], data: Data = None) -> None:
    """Lift a hold.  Example: shoko holds lift 49e64788df14e1fc"""
    with library_of(data) as client:
        client.delete(f"/api/holds/{quote(hold, safe='')}")
    out.print("The hold is lifted.")


def _erase(kind: str, subject: str, yes: bool, data: Path | None, as_json: bool) -> None:
    if not yes:
        typer.confirm(f"Erase the {kind} {subject} for good?", abort=True, err=True)
    with library_of(data) as client:
        made: dict[str, Any] = client.post("/api/erasures", {"kind": kind, "subject": subject})
    if as_json:
        print_json(made)
        return
    out.print(f"Certificate {made['id']}, {made['at']}", markup=False)
    for part in made["certificate"]["removed_from"]:
        out.print(f"  removed: {part}", markup=False)
    for name, left in made["certificate"]["left"].items():
        out.print(f"  left: {name}: {left}", markup=False)


Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@erase_app.command("document")
@reports_errors
def erase_document(
    document: Annotated[str, typer.Argument(help="Id of the document.")],
    yes: Yes = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Erase a document down to the files.  Example: shoko erase document 49e64788df14e1fc"""
    _erase("document", document, yes, data, as_json)


@erase_app.command("user")
@reports_errors
def erase_user(
    user: Annotated[str, typer.Argument(help="Name or id of the person.")],
    yes: Yes = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Erase a person with their questions.  Example: shoko erase user Mori"""
    _erase("user", user, yes, data, as_json)


@erase_app.command("list")
@reports_errors
def erase_list(data: Data = None, as_json: Json = False) -> None:
    """Certificates of erasure.  Example: shoko erase list --json"""
    with library_of(data) as client:
        show(client.get("/api/erasures"), ("id", "at", "kind", "subject_id"), as_json)
