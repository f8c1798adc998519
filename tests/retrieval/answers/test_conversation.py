"""Earlier turns in a prompt: shortened by rule, left out whole, and always said."""

from __future__ import annotations

import pytest

from retrieval.answers.conversation import NOTHING_RECALLED, Fit, Recalled, Turn, fit, recall, shortened

pytestmark = pytest.mark.fast

LONG = [
    Turn(
        f"Question {number} about valve {number}?", f"It opens at {number}. [1] " + "Because of rules. " * 30
    )
    for number in range(60)
]


def count(passages: int, recalled: Recalled) -> int:
    return 100 * passages + sum(map(len, recalled.lines)) // 4


def test_a_turn_is_shortened_to_its_question_and_first_sentence() -> None:
    assert shortened(LONG[3]) == Turn("Question 3 about valve 3?", "It opens at 3.")
    assert shortened(Turn("休暇は？", "十日です。[1] 理由は規則です。")) == Turn("休暇は？", "十日です。")
    assert len(shortened(Turn("x" * 500, "y" * 500)).question) == 160


@pytest.mark.parametrize("language", ["ja", "en", "zh"])
def test_what_is_left_out_is_said_in_every_language(language: str) -> None:
    recalled = recall(LONG, language, whole=1, kept=5)
    assert (recalled.left_out, recalled.shortened) == (55, 4)
    text = "\n".join(recalled.lines)
    assert "55" in recalled.lines[1]
    assert "Question 54" not in text
    assert "Question 55" in text
    assert recall([], language, whole=9, kept=9) == NOTHING_RECALLED


def test_a_conversation_far_past_the_context_loses_nothing_without_saying_so() -> None:
    for length in range(len(LONG) + 1):
        turns = LONG[:length]
        fitted = fit(3, turns, "en", count, 900)
        assert fitted is not None
        assert fitted.tokens <= 900
        text = "\n".join(fitted.recalled.lines)
        kept = [number for number in range(length) if f"Question {number} " in text]
        assert kept == list(range(fitted.recalled.left_out, length))
        whole = sum(text.count(turn.answer.replace(" [1]", "").strip()) for turn in turns)
        assert length - fitted.recalled.left_out - fitted.recalled.shortened == whole
        if fitted.recalled.left_out:
            assert f"({fitted.recalled.left_out} earlier turns are left out here.)" in text
        assert fitted.passages == 3  # passages go last of all


def test_passages_are_dropped_whole_and_the_least_useful_first() -> None:
    assert fit(3, [], "en", count, 250) == Fit(2, NOTHING_RECALLED, 200)
    fitted = fit(3, LONG, "en", count, 150)
    assert fitted is not None
    assert (fitted.passages, fitted.recalled.left_out) == (1, len(LONG))
    assert fit(3, LONG, "en", count, 50) is None
