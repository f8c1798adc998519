"""The words of the company: found in questions of those who read their space, told by checks, in and out as a
table."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import add, client_of, error_of, person, space_named

from contract.values import Role
from core.errors import BadValue
from core.identity.accounts import sign_in
from language.terms import Term, Terms, Use, WordForm
from operations.library import Library
from retrieval.glossary.csv_table import read, written
from retrieval.glossary.entries import GlossaryWords, checked
from retrieval.index.widening import widened

FEE = "決裁願は部長が承認し、十日以内に経理部へ回付する。\n"
SLO = "サービスレベル合意は毎年四月に見直す。\n"


def words(*each: tuple[str, str, str]) -> dict[str, Any]:
    return {"words": [{"text": text, "language": language, "use": use} for text, language, use in each]}


def entry(*each: tuple[str, str, Use], but_not: tuple[str, ...] = (), note: str = "") -> GlossaryWords:
    return GlossaryWords(tuple(WordForm(text, language, use) for text, language, use in each), but_not, note)


def term(name: str, *each: str) -> Term:
    return Term(name, tuple(WordForm(text, "ja", Use.WRITTEN) for text in each))


@pytest.mark.fast
def test_of_several_glossaries_the_longest_word_counts_and_one_of_both_is_both() -> None:
    first = Terms([term("a", "稟議", "起案"), term("b", "旅費", "交通費")])
    second = Terms([term("c", "稟議書類", "決裁文書"), term("d", "旅費", "出張費")])
    wider = widened("稟議書類と旅費はどこですか。", first, second)
    assert wider.words == ["決裁文書", "交通費", "出張費"]
    assert widened("稟議はどこですか。", first, second).words == ["起案"]
    assert widened("稟議はどこですか。", second).words == []


@pytest.mark.fast
@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (entry(("A", "ja", Use.SAID)), "no word names"),
        (entry(("A", "fr", Use.WRITTEN)), "no known language"),
        (entry(("-", "ja", Use.WRITTEN)), "no letter"),
        (entry(("甲", "ja", Use.WRITTEN), ("甲", "ja", Use.AVOIDED)), "not to be"),
        (entry(*((f"甲{number}", "ja", Use.WRITTEN) for number in range(61))), "more than 60"),
        (entry(("甲" * 201, "ja", Use.WRITTEN)), "longer than 200"),
        (entry(("甲", "ja", Use.WRITTEN), note="x" * 1001), "longer than 1000"),
    ],
)
def test_an_entry_that_cannot_be_is_told_why(wrong: GlossaryWords, problem: str) -> None:
    with pytest.raises(BadValue, match=problem):
        checked(wrong)


WORD = st.text("甲乙丙abc =+-@'\"、,", min_size=1, max_size=8).map(lambda text: " ".join(f"k{text}".split()))
ENTRY = st.builds(
    lambda head, more, note: checked(entry((head, "ja", Use.WRITTEN), *more, but_not=("x y",), note=note)),
    WORD,
    st.lists(st.tuples(WORD, st.sampled_from(["ja", "en", "zh"]), st.just(Use.SAID)), max_size=3),
    st.text("甲=+\n", max_size=5),
)


@pytest.mark.fast
@given(st.lists(ENTRY, max_size=5))
def test_a_table_reads_back_as_it_was(made: list[GlossaryWords]) -> None:
    back = [(entry.term, set(entry.words), entry.but_not) for _, entry in read(written(made))]
    assert back == [(entry.term, set(entry.words), entry.but_not) for entry in made]


@pytest.mark.fast
@pytest.mark.parametrize(
    ("table", "line"), [("name,note\nx,y", "line 1"), ("ja,fr\nx,y", "line 1"), ("", "line 1")]
)
def test_a_table_of_other_columns_is_told(table: str, line: str) -> None:
    with pytest.raises(BadValue, match=line):
        list(read(table))


@pytest.fixture
def office(library: Library, door: str) -> Iterator[dict[str, httpx.Client]]:
    add(library, "決裁.txt", FEE, space=space_named(library.sessions, "Alpha"))
    add(library, "合意.txt", SLO, space=space_named(library.sessions, "Alpha"))
    add(library, "other.txt", "The pool is blue.\n", space=space_named(library.sessions, "Beta"))
    clients = {}
    for name, roles in (
        ("manager", {"Alpha": Role.MANAGER, "Beta": Role.READER}),
        ("reader", {"Alpha": Role.READER}),
        ("outsider", {"Beta": Role.MANAGER}),
    ):
        asker = person(library.sessions, name, **roles)
        with library.sessions.write() as session:
            clients[name] = client_of(door, sign_in(session, asker.user_id))
    yield clients
    for client in clients.values():
        client.close()


def ask(client: httpx.Client, question: str, **more: Any) -> dict[str, Any]:
    body = {"question": question, "stream": False, **more}
    return dict(client.post("/api/questions", json=body).json())


def test_a_word_counts_for_those_who_read_its_space_and_for_nobody_else(
    office: dict[str, httpx.Client],
) -> None:
    manager, reader, outsider = office["manager"], office["reader"], office["outsider"]
    question = "キアンショはいつまでに回しますか。"
    assert ask(reader, question)["widened"] == []
    order = words(
        ("決裁願", "ja", "written"), ("キアンショ", "ja", "said"), ("approval request", "en", "written")
    )
    assert error_of(reader.post("/api/spaces/Alpha/glossary", json=order)) == "not_permitted"
    assert error_of(outsider.post("/api/spaces/Alpha/glossary", json=order)) == "not_found"
    made = manager.post("/api/spaces/Alpha/glossary", json=order).json()
    assert made["term"] == "決裁願"
    answer = ask(reader, question)
    assert "決裁願" in answer["widened"] and "決裁願" in answer["citations"][0]["quote"]
    hits = reader.get("/api/search", params={"q": "キアンショ"}).json()
    assert hits["hits"][0]["document"] == "決裁.txt" and "決裁願" in hits["widened"]
    # Neither who does not read the space, nor a question that looks elsewhere, is told of the word.
    assert ask(outsider, question)["widened"] == []
    beta = next(space["id"] for space in manager.get("/api/spaces").json() if space["name"] == "Beta")
    assert ask(manager, question, spaces=[beta])["widened"] == []
    assert error_of(outsider.get("/api/spaces/Alpha/glossary")) == "not_found"
    assert error_of(outsider.delete(f"/api/glossary/{made['id']}")) == "not_found"
    assert error_of(manager.post("/api/spaces/Alpha/glossary", json=order)) == "bad_value"
    changed = words(("決裁願", "ja", "written"), ("キアンシヨ", "ja", "said"))
    assert manager.put(f"/api/glossary/{made['id']}", json=changed).status_code == 200
    assert ask(reader, question)["widened"] == []
    assert manager.delete(f"/api/glossary/{made['id']}").status_code == 204
    assert reader.get("/api/spaces/Alpha/glossary").json() == {"entries": [], "total": 0}


def test_what_is_not_to_be_written_is_told_by_checks(office: dict[str, httpx.Client]) -> None:
    manager = office["manager"]
    order = words(("稟議書", "ja", "written"), ("決裁願", "ja", "avoided"), ("ringi", "en", "avoided"))
    made = manager.post("/api/spaces/Alpha/glossary", json=order).json()
    (pack,) = manager.get("/api/spaces/Alpha/packs").json()
    assert pack["name"] == "glossary"
    checked_text = {"text": FEE, "packs": [pack["id"]], "language": "ja"}
    (finding,) = manager.post("/api/texts/check", json=checked_text).json()["findings"]
    assert finding["quote"] == "決裁願" and "稟議書" in finding["message"]
    assert error_of(office["outsider"].post("/api/texts/check", json=checked_text)) == "bad_value"
    manager.delete(f"/api/glossary/{made['id']}")
    assert manager.get("/api/spaces/Alpha/packs").json() == []


def test_a_table_is_taken_in_whole_or_not_at_all(office: dict[str, httpx.Client]) -> None:
    manager = office["manager"]

    def send(table: str, **form: str) -> httpx.Response:
        files = {"file": ("words.csv", io.BytesIO(table.encode()))}
        return manager.post("/api/spaces/Alpha/glossary/table", files=files, data=form)

    assert send("ja,ja_said,en\n稟議書,りんぎ;リンギ,approval\n旅費,,\n").json() == {
        "added": 2, "changed": 0, "removed": 0,
    }  # fmt: skip
    wrong = send("ja,ja_said\n経費,\n,だれ\n")
    assert error_of(wrong) == "bad_value" and "line 3" in wrong.text
    assert manager.get("/api/spaces/Alpha/glossary").json()["total"] == 2
    assert send("ja,note\n旅費,交通\n", replace="true").json() == {"added": 0, "changed": 1, "removed": 1}
    table = manager.get("/api/spaces/Alpha/glossary/table")
    assert [entry.term for _, entry in read(table.content.decode())] == ["旅費"]
    refused = manager.get("/api/audit", params={"action": "glossary"})
    assert refused.status_code == 403  # the log is the administrator's


def test_words_of_unanswered_questions_are_proposed_to_managers(office: dict[str, httpx.Client]) -> None:
    manager, reader = office["manager"], office["reader"]
    for question in (
        "ブラックボックスの返却先はどこですか。",
        "ブラックボックスの色は何ですか。",
        "TQZとサービスレベル合意の違いは？",
    ):
        asked = ask(reader, question)
        reported = reader.post(f"/api/questions/{asked['question_id']}/gaps", json={"space": "Alpha"})
        assert reported.status_code == 201
    assert error_of(reader.get("/api/spaces/Alpha/glossary/proposals")) == "not_permitted"
    proposed = manager.get("/api/spaces/Alpha/glossary/proposals").json()
    assert next((word["word"], word["questions"]) for word in proposed) == ("ブラックボックス", 2)
    names = {word["word"] for word in proposed}
    assert "TQZ" in names and "サービスレベル" not in names  # the documents write that
    manager.post(
        "/api/spaces/Alpha/glossary",
        json=words(("サービスレベル合意", "ja", "written"), ("TQZ", "ja", "said")),
    )
    assert "TQZ" not in {word["word"] for word in manager.get("/api/spaces/Alpha/glossary/proposals").json()}
    assert "サービスレベル合意" in ask(reader, "TQZはいつ見直しますか。")["widened"]


def test_it_is_kept_by_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from cli.main import app

    monkeypatch.setenv("SHOKO_MODEL", "none")
    monkeypatch.setenv("SHOKO_EMBEDDER", "none")

    def run(*order: str | Path) -> str:
        done = CliRunner().invoke(app, ["glossary", *map(str, order), "--data", str(tmp_path / "data")])
        assert done.exit_code == 0, done.output
        return done.stdout

    run("add", "General", "--ja", "稟議書", "--ja-said", "りんぎ", "--ja-avoid", "決裁願")
    table = tmp_path / "words.csv"
    run("export", "General", table)
    assert "稟議書" in table.read_text(encoding="utf-8-sig")
    run("rm", "General", "稟議書")
    run("import", "General", table)
    listed = json.loads(run("list", "General", "--json"))
    assert [word["use"] for word in listed["entries"][0]["words"]] == ["written", "said", "avoided"]


def test_a_change_while_it_is_read_is_not_lost(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read before the change is not kept as the glossary after it."""
    kept = library.glossaries
    reader = person(library.sessions, "reader", Alpha=Role.READER)
    (space,) = reader.readable
    real = library.sessions.read

    def read_slowly() -> Any:
        kept.forget(space)  # as a change that is committed meanwhile says
        return real()

    monkeypatch.setattr(library.sessions, "read", read_slowly)
    assert kept.of(reader) == []
    assert space not in kept._kept
    monkeypatch.undo()
    kept.of(reader)
    assert space in kept._kept
