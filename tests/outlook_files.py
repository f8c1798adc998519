"""Makes Outlook's files (.msg): a compound file (MS-CFB) with the streams of a mail (MS-OXMSG)."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Sequence
from datetime import UTC, datetime

FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
SECTOR, MINI, CUTOFF = 512, 64, 4096
Storage = dict[str, "bytes | Storage"]


def compound_file(root: Storage) -> bytes:
    """A compound file with those streams and storages."""
    entries: list[list[object]] = [
        ["Root Entry", 5, FREE, FREE, 0, 0]
    ]  # name, type, next, child, start, size
    small, sectors = bytearray(), list[bytes]()
    chains: list[tuple[int, int]] = []  # first sector and how many
    contents: list[tuple[int, bytes]] = []

    def add(storage: Storage) -> int:
        numbers: list[int] = []
        for name, inner in storage.items():
            numbers.append(len(entries))
            entries.append([name, 2 if isinstance(inner, bytes) else 1, FREE, FREE, 0, 0])
            if isinstance(inner, bytes):
                contents.append((numbers[-1], inner))
            else:
                number = numbers[-1]
                entries[number][3] = add(inner)
        for number, following in itertools.pairwise(numbers):
            entries[number][2] = following
        return numbers[0] if numbers else FREE

    def store(content: bytes) -> int:
        count = -(-len(content) // SECTOR)
        first = len(sectors)
        padded = content.ljust(count * SECTOR, b"\0")
        sectors.extend(padded[offset : offset + SECTOR] for offset in range(0, len(padded), SECTOR))
        chains.append((first, count))
        return first

    entries[0][3] = add(root)
    mini_fat: list[int] = []
    for number, content in contents:
        entries[number][5] = len(content)
        if len(content) >= CUTOFF:
            entries[number][4] = store(content)
        elif content:
            first, count = len(mini_fat), -(-len(content) // MINI)
            mini_fat += [*range(first + 1, first + count), END]
            small += content.ljust(count * MINI, b"\0")
            entries[number][4] = first
        else:
            entries[number][4] = END
    entries[0][4], entries[0][5] = (store(bytes(small)), len(small)) if small else (END, 0)
    packed = b"".join(_entry(*entry) for entry in entries)  # type: ignore[arg-type]
    directory = store(packed.ljust(-(-len(packed) // SECTOR) * SECTOR, b"\0"))
    mini = store(struct.pack(f"<{len(mini_fat)}I", *mini_fat).ljust(SECTOR, b"\xff")) if mini_fat else END
    minis = chains[-1][1] if mini_fat else 0
    fats = 1
    while fats * SECTOR // 4 < len(sectors) + fats:
        fats += 1
    table = [FREE] * (fats * SECTOR // 4)
    for first, count in chains:
        for sector in range(first, first + count):
            table[sector] = sector + 1 if sector < first + count - 1 else END
    where = list(range(len(sectors), len(sectors) + fats))
    for sector in where:
        table[sector] = FAT
    sectors += [struct.pack("<128I", *table[offset : offset + 128]) for offset in range(0, len(table), 128)]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIIII", 0, fats, directory, 0, CUTOFF, mini, minis, END, 0, 0)[:36]
    header += struct.pack("<109I", *(where + [FREE] * 109)[:109])
    return header + b"".join(sectors)


def _entry(name: str, kind: int, following: int, child: int, start: int, size: int) -> bytes:
    called = name.encode("utf-16-le") + b"\0\0"
    return (
        called.ljust(64, b"\0")
        + struct.pack("<HBBIII16xI16xIQ", len(called), kind, 1, FREE, following, child, 0, start, size)
    )[:128]


def properties(texts: dict[str, str | bytes], numbers: dict[str, int], header: int) -> Storage:
    """The streams of properties: texts in UTF-16 (or bytes, under their id and type), numbers in one."""
    streams: Storage = {}
    for key, said in texts.items():
        wide = isinstance(said, str)
        name = f"__substg1.0_{key}001F" if wide else f"__substg1.0_{key}"
        streams[name] = said.encode("utf-16-le") if isinstance(said, str) else said
    fixed = b"".join(struct.pack("<HHIQ", 3, int(key, 16), 6, value) for key, value in numbers.items())
    streams["__properties_version1.0"] = bytes(header) + fixed
    return streams


def outlook_mail(
    subject: str,
    body: str | dict[str, str | bytes],
    *,
    sender: tuple[str, str] = ("佐藤 太郎", "sato@example.com"),
    receivers: Sequence[tuple[str, str, int]] = (("鈴木", "suzuki@example.com", 1),),
    attachments: Sequence[tuple[str, bytes | Storage]] = (),
    sent: datetime = datetime(2026, 5, 1, 1, 30, tzinfo=UTC),
    numbers: dict[str, int] | None = None,
    inside: bool = False,
) -> Storage:
    """The storages of a mail; `compound_file` makes a file of them. `body`: a text, or properties."""
    ticks = int((sent - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000
    texts: dict[str, str | bytes] = {
        "001A": "IPM.Note",
        "0037": subject,
        "0C1A": sender[0],
        "5D01": sender[1],
    }
    texts |= {"1000": body} if isinstance(body, str) else body
    mail = properties(texts, {"0039": ticks} | (numbers or {}), 24 if inside else 32)
    for number, (name, address, kind) in enumerate(receivers):
        mail[f"__recip_version1.0_#{number:08X}"] = properties(
            {"3001": name, "39FE": address}, {"0C15": kind}, 8
        )
    for number, (name, content) in enumerate(attachments):
        if isinstance(content, bytes):
            storage = properties({"3707": name, "37010102": content}, {"3705": 1}, 8)
        else:
            storage = properties({"3707": name}, {"3705": 5}, 8)
            storage["__substg1.0_3701000D"] = content
        mail[f"__attach_version1.0_#{number:08X}"] = storage
    return mail
