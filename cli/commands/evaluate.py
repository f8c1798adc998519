"""`shoko eval`: measure on a question set, compare two models, hold a change back that makes it worse."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from cli.console import Data, Json, err, out, print_json, reports_errors, settings_of
from core.errors import BadValue


class Language(StrEnum):
    """A language of the report for people."""

    JA = "ja"
    EN = "en"
    ZH = "zh"


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
    thresholds: Annotated[
        Path | None, typer.Option(help="Limits (TOML); one that is not kept ends the command with 1.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Measure how well Shoko does on a question set.  Example: shoko eval my-questions/ --json"""
    from evaluation.report import comparison, page
    from evaluation.thresholds import breaches, read_limits
    from operations.evaluate import compare_models, run_set
    from operations.saved_reports import evaluation_record, evaluations

    limits = read_limits(thresholds) if thresholds else {}
    if report is not None and (not report.parent.is_dir() or report.is_dir()):  # said now, not after an hour
        raise BadValue(name=report, problem="no file can be written there", fix="Make its folder first")
    settings = settings_of(data, model=model)
    compared: dict[str, Any] = {}
    with Progress(TextColumn("{task.description}"), BarColumn(), console=err, transient=True) as bar:
        task = bar.add_task(folder.name, total=None)

        def progress(what: str, done: int, total: int) -> None:
            bar.update(task, description=f"{folder.name}: {what}", completed=done, total=total)

        if compare is None:
            measured, outcomes = run_set(folder, settings, limit=limit, progress=progress)
            runs = [(model, measured, outcomes)]
        else:
            compared, all_outcomes = compare_models(folder, settings, compare, limit=limit, progress=progress)
            runs = list(zip(compare, compared["reports"], all_outcomes, strict=True))
    evaluations(settings.data).put(evaluation_record(runs, compared))
    if report is not None:
        extra = comparison(compared, language) if compared else ""
        report.write_text(page(runs, language, extra), encoding="utf-8")
    if as_json:
        print_json(compared or runs[0][1])
    else:
        for name, measured, _ in runs:
            _show(measured, f"{measured['set']} ({name})")
        if compared:
            out.print(_right(compared))
    # The second of two compared models is the one that would be brought in.
    broken = breaches(runs[-1][1], limits)
    for breach in broken:
        err.print(str(breach), style="red", markup=False)
    if broken:
        raise typer.Exit(1)


def _show(report: dict[str, Any], title: str) -> None:
    table = Table("figure", "value", title=title)
    for name, value in report.items():
        for key, figure in value.items() if isinstance(value, dict) else [("", value)]:
            if name != "set":
                table.add_row(f"{name} {key}".strip(), "–" if figure is None else str(figure))
    out.print(table)


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
