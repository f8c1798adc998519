"""The reader of GGUF headers: takes what is whole, refuses everything else in words."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from gguf_files import ARRAY, DATA, METADATA, STRING, TENSORS, U32, gguf, text
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from core.errors import ModelFileBad
from llm.gguf import check_gguf, read_gguf

pytestmark = pytest.mark.fast


def replaced(key: str, kind: int, content: Any) -> list[tuple[str, int, Any]]:
    return [(key, kind, content) if entry[0] == key else entry for entry in METADATA]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.gguf"


@pytest.mark.parametrize("version", [2, 3])
def test_a_whole_file_is_read(path: Path, version: int) -> None:
    path.write_bytes(gguf(version=version))
    header = check_gguf(path)
    assert header.version == version
    assert header.metadata["general.architecture"] == "llama"
    assert header.metadata["general.name"] == "小さな"
    assert header.metadata["llama.embedding_length"] == 32
    assert header.metadata["tokenizer.ggml.tokens"] == 3  # long lists are kept as their length
    assert [(tensor.name, tensor.shape, tensor.bytes) for tensor in header.tensors] == [
        ("token_embd.weight", (32, 3), 384),
        ("blk.0.attn_q.weight", (32, 32), 576),
    ]
    assert header.data_start == len(gguf(version=version)) - DATA


def test_another_alignment_is_followed(path: Path) -> None:
    metadata = [*METADATA, ("general.alignment", U32, 128)]
    path.write_bytes(gguf(metadata, alignment=128))
    assert check_gguf(path).data_start % 128 == 0


def test_the_installed_model_is_fit(chat_model: Path) -> None:
    header = check_gguf(chat_model)
    assert len(header.tensors) > 100
    assert header.metadata["tokenizer.ggml.tokens"] > 10_000


DAMAGED = {
    "empty": (b"", "not a GGUF file"),
    "another kind": (b"%PDF-1.7 hello", "not a GGUF file"),
    "big-endian or too new": (gguf(version=4), "version 4"),
    "of the first kind": (gguf(version=1), "version 1"),
    "no tensors": (gguf(tensors=[]), "0 tensors"),
    "cut in its header": (gguf()[:100], "ends in the middle"),
    "cut in its data": (gguf()[:-1], "cut off"),
    "a key twice": (gguf([*METADATA, METADATA[0]]), "stands twice"),
    "two tensors of one name": (gguf(tensors=[TENSORS[0], TENSORS[0]]), "one name"),
    "a tensor outside": (gguf(tensors=[("a", [32], 0, 2**40)]), "outside the file"),
    "a tensor off its alignment": (gguf(tensors=[("a", [1], 0, 1)]), "outside the file"),
    "a tensor without elements": (gguf(tensors=[("a", [32, 0], 0, 0)]), "shape"),
    "a tensor of half a block": (gguf(tensors=[("a", [31], 2, 0)]), "shape"),
    "a tensor of no axis": (gguf(tensors=[("a", [], 0, 0)]), "0 axes"),
    "a tensor of five axes": (gguf(tensors=[("a", [1] * 5, 0, 0)]), "5 axes"),
    "a tensor of an unknown type": (gguf(tensors=[("a", [32], 99, 0)]), "unknown type 99"),
    "elements past counting": (gguf(tensors=[("a", [2**63, 2**63], 0, 0)]), "outside the file"),
    "a list in a list": (gguf([("a", ARRAY, (ARRAY, []))]), "unknown type 9"),
    "no alignment at all": (gguf([*METADATA, ("general.alignment", U32, 0)]), "alignment of 0"),
    "a crooked alignment": (gguf([*METADATA, ("general.alignment", U32, 33)]), "alignment of 33"),
    "an alignment in words": (gguf([*METADATA, ("general.alignment", STRING, "x")]), "alignment of x"),
    "a list past counting": (
        gguf()[:24] + text("a") + struct.pack("<IIQ", ARRAY, STRING, 2**62), "list of 4611686018427387904",
    ),
    "a text past counting": (gguf()[:24] + struct.pack("<Q", 2**62), "a text of"),
    "keys past counting": (b"GGUF" + struct.pack("<IQQ", 3, 1, 2**40), "keys"),
    "a value of an unknown type": (gguf()[:24] + text("a") + struct.pack("<I", 13), "unknown type 13"),
}  # fmt: skip


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_file_is_refused_with_what_is_wrong(path: Path, kind: str) -> None:
    content, problem = DAMAGED[kind]
    path.write_bytes(content)
    with pytest.raises(ModelFileBad, match=r"model\.gguf") as raised:
        read_gguf(path)
    assert problem in str(raised.value)


@pytest.mark.parametrize(
    ("metadata", "problem"),
    [
        (METADATA[1:], "architecture"),
        (replaced("general.architecture", STRING, ""), "architecture"),
        (replaced("general.architecture", U32, 1), "architecture"),
        ([entry for entry in METADATA if entry[0] != "llama.block_count"], "llama.block_count is None"),
        (replaced("llama.context_length", U32, 0), "llama.context_length is 0"),
        (replaced("llama.embedding_length", STRING, "32"), "llama.embedding_length is 32"),
    ],
)
def test_a_file_that_no_chat_model_can_be_is_refused(
    path: Path, metadata: list[tuple[str, int, Any]], problem: str
) -> None:
    path.write_bytes(gguf(metadata))
    with pytest.raises(ModelFileBad, match=problem):
        check_gguf(path)


WHOLE = gguf()
places = st.integers(0, len(WHOLE) - DATA - 1)
changes = st.one_of(
    st.tuples(st.just("set"), places, st.binary(min_size=1, max_size=9)),
    st.tuples(st.just("ones"), places, st.sampled_from([b"\xff" * 4, b"\xff" * 8, b"\0" * 8, b"\x7f" * 8])),
    st.tuples(st.just("insert"), places, st.binary(min_size=1, max_size=9)),
    st.tuples(st.just("cut"), places, st.just(b"")),
    st.tuples(st.just("drop"), places, st.binary(min_size=1, max_size=9)),
)


def mutated(content: bytes, change: tuple[str, int, bytes]) -> bytes:
    kind, offset, piece = change
    if kind == "cut":
        return content[:offset]
    if kind == "insert":
        return content[:offset] + piece + content[offset:]
    if kind == "drop":
        return content[:offset] + content[offset + len(piece) :]
    return content[:offset] + piece + content[offset + len(piece) :]


@examples(max_examples=300)
@given(st.lists(changes, min_size=1, max_size=4))
def test_a_mutated_file_is_read_or_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, made: list[tuple[str, int, bytes]]
) -> None:
    content = WHOLE
    for change in made:
        content = mutated(content, change)
    path = tmp_path_factory.getbasetemp() / "mutated.gguf"
    path.write_bytes(content)
    try:
        header = check_gguf(path)
    except ModelFileBad:
        return
    assert all(header.data_start + tensor.offset + tensor.bytes <= len(content) for tensor in header.tensors)
