"""prh, textlint pattern, Vale and term lists: each with its own tool's semantics."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from checks.findings import Finding, Level
from checks.kinds.terms import ListedTerm, applied
from checks.packs.loading import load_pack
from checks.readers.markdown import read_markdown
from checks.service.runner import run_pack
from core.errors import RulesBad

pytestmark = pytest.mark.fast


def check(path: Path, text: str) -> list[Finding]:
    return list(run_pack(read_markdown(text, "a.md"), load_pack(path)).findings)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("term", "text", "becomes"),
    [
        ({"expected": "JS", "pattern": r"/\bjs\b/i"}, "今日もjs祭り altjs", "今日もJS祭り altjs"),
        ({"expected": "Cookie"}, "ｃｏｏｋｉｅとcookie", "CookieとCookie"),
        ({"expected": "（$1）", "pattern": r"/\((.+?)\)/"}, "(甲)", "（甲）"),
        ({"expected": "$1$10", "pattern": "/(a)/"}, "a", "a$10"),
        ({"expected": "b", "pattern": r"/(x)?a/", "regexpMustEmpty": "$1"}, "xa a", "xa b"),
        ({"expected": "ab", "pattern": ["aab", "a a"]}, "aab a a", "ab ab"),
        ({"expected": "a b", "pattern": r"/a\s+b/"}, "a　b", "a b"),
        ({"expected": "foo bar", "pattern": "foo-bar"}, "foo-bar", "foo bar"),
        ({"expected": "x", "pattern": "/a.b/s"}, "a.b /a.b/s", "a.b x"),
        ({"expected": "Web", "pattern": "web", "options": {"wordBoundary": True}}, "web webs", "Web webs"),
    ],
)
def test_a_term_means_what_prh_means(term: dict[str, Any], text: str, becomes: str) -> None:
    assert applied([ListedTerm.model_validate(term)], text) == becomes


def test_of_two_terms_the_longer_wins_and_of_two_places_the_first() -> None:
    terms = [
        ListedTerm(expected="1", pattern="サーバ"),
        ListedTerm(expected="2", pattern="サーバー"),
        ListedTerm(expected="3", pattern="バー室"),
    ]
    assert applied(terms, "サーバー室") == "2室"


def test_prh_imports_and_its_own_words_stand_above(tmp_path: Path) -> None:
    write(
        tmp_path / "sub" / "b.yml",
        "version: 1\nrules:\n- {expected: A, pattern: x}\n- {expected: B, pattern: y}\n",
    )
    main = write(tmp_path / "a.yml", "version: 1\nimports: sub/b.yml\nrules:\n- {expected: A, pattern: z}\n")
    assert [finding.fix for finding in check(main, "x y z")] == ["B", "A"]
    skipping = "version: 1\nimports: [{path: sub/b.yml, ignoreRules: [B]}]\nrules: []\n"
    assert [finding.fix for finding in check(write(tmp_path / "c.yml", skipping), "x y z")] == ["A"]


def test_a_failing_spec_is_told_with_its_line(tmp_path: Path) -> None:
    text = "version: 1\nrules:\n- expected: Web\n  pattern: web\n  specs:\n  - {from: web, to: WEB}\n"
    with pytest.raises(RulesBad, match=r"a\.yml:3:3: the test of Web fails"):
        load_pack(write(tmp_path / "a.yml", text))


PRH_ODD = """meta:
  related: https://example.com/words
version: 1
author: someone
rules:
- {expected: サーバー, pattern: "/サーバ(?!ー)/", spec: [{from: サーバ, to: x}]}
- {expected: 誤, pattern: "/(誤り/"}
- {expected: 試験, pattern: テスト, specs: [{from: テスト, to: 考査}]}
- {expected: Cat, pattern: cat, wordBoundary: true, comment: none}
- {expected: 十, patterns: [拾, "/什/"], prh: ここは十と書く。}
- {expected: 壱, pattern: /一号/, specs: [{from: 一号, to: 壱, memo: x}]}
"""


def test_a_dictionary_loads_but_for_the_terms_that_are_wrong(tmp_path: Path) -> None:
    pack = load_pack(write(tmp_path / "d.yml", PRH_ODD))
    report = run_pack(read_markdown("サーバ cats cat 拾と什の一号", "a.md"), pack)
    assert [finding.fix for finding in report.findings] == ["サーバー", "Cat", "十", "十", "壱"]
    assert "ここは十と書く。" in report.findings[2].message
    assert [(rule.id, rule.why.split(":")[1]) for rule in pack.broken] == [("d.誤", "7"), ("d.試験", "8")]


def test_imports_are_left_out_where_the_dictionary_says_so(tmp_path: Path) -> None:
    write(tmp_path / "b.yml", "rules: [{expected: B, pattern: y}]\n")
    main = write(
        tmp_path / "a.yml", "disableImports: true\nimports: b.yml\nrules: [{expected: A, pattern: z}]\n"
    )
    assert [finding.fix for finding in check(main, "x y z")] == ["A"]


def test_links_quotations_and_emphasis_are_left_alone_as_textlint_does(tmp_path: Path) -> None:
    main = write(tmp_path / "a.yml", "version: 1\nrules: [{expected: Web, pattern: web}]\n")
    text = "web [web](http://web.example) *web*\n\n> web\n"
    assert [finding.place.shown() for finding in check(main, text)] == ["1:1"]


def test_textlint_patterns_tell_their_message(tmp_path: Path) -> None:
    file = write(
        tmp_path / "p.yml",
        "patterns:\n- {pattern: '/すること(?=が)/', message: 短く}\n- {pattern: a.b, message: m}\n",
    )
    findings = check(file, "することができる a.b axb")
    assert [(finding.message, finding.place.column, finding.fix) for finding in findings] == [
        ("短く", 1, None),
        ("m", 10, None),
    ]


VALE = {
    "Exist": ("extends: existence\nmessage: \"No '%s'.\"\nignorecase: true\ntokens: [very, 'auto-\\w+']\n", "It is VERY good.", [(1, 7, "No 'VERY'.")]),
    "Raw": ("extends: existence\nmessage: \"'%s'\"\nraw: ['\\bwas\\b\\s']\ntokens: ['\\w+ed']\n", "It was called.", [(1, 4, "'was called'")]),
    "Swap": ("extends: substitution\nmessage: \"Use '%s' not '%s'.\"\nswap: {'(app)lication': '$1', e-mail: email}\n", "An application, an email, an e-mail.", [(1, 4, "Use 'app' not 'application'."), (1, 30, "Use 'email' not 'e-mail'.")]),
    "Choice": ("extends: substitution\nmessage: \"Use '%s' instead of '%s'.\"\naction: {name: replace}\nswap: {cellphone: phone|mobile}\n", "cellphone", [(1, 1, "Use 'phone' or 'mobile' instead of 'cellphone'.")]),
    "Opens": ("extends: substitution\nmessage: \"Use '%s' instead of '%s'.\"\nignorecase: true\naction: {name: replace}\nswap: {it is: it's, vpn: VPN}\n", "It is here, so it is.\n\nVpn", [(1, 1, "Use 'It's' instead of 'It is'."), (1, 16, "Use 'it's' instead of 'it is'."), (3, 1, "Use 'VPN' instead of 'Vpn'.")]),
    "Bare": ("extends: substitution\nmessage: Use %s rather than %s.\naction: {name: replace}\nswap: {Mutual TLS: mutual TLS}\n", "A Mutual TLS link", [(1, 3, "Use 'mutual TLS' rather than Mutual TLS.")]),
    "Count": ("extends: occurrence\nmessage: Long.\nscope: sentence\nmax: 3\ntoken: '\\b\\w+\\b'\n", "One two. One two three four.", [(1, 10, "Long.")]),
    "Repeat": ("extends: repetition\nmessage: \"'%s' twice\"\nalpha: true\ntokens: ['[^\\s]+']\n", "This is is good.", [(1, 6, "'is' twice")]),
    "Either": ("extends: consistency\nmessage: \"'%s'?\"\neither: {advisor: adviser}\n", "An advisor and an adviser.", [(1, 19, "'adviser'?")]),
    "Defined": ("extends: conditional\nmessage: \"'%s' undefined.\"\nfirst: '\\b([A-Z]{3,5})\\b'\nsecond: '\\(([A-Z]{3,5})\\)'\nexceptions: [FAQ]\n", "World Health (WHO).\n\nWHO, FAQ, XYZ.", [(3, 11, "'XYZ' undefined.")]),
    "Title": ("extends: capitalization\nmessage: \"'%s'\"\nscope: heading\nmatch: $sentence\n", "# Make it so\n\n# Make It So Now Please", [(3, 3, "'Make It So Now Please'")]),
    "Boundary": ("extends: existence\nmessage: \"'%s'\"\ntokens: [web]\n", "今日もweb祭り", []),
}  # fmt: skip


@pytest.mark.parametrize("name", VALE)
def test_a_vale_rule_tells_line_column_and_message(tmp_path: Path, name: str) -> None:
    rule, text, expected = VALE[name]
    write(tmp_path / "Acme" / f"{name}.yml", rule)
    findings = check(tmp_path / "Acme", text)
    assert [(finding.place.line, finding.place.column, finding.message) for finding in findings] == expected
    assert {finding.rule for finding in findings} <= {f"Acme.{name}"}


def test_vale_kinds_that_are_not_supported_are_refused_by_name(tmp_path: Path) -> None:
    write(tmp_path / "Acme" / "Spell.yml", "extends: script\nmessage: x\nscript: a.tengo\n")
    write(tmp_path / "Acme" / "Exist.yml", "extends: existence\nmessage: x\ntokens: [禁止]\n")
    pack = load_pack(tmp_path / "Acme")
    report = run_pack(read_markdown("text", "a.md"), pack)
    assert [(rule.id, rule.state) for rule in report.rules] == [
        ("Acme.Exist", "ran"), ("Acme.Spell", "could_not_run")
    ]  # fmt: skip
    assert "nonword" in pack.warnings[0]


def test_a_vale_key_that_is_misspelt_is_told(tmp_path: Path) -> None:
    file = write(tmp_path / "Acme" / "A.yml", "extends: existence\nmessage: x\ntoken: [a]\n")
    with pytest.raises(RulesBad, match=r"A\.yml:3:1"):
        load_pack(file)


def test_vale_ini_switches_levels_and_reads_the_vocabulary(tmp_path: Path) -> None:
    write(
        tmp_path / "styles" / "Acme" / "A.yml",
        "extends: existence\nmessage: \"'%s'\"\ntokens: [Kubernetes, bad]\n",
    )
    write(tmp_path / "styles" / "Acme" / "B.yml", "extends: existence\nmessage: b\ntokens: [bad]\n")
    write(tmp_path / "styles" / "config" / "vocabularies" / "Base" / "accept.txt", "Kubernetes\n")
    ini = "StylesPath = styles\nVocab = Base\n[*]\nBasedOnStyles = Vale, Acme\nAcme.B = NO\nAcme.A = error\n"
    write(tmp_path / ".vale.ini", ini)
    findings = check(tmp_path / ".vale.ini", "Kubernetes is bad, kubernetes too")
    assert [(finding.rule, finding.place.column, finding.level) for finding in findings] == [
        ("Acme.A", 15, Level.ERROR), ("Vale.Terms", 20, Level.ERROR)
    ]  # fmt: skip


def test_a_term_list_in_csv_and_excel(tmp_path: Path) -> None:
    write(tmp_path / "w.csv", "誤,正,備考,重要度\n顧客様,お客様,敬称,警告\n")
    book = openpyxl.Workbook()
    for row in (("wrong", "right"), ("顧客様", "お客様")):
        book.active.append(row)
    book.save(tmp_path / "w.xlsx")
    (from_csv,) = check(tmp_path / "w.csv", "顧客様へ")
    (from_excel,) = check(tmp_path / "w.xlsx", "顧客様へ")
    assert (from_csv.fix, from_csv.level, "敬称" in from_csv.message) == ("お客様", Level.WARNING, True)
    assert from_excel.fix == "お客様"
    with pytest.raises(RulesBad, match=r"x\.csv:2: there is no severity sehr"):
        load_pack(write(tmp_path / "x.csv", "wrong,right,note,severity\na,b,,sehr\n"))
