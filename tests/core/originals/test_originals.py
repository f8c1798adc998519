"""What a place of originals promises, of a folder and of a bucket on a real server; and what a bucket alone
says."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from buckets import ACCESS, SECRET, S3Server, s3_server
from making import child_environment

from core import egress
from core.errors import BadValue, ConnectionRefusedByPolicy, OriginalBad, OriginalsAway
from core.files import Files
from core.originals.address import bucket_address
from core.originals.folder import FolderOriginals
from core.originals.store import OriginalStore

pytestmark = pytest.mark.engines
CONTENT = b"The gate opens at seven."
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


@pytest.fixture
def name(tmp_path: Path) -> str:
    return "b" + hashlib.sha256(str(tmp_path).encode()).hexdigest()[:20]


def opened(setting: str, copies: Path, access: str = ACCESS, secret: str = SECRET) -> OriginalStore:
    from core.originals.bucket import Bucket

    address = bucket_address(setting)
    assert address is not None
    return Bucket(address, copies, access_key=access, secret_key=secret)


@pytest.fixture(params=["folder", "bucket", "bucket with versions", "bucket with a prefix"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> OriginalStore:
    if request.param == "folder":
        return FolderOriginals(tmp_path / "originals")
    server: S3Server = request.getfixturevalue("server")
    bucket = request.getfixturevalue("name")
    setting = server.make(bucket, versions="versions" in request.param)
    return opened(f"{setting}/a/b" if "prefix" in request.param else setting, tmp_path / "copies")


def put(store: OriginalStore, folder: Path, content: bytes = CONTENT) -> str:
    file = folder / "incoming"
    file.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    store.put(file, sha256)
    assert not file.exists()
    return sha256


# --- alike


def test_what_was_put_in_is_there_with_its_content_and_is_listed(
    store: OriginalStore, tmp_path: Path
) -> None:
    assert not store.has(SHA256)
    assert list(store.every()) == []
    assert put(store, tmp_path) == put(store, tmp_path) == SHA256  # twice the same content is one original
    other = put(store, tmp_path, b"another")
    assert store.has(SHA256) and store.path(SHA256).read_bytes() == CONTENT
    assert sorted(sha256 for sha256, _ in store.every()) == sorted([SHA256, other])
    assert all(-60 < age < 3600 for _, age in store.every())


def test_what_is_removed_is_gone_with_every_copy_and_removing_it_again_is_no_error(
    store: OriginalStore, tmp_path: Path
) -> None:
    put(store, tmp_path)
    other = put(store, tmp_path, b"another")
    copy = store.path(SHA256)
    store.remove(SHA256)
    store.remove(SHA256)
    assert not store.has(SHA256) and not copy.exists()
    assert store.path(other).read_bytes() == b"another"
    with pytest.raises(OriginalBad, match="it is not there"):
        store.path(SHA256)


def test_an_original_that_is_larger_than_one_message_comes_back_whole(
    store: OriginalStore, tmp_path: Path
) -> None:
    content = b"0123456789abcdef" * 2**19 + b"!"  # 8 MB: a bucket takes it in parts
    assert store.path(put(store, tmp_path, content)).read_bytes() == content


def test_a_kept_check_is_the_same_for_another_process(store: OriginalStore, tmp_path: Path) -> None:
    here, there = tmp_path / "here" / "c1", tmp_path / "there" / "c1"
    here.mkdir(parents=True)
    (here / "report.json").write_text("{}")
    (here / "file").write_bytes(b"x")
    store.share(here)
    there.parent.mkdir()
    store.fetch(there)
    assert there.exists() == store.is_far  # a folder is seen by all as it is
    if store.is_far:
        assert sorted(file.name for file in there.iterdir()) == ["file", "report.json"]
        assert [name for name, _ in store.shared()] == ["c1", "c1"]
    store.withdraw("c1")
    store.fetch(tmp_path / "third" / "c1")
    assert not (tmp_path / "third").exists()
    assert list(store.shared()) == []


# --- of a bucket


def test_nothing_of_it_stays_in_a_bucket_that_keeps_versions(
    server: S3Server, name: str, tmp_path: Path
) -> None:
    store = opened(server.make(name, versions=True), tmp_path / "copies")
    put(store, tmp_path)
    put(store, tmp_path)
    server.client(ACCESS, SECRET).remove_object(
        name, f"originals/{SHA256[:2]}/{SHA256}"
    )  # a mark of deletion
    assert len(server.versions(name)) == 3
    assert not store.has(SHA256)
    store.remove(SHA256)
    assert server.versions(name) == []
    assert any("keeps versions" in remark for remark in store.remarks())


def test_another_content_under_that_hash_is_never_handed_out(
    server: S3Server, name: str, tmp_path: Path
) -> None:
    store = opened(server.make(name), tmp_path / "copies")
    put(store, tmp_path)
    file = tmp_path / "forged"
    file.write_bytes(b"The gate opens at nine.")
    server.client(ACCESS, SECRET).fput_object(name, f"originals/{SHA256[:2]}/{SHA256}", str(file))
    with pytest.raises(OriginalBad, match="its content is another"):
        store.path(SHA256)
    assert list((tmp_path / "copies").iterdir()) == []


def test_copies_that_nobody_uses_go_and_those_in_use_stay(
    server: S3Server, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(server.make(name), tmp_path / "copies")
    every = [put(store, tmp_path, bytes([number]) * 100) for number in range(4)]
    copies = [store.path(sha256) for sha256 in every]
    long_ago = time.time() - 3600
    os.utime(copies[0], (long_ago, long_ago))
    store.drop([every[1]])
    assert sorted(store.copies()) == sorted(every[2:])
    os.utime(copies[2], (time.time() - 60,) * 2)
    monkeypatch.setattr("core.originals.bucket.COPIES_BYTES", 150)
    store.drop([])
    assert store.copies() == [every[3]]
    assert store.path(every[0]).read_bytes() == bytes([0]) * 100  # brought again


def test_a_store_that_is_away_is_told_by_its_address_and_comes_back(name: str, tmp_path: Path) -> None:
    with s3_server() as first:
        store = opened(first.make(name), tmp_path / "copies")
        put(store, tmp_path)
    file = tmp_path / "later"
    file.write_bytes(b"later")
    asked: list[Callable[[], object]] = [
        lambda: store.has(SHA256), lambda: store.path(SHA256), lambda: store.remove(SHA256),
        lambda: list(store.every()), lambda: store.put(file, "0" * 64),
    ]  # fmt: skip
    for ask in asked:
        with pytest.raises(OriginalsAway, match=rf"{name}.*nothing answers there"):
            ask()
    assert file.exists()  # what could not be sent is not lost
    with s3_server(int(first.address.rpartition(":")[2])) as second:
        second.make(name)
        put(store, tmp_path)
        assert store.path(SHA256).read_bytes() == CONTENT


def test_what_is_wrong_in_the_settings_is_told_with_what_to_change(
    server: S3Server, name: str, tmp_path: Path
) -> None:
    setting = server.make(name)
    with pytest.raises(BadValue, match=r"no such bucket.*SHOKO_ORIGINALS"):
        opened(setting + "x", tmp_path)
    with pytest.raises(BadValue, match="SHOKO_S3_ACCESS_KEY"):
        opened(setting, tmp_path, access="")
    with server.asking_for_keys() as (access, secret):
        assert not opened(setting, tmp_path, access, secret).has(SHA256)
        with pytest.raises(BadValue, match=r"does not know the access key.*SHOKO_S3_ACCESS_KEY"):
            opened(setting, tmp_path, "AKIAIOSFODNN7EXAMPLE", secret)
        with pytest.raises(BadValue, match=r"secret key is not.*SHOKO_S3_SECRET_KEY") as raised:
            opened(setting, tmp_path, access, "not-the-secret")
        assert "not-the-secret" not in str(raised.value)
    with pytest.raises(OriginalsAway, match="nothing answers there"):
        opened(f"s3+http://127.0.0.1:9/{name}", tmp_path)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("RequestTimeTooSkewed", "clocks"),
        ("AuthorizationHeaderMalformed", "region"),
        ("AccessDenied", "may not"),
        ("SlowDown", "SlowDown"),
    ],
)
def test_what_the_store_says_of_a_question_is_told_in_words(code: str, words: str) -> None:
    from minio.error import S3Error

    from core.originals.bucket import problem_of

    error = S3Error(None, code, "secret-object", "/b/secret-object", "", "", "b", "secret-object")  # type: ignore[arg-type]
    assert words in problem_of(error) and "secret" not in problem_of(error)


def test_no_store_is_spoken_to_but_one_that_the_company_allowed(tmp_path: Path) -> None:
    egress.guard()
    try:
        with pytest.raises(ConnectionRefusedByPolicy, match=r"192\.0\.2\.7"):
            opened("s3+https://192.0.2.7/shoko", tmp_path)
        egress.guard(["192.0.2.7"])
        egress.require("192.0.2.7")
    finally:
        egress.guard()


def test_no_proxy_and_no_account_of_the_surroundings_is_used(
    server: S3Server, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "MINIO_ACCESS_KEY", "MINIO_SECRET_KEY"):
        monkeypatch.setenv(variable, "of-somebody-else")
    setting = server.make(name)
    store = opened(setting, tmp_path / "copies")
    assert store.path(put(store, tmp_path)).read_bytes() == CONTENT
    with pytest.raises(BadValue, match="SHOKO_S3_ACCESS_KEY"):
        opened(setting, tmp_path / "copies", access="", secret="")


def test_shoko_starts_without_the_library_where_no_bucket_is_set(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['minio'] = None\n"
        "from core.settings import load_settings\nfrom operations.records.originals import open_files\n"
        f"open_files(load_settings(data={str(tmp_path)!r}))\n"
        f"open_files(load_settings(data={str(tmp_path)!r}, originals='s3+http://127.0.0.1:9/shoko'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=child_environment(), capture_output=True, text=True
    )
    assert "LibraryMissing" in done.stderr and "pip install 'shoko[s3]'" in done.stderr


# --- addresses


def test_an_address_names_host_bucket_prefix_and_region() -> None:
    address = bucket_address("s3+https://Minio.Example:9000/shoko/a/b/?region=eu-central-1")
    assert address is not None
    assert (address.endpoint, address.bucket, address.prefix) == ("minio.example:9000", "shoko", "a/b/")
    assert (address.secure, address.region) == (True, "eu-central-1")
    assert address.shown == "s3+https://minio.example:9000/shoko/a/b"
    plain = bucket_address("s3+http://[::1]/shoko")
    assert plain is not None and plain.endpoint == "[::1]" and not plain.secure
    for folder in ("", "/mnt/shoko/originals", "originals", "C:\\originals"):
        assert bucket_address(folder) is None


@pytest.mark.parametrize(
    "wrong",
    [
        "s3://shoko", "https://host/shoko", "s3+https://", "s3+https://host", "s3+https://host/", "s3+https:///b",
        "s3+https://host/UPPER", "s3+https://host/ab/../c", "s3+https://host/shoko/a b",
        "s3+https://host/shoko?prefix=x", "s3+https://host:port/shoko", "s3+https://key:secret@host/shoko",
    ],
)  # fmt: skip
def test_an_address_that_names_no_bucket_is_refused_without_its_secret(wrong: str) -> None:
    with pytest.raises(BadValue, match="SHOKO_ORIGINALS") as raised:
        bucket_address(wrong)
    assert "secret@" not in str(raised.value)


def test_files_come_in_beside_and_nothing_of_a_refused_one_is_sent(
    store: OriginalStore, tmp_path: Path
) -> None:
    files = Files(tmp_path / "data", store)
    with pytest.raises(ValueError, match="refused"), files.received("a", [CONTENT], limit_bytes=99):
        raise ValueError("refused")
    assert not files.has(SHA256)
    with files.received("a", [CONTENT], limit_bytes=99) as received:
        files.keep(received)
    assert files.path(SHA256).read_bytes() == CONTENT
    assert list(files.incoming.iterdir()) == []
