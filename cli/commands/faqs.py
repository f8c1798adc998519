"""`shoko faqs …`: approved answers, what waits for review, and tables of them in and out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Column, Table

from cli.console import Data, Json, err, out, print_json, reports_errors, settings_of
from core.errors import NotFound

app = typer.Typer(no_args_is_help=True, help="Approved answers.")

Which = Annotated[str, typer.Argument(help="Id of an approved answer, as `shoko faqs list` shows it.")]
SHOWN = 60  # characters of a question or an answer in a table


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"


@app.command("list")
@reports_errors
def list_faqs(
    state: Annotated[
        list[str] | None, typer.Option(help="draft, approved, review or withdrawn; else all.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Approved answers, drafts, and what waits for review.  Example: shoko faqs list --state review"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        listed = client.get("/api/faqs", state=state)
    if as_json:
        print_json(listed)
        return
    table = Table(Column("id", no_wrap=True), "state", "question", "answer", "until", "quotes")
    for faq in listed["faqs"]:
        table.add_row(
            faq["id"], faq["state"], _short(faq["question"]), _short(faq["answer"]),
            faq["valid_until"] or "", str(len(faq["sources"])),
        )  # fmt: skip
    out.print(table)


@app.command("candidates")
@reports_errors
def list_candidates(limit: int = 20, data: Data = None, as_json: Json = False) -> None:
    """Questions that need an approved answer, the most frequent first.  Example: shoko faqs candidates"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        listed = client.get("/api/faqs/candidates", limit=limit)
    if as_json:
        print_json(listed)
        return
    table = Table("question", "people", "unanswered", "of no use", "last asked")
    for candidate in listed["candidates"]:
        table.add_row(
            _short(candidate["question"]), str(candidate["people"]), str(candidate["unanswered"]),
            str(candidate["unhelpful"]), candidate["last_asked"][:10],
        )  # fmt: skip
    out.print(table)


@app.command("export")
@reports_errors
def export(
    file: Annotated[Path, typer.Argument(help="The CSV file to write; - for the terminal.")],
    space: Annotated[str | None, typer.Option(help="Name or id of a space; else all.")] = None,
    data: Data = None,
) -> None:
    """Write them as a CSV table, in the form that `import` takes.  Example: shoko faqs export faqs.csv"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        table = client.text("/api/faqs/table", space=space)
    if str(file) == "-":
        out.print(table.lstrip("\ufeff"), markup=False, highlight=False, soft_wrap=True, end="")
        return
    file.write_text(table, encoding="utf-8", newline="")
    err.print(f"{file} is written.", markup=False)


@app.command("import")
@reports_errors
def import_table(
    file: Annotated[Path, typer.Argument(help="A CSV table in UTF-8; `export` shows its form.")],
    space: Annotated[str, typer.Option(help="Name or id of the space.")] = "General",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Import a CSV table as drafts; wrong rows are skipped.  Example: shoko faqs import faqs.csv"""
    from cli.client import backend

    if not file.is_file():
        raise NotFound(what="file", name=file)
    with backend(settings_of(data, model="none")) as client:
        done = client.send("/api/faqs/table", file, space=space)
    if as_json:
        print_json(done)
    else:
        for problem in done["problems"]:
            err.print(f"{file}:{problem['line']}: {problem['problem']}", style="red", markup=False)
        out.print(f"Drafts added: {len(done['added'])}. `shoko faqs approve ID` lets one answer.")
    if done["problems"]:
        raise typer.Exit(1)


@app.command("show")
@reports_errors
def show(faq: Which, data: Data = None, as_json: Json = False) -> None:
    """One of them with its quotes.  Example: shoko faqs show 0123456789abcdef"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        answer = client.get(f"/api/faqs/{faq}")
    if as_json:
        print_json(answer)
        return
    out.print(answer["question"], style="bold", markup=False)
    out.print(answer["answer"], markup=False)
    out.print(_said(answer), style="dim", markup=False)
    for source in answer["sources"]:
        out.print(f"  {source['document']}, p. {source['page']}: {source['quote']}", markup=False)


@app.command("approve")
@reports_errors
def approve(faq: Which, data: Data = None) -> None:
    """Let a draft answer.  Example: shoko faqs approve 0123456789abcdef"""
    _step(faq, "approve", data)


@app.command("withdraw")
@reports_errors
def withdraw(faq: Which, data: Data = None) -> None:
    """Withdraw one: it no longer answers.  Example: shoko faqs withdraw 0123456789abcdef"""
    _step(faq, "withdraw", data)


@app.command("rm")
@reports_errors
def remove(faq: Which, data: Data = None) -> None:
    """Delete one.  Example: shoko faqs rm 0123456789abcdef"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        client.delete(f"/api/faqs/{faq}")
    out.print(f"{faq} is deleted.", markup=False)


def _step(faq: str, verb: str, data: Path | None) -> None:
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        out.print(_said(client.post(f"/api/faqs/{faq}/{verb}")), markup=False)


def _said(faq: dict[str, Any]) -> str:
    until = f", until {faq['valid_until']}" if faq["valid_until"] else ""
    return f"{faq['id']}: {faq['state']}{until}"
