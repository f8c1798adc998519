"""Reads the header of a GGUF file and refuses a malformed one before llama.cpp sees it.

llama.cpp ends its whole process on some malformed files (ggml-org/llama.cpp #24884), so a file from
outside is read here first: pure Python, bounded, nothing is loaded. Layout: the GGUF specification, v2/v3.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from core.errors import ModelFileBad

MAGIC = b"GGUF"
MOST_KEYS = 10_000  # real files have 20 to 60
MOST_TENSORS = 200_000  # a 1,000-layer mixture of experts has fewer
MOST_STRING = 50 * 2**20  # chat templates and merges lie far below
MOST_ARRAY = 10_000_000  # the largest vocabularies have some 300,000 pieces
SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
STRING, ARRAY = 8, 9

# Elements and bytes of one block of each tensor type (ggml.h); types not here are refused by name.
BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110),
    22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8),
    29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip


@dataclass(frozen=True)
class Tensor:
    """A tensor's place: shape in elements, type number, offset and size in bytes."""

    name: str
    shape: tuple[int, ...]
    type: int
    offset: int
    bytes: int


@dataclass(frozen=True)
class GgufHeader:
    """What a GGUF file says of itself. Long arrays (vocabularies) are kept as their length alone."""

    version: int
    metadata: dict[str, Any]
    tensors: tuple[Tensor, ...]
    data_start: int


class _Reader:
    def __init__(self, stream: BinaryIO, path: Path) -> None:
        self.stream, self.path = stream, path

    def bad(self, problem: str) -> ModelFileBad:
        return ModelFileBad(path=self.path.name, problem=problem)

    def take(self, form: str) -> Any:
        size = struct.calcsize("<" + form)
        data = self.stream.read(size)
        if len(data) < size:
            raise self.bad("it ends in the middle of its header")
        return struct.unpack("<" + form, data)[0]

    def string(self) -> str:
        length = self.take("Q")
        if length > MOST_STRING:
            raise self.bad(f"a text of {length} bytes in its header")
        data = self.stream.read(length)
        if len(data) < length:
            raise self.bad("it ends in the middle of its header")
        return data.decode("utf-8", "replace")

    def value(self, kind: int) -> Any:
        if kind == STRING:
            return self.string()
        if kind in SCALARS:
            return self.take(SCALARS[kind])
        if kind != ARRAY:
            raise self.bad(f"a value of the unknown type {kind}")
        of, length = self.take("I"), self.take("Q")
        if length > MOST_ARRAY:
            raise self.bad(f"a list of {length} values in its header")
        if of == STRING:
            for _ in range(length):
                self.string()
            return length
        if of not in SCALARS:
            raise self.bad(f"a list of the unknown type {of}")
        size = struct.calcsize("<" + SCALARS[of]) * length
        if len(self.stream.read(size)) < size:
            raise self.bad("it ends in the middle of its header")
        return length


def read_gguf(path: Path) -> GgufHeader:
    """The header of that file. Raises ModelFileBad saying what is wrong."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        reader = _Reader(stream, path)
        if stream.read(4) != MAGIC:
            raise reader.bad("it is not a GGUF file")
        version = reader.take("I")
        if version not in (2, 3):
            raise reader.bad(f"GGUF version {version}; versions 2 and 3 can be read")
        tensor_count, key_count = reader.take("Q"), reader.take("Q")
        if key_count > MOST_KEYS or tensor_count > MOST_TENSORS or tensor_count == 0:
            raise reader.bad(f"it claims {key_count} keys and {tensor_count} tensors")
        metadata: dict[str, Any] = {}
        for _ in range(key_count):
            key = reader.string()
            if key in metadata:
                raise reader.bad(f"the key {key} stands twice")
            metadata[key] = reader.value(reader.take("I"))
        tensors = tuple(_tensor(reader) for _ in range(tensor_count))
        alignment = metadata.get("general.alignment", 32)
        if not isinstance(alignment, int) or alignment < 1 or alignment & (alignment - 1):
            raise reader.bad(f"an alignment of {alignment}")
        start = (stream.tell() + alignment - 1) // alignment * alignment
    if len({tensor.name for tensor in tensors}) != len(tensors):
        raise reader.bad("two tensors have one name")
    for tensor in tensors:
        if tensor.offset % alignment or start + tensor.offset + tensor.bytes > size:
            raise reader.bad(f"the tensor {tensor.name} lies outside the file: it is cut off or changed")
    return GgufHeader(version, metadata, tensors, start)


def _tensor(reader: _Reader) -> Tensor:
    name, axes = reader.string(), reader.take("I")
    if not 1 <= axes <= 4:
        raise reader.bad(f"the tensor {name} has {axes} axes")
    shape = tuple(reader.take("Q") for _ in range(axes))
    kind, offset = reader.take("I"), reader.take("Q")
    if kind not in BLOCKS:
        raise reader.bad(f"the tensor {name} has the unknown type {kind}")
    elements, block_bytes = BLOCKS[kind]
    count = 1
    for length in shape:
        count *= length
    if count == 0 or shape[0] % elements:
        raise reader.bad(f"the tensor {name} has the shape {shape}")
    return Tensor(name, shape, kind, offset, count // elements * block_bytes)


def check_gguf(path: Path) -> GgufHeader:
    """The header of a file that is fit to be loaded as a chat model. Raises ModelFileBad."""
    header = read_gguf(path)
    architecture = header.metadata.get("general.architecture")
    if not isinstance(architecture, str) or not architecture:
        raise ModelFileBad(path=path.name, problem="it does not say its architecture")
    for key in ("block_count", "context_length", "embedding_length"):
        value = header.metadata.get(f"{architecture}.{key}")
        if not isinstance(value, int) or value < 1:
            raise ModelFileBad(path=path.name, problem=f"{architecture}.{key} is {value}")
    parts = header.metadata.get("split.count", 1)
    if not isinstance(parts, int) or parts > 1:  # llama.cpp would open the others, which nobody has read
        problem = f"it is one of {parts} parts: join them with `llama-gguf-split --merge` first"
        raise ModelFileBad(path=path.name, problem=problem)
    return header
