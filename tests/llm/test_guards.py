"""Guards on what a model writes, held against the faults that small models are known for: circles, thinking
text, the wrong language, a sentence that its limit cuts off."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from llm.fakes import ScriptedModel
from llm.guards import TEMPLATE, THINKING, circle, guarded, other_language
from llm.model import End, Generation, GenerationRequest, Message

pytestmark = pytest.mark.fast

ORDER = GenerationRequest([Message("user", "x")], max_tokens=10_000)


def pieces_of(text: str, size: int) -> Generator[str, None, None]:
    for start in range(0, len(text), size):
        yield text[start : start + size]


def through(text: str, size: int = 3, language: str = "") -> tuple[str, Generation]:
    generation = Generation(pieces_of(text, size))
    said = "".join(guarded(generation, language).pieces)
    return said, generation


BAD = yaml.safe_load((Path(__file__).parent / "data" / "bad_outputs.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", BAD, ids=lambda case: str(case["what"]))
@pytest.mark.parametrize("size", [1, 4, 12])
def test_what_models_really_write_is_stopped_or_stripped(case: dict[str, str], size: int) -> None:
    said, generation = through(case["text"], size, case["language"])
    assert generation.end == case["end"]
    if "shown" in case:
        assert said.strip() == case["shown"]
    elif case["end"] is None:
        assert said == case["text"]
    else:
        assert len(said) < 110  # soon: three turns of a circle, or the letters by which a language is known


# Written by hand after the faults that small models are known for; none is a recording.
CIRCLES = [
    "The fee is 50 yuan. The fee is 50 yuan. The fee is 50 yuan. The fee is 50 yuan.",
    "The claim is closed, closed, closed, closed, closed, closed",
    "1. Open the valve.\n2. Close the valve.\n" * 6,
    "申請は前日までに行います。申請は前日までに行います。申請は前日までに行います。申請は前日までに行います。",
    "报销单须在三十天内提交，报销单须在三十天内提交，报销单须在三十天内提交，报销单须在三十天内提交，",
    "The manager of the manager of the manager of the manager of the manager of the manager of",
    "50 yuan.50.50.50.50.50.50.50.50.50.50.50.50",
    "はい" * 40,
    "!" * 80,
]
SOUND = [
    "| 1 | 10 | 100 |\n|---|---|---|\n| 2 | 20 | 200 |\n| 3 | 30 | 300 |",
    "a, b, c, d, e, f, g, h, i, j, k, l, m",
    "." * 300,
    "-" * 200,
    "1000000000000",
    "第1条 第2条 第3条 第4条 第5条 第6条",
    "no, no, no",
    "    return x\n        return y\n",
    "The claim must be submitted within 10 days. The claim must be signed. The claim must be paid.",
]


@pytest.mark.parametrize("text", CIRCLES)
def test_a_model_that_turns_in_a_circle_is_stopped_soon(text: str) -> None:
    said, generation = through("First a sound sentence of it. " + text * 50)
    assert generation.end == End.LOOP
    assert len(said) < 30 + 6 * len(text)


@pytest.mark.parametrize("text", SOUND)
def test_lists_tables_rules_and_repeated_openings_are_no_circles(text: str) -> None:
    said, generation = through(text)
    assert (said, generation.end) == (text, None)


THOUGHTS = "Okay, the user asks about leave. Let me look: [1] says 10 days.\nSo the answer is ten."


@pytest.mark.parametrize(("opening", "closing"), THINKING)
@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_thinking_text_is_shown_nowhere_wherever_the_pieces_cut_it(
    opening: str, closing: str, size: int
) -> None:
    said, generation = through(f"{opening}\n{THOUGHTS}\n{closing}\n\nTen days. [1]", size)
    assert said.strip() == "Ten days. [1]"
    assert generation.thinking >= len(THOUGHTS)


def test_signs_of_the_template_are_no_part_of_an_answer() -> None:
    thought = "<|channel|>analysis<|message|>Hm.<|end|>"
    answer = "<|start|>assistant<|channel|>final<|message|>Ten days.<|return|>"
    assert through(thought + answer)[0] == "Ten days."
    assert through("Ten days.<|im_end|>")[0] == "Ten days."


def test_a_model_that_thinks_to_the_end_says_nothing() -> None:
    said, generation = through("<think>" + THOUGHTS)
    assert (said, generation.thinking) == ("", len(THOUGHTS))


def test_while_it_thinks_there_are_signs_of_life() -> None:
    generation = guarded(Generation(pieces_of("<think>abc</think>Yes.", 2)))
    assert list(generation.pieces).count("") > 2


@given(st.text(alphabet="<thinkTHINK>/[]|a b", max_size=60), st.integers(1, 9))
def test_a_text_without_whole_signs_comes_through_to_the_letter(text: str, size: int) -> None:
    if any(sign in text for sign in (*TEMPLATE, *(opening for opening, _ in THINKING))) or circle(text):
        return
    said, generation = through(text, size)
    if generation.end is None:
        assert said == text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ja", "The annual paid leave is ten days after six months of continuous service."),
        (
            "ja",
            "年度带薪休假为十天，须在连续工作六个月之后方可享受，申请应当提前一天向主管提出，并得到其批准方可离岗。",
        ),
        (
            "zh",
            "年次有給休暇は、勤続6か月で10日付与されます。申請は前日までに上長へ行ってください。よろしくお願いします。",
        ),
        ("zh", "The annual paid leave is ten days after six months of continuous service."),
        (
            "en",
            "年次有給休暇は、勤続6か月で10日付与されます。申請は前日までに上長へ行ってください。それでは失礼します。",
        ),
    ],
)
def test_another_language_than_was_asked_for_stops_it(language: str, text: str) -> None:
    said, generation = through(text * 3, language=language)
    assert generation.end == End.LANGUAGE
    assert len(said) <= len(text) + 3


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "ja",
            "年次有給休暇は、勤続6か月で10日付与されます。申請は前日までに行います。様式は HR-12 です。",
        ),
        (
            "zh",
            "年度带薪休假为十天，须在连续工作六个月之后方可享受，申请表为 HR-12，应当提前一天向主管提出。",
        ),
        (
            "en",
            "Annual paid leave is ten days; the form is called 休暇届 and is handed in the day before it.",
        ),
        ("ja", "INSUFFICIENT"),
    ],
)
def test_the_right_language_with_foreign_names_in_it_goes_on(language: str, text: str) -> None:
    assert not other_language(text, language)
    assert through(text, language=language)[1].end is None


def test_a_guarded_generation_that_is_left_frees_the_model() -> None:
    model = ScriptedModel("A long sentence of a model that goes on. " * 20)
    generation = guarded(model.generate(ORDER))
    inner = model.requests
    next(generation.pieces)
    generation.pieces.close()
    assert inner == [ORDER]
    assert list(generation.pieces) == []
