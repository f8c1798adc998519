"""Of characters that look alike, the one is taken that the page's script has."""

from __future__ import annotations

import numpy as np
import pytest

from ingest.readers.scan.networks.scripts import ANY, JAPANESE, SIMPLIFIED, TRADITIONAL, Scripts

pytestmark = pytest.mark.fast
SIGNS = ["", *"社员員時时の会會议議A1本", " "]
EVERY = [JAPANESE, SIMPLIFIED, TRADITIONAL]


def seen(likely: str, *others: tuple[str, float]) -> np.ndarray:
    row = np.full(len(SIGNS), 1e-6, np.float32)
    row[SIGNS.index(likely)] = 0.7
    for sign, probability in others:
        row[SIGNS.index(sign)] = probability
    return row


def test_the_script_s_own_character_is_taken_unless_it_is_out_of_the_question() -> None:
    scripts = Scripts(SIGNS)
    rows = np.stack([seen("员", ("員", 0.1)), seen("A"), seen("时"), seen("会", ("會", 0.2))])
    chosen = scripts.choices(rows, rows.argmax(axis=1))
    texts = {script: "".join(SIGNS[sign] for sign in chosen[script]) for script in (ANY, *EVERY)}
    assert texts == {ANY: "员A时会", JAPANESE: "員A时会", SIMPLIFIED: "员A时会", TRADITIONAL: "員A时會"}


@pytest.mark.parametrize(
    ("text", "wanted", "script"),
    [
        ("本社の会議", EVERY, JAPANESE),
        ("社员时会议", EVERY, SIMPLIFIED),
        ("社員時會議", EVERY, TRADITIONAL),
        ("社員時會議", [SIMPLIFIED], SIMPLIFIED),
        ("A11", EVERY, ANY),
    ],
)
def test_the_script_is_told_from_the_page(text: str, wanted: list[int], script: int) -> None:
    assert Scripts(SIGNS).of_text(np.array([SIGNS.index(sign) for sign in text]), wanted) == script
