"""Errors: every one says what happened and names a fix that exists."""

from __future__ import annotations

import re
import string
from collections import Counter
from typing import Any

import pytest
import typer.main

from cli.main import OTHER_NAMES, app
from core import errors
from core.errors import ShokoError
from core.settings import Settings

pytestmark = pytest.mark.fast

COMMANDS = typer.main.get_command(app)
EVERY = sorted(
    (kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ShokoError)),
    key=lambda kind: kind.__name__,
)
every = pytest.mark.parametrize("kind", EVERY, ids=lambda kind: str(kind.__name__))


def fields(kind: type[ShokoError]) -> list[str]:
    return [field for _, field, _, _ in string.Formatter().parse(kind.__doc__ or "") if field]


@every
def test_its_message_carries_every_value(kind: type[ShokoError]) -> None:
    values = {field: f"<{field} of it>" for field in fields(kind)}
    message = str(kind(**values))
    assert all(value in message for value in values.values())
    assert "{" not in message
    assert "\n" not in message
    assert kind(**values).values == values


@every
def test_a_value_that_is_missing_shows_its_name_and_fails_nothing(kind: type[ShokoError]) -> None:
    message = str(kind())
    assert all("{" + field + "}" in message for field in fields(kind))


@every
def test_a_value_with_braces_is_shown_as_it_is(kind: type[ShokoError]) -> None:
    for field in fields(kind):
        assert "{0}{name!r}" in str(kind(**{field: "{0}{name!r}"}))


@every
def test_it_says_what_happened_and_what_to_do(kind: type[ShokoError]) -> None:
    said = " ".join((kind.__doc__ or "").split())
    sentences = [part for part in re.split(r"(?<=[.}])\s", said) if part]
    assert len(sentences) >= 2 or "SHOKO_" in said, said


@every
def test_every_setting_it_names_exists(kind: type[ShokoError]) -> None:
    named = re.findall(r"SHOKO_([A-Z_]+[A-Z])", kind.__doc__ or "")
    unknown = [name for name in named if name.lower() not in Settings.model_fields]
    assert [name for name in unknown if f"SHOKO_{name}" not in OTHER_NAMES] == []


@every
def test_every_command_it_names_exists(kind: type[ShokoError]) -> None:
    for line in re.findall(r"`shoko ([^`]*)`", " ".join((kind.__doc__ or "").split())):
        command: Any = COMMANDS
        for word in line.split():
            if not hasattr(command, "commands"):
                break  # what follows are its arguments
            assert word in command.commands, f"there is no `shoko {line}`"
            command = command.commands[word]


def test_every_code_stands_for_one_error() -> None:
    assert [code for code, times in Counter(kind.code for kind in EVERY).items() if times > 1] == []
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", kind.code) for kind in EVERY)


def test_a_value_is_cut_where_nobody_would_read_it() -> None:
    error = errors.NotFound(what="question", name="x" * 900_000)
    assert len(str(error)) < 2000
    assert len(error.values["name"]) == errors.LONGEST_VALUE + 1
    assert errors.NotFound(what="question", name="x" * 1000).values["name"] == "x" * 1000
