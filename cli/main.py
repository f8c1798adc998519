"""The command line. A command that uses a library speaks HTTP (see `cli.client`), so it works whether or
not the server runs, and never opens the index beside it. Errors go to the standard error with exit code 1."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from cli.commands import (
    answers,
    documents,
    drafts,
    evaluate,
    faqs,
    folders,
    glossary,
    ingest,
    mcp,
    packs,
    people,
    proof,
    space_rules,
    working,
)
from cli.commands.check import check
from cli.commands.jobs import app as jobs_app
from cli.commands.models import app as models_app
from cli.commands.models import download_bar
from cli.commands.models import progress as download_progress
from cli.commands.spaces import copies, feeds, personal
from cli.console import (
    AsOf,
    Data,
    Json,
    day,
    err,
    out,
    print_answer,
    print_widened,
    progress_bar,
    write_what_can_be_written,
)
from cli.console import print_json as _print_json
from cli.console import reports_errors as _reports_errors
from cli.console import settings_of as _settings
from core.errors import QuestionTooLong, ServerAway
from core.files import printable

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Shoko: a private document assistant. Answers with quotes that can be checked on the page.",
)
app.add_typer(models_app, name="models")
app.add_typer(jobs_app, name="jobs")
for _name, _group in (people.GROUPS | space_rules.GROUPS | proof.GROUPS).items():
    app.add_typer(_group, name=_name)
app.add_typer(documents.app, name="documents")
app.add_typer(folders.app, name="folders")
app.add_typer(faqs.app, name="faqs")
app.add_typer(answers.app, name="answers")
app.add_typer(glossary.app, name="glossary")
app.add_typer(copies.app, name="copies")
app.add_typer(personal.app, name="personal")
app.add_typer(feeds.app, name="feeds")
app.command()(check)
app.add_typer(packs.app, name="packs")
app.command()(drafts.draft)
app.command()(mcp.mcp)
app.add_typer(drafts.app, name="templates")

# Names that processes of this program give one another.
OTHER_NAMES = {"SHOKO_API", "SHOKO_SCREENS", "SHOKO_CHILD_MEMORY_MB", "SHOKO_BARE_MODEL"}
# Those that a command alone reads.
OTHER_NAMES |= {mcp.KEY, mcp.SERVER}
Model = Annotated[
    str | None, typer.Option("--model", help="Chat model for this command: a name, auto or none.")
]


@app.command()
@_reports_errors
def serve(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on [SHOKO_HOST].")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the API [SHOKO_PORT].")] = None,
    model: Model = None,
    ui: Annotated[bool, typer.Option("--ui/--no-ui", help="Start the screens too.")] = True,
    welcome: Annotated[
        bool, typer.Option(help="Load the sample library into an empty one and ask it three questions.")
    ] = False,
) -> None:
    """Serve the API and the screens.  Example: shoko serve --data /srv/shoko"""
    from cli.serve import run

    run(_settings(data, host=host, port=port, model=model), ui=ui, welcome=welcome)


app.command()(ingest.ingest)
app.command()(working.worker)


@app.command()
@_reports_errors
def search(
    words: Annotated[str, typer.Argument(help="Words or a question.")],
    limit: Annotated[int, typer.Option(help="How many passages.")] = 10,
    as_of: AsOf = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Find passages.  Example: shoko search "paid leave" """
    from cli.client import backend

    settings = _settings(data, model="none")
    if len(words) > settings.question_characters:  # an address has less room than a question may need
        raise QuestionTooLong(length=len(words), limit=settings.question_characters)
    with backend(settings, wait_for_models=True) as client:
        answer = client.get("/api/search", q=words, limit=limit, as_of=day(as_of, "--as-of"))
        hits = answer["hits"]
    if as_json:
        from contract.programs import ProgramHits

        _print_json(ProgramHits.of(answer).model_dump(mode="json"))
        return
    for hit in hits:
        place = hit["place"]
        if place is None or (place["kind"] == "page" and hit["last_page"] != hit["page"]):
            pages = f"p. {hit['page']}" + (f"–{hit['last_page']}" if hit["last_page"] != hit["page"] else "")
        else:
            pages = place["shown"]
        out.print(f"{hit['document']}, {pages}  ({hit['score']:.3f})", style="bold", markup=False)
        out.print("  " + " ".join(hit["passage"].split())[:300], markup=False)
    if not hits:
        out.print("Nothing was found.")
    print_widened(answer["widened"])


@app.command()
@_reports_errors
def ask(
    question: Annotated[str, typer.Argument(help="The question.")],
    as_of: AsOf = None,
    data: Data = None,
    model: Model = None,
    save: Annotated[
        list[Path] | None,
        typer.Option(help="Save the answer too: a file that ends in .docx, .pdf, .md, .txt or .eml."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Ask the documents.  Example: shoko ask "How many days of paid leave do I get?" """
    from cli.client import backend

    for file in save or []:
        answers.check_place(file)
    with backend(_settings(data, model=model), wait_for_models=True) as client:
        done = None
        for name, event in client.ask(question, day(as_of, "--as-of")):
            if not as_json:
                print_answer([(name, event)])
            done = event if name == "done" else done
        if done is None:
            raise ServerAway(address=client.client.base_url)
        for file in save or []:
            answers.write_answer(client, done["question_id"], file)
    if not as_json:
        return
    from contract.programs import ProgramAnswer

    _print_json(ProgramAnswer.of(done).model_dump(mode="json"))


app.command(name="eval")(evaluate.evaluate)


@app.command()
@_reports_errors
def doctor(
    egress: Annotated[
        Path | None,
        typer.Option(help="Prove that nothing goes out; the report's file (HTML, JSON beside it)."),
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Check the machine, the models, the records and the log.  Example: shoko doctor"""
    if egress is not None:
        from cli.commands.operating import prove_egress

        prove_egress(egress, _settings(data))
        return
    from operations.doctor import examine

    findings = examine(_settings(data))
    if as_json:
        _print_json({"findings": [finding.__dict__ for finding in findings]})
    else:
        for finding in findings:
            style = {"ok": "green", "note": "yellow", "fault": "red"}[finding.level]
            out.print(f"{finding.level:>5}  {finding.what}: {finding.found}", style=style, markup=False)
            if finding.fix:
                out.print(f"       {finding.fix}", markup=False)
    if any(finding.level == "fault" for finding in findings):
        raise typer.Exit(1)


@app.command()
@_reports_errors
def reindex(data: Data = None) -> None:
    """Rebuild the index from the records.  Example: shoko reindex"""
    from cli.client import ENDED, backend

    with backend(_settings(data, model="none"), wait_for_models=True) as client:
        made = client.post("/api/reindex")
        out.print(f"{made['passages']} passages are searchable by words.")
        if not made["jobs"]:
            out.print("No embedding model is installed: there are no vectors to make.")
            return
        with progress_bar("{task.completed}/{task.total}") as bar:
            task = bar.add_task("vectors of documents", total=len(made["jobs"]))
            for states in client.wait_for_jobs(made["jobs"]):
                bar.update(task, completed=sum(job["state"] in ENDED for job in states))
        done = sum(job["state"] == "done" for job in states)
        out.print(f"{done} of {len(states)} documents are searchable by meaning.")


@app.command()
@_reports_errors
def setup(data: Data = None) -> None:
    """Get the default models and test the engine on this machine.  Example: shoko setup"""
    from operations.setup import defaults, prepare

    settings = _settings(data)
    with download_bar() as bar:
        progress = download_progress(bar)
        for line in prepare(settings, progress, defaults(settings)):
            bar.console.print(line, markup=False)


for _command in proof.COMMANDS:
    app.command()(_command)


def main() -> None:
    """The entry point."""
    from core.egress import silence_telemetry

    silence_telemetry()
    write_what_can_be_written()
    for line in unknown_settings(os.environ):
        err.print(line, style="yellow", markup=False)
    app()


def unknown_settings(environment: Mapping[str, str]) -> list[str]:
    """A line for each name in the environment that looks like a setting but is not one."""
    from core.settings import Settings

    known = {f"SHOKO_{name.upper()}" for name in Settings.model_fields} | OTHER_NAMES
    lines = []
    for name in sorted(environment):
        if name.upper().startswith("SHOKO_") and name.upper() not in known:
            near = difflib.get_close_matches(name.upper(), known, 1)
            meant = f" Was {near[0]} meant?" if near else ""
            lines.append(f"{printable(name)} is no setting and has no effect.{meant} See docs/settings.md.")
    return lines


if __name__ == "__main__":
    main()
