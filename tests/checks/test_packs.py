"""Packs: every mistake is told with its line and column, and nothing is passed in silence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from yaml import safe_load

from checks.findings import RuleState
from checks.kinds.registry import KINDS
from checks.packs.loading import json_schema, load_pack, load_packs, shipped
from checks.readers.markdown import read_markdown
from checks.service.runner import run_pack
from core.errors import RulesBad

pytestmark = pytest.mark.fast

GOOD = """version: 1
pack: acme
doctypes:
  ringi: {when: {any_heading: [稟議書]}}
rules:
- id: T
  kind: terms
  rules:
  - {expected: お客様, patterns: [顧客様], specs: [{from: 顧客様へ, to: お客様へ}]}
- {id: S, kind: structure, for: [ringi], required: [{h: 件名}]}
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "acme.yml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("change", "place", "problem"),
    [
        (("kind: terms", "kind: tems"), "acme.yml:7:9", "no kind tems"),
        (("expected: お客様", "expcted: お客様"), "acme.yml:9:6", "no key expcted"),
        (("- id: T\n", "- name: T\n"), "acme.yml:6:3", "no key name"),
        (("to: お客様へ", "to: 顧客様"), "acme.yml:9:5", "test of お客様 fails"),
        (("[顧客様]", "['/(顧客/']"), "acme.yml:9:5", "does not compile"),
        (("required: [{h: 件名}]", "required: [{h: '(件名'}]"), "acme.yml:10:57", "does not compile"),
        (("for: [ringi]", "for: [ringi2]"), "acme.yml:10:34", "no doctype ringi2"),
        (("id: S", "id: T"), "acme.yml:10:8", "is taken"),
        (("pack: acme", "pack: acme\npack: b"), "acme.yml:3:1", "twice"),
        (("- id: T", "- id: T: x"), "acme.yml:6:8", "mapping values"),
        (("version: 1", "version: 2"), "acme.yml:1:10", "1"),
    ],
)
def test_a_mistake_is_told_with_line_and_column(
    tmp_path: Path, change: tuple[str, str], place: str, problem: str
) -> None:
    assert change[0] in GOOD
    with pytest.raises(RulesBad) as raised:
        load_pack(write(tmp_path, GOOD.replace(*change, 1)))
    assert str(raised.value).startswith(place + ": ")
    assert problem in str(raised.value)


def test_rules_of_a_doctype_run_on_its_documents_alone(tmp_path: Path) -> None:
    pack = load_pack(write(tmp_path, GOOD))
    on_ringi = run_pack(read_markdown("# 稟議書\n\n本文。\n", "a.md"), pack)
    elsewhere = run_pack(read_markdown("# 報告書\n\n本文。\n", "a.md"), pack)
    assert on_ringi.doctypes == ("ringi",)
    assert [finding.rule for finding in on_ringi.findings] == ["S"]
    assert elsewhere.findings == ()
    assert {rule.id: rule.state for rule in elsewhere.rules} == {
        "T": RuleState.RAN,
        "S": RuleState.NOT_APPLICABLE,
    }


def test_an_exploding_pattern_is_stopped_and_is_the_rules_fault(tmp_path: Path) -> None:
    text = "version: 1\npack: a\nrules:\n- {id: X, kind: pattern, pattern: '(?:a|a|aa)+$'}\n"
    pack = load_pack(write(tmp_path, text))
    report = run_pack(read_markdown("a" * 60 + "!\n", "a.md"), pack)
    assert report.rules[0].state is RuleState.COULD_NOT_RUN
    assert "(?:a|a|aa)+$" in report.rules[0].why


def test_a_bomb_of_aliases_is_refused(tmp_path: Path) -> None:
    lines = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    for number in range(40):
        before = "a" if number == 0 else f"b{number - 1}"
        lines.append(f"b{number}: &b{number} [{','.join([f'*{before}'] * 9)}]")
    with pytest.raises(RulesBad, match="aliases"):
        load_pack(write(tmp_path, "\n".join(lines)))


def test_an_unknown_name_lists_the_packs_that_ship() -> None:
    with pytest.raises(RulesBad, match="jtf"):
        load_pack("no-such-pack")


def test_ids_of_two_packs_are_told_apart(tmp_path: Path) -> None:
    first, two = tmp_path / "one.yml", tmp_path / "two.yml"
    for file in (first, two):
        rule = "{id: A, kind: pattern, pattern: x}"
        file.write_text(f"version: 1\npack: {file.stem}\nrules: [{rule}]\n", encoding="utf-8")
    assert [rule.id for rule in load_packs([first, two]).rules] == ["A", "two/A"]


@pytest.mark.parametrize("name", shipped())
def test_every_pack_that_ships_loads_and_fits_the_schema(name: str) -> None:
    pack = load_pack(name)
    assert pack.rules
    assert not pack.broken
    assert set(pack.title) == {"ja", "en", "zh"}
    folder = Path(__file__).parents[2] / "checks" / "shipped"
    data = safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
    Draft202012Validator(json.loads(json.dumps(json_schema()))).validate(json.loads(json.dumps(data)))


def test_the_schema_knows_every_kind() -> None:
    assert {f"kind_{kind}" for kind in KINDS} <= set(json_schema()["$defs"])
