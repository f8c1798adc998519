"""Two lists of hits into one: whole, in order, and without a retriever that knows nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.index.fusion import dense_weight, fuse

pytestmark = pytest.mark.fast

hits = st.lists(
    st.tuples(st.sampled_from("abcdefghij"), st.integers(0, 1000).map(lambda score: score / 10)),
    max_size=8,
    unique_by=lambda hit: hit[0],
).map(lambda hits: sorted(hits, key=lambda hit: -hit[1]))
weights = st.floats(0, 1)


@given(hits, hits, weights)
def test_what_a_leg_found_is_there_once_with_a_score_between_0_and_1(
    keyword: list[tuple[str, float]], dense: list[tuple[str, float]], weight: float
) -> None:
    fused = fuse(keyword, dense, weight)
    ids = [passage for passage, _ in fused]
    expected = {passage for passage, _ in keyword} | (
        {passage for passage, _ in dense} if weight > 0 else set()
    )
    assert sorted(ids) == sorted(expected)
    assert all(0 <= score <= 1 + 1e-9 for _, score in fused)
    assert fused == sorted(fused, key=lambda hit: (-hit[1], hit[0]))


@given(hits, hits)
def test_with_no_weight_the_order_of_words_alone_is_kept(
    keyword: list[tuple[str, float]], dense: list[tuple[str, float]]
) -> None:
    fused = [passage for passage, _ in fuse(keyword, dense, 0.0)]
    assert fused == [passage for passage, _ in sorted(keyword, key=lambda hit: (-hit[1], hit[0]))]


@given(hits, weights)
def test_a_passage_that_both_legs_put_first_is_first(
    fused_hits: list[tuple[str, float]], weight: float
) -> None:
    others = [(name, score / 2) for name, score in fused_hits]
    both = [("z", 200.0), *others]
    assert fuse(both, both, weight)[0][0] == "z"


def test_a_passage_that_both_legs_found_beats_one_that_a_single_leg_found_as_well() -> None:
    fused = fuse([("a", 10.0), ("b", 10.0)], [("b", 0.9), ("c", 0.1)], 0.45)
    assert [passage for passage, _ in fused] == ["b", "a", "c"]


def test_the_meaning_counts_where_the_embedder_knows_the_language_alone() -> None:
    assert dense_weight("ja", frozenset({"en"})) == 0.0
    assert 0 < dense_weight("en", frozenset({"en"})) < 1
    assert dense_weight("en", frozenset()) == 0.0
