"""A model without knowledge, in the shape of a real one: weights that are zero, to measure how fast this
machine reads and multiplies them. Writes a GGUF file; nothing is downloaded."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from llm.gguf import BLOCKS

ALIGNMENT = 32
F32 = 0


@dataclass(frozen=True)
class Shape:
    """Layers, width, width of the feed-forward part, and size of the vocabulary, of a llama-like model."""

    layers: int
    width: int
    forward: int
    vocabulary: int = 4096
    heads: int = 8


def write_synthetic(path: Path, shape: Shape, kind: int) -> int:
    """Write it with matrices of that tensor type (ggml's number); returns the matrices' elements."""
    width, forward = shape.width, shape.forward
    tensors: list[tuple[str, tuple[int, ...], int]] = [
        ("token_embd.weight", (width, shape.vocabulary), kind),
        ("output.weight", (width, shape.vocabulary), kind),
        ("output_norm.weight", (width,), F32),
    ]
    for layer in range(shape.layers):
        forms: tuple[tuple[str, tuple[int, ...]], ...] = (
            ("attn_q", (width, width)), ("attn_k", (width, width // 4)), ("attn_v", (width, width // 4)),
            ("attn_output", (width, width)), ("ffn_gate", (width, forward)), ("ffn_up", (width, forward)),
            ("ffn_down", (forward, width)),
        )  # fmt: skip
        for name, form in forms:
            tensors.append((f"blk.{layer}.{name}.weight", form, kind))
        tensors += [(f"blk.{layer}.{name}_norm.weight", (width,), F32) for name in ("attn", "ffn")]
    keys: list[tuple[str, int | float | str]] = [
        ("general.architecture", "llama"),
        ("llama.block_count", shape.layers),
        ("llama.context_length", 4096),
        ("llama.embedding_length", width),
        ("llama.feed_forward_length", forward),
        ("llama.attention.head_count", shape.heads),
        ("llama.attention.head_count_kv", shape.heads // 4),
        ("llama.attention.layer_norm_rms_epsilon", 1e-5),
        ("llama.rope.dimension_count", width // shape.heads),
        ("llama.vocab_size", shape.vocabulary),
        ("tokenizer.ggml.model", "no_vocab"),
    ]
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys)) + b"".join(map(_key, keys))
    offset = 0
    for name, form, of in tensors:
        head += _text(name) + struct.pack("<I", len(form)) + struct.pack(f"<{len(form)}Q", *form)
        head += struct.pack("<IQ", of, offset)
        offset += _padded(_bytes(form, of))
    with path.open("wb") as out:
        out.write(head.ljust(_padded(len(head)), b"\0"))
        for _, form, of in tensors:
            out.write(b"\0" * _padded(_bytes(form, of)))
    return sum(form[0] * form[1] for name, form, _ in tensors if len(form) == 2 and name[0] != "t")


def _bytes(form: tuple[int, ...], kind: int) -> int:
    elements, size = BLOCKS[kind]
    count = form[0] * (form[1] if len(form) > 1 else 1)
    return count // elements * size


def _padded(length: int) -> int:
    return -(-length // ALIGNMENT) * ALIGNMENT


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def _key(pair: tuple[str, int | float | str]) -> bytes:
    name, value = pair
    if isinstance(value, str):
        return _text(name) + struct.pack("<I", 8) + _text(value)
    if isinstance(value, float):
        return _text(name) + struct.pack("<If", 6, value)
    return _text(name) + struct.pack("<II", 4, value)
