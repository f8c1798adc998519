"""Models in parts: each wheel is checked, the parts are joined in order, a pull that broke off goes on, and
the whole file's hash decides."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections import namedtuple
from itertools import pairwise
from pathlib import Path

import pytest

import llm.catalogue.store
from contract.values import ModelRole
from core.errors import BadValue, ChecksumWrong, DownloadFailed
from llm.catalogue.entries import ModelEntry, ModelFile, Part, PartsSource
from llm.catalogue.store import ModelStore
from tests.llm.test_store import NOTE, WEIGHTS

CUTS = (0, 1_000_000, 2_000_000, len(WEIGHTS))
PIECES = tuple(WEIGHTS[begin:end] for begin, end in pairwise(CUTS))


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def put_wheel(index: Path, number: int, content: bytes) -> Part:
    path = index / f"cut_model_part{number}-1.0-py3-none-any.whl"
    info = f"cut_model_part{number}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"cut_model_part{number}/__init__.py", b"raise SystemExit")
        archive.writestr(f"cut_model_part{number}/data/part{number:02}.bin", content)
        metadata = f"Metadata-Version: 2.1\nName: cut-model-part{number}\nVersion: 1.0\n"
        archive.writestr(f"{info}/METADATA", metadata)
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    whole = path.read_bytes()
    return Part(bytes=len(content), wheel_bytes=len(whole), sha256=sha256(whole))


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for the package index, as a company's mirror is named to it."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def parts(index: Path) -> tuple[Part, ...]:
    return tuple(put_wheel(index, number, content) for number, content in enumerate(PIECES, 1))


@pytest.fixture
def store(tmp_path: Path, parts: tuple[Part, ...], monkeypatch: pytest.MonkeyPatch) -> ModelStore:
    (tmp_path / "models").mkdir()
    known(monkeypatch, parts)
    return ModelStore(tmp_path / "models")


def known(monkeypatch: pytest.MonkeyPatch, parts: tuple[Part, ...], whole: bytes = WEIGHTS) -> ModelEntry:
    wanted = ModelEntry(
        name="cut",
        title="Cut",
        role=ModelRole.CHAT,
        languages=("en",),
        licence="MIT",
        verified=True,
        note=NOTE,
        memory_class_gb=1,
        good_for=("tests",),
        files=(ModelFile(name="cut.gguf", bytes=len(whole), sha256=sha256(whole)),),
        source=PartsSource(
            kind="wheel_parts",
            package_pattern="cut-model-part{}",
            member_pattern="cut_model_part{0}/data/part{0:02}.bin",
            version="1.0",
            parts=parts,
        ),
    )
    monkeypatch.setattr(llm.catalogue.store, "entry", lambda name: wanted)
    monkeypatch.setattr(llm.catalogue.store, "catalogue", lambda: (wanted,))
    return wanted


def lying_there(store: ModelStore) -> list[str]:
    return sorted(str(file.relative_to(store.folder)) for file in store.folder.rglob("*"))


def test_the_parts_are_joined_in_order_and_nothing_else_stays(
    store: ModelStore, parts: tuple[Part, ...]
) -> None:
    steps: list[tuple[int, int]] = []
    pulled = store.pull("cut", lambda done, total: steps.append((done, total)))
    assert store.path(pulled).read_bytes() == WEIGHTS
    assert lying_there(store) == ["cut", "cut/cut.gguf", "cut/model.json"]
    whole = sum(part.wheel_bytes for part in parts)
    assert steps[-1] == (whole, whole)
    assert steps == sorted(steps)
    assert {total for _, total in steps} == {whole}


def test_a_pull_that_broke_off_keeps_the_parts_that_it_has(
    store: ModelStore, index: Path, tmp_path: Path
) -> None:
    missing = index / "cut_model_part3-1.0-py3-none-any.whl"
    shutil.move(missing, tmp_path / missing.name)
    with pytest.raises(DownloadFailed, match="cut-model-part3"):
        store.pull("cut")
    assert (store.folder / "cut" / "cut.gguf.part").stat().st_size == CUTS[2]
    assert store.unfinished() == {"cut": CUTS[2]}
    shutil.move(tmp_path / missing.name, missing)
    for number in (1, 2):
        (index / f"cut_model_part{number}-1.0-py3-none-any.whl").unlink()
    assert store.path(store.pull("cut")).read_bytes() == WEIGHTS


def test_a_part_that_was_cut_off_while_it_was_joined_is_joined_anew(store: ModelStore) -> None:
    (store.folder / "cut").mkdir()
    (store.folder / "cut" / "cut.gguf.part").write_bytes(WEIGHTS[: CUTS[1] + 12_345])
    assert store.path(store.pull("cut")).read_bytes() == WEIGHTS


def test_a_wheel_with_another_checksum_is_not_even_opened(store: ModelStore, index: Path) -> None:
    put_wheel(index, 2, b"x" * len(PIECES[1]))
    with pytest.raises(ChecksumWrong):
        store.pull("cut")
    assert store.installed() == []
    assert (store.folder / "cut" / "cut.gguf.part").stat().st_size == CUTS[1]


def test_whole_parts_that_join_to_another_file_never_reach_the_engine(
    store: ModelStore, parts: tuple[Part, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, parts, whole=WEIGHTS[:-1] + b"x")
    with pytest.raises(ChecksumWrong, match=sha256(WEIGHTS)):
        store.pull("cut")
    assert store.installed() == []
    assert lying_there(store) == ["cut"]


def test_a_part_of_another_size_is_refused(
    store: ModelStore, parts: tuple[Part, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = parts[0].model_copy(update={"bytes": CUTS[1] + 1})
    known(monkeypatch, (wrong, *parts[1:]))
    with pytest.raises(DownloadFailed, match=r"part01\.bin"):
        store.pull("cut")


def test_a_mirror_s_folder_gives_the_joined_file(store: ModelStore, tmp_path: Path, index: Path) -> None:
    shutil.rmtree(index)
    mirror = tmp_path / "mirror" / "cut"
    mirror.mkdir(parents=True)
    (mirror / "cut.gguf").write_bytes(WEIGHTS)
    assert store.path(store.pull_from("cut", str(tmp_path / "mirror"))).read_bytes() == WEIGHTS


def test_room_is_asked_for_the_file_and_one_wheel_and_not_for_what_is_there(
    store: ModelStore, parts: tuple[Part, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    need = round(1.1 * (len(WEIGHTS) + max(part.wheel_bytes for part in parts)))
    usage = namedtuple("usage", "total used free")
    free = [need - 1000]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 0, free[0]))
    with pytest.raises(BadValue, match="SHOKO_MODELS"):
        store.pull("cut")
    (store.folder / "cut" / "cut.gguf.part").write_bytes(WEIGHTS[: CUTS[1]])
    assert store.pull("cut").name == "cut"
