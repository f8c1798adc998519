"""Words for one thing, found in texts: the longest, whole, and none that means something else."""

from __future__ import annotations

import pytest

from language.characters import one_form
from language.terms import Term, Terms, Use, WordForm
from language.tokens import normalised

pytestmark = pytest.mark.fast


def term(name: str, *words: str, but_not: tuple[str, ...] = ()) -> Term:
    return Term(name, tuple(WordForm(word, "ja", Use.SAID) for word in words), but_not)


TERMS = Terms(
    [
        term("copier", "複合機", "コピー機", "copier", "photocopying machine"),
        term("meter", "メーター"),
        term("mail", "電子メール", "メール", "e-mail"),
        term("seat", "席", "席替え", but_not=("欠席届",)),
        term("rota", "36協定", "rota"),
        term("aid", "AED"),
    ]
)


def said(text: str) -> list[str]:
    plain = one_form(normalised(text))
    return [term.id for word in TERMS.said(plain) for term in word.terms]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("コピー機はどこ", ["copier"]),
        ("ｺﾋﾟｰ機", ["copier"]),
        ("Where are the photocopying machines?", ["copier"]),
        ("photocopying the machine", []),
        ("copiers and rotas", ["copier", "rota"]),
        ("メールとメーター", ["mail", "meter"]),
        ("ガスメーターボックス", []),  # parts of longer words in katakana
        ("電子メール", ["mail"]),  # once, by its longest word
        ("席替え", ["seat"]),
        ("欠席届を出す", []),
        ("36協定", ["rota"]),
        ("136協定", []),
        ("e-mails", ["mail"]),
        ("a day", []),
        ("AED", ["aid"]),
        ("", []),
    ],
)
def test_the_longest_whole_word_is_found(text: str, terms: list[str]) -> None:
    assert said(text) == terms


def test_one_word_may_belong_to_two_things() -> None:
    terms = Terms([term("rest", "休み"), term("leave", "休み")])
    [word] = terms.said("休み")
    assert [term.id for term in word.terms] == ["rest", "leave"]
