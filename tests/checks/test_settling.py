"""Fixes that are chosen on the command line, and what counts as settled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from checks.document.document import DocumentFormat
from checks.readers.markdown import read_markdown
from checks.service.runner import run_pack
from checks.service.settling import carried, choice_of, marked, previews, progress
from cli.main import app

RULES = """\
version: 1
pack: p
rules:
- {id: T1, kind: terms, rules: [{expected: お客様, pattern: 顧客様}]}
- {id: T2, kind: terms, rules: [{expected: サーバー, pattern: '/サーバ(?!ー)/'}], fix: safe}
- {id: X, kind: pattern, pattern: 悪い}
"""
TEXT = "顧客様のサーバ\n\n顧客様は悪い\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    document, rules = tmp_path / "a.md", tmp_path / "p.yml"
    document.write_text(TEXT, encoding="utf-8")
    rules.write_text(RULES, encoding="utf-8")
    return document, rules, tmp_path / "copy.md"


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], "顧客様のサーバー\n\n顧客様は悪い\n"), (["T1"], "お客様のサーバ\n\nお客様は悪い\n"),
        (["3"], "顧客様のサーバ\n\nお客様は悪い\n"), (["T*"], "お客様のサーバー\n\nお客様は悪い\n"),
        (["1", "T2"], "お客様のサーバー\n\n顧客様は悪い\n"),
    ],
)  # fmt: skip
def test_a_choice_of_findings_is_fixed(files: tuple[Path, Path, Path], names: list[str], text: str) -> None:
    document, rules, copy = files
    options = [option for name in names for option in ("--fix-only", name)]
    done = CliRunner().invoke(
        app, ["check", str(document), "--rules", str(rules), "--fix", str(copy), *options]
    )
    assert done.exit_code == 1, done.output
    assert copy.read_text(encoding="utf-8") == text
    assert document.read_text(encoding="utf-8") == TEXT


@pytest.mark.parametrize(("names", "code"), [(["9"], 2), (["Z*"], 2), (["X"], 1)])
def test_a_choice_that_fits_nothing_is_told(
    files: tuple[Path, Path, Path], names: list[str], code: int
) -> None:
    document, rules, copy = files
    options = [option for name in names for option in ("--fix-only", name)]
    done = CliRunner().invoke(
        app, ["check", str(document), "--rules", str(rules), "--fix", str(copy), *options]
    )
    assert done.exit_code == code
    assert not copy.exists()


def test_a_preview_shows_the_text_around_each_fix_and_writes_nothing(files: tuple[Path, Path, Path]) -> None:
    document, rules, _ = files
    done = CliRunner().invoke(
        app, ["check", str(document), "--rules", str(rules), "--preview", "--fix-only", "T2"]
    )
    assert "  - 顧客様の[サーバ]\n  + 顧客様の[サーバー]\n" in done.output
    assert "[顧客様]" not in done.output
    alone = CliRunner().invoke(app, ["check", str(document), "--rules", str(rules), "--fix-only", "T2"])
    assert alone.exit_code == 2


def test_what_was_settled_is_known_again_and_what_is_gone_is_fixed(files: tuple[Path, Path, Path]) -> None:
    from checks.packs.loading import load_pack

    pack = load_pack(files[1])
    report = run_pack(read_markdown(TEXT, "a.md"), pack)
    assert [each.safe for each in previews(report)] == [False, True, False]
    entries = marked([], choice_of(["T1"]).of(report.findings), "ignored")
    assert (progress(report, entries).done, progress(report, entries).total) == (2, 4)
    after = run_pack(read_markdown("顧客様のサーバー\n\n顧客様は悪い\n", "a.md"), pack)
    kept = carried(entries, report.findings, after)
    assert (progress(after, kept).done, progress(after, kept).total, progress(after, kept).fixed) == (3, 4, 1)
    back = carried(kept, after.findings, report)
    assert (progress(report, back).done, progress(report, back).total) == (2, 4)


def test_what_another_pack_does_not_look_for_does_not_count_as_fixed(files: tuple[Path, Path, Path]) -> None:
    from checks.packs.loading import load_pack

    report = run_pack(read_markdown(TEXT, "a.md"), load_pack(files[1]))
    files[1].write_text("\n".join(RULES.splitlines()[:4]) + "\n", encoding="utf-8")  # T1 alone
    after = run_pack(read_markdown("お客様のサーバ\n", "a.md"), load_pack(files[1]))
    kept = carried([], report.findings, after)
    assert {entry["rule"] for entry in kept} == {"T1"}
    assert (progress(after, kept).done, progress(after, kept).total) == (2, 2)


def test_no_fix_is_previewed_of_a_format_that_is_not_changed(files: tuple[Path, Path, Path]) -> None:
    from checks.packs.loading import load_pack

    report = run_pack(read_markdown(TEXT, "a.md"), load_pack(files[1]))
    as_pdf = replace(report, document=replace(report.document, format=DocumentFormat.PDF))
    assert previews(report)
    assert previews(as_pdf) == []
