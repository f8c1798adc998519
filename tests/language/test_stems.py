"""Stems join a word's forms and keep other words apart."""

from __future__ import annotations

import pytest

from language.stems import _APART, stem

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("quit", "quite"), ("suits", "suites"), ("past", "paste"), ("sever", "several"),
        ("severance", "several"),
        ("intern", "internal"), ("imports", "importance"), ("departs", "departments"), ("status", "statues"),
        ("positions", "positive"), ("customs", "customers"), ("polite", "political"),
        ("allowed", "allowance"),
        ("responses", "responsibilities"), ("person", "personally"), ("office", "officers"),
        ("conferred", "conferences"), ("aed", "a"), ("emerging", "emergencies"), ("unit", "united"),
        ("second", "secondment"), ("report", "reporters"), ("date", "dating"), ("earned", "earnings"),
        ("service", "servicing"), ("trains", "training"), ("meet", "meetings"), ("fire", "fired"),
    ],
)  # fmt: skip
def test_other_words_have_other_stems(word: str, other: str) -> None:
    assert stem(word) != stem(other)


@pytest.mark.parametrize(
    "forms",
    [
        "quit quits quitting", "resign resigns resigned resigning", "manage manager management managed",
        "reimburse reimbursed reimbursement", "holiday holidays", "suite suites", "department departments",
        "authorized authorization authorised", "several", "claim claims claiming claimed",
    ],
)  # fmt: skip
def test_the_forms_of_a_word_have_one_stem(forms: str) -> None:
    assert len({stem(form) for form in forms.split()}) == 1


def test_an_own_stem_is_no_stem_of_other_words() -> None:
    for own in set(_APART.values()):
        assert stem(own) == own  # it is among its own forms


@pytest.mark.parametrize("word", ["ap200", "größe", "社員", "401k"])
def test_what_is_no_english_word_stays(word: str) -> None:
    assert stem(word) == word
