"""A protected file asks for its password, which opens it once and is kept nowhere."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest
from making import administrator, finish_work, pdf, settings_in, version

from ingest.uploads import accept, retry
from operations.library import Library, open_library

SECRET = "s3cret-Wort-Schatz"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(settings_in(tmp_path / "data"), load_models=False) as opened:
        yield opened


def put(library: Library, content: bytes, password: str) -> str:
    accepted = accept(
        administrator(library), library.sessions, library.files, "General", "pay.pdf", [content],
        limit_bytes=10**9, keep=lambda version_id: library.pipeline.passwords.keep(version_id, password),
    )  # fmt: skip
    finish_work(library)
    return accepted.version.id


def everything_kept(library: Library) -> bytes:
    folder = library.files.folder.parent
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_the_right_password_opens_the_file_and_is_kept_nowhere(library: Library) -> None:
    version_id = put(library, pdf("Salaries rise in April.", password=SECRET), SECRET)
    assert version(library, version_id).state == "searchable"
    assert library.pipeline.passwords.of(version_id) == ""
    assert SECRET.encode() not in everything_kept(library)
    assert SECRET not in repr(library.pipeline)


@pytest.mark.parametrize(("password", "code"), [("", "file_encrypted"), ("wrong", "password_wrong")])
def test_without_it_the_file_says_so_and_can_be_tried_again(
    library: Library, password: str, code: str
) -> None:
    version_id = put(library, pdf("Salaries rise in April.", password=SECRET), password)
    failed = version(library, version_id)
    assert (failed.state, failed.error_code) == ("failed", code)
    assert library.pipeline.passwords.of(version_id) == ""
    access = administrator(library)
    with library.sessions.write() as session:
        again = session.merge(failed)
        retry(access, session, again, next(iter(access.writable)))
        library.pipeline.passwords.keep(version_id, SECRET)
    finish_work(library)
    assert version(library, version_id).state == "searchable"


def test_an_empty_password_is_not_asked_for(library: Library, tmp_path: Path) -> None:
    writer = pypdf.PdfWriter()
    for page in pypdf.PdfReader(io.BytesIO(pdf("Open to all."))).pages:
        writer.add_page(page)
    writer.encrypt(user_password="", owner_password="owner", algorithm="AES-256")
    path = tmp_path / "open.pdf"
    writer.write(path)
    assert version(library, put(library, path.read_bytes(), "")).state == "searchable"
