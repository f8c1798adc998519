"""`shoko eval`: measure on a question set, compare two models, hold back a change that makes things worse."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from cli.console import Data, Json, Language, err, out, print_json, reports_errors, settings_of
from core.errors import BadValue

if TYPE_CHECKING:  # the library, with all that measures it, is imported when the command runs
    from core.settings import Settings
    from evaluation.sets import Selection
    from operations.evaluations.saved_reports import Runs


class Half(StrEnum):
    """A half of a set's questions."""

    A = "a"
    B = "b"


@reports_errors
def evaluate(
    folder: Annotated[Path, typer.Argument(help="Folder of a question set.", exists=True, file_okay=False)],
    limit: Annotated[int | None, typer.Option(help="Ask at most so many questions of each kind.")] = None,
    model: Annotated[str, typer.Option(help="Chat model: none, auto or a name.")] = "none",
    compare: Annotated[
        tuple[str, str] | None, typer.Option(help="Two chat models on the same questions.", metavar="A B")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write a page with plots here (HTML).")] = None,
    language: Annotated[Language, typer.Option(help="Language of that page.")] = Language.EN,
    outcomes: Annotated[
        Path | None, typer.Option(help="Write how each question went here, a line each (JSONL).")
    ] = None,
    judgements: Annotated[
        Path | None, typer.Option(help="Such a file, in which people wrote `judged`: true or false.")
    ] = None,
    library: Annotated[
        Path | None, typer.Option(help="Keep the set's library here, and use it again while nothing changes.")
    ] = None,
    half: Annotated[Half | None, typer.Option(help="Ask one half of the questions, always the same.")] = None,
    sample: Annotated[
        int | None, typer.Option(help="Ask so many of each kind, drawn at random, always the same.")
    ] = None,
    kinds: Annotated[str, typer.Option(help="Ask those kinds alone: list,procedure.")] = "",
    thresholds: Annotated[
        Path | None, typer.Option(help="Limits (TOML); one that is not kept ends the command with 1.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Measure how well Shoko does on a question set.  Example: shoko eval my-questions/ --json"""
    from evaluation.judgements import judged, judged_report, read_judgements
    from evaluation.report import comparison, page
    from evaluation.sets import Selection
    from evaluation.thresholds import breaches, read_limits
    from operations.evaluations.saved_reports import evaluation_record, evaluations

    limits = read_limits(thresholds) if thresholds else {}
    said = read_judgements(judgements) if judgements else {}
    _must_be_writable(report, outcomes)
    named = frozenset(kind.strip() for kind in kinds.split(",") if kind.strip())
    selection = Selection(limit, half or "", named, sample)
    settings = settings_of(data, model=model)
    runs, compared = _measured(folder, settings, (model, compare), selection, library)
    if judgements is not None:
        for _, measured, how in runs:
            measured["judged"] = judged_report(how, said)
    evaluations(settings.data).put(evaluation_record(runs, compared))
    if report is not None:
        extra = comparison(compared, language) if compared else ""
        report.write_text(page(runs, language, extra), encoding="utf-8")
    if outcomes is not None:
        rows = [
            outcome.row() | {"judged": judged(outcome, said)} | ({"model": name} if compared else {})
            for name, _, how in runs
            for outcome in how
        ]
        outcomes.write_text(
            "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8"
        )
    if as_json:
        print_json(compared or runs[0][1])
    else:
        _show_all(runs, compared)
    # The second of two compared models is the one that would be brought in.
    broken = breaches(runs[-1][1], limits)
    for breach in broken:
        err.print(str(breach), style="red", markup=False)
    if broken:
        raise typer.Exit(1)


def _must_be_writable(*files: Path | None) -> None:
    """Said now, not after an hour."""
    for file in files:
        if file is not None and (not file.parent.is_dir() or file.is_dir()):
            raise BadValue(name=file, problem="no file can be written there", fix="Make its folder first")


def _measured(
    folder: Path,
    settings: Settings,
    models: tuple[str, tuple[str, str] | None],
    selection: Selection,
    library: Path | None,
) -> tuple[Runs, dict[str, Any]]:
    """The runs on a question set, with a bar: of the one model, or of the two that are compared, and then how
    they compare."""
    from operations.evaluations.evaluate import compare_models, run_set

    model, two = models
    with Progress(TextColumn("{task.description}"), BarColumn(), console=err, transient=True) as bar:
        task = bar.add_task(folder.name, total=None)

        def progress(what: str, done: int, total: int) -> None:
            bar.update(task, description=f"{folder.name}: {what}", completed=done, total=total)

        def say(sentence: str) -> None:
            err.print(sentence, markup=False, highlight=False)

        if two is None:
            report, outcomes = run_set(
                folder, settings, selection=selection, kept=library, progress=progress, say=say
            )
            return [(model, report, outcomes)], {}
        compared, all_outcomes = compare_models(
            folder, settings, two, selection=selection, kept=library, progress=progress, say=say
        )
        return list(zip(two, compared["reports"], all_outcomes, strict=True)), compared


def _show_all(runs: Runs, compared: dict[str, Any]) -> None:
    for name, report, _ in runs:
        _show(report, f"{report['set']} ({name})")
    if compared:
        out.print(_right(compared))


def _show(report: dict[str, Any], title: str) -> None:
    from evaluation.kinds import GROUPED

    table = Table("figure", "value", title=title)
    for name, value in report.items():
        if name in GROUPED:
            continue
        for key, figure in value.items() if isinstance(value, dict) else [("", value)]:
            if name != "set":
                table.add_row(f"{name} {key}".strip(), "–" if figure is None else str(figure))
    out.print(table)
    for group in (name for name in GROUPED if name in report):
        out.print(_by_group(group, report[group]))


def _by_group(group: str, groups: dict[str, dict[str, Any]]) -> Table:
    """A row for each kind or language: completeness beside the characters that were shown."""
    heads = list(next(iter(groups.values())))
    table = Table(group, *(head.replace("_", " ") for head in heads))  # a head may break there
    table.columns[0].no_wrap = True
    for name, figures in groups.items():
        table.add_row(name, *(_short(figures[head]) for head in heads))
    return table


def _short(figure: float | None) -> str:
    if figure is None:
        return "–"
    return f"{figure:.2f}" if isinstance(figure, float) and figure <= 1 else f"{figure:.0f}"


def _right(compared: dict[str, Any]) -> Table:
    first, second = compared["models"]
    right = compared["right"]
    table = Table("right answers", "questions")
    table.add_row("both", str(right["both"]))
    table.add_row(f"{first} alone", str(right["first_alone"]))
    table.add_row(f"{second} alone", str(right["second_alone"]))
    table.add_row("neither", str(right["neither"]))
    table.add_row("p-value (McNemar, exact)", "–" if right["p_value"] is None else str(right["p_value"]))
    return table
