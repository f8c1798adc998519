"""Originals: stored once by content, whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from core.errors import FileEmpty, FileTooLarge
from core.files import Files, ReceivedFile

pytestmark = pytest.mark.fast


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "originals")


def stored(files: Files, name: str, chunks: Iterable[bytes], *, limit_bytes: int) -> ReceivedFile:
    with files.received(name, chunks, limit_bytes=limit_bytes) as received:
        files.keep(received)
    return received


def lying_there(files: Files) -> list[str]:
    return sorted(path.name for path in files.folder.rglob("*") if path.is_file())


def test_a_file_lies_under_the_hash_of_its_content(files: Files) -> None:
    kept = stored(files, "a.txt", [b"ab", b"", b"c"], limit_bytes=3)
    assert kept.sha256 == hashlib.sha256(b"abc").hexdigest()
    assert kept.size == 3
    assert files.path(kept.sha256).read_bytes() == b"abc"
    assert lying_there(files) == [kept.sha256]


def test_the_same_content_is_stored_once(files: Files) -> None:
    first = stored(files, "a.txt", [b"abc"], limit_bytes=10)
    again = stored(files, "b.txt", [b"a", b"bc"], limit_bytes=10)
    assert (again.sha256, again.size) == (first.sha256, first.size)
    assert len(lying_there(files)) == 1


def test_the_limit_is_the_last_size_that_is_taken(files: Files) -> None:
    assert stored(files, "a.txt", [b"x" * 10], limit_bytes=10).size == 10
    files.remove(hashlib.sha256(b"x" * 10).hexdigest())
    with pytest.raises(FileTooLarge, match=r"a\.txt"):
        stored(files, "a.txt", [b"x" * 10, b"x"], limit_bytes=10)
    assert lying_there(files) == []


def test_no_more_is_read_of_a_file_that_is_too_large(files: Files) -> None:
    read: list[int] = []

    def endless() -> Iterator[bytes]:
        for number in range(10**6):
            read.append(number)
            yield b"x" * 100

    with pytest.raises(FileTooLarge):
        stored(files, "a.txt", endless(), limit_bytes=1000)
    assert len(read) == 11


@pytest.mark.parametrize("chunks", [[], [b""], [b"", b""]])
def test_an_empty_file_is_refused_and_leaves_nothing(files: Files, chunks: list[bytes]) -> None:
    with pytest.raises(FileEmpty, match=r"a\.txt"):
        stored(files, "a.txt", chunks, limit_bytes=10)
    assert lying_there(files) == []


def test_a_sender_that_breaks_off_leaves_nothing(files: Files) -> None:
    def broken() -> Iterator[bytes]:
        yield b"abc"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        stored(files, "a.txt", broken(), limit_bytes=10)
    assert lying_there(files) == []


def test_what_a_killed_process_left_is_removed_and_originals_stay(files: Files) -> None:
    kept = stored(files, "a.txt", [b"abc"], limit_bytes=10)
    (files.incoming / "half").write_bytes(b"ab")
    files.remove_unfinished()
    assert lying_there(files) == [kept.sha256]


def test_a_removed_original_is_gone_and_removing_it_again_is_no_error(files: Files) -> None:
    kept = stored(files, "a.txt", [b"abc"], limit_bytes=10)
    files.remove(kept.sha256)
    files.remove(kept.sha256)
    assert lying_there(files) == []
