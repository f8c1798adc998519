"""Which documents say almost the same: signatures of their text, and groups by them. Pure.

A signature is a MinHash (Broder 1997): of the hashes of all runs of four words (in Japanese and Chinese, four
characters) the least under each of 64 permutations. The share of equal places in two signatures estimates
the share of runs that two texts have in common, with a standard error of about .05 at .8.
"""

from __future__ import annotations

import random
import re
import unicodedata
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PLACES = 64
BAND = 4  # places that must be equal for two texts to be compared: finds 99.98 % of pairs that are .8 alike
RUN = 4  # words of a run
LEAST_RUNS = 12  # a text of fewer says too little to be like another
_PRIME = 4_294_967_311  # the first above 2**32
_TOKENS = re.compile(r"[a-z0-9À-ɏ]+|[^\W_]")
_chance = random.Random(20260401)  # any seed, but always the same one: signatures are stored
_A = np.array([_chance.randrange(1, 2**31) for _ in range(PLACES)], np.uint64)
_B = np.array([_chance.randrange(2**31) for _ in range(PLACES)], np.uint64)

Signature = NDArray[np.uint32]


@dataclass(frozen=True)
class Alike:
    """Documents that say almost the same; `likeness` is how alike each is to the first, 1.0 for itself."""

    ids: tuple[str, ...]
    likeness: tuple[float, ...]


def signature_of(texts: Iterable[str]) -> bytes | None:
    """The signature of a document from its pages' texts; None if it says too little."""
    least = np.full(PLACES, _PRIME, np.uint64)
    runs = 0
    carried: list[str] = []
    for text in texts:
        words = carried + _TOKENS.findall(unicodedata.normalize("NFKC", text).lower())
        hashes = {
            zlib.crc32(" ".join(words[start : start + RUN]).encode()) for start in range(len(words) - RUN + 1)
        }
        carried = words[-(RUN - 1) :]
        if not hashes:
            continue
        runs += len(hashes)
        values = np.fromiter(hashes, np.uint64, len(hashes))
        least = np.minimum(least, ((_A[:, None] * values[None, :] + _B[:, None]) % _PRIME).min(axis=1))
    return least.astype("<u4").tobytes() if runs >= LEAST_RUNS else None


def likeness(signature: Signature, other: Signature) -> float:
    """The share of runs that two texts have in common, estimated."""
    return float(np.mean(signature == other))


def alike(documents: Sequence[tuple[str, bytes]], least: float) -> list[Alike]:
    """The groups among (id, signature) whose documents are at least that much like their first one."""
    buckets: dict[tuple[int, bytes], list[int]] = {}
    firsts: list[tuple[str, Signature]] = []
    members: list[list[tuple[str, float]]] = []
    for name, packed in documents:
        own = np.frombuffer(packed, "<u4")
        bands = [(start, own[start : start + BAND].tobytes()) for start in range(0, PLACES, BAND)]
        near = {group for band in bands for group in buckets.get(band, ())}
        best = max(((likeness(firsts[group][1], own), group) for group in near), default=(0.0, -1))
        if best[0] >= least:
            members[best[1]].append((name, best[0]))
            continue
        for band in bands:
            buckets.setdefault(band, []).append(len(firsts))
        firsts.append((name, own))
        members.append([(name, 1.0)])
    return [
        Alike(tuple(name for name, _ in group), tuple(round(share, 3) for _, share in group))
        for group in members
        if len(group) > 1
    ]
