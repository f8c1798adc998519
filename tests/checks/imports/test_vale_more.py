"""Vale's sequence, metric and readability: what they find, and what is refused with its reason."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from bench.checks.beside import answers_of
from checks.findings import Finding
from checks.packs.imports.vale_more import Metric
from checks.packs.loading import load_pack
from checks.packs.pack import Pack
from checks.readers.markdown import read_markdown
from checks.service.runner import run_pack
from core.errors import RulesBad

TEXT = "It is very much too late now. It was very late then.\n"


def style(tmp_path: Path, rule: str) -> Pack:
    folder = tmp_path / "House"
    folder.mkdir()
    (folder / "Rule.yml").write_text(rule, encoding="utf-8")
    return load_pack(folder)


def found(pack: Pack, text: str = TEXT) -> list[Finding]:
    return list(run_pack(read_markdown(text, "a.md"), pack).findings)


def test_words_that_follow_one_another_are_found_with_others_between_them(tmp_path: Path) -> None:
    pack = style(
        tmp_path,
        "extends: sequence\nmessage: \"'%s' is wordy.\"\nignorecase: true\n"
        "tokens:\n- {pattern: VERY}\n- {pattern: late, skip: 2}\n- {pattern: now, negate: true}\n",
    )
    (finding,) = found(pack)
    assert (finding.quote, finding.place.column) == ("very late then", 38)
    assert finding.message == "'very late then' is wordy."


def test_a_metric_and_a_grade_are_told_of_the_whole_document(tmp_path: Path) -> None:
    pack = style(
        tmp_path,
        "extends: metric\nmessage: '%s words a sentence'\nformula: words / sentences\ncondition: '> 5'\n",
    )
    assert [finding.message for finding in found(pack)] == ["6.00 words a sentence"]
    assert found(pack, "So it is.\n") == []
    (tmp_path / "other").mkdir()
    grade = style(
        tmp_path / "other",
        "extends: readability\nmessage: Grade %s\ngrade: -4\nmetrics: [Automated Readability]\n",
    )
    assert [finding.message for finding in found(grade)] == ["Grade -3.12"]


@pytest.mark.parametrize("formula", ["-" * 1500 + "1", "9" * 1500])
def test_a_formula_that_nobody_writes_is_refused(formula: str) -> None:
    with pytest.raises(ValidationError, match=r"cannot be read|nested too deep"):
        Metric(id="x", message="%s", formula=formula, condition="> 5")


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("extends: script\nmessage: x\nscript: a.tengo\n", "no program of a pack is run"),
        ("extends: spelling\nmessage: x\ndictionaries: [xx_XX]\n", "there is no dictionary xx_XX"),
        ("extends: sequence\nmessage: x\ntokens: [{tag: NN, pattern: a}]\n", "tagger"),
        ("extends: metric\nmessage: x\nformula: syllables / words\ncondition: '> 1'\n", "syllables"),
        ("extends: readability\nmessage: x\ngrade: 8\nmetrics: [SMOG]\n", "SMOG counts syllables"),
    ],
)
def test_what_cannot_be_told_is_refused_with_its_reason(tmp_path: Path, rule: str, why: str) -> None:
    pack = style(tmp_path, rule)
    assert not pack.rules
    assert why in pack.broken[0].why


@pytest.mark.parametrize(
    ("formula", "condition"),
    [("words.x", "> 1"), ("__import__('os')", "> 1"), ("words", "many"), ("w", "> 1")],
)
def test_a_formula_is_arithmetic_alone(tmp_path: Path, formula: str, condition: str) -> None:
    with pytest.raises(RulesBad):
        style(tmp_path, f"extends: metric\nmessage: x\nformula: \"{formula}\"\ncondition: '{condition}'\n")


def test_a_program_that_ends_on_one_text_is_asked_for_the_others_all_the_same(tmp_path: Path) -> None:
    script = (
        "import sys, json\n"
        "for line in sys.stdin:\n"
        "    if 'bad' in line: sys.exit()\n"
        "    print(json.dumps({'messages': [line.strip()]}), flush=True)\n"
    )
    answers = answers_of([sys.executable, "-c", script], ["a", "bad", "b"], tmp_path)
    assert answers == [{"messages": ["a"]}, {"error": "it ended without an answer"}, {"messages": ["b"]}]
