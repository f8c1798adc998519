"""Evaluations at the door: a question set is kept, asked in a process of its own, watched and stopped."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from core.errors import BadValue, TooMuchInFile
from core.models import AuditEntry
from operations.evaluation_runs.question_sets import QuestionSets
from operations.library import Library

QUESTIONS = [
    {"qid": "1", "kind": "number", "question": "What does a lost card cost?", "facts": [["50 yuan"]]},
    {"qid": "2", "kind": "unanswerable", "question": "Who owns the zeppelin?", "answerable": False},
]
SET = {
    "docs/fees.md": "# Fees\n\nA lost card costs 50 yuan.\n",
    "questions.jsonl": "\n".join(map(json.dumps, QUESTIONS)),
}


def zipped(files: Mapping[str, str], top: str = "") -> io.BytesIO:
    """A ZIP of those files, below a folder `top`."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(f"{top}{name}", text)
    made.seek(0)
    return made


@pytest.fixture
def sets(tmp_path: Path) -> QuestionSets:
    return QuestionSets(tmp_path)


@pytest.mark.fast
@pytest.mark.parametrize("top", ["", "my questions/"])
def test_a_set_is_kept_by_the_name_of_its_file_whether_or_not_one_folder_holds_it(
    sets: QuestionSets, top: str
) -> None:
    kept = sets.put("my questions.zip", zipped(SET | {"__MACOSX/docs/._fees.md": "x"}, top))
    assert (kept.name, kept.documents, kept.questions) == ("my questions", 1, 2)
    assert kept.kinds == ("number", "unanswerable")
    assert sets.all() == [kept]
    again = sets.put("my questions.ZIP", zipped(SET | {"docs/more.md": "More."}))
    assert [(kept.name, kept.documents) for kept in sets.all()] == [
        ("my questions", 2)
    ] and again.documents == 2
    assert [path.name for path in sets.folder.iterdir()] == ["my questions"]  # nothing half done lies about
    sets.remove("my questions")
    assert sets.all() == []


@pytest.mark.fast
def test_no_name_of_an_archive_leads_out_of_its_folder(sets: QuestionSets, tmp_path: Path) -> None:
    sets.put("../../away.zip", zipped(SET | {"../../outside.md": "x", "/absolute.md": "y", "C:\\z.md": "z"}))
    assert [path.name for path in tmp_path.iterdir()] == ["question-sets"]
    assert [kept.name for kept in sets.all()] == ["away"]
    assert not list(tmp_path.parent.glob("outside.md"))


@pytest.mark.fast
@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"docs/a.md": "A."}, "there is no questions.jsonl"),
        ({"questions.jsonl": '{"question": "A?"}'}, "there is no corpus.jsonl, pdfs/ or docs/"),
        (SET | {"questions.jsonl": "{"}, "questions.jsonl:1"),
        (SET | {"questions.jsonl": '{"question": "A?", "doc": "gone.md"}'}, "there is no document gone.md"),
        (SET | {"corpus.jsonl": '{"text": "A."}'}, "not of the form"),
    ],
)
def test_what_is_no_question_set_is_not_kept_and_the_reason_is_told(
    sets: QuestionSets, files: dict[str, str], message: str
) -> None:
    with pytest.raises(BadValue) as refused:
        sets.put("mine.zip", zipped(files))
    assert message in str(refused.value) and "mine.zip" in str(refused.value)
    assert str(sets.folder) not in str(refused.value)
    assert sets.all() == [] and list(sets.folder.iterdir()) == []


@pytest.mark.fast
def test_what_is_no_archive_and_what_unfolds_beyond_measure_is_refused(sets: QuestionSets) -> None:
    with pytest.raises(BadValue, match="no ZIP"):
        sets.put("mine.zip", io.BytesIO(b"questions"))
    with pytest.raises(TooMuchInFile):
        sets.put("mine.zip", zipped(SET | {"docs/bomb.md": "0" * 30_000_000}))


def ended(library: Library, client: httpx.Client) -> dict[str, Any]:
    """The run once its process has ended."""
    thread = library.evaluations._thread
    assert thread is not None
    thread.join(300)
    assert not thread.is_alive()
    run: dict[str, Any] = client.get("/api/evaluation-run").json()["run"]
    return run


@pytest.fixture
def client_with_set(library: Library, client: httpx.Client) -> httpx.Client:
    """A client of a library without models that keeps the set `office`."""
    own = library.settings.model_copy(update={"embedder": "none"})
    library.settings = library.evaluations.settings = own
    sent = client.post("/api/question-sets", files={"file": ("office.zip", zipped(SET))})
    assert sent.status_code == 201, sent.text
    assert sent.json() == {
        "name": "office", "documents": 1, "questions": 2, "kinds": ["number", "unanswerable"],
    }  # fmt: skip
    return client


def test_a_set_is_asked_in_a_process_of_its_own_and_its_result_is_listed(
    library: Library, client_with_set: httpx.Client
) -> None:
    client = client_with_set
    assert client.get("/api/evaluation-run").json() == {"run": None}
    begun = client.post("/api/evaluation-run", json={"set": "office"})
    assert begun.status_code == 202, begun.text
    run = ended(library, client)
    assert (run["state"], run["step"], run["done"], run["total"]) == ("done", "questions", 2, 2), run
    (listed,) = client.get("/api/evaluations").json()["evaluations"]
    assert listed["id"] == run["report"] and listed["set"] == "office" and listed["models"] == ["none"]
    assert list(listed["kinds"][0]) == ["number", "unanswerable", "all"]
    assert listed["kinds"][0]["number"]["complete"] == 1.0
    assert library.index.keywords.count() == 0  # the company's own library is as it was
    with library.sessions.read() as session:
        actions = list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)))
    assert actions[-3:] == ["evaluation.set_kept", "evaluation.begun", "evaluation.ended"]


def test_a_run_is_stopped_and_nothing_of_it_is_kept(library: Library, client_with_set: httpx.Client) -> None:
    client = client_with_set
    client.post("/api/evaluation-run", json={"set": "office"})
    second = client.post("/api/evaluation-run", json={"set": "office"})
    assert second.status_code == 422 and "being asked" in second.text
    assert client.delete("/api/question-sets/office").status_code == 422
    assert client.delete("/api/evaluation-run").json()["state"] == "cancelled"
    run = ended(library, client)
    assert run["state"] == "cancelled" and not run["report"]
    assert client.get("/api/evaluations").json()["evaluations"] == []
    assert client.delete("/api/evaluation-run").status_code == 404
    assert client.delete("/api/question-sets/office").status_code == 204
    assert client.post("/api/evaluation-run", json={"set": "office"}).status_code == 404


def test_a_model_that_is_not_there_is_told_before_anything_is_read(client_with_set: httpx.Client) -> None:
    refused = client_with_set.post("/api/evaluation-run", json={"set": "office", "model": "gone"})
    assert refused.status_code == 409 and "gone" in refused.text


def test_what_goes_wrong_in_the_process_is_told(library: Library, client_with_set: httpx.Client) -> None:
    (library.evaluations.sets.place("office") / "questions.jsonl").write_text("{", encoding="utf-8")
    client_with_set.post("/api/evaluation-run", json={"set": "office"})
    run = ended(library, client_with_set)
    assert (
        run["state"] == "failed"
        and run["error"]["code"] == "bad_value"
        and "questions.jsonl" in run["problem"]
    )
