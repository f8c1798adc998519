"""What every command shares: where it prints, the options that it has in common with others, and how an
error is shown."""

from __future__ import annotations

import errno
import io
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from enum import StrEnum
from functools import wraps
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import BarColumn, Progress, TextColumn
from rich.segment import Segment
from rich.text import Text

from core.errors import BadValue, ShokoError
from core.files import printable
from core.signs import visible

if TYPE_CHECKING:  # a command that needs no settings does not wait for their library
    from core.settings import Settings


class Plain(Console):
    """A console that obeys nothing of what it shows: no markup, and control characters by their number. Names
    and texts of documents and people stand in everything that a command prints."""

    def render_str(self, text: str, **options: Any) -> Text:
        """A text, or a table's cell, as it is measured and drawn."""
        return super().render_str(visible(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is drawn, even of what is not plain text; rich's own control codes are left as they are."""
        for part in super().render(renderable, options):
            yield part if part.control else Segment(visible(part.text), part.style)


WIDENED_SHOWN = 6  # words
out = Plain(highlight=False, soft_wrap=True, markup=False, emoji=False)
err = Plain(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)

Data = Annotated[Path | None, typer.Option("--data", help="Data folder [SHOKO_DATA].")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="Day that is asked about: 2026-04-01.")]


class Language(StrEnum):
    """A language of messages and pages."""

    JA = "ja"
    EN = "en"
    ZH = "zh"


# Errors that a disk or a folder may cause, in contrast to faults of the program.
DISK_SAYS = frozenset(
    (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT, errno.EEXIST,
     errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG)
)  # fmt: skip


def reports_errors(command: Callable[..., None]) -> Callable[..., None]:
    """Print a known error as its sentence and end with 1; an unknown one keeps its trace."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        try:
            for name, value in options.items():
                if isinstance(value, str) and not is_text(value):
                    raise BadValue(name=name, problem="it is not written in UTF-8", fix=WRITE_UTF_8)
            command(*arguments, **options)
        except ShokoError as error:
            err.print(str(error), style="red", markup=False)
            raise typer.Exit(1) from error
        except OSError as error:
            if error.errno not in DISK_SAYS:
                raise
            where = "the output" if error.filename is None else printable(str(error.filename))
            err.print(f"{where}: {error.strerror}", style="red", markup=False)
            raise typer.Exit(1) from error

    return run


WRITE_UTF_8 = "Set the terminal, or the program that calls this, to UTF-8"


def is_text(value: str) -> bool:
    """Whether it can be sent: bytes that are not UTF-8 reach a command as lone surrogates."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def print_json(value: Any) -> None:
    """Print a value for programs. Where the output cannot carry a character (another encoding than UTF-8, a
    file name that is not text) all but ASCII is escaped, which reads back as the same value."""
    text = visible(json.dumps(value, ensure_ascii=False, indent=1))  # escapes of JSON too: the same value
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=1)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()  # a full disk is reported here, and not when the interpreter has ended


def write_what_can_be_written() -> None:
    """A character that a terminal lacks is shown by its number; it does not end the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def settings_of(data: Path | None, **options: Any) -> Settings:
    """The settings of a command, with what its options gave."""
    from core.settings import load_settings

    return load_settings(data=data.resolve() if data else None, **options)


def progress_bar(figures: str) -> Progress:
    """A bar on the standard error that goes when it is done."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn(figures),
        console=err,
        transient=True,
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
    """The day that an option names; None if it was not given. Raises BadValue."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadValue(name=option, problem=f"{text} is not a date", fix="Write it as 2026-04-01") from error


def print_widened(words: list[str]) -> None:
    """Print what was looked up beside the given words."""
    if words:
        more = f" and {len(words) - WIDENED_SHOWN} more" if len(words) > WIDENED_SHOWN else ""
        out.print(
            f"  (also searched for: {', '.join(words[:WIDENED_SHOWN])}{more})", style="dim", markup=False
        )


def print_overview(overview: dict[str, Any] | None) -> None:
    """Print how an answer's quotes stand in a summary, a comparison or cards of the records."""
    if not overview:
        return
    for card in overview["records"]:
        days = [day for day in (card["in_force_from"], card["in_force_until"]) if day]
        force = f", in force {' to '.join(days)}" if days else ""
        by = f" by {card['added_by']}" if card["added_by"] else ""
        out.print(f"  {card['title']}", style="bold", markup=False)
        out.print(
            f"      {card['document']} in {card['space']}, version {card['version']} of {card['versions']}"
            f"{force}, added{by} on {card['added_at'][:10]}",
            markup=False,
        )
    if (summary := overview["summary"]) is not None:
        for section in summary["sections"]:
            more = f" and {section['more']} more" if section["more"] else ""
            out.print(f"  {section['heading']}: {_marks_of(section['marks'])}{more}", markup=False)
        left_out = f"; left out: {', '.join(summary['left_out'])}" if summary["left_out"] else ""
        said = f"  ({summary['shown']} of {summary['total']} sections shown{left_out})"
        out.print(said, style="dim", markup=False)
    if (table := overview["table"]) is not None:
        of = ", version {version}" if table["versions"] else ""
        first, second = (side["name"] + of.format(version=side["version"]) for side in table["sides"])
        out.print(f"  {first}  ↔  {second}", style="bold", markup=False)
        for row in table["rows"]:
            sides = (_marks_of(row["first"]), _marks_of(row["second"]))
            out.print(f"  {row['topic']}: {sides[0]} ↔ {sides[1]}", markup=False)


def _marks_of(marks: list[int]) -> str:
    return "".join(f"[{mark}]" for mark in marks) or "–"


def print_other_days(others: list[dict[str, Any]]) -> None:
    """The documents that would answer as of another day, with the option that asks them."""
    for other in others:
        over = other["in_force_until"] == other["day"]
        when = f"was in force until {other['day']}" if over else f"is in force from {other['day']}"
        out.print(f"  {other['document']} {when} and answers then: --as-of {other['day']}", markup=False)


def _with_gaps(citation: Mapping[str, Any]) -> str:
    """A quote's text, with dots where its page says more between two of its stretches."""
    stretches = citation["stretches"]
    if "\n".join(stretch["text"] for stretch in stretches) != citation["quote"]:
        return str(citation["quote"])
    lines = []
    for stretch, following in zip_longest(stretches, stretches[1:]):
        lines.append(stretch["text"])
        if following and following["page"] == stretch["page"] and following["start"] > stretch["end"] + 2:
            lines.append("⋯")
    return "\n".join(lines)


def print_copies(citation: dict[str, Any]) -> None:
    """What other copies of a quoted document say in place of the quote."""
    for copy in citation.get("copies", []):
        standing = f" ({copy['standing'].replace('_', ' ')})" if copy["standing"] else ""
        for difference in copy["differences"]:
            where = f", p. {difference['page']}: {difference['text']}" if difference["page"] else " lacks it"
            out.print(
                f"      another copy differs here: {copy['document']}{standing}{where}",
                style="yellow",
                markup=False,
            )


def print_answer(events: Any) -> None:
    """Print an answer's events as they come: quotes first, then the model's sentences."""
    for name, event in events:
        if name == "quotes":
            if not event["answers"]:
                out.print("Not in the documents. The nearest places:", style="yellow")
                print_other_days(event["other_days"])
            elif event["other_days"]:
                other = event["other_days"][0]
                out.print(
                    f"Nothing in force today answers. {other['document']} was in force until {other['day']}:",
                    style="yellow",
                    markup=False,
                )
            elif event["certainty"] == "maybe":
                out.print("This may answer:", style="yellow")
            print_widened(event["widened"])
            print_overview(event.get("overview"))
            if event["computed"]:
                out.print(f"  = {event['computed']['value']}", style="bold green", markup=False)
                out.print(f"    {event['computed']['words']}", style="dim", markup=False)
            for citation in event["citations"]:
                out.print(f"  [{citation['mark']}] {_with_gaps(citation)}", markup=False)
                seen = "  (recognised from a picture)" if citation["ocr"] else ""
                out.print(
                    f"      {citation['document']}, {citation['place']['shown']}{seen}",
                    style="dim",
                    markup=False,
                )
                print_copies(citation)
        elif name == "sentence":
            marks = "".join(f"[{mark}]" for mark in event["marks"])
            out.print(f"  → {event['text']} {marks}", style="green", markup=False)
        elif name == "done":
            timings = event["timings_ms"]
            struck = f", {len(event['struck'])} unproven sentences struck" if event["struck"] else ""
            out.print(
                f"  ({event['status']}, quotes after {timings['evidence']:.0f} ms,"
                f" all after {timings['total']:.0f} ms{struck})",
                style="dim",
                markup=False,
            )
