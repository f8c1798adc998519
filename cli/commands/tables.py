"""What commands about people share: rows as a table, and a password from the keyboard."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import typer
from rich.table import Table

from cli.console import out, print_json


def show(rows: Iterable[dict[str, Any]], columns: Sequence[str], as_json: bool) -> None:
    """Rows as a table of those columns, or whole as JSON."""
    listed = list(rows)
    if as_json:
        print_json(listed)
        return
    table = Table(*columns)
    for row in listed:
        table.add_row(*(_cell(row.get(column)) for column in columns))
    out.print(table)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value)


def new_password() -> str:
    """A password from the keyboard, unseen and typed twice, or the first line of the standard input: never
    from the command, where other programs of this computer could read it."""
    if sys.stdin.isatty():
        return str(typer.prompt("New password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")
