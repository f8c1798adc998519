"""`shoko documents …`: what there is, its versions and dates, and what changed."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any

import typer
from rich.table import Column, Table

from cli.console import Data, Json, day, err, out, print_json, reports_errors, settings_of
from core.errors import BadValue, NotFound

app = typer.Typer(no_args_is_help=True, help="Documents, their versions, and what is in force.")

Name = Annotated[str, typer.Argument(help="Id or file name of a document.")]
Number = Annotated[int | None, typer.Option("--version", help="Number of the version; else the newest.")]
NONE = "none"  # of a date: take it away


def _found(client: Any, name: str) -> dict[str, Any]:
    """The document of that id or file name. Raises NotFound, or BadValue if several have that name."""
    from cli.client import RemoteError

    name = unicodedata.normalize("NFC", name)  # as names are kept; a terminal of macOS may write another form

    try:
        return dict(client.get(f"/api/documents/{name}"))
    except RemoteError as error:
        if error.status != 404:
            raise
    same = [
        document
        for document in client.get("/api/documents", name=name)["documents"]
        if document["name"] == name
    ]
    if not same:
        raise NotFound(what="document", name=name)
    if len(same) > 1:
        ids = ", ".join(f"{document['id']} ({document['space']})" for document in same)
        raise BadValue(name=name, problem="several documents have that name", fix=f"Give its id: {ids}")
    return dict(same[0])


def _version(client: Any, document: dict[str, Any], number: int | None) -> dict[str, Any]:
    versions = client.get(f"/api/documents/{document['id']}/versions")
    for version in versions:
        if number is None or version["number"] == number:
            return dict(version)
    raise NotFound(what="version", name=number)


def force_of(version: dict[str, Any]) -> str:
    """A version's dates in a few characters."""
    first, last = version["in_force_from"], version["in_force_until"]
    return f"{first or ''} – {last or ''}" if first or last else ""


@app.command("list")
@reports_errors
def list_documents(
    space: Annotated[str | None, typer.Option(help="Name or id of a space.")] = None,
    name: Annotated[str | None, typer.Option(help="Part of the file name.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only those whose newest version failed.")] = False,
    limit: Annotated[int, typer.Option(help="How many.")] = 100,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """The documents, newest first.  Example: shoko documents list --failed"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        if space is not None:
            spaces = [
                document
                for document in client.get("/api/spaces")
                if space in (document["id"], document["name"])
            ]
            if not spaces:
                raise NotFound(what="space", name=space)
            space = spaces[0]["id"]
        listed = client.get(
            "/api/documents", space=space, name=name, limit=limit, state="failed" if failed else None
        )
    if as_json:
        print_json(listed)
        return
    table = Table(
        Column("id", no_wrap=True), Column("document", overflow="fold"), "space", "version", "answers",
        "state", "pages", "in force",
    )  # fmt: skip
    for document in listed["documents"]:
        version = document["version"]
        table.add_row(
            document["id"], document["name"], document["space"], str(version["number"]),
            str(document["current"] or "–"), version["state"], str(version["pages"]), force_of(version),
        )  # fmt: skip
        if version["error"]:
            table.add_row("", version["error"]["message"], style="red")
    out.print(table)
    out.print(f"{len(listed['documents'])} of {listed['total']}")


@app.command("show")
@reports_errors
def show(document: Name, data: Data = None, as_json: Json = False) -> None:
    """Everything about one document.  Example: shoko documents show work-rules.pdf"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        shown = _found(client, document)
    if as_json:
        print_json(shown)
        return
    version = shown["version"]
    out.print(f"{shown['name']}  ({shown['id']}, {shown['space']})", style="bold", markup=False)
    out.print(
        f"  version {version['number']}: {version['state']}, {version['pages']} pages,"
        f" {version['passages']} passages; version {shown['current'] or '–'} answers",
        markup=False,
    )
    for side, label in (("from", "in force from"), ("until", "in force until")):
        if version[f"in_force_{side}"]:
            source = version["in_force_sources"].get(side, {})
            out.print(
                f"  {label} {version[f'in_force_{side}']}  ({source.get('source', '')}"
                f"{': ' + source['quote'] if source.get('quote') else ''})",
                markup=False,
            )
    if version["error"]:
        out.print(f"  {version['error']['message']}", style="red", markup=False)


@app.command("versions")
@reports_errors
def versions(document: Name, data: Data = None, as_json: Json = False) -> None:
    """A document's versions, newest first.  Example: shoko documents versions work-rules.pdf"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        shown = _found(client, document)
        rows = client.get(f"/api/documents/{shown['id']}/versions")
    if as_json:
        print_json({"versions": rows})
        return
    table = Table("version", "answers", "state", "pages", "in force from", "until", "arrived")
    for version in rows:
        table.add_row(
            str(version["number"]),
            "yes" if version["number"] == shown["current"] else "",
            version["state"],
            str(version["pages"]),
            *(
                f"{version[f'in_force_{side}'] or ''}"
                + (f" ({source['source']})" if (source := version["in_force_sources"].get(side)) else "")
                for side in ("from", "until")
            ),
            version["created_at"][:16].replace("T", " "),
        )
    out.print(table)


@app.command("dates")
@reports_errors
def dates(
    document: Name,
    first: Annotated[str | None, typer.Option("--from", help="First day in force, or none.")] = None,
    last: Annotated[str | None, typer.Option("--until", help="Last day in force, or none.")] = None,
    number: Number = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Set from when until when a version is in force.  Example: shoko documents dates rules.pdf --from 2026-04-01"""  # noqa: E501  # one line for the help
    from cli.client import backend

    body = {}
    for name, value, option in (("in_force_from", first, "--from"), ("in_force_until", last, "--until")):
        if value is not None:
            chosen = None if value == NONE else day(value, option)
            body[name] = chosen.isoformat() if chosen else None
    if not body:
        raise BadValue(name="--from, --until", problem="neither was given", fix="Give a day, or none")
    with backend(settings_of(data, model="none")) as client:
        dated = _found(client, document)
        version = _version(client, dated, number)
        changed = client.patch(f"/api/documents/{dated['id']}/versions/{version['id']}", body)
        current = client.get(f"/api/documents/{dated['id']}")["current"]
    if as_json:
        print_json(changed)
        return
    out.print(
        f"{dated['name']}, version {changed['number']}: {force_of(changed) or 'no dates'}."
        f" Version {current or '–'} answers today.",
        markup=False,
    )


@app.command("diff")
@reports_errors
def diff(
    document: Name,
    old: Annotated[int | None, typer.Option(help="Number of a version; else the one before.")] = None,
    new: Annotated[int | None, typer.Option(help="Number of a version; else the newest.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """What changed between two versions.  Example: shoko documents diff work-rules.pdf --old 1 --new 2"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        shown = _found(client, document)
        compared = client.get(f"/api/documents/{shown['id']}/differences", old=old, new=new)
    if as_json:
        print_json(compared)
        return
    counts = ", ".join(f"{count} {kind}" for kind, count in compared["counts"].items() if count)
    out.print(
        f"{shown['name']}: version {compared['old']['number']} → {compared['new']['number']}:"
        f" {counts or 'no paragraph differs'}",
        style="bold",
        markup=False,
    )
    for change in compared["changes"]:
        for side, sign, style in (("old", "-", "red"), ("new", "+", "green")):
            paragraph = change[side]
            if paragraph is None or (change["kind"] == "moved" and side == "old"):
                continue
            moved = f" (moved from p. {change['old']['page']})" if change["kind"] == "moved" else ""
            out.print(f"{sign} p. {paragraph['page']}{moved}  {paragraph['text']}", style=style, markup=False)


@app.command("duplicates")
@reports_errors
def duplicates(
    least: Annotated[float, typer.Option(help="How similar counts as almost the same: 0.5 to 1.")] = 0.8,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Documents that are the same, or almost.  Example: shoko documents duplicates"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        groups = client.get("/api/duplicates", least=least)
    if as_json:
        print_json(groups)
        return
    for kind, title in (("same", "the same file"), ("alike", "almost the same")):
        for group in groups[kind]:
            out.print(title, style="bold")
            for document in group["documents"]:
                source = f"({document['document_id']}, {document['space']})"
                out.print(f"  {document['likeness']:.2f}  {document['document']}  {source}", markup=False)
    if not groups["same"] and not groups["alike"]:
        out.print("No two documents are the same.")


@app.command("rm")
@reports_errors
def remove(
    document: Name,
    version: Annotated[
        int | None, typer.Option("--version", help="Number of the one to erase alone.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: Data = None,
) -> None:
    """Erase a document with all its versions, or one.  Example: shoko documents rm old-rules.pdf --yes"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        removed = _found(client, document)
        path, what = f"/api/documents/{removed['id']}", f"{removed['name']} with all its versions"
        if version is not None:
            path += f"/versions/{_version(client, removed, version)['id']}"
            what = f"version {version} of {removed['name']}"
        if not yes:
            typer.confirm(f"Erase {what}?", abort=True, err=True)
        client.delete(path)
    out.print(f"{what} is erased.", markup=False)


@app.command("retry")
@reports_errors
def retry(
    document: Annotated[str | None, typer.Argument(help="Id or file name of a document.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="All whose newest version failed.")] = False,
    data: Data = None,
) -> None:
    """Queue failed documents again.  Example: shoko documents retry --failed"""
    from cli.client import backend

    if (document is None) == (not failed):
        raise BadValue(name="document", problem="give a document, or --failed", fix="See --help")
    with backend(settings_of(data, model="none")) as client:
        if document is not None:
            chosen = [_found(client, document)]
        else:
            chosen = client.get("/api/documents", state="failed", limit=500)["documents"]
        tried = [client.post(f"/api/documents/{listed['id']}/retry") for listed in chosen]
        _wait(client, [retried["id"] for retried in tried])
        for retried in tried:
            now = client.get(f"/api/documents/{retried['id']}")
            out.print(f"{now['version']['state']:>10}  {now['name']}", markup=False)
            if now["version"]["error"]:
                err.print(f"            {now['version']['error']['message']}", style="red", markup=False)


def _wait(client: Any, document_ids: list[str]) -> None:
    """Wait until the jobs of those documents have ended: a server started for this command must not stop
    before."""
    jobs = [
        job["id"]
        for document in document_ids
        for job in client.get("/api/jobs", document=document, kind="ingest", limit=1)["jobs"]
    ]
    for _ in client.wait_for_jobs(jobs) if jobs else ():
        pass
