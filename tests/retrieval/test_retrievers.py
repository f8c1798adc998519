"""Both retrievers of the index on the real engines: what was put in is found, and no scope ever leaks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from language.tokens import query_tokens
from llm.embedder import Vectors
from llm.fakes import HashEmbedder
from retrieval.index.index import SearchIndex
from retrieval.index.keywords import Keywords
from retrieval.index.retrievers import IndexedPassage
from retrieval.index.vectors import ChromaVectors

SCOPES = ["aaaa", "bbbb", "cccc"]


def passage(
    number: str, text: str, *, version: str = "v1", scope: str = "aaaa", title: str = "", heading: str = ""
) -> IndexedPassage:
    return IndexedPassage(number, version, scope, title, heading, text)


@pytest.fixture
def keywords(tmp_path: Path) -> Iterator[Keywords]:
    opened = Keywords(tmp_path / "words")
    yield opened
    opened.close()


def found(keywords: Keywords, question: str, scopes: list[str] = SCOPES, limit: int = 10) -> list[str]:
    return [passage for passage, _ in keywords.search(query_tokens(question), scopes, limit)]


def put(keywords: Keywords, *passages: IndexedPassage) -> None:
    keywords.add(passages)
    keywords.commit()


def test_passages_are_found_by_their_words_in_three_languages(keywords: Keywords) -> None:
    put(
        keywords,
        passage("en", "The relief valve opens at 1.2 MPa."),
        passage("ja", "年次有給休暇は、勤続6か月で10日付与する。"),
        passage("zh", "涉密文件不得带离办公场所。"),
    )
    assert found(keywords, "At what pressure does the relief valve open?") == ["en"]
    assert found(keywords, "有給休暇は何日付与されますか")[0] == "ja"
    assert found(keywords, "涉密文件可以带离吗")[0] == "zh"
    assert found(keywords, "１．２ＭＰａ") == ["en"]
    assert keywords.count() == 3


def test_a_passage_is_found_by_its_title_and_its_headings(keywords: Keywords) -> None:
    put(keywords, passage("a", "It is 24 months.", title="Pump manual", heading="Warranty > Period"))
    assert found(keywords, "warranty of the pump") == ["a"]


def test_what_stands_in_more_of_the_question_comes_first(keywords: Keywords) -> None:
    put(keywords, passage("a", "The valve is red."), passage("b", "The relief valve opens at low pressure."))
    hits = keywords.search(query_tokens("relief valve pressure"), SCOPES, 10)
    assert [passage for passage, _ in hits] == ["b", "a"]
    assert hits[0][1] > hits[1][1] > 0


def test_nothing_is_seen_before_the_commit_and_everything_after_a_new_start(tmp_path: Path) -> None:
    first = Keywords(tmp_path / "words")
    first.add([passage("a", "valve")])
    assert found(first, "valve") == []
    first.commit()
    first.add([passage("b", "valve")])
    first.close()
    again = Keywords(tmp_path / "words")
    assert found(again, "valve") == ["a"]
    again.close()


def test_a_version_is_removed_whole_and_no_other(keywords: Keywords) -> None:
    put(keywords, passage("a", "valve"), passage("b", "valve"), passage("c", "valve", version="v2"))
    keywords.remove("v1")
    keywords.commit()
    assert found(keywords, "valve") == ["c"]
    frequencies, total = keywords.document_frequencies(["valv", "pump"])
    assert (frequencies["valv"] <= total, frequencies["pump"], total) == (True, 0, 1)
    keywords.clear()
    keywords.commit()
    assert keywords.count() == 0


@pytest.mark.parametrize("damage", [b"", b"{", b'{"segments": 5}'])
def test_a_damaged_folder_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    first = Keywords(tmp_path / "words")
    put(first, passage("a", "valve"))
    first.close()
    (tmp_path / "words" / "meta.json").write_bytes(damage)
    again = Keywords(tmp_path / "words")
    put(again, passage("b", "valve"))
    assert found(again, "valve") == ["b"]
    again.close()


def test_very_long_words_and_strange_characters_neither_fail_nor_match_all(keywords: Keywords) -> None:
    put(keywords, passage("a", "x" * 100_000 + " valve \x00 \U0001f600"), passage("b", "pump"))
    assert found(keywords, "valve") == ["a"]
    assert found(keywords, "y" * 4000) == []
    assert found(keywords, 'body:pump) OR (* " \\ AND') == ["b"]


def test_no_words_or_no_scopes_find_nothing(keywords: Keywords) -> None:
    put(keywords, passage("a", "valve"))
    assert found(keywords, "!?") == []
    assert found(keywords, "valve", []) == []
    assert found(keywords, "valve", ["zzzz"]) == []


def test_a_scope_that_has_few_of_many_hits_gets_all_of_its_own(keywords: Keywords) -> None:
    put(keywords, *(passage(f"a{number}", "valve valve") for number in range(200)))
    put(
        keywords,
        *(passage(f"b{number}", "valve and much more of other text", scope="bbbb") for number in range(7)),
    )
    assert sorted(found(keywords, "valve", ["bbbb"], 10)) == sorted(f"b{number}" for number in range(7))
    assert len(found(keywords, "valve", ["aaaa", "bbbb"], 10)) == 10


WORDS = ["valve", "pump", "休暇", "密码", "leave"]
contents = st.lists(
    st.tuples(st.sampled_from(SCOPES), st.sets(st.sampled_from(WORDS), min_size=1)), max_size=14
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchIndex]:
    folder = tmp_path_factory.mktemp("retrieved")
    index = SearchIndex(Keywords(folder / "words"))
    yield index
    index.keywords.close()


@examples(max_examples=40)
@given(
    contents, st.sets(st.sampled_from(SCOPES)), st.sets(st.sampled_from(WORDS), min_size=1), st.integers(1, 8)
)
def test_words_find_every_match_of_the_readable_scopes_and_none_of_the_others(
    shared: SearchIndex,
    contents: list[tuple[str, set[str]]],
    readable: set[str],
    asked: set[str],
    limit: int,
) -> None:
    shared.replace_words(
        [
            passage(f"p{number}", " ".join(sorted(words)), scope=scope)
            for number, (scope, words) in enumerate(contents)
        ]
    )
    question = query_tokens(" ".join(sorted(asked)))
    hits = [passage for passage, _ in shared.keywords.search(question, readable, limit)]
    matching = {
        f"p{number}" for number, (scope, words) in enumerate(contents) if scope in readable and words & asked
    }
    assert len(hits) == len(set(hits)) == min(limit, len(matching))
    assert set(hits) <= matching


def unit(vectors: Vectors) -> Vectors:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def random_vectors(seed: int, count: int, dimensions: int = 32) -> Vectors:
    return unit(np.random.default_rng(seed).normal(size=(count, dimensions)).astype(np.float32))


def nearest(store: ChromaVectors, vector: Vectors, scopes: list[str] = SCOPES, limit: int = 10) -> list[str]:
    return [passage for passage, _ in store.search(vector, scopes, limit)]


def test_the_nearest_vectors_are_found_with_their_cosines(tmp_path: Path) -> None:
    store = ChromaVectors(tmp_path / "v", "one")
    vectors = random_vectors(1, 20)
    store.add("aaaa", [f"p{number}" for number in range(20)], vectors)
    hits = store.search(vectors[3], SCOPES, 5)
    assert hits[0] == ("p3", pytest.approx(1.0, abs=1e-4))
    expected = np.sort(vectors @ vectors[3])[::-1][:5]
    assert [score for _, score in hits] == pytest.approx(expected.tolist(), abs=1e-4)


def test_vectors_recall_what_an_exact_scan_finds(tmp_path: Path) -> None:
    store, count, limit = ChromaVectors(tmp_path / "v", "one"), 1500, 40
    vectors = random_vectors(2, count)
    for number, scope in enumerate(SCOPES):
        own = range(number, count, len(SCOPES))
        store.add(scope, [f"p{row}" for row in own], vectors[list(own)])
    shares = []
    for question in random_vectors(3, 25):
        exact = {f"p{row}" for row in np.argsort(-(vectors @ question))[:limit]}
        shares.append(len(exact & set(nearest(store, question, SCOPES, limit))) / limit)
    assert sum(shares) / len(shares) >= 0.98, shares


def test_a_vector_of_the_same_id_is_replaced_and_a_removed_one_is_gone(tmp_path: Path) -> None:
    store = ChromaVectors(tmp_path / "v", "one")
    vectors = random_vectors(4, 3)
    store.add("aaaa", ["a", "b"], vectors[:2])
    store.add("aaaa", ["a"], vectors[2:])
    assert store.count() == 2
    assert store.search(vectors[2], ["aaaa"], 1)[0] == ("a", pytest.approx(1.0, abs=1e-4))
    assert store.have("aaaa", ["a", "b", "c"]) == {"a", "b"}
    assert store.have("bbbb", ["a"]) == set()
    store.remove("aaaa", ["a", "never there"])
    store.remove("bbbb", ["a"])
    assert (store.count(), store.have("aaaa", ["a", "b"])) == (1, {"b"})
    assert nearest(store, vectors[2]) == ["b"]
    assert store.ids() == {"aaaa": {"b"}}


def test_a_search_after_most_vectors_were_removed_finds_the_rest(tmp_path: Path) -> None:
    store = ChromaVectors(tmp_path / "v", "one")
    vectors = random_vectors(5, 400)
    ids = [f"p{number}" for number in range(400)]
    store.add("aaaa", ids, vectors)
    store.remove("aaaa", ids[:390])
    assert set(nearest(store, vectors[0], SCOPES, 60)) == set(ids[390:])
    store.remove("aaaa", ids)
    assert nearest(store, vectors[0]) == []


def test_vectors_of_two_embedders_never_meet(tmp_path: Path) -> None:
    first, two = ChromaVectors(tmp_path / "v", "one"), ChromaVectors(tmp_path / "v", "two")
    vectors = random_vectors(6, 2)
    first.add("aaaa", ["a"], vectors[:1])
    two.add("aaaa", ["b"], random_vectors(6, 1, dimensions=8))
    assert nearest(first, vectors[0]) == ["a"]
    assert (first.count(), two.count()) == (1, 1)
    assert (first.ids(), two.ids()) == ({"aaaa": {"a"}}, {"aaaa": {"b"}})


def test_what_is_removed_is_removed_from_the_vectors_of_every_embedder(tmp_path: Path) -> None:
    old, new = ChromaVectors(tmp_path / "v", "old"), ChromaVectors(tmp_path / "v", "new")
    old.add("aaaa", ["a", "b"], random_vectors(7, 2))
    new.add("aaaa", ["a"], random_vectors(7, 1))
    new.remove("aaaa", ["a"])
    assert (old.ids(), new.ids()) == ({"aaaa": {"b"}}, {"aaaa": set()})


def test_a_scope_is_removed_whole_and_no_other(tmp_path: Path) -> None:
    store = ChromaVectors(tmp_path / "v", "one")
    vectors = random_vectors(8, 2)
    store.add("aaaa", ["a"], vectors[:1])
    store.add("bbbb", ["b"], vectors[1:])
    store.remove_scope("aaaa")
    store.remove_scope("never there")
    assert nearest(store, vectors[0]) == ["b"]
    store.add("aaaa", ["c"], vectors[:1])
    assert nearest(store, vectors[0], ["aaaa"]) == ["c"]


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> ChromaVectors:
    return ChromaVectors(tmp_path_factory.mktemp("vectors"), "one")


@examples(max_examples=25)
@given(st.lists(st.sampled_from(SCOPES), max_size=12), st.sets(st.sampled_from(SCOPES)), st.integers(1, 8))
def test_vectors_come_from_the_readable_scopes_alone(
    vectors: ChromaVectors, scopes: list[str], readable: set[str], limit: int
) -> None:
    for scope, ids in vectors.ids().items():
        vectors.remove(scope, sorted(ids))
    made = random_vectors(9, 13)
    for number, scope in enumerate(scopes):
        vectors.add(scope, [f"p{number}"], made[number : number + 1])
    hits = nearest(vectors, made[12], sorted(readable), limit)
    allowed = {f"p{number}" for number, scope in enumerate(scopes) if scope in readable}
    assert len(hits) == len(set(hits)) == min(limit, len(allowed))
    assert set(hits) <= allowed


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SearchIndex]:
    opened = SearchIndex(Keywords(tmp_path / "words"))
    opened.attach(HashEmbedder(languages="en"), ChromaVectors(tmp_path / "vectors", "hash"))
    yield opened
    opened.keywords.close()


VALVE = passage("a", "The relief valve opens at 1.2 MPa.")
LEAVE = passage("b", "Annual leave is ten days.", version="v2", scope="bbbb")


def test_a_passage_is_found_by_both_legs_once(index: SearchIndex) -> None:
    index.add_words([VALVE, LEAVE], ["v1", "v2"])
    assert index.add_vectors([VALVE, LEAVE], lambda done: True)
    hits = index.search("relief valve", SCOPES, 10)
    assert [passage for passage, _ in hits.fused] == ["a", "b"]
    assert ([passage for passage, _ in hits.keyword], {passage for passage, _ in hits.dense}) == (
        ["a"],
        {"a", "b"},
    )
    assert index.search("relief valve", ["bbbb"], 10).fused[0][0] == "b"


def test_a_language_that_the_embedder_does_not_know_is_searched_by_words(index: SearchIndex) -> None:
    japanese = passage("j", "年次有給休暇は10日とする。", version="v3")
    index.add_words([VALVE, japanese], ["v1", "v3"])
    index.add_vectors([VALVE, japanese], lambda done: True)
    hits = index.search("有給休暇は何日ですか", SCOPES, 10)
    assert ([passage for passage, _ in hits.fused], hits.dense) == (["j"], [])


def test_where_no_word_matches_the_meaning_is_all_there_is(index: SearchIndex) -> None:
    index.add_words([VALVE], ["v1"])
    index.add_vectors([VALVE], lambda done: True)
    assert [passage for passage, _ in index.search("xyzzy", SCOPES, 10).fused] == ["a"]


def test_a_version_put_in_again_is_there_once_and_without_what_it_lost(index: SearchIndex) -> None:
    index.add_words([VALVE, passage("a2", "relief of duty")], ["v1"])
    index.add_words([VALVE], ["v1"])
    assert index.keywords.count() == 1
    assert [passage for passage, _ in index.search("relief", SCOPES, 10).keyword] == ["a"]


def test_a_removed_version_is_in_neither_leg(index: SearchIndex) -> None:
    index.add_words([VALVE, LEAVE], ["v1", "v2"])
    index.add_vectors([VALVE, LEAVE], lambda done: True)
    index.remove("v1", "aaaa", ["a"])
    hits = index.search("relief valve", SCOPES, 10)
    assert (hits.keyword, [passage for passage, _ in hits.dense]) == ([], ["b"])


def test_vectors_that_are_there_are_not_made_again_and_progress_can_stop_it(index: SearchIndex) -> None:
    many = [passage(f"p{number:03}", f"text {number}") for number in range(70)]
    reported: list[int] = []

    def stop_at_once(done: int) -> bool:
        reported.append(done)
        return False

    assert not index.add_vectors(many, stop_at_once)
    assert index.vectors is not None
    assert (reported, index.vectors.count()) == ([32], 32)
    embedder = index.embedder
    assert isinstance(embedder, HashEmbedder)
    made: list[int] = []
    original = embedder.passages
    embedder.passages = lambda texts: (made.append(len(texts)), original(texts))[1]  # type: ignore[method-assign]
    assert index.add_vectors(many, lambda done: True)
    assert (sum(made), index.vectors.count()) == (38, 70)


def test_forms_of_a_number_a_year_and_a_character_find_one_another(keywords: Keywords) -> None:
    put(
        keywords,
        passage("amount", "出張の日当は三万五千円とする。"),
        passage("year", "工場は昭和55年に建てられた。"),
        passage("name", "担当は髙﨑とする。"),
        passage("label", "届 出 先：総務課"),
        passage("radical", "社員⻝堂は正午に開く。"),
    )
    assert found(keywords, "35,000円")[0] == "amount"
    assert found(keywords, "1980年")[0] == "year"
    assert found(keywords, "高崎さん")[0] == "name"
    assert found(keywords, "届出先")[0] == "label"
    assert found(keywords, "食堂")[0] == "radical"


def test_an_index_of_older_tokens_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("retrieval.index.keywords.FIELD", "words_of_before")
        older = Keywords(tmp_path / "words")
        put(older, passage("a", "valve"))
        older.close()
    newer = Keywords(tmp_path / "words")
    assert newer.count() == 0  # fewer than the records hold: the start fills it again
    newer.close()
