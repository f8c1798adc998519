"""Every kind of rule has a page: its fields are those of the code, and its example finds what the page
says."""

from __future__ import annotations

import json
import re
import tempfile
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import docx
import pytest
from docx.shared import Inches
from pydantic.fields import FieldInfo
from rich.console import Console

from checks.kinds import judged
from checks.kinds.registry import KINDS
from checks.packs.loading import load_pack
from checks.readers.reading import read_document
from checks.rules import Rule, RulePart
from checks.service.folders import FileOutcome
from checks.service.runner import run_pack
from cli.commands import check
from core.settings import PROJECT
from llm.fakes import ScriptedModel

PAGES = PROJECT / "docs" / "checks"
ALIASES = {"judge"}  # another name of judged
OWN = sorted(set(KINDS) - ALIASES)
PARTS = ["What it looks at", "Fields", "Example", "What it does not see"]
FENCE = re.compile(r"^```(\w+)\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
GIVEN = {str: "text", int: "whole number", float: "number", bool: "true, false", type(None): ""}
VERDICTS = [
    {"verdict": "pass", "quote": "", "reason": ""},
    {"verdict": "fail", "quote": "経緯を述べる", "reason": ""},
    {"verdict": "fail", "quote": "検討の経緯を述べる", "reason": "結論がない。"},
]


def fields_of(model: type[RulePart], above: str = "") -> dict[str, tuple[str, str]]:
    """The keys that a kind (or a part of one) takes beside every rule's, with type and default as pages tell
    them; `find.label` is a key of a part, `rules[].note` of each in a list, `styles.*.bold` of each by
    name."""
    fields: dict[str, tuple[str, str]] = {}
    common = set(Rule.model_fields) if issubclass(model, Rule) else set()
    for name, field in model.model_fields.items():
        if name in common or (name == "kind" and issubclass(model, Rule)):
            continue
        key = above + (field.alias or name)
        part, mark = _part(field.annotation)
        if part is None or mark:
            pattern = any("_compiles" in str(constraint) for constraint in field.metadata)
            fields[key] = ("pattern" if pattern else _type(field.annotation), _default(field))
        if part is not None:
            fields |= fields_of(part, f"{key}{mark}.")
    return fields


def _part(annotation: Any) -> tuple[type[RulePart] | None, str]:
    """The part that a key holds, and how its keys are told apart; None where it holds values."""
    if isinstance(annotation, type) and issubclass(annotation, RulePart):
        return annotation, ""
    mark = {list: "[]", dict: ".*"}.get(get_origin(annotation), "")  # type: ignore[call-overload]  # or None
    for inner in get_args(annotation):
        part, _ = _part(inner) if not isinstance(inner, str) else (None, "")
        if part is not None:
            return part, mark
    return None, ""


def _type(annotation: Any) -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return " or ".join(shown for inside in inner if (shown := _type(inside)))
    if origin is Literal:
        return ", ".join(f"`{choice}`" for choice in inner)
    if origin is list:
        return "list" if _part(annotation)[0] else f"list of {_type(inner[0])}"
    if origin is dict:
        return "by name" if _part(annotation)[0] else f"by name: {_type(inner[1])}"
    if inner:  # annotated: a pattern, or a text with a test
        return "pattern" if "_compiles" in str(inner) else _type(inner[0])
    return GIVEN[annotation] if annotation in GIVEN else ", ".join(f"`{choice}`" for choice in annotation)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value in (None, "", [], {}):
        return "none"
    return (
        f"`{json.dumps(value, ensure_ascii=False, default=str)}`"
        if not isinstance(value, str)
        else f"`{value}`"
    )


def told(pack: str, sample: str, how: str) -> str:
    """What `shoko check` prints of that document and that pack, without its count of rules."""
    with tempfile.TemporaryDirectory() as place:
        rules = Path(place) / "pack.yml"
        rules.write_text(pack + "\n", encoding="utf-8")
        file = Path(place) / ("document.docx" if how == "docx" else "document.md")
        if how == "docx":
            _word(file, sample)
        else:
            file.write_text(sample + "\n", encoding="utf-8")
        judged._calibrations.clear()
        answers = [json.dumps(verdict, ensure_ascii=False) for verdict in VERDICTS]
        model = ScriptedModel(*answers) if how == "model" else None
        report = run_pack(read_document(file), load_pack(rules), language="en", model=model)
        judged._calibrations.clear()
        printed = Console(highlight=False, soft_wrap=True, no_color=True)
        before, check.out = check.out, printed
        try:
            with printed.capture() as captured:
                check._print_outcome(FileOutcome(file, report), False)
        finally:
            check.out = before
    return re.sub(r"\n\d+ findings; .*", "", captured.get(), flags=re.DOTALL)


def _word(file: Path, text: str) -> None:
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Inches(8.5), Inches(11)
    document.add_paragraph(text)
    document.save(str(file))


def fences(text: str) -> dict[str, str]:
    """The page's code by language."""
    return dict(FENCE.findall(text))


def rows(text: str) -> Iterator[tuple[str, tuple[str, str], str]]:
    """The rows of the table of fields: name, (type, default), what it is."""
    for line in text.splitlines():
        cells = line.strip("|").split(" | ")
        if line.startswith("| `") and len(cells) == 4:
            name, type_, default, what = (cell.strip() for cell in cells)
            yield name.strip("`"), (type_, default), what


def test_every_kind_has_a_page_and_every_page_a_kind() -> None:
    assert sorted(path.stem for path in PAGES.glob("*.md")) == OWN


def test_the_list_of_kinds_leads_to_each_page() -> None:
    listed = (PROJECT / "docs" / "checks.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| \[`([\w.]+)`\]\(checks/\1\.md\) \|", listed, re.MULTILINE)
    assert sorted(re.findall(r"^\| \[`([\w.]+)`\]\(checks/\1\.md\) \|", listed, re.MULTILINE)) == OWN


@pytest.mark.parametrize("kind", OWN)
def test_a_page_tells_every_field_and_its_example_finds_what_it_says(kind: str) -> None:
    text = (PAGES / f"{kind}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {kind}\n")
    assert re.findall(r"^## (.+)$", FENCE.sub("", text), re.MULTILINE) == PARTS
    table = list(rows(text))
    assert {name: given for name, given, _ in table} == fields_of(KINDS[kind])
    assert all(what for _, _, what in table)
    code = fences(text)
    how = (
        "model"
        if kind == "judged"
        else "docx"
        if "Word document" in text.partition("## Example")[2]
        else "markdown"
    )
    assert f"kind: {kind}" in code["yaml"]
    assert code["text"].strip()
    assert told(code["yaml"], code["markdown"], how) == code["text"]
