"""`shoko models …`: what there is, what fits, what runs, and what is used."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Column, Table

from cli.console import Data, Json, err, moving, out, print_json, reports_errors, settings_of

app = typer.Typer(no_args_is_help=True, help="Models on this machine and in the catalogue.")

WIDE = 130  # columns of a terminal from which on there is room for a sentence in each row
Context = Annotated[int | None, typer.Option("--context", help="Context in tokens [SHOKO_CONTEXT_TOKENS].")]


def download_bar() -> Progress:
    """A bar with rate and time left."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(),
        TimeRemainingColumn(),
    )  # fmt: skip
    return Progress(*columns, console=err, transient=True)


progress = moving  # that bar: name, bytes done, bytes in all


@app.command("list")
@reports_errors
def list_models(data: Data = None, as_json: Json = False) -> None:
    """Models that are installed and that can be pulled.  Example: shoko models list"""
    from operations.models import cards

    settings = settings_of(data)
    rows = cards(settings.models_folder, settings.context_tokens, settings.threads)
    if as_json:
        print_json({"models": [vars(row) for row in rows]})
        return
    wide = out.width >= WIDE
    heads = ("name", "role", "knows", "GB", "memory", "answer", "")
    table = Table(
        *(Column(name, no_wrap=True) for name in heads), *(["what to expect"] if wide else []), box=None
    )
    for row in rows:
        seconds = f"{row.typical_seconds:.0f} s" if row.typical_seconds is not None else ""
        state = "here" if row.installed else "too big" if not row.fits else ""
        table.add_row(
            row.name,
            row.role,
            " ".join(row.languages),
            f"{row.bytes / 1e9:.1f}",
            f"{row.memory / 1e9:.1f} GB",
            f"{'' if row.basis == 'header' else '~'}{seconds}" if seconds else "",
            "bad" if row.problem else "part" if row.partial_bytes else state,
            *([row.problem or row.note.get("en", row.source)] if wide else []),
        )
    out.print(table)
    if not any(row.typical_seconds for row in rows):
        err.print("To see how long an answer takes, estimate a model first: shoko models estimate NAME")


@app.command("show")
@reports_errors
def show(name: str, data: Data = None) -> None:
    """Everything that is known of a model.  Example: shoko models show smollm2-135m"""
    from operations.models import known

    print_json(known(settings_of(data).models_folder, name))


@app.command("pull")
@reports_errors
def pull_model(
    name: str,
    place: Annotated[
        str, typer.Option("--from", help="A mirror's address, or a folder, to take it from.")
    ] = "",
    data: Data = None,
) -> None:
    """Download a model; goes on where it stopped.  Example: shoko models pull smollm2-135m"""
    from operations.setup import pull

    settings = settings_of(data)
    with download_bar() as bar:
        for line in pull(settings.models_folder, name, progress(bar), place):
            bar.console.print(line, markup=False)


@app.command("import")
@reports_errors
def import_model(
    file: Path,
    name: Annotated[str, typer.Option(help="Name to give it; else the file's.")] = "",
    data: Data = None,
) -> None:
    """Take a GGUF chat model from a file.  Example: shoko models import ./model.gguf --name mine"""
    from llm.catalogue.store import ModelStore

    model = ModelStore(settings_of(data).models_folder).import_file(file, name)
    out.print(
        f"{model.name}: {model.bytes / 1e9:.2f} GB. Use it with: shoko models use {model.name} --for chat",
        markup=False,
    )


@app.command("rm")
@reports_errors
def remove(name: str, data: Data = None) -> None:
    """Remove a model and say what it frees.  Example: shoko models rm smollm2-135m"""
    from llm.catalogue.store import ModelStore
    from operations.library import running_server

    settings = settings_of(data)
    server = running_server(settings.data)
    if server is None:
        freed = ModelStore(settings.models_folder).remove(name)
    else:  # it knows what is in use
        from cli.client import client_of

        with client_of(server) as client:
            freed = client.delete(f"/api/models/{quote(name, safe='')}")["freed"]
    out.print(f"{name} is removed; {freed / 1e9:.2f} GB are free again.", markup=False)


@app.command("ps")
@reports_errors
def running(data: Data = None, as_json: Json = False) -> None:
    """Models in use, and changes and downloads under way.  Example: shoko models ps"""
    from cli.client import client_of
    from core.errors import ServerAway
    from operations.library import running_server

    settings = settings_of(data)
    server = running_server(settings.data)
    if server is None:
        raise ServerAway(address=f"http://{settings.host}:{settings.port}")
    with client_of(server) as client:
        now = client.get("/api/models/running")
    if as_json:
        print_json(now)
        return
    table = Table("role", "name", "state", "memory", "context", "waiting")
    for row in now["models"]:
        memory = f"{row['memory'] / 1e6:.0f} MB" if row["memory"] else ""
        table.add_row(
            row["role"], row["name"], row["state"], memory, str(row["context"] or ""), str(row["waiting"])
        )
    out.print(table)
    for pull in now["pulls"]:
        share = f" {pull['done'] / pull['total']:.0%}" if pull["total"] else ""
        out.print(f"download {pull['name']}: {pull['state']}{share} {pull['problem']}", markup=False)
    for switch in now["switches"]:
        part = f"{switch['done']} of {switch['total']} passages" if switch["total"] else ""
        problem = switch["problem"]
        out.print(f"{switch['role']} → {switch['name']}: {switch['state']} {part} {problem}", markup=False)


@app.command("estimate")
@reports_errors
def estimate(name: str, context: Context = None, data: Data = None, as_json: Json = False) -> None:
    """Estimate what a model needs here, before it is loaded.  Example: shoko models estimate smollm2-135m"""
    from operations.models import estimated

    settings = settings_of(data, context_tokens=context)
    figures = estimated(settings.models_folder, name, settings.context_tokens, settings.threads)
    if as_json:
        print_json(figures)
        return
    out.print(f"{name}: {'fits' if figures['fits'] else 'does not fit'}", markup=False)
    memory = ", ".join(f"{part} {size / 1e6:.0f} MB" for part, size in figures["parts"].items())
    out.print(
        f"  memory {figures['memory'] / 1e9:.2f} GB ({memory}); free {figures['free'] / 1e9:.1f} GB",
        markup=False,
    )
    if figures["written"]:
        out.print(
            f"  reads {figures['read']:.0f} and writes {figures['written']:.1f} tokens/s here;"
            f" a typical answer takes {figures['typical_seconds']:.0f} s",
            markup=False,
        )
    else:
        out.print("  its speed is known once it is installed (from the file's header)", markup=False)
    if figures["instead"]:
        out.print(f"  the biggest that fits: {figures['instead']}", markup=False)


@app.command("tune")
@reports_errors
def tune(name: str, data: Data = None, as_json: Json = False) -> None:
    """Measure how a chat model runs best here, and keep it.  Example: shoko models tune smollm2-135m"""
    from contract.values import ModelRole
    from llm.catalogue.store import ModelStore
    from llm.engines.tuning import choose, keep, measure
    from operations.model_selection import check_role

    settings = settings_of(data)
    store = ModelStore(settings.models_folder)
    model = store.get(name)
    check_role(model, ModelRole.CHAT)
    tried = list(measure(store.path(model), settings.data / "logs"))
    keep(store.folder / name, tried)
    if as_json:
        print_json(
            {
                "tried": [
                    {**vars(attempt.tuning), "read": attempt.read, "written": attempt.written}
                    for attempt in tried
                ]
            }
        )
        return
    table = Table("threads", "flash attention", "KV cache", "read", "written", "typical answer", "")
    for attempt in tried:
        table.add_row(
            str(attempt.tuning.threads),
            "on" if attempt.tuning.flash_attention else "off",
            attempt.tuning.kv_type,
            f"{attempt.read:.0f} tokens/s",
            f"{attempt.written:.1f} tokens/s",
            f"{attempt.seconds:.1f} s",
            "chosen" if attempt == choose(tried) else "",
        )
    out.print(table)


@app.command("test")
@reports_errors
def test(
    name: str,
    language: Annotated[list[str] | None, typer.Option(help="ja, en or zh; several are possible.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Test whether a chat model writes complete and true answers, by language; takes minutes.

    Thirty questions a language with their quotes: lists, steps, conditions with exceptions, bans, one fact
    among others, and what no quote says. A model that passes in a language writes in it where nobody
    chose a model by name.  Example: shoko models test qwen2.5-coder-1.5b --language ja
    """
    from core.errors import BadValue
    from evaluation.writing import LANGUAGES, WritingOutcome
    from operations.writing.trial import run_writing_test

    languages = tuple(language or LANGUAGES)
    if unknown := [given for given in languages if given not in LANGUAGES]:
        raise BadValue(
            name="--language", problem=f"there are no cases in {unknown[0]}", fix="Give ja, en or zh"
        )

    def tell(outcome: WritingOutcome) -> None:
        state = "right" if outcome.right else "wrong" if outcome.wrong else "not whole"
        err.print(f"  {outcome.language} {outcome.case}: {state}, {outcome.seconds:.1f} s", markup=False)

    report = run_writing_test(settings_of(data), name, languages, tell)
    if as_json:
        print_json(asdict(report))
        return
    table = Table("language", "right", "wrong", "of", "")
    for score in report.scores:
        verdict = "writes" if score.passed else "quotes alone"
        table.add_row(score.language, str(score.right), str(score.wrong), str(score.cases), verdict)
    out.print(table)
    out.print(f"First sentence after {report.first_sentence_seconds:.1f} s.")


@app.command("use")
@reports_errors
def use(
    name: Annotated[str, typer.Argument(help="Its name; `none` to do without.")],
    role: Annotated[str, typer.Option("--for", help="chat, embed or rerank.")],
    data: Data = None,
) -> None:
    """Use a model from now on.  Example: shoko models use qwen3.5-4b --for chat"""
    from cli.client import client_of
    from contract.values import ModelRole
    from core.errors import BadValue
    from llm.catalogue.store import ModelStore
    from operations.chosen_models import remember
    from operations.library import running_server
    from operations.model_selection import check_role, require_choice

    settings = settings_of(data)
    if role not in (ModelRole.CHAT, ModelRole.EMBED, ModelRole.RERANK):
        problem = f"{role} is not a role that is used"
        raise BadValue(name="--for", problem=problem, fix="Give chat, embed or rerank")
    server = running_server(settings.data)
    if server is None:
        require_choice(settings, ModelRole(role))
        if name != "none":
            check_role(ModelStore(settings.models_folder).get(name), ModelRole(role))
        remember(settings.data, ModelRole(role), name)
        out.print(f"{name} is used from the next start on.", markup=False)
        return
    with client_of(server) as client:
        switch = client.put("/api/models/use", {"name": name, "role": role})
        while switch["state"] == "running":
            time.sleep(0.3)
            rows = client.get("/api/models/running")["switches"]
            switch = next(row for row in rows if row["role"] == role)
            if switch["total"]:
                err.print(f"  {switch['done']} of {switch['total']} passages", end="\r")
    if switch["state"] == "failed":
        goes_on = f"{switch['answers']} goes on" if switch["answers"] != "none" else "Choose another one"
        raise BadValue(name=name, problem=switch["problem"], fix=goes_on)
    out.print(f"{name} is used from now on.", markup=False)


@app.command("run")
@reports_errors
def run(
    name: str,
    prompt: Annotated[str, typer.Option(help="Ask this alone, instead of a conversation.")] = "",
    context: Context = None,
    data: Data = None,
) -> None:
    """Talk with a chat model in the terminal, unchecked.  Example: shoko models run smollm2-135m"""
    from llm.catalogue.store import ModelStore
    from llm.model import Message
    from operations.model_selection import local_model

    settings = settings_of(data, context_tokens=context)
    store = ModelStore(settings.models_folder)
    engine = local_model(settings, store, store.get(name))
    try:
        engine.start()
        messages: list[Message] = []
        if prompt:
            _say(engine, [Message("user", prompt)], settings.answer_seconds)
            return
        out.print("Write and press Enter; an empty line or Ctrl-D ends.", style="dim")
        for line in iter(lambda: _line(), ""):
            messages.append(Message("user", line))
            while engine.count_prompt(messages) > engine.context_tokens - 64 and len(messages) > 1:
                err.print("(the oldest turn is left out: the context is full)", style="dim")
                del messages[:2]
            messages.append(Message("assistant", _say(engine, messages, settings.answer_seconds)))
    finally:
        engine.close()


def _line() -> str:
    try:
        return input("> ").strip()
    except EOFError:
        return ""


def _say(engine: Any, messages: list[Any], seconds: float) -> str:
    from llm.guards import guarded
    from llm.model import GenerationRequest

    generation = guarded(
        engine.generate(GenerationRequest(messages, max_tokens=engine.context_tokens, seconds=seconds))
    )
    text = ""
    for piece in generation.pieces:
        text += piece
        sys.stdout.write(piece)
        sys.stdout.flush()
    times = generation.timings_ms
    writing = (times["total"] - times["first_token"]) / 1000
    speed = (generation.tokens - 1) / writing if writing > 0 and generation.tokens > 1 else 0
    err.print(
        f"\n({generation.tokens} tokens, {speed:.1f} tokens/s, first word after"
        f" {times['first_token'] / 1000:.1f} s, {generation.end})",
        style="dim",
        markup=False,
    )
    return text
