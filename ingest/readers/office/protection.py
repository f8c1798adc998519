"""Opens Office files that a password protects (ECMA-376 Agile and Standard encryption, [MS-OFFCRYPTO]).

Such a file is a small file system (a compound file, [MS-CFB]) with the enciphered archive in it. Nothing of
the password is kept.
"""

from __future__ import annotations

import base64
import hashlib
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from lxml import etree

from core.errors import FileDamaged, FileEncrypted, PasswordWrong

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MOST_ROUNDS = 2_000_000  # of hashing a password; programs write 100,000
LARGEST = 2**30  # bytes of such a file
_END = 0xFFFFFFFE  # sector numbers from here on are markers
_SEGMENT = 4096
_ROUNDS = 50_000  # of the older way
_ENCRYPTION = "{http://schemas.microsoft.com/office/2006/encryption}"
_PASSWORD = "{http://schemas.microsoft.com/office/2006/keyEncryptor/password}"
_INPUT, _VALUE, _KEY = (
    bytes.fromhex(key) for key in ("fea7d2763b4b9e79", "d7aa0f6d3061344e", "146e0be7abacd0d6")
)
_HASHES = ("sha1", "sha256", "sha384", "sha512", "md5")


def is_protected(path: Path) -> bool:
    """Whether a file of today's Office kinds stands in a compound file: a password protects it."""
    with path.open("rb") as stream:
        return stream.read(8) == COMPOUND


@contextmanager
def unprotected(path: Path, name: str, password: str) -> Iterator[Path]:
    """The archive that the file holds, for the time of the block. Raises FileEncrypted without a password,
    PasswordWrong with a wrong one, FileDamaged."""
    if not password:
        raise FileEncrypted(name=name)
    try:
        streams = _streams(path)
        content = _opened(streams["EncryptionInfo"], streams["EncryptedPackage"], password)
    except (KeyError, IndexError, ValueError, struct.error, etree.XMLSyntaxError, OverflowError) as error:
        raise FileDamaged(name=name, problem="its encryption cannot be understood") from error
    if content is None:
        raise PasswordWrong(name=name)
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "archive"
        archive.write_bytes(content)
        yield archive


def _streams(path: Path) -> dict[str, bytes]:
    """The two streams of a compound file that matter here, by name."""
    if path.stat().st_size > LARGEST:
        raise ValueError("too large")
    data = path.read_bytes()
    size, small = 1 << min(data[30], 12), 1 << min(data[32], 12)
    first_directory, cutoff, first_small, first_more, more = (
        struct.unpack_from("<I", data, offset)[0] for offset in (48, 56, 60, 68, 72)
    )
    sectors = [number for number in struct.unpack_from("<109I", data, 76) if number < _END]
    for _ in range(min(more, len(data) // size)):
        listed = struct.unpack_from(f"<{size // 4}I", data, (first_more + 1) * size)
        sectors += [number for number in listed[:-1] if number < _END]
        first_more = listed[-1]
    following = [
        next_
        for sector in sectors
        for next_ in struct.unpack_from(f"<{size // 4}I", data, (sector + 1) * size)
    ]

    def chain(start: int) -> bytes:
        parts: list[bytes] = []
        while start < _END and len(parts) <= len(following):
            parts.append(data[(start + 1) * size : (start + 2) * size])
            start = following[start]
        return b"".join(parts)

    directory = chain(first_directory)
    small_following = chain(first_small) if first_small < _END else b""
    root = struct.unpack_from("<I", directory, 116)[0]
    small_data = chain(root) if root < _END else b""
    streams: dict[str, bytes] = {}
    for offset in range(0, len(directory) - 127, 128):
        length = struct.unpack_from("<H", directory, offset + 64)[0]
        stream_name = directory[offset : offset + max(0, length - 2)].decode("utf-16-le", "replace")
        start, total = struct.unpack_from("<II", directory, offset + 116)
        if stream_name not in ("EncryptionInfo", "EncryptedPackage") or directory[offset + 66] != 2:
            continue
        if total >= cutoff:
            streams[stream_name] = chain(start)[:total]
            continue
        parts: list[bytes] = []
        while start < _END and len(parts) * small <= total:
            parts.append(small_data[start * small : (start + 1) * small])
            start = struct.unpack_from("<I", small_following, start * 4)[0]
        streams[stream_name] = b"".join(parts)[:total]
    return streams


def _opened(info: bytes, package: bytes, password: str) -> bytes | None:
    """The archive; None if the password is another one."""
    major, minor = struct.unpack_from("<HH", info)
    if (major, minor) == (4, 4):
        return _agile(etree.fromstring(info[8:]), package, password)
    if minor == 2 and major in (2, 3, 4):
        return _standard(info, package, password)
    raise ValueError("another way of encryption")


@dataclass(frozen=True)
class _Way:
    """How a part of the agile encryption enciphers and hashes."""

    salt: bytes
    block: int
    key: int
    hash: str

    @classmethod
    def of(cls, element: etree._Element) -> _Way:
        hash_name = element.get("hashAlgorithm", "").replace("-", "").casefold()
        if hash_name not in _HASHES or element.get("cipherAlgorithm") != "AES":
            raise ValueError("another way of encryption")
        if element.get("cipherChaining") != "ChainingModeCBC":
            raise ValueError("another way of encryption")
        salt = base64.b64decode(element.get("saltValue", ""))
        return cls(
            salt, int(element.get("blockSize", "16")), int(element.get("keyBits", "128")) // 8, hash_name
        )

    def hashed(self, content: bytes) -> bytes:
        return hashlib.new(self.hash, content, usedforsecurity=False).digest()

    def fitting(self, content: bytes, length: int) -> bytes:
        return content[:length].ljust(length, b"\x36")

    def decipher(self, key: bytes, vector: bytes, content: bytes) -> bytes:
        content = content[: len(content) // 16 * 16]
        machine = Cipher(algorithms.AES(key), modes.CBC(self.fitting(vector, self.block))).decryptor()
        return machine.update(content) + machine.finalize()


def _agile(root: etree._Element, package: bytes, password: str) -> bytes | None:
    data = root.find(_ENCRYPTION + "keyData")
    lock = next(root.iter(_PASSWORD + "encryptedKey"), None)
    if data is None or lock is None:
        raise ValueError("no key")
    way, own = _Way.of(data), _Way.of(lock)
    rounds = int(lock.get("spinCount", "0"))
    if rounds > MOST_ROUNDS:
        raise ValueError("too many rounds")
    state = own.hashed(own.salt + password.encode("utf-16-le"))
    for number in range(rounds):
        state = own.hashed(struct.pack("<I", number) + state)

    def part(purpose: bytes, attribute: str) -> bytes:
        key = own.fitting(own.hashed(state + purpose), own.key)
        return own.decipher(key, own.salt, base64.b64decode(lock.get(attribute, "")))

    said = part(_INPUT, "encryptedVerifierHashInput")[: len(own.salt)]
    proof = own.hashed(said)
    if part(_VALUE, "encryptedVerifierHashValue")[: len(proof)] != proof:
        return None
    secret = part(_KEY, "encryptedKeyValue")[: way.key]
    size = struct.unpack_from("<Q", package)[0]
    parts = [
        way.decipher(
            secret, way.hashed(way.salt + struct.pack("<I", number)), package[offset : offset + _SEGMENT]
        )
        for number, offset in enumerate(range(8, len(package), _SEGMENT))
    ]
    return b"".join(parts)[:size]


def _standard(info: bytes, package: bytes, password: str) -> bytes | None:
    header_size = struct.unpack_from("<I", info, 8)[0]
    key_bits = struct.unpack_from("<I", info, 12 + 16)[0]
    verifier = info[12 + header_size :]
    salt, proof, proof_hash = verifier[4:20], verifier[20:36], verifier[40:72]
    state = _sha1(salt + password.encode("utf-16-le"))
    for number in range(_ROUNDS):
        state = _sha1(struct.pack("<I", number) + state)
    state = _sha1(state + struct.pack("<I", 0)).ljust(64, b"\0")
    halves = (_sha1(bytes(byte ^ mask for byte in state[:20]) + bytes([mask]) * 44) for mask in (0x36, 0x5C))
    key = b"".join(halves)[: (key_bits or 128) // 8]

    def decipher(content: bytes) -> bytes:
        machine = Cipher(algorithms.AES(key), modes.ECB()).decryptor()  # as the file was enciphered
        return machine.update(content[: len(content) // 16 * 16]) + machine.finalize()

    if _sha1(decipher(proof)) != decipher(proof_hash)[:20]:
        return None
    size = struct.unpack_from("<Q", package)[0]
    return decipher(package[8:])[:size]


def _sha1(content: bytes) -> bytes:
    return hashlib.sha1(content, usedforsecurity=False).digest()
