"""`shoko glossary …`: the words of the company, by space."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer
from rich.table import Column, Table

from cli.console import Data, Json, out, print_json, reports_errors
from cli.library import library_of, of_space
from core.errors import NotFound

app = typer.Typer(no_args_is_help=True, help="The words of the company, by space.")
Space = Annotated[str, typer.Argument(help="Name or id of the space.")]
Words = Annotated[list[str] | None, typer.Option(help="It may be given more than once.")]
SIGNS = {"written": "", "said": "~", "avoided": "✗"}


def _path(space: str, rest: str = "") -> str:
    return of_space(space, f"/glossary{rest}")


@app.command("list")
@reports_errors
def list_entries(
    space: Space,
    q: Annotated[str, typer.Option("--find", help="Part of a term or a note.")] = "",
    limit: Annotated[int, typer.Option(help="How many, at most 500.")] = 100,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """The words of a space; ~ is said, ✗ is not to be written.  Example: shoko glossary list General"""
    with library_of(data) as client:
        listed = client.get(_path(space), q=q, limit=limit)
    if as_json:
        print_json(listed)
        return
    table = Table(Column("id", no_wrap=True), "term", "words", "note")
    for entry in listed["entries"]:
        words = ", ".join(SIGNS[word["use"]] + word["text"] for word in entry["words"])
        table.add_row(entry["id"], entry["term"], words, entry["note"])
    out.print(table)
    out.print(f"{len(listed['entries'])} of {listed['total']}")


@app.command("add")
@reports_errors
def add(
    space: Space,
    ja: Words = None,
    en: Words = None,
    zh: Words = None,
    ja_said: Words = None,
    en_said: Words = None,
    zh_said: Words = None,
    ja_avoid: Words = None,
    en_avoid: Words = None,
    zh_avoid: Words = None,
    note: Annotated[str, typer.Option(help="What it is, or why it is called so.")] = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Add an entry.  Example: shoko glossary add General --ja 稟議書 --ja-avoid 決裁願"""
    uses = (
        ("written", (ja, en, zh)),
        ("said", (ja_said, en_said, zh_said)),
        ("avoided", (ja_avoid, en_avoid, zh_avoid)),
    )
    words = [
        {"text": text, "language": language, "use": use}
        for use, given in uses
        for language, texts in zip(("ja", "en", "zh"), given, strict=True)
        for text in texts or ()
    ]
    with library_of(data) as client:
        added = client.post(_path(space), {"words": words, "note": note})
    if as_json:
        print_json(added)
        return
    out.print(f"{added['term']} ({added['id']}) counts from the next question on.", markup=False)


@app.command("rm")
@reports_errors
def remove(
    space: Space,
    term: Annotated[str, typer.Argument(help="Id or term of the entry.")],
    data: Data = None,
) -> None:
    """Remove an entry.  Example: shoko glossary rm General 稟議書"""
    with library_of(data) as client:
        listed = client.get(_path(space), q=term, limit=500)["entries"]
        chosen = next((entry["id"] for entry in listed if entry["term"] == term), term)
        client.delete(f"/api/glossary/{quote(chosen, safe='')}")
    out.print(f"{term} is taken out.", markup=False)


@app.command("export")
@reports_errors
def export(
    space: Space,
    file: Annotated[Path, typer.Argument(help="The CSV file to write.")],
    data: Data = None,
) -> None:
    """Write the words of a space as a CSV table.  Example: shoko glossary export General words.csv"""
    with library_of(data) as client:
        content = client.content(_path(space, "/table"))
    file.write_bytes(content)
    out.print(f"{file}: {len(content):,} bytes.", markup=False)


@app.command("import")
@reports_errors
def import_table(
    space: Space,
    file: Annotated[Path, typer.Argument(help="A CSV file with the columns of `shoko glossary export`.")],
    replace: Annotated[bool, typer.Option("--replace", help="Remove what is not in the table.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Import a CSV table of words.  Example: shoko glossary import General words.csv"""
    if not file.is_file():
        raise NotFound(what="file", name=file)
    with library_of(data) as client:
        taken = client.send(_path(space, "/table"), file, replace="true" if replace else "false")
    if as_json:
        print_json(taken)
        return
    out.print(f"{taken['added']} added, {taken['changed']} changed, {taken['removed']} taken out.")


@app.command("proposals")
@reports_errors
def proposals(space: Space, data: Data = None, as_json: Json = False) -> None:
    """Words that the glossary may lack, of unanswered questions.  Example: shoko glossary proposals
    General"""
    with library_of(data) as client:
        proposed = client.get(_path(space, "/proposals"))
    if as_json:
        print_json({"proposals": proposed})
        return
    table = Table("word", "questions", "such as")
    for word in proposed:
        table.add_row(word["word"], str(word["questions"]), " ".join(word["examples"][0].split())[:80])
    out.print(table)
