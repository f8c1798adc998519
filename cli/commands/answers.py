"""`shoko answers …`: saved answers, as files that leave the archive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer
from rich.table import Column, Table

from cli.console import Data, Json, Language, day, err, out, print_json, reports_errors, settings_of
from core.errors import BadValue

if TYPE_CHECKING:
    from cli.client import ApiClient

app = typer.Typer(no_args_is_help=True, help="Past answers, as files.")
Spoken = Annotated[
    Language | None, typer.Option(help="Of what is said beside the quotes; else the question's own.")
]


@app.command("list")
@reports_errors
def list_answers(
    limit: Annotated[int, typer.Option(help="How many, at most 500.")] = 50,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Your own questions, newest first.  Example: shoko answers list"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        listed = client.get("/api/questions", limit=limit)
    if as_json:
        print_json(listed)
        return
    table = Table(Column("id", no_wrap=True), "asked at", "status", "question")
    for row in listed["questions"]:
        asked = row["asked_at"][:16].replace("T", " ")
        table.add_row(row["id"], asked, row["status"] or "–", " ".join(row["question"].split())[:80])
    out.print(table)


@app.command("save")
@reports_errors
def save(
    question: Annotated[str, typer.Argument(help="Id of the question, as `shoko answers list` shows it.")],
    file: Annotated[Path, typer.Argument(help="A file that ends in .docx, .pdf, .md, .txt or .eml.")],
    language: Spoken = None,
    data: Data = None,
) -> None:
    """Save an answer with its quotes.  Example: shoko answers save b6b1c9fb0353f9a0 answer.docx"""
    from cli.client import backend

    check_place(file)
    with backend(settings_of(data, model="none")) as client:
        write_answer(client, question, file, language)


@app.command("export")
@reports_errors
def export(
    file: Annotated[Path, typer.Argument(help="A file that ends in .jsonl.")],
    since: Annotated[str | None, typer.Option(help="Asked on this day or later.")] = None,
    until: Annotated[str | None, typer.Option(help="Asked on this day or before.")] = None,
    data: Data = None,
) -> None:
    """Your answers as a file for an audit.  Example: shoko answers export answers.jsonl --since 2026-04-01"""
    from cli.client import backend

    if file.suffix.lower() != ".jsonl":
        raise BadValue(name=file.name, problem="it holds lines of JSON", fix="End its name in .jsonl")
    with backend(settings_of(data, model="none")) as client:
        days = {"since": day(since, "--since"), "until": day(until, "--until")}
        content = client.content("/api/answers/file", **days)
    file.write_bytes(content)
    _tell(file, content)


@app.command("verify")
@reports_errors
def verify(
    file: Annotated[Path, typer.Argument(help="A file of `shoko answers export`.")], as_json: Json = False
) -> None:
    """Check that such a file was not changed; exit code 1 if it was.  Example: shoko answers verify
    answers.jsonl"""
    from drafts.answers.audit_file import examined

    report = examined(file.read_bytes())
    if as_json:
        summary = {"answers": report.answers, "sha256": report.sha256, "whole": report.is_whole}
        print_json(summary | {"problem": report.problem})
    elif report.is_whole:
        out.print(f"{report.answers} answers, all as they were written. SHA-256: {report.sha256}")
        out.print("`shoko audit list --action answer` shows whether the log has that hash.")
    else:
        err.print(f"{file.name}: {report.problem}.", style="red", markup=False)
    if not report.is_whole:
        raise typer.Exit(1)


def check_place(file: Path) -> None:
    """Raises BadValue if the name says no form, or nothing can be written there: before anything is
    asked."""
    from drafts.answers.forms import form_of

    form_of(file)
    if not file.parent.is_dir() or file.is_dir():
        fix = "Make its folder first, or name another file"
        raise BadValue(name=str(file), problem="no file can be written there", fix=fix)


def write_answer(client: ApiClient, question: str, file: Path, language: str | None = None) -> None:
    """Write that answer to the file, in the form that its ending names."""
    from drafts.answers.forms import form_of

    asked: dict[str, Any] = {"form": str(form_of(file)), "language": language}
    content = client.content(f"/api/questions/{quote(question, safe='')}/file", **asked)
    file.write_bytes(content)
    _tell(file, content)


def _tell(file: Path, content: bytes) -> None:
    err.print(f"{file}: {len(content):,} bytes.", markup=False)
