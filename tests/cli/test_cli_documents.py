"""The commands for documents, folders and jobs, as a person types them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from making import picture_pdf
from typer.testing import CliRunner, Result

from cli.main import app

FEE = "The fee for a lost card is {} yuan."


@pytest.fixture(autouse=True)
def _no_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOKO_MODEL", "none")
    monkeypatch.setenv("SHOKO_EMBEDDER", "none")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def shoko(data: Path, *words: str | Path, code: int = 0) -> Result:
    done = CliRunner().invoke(app, [*map(str, words), "--data", str(data)])
    assert done.exit_code == code, done.output
    return done


def json_of(data: Path, *words: str | Path) -> Any:
    return json.loads(shoko(data, *words, "--json").stdout)


def test_versions_dates_and_differences(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "fee.txt"
    file.write_text(FEE.format(50))
    shoko(data, "ingest", file)
    file.write_text(FEE.format(80))
    shoko(data, "ingest", file)
    assert [
        version["number"] for version in json_of(data, "documents", "versions", "fee.txt")["versions"]
    ] == [
        2,
        1,
    ]
    shown = shoko(data, "documents", "diff", "fee.txt").output
    assert f"- p. 1  {FEE.format(50)}" in shown and f"+ p. 1  {FEE.format(80)}" in shown
    assert "version 2 answers" in shoko(data, "documents", "show", "fee.txt").output
    changed = shoko(data, "documents", "dates", "fee.txt", "--from", "2999-01-01").output
    assert "Version 1 answers today" in changed
    asked = json_of(data, "ask", "What is the fee for a lost card?", "--as-of", "2999-01-01")
    assert asked["citations"][0]["quote"] == FEE.format(80)
    assert "is not a date" in shoko(data, "ask", "Fee?", "--as-of", "tomorrow", code=1).stderr
    assert "neither was given" in shoko(data, "documents", "dates", "fee.txt", code=1).stderr
    assert "There is no document" in shoko(data, "documents", "show", "none.txt", code=1).stderr


def test_dates_are_given_with_the_files(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "fee.txt"
    file.write_text(f"Effective date: 2020-01-01\n{FEE.format(50)}")
    for since, until, problem in (
        ("2026-13-01", "2027-01-01", "2026-13-01 is not a date"),
        ("2026-04-01", "soon", "soon is not a date"),
        ("2026-04-01", "2026-03-31", "2026-03-31 lies before 2026-04-01"),
    ):
        told_so = shoko(data, "ingest", file, "--from", since, "--until", until, code=1).stderr
        assert problem in " ".join(told_so.split())
    assert json_of(data, "documents", "list")["total"] == 0
    shoko(data, "ingest", file, "--from", "2026-04-01", "--until", "2999-03-31")
    version = json_of(data, "documents", "show", "fee.txt")["version"]
    assert (version["in_force_from"], version["in_force_until"]) == ("2026-04-01", "2999-03-31")
    assert version["in_force_sources"]["from"]["source"] == "person"  # and not the text
    again = json_of(data, "ingest", file, "--until", "2998-03-31")  # the same file: its dates are set
    assert again["files"][0]["state"] == "duplicate"
    assert json_of(data, "documents", "show", "fee.txt")["version"]["in_force_until"] == "2998-03-31"
    assert "none" not in shoko(data, "documents", "dates", "fee.txt", "--until", "none").output


def test_a_folder_is_taken_without_what_programs_leave_about(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "share"
    for name in ("fee.txt", "~$fee.docx", ".DS_Store", "Thumbs.db", "fee.tmp", "fee.lnk", ".git/config"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(FEE.format(50))
    (tmp_path / "secret.txt").write_text("The salary of the head is 900,000 yuan.")
    (folder / "linked.txt").symlink_to(tmp_path / "secret.txt")  # out of the folder: nobody put it there
    (folder / "circle").symlink_to(folder)
    said = shoko(data, "ingest", folder).output
    assert "7 hidden, temporary or linked files" in said and "refused" not in said
    assert [document["name"] for document in json_of(data, "documents", "list")["documents"]] == ["fee.txt"]


def test_what_failed_is_listed_tried_again_and_erased(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "scan.pdf"
    file.write_bytes(picture_pdf())
    shoko(data, "ingest", file, code=1)
    failed = json_of(data, "documents", "list", "--failed")
    assert [document["name"] for document in failed["documents"]] == ["scan.pdf"]
    jobs = json_of(data, "jobs", "list", "--state", "failed")
    assert jobs["counts"]["failed"] == 1 and jobs["jobs"][0]["error"]["message"]
    assert "failed" in shoko(data, "documents", "retry", "--failed").output
    assert json_of(data, "jobs", "list", "--state", "failed")["counts"]["failed"] == 2
    assert "failed" in shoko(data, "jobs", "retry", jobs["jobs"][0]["id"]).output
    assert "erased" in shoko(data, "documents", "rm", "scan.pdf", "--yes").output
    assert json_of(data, "documents", "list")["total"] == 0
    assert "No two documents" in shoko(data, "documents", "duplicates").output


def test_a_folder_is_watched_looked_through_and_let_go(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.watched.folders.FolderWatch.quiet", 0.0)
    share = tmp_path / "share"
    share.mkdir()
    (share / "fee.txt").write_text(FEE.format(50))
    (share / "film.exe").write_bytes(b"MZ" + bytes(50))
    assert "is watched" in shoko(data, "folders", "add", share).output
    report = json_of(data, "folders", "scan")["folders"][0]
    assert (report["new"], report["quarantined"]) == (1, 1)
    assert json_of(data, "search", "fee for a lost card")["hits"]
    listed = shoko(data, "folders", "list", "--files").output
    assert "film.exe" in listed and "cannot be read here" in listed
    (share / "fee.txt").unlink()
    (share / "film.exe").unlink()
    assert "disappeared at once" in shoko(data, "folders", "scan", code=1).stderr
    assert "2 gone" in shoko(data, "folders", "scan", "--accept-deletions").output
    assert "not watched any more" in shoko(data, "folders", "rm", share).output
    assert json_of(data, "folders", "list")["folders"] == []


def test_approved_answers_go_out_and_come_in_as_a_table(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "fee.txt"
    file.write_text(FEE.format(50))
    shoko(data, "ingest", file)
    table = tmp_path / "faqs.csv"
    table.write_text(
        "question,wordings,answer,valid_until,document,page,quote\n"
        f"What does a lost card cost?,,Fifty yuan.,2999-12-31,fee.txt,1,{FEE.format(50)}\n"
        "Who pays?,,The bearer.,,missing.txt,1,words\n"
    )
    done = shoko(data, "faqs", "import", table, code=1)
    assert "Drafts added: 1." in done.stdout and f"{table.name}:3:" in done.stderr.replace("\n", "")
    (faq,) = json_of(data, "faqs", "list")["faqs"]
    assert (faq["state"], faq["answer"]) == ("draft", "Fifty yuan.")
    assert FEE.format(50) in shoko(data, "faqs", "show", faq["id"]).output
    assert "approved, until 2999-12-31" in shoko(data, "faqs", "approve", faq["id"]).output
    assert json_of(data, "ask", "What does a lost card cost?")["answer"] == "Fifty yuan. [1]"
    shoko(data, "faqs", "export", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbfquestion")
    assert "lost card" in shoko(data, "faqs", "export", "-").stdout
    assert "withdrawn" in shoko(data, "faqs", "withdraw", faq["id"]).output
    assert json_of(data, "faqs", "candidates")["candidates"] == []
    assert "deleted" in shoko(data, "faqs", "rm", faq["id"]).output
    assert json_of(data, "faqs", "list", "--state", "draft")["faqs"] == []
    assert "no file" in shoko(data, "faqs", "import", tmp_path / "none.csv", code=1).stderr
