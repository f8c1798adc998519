"""`shoko check` without `--rules`: the pack that ships for each document's language, in that language."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from checks.packs.loading import load_pack, shipped
from cli import main

TEXTS = {
    "ja": "# 報告\n\n契約の期間は一年間とし、２０２６年四月から始める。\n",
    "en": "# Report\n\nPrices rose by 5 % in in the first quarter of the year.\n",
    "zh": "# 报告\n\n本次会议于2026年2月30日召开，会议讨论了采购事项,并作出决定。\n",
}
PACKS = {"ja": "business-ja", "en": "english-report", "zh": "business-zh"}


def check(*words: object, env: dict[str, str] | None = None) -> str:
    done = CliRunner().invoke(main.app, ["check", *map(str, words)], env={"COLUMNS": "200", **(env or {})})
    assert done.exit_code in (0, 1), done.output
    return done.stdout


@pytest.mark.parametrize("language", TEXTS)
def test_nothing_is_named_and_the_pack_follows_the_document(tmp_path: Path, language: str) -> None:
    file = tmp_path / "a.md"
    file.write_text(TEXTS[language], encoding="utf-8")
    assert json.loads(check(file, "--json"))["pack"] == PACKS[language]
    assert f"(by {PACKS[language]};" in check(file)


def test_each_document_of_a_folder_has_the_pack_of_its_own_language(tmp_path: Path) -> None:
    for language, text in TEXTS.items():
        (tmp_path / f"{language}.md").write_text(text, encoding="utf-8")
    documents = json.loads(check(tmp_path, "--json"))["documents"]
    assert {document["document"][:2]: document["pack"] for document in documents} == PACKS


def test_messages_follow_the_document_unless_a_language_or_a_pack_is_named(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("# 報告\n\n会議は2026年2月30日に行う。\n", encoding="utf-8")
    rules = tmp_path / "days.yml"
    rules.write_text(
        "version: 1\npack: days\nrules:\n- {id: D, kind: style.date, verify: [exists]}\n", "utf-8"
    )
    english = {"LC_ALL": "C"}

    def message(*options: object) -> str:
        findings = json.loads(check(file, *options, "--json", env=english))["findings"]
        return str(next(each["message"] for each in findings if "2月30日" in each["quote"]))

    assert "日" in message().replace("2026年2月30日", "")
    assert message("--language", "en").isascii() is False  # it names the day that stands there
    assert "日" not in message("--language", "en").replace("2026年2月30日", "")
    assert "日" not in message("--rules", rules).replace("2026年2月30日", "")


def test_rules_of_ones_own_stand_beside_those_of_the_language(tmp_path: Path) -> None:
    file, rules = tmp_path / "a.md", tmp_path / "own.yml"
    file.write_text(TEXTS["zh"], encoding="utf-8")
    rules.write_text("version: 1\npack: own\nrules:\n- {id: O1, kind: pattern, pattern: 采购}\n", "utf-8")
    report = json.loads(check(file, "--rules", "auto", "--rules", rules, "--json"))
    assert report["pack"] == "business-zh + own"
    assert "O1" in [finding["rule"] for finding in report["findings"]]


def test_no_pack_that_ships_asks_a_model() -> None:
    """The command opens a model before it knows the documents, so that a usual pack must need none."""
    kinds = {rule.kind_name for name in shipped() for rule in load_pack(name).rules}
    assert kinds
    assert "judged" not in kinds
