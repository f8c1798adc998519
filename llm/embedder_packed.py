"""An embedder that comes packed in one file of four-bit weights, written out as the sentence-transformers
folder that `llm/embedder_setup.py` and torch read.

The packed form (magic E5S1) holds a BertModel with a Unigram tokenizer: all integers little-endian; a header
of sizes; the tokenizer's pieces in the order of their ids, with their scores; a table of normalised
characters, which NFKC and some replacements stand for; then the tensors, in blocks of 32 values of four bits
with one scale each (Q4_0), or plain. Nothing of the file is trusted: every length is compared with the file's
own size before it is used.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelFileBad

MAGIC = b"E5S1"
BLOCK, BLOCK_BYTES = 32, 18  # values of one block, and its bytes: a 16-bit scale and 32 halves of a byte
PLAIN, PACKED = 0, 1
MOST_TENSORS = 4096
LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
ENDS = {"w": "weight", "b": "bias"}
MASK = "<mask>"
# Where the model was trained with something else than NFKC: control characters are dropped, marks without
# width are spaces, and the full-width tilde of Japanese ranges stays. It hides behind a character that no
# text has while NFKC passes.
DROPPED = r"[\x{1}-\x{8}\x{B}\x{E}-\x{1F}\x{7F}\x{8F}\x{9F}]"
SPACES = r"[\x{200B}-\x{200F}\x{2028}\x{2029}\x{2581}\x{FEFF}\x{FFFD}]"
TILDE, HIDDEN = "\uff5e", "\uf8fe"

Array = NDArray[Any]


@dataclass(frozen=True)
class Sizes:
    """The shape of the model, in the order of the header."""

    epsilon: float
    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    types: int


@dataclass(frozen=True)
class Packed:
    """What the file holds: shape, pieces with their scores, and for each tensor its type, the number of its
    values and its offset."""

    sizes: Sizes
    pieces: tuple[tuple[str, float], ...]
    special: dict[str, int]
    tensors: dict[str, tuple[int, int, int]]


class _Reader:
    """Takes values from the front of the file; one that would reach beyond its end is an error."""

    def __init__(self, path: Path, data: bytes) -> None:
        self.path, self.data, self.place = path, data, 0

    def take(self, form: str) -> tuple[Any, ...]:
        size = struct.calcsize(f"<{form}")
        return struct.unpack(f"<{form}", self.bytes(size))

    def bytes(self, size: int) -> bytes:
        if size < 0 or self.place + size > len(self.data):
            raise ModelFileBad(path=self.path, problem="it ends before what its header states")
        self.place += size
        return self.data[self.place - size : self.place]


def read_packed(path: Path, data: bytes) -> Packed:
    """Header, pieces and the list of tensors of that file's content. Raises ModelFileBad."""
    reader = _Reader(path, data)
    if reader.bytes(4) != MAGIC:
        raise ModelFileBad(path=path, problem="it does not begin with E5S1")
    (version,) = reader.take("I")
    numbers = reader.take("7i")
    epsilon, block = reader.take("fi")
    if block != BLOCK:
        raise ModelFileBad(
            path=path, problem=f"version {version} has blocks of {block} values, not of {BLOCK}"
        )
    if min(numbers) <= 0 or numbers[0] % numbers[2]:
        raise ModelFileBad(path=path, problem=f"its sizes make no model: {numbers}")
    pieces, special = _pieces(reader)
    _, table = reader.take("iI")
    reader.bytes(table)
    (count,) = reader.take("i")
    if not 0 < count <= MOST_TENSORS:
        raise ModelFileBad(path=path, problem=f"it states {count} tensors")
    tensors = {}
    for _ in range(count):
        (length,) = reader.take("H")
        name = reader.bytes(length).decode("utf-8", "replace")
        kind, values, offset, size = reader.take("BIQQ")
        if kind not in (PLAIN, PACKED) or size != _bytes_of(kind, values) or offset + size > len(data):
            raise ModelFileBad(path=path, problem=f"the tensor {name} does not lie in the file as it states")
        tensors[name] = (kind, values, offset)
    return Packed(Sizes(epsilon, *numbers), pieces, special, tensors)


def _pieces(reader: _Reader) -> tuple[tuple[tuple[str, float], ...], dict[str, int]]:
    count, bos, eos, pad, unk, blob_bytes = reader.take("5iQ")
    if count <= 0 or not all(0 <= number < count for number in (bos, eos, pad, unk)):
        raise ModelFileBad(path=reader.path, problem=f"it states {count} pieces of text")
    offsets = np.frombuffer(reader.bytes(4 * (count + 1)), "<u4")
    scores = np.frombuffer(reader.bytes(4 * count), "<f4").astype(np.float64).tolist()
    blob = reader.bytes(blob_bytes)
    if offsets[-1] > blob_bytes or (np.diff(offsets.astype(np.int64)) < 0).any():
        raise ModelFileBad(path=reader.path, problem="its pieces of text overlap")
    ends = offsets.tolist()
    texts = [blob[begin:end].decode("utf-8", "replace") for begin, end in pairwise(ends)]
    special = {"bos": bos, "eos": eos, "pad": pad, "unk": unk}
    return tuple(zip(texts, scores, strict=True)), special


def _bytes_of(kind: int, values: int) -> int:
    return 4 * values if kind == PLAIN else values // BLOCK * BLOCK_BYTES


def unpack(data: bytes, kind: int, values: int, offset: int) -> NDArray[np.float32]:
    """The values of one tensor, shape (values,)."""
    if kind == PLAIN:
        return np.frombuffer(data, "<f4", values, offset)
    blocks = np.frombuffer(data, np.uint8, values // BLOCK * BLOCK_BYTES, offset).reshape(-1, BLOCK_BYTES)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    halves = blocks[:, 2:]
    out = np.empty((len(blocks), BLOCK), np.float32)
    out[:, : BLOCK // 2] = halves & 15
    out[:, BLOCK // 2 :] = halves >> 4
    out -= 8
    out *= scales
    return out.reshape(-1)


def _named(packed: Packed) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """(name in the file, name in a BertModel, shape) of every tensor that the model needs."""
    sizes = packed.sizes
    wide, inner = (sizes.hidden, sizes.hidden), (sizes.intermediate, sizes.hidden)
    rows = {"emb.word": sizes.vocabulary, "emb.pos": sizes.positions, "emb.type": sizes.types}
    for name, target in EMBEDDINGS.items():
        yield name, target, (rows[name], sizes.hidden) if name in rows else (sizes.hidden,)
    for layer in range(sizes.layers):
        for part, target in LAYER.items():
            shape = {"fi": inner, "fo": inner[::-1]}.get(part, wide)
            for end, word in ENDS.items():
                whole = shape if end == "w" and not part.endswith("ln") else shape[:1]
                yield f"l{layer}.{part}.{end}", f"encoder.layer.{layer}.{target}.{word}", whole


def write_out(path: Path, folder: Path) -> None:
    """Write the model of that file as a sentence-transformers folder, with weights of 16 bits, which lose
    nothing but the last place. Raises ModelFileBad."""
    from safetensors.numpy import save_file

    data = path.read_bytes()
    packed = read_packed(path, data)
    tensors: dict[str, Array] = {}
    for name, target, shape in _named(packed):
        kind, values, offset = packed.tensors.get(name, (PLAIN, -1, 0))
        if values != int(np.prod(shape)):
            raise ModelFileBad(path=path, problem=f"the tensor {name} should have {np.prod(shape)} values")
        tensors[target] = unpack(data, kind, values, offset).reshape(shape).astype(np.float16)
    for name, content in _small_files(packed).items():
        target_file = folder / name
        target_file.parent.mkdir(parents=True, exist_ok=True)
        target_file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)  # the library makes it for its owner alone


def _small_files(packed: Packed) -> dict[str, object]:
    sizes, special = packed.sizes, packed.special
    names = {role: packed.pieces[number][0] for role, number in special.items()}
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "dtype": "float32",
            "hidden_size": sizes.hidden,
            "num_hidden_layers": sizes.layers,
            "num_attention_heads": sizes.heads,
            "intermediate_size": sizes.intermediate,
            "vocab_size": sizes.vocabulary,
            "max_position_embeddings": sizes.positions,
            "type_vocab_size": sizes.types,
            "layer_norm_eps": sizes.epsilon,
            "hidden_act": "gelu",
            "pad_token_id": special["pad"],
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "1_Pooling/config.json": {
            "word_embedding_dimension": sizes.hidden,
            "pooling_mode_mean_tokens": True,
        },
        "2_Normalize/config.json": {},
        "sentence_bert_config.json": {"max_seq_length": sizes.positions, "do_lower_case": False},
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": sizes.positions,
            "model_input_names": ["input_ids", "attention_mask", "token_type_ids"],
            "bos_token": names["bos"],
            "cls_token": names["bos"],
            "eos_token": names["eos"],
            "sep_token": names["eos"],
            "pad_token": names["pad"],
            "unk_token": names["unk"],
        },
        "tokenizer.json": _tokenizer(packed, names),
    }


def _tokenizer(packed: Packed, names: dict[str, str]) -> dict[str, object]:
    special = packed.special
    marked = sorted({*special.values(), *(n for n, (text, _) in enumerate(packed.pieces) if text == MASK)})
    space = {"replacement": "▁", "prepend_scheme": "always", "split": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": number,
                "content": packed.pieces[number][0],
                "single_word": False,
                "lstrip": packed.pieces[number][0] == MASK,
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
            for number in marked
        ],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "Replace", "pattern": {"Regex": DROPPED}, "content": ""},
                {"type": "Replace", "pattern": {"Regex": SPACES}, "content": " "},
                {"type": "Replace", "pattern": {"String": TILDE}, "content": HIDDEN},
                {"type": "NFKC"},
                {"type": "Replace", "pattern": {"String": HIDDEN}, "content": TILDE},
            ],
        },
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Metaspace", **space}],
        },
        "post_processor": _between_special_tokens(
            (names["bos"], special["bos"]), (names["eos"], special["eos"])
        ),
        "decoder": {"type": "Metaspace", **space},
        "model": {
            "type": "Unigram",
            "unk_id": special["unk"],
            "vocab": [[text, score] for text, score in packed.pieces],
            "byte_fallback": False,
        },
    }


def _between_special_tokens(begin: tuple[str, int], end: tuple[str, int]) -> dict[str, object]:
    """A text, or two, between those special tokens (each a text and its number)."""
    first, last = ({"SpecialToken": {"id": text, "type_id": 0}} for text, _ in (begin, end))
    a, b = ({"Sequence": {"id": which, "type_id": 0}} for which in "AB")
    return {
        "type": "TemplateProcessing",
        "single": [first, a, last],
        "pair": [first, a, last, b, last],
        "special_tokens": {
            text: {"id": text, "ids": [number], "tokens": [text]} for text, number in (begin, end)
        },
    }
