"""`/health` answers while any one request burns a core: in a child that can be ended, or in a thread that
gives way. Each of the worst requests is carried out over real HTTP."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable
from functools import partial

import docx
import httpx
import pytest
from making import add, administrator, client_of

from checks.service import limited, saved_checks
from core.errors import ReaderGaveUp
from core.identity.accounts import sign_in
from ingest.sandbox import ReadingLimits
from ingest.versions import comparing
from ingest.versions.comparison import ChangeKind, ComparedParagraph
from operations.library import Library

# What held the interpreter would have /health wait to the end of the work. An idle machine answers in some
# milliseconds; on one in other hands work and answers are slow alike, and the share stays what it is.
HEALTH_SECONDS, LONGEST_SHARE = 5.0, 0.6
LEAST = 3  # answers of /health while a request is carried out, for a test that shows anything


def while_it_works(
    library: Library, door: str, ask: Callable[[httpx.Client], httpx.Response]
) -> httpx.Response:
    """The answer to a request, while which /health and a signed-in person's list answered again and again."""
    user = administrator(library).user_id
    with library.sessions.write() as session:
        tokens = sign_in(session, user), sign_in(session, user)
    answers: list[httpx.Response] = []

    def work() -> None:
        with client_of(door, tokens[0]) as client:
            answers.append(ask(client))

    worker = threading.Thread(target=work)
    worker.start()
    asked_at = time.monotonic()
    longest, answered = 0.0, 0
    with client_of(door, tokens[1]) as client:
        while worker.is_alive():
            began = time.monotonic()
            assert client.get("/health").status_code == 200
            assert client.get("/api/documents").status_code == 200
            longest, answered = max(longest, time.monotonic() - began), answered + 1
            worker.join(0.2)  # a person has so many requests a minute
    worker.join()
    whole = time.monotonic() - asked_at
    assert answered >= LEAST
    assert longest < max(HEALTH_SECONDS, LONGEST_SHARE * whole), f"{longest:.1f} of {whole:.1f} seconds"
    return answers[0]


# Words of few kinds, of which every one of one text stands at very many places of the other: comparing two
# paragraphs of them takes the product of their lengths.
def _words(number: int, step: int) -> str:
    return " ".join(f"w{(place * step) % 41}" for place in range(number))


def test_a_comparison_that_would_take_hours_is_ended_and_holds_nobody_up(
    library: Library, door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "LIMITS", ReadingLimits(seconds=4.0))
    monkeypatch.setattr(comparing.compared, "__defaults__", (comparing.LIMITS,))
    add(library, "a.txt", _words(20_000, 7))
    document = add(library, "a.txt", _words(20_000, 11))
    answer = while_it_works(
        library, door, lambda client: client.get(f"/api/documents/{document}/differences")
    )
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]["code"] == "reader_gave_up"


def test_what_changed_is_the_same_from_the_child() -> None:
    old = [
        ComparedParagraph("The fee is 50 yuan.", 1),
        ComparedParagraph("It stays.", 1),
        ComparedParagraph("It goes.", 2),
    ]
    new = [ComparedParagraph("The fee is 60 yuan.", 1), ComparedParagraph("It stays.", 3)]
    changed, removed = comparing.compared("a.txt", old, new)
    assert (changed.kind, changed.old, changed.new) == (
        ChangeKind.CHANGED,
        ComparedParagraph("The fee is 50 yuan.", 1, ((11, 13),)),
        ComparedParagraph("The fee is 60 yuan.", 1, ((11, 13),)),
    )
    assert (removed.kind, removed.old, removed.new) == (
        ChangeKind.REMOVED,
        ComparedParagraph("It goes.", 2),
        None,
    )
    with pytest.raises(ReaderGaveUp):
        words = [ComparedParagraph(_words(60_000, 7), 1)], [ComparedParagraph(_words(60_000, 11), 1)]
        comparing.compared("a.txt", *words, limits=ReadingLimits(seconds=2.0))


def _long_markdown() -> bytes:
    text = "# A heading\n\n" + "- *an* [item](x) `of` a **list** " * 40
    return f"{text}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n".encode() * 200


def _long_word_file() -> bytes:
    document = docx.Document()
    for number in range(1500):
        document.add_paragraph(f"{number} これは検査です。These are words, and more words. " * 4)
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


@pytest.mark.parametrize("kind", ["md", "docx"])
def test_a_check_of_a_very_long_text_holds_nobody_up(library: Library, door: str, kind: str) -> None:
    content = _long_markdown() if kind == "md" else _long_word_file()

    def check(client: httpx.Client) -> httpx.Response:
        files = {"file": (f"a.{kind}", content)}
        return client.post("/api/checks", files=files, data={"pack": "jtf", "keep": "false"})

    assert while_it_works(library, door, check).status_code == 200


# Patterns that pass each by itself; while one is compiled nobody else has the interpreter.
LARGE = "- {{id: r{0}, kind: pattern, message: no, pattern: '(?:[a-z]\\d|x){{2{0:04}}}'}}\n"
# Each of these runs until its own limit, over and over.
SLOW = "- {{id: r{0}, kind: pattern, message: no, pattern: '^(\\w|\\w\\w)+$'}}\n"


@pytest.mark.parametrize(("rule", "status"), [(LARGE, 422), (SLOW, 200)])
def test_a_pack_whose_patterns_run_long_holds_nobody_up(
    library: Library, door: str, rule: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limited, "LOADING", ReadingLimits(seconds=8.0))
    monkeypatch.setattr(saved_checks, "check_file", partial(limited.check_file, seconds=8.0))
    many = 300 if status == 422 else 30
    pack = "pack: acme\nrules:\n" + "".join(rule.format(number) for number in range(many))

    def check(client: httpx.Client) -> httpx.Response:
        files = {"file": ("a.txt", b"a" * 90_000 + b"!"), "rules": ("acme.yml", pack.encode())}
        return client.post("/api/checks", files=files, data={"keep": "false"})

    answer = while_it_works(library, door, check)
    assert answer.status_code == status, answer.text
    if status == 422:
        assert answer.json()["error"]["code"] == "rules_bad"
        assert "acme" in answer.json()["error"]["message"]
    else:
        assert {rule["ran"] for rule in answer.json()["rules"]} == {False}


def test_a_table_of_very_many_answers_is_refused_and_a_long_one_holds_nobody_up(
    library: Library, door: str, client: httpx.Client
) -> None:
    def take(rows: int) -> Callable[[httpx.Client], httpx.Response]:
        table = "question,answer\n" + "".join(f"How much is {row}?,It is {row}.\n" for row in range(rows))
        files = {"file": ("a.csv", table.encode())}
        return lambda client: client.post("/api/faqs/table", files=files, data={"space": "General"})

    assert take(100_000)(client).status_code == 422
    answer = while_it_works(library, door, take(400))
    assert len(answer.json()["added"]) == 400, answer.text


def test_a_cell_that_is_too_long_is_told(client: httpx.Client) -> None:
    table = b"question,answer\nWhat?," + b"x" * 200_000 + b"\n"
    answer = client.post("/api/faqs/table", files={"file": ("a.csv", table)}, data={"space": "General"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_value")


@pytest.mark.parametrize("burners", [1, 30])
def test_health_answers_while_planted_python_burns_in_the_threads_of_one_asker(
    library: Library, door: str, burners: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = threading.Event()
    real = library.answerer.check

    def burning(question: str) -> str:
        count = 0
        while question == "burn" and not stop.is_set():
            count += 1
        return real(question)

    monkeypatch.setattr(library.answerer, "check", burning)
    user = administrator(library).user_id
    with library.sessions.write() as session:
        token, other = sign_in(session, user), sign_in(session, user)

    def burn() -> None:
        with client_of(door, token) as client:
            client.get("/api/search", params={"q": "burn"})

    threads = [threading.Thread(target=burn) for _ in range(burners)]
    for thread in threads:
        thread.start()
    try:
        with client_of(door, other) as client:
            # They burn until it is answered: an answer at all is what is asked for.
            assert client.get("/health").status_code == 200
            assert client.get("/api/documents").status_code == 200
    finally:
        stop.set()
        for thread in threads:
            thread.join()
