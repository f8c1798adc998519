"""The documentation is held to the code: nothing is missing, and no page names what is not there."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import MagicMock

import click
import pytest
import typer
from fastapi.routing import APIRoute

from api.app import make_app
from api.errors import status_of
from cli import main
from contract.values import JobState, ModelRole
from core import errors
from core.errors import ShokoError
from core.models import AnswerStatus, VersionState
from core.settings import PROJECT, Settings
from llm.catalogue.entries import ModelEntry, catalogue
from operations.build_engine import FLAGS
from retrieval.answers.writing.verification import Flaw

pytestmark = pytest.mark.fast

DOCS = PROJECT / "docs"
PAGES = sorted([*PROJECT.glob("*.md"), *DOCS.rglob("*.md")])
FLOORS = [
    "api",
    "checks",
    "core",
    "drafts",
    "evaluation",
    "ingest",
    "llm",
    "operations",
    "retrieval",
    "samples",
    "tests",
    "ui",
]

# Variables that begin like settings and are none: the screens' own, and one between a parent and its child.
OTHER_VARIABLES = {"SHOKO_API", "SHOKO_KEY", "SHOKO_SERVER"}

TOML_LINE = re.compile(r"^(\w+) = ", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def page(name: str) -> str:
    """The text of a page of docs/."""
    return (DOCS / name).read_text(encoding="utf-8")


def named(path: Path) -> str:
    """A page's name for a test."""
    return str(path.relative_to(PROJECT))


def rows(text: str) -> Iterator[list[str]]:
    """The rows of the Markdown tables in a text, cells trimmed, without their heads."""
    body = False
    for line in text.splitlines():
        if not line.startswith("|"):
            body = False
        elif set(line) <= set("|-: "):
            body = True
        elif body:
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def kinds_of_error() -> list[type[ShokoError]]:
    """Every error, the base too."""
    members = vars(errors).values()
    return [kind for kind in members if isinstance(kind, type) and issubclass(kind, ShokoError)]


@functools.cache  # made anew for each test, it is most of what these tests cost
def commands() -> dict[str, click.Command]:
    """Every command by its words."""

    def below(command: click.Command, words: str) -> Iterator[tuple[str, click.Command]]:
        if isinstance(command, click.Group):
            for name, below_it in command.commands.items():
                yield from below(below_it, f"{words} {name}")
        else:
            yield words, command

    return dict(below(typer.main.get_command(main.app), "shoko"))


def routes() -> set[str]:
    """Every route of the description, as `GET /health`."""
    app = make_app(MagicMock(), work=False)
    return {f"{method.upper()} {path}" for path, ways in app.openapi()["paths"].items() for method in ways}


# Settings.


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_stands_in_its_page_with_its_default(name: str) -> None:
    matching = [cells for cells in rows(page("settings.md")) if cells[0] == f"`SHOKO_{name.upper()}`"]
    assert len(matching) == 1
    field = Settings.model_fields[name]
    if field.default_factory is not None:
        return  # the data folder: its default is told in words
    shown = f"`{field.default}`" if field.default not in ("", None) else "empty"
    assert matching[0][1] == shown


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_no_page_names_a_setting_that_does_not_exist(path: Path) -> None:
    known = {f"SHOKO_{name.upper()}" for name in Settings.model_fields} | OTHER_VARIABLES
    assert set(re.findall(r"\bSHOKO_[A-Z_]+\b", path.read_text(encoding="utf-8"))) <= known


def test_the_example_of_the_file_has_settings_alone() -> None:
    example = re.search(r"```toml\n(.*?)```", page("settings.md"), re.DOTALL)
    assert example is not None
    names = TOML_LINE.findall(example[1])
    assert names
    assert set(names) <= set(Settings.model_fields)


# Commands.


@pytest.mark.parametrize("words", commands())
def test_every_command_has_its_part_of_the_page_with_an_example(words: str) -> None:
    parts = re.split(r"^## ", page("commands.md"), flags=re.MULTILINE)
    matching = [part for part in parts if part.splitlines()[0] == words]
    assert len(matching) == 1
    assert re.search(rf"^```\n{words}", matching[0], re.MULTILINE)


def test_the_page_has_no_part_for_a_command_that_does_not_exist() -> None:
    assert set(re.findall(r"^## (.+)$", page("commands.md"), re.MULTILINE)) == set(commands())


def written_commands(text: str) -> Iterator[list[str]]:
    """The words of each `shoko …` in code: in a fence from the line's beginning, or between backticks."""
    lines = [line for fence in FENCE.findall(text) for line in fence.splitlines()]
    inline = CODE.findall(FENCE.sub("", text))
    for line in [*lines, *inline]:
        match = re.match(r"(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\S*/)?shoko ([a-z].*)", line)
        if match:
            yield match[1].partition("  #")[0].partition(" > ")[0].rstrip(")").split()


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_no_page_names_a_command_or_option_that_does_not_exist(path: Path) -> None:
    known = commands()
    for words in written_commands(path.read_text(encoding="utf-8")):
        fitting = [name for name in known if f"shoko {' '.join(words)} ".startswith(f"{name} ")]
        groups = [name for name in known if name.startswith(f"shoko {words[0]} ")]
        assert fitting or (groups and words[1:] in ([], ["…"])), f"shoko {' '.join(words)}"
        for name in fitting:
            options = {option for parameter in known[name].params for option in parameter.opts}
            options |= {option for parameter in known[name].params for option in parameter.secondary_opts}
            used = {word for word in words if word.startswith("--")} - {"--help"}
            assert used <= options, f"shoko {' '.join(words)}"


@pytest.mark.parametrize("words", commands())
def test_every_option_stands_in_the_commands_part(words: str) -> None:
    part = page("commands.md").partition(f"\n## {words}\n")[2].partition("\n## ")[0]
    for parameter in commands()[words].params:
        for option in (*parameter.opts, *parameter.secondary_opts):
            if option.startswith("--") and option not in ("--data", "--json", "--help"):
                assert option in part, option


# Routes and errors.


def documented_routes() -> list[str]:
    """The routes in the first cells of the tables of the HTTP page."""
    cells = [row[0].strip("`") for row in rows(page("http-api.md"))]
    return [cell for cell in cells if re.match(r"(GET|POST|PUT|PATCH|DELETE) /", cell)]


def test_every_route_stands_in_its_page_once_and_no_other_does() -> None:
    documented = documented_routes()
    assert len(documented) == len(set(documented))
    assert set(documented) == routes()


def test_routes_outside_the_description_are_told_too() -> None:
    app = make_app(MagicMock(), work=False)
    hidden = [
        route.path for route in app.routes if isinstance(route, APIRoute) and not route.include_in_schema
    ]
    for path in hidden:
        assert f"`GET {path}`" in page("http-api.md")


def test_every_event_state_and_flaw_stands_in_the_page() -> None:
    text = page("http-api.md")
    events = {"quotes", "waiting", "sentence", "struck", "done", "error"}
    for word in {*events, *VersionState, *JobState, *AnswerStatus, *Flaw}:
        assert f"`{word}`" in text, word


def documented_errors() -> list[list[str]]:
    """The rows of the table of codes."""
    part = page("errors.md").partition("\n## Codes\n")[2].partition("\n## ")[0]
    return [[row[0].strip("`"), *row[1:]] for row in rows(part)]


@pytest.mark.parametrize("kind", kinds_of_error(), ids=lambda kind: str(kind.code))
def test_every_error_stands_in_its_page_with_status_and_sentence(kind: type[ShokoError]) -> None:
    error = kind()
    assert [kind.code, str(status_of(error)), str(error)] in documented_errors()


def test_the_page_has_no_error_that_does_not_exist() -> None:
    assert [row[0] for row in documented_errors()] == [kind.code for kind in kinds_of_error()]


def test_what_to_do_is_told_of_errors_that_exist() -> None:
    part = page("errors.md").partition("\n## What to do\n")[2]
    codes = {code for row in rows(part) for code in CODE.findall(row[0])}
    assert codes
    assert codes <= {kind.code for kind in kinds_of_error()}


# Models.


@pytest.mark.parametrize("model", catalogue(), ids=lambda model: str(model.name))
def test_every_model_of_the_catalogue_stands_in_its_page(model: ModelEntry) -> None:
    matching = [row for row in rows(page("models.md")) if row[0] == f"`{model.name}`"]
    assert len(matching) == 1
    assert matching[0][1:7] == [
        model.role,
        " ".join(model.languages),
        f"{model.bytes / 1e9:.1f} GB",
        f"{model.memory_class_gb} GB",
        model.licence,
        "yes" if model.verified else "no",
    ]


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_no_page_names_a_model_that_does_not_exist(path: Path) -> None:
    known = {model.name for model in catalogue()} | {"NAME", "{name}"}
    for words in written_commands(path.read_text(encoding="utf-8")):
        if words[:2] in (["models", "pull"], ["models", "show"], ["models", "rm"]) and len(words) > 2:
            assert words[2] in known
    listed = {row[0].strip("`") for row in rows(page("models.md")) if row[1] in set(ModelRole)}
    assert listed == {model.name for model in catalogue()}


def test_every_tier_of_the_engine_stands_in_its_page() -> None:
    assert {row[0].strip("`") for row in rows(page("models.md"))} >= set(FLAGS)


# Links, files and verbs.


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    for target in LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, heading = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), target
        if heading:
            titles = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
            assert heading in anchors, target


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_every_file_of_ours_that_a_page_names_exists(path: Path) -> None:
    for code in CODE.findall(FENCE.sub("", path.read_text(encoding="utf-8"))):
        top = code.split("/")[0]
        if "/" in code and top in [*FLOORS, "docs", "bench"] and re.fullmatch(r"[\w./-]+", code):
            assert (PROJECT / code).exists(), code


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_every_verb_of_make_that_a_page_names_exists(path: Path) -> None:
    verbs = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    text = path.read_text(encoding="utf-8")
    named_verbs = {verb for code in CODE.findall(text) for verb in re.findall(r"^make ([a-z-]+)$", code)}
    named_verbs |= set(re.findall(r"^make ([a-z-]+)\b", text, re.MULTILINE))
    assert named_verbs <= verbs


def test_every_decision_is_listed_and_has_its_four_parts() -> None:
    for number, path in enumerate(sorted((DOCS / "decisions").glob("*.md")), start=1):
        text = path.read_text(encoding="utf-8")
        assert path.name.startswith(f"{number:04d}-")
        assert text.startswith(f"# {number:04d} ")
        parts = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert parts == ["Context", "Decision", "Consequences", "Alternatives"]
        assert f"decisions/{path.name}" in page("architecture.md")


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_no_page_has_a_placeholder_left(path: Path) -> None:
    assert not re.search(r"\b(TODO|FIXME|TBD|XXX)\b", path.read_text(encoding="utf-8"))


def test_the_files_that_contributing_names_are_there() -> None:
    text = (PROJECT / "CONTRIBUTING.md").read_text("utf-8")
    part = text.partition("### Where to change what")[2].partition("\nThe documentation is tested")[0]
    changes = [row for row in rows(part) if row[1].startswith("`")]
    files = [file for _, cell in changes for file in CODE.findall(cell)]
    assert len(files) >= len(changes) >= 10
    assert [file for file in files if not (PROJECT / file).is_file()] == []
