"""`shoko copies …`: which of several copies of a document is valid, and what a space's keeper should look
at."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli.console import Data, Json, out, print_json, reports_errors
from cli.library import library_of, of_space
from core.errors import BadValue, NotFound

app = typer.Typer(no_args_is_help=True, help="Which copy of a document is valid.")
Space = Annotated[str, typer.Argument(help="Name or id of the space.")]


def _id_of(groups: list[dict[str, Any]], document: str) -> str:
    """The id of one of those copies, by its id or file name."""
    known = [copy for group in groups for copy in group["copies"]]
    ids = {copy["document_id"] for copy in known if document in (copy["document_id"], copy["document"])}
    if not ids:
        raise NotFound(what="copy", name=document)
    if len(ids) > 1:
        raise BadValue(name="document", problem=f"{document} names several", fix="Give the id")
    return str(ids.pop())


@app.command("list")
@reports_errors
def list_copies(space: Space, data: Data = None, as_json: Json = False) -> None:
    """Copies in a space, each group's likely valid one first.  Example: shoko copies list General"""
    with library_of(data) as client:
        listing = client.get(of_space(space, "/copies"))
    if as_json:
        print_json(listing)
        return
    for group in listing["groups"]:
        print_group(group)
    if not listing["groups"]:
        out.print("No two documents are copies of each other.")


def print_group(group: dict[str, Any]) -> None:
    """A group of copies, with what speaks for and against each."""
    out.print("copies of one document" if group["open"] else "copies that were decided on", style="bold")
    for copy in group["copies"]:
        decided = copy["decided"]
        if decided is not None:
            sign = "✓" if decided["valid_id"] == copy["document_id"] else "·"
            sign = "=" if decided["valid_id"] is None else sign
        else:
            sign = "?" if group["likely"] != copy["document_id"] else "→"
        out.print(f"  {sign} {copy['document']}  ({copy['document_id']})", markup=False)
        for reason in copy["reasons"]:
            out.print(f"      {reason['code']}: {reason['value']}", style="dim", markup=False)


@app.command("decide")
@reports_errors
def decide(
    space: Space,
    copies: Annotated[list[str], typer.Argument(help="Ids or file names of all the copies.")],
    valid: Annotated[
        str | None,
        typer.Option(help="Id or file name of the valid one; without it, they are separate documents."),
    ] = None,
    data: Data = None,
) -> None:
    """Decide which copy is valid.  Example: shoko copies decide General rules.docx "rules (2).docx" --valid
    rules.docx"""
    with library_of(data) as client:
        groups = client.get(of_space(space, "/copies"))["groups"]
        chosen = _id_of(groups, valid) if valid is not None else None
        ids = [_id_of(groups, copy) for copy in copies]
        client.put(of_space(space, "/copies"), {"valid": chosen, "copies": ids})
    out.print(f"{valid} is the valid one." if valid else "Each of them holds by itself.", markup=False)


@app.command("undo")
@reports_errors
def undo(
    space: Space,
    document: Annotated[str, typer.Argument(help="Id or file name of one of the copies.")],
    data: Data = None,
) -> None:
    """Undo a decision.  Example: shoko copies undo General rules.docx"""
    with library_of(data) as client:
        chosen = _id_of(client.get(of_space(space, "/copies"))["groups"], document)
        client.delete(of_space(space, f"/copies/{quote(chosen, safe='')}"))
    out.print("Nothing is decided of them now.")


@app.command("upkeep")
@reports_errors
def upkeep(
    space: Space,
    days: Annotated[int, typer.Option(help="For how many days no answer quoted them, 7 to 3650.")] = 180,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """What a manager of a space should look at.  Example: shoko copies upkeep General"""
    with library_of(data) as client:
        lists = client.get(of_space(space, "/upkeep"), days=days)
    if as_json:
        print_json(lists)
        return
    for group in lists["overlapping"]:
        print_group(group)
    for pair in lists["contradicting"]:
        out.print("these do not agree", style="bold")
        for said in (pair["one"], pair["other"]):
            out.print(f"  {said['document']}, p. {said['page']}: {said['text']}", markup=False)
    for pair in lists["outdated"]:
        out.print(f"older than its successor: {pair['older']['document']}", style="bold", markup=False)
        reason = f"{pair['reason']['code']} {pair['reason']['value']}"
        out.print(f"  {pair['newer']['document']}  ({reason})", markup=False)
    if lists["unasked"]:
        out.print(f"quoted by no answer for {lists['unasked_days']} days", style="bold")
    for document in lists["unasked"]:
        out.print(f"  {document['document']}  ({document['document_id']})", markup=False)
