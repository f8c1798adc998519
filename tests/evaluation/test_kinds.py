"""Whole answers: which facts a text carries, what is counted of a kind of question, and sets that ask so."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import administrator, space_named
from typer.testing import CliRunner

from cli.main import app
from core.errors import BadValue
from evaluation.judgements import judged, judged_report, read_judgements
from evaluation.kinds import figures, kinds_report
from evaluation.outcomes import QuestionOutcome, carried, supported
from evaluation.runs import build, run
from evaluation.scoring import carries, characters, comparable
from evaluation.sets import Selection, SetQuestion, half_of, read_set
from evaluation.thresholds import breaches
from llm.fakes import ScriptedModel
from operations.library import Library


@pytest.mark.parametrize(
    ("text", "form", "there"),
    [
        ("15日以内に届け出る", "5日", False),
        ("5日以内に届け出る", "5日", True),
        ("支給額は30,000円", "30000円", True),
        ("支給額は30000円", "30,000円", True),
        ("the total is 1,234,567", "1234567", True),
        ("rooms 1,23 and 4", "123", False),
        ("the rate is 2.5 %", "5 %", False),
        ("the rate is 2.5", "2", False),
        ("the rate is 2. It was 3.", "2", True),
        ("version 25", "2", False),
        ("a gasket", "gas", False),
        ("gas, water", "gas", True),
        ("it is forfeited", "forfeit", True),
        ("it is unforfeited", "forfeit", False),
        ("Ｆｏｒｍ　Ａ", "form a", True),
        ("年 次 有 給 休 暇", "年次有給休暇", True),
        ("申请 单", "申请单", True),
        ("**10** days", "10 days", True),
        ("| 東京 | 9,000 円 |", "東京9000円", True),
        ("9時〜17時", "9時~17時", True),
        ("a well‐known – fact", "well-known - fact", True),
        ("the employee’s card", "employee's card", True),
        ("10 days\nof leave", "10 days of leave", True),
        ("anything", "", False),
        ("7.", "7", True),
        ("A5サイズ", "5サイズ", True),
    ],
)
def test_a_form_is_found_as_a_person_would_find_it(text: str, form: str, there: bool) -> None:
    assert carries(comparable(text), form) is there


@given(st.text(max_size=40), st.text(max_size=40))
def test_comparing_twice_changes_nothing_and_white_space_does_not_count(text: str, other: str) -> None:
    assert characters(f"{text} {other}") == characters(text) + characters(other)
    assert characters(text) == characters(f" {text}\n")


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_a_number_is_never_found_inside_another(number: int, other: int) -> None:
    assert carries(comparable(f"in all {number:,} yen"), str(other)) is (number == other)


FACTS = (("50 yuan", "fifty yuan"), ("desk",))
QUESTION = SetQuestion(
    "q", "How much is it?", frozenset(), (), None, True, "en", ("fact",), FACTS, forbidden=("70 yuan",)
)


def outcome(question: SetQuestion = QUESTION, text: str = "", *, refused: bool = False) -> QuestionOutcome:
    return QuestionOutcome(
        question, 1, refused, False, False, False, 0.5, "", text=text, carried=carried(question, text)
    )


def test_what_a_text_carries_is_told_by_the_first_form_of_each_fact() -> None:
    facts = carried(QUESTION, "It costs fifty yuan, not 70 yuan.")
    assert (facts.present, facts.missing, facts.forbidden) == (("50 yuan",), ("desk",), ("70 yuan",))
    assert (facts.complete, facts.characters) == (0.5, 27)
    answers = replace(QUESTION, facts=(), forbidden=(), answers=("29th", "no. 29"))
    assert carried(answers, "It is no. 29.").present == ("29th",)
    assert carried(replace(answers, kinds=()), "It is no. 29.").complete is None
    assert carried(replace(answers, answerable=False), "It is no. 29.").complete is None


def test_an_answer_is_right_that_carries_every_fact_and_nothing_forbidden() -> None:
    assert outcome(text="Pay 50 yuan at the desk.").right
    assert not outcome(text="Pay 50 yuan.").right
    assert not outcome(text="Pay 50 yuan at the desk, not 70 yuan.").right
    assert outcome(replace(QUESTION, answerable=False, facts=()), refused=True).right


def test_the_figures_of_a_kind() -> None:
    absent = replace(
        QUESTION, answerable=False, facts=(), forbidden=(), kinds=("unanswerable",), language="ja"
    )
    listed = replace(QUESTION, kinds=("list",), forbidden=())
    rows = [
        outcome(text="Pay 50 yuan at the desk."),
        outcome(text="Pay 50 yuan, or 70 yuan."),
        outcome(listed, refused=True),
        outcome(absent, refused=True),
        outcome(absent, text="The chairman."),
    ]
    report = kinds_report(rows)
    assert list(report["kinds"]) == ["fact", "list", "unanswerable", "all"]
    assert report["kinds"]["fact"] == {
        "n": 2, "complete": 0.75, "all_facts": 0.5, "forbidden": 0.5, "refused": 0.0,
        "refused_unanswerable": None, "mean_characters": 19.0,
    }  # fmt: skip
    assert report["kinds"]["list"] == {
        "n": 1, "complete": 0.0, "all_facts": 0.0, "forbidden": None, "refused": 1.0,
        "refused_unanswerable": None, "mean_characters": None,
    }  # fmt: skip
    unanswerable = report["kinds"]["unanswerable"]
    assert (unanswerable["complete"], unanswerable["refused"]) == (None, 0.5)
    whole = report["kinds"]["all"]
    assert (whole["n"], whole["complete"], whole["refused"]) == (5, 0.5, 0.3333)
    assert whole["refused_unanswerable"] == 0.5
    assert (list(report["languages"]), report["languages"]["ja"]["n"]) == (["en", "ja"], 2)
    assert kinds_report([outcome(replace(QUESTION, kinds=()))]) == {}
    assert figures([])["complete"] is None


def test_limits_of_a_kind_hold_completeness_up_and_refusals_down() -> None:
    unanswerable = {"complete": None, "refused": 0.8, "refused_unanswerable": 0.8}
    kinds = {
        "list": {"complete": 0.5, "refused": 0.3, "mean_characters": 300.0},
        "unanswerable": unanswerable,
    }
    limits: dict[str, float] = {
        "kinds list complete": 0.6,
        "kinds list refused": 0.2,
        "kinds list mean_characters": 400,
        "kinds unanswerable refused": 0.85,
        "kinds unanswerable refused_unanswerable": 0.7,
    }
    assert [breach.figure for breach in breaches({"set": "x", "kinds": kinds}, limits)] == [
        "kinds list complete",
        "kinds list refused",
        "kinds unanswerable refused",
    ]


def test_what_people_judged_is_used_for_the_same_text(tmp_path: Path) -> None:
    sentence = replace(QUESTION, facts=(), forbidden=(), answers=("It is due at the desk, at 50 yuan.",))
    shown = outcome(sentence, text="The fee of 50 yuan is paid at the desk.")
    refused = outcome(replace(sentence, id="r"), refused=True)
    exact = outcome(replace(sentence, id="e"), text="It is due at the desk, at 50 yuan.")
    assert [judged(judged_outcome, {}) for judged_outcome in (shown, refused, exact)] == [None, False, True]
    assert judged_report([shown, refused, exact], {}) == {"n": 3, "open": 1, "right": 0.3333}

    path = tmp_path / "judged.jsonl"
    path.write_text(
        "".join(
            json.dumps(judged_outcome.row() | {"judged": judged_outcome is shown}) + "\n"
            for judged_outcome in (shown, exact)
        )
    )
    said = read_judgements(path)
    assert judged_report([shown, refused, exact], said) == {"n": 3, "open": 0, "right": 0.3333}
    assert judged(outcome(sentence, text="Another text."), said) is None

    for wrong in ("{", '{"qid": "1"}', '{"qid": "1", "shown": "x", "judged": "yes"}', "[]"):
        path.write_text(wrong)
        with pytest.raises(BadValue, match=r"judged\.jsonl:1"):
            read_judgements(path)
    with pytest.raises(BadValue, match="none"):
        read_judgements(tmp_path / "none.jsonl")


CHOICES = (("a", "within 5 days of the trip"), ("b", "within 10 days of the trip"), ("c", "never at all"))


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("Claims are due within 10 days of the trip.", "b"),
        ("The right one is c.", "c"),
        ("正しいのはaです。", "a"),
        ("Ask her.", ""),
        ("", ""),
    ],
)
def test_the_given_answer_that_a_text_supports(text: str, letter: str) -> None:
    assert supported(text, CHOICES) == letter
    assert supported(text, ()) == ""


def test_a_half_is_the_same_in_every_set_and_holds_whole_conversations() -> None:
    questions = [replace(QUESTION, id=f"q{number}") for number in range(200)]
    questions += [replace(QUESTION, id=f"f{number}", follows=f"q{number}") for number in range(200)]
    halves = {half: Selection(half=half).of(questions) for half in "ab"}
    assert sorted(question.id for half in halves.values() for question in half) == sorted(
        question.id for question in questions
    )
    assert 60 < sum(question.id.startswith("q") for question in halves["a"]) < 140
    for half, rows in halves.items():
        assert all(half_of(question.follows or question.id) == half for question in rows)
    assert (half_of("q0"), half_of("q1")) == ("a", "b")  # and in every later edition


def test_a_sample_is_drawn_from_all_questions_and_is_the_same_in_every_run() -> None:
    questions = [replace(QUESTION, id=f"q{number}", answerable=number % 3 > 0) for number in range(90)]
    drawn = Selection(sample=20).of(questions)
    assert drawn == Selection(sample=20).of(questions[::-1])
    assert [question.answerable for question in drawn] == [True] * 20 + [False] * 20
    assert max(int(question.id[1:]) for question in drawn[:20]) > 60
    assert drawn[:5] == Selection(sample=20, limit=5).of(questions)[:5]


def rows(path: Path, *written: dict[str, Any]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in written))


RULES = """# Lost cards

The fee for a lost card is 50 yuan. It is paid at the desk.

# Leave

Employees get 10 days of paid leave. Managers get 14 days of paid leave.
"""


@pytest.fixture
def kinds(tmp_path: Path) -> Path:
    """A set with documents in folders and in another set's, facts, a follow-up and given documents."""
    folder = tmp_path / "sets" / "whole"
    (folder / "docs" / "rules").mkdir(parents=True)
    (folder / "docs" / "rules" / "cards.md").write_text(RULES)
    (folder / "docs" / "kitchen.txt").write_text("The kitchen is cleaned every Friday by the facility team.")
    other = tmp_path / "sets" / "other" / "files"
    other.mkdir(parents=True)
    (other / "yard.txt").write_text("A lost card of the yard costs a fee of 70 yuan.")
    common = {"lang": "en", "answerable": True}
    fee = {"question": "What is the fee for a lost card?", "kind": "fact", "facts": [["50 yuan"], ["bank"]]}
    leave = {
        "question": "How many days of paid leave do employees get?",
        "kind": "list",
        "facts": [["10 days"]],
    }
    rows(
        folder / "questions.jsonl",
        common | fee | {"qid": "1", "docs": ["rules/cards.md"], "given": ["rules/cards.md"]},
        common | fee | {"qid": "2", "docs": ["other/files/yard.txt"], "given": ["other/files/yard.txt"],
                        "facts": [["70 yuan"]], "forbidden": ["50 yuan"]},
        common | leave | {"qid": "3", "facts": [["10 days"]], "docs": ["rules/cards.md"]},
        common | {"qid": "4", "question": "What about managers?", "kind": "follow_up", "follows": "3",
                  "facts": [["14 days"]], "docs": ["rules/cards.md"]},
        {"qid": "5", "question": "Which insurance covers the helicopter of the chairman?", "lang": "en",
         "kind": "unanswerable", "answerable": False, "facts": [], "docs": []},
    )  # fmt: skip
    return folder


def evaluate(*arguments: str | Path) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["eval", *map(str, arguments), "--json"])
    assert done.exit_code == 0, done.output
    report: dict[str, Any] = json.loads(done.stdout)
    return report | {"said": done.stderr}


def test_whole_answers_are_measured_by_kind(
    kinds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOKO_EMBEDDER", "none")
    out, page, library = tmp_path / "out.jsonl", tmp_path / "page.html", tmp_path / "library"
    first = evaluate(kinds, "--outcomes", out, "--library", library, "--report", page, "--language", "ja")
    assert "made anew: there is none yet" in first["said"]
    assert first["questions"] == 5
    assert (first["kinds"]["fact"]["n"], first["kinds"]["fact"]["complete"]) == (2, 0.75)
    assert first["kinds"]["fact"]["forbidden"] == 0.0  # the other fee is not among the given documents
    assert first["kinds"]["follow_up"]["complete"] == 1.0
    assert first["kinds"]["unanswerable"]["refused"] == 1.0
    assert first["languages"]["en"]["n"] == first["kinds"]["all"]["n"] == 5
    assert first["retrieval"]["recall@1"] == 1.0
    written = {row["qid"]: row for row in map(json.loads, out.read_text().splitlines())}
    assert list(written) == ["1", "2", "3", "4", "5"]
    assert (written["1"]["facts_found"], written["1"]["facts_missing"]) == (["50 yuan"], ["bank"])
    assert (written["1"]["status"], written["5"]["status"], written["5"]["shown"]) == (
        "quoted",
        "not_found",
        "",
    )
    assert "50 yuan" in written["1"]["shown"] and "14 days" in written["4"]["shown"]
    html = page.read_text()
    assert "bank" in html and "follow_up" in html

    written["1"]["judged"] = True
    rows(out, *written.values())
    # Nothing has changed: the library is used again. A kind is asked alone, with what it follows.
    again = evaluate(
        kinds, "--outcomes", out, "--library", library, "--kinds", "follow_up", "--judgements", out
    )
    assert "used again" in again["said"]
    assert (again["questions"], again["kinds"]["follow_up"]["complete"]) == (1, 1.0)
    assert again["judged"] == {"n": 1, "open": 0, "right": 1.0}
    assert [json.loads(line)["qid"] for line in out.read_text().splitlines()] == ["4"]

    (kinds / "docs" / "kitchen.txt").write_text("The kitchen is cleaned every Monday by the facility team.")
    changed = evaluate(kinds, "--library", library, "--half", half_of("1"))
    assert "made anew: the documents have changed" in changed["said"]
    assert changed["questions"] == sum(
        half_of(question_id) == half_of("1") for question_id in ("1", "2", "3", "3", "5")
    )


def test_what_a_model_writes_is_part_of_what_is_shown(kinds: Path, library: Library) -> None:
    fee = {"qid": "1", "question": "What is the fee for a lost card?", "kind": "fact", "lang": "en"}
    rows(kinds / "questions.jsonl", fee | {"facts": [["50 yuan"]], "answers": ["50 yuan"]})
    chosen, access = read_set(kinds), administrator(library)
    build(chosen, access, library.sessions, library.files, library.pipeline, "General", lambda *_: None)
    library.answerer.model = ScriptedModel("The fee for a lost card is 50 yuan. [1]")
    report, outcomes = run(
        chosen, access, library.sessions, library.answerer,
        selection=Selection(), progress=lambda *_: None, space=space_named(library.sessions, "General"),
    )  # fmt: skip
    assert report["answers"] == {"shown": 1.0, "correct_when_shown": 1.0}
    assert outcomes[0].text.startswith("The fee for a lost card is 50 yuan.\n")
    assert (outcomes[0].status, report["kinds"]["all"]["complete"]) == ("answered", 1.0)


def test_a_folder_that_is_somebody_s_own_is_not_taken_for_a_library(kinds: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("Dear all")
    done = CliRunner().invoke(app, ["eval", str(kinds), "--library", str(mine)])
    assert done.exit_code == 1 and "no library of an evaluation" in done.stderr
    assert [path.name for path in mine.iterdir()] == ["letter.txt"]


def test_given_answers_are_told_apart_by_what_is_shown(kinds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOKO_EMBEDDER", "none")
    monkeypatch.setenv("SHOKO_REFUSAL_THRESHOLD", "0")  # so short a set refuses what many words surround
    question = "What is the fee for a lost card?"
    choices = {"a": "The fee is 10 days.", "b": "The fee is 50 yuan."}
    rows(kinds / "questions.jsonl", {"qid": "1", "question": question, "choices": choices, "right": "b"})
    assert evaluate(kinds)["choices"] == {"n": 1, "chosen": 1, "right": 1.0}


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"follows": "9"}, "follows 9"),
        ({"given": ["none.txt"]}, "no document none.txt"),
        ({"docs": ["../secret.txt"]}, r"no document \.\./secret"),
        ({"facts": ["10 days"]}, "not a list of its forms"),
        ({"facts": [[]]}, "not a list of its forms"),
    ],
)
def test_a_wrong_row_is_told(tmp_path: Path, row: dict[str, Any], problem: str) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "sets" / "whole"
    (folder / "docs").mkdir(parents=True)
    (folder / "docs" / "a.txt").write_text("A card costs 50 yuan.")
    rows(folder / "questions.jsonl", {"qid": "1", "question": "What does it cost?"} | row)
    with pytest.raises(BadValue, match=problem):
        read_set(folder)


def test_a_kind_that_no_question_has_is_told(kinds: Path) -> None:
    with pytest.raises(BadValue, match="poetry"):
        Selection(kinds=frozenset({"poetry"})).of(read_set(kinds).questions)
