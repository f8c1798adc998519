"""An embedder out of its packed form: its values, the model that torch reads, what is refused."""

from __future__ import annotations

import math
import struct
from pathlib import Path

import numpy as np
import pytest

from core.errors import ModelFileBad
from llm.embedder_packed import BLOCK, read_packed, unpack, write_out

HIDDEN, LAYERS, HEADS, INNER, ROWS, POSITIONS = 32, 1, 4, 64, 70, 40
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁query", "▁passage", ":", "～", "9", "17", "時"]
PIECES += ["年", "次", "有", "給", "休", "暇", "▁paid", "▁leave", "a", "b", "c", "<mask>"]


def packed_values(values: np.ndarray) -> bytes:
    """Blocks of 32: a 16-bit scale, then 16 bytes with the first half of the values in the low bits."""
    out = b""
    for block in values.reshape(-1, BLOCK):
        scale = np.float16(max(np.abs(block).max() / 7, 1e-4))
        codes = np.clip(np.rint(block / np.float32(scale)) + 8, 0, 15).astype(np.uint8)
        out += scale.tobytes() + (codes[:16] | codes[16:] << 4).astype(np.uint8).tobytes()
    return out


def tensors() -> dict[str, tuple[int, np.ndarray]]:
    chance = np.random.default_rng(5)

    def matrix(*shape: int) -> tuple[int, np.ndarray]:
        return 1, chance.normal(0, 0.2, shape).astype(np.float32)

    def plain(values: np.ndarray) -> tuple[int, np.ndarray]:
        return 0, values.astype(np.float32)

    made = {"emb.word": matrix(ROWS, HIDDEN), "emb.pos": plain(chance.normal(0, 0.1, (POSITIONS, HIDDEN)))}
    made |= {"emb.type": plain(np.zeros((2, HIDDEN)))}
    made |= {"emb.ln.w": plain(np.ones(HIDDEN)), "emb.ln.b": plain(np.zeros(HIDDEN))}
    for name, shape in (
        ("q", (32, 32)),
        ("k", (32, 32)),
        ("v", (32, 32)),
        ("ao", (32, 32)),
        ("fi", (64, 32)),
        ("fo", (32, 64)),
    ):
        made |= {f"l0.{name}.w": matrix(*shape), f"l0.{name}.b": plain(chance.normal(0, 0.1, shape[0]))}
    for name in ("aln", "oln"):
        made |= {f"l0.{name}.w": plain(np.ones(HIDDEN)), f"l0.{name}.b": plain(np.zeros(HIDDEN))}
    return made


def packed(content: dict[str, tuple[int, np.ndarray]], block: int = BLOCK) -> bytes:
    head = b"E5S1" + struct.pack("<I7ifi", 1, HIDDEN, LAYERS, HEADS, INNER, ROWS, POSITIONS, 2, 1e-12, block)
    texts = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, texts)]).astype("<u4")
    scores = np.array([0.0] * 4 + [-1.0 - 0.01 * n for n in range(len(PIECES) - 4)], "<f4")
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, int(offsets[-1]))
    head += offsets.tobytes() + scores.tobytes() + b"".join(texts)
    head += struct.pack("<iI", 1, 5) + b"table"
    data = {name: packed_values(v) if kind else v.tobytes() for name, (kind, v) in content.items()}
    listed = sum(2 + len(name) + 21 for name in content) + 4
    place, rows, body = len(head) + listed, b"", b""
    for name, (kind, values) in content.items():
        raw = name.encode()
        rows += struct.pack("<H", len(raw)) + raw
        rows += struct.pack("<BIQQ", kind, values.size, place + len(body), len(data[name]))
        body += data[name]
    return head + struct.pack("<i", len(content)) + rows + body


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tiny-q4.bin"
    path.write_bytes(packed(tensors()))
    return path


def test_the_values_of_a_block_are_those_that_were_packed(file: Path) -> None:
    kind, values, offset = read_packed(file, file.read_bytes()).tensors["l0.fi.w"]
    got = unpack(file.read_bytes(), kind, values, offset)
    wanted = tensors()["l0.fi.w"][1].reshape(-1)
    scales = np.abs(wanted.reshape(-1, BLOCK)).max(axis=1).repeat(BLOCK) / 7
    assert (np.abs(got - wanted) <= 0.51 * scales).all()
    assert np.abs(got - wanted).max() > 0  # four bits lose something


def test_what_is_written_out_runs_as_a_sentence_model(file: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    folder = tmp_path / "model"
    folder.mkdir()
    write_out(file, folder)
    engine = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    vectors = engine.encode(["query: 年次有給休暇", "passage: paid leave", "passage: 9時～17時"])
    assert vectors.shape == (3, HIDDEN)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert engine.max_seq_length == POSITIONS
    assert np.abs(vectors[0] - expected_vector(file, [0, 5, 7, 4, 12, 13, 14, 15, 16, 17, 2])).max() < 2e-3


def expected_vector(file: Path, ids: list[int]) -> np.ndarray:
    """The same model by hand, for one text."""
    data = file.read_bytes()
    layout = read_packed(file, data)
    t = {name: unpack(data, *where) for name, where in layout.tensors.items()}

    def norm(x: np.ndarray, name: str) -> np.ndarray:
        centred = x - x.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
        return centred / spread * t[f"{name}.w"] + t[f"{name}.b"]

    def linear(x: np.ndarray, name: str) -> np.ndarray:
        return x @ t[f"{name}.w"].reshape(len(t[f"{name}.b"]), -1).T + t[f"{name}.b"]

    x = t["emb.word"].reshape(ROWS, HIDDEN)[ids] + t["emb.pos"].reshape(POSITIONS, HIDDEN)[: len(ids)]
    x = norm(x, "emb.ln")
    q, k, v = (linear(x, f"l0.{n}").reshape(len(ids), HEADS, -1).transpose(1, 0, 2) for n in "qkv")
    scores = np.exp(q @ k.transpose(0, 2, 1) / np.sqrt(HIDDEN / HEADS))
    mixed = (scores / scores.sum(axis=-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(len(ids), HIDDEN)
    x = norm(x + linear(mixed, "l0.ao"), "l0.aln")
    inner = linear(x, "l0.fi")
    gelu = inner * 0.5 * (1 + np.vectorize(math.erf)(inner / math.sqrt(2)))
    pooled = norm(x + linear(gelu, "l0.fo"), "l0.oln").mean(axis=0)
    return np.asarray(pooled / np.linalg.norm(pooled))


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("ＡＢＣ①㈱", "ABC1(株)"),
        ("9時～17時", "9時～17時"),
        ("a\u200bb\ufeffc", "a b c"),
        ("a\x07b\x1fc", "abc"),
        ("ﾊﾝｶｸ", "ハンカク"),
    ],
)
def test_texts_are_normalised_as_the_model_was_trained(
    file: Path, tmp_path: Path, text: str, normalised: str
) -> None:
    from tokenizers import Tokenizer

    write_out(file, tmp_path)
    assert Tokenizer.from_file(str(tmp_path / "tokenizer.json")).normalizer.normalize_str(text) == normalised


@pytest.mark.parametrize("size", [0, 3, 30, 100, 500, -1, -700])
def test_a_file_that_was_cut_off_is_refused(file: Path, tmp_path: Path, size: int) -> None:
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(ModelFileBad):
        write_out(file, tmp_path)


def test_another_kind_of_file_another_block_and_a_missing_tensor_are_refused(tmp_path: Path) -> None:
    whole = tensors()
    cases = {
        "E5S1": b"GGUF" + packed(whole)[4:],
        "blocks of 16": packed(whole, block=16),
        "l0.fo.w": packed({name: value for name, value in whole.items() if name != "l0.fo.w"}),
    }
    for said, content in cases.items():
        path = tmp_path / "bad.bin"
        path.write_bytes(content)
        with pytest.raises(ModelFileBad, match=said):
            write_out(path, tmp_path)
