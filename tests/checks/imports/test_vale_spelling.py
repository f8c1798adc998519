"""Vale's spelling through Hunspell, with dictionaries made here: what is unknown is told where it stands, and
a dictionary that is not there is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.findings import Finding
from checks.packs.imports import vale_spelling
from checks.packs.loading import load_pack
from checks.packs.pack import Pack
from checks.readers.markdown import read_markdown
from checks.service.runner import run_pack

AFFIXES = "SET UTF-8\nTRY esianrtolcdugmphbyfvkwz\nSFX S Y 1\nSFX S 0 s .\n"
WORDS = "5\nreport/S\nthe\nis\nready\nnaïve\n"
RULE = "extends: spelling\nmessage: \"Did you mean something else than '%s'?\"\nlevel: error\n"


@pytest.fixture(autouse=True)
def _no_dictionary_of_this_computer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(vale_spelling, "OF_THE_SYSTEM", (str(tmp_path / "system"),))
    monkeypatch.delenv("DICPATH", raising=False)


def dictionary(folder: Path, name: str = "en_US", words: str = WORDS) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.aff").write_text(AFFIXES, encoding="utf-8")
    (folder / f"{name}.dic").write_text(words, encoding="utf-8")


def style(tmp_path: Path, more: str = "") -> Pack:
    folder = tmp_path / "styles" / "House"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Spelling.yml").write_text(RULE + more, encoding="utf-8")
    return load_pack(folder)


def alarms(pack: Pack, text: str) -> list[Finding]:
    return list(run_pack(read_markdown(text, "a.md"), pack).findings)


def unknown(pack: Pack, text: str) -> list[str]:
    return [finding.quote for finding in alarms(pack, text)]


def test_an_unknown_word_is_told_where_it_stands_each_time(tmp_path: Path) -> None:
    dictionary(tmp_path / "styles" / "config" / "dictionaries")
    alarmed = alarms(style(tmp_path), "The reports is redy, the report is “redy”.\n")
    assert [(each.quote, each.place.column) for each in alarmed] == [("redy", 16), ("redy", 37)]
    assert alarmed[0].message == "Did you mean something else than 'redy'?"
    assert alarmed[0].fix is None


def test_what_has_other_signs_than_letters_is_no_word_unless_the_rule_says_so(tmp_path: Path) -> None:
    dictionary(tmp_path / "styles" / "config" / "dictionaries")
    text = "The API is naïvf, iPhone4 and/or CamelCaseWord; code: `redy`, https://redy.example.\n"
    assert unknown(style(tmp_path), text) == ["code"]
    assert "naïvf" in unknown(style(tmp_path, "custom: true\n"), text)
    assert unknown(style(tmp_path, "custom: true\nfilters: ['[A-Z0-9/:.]']\n"), text) == ["naïvf", "code"]


def test_a_rule_names_dictionaries_words_to_ignore_and_a_suggestion(tmp_path: Path) -> None:
    dictionary(tmp_path / "own", "acme", "1\nShoko\n")
    dictionary(tmp_path / "system")
    (tmp_path / "styles").mkdir()
    (tmp_path / "styles" / "ignore.txt").write_text("gizmo\n", encoding="utf-8")
    more = (
        "dictionaries: [acme]\nappend: true\ndicpath: ../own\nignore: ignore.txt\n"
        "action: {name: suggest, params: [spellings]}\n"
    )
    alarmed = alarms(style(tmp_path, more), "Shoko's report is Gizmo redy.\n")
    assert [(each.quote, each.fix, each.fix_is_safe) for each in alarmed] == [("redy", "ready", False)]


def test_a_dictionary_that_is_not_there_is_named_with_what_helps(tmp_path: Path) -> None:
    pack = style(tmp_path, "dictionaries: [de_DE]\n")
    assert not pack.rules
    assert "no dictionary de_DE" in pack.broken[0].why
    assert "apt install hunspell-de-de" in pack.broken[0].why
    assert "styles/config/dictionaries" in pack.broken[0].why
    assert "no dictionary ../x" in style(tmp_path, "dictionaries: ['../x']\n").broken[0].why


def test_without_hunspell_the_rule_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dictionary(tmp_path / "system")
    monkeypatch.setitem(__import__("sys").modules, "hunspell", None)
    assert style(tmp_path).broken[0].why == vale_spelling.NO_ENGINE


def test_vales_own_style_spells_and_tells_repetitions_with_the_vocabulary(tmp_path: Path) -> None:
    dictionary(tmp_path / "system")
    accepted = tmp_path / "styles" / "config" / "vocabularies" / "House" / "accept.txt"
    accepted.parent.mkdir(parents=True)
    accepted.write_text("Ardent\n", encoding="utf-8")
    ini = tmp_path / ".vale.ini"
    ini.write_text("StylesPath = styles\nVocab = House\n[*]\nBasedOnStyles = Vale\n", encoding="utf-8")
    alarmed = alarms(load_pack(ini), "The Ardent report report is redy.\n")
    assert [(each.rule, each.message) for each in alarmed] == [
        ("Vale.Repetition", "'report' is repeated!"), ("Vale.Spelling", "Did you really mean 'redy'?"),
    ]  # fmt: skip


def test_a_rule_that_is_switched_off_is_not_told_as_one_that_could_not_run(tmp_path: Path) -> None:
    (tmp_path / "styles").mkdir()
    ini = tmp_path / ".vale.ini"
    ini.write_text("StylesPath = styles\n[*]\nBasedOnStyles = Vale\n", encoding="utf-8")
    assert [rule.id for rule in load_pack(ini).broken] == ["Vale.Spelling"]
    ini.write_text(ini.read_text("utf-8") + "Vale.Spelling = NO\n", encoding="utf-8")
    assert load_pack(ini).broken == ()
