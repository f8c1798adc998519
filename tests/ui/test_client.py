"""The contract of the screens, kept against the real application."""

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from making import picture_pdf

from contract.answers import AnswerOut, QuotesOut, SentenceOut, StruckOut
from core.identity.accounts import first_administrator, make_link
from core.models import User
from llm.fakes import ScriptedModel
from operations.library import Library
from ui.answer_events import Event
from ui.asking import Asking, failing
from ui.client import Backend, BackendError
from ui.connection import secret_of, sign_in_address

ENGLISH = "Within how many business days after a trip must an expense claim be submitted?"
PROVEN = "An expense claim must be submitted within 10 business days after the end of the trip [1]."
INVENTED = " The CEO pays 99 euros [1]."


def refused(code: str, status: int) -> pytest.RaisesExc[BackendError]:
    return pytest.RaisesExc(BackendError, check=lambda error: (error.code, error.status) == (code, status))


def test_signing_in_and_out(library: Library, http: httpx.Client) -> None:
    with library.sessions.write() as session:
        link = make_link(session, first_administrator(session).id)
    backend = Backend(http)
    with refused("not_signed_in", 401):
        backend.session()
    backend.sign_in(link)
    me = backend.session()
    assert me.is_admin and me.name
    with refused("link_used_up", 401):
        Backend(http).sign_in(link)
    with refused("not_signed_in", 401):  # the client that both share remembers nobody
        Backend(http).session()
    backend.sign_out()
    with refused("not_signed_in", 401):
        backend.session()


def test_health_needs_no_sign_in(http: httpx.Client) -> None:
    health = Backend(http).health()
    assert health.status == "ok" and health.chat_model == "none"


def test_a_documents_life(library: Library, backend: Backend, samples: Path) -> None:
    space = backend.spaces()[0]
    content = (samples / "travel-expense-policy.pdf").read_bytes()
    sent = backend.upload(space.id, "旅費 規程.pdf", content)
    assert sent.job and not sent.duplicate and sent.document.version.state == "stored"
    assert [job.id for job in backend.jobs(state="waiting")] == [sent.job]
    assert backend.upload(space.name, "旅費 規程.pdf", content).duplicate
    library.pipeline.work_once()
    document = backend.document(sent.document.id)
    assert document.version.state == "searchable" and document.version.pages == 4
    assert backend.documents(space=space.id, name="規程").total == 1
    assert backend.documents(name="nothing").documents == []
    assert [version.number for version in backend.versions(document.id)] == [1]
    assert backend.original(document.id) == content
    assert backend.picture(document.id, 1, width=200).startswith(b"\x89PNG")
    assert "Travel" in backend.page(document.id, 1).text
    backend.erase(document.id)
    with refused("not_found", 404):
        backend.document(document.id)


def test_a_refused_file_says_why(backend: Backend) -> None:
    with pytest.raises(BackendError) as caught:
        backend.upload("General", "a.gif", b"GIF89a\x01\0\x01\0")
    assert (caught.value.code, caught.value.status) == ("file_type_unknown", 415)
    assert caught.value.values["name"] == "a.gif"


def test_failed_and_cancelled_work_can_be_tried_again(library: Library, backend: Backend) -> None:
    sent = backend.upload("General", "scan.pdf", picture_pdf())
    library.pipeline.work_once()
    failed = backend.document(sent.document.id)
    assert failed.version.state == "failed"
    assert failed.version.error is not None and failed.version.error.code == "no_text_in_file"
    assert backend.retry(failed.id).version.state == "stored"
    waiting = backend.jobs(state="waiting")[0]
    assert backend.cancel_job(waiting.id).state == "cancelled"


def test_search(filled: Backend) -> None:
    results = filled.search("expense claim business days", limit=3)
    assert results.hits[0].document == "travel-expense-policy.pdf" and results.timings_ms["search"] > 0


def test_an_answer_comes_as_events_and_is_kept(library: Library, filled: Backend) -> None:
    library.answerer.model = ScriptedModel(PROVEN + INVENTED)
    events = list(filled.ask(ENGLISH))
    assert isinstance(events[0], QuotesOut) and events[0].answers
    assert [event.marks for event in events if isinstance(event, SentenceOut)] == [[1]]
    assert [event.flaw for event in events if isinstance(event, StruckOut)] == ["number"]
    done = events[-1]
    assert isinstance(done, AnswerOut) and done.status == "answered" and done.model == "scripted"
    quote = done.citations[0]
    page = filled.page(quote.document_id, quote.page, version=quote.version_id)
    assert page.text[quote.start : quote.end] == quote.quote
    assert quote.boxes and quote.page_width == page.width
    assert filled.question(done.question_id).answer == done.answer
    past = filled.questions()[0]
    assert (past.id, past.question, past.status) == (done.question_id, ENGLISH, "answered")


def test_what_the_documents_do_not_say(filled: Backend) -> None:
    done = list(filled.ask("Who won the chess championship of Mars?"))[-1]
    assert isinstance(done, AnswerOut) and done.status == "not_found" and done.citations == []


def test_a_question_may_be_refused_before_it_is_asked(backend: Backend) -> None:
    with refused("question_empty", 422):
        next(backend.ask("  "))
    with refused("question_too_long", 413):
        next(backend.ask("x" * 5000))


def test_models_are_listed(backend: Backend) -> None:
    assert any(model.role == "chat" for model in backend.models().models)


def test_no_answer_is_an_error_with_a_name(tmp_path: Path) -> None:
    def dead(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    backend = Backend(httpx.Client(base_url="http://127.0.0.1:9", transport=httpx.MockTransport(dead)))
    with refused("server_away", 0):
        backend.health()
    with refused("server_away", 0):
        next(backend.ask("?"))


@pytest.mark.parametrize("body", [b"<html>bad gateway</html>", b"[]", b'{"error": 1}'])
def test_an_answer_of_another_server_is_an_error_too(body: bytes) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(502, content=body))
    with refused("error", 502):
        Backend(httpx.Client(base_url="http://x", transport=transport)).health()


def test_a_body_of_another_shape_is_an_error_too() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"status": "ok"}))
    with refused("error", 0):
        Backend(httpx.Client(base_url="http://x", transport=transport)).health()


def test_an_error_in_the_stream_is_raised() -> None:
    events = 'event: error\ndata: {"code": "model_busy", "message": "Busy.", "values": {}}\n\n'
    transport = httpx.MockTransport(lambda _: httpx.Response(200, text=events))
    with refused("model_busy", 500):
        next(Backend(httpx.Client(base_url="http://x", transport=transport)).ask("?"))


def test_asking_goes_on_in_its_own_thread(library: Library, filled: Backend) -> None:
    library.answerer.model = ScriptedModel(PROVEN)
    asking = Asking(ENGLISH, filled.ask(ENGLISH))
    assert asking.wait_for_quotes(240) and asking.wait(240)
    assert asking.error is None and asking.quotes is not None and asking.answer is not None
    assert [sentence.marks for sentence in asking.sentences] == [[1]]


def test_asking_tells_the_quotes_before_the_end(library: Library, filled: Backend) -> None:
    goes_on = threading.Event()

    def held() -> Iterator[Event]:
        for event in filled.ask(ENGLISH):
            yield event
            assert goes_on.wait(240)

    asking = Asking(ENGLISH, held())
    assert asking.wait_for_quotes(240)
    assert asking.quotes is not None and not asking.ended
    goes_on.set()
    assert asking.wait(240) and asking.answer is not None


def test_an_answer_that_is_cut_off_or_refused_ends_as_an_error() -> None:
    cut = Asking("?", iter(()))
    assert cut.wait(240) and cut.error is not None and cut.error.code == "answer_cut_off"
    refused_ = Asking("?", failing(BackendError("question_empty", "…")))
    assert refused_.wait(240) and refused_.error is not None and refused_.error.code == "question_empty"


def test_what_may_not_be_read_is_not_there(library: Library, filled: Backend, http: httpx.Client) -> None:
    with library.sessions.write() as session:
        stranger = User(name="stranger")
        session.add(stranger)
        session.flush()
        link = make_link(session, stranger.id)
    other = Backend(http)
    other.sign_in(link)
    mine = filled.documents().documents[0]
    assert other.spaces() == [] and other.documents().total == 0
    with refused("not_found", 404):
        other.picture(mine.id, 1)
    assert other.questions() == []


@pytest.mark.parametrize(
    ("pasted", "secret"),
    [
        ("http://127.0.0.1:8750/sign-in/" + "a-b_C9" * 7, "a-b_C9" * 7),
        ("  " + "a-b_C9" * 7 + "\n", "a-b_C9" * 7),
        ("http://127.0.0.1:8750/sign-in/short", ""),
        ('http://x/sign-in/"><script>alert(1)</script>aaaaaaaaaaaaaaa', ""),
        ("javascript:alert(1)//aaaaaaaaaaaaaaaaaaaaaaaaa", ""),
        ("", ""),
    ],
)
def test_only_a_secret_is_taken_from_what_was_pasted(pasted: str, secret: str) -> None:
    assert secret_of(pasted) == secret


SECRET = "a-b_C9" * 7


@pytest.mark.parametrize(
    ("pasted", "page", "address"),
    [
        (
            f"http://127.0.0.1:8750/sign-in/{SECRET}",
            "http://127.0.0.1:8751/",
            f"http://127.0.0.1:8750/sign-in/{SECRET}",
        ),
        (
            f"http://127.0.0.1:8750/sign-in/{SECRET}",
            "http://localhost:8751/",
            f"http://localhost:8750/sign-in/{SECRET}",
        ),
        (
            f"http://0.0.0.0:9000/sign-in/{SECRET}",
            "http://archive:8751/x",
            f"http://archive:9000/sign-in/{SECRET}",
        ),
        (f"http://evil.invalid/sign-in/{SECRET}", "http://archive:8751/", f"http://archive/sign-in/{SECRET}"),
        (f"https://archive/sign-in/{SECRET}", "https://archive/", f"https://archive/sign-in/{SECRET}"),
        (SECRET, "http://[::1]:8751/", f"http://[::1]:8750/sign-in/{SECRET}"),
        (SECRET, "", f"http://api:8750/sign-in/{SECRET}"),
        (f"http://archive:x/sign-in/{SECRET}", "http://archive:8751/", ""),
        ("hello", "http://archive:8751/", ""),
    ],
)
def test_the_browser_is_sent_to_the_back_end_of_the_page_it_is_on(
    monkeypatch: pytest.MonkeyPatch, pasted: str, page: str, address: str
) -> None:
    monkeypatch.setenv("SHOKO_API", "http://api:8750")
    assert sign_in_address(pasted, page) == address
