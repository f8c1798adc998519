"""What a text must contain for a pattern to match: never more than the pattern needs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.kinds.terms import ListedTerm, applied
from checks.literals import folded, needed
from checks.patterns import Pattern, PatternBad, PatternDialect

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("サーバ(?!ー)", ("サーバ",)), ("ab?cd", ("cd",)), ("ab+c", ("ab",)), ("a{0,2}bc", ("bc",)),
        ("foo|b", ("foo", "b")), ("(?:foo|bar)", ()), ("[abc]", ()), (r"\w+する", ("する",)),
        (r"a\.b", ("a.b",)), (r"\x41bc", ("bc",)), (r"\u3042い", ("い",)), ("ＡＢ", ("ab",)), ("a*", ()),
        ("(a[)]b)cd", ("cd",)), ("^文$", ("文",)), ("x?|y", ()), ("a+?b", ("a",)), ("a{2}?bc", ("bc",)),
    ],
)  # fmt: skip
def test_the_longest_run_that_every_match_has(source: str, texts: tuple[str, ...]) -> None:
    assert needed([source]) == texts


@given(
    st.text(st.sampled_from("abA|?*+()[]{}1.^$\\dサＡ"), max_size=12),
    st.text(st.sampled_from("abA1.サＡd|?"), max_size=8),
)
def test_no_match_is_ever_left_out(source: str, text: str) -> None:
    try:
        match = Pattern(source, PatternDialect.JS, ignore_case=True).search(text)
    except PatternBad:
        return
    texts = needed([source])
    if match is not None and texts:
        assert any(part in folded(match[0]) for part in texts)


@pytest.mark.parametrize("text", ["ｊａｖａｓｃｒｉｐｔ", "javascript", "ＪａｖａScript"])
def test_a_term_without_pattern_is_seen_in_each_case_and_width(text: str) -> None:
    assert applied([ListedTerm(expected="JavaScript")], text) == "JavaScript"
