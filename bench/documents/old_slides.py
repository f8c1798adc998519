"""The texts of a PowerPoint 97 presentation straight from its records: those of slides and notes, without
those of masters. Reads no drawing, and old states that a quick save left behind as if they stood there."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import olefile

_STREAM = "PowerPoint Document"
_CONTAINER = 0xF
_MASTER, _FOOTERS, _LIST = 0x03F8, 0x0FD9, 0x0FF0  # a master, headers and footers, a list of slides' texts
_LIST_OF_MASTERS = 1
_CHARACTERS, _BYTES, _STRING = 0x0FA0, 0x0FA8, 0x0FBA
_HEADER = struct.Struct("<HHI")


def slides(path: Path) -> str:
    """The texts, one to a line. Raises what olefile raises, and ValueError without such a stream."""
    with olefile.OleFileIO(str(path)) as archive:
        if not archive.exists(_STREAM):
            raise ValueError(_STREAM)
        content: bytes = archive.openstream(_STREAM).read()
    return "\n".join(_texts(content, 0, len(content), footers=False))


def _texts(content: bytes, position: int, end: int, *, footers: bool) -> Iterator[str]:
    while position + _HEADER.size <= end:
        first, kind, length = _HEADER.unpack_from(content, position)
        position += _HEADER.size
        inside = content[position : position + length]
        masters = kind == _MASTER or (kind == _LIST and first >> 4 == _LIST_OF_MASTERS)
        if first & 0xF == _CONTAINER and not masters:
            ends = min(position + length, end)
            yield from _texts(content, position, ends, footers=kind == _FOOTERS)
        elif kind == _CHARACTERS or (kind == _STRING and footers):
            yield inside.decode("utf-16-le", "replace")
        elif kind == _BYTES:
            yield inside.decode("latin-1")
        position += length
