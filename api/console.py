"""What every command shares: where it prints, the options that it has in common with others, and how an
error is told."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from core.errors import BadValue, ShokoError
from core.settings import Settings, load_settings

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

Data = Annotated[Path | None, typer.Option("--data", help="Data folder [SHOKO_DATA].")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="Day that is asked about: 2026-04-01.")]


def told(command: Callable[..., None]) -> Callable[..., None]:
    """Print a known error as its sentence and end with 1; an unknown one keeps its trace."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except ShokoError as error:
            err.print(str(error), style="red", markup=False)
            raise typer.Exit(1) from error

    return run


def print_json(value: Any) -> None:
    """Print a value for programs."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def settings_of(data: Path | None, **given: Any) -> Settings:
    """The settings of a command, with what its options gave."""
    return load_settings(data=data.resolve() if data else None, **given)


def progress_bar(figures: str) -> Progress:
    """A bar on the standard error that goes when it is done."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn(figures), console=err, transient=True
    )


def moving(bar: Progress) -> Callable[[str, int, int], None]:
    """What moves that bar: what is done, how much of it, of how much."""
    tasks: dict[str, Any] = {}

    def show(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(what, total=total or None)
        bar.update(tasks[what], completed=done, total=total or None)

    return show


def day(text: str | None, option: str) -> date | None:
    """The day that an option names, None for none. Raises BadValue."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadValue(name=option, problem=f"{text} is no day", fix="Write it as 2026-04-01") from error
