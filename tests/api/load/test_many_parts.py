"""An Office file of very many parts is refused at every door before anything reads their list."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import httpx
import pytest
from making import error_of


@pytest.fixture(scope="module")
def many_parts() -> bytes:
    """A Word file with a hundred thousand empty parts."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")
        for number in range(100_000):
            archive.writestr(f"word/{number}.xml", b"")
    return content.getvalue()


@pytest.mark.parametrize("path", ["/api/checks", "/api/documents"])
def test_an_office_file_of_very_many_parts_is_refused(
    client: httpx.Client, many_parts: bytes, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listed(*_: Any) -> None:
        raise AssertionError("its list of parts was read")

    monkeypatch.setattr("checks.readers.reading.zipfile.ZipFile", listed)
    files = {"file": ("a.docx", many_parts)}
    answer = client.post(
        path, files=files, data={"pack": "jtf"} if "checks" in path else {"space": "General"}
    )
    assert (answer.status_code, error_of(answer)) == (422, "too_much_in_file")
