"""Stems are the same whoever else asks for one at the same time."""

from __future__ import annotations

import sys
import threading

import pytest

from language import stems

pytestmark = pytest.mark.fast
WORDS = [
    f"{start}{middle}{ending}"
    for start in ("govern", "develop", "calibr", "hesit", "organ", "fluctu", "generali", "respons")
    for middle in ("", "ment", "ation", "able", "fulness", "iveness", "ic", "iz")
    for ending in ("", "s", "ed", "ing", "ingly", "ally", "ousness")
]


def test_many_threads_at_once_get_the_stems_of_one() -> None:
    ask = stems.stem.__wrapped__  # nothing is kept: each is stemmed anew
    alone = [ask(word) for word in WORDS]
    wrong: list[object] = []

    def every() -> None:
        try:
            wrong.extend(pair for pair in zip(map(ask, WORDS), alone, strict=True) if pair[0] != pair[1])
        except Exception as error:  # noqa: BLE001  # an IndexError out of the stemmer is what is looked for
            wrong.append(error)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=every) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert wrong == []
