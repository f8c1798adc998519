"""One behaviour for every engine behind the index: whatever holds words and vectors, the same is found
by the same people, nothing of what was removed is left, and a killed process changes nothing."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from making import add, administrator, child_environment, finish_work, settings_in

from core import egress
from core.errors import BadValue, ConnectionRefusedByPolicy, IndexAway
from core.settings import load_settings
from ingest.lifecycle.erasure import erase_document, scrub
from language.tokens import query_tokens
from llm.embedder import Vectors
from llm.fakes import HashEmbedder
from operations.index_engines import Engines, index_host, open_engines
from operations.library import open_library, reachable
from retrieval.index.index import SearchIndex, archive_of, differences
from retrieval.index.milvus.address import milvus_address
from retrieval.index.retrievers import IndexedPassage
from retrieval.index.widening import Alternative, Concept, Widening

pytestmark = pytest.mark.engines

SCOPES = ["aaaa", "bbbb", "cccc"]
ENGINES = {"the data folder": "", "Milvus": "milvus"}


@dataclass
class Stand:
    """An engine in a folder, which can be closed and opened again."""

    folder: Path
    setting: str
    engines: Engines

    def again(self) -> Engines:
        self.engines.close()
        self.engines = open_in(self.folder, self.setting)
        return self.engines


def open_in(folder: Path, setting: str) -> Engines:
    if setting:
        pytest.importorskip("milvus_lite", reason="pip install '.[milvus]'")
    return open_engines(load_settings(data=folder, index=setting))


@pytest.fixture(params=ENGINES.values(), ids=ENGINES.keys())
def stand(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stand]:
    made = Stand(tmp_path, request.param, open_in(tmp_path, request.param))
    yield made
    made.engines.close()


@pytest.fixture(scope="module", params=ENGINES.values(), ids=ENGINES.keys())
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    engines = open_in(tmp_path_factory.mktemp("engines"), request.param)
    yield engines
    engines.close()


def passage(
    number: str, text: str, *, version: str = "v1", scope: str = "aaaa", title: str = ""
) -> IndexedPassage:
    return IndexedPassage(number, version, scope, title, "", text)


def put(engines: Engines, *passages: IndexedPassage) -> None:
    engines.words.add(passages)
    engines.words.commit()


def hits(engines: Engines, question: str, scopes: list[str] = SCOPES, limit: int = 10) -> list[str]:
    return [key for key, _ in engines.words.search(query_tokens(question), scopes, limit)]


def some_vectors(seed: int, count: int, width: int = 24) -> Vectors:
    made = np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


def test_words_are_found_in_three_languages_after_the_commit_and_a_new_start(stand: Stand) -> None:
    words = stand.engines.words
    words.add([passage("en", "The relief valve opens at 1.2 MPa.")])
    assert hits(stand.engines, "relief valve") == []
    words.add(
        [
            passage("ja", "年次有給休暇は、勤続6か月で10日付与する。"),
            passage("zh", "涉密文件不得带离办公场所。"),
        ]
    )
    words.commit()
    words.add([passage("lost", "relief valve")])
    for opened in (lambda: stand.engines, stand.again):
        engines = opened()
        assert hits(engines, "At what pressure does the relief valve open?") == ["en"]
        assert hits(engines, "有給休暇は何日付与されますか")[0] == "ja"
        assert hits(engines, "涉密文件可以带离吗")[0] == "zh"
        assert engines.words.count() == 3


def test_a_version_that_is_put_in_again_is_there_once_and_without_what_it_lost(stand: Stand) -> None:
    words = stand.engines.words
    put(
        stand.engines,
        passage("a", "valve"),
        passage("b", "valve of old"),
        passage("c", "valve", version="v2"),
    )
    words.remove("v1")
    words.add([passage("a", "valve anew")])
    assert sorted(hits(stand.engines, "valve")) == ["a", "b", "c"]
    words.commit()
    assert sorted(hits(stand.engines, "valve")) == ["a", "c"]
    assert hits(stand.engines, "anew") == ["a"]
    words.remove("v1")
    words.commit()
    assert (hits(stand.engines, "valve"), words.count()) == (["c"], 1)
    words.clear()
    words.add(passage(f"n{number}", "pump") for number in range(1100))
    assert hits(stand.engines, "valve") == ["c"]
    words.commit()
    assert (hits(stand.engines, "valve"), words.count()) == ([], 1100)


def test_document_frequencies_follow_what_is_there(stand: Stand) -> None:
    put(stand.engines, passage("a", "valve pump"), passage("b", "valve"), passage("c", "pump", version="v2"))
    words = stand.engines.words
    assert words.document_frequencies(["valv", "pump", "none"]) == ({"valv": 2, "pump": 2, "none": 0}, 3)
    words.remove("v2")
    words.commit()
    counted, total = words.document_frequencies(["valv", "none"])
    assert (counted, total) == ({"valv": 2, "none": 0}, 2)


def test_odd_words_neither_fail_nor_find_everything(stand: Stand) -> None:
    put(stand.engines, passage("a", "x" * 30_000 + " valve \x00 \U0001f600"), passage("b", "pump"))
    assert hits(stand.engines, "valve") == ["a"]
    assert hits(stand.engines, "y" * 4000) == hits(stand.engines, "!?") == []
    assert hits(stand.engines, 'body:pump) OR (* " \\ AND') == ["b"]
    assert hits(stand.engines, "valve", []) == hits(stand.engines, "valve", ['zz"zz']) == []


def test_of_a_thing_with_other_words_the_best_whole_one_counts(stand: Stand) -> None:
    put(
        stand.engines,
        passage("written", "The annual paid leave is ten days."),
        passage("part", "The leave of a visitor is written down."),
        passage("none", "The pump is red."),
    )
    asked = query_tokens("holiday")
    other = Alternative("annual paid leave", "annual paid leave", ("annual", "paid", "leav"), 0.8)
    widening = Widening((Concept(frozenset(asked), (other,)),))
    match = stand.engines.words.search(asked, SCOPES, 10, widening)
    assert [key for key, _ in match] == ["written"]
    assert match[0][1] > 0


@examples(max_examples=8)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(SCOPES), st.sets(st.sampled_from(["valve", "pump", "休暇", "密码"]), min_size=1)
        ),
        max_size=9,
    ),
    st.sets(st.sampled_from(SCOPES)),
    st.integers(1, 6),
)
def test_nothing_comes_from_a_scope_that_may_not_be_read(
    shared: Engines, contents: list[tuple[str, set[str]]], readable: set[str], limit: int
) -> None:
    SearchIndex(shared.words).replace_words(
        [passage(f"p{row}", " ".join(sorted(own)), scope=scope) for row, (scope, own) in enumerate(contents)]
    )
    asked = {"valve", "休暇"}
    answered = hits(shared, " ".join(asked), sorted(readable), limit)
    matching = {f"p{row}" for row, (scope, own) in enumerate(contents) if scope in readable and own & asked}
    assert len(answered) == len(set(answered)) == min(limit, len(matching))
    assert set(answered) <= matching


def test_one_version_alone_is_searched_where_it_is_named(stand: Stand) -> None:
    put(
        stand.engines,
        passage("a", "valve"),
        passage("b", "valve", version="v2"),
        passage("c", "pump", version="v2"),
    )
    words = stand.engines.words
    assert [key for key, _ in words.search(["valv"], SCOPES, 9, versions=["v2"])] == ["b"]
    assert words.search(["valv"], SCOPES, 9, versions=[]) == []


def test_vectors_are_near_replaced_moved_and_removed(stand: Stand) -> None:
    store = stand.engines.vectors("one")
    vectors = some_vectors(1, 30)
    ids = [f"p{number}" for number in range(30)]
    store.add("aaaa", ids[:20], vectors[:20])
    store.add("bbbb", ids[20:], vectors[20:])
    expected = np.sort(vectors @ vectors[3])[::-1][:5].tolist()
    assert [score for _, score in store.search(vectors[3], SCOPES, 5)] == pytest.approx(expected, abs=1e-4)
    assert store.search(vectors[3], ["bbbb"], 1)[0][0] in ids[20:]
    store.add("aaaa", ["p3"], vectors[4:5])
    assert store.count() == 30
    assert {key for key, _ in store.search(vectors[4], ["aaaa"], 2)} == {"p3", "p4"}
    store.move("aaaa", archive_of("aaaa"), ["p3", "never there"])
    assert (store.have("aaaa", ["p3", "p4"]), store.have(archive_of("aaaa"), ["p3"])) == ({"p4"}, {"p3"})
    assert store.search(vectors[4], ["aaaa"], 1)[0][0] == "p4"
    among = store.search_among(vectors[0], SCOPES, ["p0", "p25", "none"])
    assert among[0] == ("p0", pytest.approx(1.0, abs=1e-4))
    assert [key for key, _ in among] == ["p0", "p25"]
    store.remove("aaaa", ["p0", "p25", "never there"])
    assert store.have("aaaa", ["p0"]) | store.have("bbbb", ["p25"]) == {"p25"}
    store.remove_scope("bbbb")
    store = stand.again().vectors("one")
    assert {scope: len(held) for scope, held in store.ids().items() if held} == {
        "aaaa": 18,
        "aaaa.archive": 1,
    }
    assert store.search(vectors[25], ["bbbb"], 3) == store.search(vectors[25], [], 3) == []


def test_vectors_of_two_embedders_never_meet_and_are_removed_together(stand: Stand) -> None:
    older, newer = stand.engines.vectors("older"), stand.engines.vectors("newer")
    older.add("aaaa", ["a", "b"], some_vectors(2, 2))
    newer.add("aaaa", ["a", "c"], some_vectors(2, 2, width=8))
    assert {key for key, _ in older.search(some_vectors(2, 1)[0], SCOPES, 9)} == {"a", "b"}
    newer.remove("aaaa", ["a"])
    assert (older.have("aaaa", ["a", "b"]), newer.have("aaaa", ["a", "c"])) == ({"b"}, {"c"})


def test_vectors_recall_what_an_exact_scan_finds(stand: Stand) -> None:
    store, vectors = stand.engines.vectors("one"), some_vectors(3, 600, width=64)
    for number, scope in enumerate(SCOPES):
        own = list(range(number, 600, len(SCOPES)))
        store.add(scope, [f"p{row}" for row in own], vectors[own])
    shares = []
    for question in some_vectors(4, 8, width=64):
        readable = [row for row in range(600) if row % 3 != 2]
        exact = {f"p{row}" for row in sorted(readable, key=lambda row: -(vectors[row] @ question))[:30]}
        shares.append(len(exact & {key for key, _ in store.search(question, ["aaaa", "bbbb"], 30)}) / 30)
    assert sum(shares) / len(shares) >= 0.98, shares


def test_both_engines_rank_alike(tmp_path: Path) -> None:
    """The same BM25, however an engine counts: of a made library, in three languages."""
    chance = random.Random(7)
    vocabulary = [
        "valve",
        "pump",
        "pressure",
        "leave",
        "days",
        "office",
        "休暇",
        "申請",
        "期限",
        "密码",
        "文件",
        "保管",
    ]
    texts = [
        " ".join(chance.choices(vocabulary, range(1, 13), k=chance.randrange(5, 60))) for _ in range(150)
    ]
    ranked = {}
    for name, setting in ENGINES.items():
        engines = open_in(tmp_path / name, setting)
        for start in range(0, 150, 50):
            put(
                engines,
                *(
                    passage(f"p{row}", texts[row], version=f"v{row}", scope=SCOPES[row % 3])
                    for row in range(start, start + 50)
                ),
            )
        questions = ["valve pressure", "休暇の申請期限", "密码文件", "office pump days leave"]
        ranked[name] = [
            engines.words.search(query_tokens(question), ["aaaa", "cccc"], 10) for question in questions
        ]
        engines.close()
    for here, there in zip(*ranked.values(), strict=True):
        assert [score for _, score in here] == pytest.approx(
            [score for _, score in there], rel=0.05
        )  # one rounds lengths


def files_with(folder: Path, needles: list[bytes]) -> list[str]:
    return [
        f"{path.relative_to(folder)}: {needle!r}"
        for path in folder.rglob("*")
        if path.is_file()
        for needle in needles
        if needle in path.read_bytes()
    ]


def test_of_an_erased_document_no_token_and_no_vector_is_left_in_the_files(tmp_path: Path) -> None:
    pytest.importorskip("milvus_lite", reason="pip install '.[milvus]'")
    from retrieval.index.milvus.words import sendable

    secret = "zanzibarium"
    needles = [secret.encode(), *(sendable(token).encode() for token in query_tokens(secret))]
    with open_library(
        settings_in(tmp_path, index="milvus"), embedder=HashEmbedder(), load_models=False
    ) as library:
        kept = add(library, "kept.md", "# Valve\n\nThe relief valve opens at 1.2 MPa.")
        gone = add(library, "gone.md", f"# Secret\n\nThe {secret} is kept in the cellar.")
        assert library.index.search(secret, [space_of(library, gone)], 5).keyword
        erase_document(administrator(library), library.sessions, library.files, library.index, gone)
        assert scrub(library.sessions, library.index)
        assert library.index.search("relief valve", [space_of(library, kept)], 5).keyword
        assert not differences(library.sessions, library.index).words_differ
    assert files_with(tmp_path / "index", needles) == []


def space_of(library: object, document: str) -> str:
    from sqlalchemy import select

    from core.models import Document, Space

    with library.sessions.read() as session:  # type: ignore[attr-defined]
        row = session.get(Document, document)
        return row.space_id if row is not None else session.scalars(select(Space.id)).first()


CHILD = """
import os, signal, sys
from pathlib import Path
from operations.library import open_library
from llm.fakes import HashEmbedder
from making import finish_work, settings_in, upload

step, folder = sys.argv[1], Path(sys.argv[2])

def killed(reached):
    if reached == step:
        os.kill(os.getpid(), signal.SIGKILL)

with open_library(settings_in(folder, index="milvus"), embedder=HashEmbedder(), load_models=False) as library:
    upload(library, "rules.md", "# Rules\\n\\n" + "The relief valve is kept by the office. " * 200)
    library.pipeline.reached = killed
    finish_work(library)
"""


def test_after_a_kill_the_records_and_milvus_agree(tmp_path: Path) -> None:
    pytest.importorskip("milvus_lite", reason="pip install '.[milvus]'")
    folder = tmp_path / "data"
    own = Path(__file__).parents
    child = subprocess.run(
        [sys.executable, "-c", CHILD, "words", str(folder)],
        env=child_environment() | {"PYTHONPATH": f"{own[2]}:{own[3]}"}, check=False, capture_output=True,
    )  # fmt: skip
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    settings = settings_in(folder, index="milvus")
    with open_library(settings, embedder=HashEmbedder(), load_models=False) as library:
        finish_work(library)
        compared = differences(library.sessions, library.index)
        assert compared.records == compared.words == compared.vectors > 3


def test_the_setting_says_where_the_index_lies(tmp_path: Path) -> None:
    assert milvus_address("", tmp_path) is None
    assert milvus_address("milvus:/srv/index", tmp_path).folder == Path("/srv/index")  # type: ignore[union-attr]
    address = milvus_address("milvus+https://me:p%40ss@index.example:443/company?prefix=shoko2", tmp_path)
    assert address is not None
    assert (address.uri, address.user, address.password, address.database, address.prefix) == (
        "https://index.example:443", "me", "p@ss", "company", "shoko2",
    )  # fmt: skip
    assert "p@ss" not in repr(address) + address.shown
    for wrong in (
        "chroma",
        "milvus:",
        "http://host",
        "milvus+http://",
        "milvus+http://h/a b",
        "milvus+http://h:x",
    ):
        with pytest.raises(BadValue, match="SHOKO_INDEX"):
            milvus_address(wrong, tmp_path)


def test_only_the_address_that_is_set_may_be_spoken_to(tmp_path: Path) -> None:
    pytest.importorskip("pymilvus", reason="pip install '.[milvus]'")
    from retrieval.index.milvus.server import Milvus

    settings = load_settings(data=tmp_path, index="milvus+http://192.0.2.7:19530")
    assert index_host(settings) == "192.0.2.7"
    assert "192.0.2.7" in reachable(settings)
    egress.guard(reachable(settings))
    try:
        egress.require("192.0.2.7")
        other = milvus_address("milvus+http://192.0.2.8:19530", tmp_path)
        assert other is not None
        with pytest.raises(ConnectionRefusedByPolicy):
            Milvus(other)
    finally:
        egress.guard()


def test_a_server_that_does_not_answer_is_told_with_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pymilvus", reason="pip install '.[milvus]'")
    monkeypatch.setattr("retrieval.index.milvus.server.SECONDS", 2.0)
    with pytest.raises(IndexAway, match=r"127\.0\.0\.1:9"):
        open_engines(load_settings(data=tmp_path, index="milvus+http://u:hidden@127.0.0.1:9"))


def test_a_fault_of_the_connection_itself_is_told_as_the_index_being_away(stand: Stand) -> None:
    if not stand.setting:
        pytest.skip("an engine in this process has no server that could be started again")
    import grpc

    def late(*_: object, **__: object) -> None:
        raise grpc.RpcError("Deadline Exceeded for zanzibarium")

    put(stand.engines, passage("a", "valve"))
    stand.engines.words._milvus._client.search = late  # type: ignore[attr-defined]
    with pytest.raises(IndexAway, match="RpcError") as raised:
        hits(stand.engines, "zanzibarium")
    assert "zanzibarium" not in str(raised.value)


def test_a_server_that_was_started_again_and_holds_nothing_in_memory_finds_all_again(stand: Stand) -> None:
    if not stand.setting:
        pytest.skip("an engine in this process has no server that could be started again")
    put(stand.engines, passage("a", "valve"))
    milvus = stand.engines.words._milvus  # type: ignore[attr-defined]
    for own in milvus._client.list_collections():
        milvus._client.release_collection(own)
    assert hits(stand.engines, "valve") == ["a"]
    assert stand.engines.words.count() == 1


def test_shoko_starts_without_the_library_of_an_engine_that_is_not_set(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['pymilvus'] = None\n"
        "from pathlib import Path\nfrom core.settings import load_settings\n"
        "from operations.index_engines import open_engines\n"
        f"open_engines(load_settings(data=Path({str(tmp_path)!r}))).close()\n"
        f"open_engines(load_settings(data=Path({str(tmp_path)!r}), index='milvus'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=child_environment(),
        capture_output=True,
        text=True,
    )
    assert "IndexEngineMissing" in done.stderr
    assert "pip install 'shoko[milvus]'" in done.stderr
