"""Reports that are kept: what was measured and proved is read again over HTTP, as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.commands.evaluate import evaluate
from core.errors import NotFound
from evaluation.outcomes import Carried, QuestionOutcome
from evaluation.report import comparison, page
from evaluation.sets import SetQuestion
from operations.evaluations.saved_reports import MOST, evaluation_page, evaluation_record, evaluations, proofs
from operations.library import Library

QUESTION = SetQuestion("q1", "When does <b>it</b> open?", frozenset({"a.txt"}), ("seven",), None, True)
OUTCOMES = [QuestionOutcome(QUESTION, 1, False, False, True, False, 0.9, "It opens at seven.")]
OUTCOMES += [QuestionOutcome(QUESTION, None, True, False, False, False, 0.1, "")]
WHOLE = replace(
    QUESTION, kinds=("list",), facts=(("seven", "7"), ("<i>eight</i>",)), given=frozenset({"a.txt"}),
    choices=(("a", "seven"),), right="a",
)  # fmt: skip
OUTCOMES += [
    QuestionOutcome(
        WHOLE, 1, False, False, True, False, 0.8, "At seven.", text="At seven.", nearest=("x",),
        carried=Carried(("seven",), ("<i>eight</i>",), (), 8), timings_ms={"total": 3.0},
    )
]  # fmt: skip
KIND = {"n": 2, "complete": 0.75, "all_facts": 0.5, "refused": 0.5, "mean_characters": 19.0}
REPORT: dict[str, Any] = {
    "set": "gate", "questions": 2, "retrieval": {"recall@1": 0.5},
    "quotes": {"verbatim": 1.0, "contains_answer@1": 0.5, "contains_answer@3": 0.5},
    "kinds": {"list": KIND, "all": KIND}, "refusal": {"refused_when_absent": None},
    "answers": {"shown": 0, "correct_when_shown": None},
}  # fmt: skip
RIGHT = {"both": 1, "first_alone": 0, "second_alone": 0, "neither": 1, "p_value": None}
COMPARED = {"models": ["none", "small"], "right": RIGHT, "reports": [REPORT, REPORT]}


@pytest.mark.parametrize("language", ["ja", "en", "zh"])
def test_the_page_of_a_kept_evaluation_is_the_one_that_the_command_writes(
    tmp_path: Path, language: str
) -> None:
    runs = [("none", REPORT, OUTCOMES), ("small", REPORT, OUTCOMES)]
    shelf = evaluations(tmp_path)
    name = shelf.put(evaluation_record(runs, COMPARED))
    assert evaluation_page(shelf.get(name), language) == page(runs, language, comparison(COMPARED, language))
    assert "&lt;i&gt;eight" in evaluation_page(shelf.get(name), language)
    kept = shelf.folder / f"{name}.json"
    assert kept.stat().st_mode & 0o077 == 0  # it quotes documents


def test_the_oldest_make_room_and_no_name_leads_elsewhere(tmp_path: Path) -> None:
    shelf = proofs(tmp_path)
    first = shelf.put({"number": 0})
    (shelf.folder / f"{first}.json").rename(shelf.folder / "20200101T000000Z-0000.json")
    (tmp_path / "secret.json").write_text("{}")
    for number in range(MOST):
        shelf.put({"number": number})
    assert len(shelf.names()) == MOST
    with pytest.raises(NotFound):
        shelf.get("20200101T000000Z-0000")
    for name in ("../../secret", "secret", ""):
        with pytest.raises(NotFound):
            shelf.get(name)


def test_what_the_command_measured_is_listed_read_and_thrown_away(
    library: Library, client: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operations.evaluations.evaluate.run_set", lambda *_, **__: (REPORT, OUTCOMES))
    folder = tmp_path / "gate"
    folder.mkdir()
    evaluate(folder, data=library.settings.data)
    rows = client.get("/api/evaluations").json()["evaluations"]
    assert [(row["set"], row["models"], row["first_quote"]) for row in rows] == [("gate", ["none"], [0.5])]
    assert rows[0]["complete"] == [0.75]
    path = f"/api/evaluations/{rows[0]['id']}"
    whole = client.get(path).json()
    assert whole["reports"] == [REPORT]
    assert whole["outcomes"][0][0]["question"]["documents"] == ["a.txt"]
    shown = client.get(f"{path}/page?language=ja")
    assert shown.headers["content-type"].startswith("text/html")
    assert "script-src" not in shown.headers["content-security-policy"]
    assert "<b>it</b>" not in shown.text and "&lt;b&gt;it&lt;/b&gt;" in shown.text
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


def test_nothing_goes_out_is_proved_at_the_door_in_a_process_of_its_own(
    library: Library, client: httpx.Client
) -> None:
    library.settings = library.settings.model_copy(update={"embedder": "none"})
    made = client.post("/api/egress/reports", json={"note": "for the audit"}, timeout=300).json()
    assert made["passed"], made
    assert made["note"] == "for the audit"
    assert {"good": True, "what": "telemetry of the libraries", "found": "off"} in made["checks"]
    listed = client.get("/api/egress/reports").json()["reports"]
    assert [report["id"] for report in listed] == [made["id"]]
    assert client.get(f"/api/egress/reports/{made['id']}").json() == made
    assert "Nothing goes out" in client.get(f"/api/egress/reports/{made['id']}/page").text
    assert library.index.keywords.count() == 0  # the company's own library is as it was
    assert "password" not in json.dumps(made)
