"""Documents that say almost the same are found in three languages; others are not, nothing is deleted."""

from __future__ import annotations

import random

import httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from making import add, space_named

from ingest.versions.near_duplicates import alike, likeness, signature_of
from operations.library import Library

ENGLISH = " ".join(
    f"Article {n}: the {n * 37 % 101} clerk files form {n * 7} with office {n % 9}." for n in range(60)
)
JAPANESE = "".join(
    f"第{n}条 社員は、{n * 37 % 101}日以内に様式{n * 7}号を{n % 9}課へ提出する。" for n in range(60)
)
CHINESE = "".join(
    f"第{n}条 员工应当在{n * 37 % 101}日内向{n % 9}部门提交第{n * 7}号表格。" for n in range(60)
)


def of(text: str) -> np.ndarray:
    packed = signature_of([text])
    assert packed is not None
    return np.frombuffer(packed, "<u4")


@pytest.mark.parametrize("text", [ENGLISH, JAPANESE, CHINESE])
def test_a_small_change_leaves_texts_alike_and_another_text_is_not(text: str) -> None:
    changed = text.replace("30", "31").replace("form 7 ", "form 8 ")
    assert likeness(of(text), of(changed)) > 0.7
    assert likeness(of(text), of("".join(reversed(text)))) < 0.3


def test_pages_do_not_matter_and_neither_do_width_or_case() -> None:
    cut = len(JAPANESE) // 2
    assert signature_of([JAPANESE]) == signature_of([JAPANESE[:cut], JAPANESE[cut:]])
    assert signature_of([ENGLISH]) == signature_of([ENGLISH.upper()])
    assert signature_of(["a few words only"]) is None and signature_of([]) is None


@given(st.integers(0, 60), st.integers(0, 10**6))
@examples(max_examples=25)
def test_the_estimate_is_near_the_true_share(changed: int, seed: int) -> None:
    chance = random.Random(seed)
    words = [f"w{chance.randrange(10**6)}" for _ in range(300)]
    other = words[: len(words) - changed] + [f"x{n}" for n in range(changed)]

    def runs(text: list[str]) -> set[tuple[str, ...]]:
        return {tuple(text[start : start + 4]) for start in range(len(text) - 3)}

    true = len(runs(words) & runs(other)) / len(runs(words) | runs(other))
    assert abs(likeness(of(" ".join(words)), of(" ".join(other))) - true) < 0.25  # four standard errors


def test_groups_are_those_that_are_like_their_first() -> None:
    texts = {
        "a": ENGLISH,
        "b": ENGLISH + " And one more.",
        "c": JAPANESE,
        "d": JAPANESE + "以上。",
        "e": CHINESE,
    }
    packed = [(name, signature_of([text]) or b"") for name, text in texts.items()]
    groups = alike(packed, 0.8)
    assert [group.ids for group in groups] == [("a", "b"), ("c", "d")]
    assert groups[0].likeness[0] == 1.0 and 0.8 <= groups[0].likeness[1] <= 1.0


def test_the_same_and_the_almost_same_are_shown_and_kept(library: Library, client: httpx.Client) -> None:
    space_named(library.sessions, "Sales")
    add(library, "rules.txt", ENGLISH)
    add(library, "copy.txt", ENGLISH, space="Sales")
    add(library, "draft.txt", ENGLISH + " And one more sentence of the draft.")
    add(library, "other.txt", CHINESE)
    got = client.get("/api/duplicates").json()
    assert [[member["document"] for member in group["documents"]] for group in got["same"]] == [
        ["rules.txt", "copy.txt"]
    ]
    assert [[member["document"] for member in group["documents"]] for group in got["alike"]] == [
        ["rules.txt", "draft.txt"]
    ]
    assert client.get("/api/documents").json()["total"] == 4
    assert client.get("/api/duplicates", params={"least": 1.0}).json()["alike"] == []
