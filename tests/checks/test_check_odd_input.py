"""`shoko check` on what people really hand it: empty files, wrong names, folders of all sorts, places that
are not there. Every time a sentence and the right exit code, never a clean result for what was not read."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from checks.service.folders import department_in
from cli import main


def check(*words: object) -> Result:
    arguments = [*map(str, words), "--language", "en"]
    return CliRunner().invoke(main.app, ["check", *arguments], env={"COLUMNS": "200"})


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("空.md", b"", "is empty"),
        ("空.docx", b"", "is empty"),
        ("text.docx", b"plain text", "its name says .docx"),
        ("text.pdf", b"plain text", "its name says .pdf"),
        ("old.doc", b"plain text", "its name says .doc"),
        ("zip.docx", b"PK\x03\x04broken", "is damaged"),
        ("picture.txt", b"\x89PNG\0\0", "a binary file"),
    ],
)
def test_what_cannot_be_read_is_told_and_never_clean(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    done = check(tmp_path / name, "--rules", "jtf")
    assert (done.exit_code, message in done.output) == (3, True), done.output


def test_an_office_file_of_very_many_parts_is_refused_before_they_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(20_001):
            archive.writestr(f"word/{number}.xml", b"")
    monkeypatch.setattr(zipfile.ZipFile, "__init__", None)  # whoever lists them here fails
    result = check(path, "--rules", "jtf")
    assert result.exit_code not in (0, 1)
    assert "holds more parts than the limit of 20,000" in " ".join(result.output.split())


def test_a_pack_or_a_file_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("本文です。")
    done = check(tmp_path / "a.md", "--rules", "稟議")
    assert (done.exit_code, "business-ja" in done.output) == (2, True)  # it names those that there are
    assert check(tmp_path / "ない.md", "--rules", "jtf").exit_code == 3


@pytest.mark.parametrize("option", ["--report", "--fix", "--write-baseline"])
def test_a_place_that_cannot_be_written_is_told_before_the_work(tmp_path: Path, option: str) -> None:
    (tmp_path / "a.md").write_text("本文です。")
    for target in (tmp_path / "ない" / "a.html", tmp_path):
        done = check(tmp_path / "a.md", "--rules", "jtf", option, target)
        assert (done.exit_code, "no file can be written there" in done.output) == (2, True), done.output
        assert "Traceback" not in done.output


def test_a_folder_of_all_sorts_says_what_it_leaves_out(tmp_path: Path) -> None:
    folder = tmp_path / "部署"
    (folder / "営業").mkdir(parents=True)
    (folder / "営業" / "報告書（最終版）.md").write_text("結果です。")
    (folder / "議事録.md").write_text("議事です。")
    for name in ("data.json", "image.png", "b.png", ".hidden.png", "~$a.docx"):
        (folder / name).write_bytes(b"x")
    (folder / "空.txt").write_bytes(b"")
    report = tmp_path / "報告.html"
    done = check(folder, "--rules", "jtf", "--report", report)
    assert done.exit_code == 3  # one could not be read; the others are checked
    assert "3 files of kinds that cannot be checked are left out: 1 .json, 2 .png" in done.output
    page = report.read_text(encoding="utf-8")
    assert "報告書（最終版）.md" in page
    assert "1 documents could not be checked" in page
    assert "空.txt" in page
    assert "営業" in page


def test_a_folder_without_anything_to_check(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    done = check(tmp_path, "--rules", "jtf")
    assert (done.exit_code, "1 .json" in done.output) == (2, True)


def test_departments_are_the_folders_beneath_what_is_checked(tmp_path: Path) -> None:
    first, two = tmp_path / "one", tmp_path / "two"
    for folder in (first / "営業" / "2026", two):
        folder.mkdir(parents=True)
    file = first / "営業" / "2026" / "a.md"
    assert department_in([first], file) == "営業"
    assert department_in([first], first / "b.md") == ""
    assert department_in([first, two], two / "b.md") == "two"
    assert department_in([file], file) == ""
