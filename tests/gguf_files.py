"""GGUF files made byte by byte, whole ones and such as no writer makes."""

from __future__ import annotations

import struct
from typing import Any

U32, I32, F32, BOOL, STRING, ARRAY, U64 = 4, 5, 6, 7, 8, 9, 10
METADATA: list[tuple[str, int, Any]] = [
    ("general.architecture", STRING, "llama"),
    ("general.name", STRING, "小さな"),
    ("llama.block_count", U32, 2),
    ("llama.context_length", U32, 64),
    ("llama.embedding_length", U64, 32),
    ("llama.rope.freq_base", F32, 10000.0),
    ("tokenizer.ggml.add_bos_token", BOOL, True),
    ("tokenizer.ggml.tokens", ARRAY, (STRING, ["<s>", "あ", "b"])),
    ("tokenizer.ggml.token_type", ARRAY, (I32, [3, 1, 1])),
]
# name, shape, type (0: 4 bytes each; 2: 18 bytes for 32), offset
TENSORS: list[tuple[str, list[int], int, int]] = [
    ("token_embd.weight", [32, 3], 0, 0),
    ("blk.0.attn_q.weight", [32, 32], 2, 384),
]
DATA = 384 + 32 * 18


def text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def value(kind: int, content: Any) -> bytes:
    if kind == STRING:
        return text(content)
    if kind == ARRAY:
        of, items = content
        return struct.pack("<IQ", of, len(items)) + b"".join(value(of, item) for item in items)
    return struct.pack("<" + {U32: "I", I32: "i", F32: "f", BOOL: "?", U64: "Q"}[kind], content)


def gguf(
    metadata: list[tuple[str, int, Any]] = METADATA,
    tensors: list[tuple[str, list[int], int, int]] = TENSORS,
    *,
    version: int = 3,
    alignment: int = 32,
    data: int = DATA,
) -> bytes:
    """A whole file in that layout."""
    written = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(metadata))
    for key, kind, content in metadata:
        written += text(key) + struct.pack("<I", kind) + value(kind, content)
    for name, shape, kind, offset in tensors:
        written += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)
    written += b"\0" * (-len(written) % alignment)
    return written + b"\0" * data
