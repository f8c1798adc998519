"""Every passage of the sample documents is found again at its place by a library that did not read it."""

from __future__ import annotations

from pathlib import Path

import pytest
from making import LIBRARY

import bench.documents.found_again
from bench.documents.found_again import check, files


@pytest.mark.parametrize("name", sorted(path.name for path in files(LIBRARY)))
def test_every_place_of_a_sample_is_found_again(name: str) -> None:
    count, missing = check(LIBRARY / name)
    assert missing == []
    assert count > 3 or name == "scanned-notice.pdf"  # a scan has no text of its own


def test_the_lines_of_markdown_are_found_again(tmp_path: Path) -> None:
    path = tmp_path / "rules.md"
    text = [f"## Part {number}\n\nThe office keeps rule {number}.\n\n- one\n- two\n" for number in range(60)]
    path.write_text("# Rules\n\n" + "\n".join(text), encoding="utf-8")
    count, missing = check(path)
    assert missing == []
    assert count > 100


def test_a_place_that_is_wrong_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rules.md"
    path.write_text("# Rules\n\nThe office keeps the first rule.\n", encoding="utf-8")
    _, missing = check(path)
    assert missing == []
    original = tmp_path / "another.md"
    original.write_text("\n\n# Rules\n\nThe office keeps the first rule.\n", encoding="utf-8")
    monkeypatch.setattr(
        bench.documents.found_again, "_originals", lambda *_: bench.documents.found_again.Lines(original)
    )
    assert len(check(path)[1]) == 2  # all of it stands two lines further down
