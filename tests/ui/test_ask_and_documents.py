"""Each page, drawn by Streamlit without a browser, over the real application."""

import html
import io
import re
import threading
from datetime import date
from pathlib import Path
from typing import Any

import docx
import pytest
from making import pdf, picture_pdf
from streamlit.testing.v1 import AppTest

from contract.values import Role
from core.errors import ConverterMissing
from core.identity.accounts import sign_in
from core.models import Grant, Space, User
from ingest.records import printing
from llm.fakes import ScriptedModel
from operations.library import Library
from ui import connection
from ui.client import Backend, BackendError
from ui.language import words_of

APP = Path(__file__).parents[2] / "ui" / "app.py"
ENGLISH = "Within how many business days after a trip must an expense claim be submitted?"
PROVEN = "An expense claim must be submitted within 10 business days after the end of the trip [1]."
SECONDS = 240

DOCUMENTS = """
import streamlit as st
from ui.connection import backend
from ui.session_state import Screen
from ui.language import words_of
from ui.screens.documents import documents

doors = frozenset(["PATCH /api/documents/{document_id}/versions/{version_id}"])
documents.show(
    Screen(backend(), words_of("en"), backend().session(), backend().health(), st.sidebar, doors=doors)
)
"""


@pytest.fixture(autouse=True)
def _signed_in(monkeypatch: pytest.MonkeyPatch, http: Any, token: str) -> None:
    monkeypatch.setattr(connection, "open_http", lambda: http)
    monkeypatch.setattr(connection, "token", lambda: token)


def opened(lang: str = "en") -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=SECONDS)
    page.query_params["lang"] = lang
    return calm(page.run())


def documents_page() -> AppTest:
    return calm(AppTest.from_string(DOCUMENTS, default_timeout=SECONDS).run())


def calm(page: AppTest) -> AppTest:
    """The page, without an exception in it."""
    assert not page.exception, [error.message for error in page.exception]
    return page


def ask(page: AppTest, question: str) -> AppTest:
    page.chat_input(key="question").set_value(question)
    page.run()
    asking = page.session_state["desk"].asking
    assert asking.wait(SECONDS)
    return calm(page.run())


def source(page: AppTest) -> str:
    """All HTML of the page."""
    return "\n".join(element.value for element in page.get("html"))


def text(page: AppTest) -> str:
    """What a person reads of it."""
    bare = re.sub(r"<(style|script)>.*?</\1>", "", source(page), flags=re.S)
    return html.unescape(re.sub(r"<[^>]+>", " ", bare))


def button(page: AppTest, key: str) -> Any:
    return page.button(key=key)


def test_the_first_page_of_an_empty_library_says_what_to_do_first() -> None:
    page = opened()
    assert words_of("en")("welcome.upload") in text(page) and words_of("en")("welcome.to_do") in text(page)
    assert page.chat_input(key="question").placeholder == words_of("en")("ask.placeholder")


def test_sample_questions_are_offered_where_their_documents_are(filled: Backend) -> None:
    page = opened("ja")
    offered = [button.label for button in page.button if str(button.key).startswith("suggested-")]
    assert offered[:2] == [words_of("ja")(f"sample.{number}.question") for number in (1, 2)]
    assert len(offered) == 4  # the document of the third is not there; then headings of those that are
    assert all("就業規則" in label for label in offered[2:])
    calm(button(page, "suggested-0").click().run())
    assert page.session_state["desk"].asking.wait(SECONDS)
    assert "work-rules.pdf" in text(calm(page.run()))


def test_a_question_is_answered_with_quotes(filled: Backend) -> None:
    page = ask(opened(), ENGLISH)
    said = text(page)
    assert ENGLISH in said and words_of("en")("ask.quoted") in said
    assert "within 10 business days after the end of the trip" in said
    assert "travel-expense-policy.pdf" in said and "Page 3" in said
    assert "Search" in said and " ms" in said
    assert filled.questions()[0].question == ENGLISH


def test_proven_sentences_are_shown_and_the_others_struck(library: Library, filled: Backend) -> None:
    library.answerer.model = ScriptedModel(f"{PROVEN} The CEO pays 99 euros [1].")
    page = ask(opened("ja"), ENGLISH)
    assert words_of("ja")("ask.checked") in text(page)
    assert 'data-mark="1"' in source(page) and words_of("ja")("ask.mark", mark=1, title="")[:3] in source(
        page
    )
    assert words_of("ja").count("ask.struck", 1) in [expander.label for expander in page.expander]
    assert words_of("ja")("flaw.number") in text(page)


def test_why_no_model_wrote_is_said_in_a_line(library: Library, filled: Backend) -> None:
    library.answerer.model = ScriptedModel("DIE")
    assert words_of("zh")("why.model_died") in text(ask(opened("zh"), ENGLISH))


def test_where_no_model_writes_the_screen_says_of_none(filled: Backend, goes_on: threading.Event) -> None:
    page = opened()
    page.chat_input(key="question").set_value(ENGLISH).run()
    assert page.session_state["desk"].asking.wait_for_quotes(SECONDS)
    shown = text(calm(page.run()))
    goes_on.set()
    assert words_of("en")("ask.writing") not in shown
    assert page.session_state["desk"].asking.wait(SECONDS)


def test_not_in_the_documents(filled: Backend) -> None:
    page = ask(opened(), "Who won the chess championship of Mars?")
    assert words_of("en")("ask.not_found") in text(page)


def test_a_refused_question_says_why(filled: Backend) -> None:
    page = ask(opened("ja"), "x" * 4001)
    assert words_of("ja")("error.question_too_long", length=4001, limit=4000) in text(page)


def test_a_quote_opens_its_page_without_asking_again(filled: Backend) -> None:
    page = ask(opened(), ENGLISH)
    calm(button(page, "show-1").click().run())
    assert len(filled.questions()) == 1
    assert words_of("en")("viewer.of", page=3, pages=4) in text(page)
    assert len(page.image) == 1
    calm(button(page, "page-next").click().run())
    assert words_of("en")("viewer.of", page=4, pages=4) in text(page)
    assert button(page, "page-next").disabled
    calm(button(page, "page-back").click().run())
    assert words_of("en")("viewer.of", page=3, pages=4) in text(page)
    calm(button(page, "page-close").click().run())
    assert not page.image
    assert len(filled.questions()) == 1


def test_one_may_open_a_page_while_the_answer_is_written(
    library: Library, filled: Backend, goes_on: threading.Event
) -> None:
    """The click makes Streamlit run its script again; the answer goes on and is asked once."""
    library.answerer.model = ScriptedModel(PROVEN)
    page = opened()
    page.chat_input(key="question").set_value(ENGLISH).run()
    assert page.session_state["desk"].asking.wait_for_quotes(SECONDS)
    assert words_of("en")("ask.writing") in text(calm(page.run()))
    calm(button(page, "show-1").click().run())
    assert len(page.image) == 1
    goes_on.set()
    assert page.session_state["desk"].asking.wait(SECONDS)
    assert words_of("en")("ask.checked") in text(calm(page.run()))
    assert len(filled.questions()) == 1


def test_earlier_questions_can_be_opened_again(filled: Backend) -> None:
    page = ask(opened(), ENGLISH)
    calm(button(page, "new-question").click().run())
    assert words_of("en")("ask.title") in text(page)
    past = filled.questions()[0]
    calm(button(page, f"past-{past.id}").click().run())
    assert "within 10 business days" in text(page)
    assert len(filled.questions()) == 1
    ask_again = button(page, "again").click().run()
    assert ask_again.session_state["desk"].asking.wait(SECONDS)
    assert len(filled.questions()) == 2


def test_text_of_documents_and_people_is_never_markup(
    filled: Backend, hostile_text: str, hostile_name: str
) -> None:
    question = "Which colour has the *gate*? $x$ <b>b</b> [l](http://evil.invalid) :red[r] :smile:"
    page = ask(opened(), question)
    calm(button(page, "show-1").click().run())
    shown = source(page)
    for tag in ("<script>alert", "<img", "<b>", "<a "):
        assert tag not in shown
    assert hostile_text in text(page) and hostile_name in text(page) and question in text(page)
    assert html.escape(hostile_text) in shown
    labels = [button.label for button in page.button if str(button.key).startswith("past-")]
    assert labels and all("\\*gate\\*" in label and "\\$x\\$" in label for label in labels)
    assert not any(re.search(r":(?:red|smile)", label) for label in labels)
    assert not [
        markdown for markdown in page.markdown if "gate" in markdown.value or hostile_name in markdown.value
    ]


def test_a_text_file_shows_its_text_with_the_quote_marked(filled: Backend, hostile_text: str) -> None:
    page = ask(opened(), "Which colour has the gate?")
    calm(button(page, "show-1").click().run())
    assert f"<mark>{html.escape(hostile_text)}</mark>" in source(page)
    assert not page.image


def test_a_word_file_is_shown_as_printed_or_says_why_not(
    library: Library, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, document = io.BytesIO(), docx.Document()
    document.add_paragraph("A lost card costs 50 yuan.")
    document.save(made)
    backend.upload("General", "fees.docx", made.getvalue())
    while library.pipeline.work_once():
        pass
    printed = pdf("A lost card costs 50 yuan.")
    monkeypatch.setattr(printing, "print_file", lambda *_: printed)
    page = ask(opened(), "What does a lost card cost?")
    words = words_of("en")
    assert not page.image
    calm(page.button_group(key="page_view").set_value("paper").run())
    assert len(page.image) == 1 and words("viewer.paper_note") in text(page)
    assert words("viewer.not_on_paper") not in text(page)
    library.files.pictures(backend.documents().documents[0].version.id).joinpath("printed.pdf").unlink()

    def missing(*_: object) -> bytes:
        raise ConverterMissing(name="fees.docx", media_type=".docx", instead=".pdf")

    monkeypatch.setattr(printing, "print_file", missing)
    page = ask(opened(), "What does a lost card cost?")
    calm(page.button_group(key="page_view").set_value("paper").run())
    assert words("viewer.no_printer") in text(page) and "A lost card costs 50 yuan." in text(page)


def test_the_language_is_chosen_and_stays_in_the_address(filled: Backend) -> None:
    page = AppTest.from_file(str(APP), default_timeout=SECONDS)
    page.context = {"locale": "zh-CN"}
    calm(page.run())
    assert words_of("zh")("ask.title") in text(page)
    assert "lang" not in page.query_params
    chooser = page.segmented_control(key="language")
    calm(chooser.set_value("ja").run())
    assert words_of("ja")("ask.title") in text(page)
    assert page.query_params["lang"] == "ja"


def test_without_a_sign_in_there_is_a_place_for_the_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "token", lambda: "")
    page = opened("ja")
    assert words_of("ja")("sign_in.how_administrator") in text(page)
    page.text_input(key="link").set_value("これは違います")
    calm(page.button[1].click().run())
    assert words_of("ja")("sign_in.not_a_link") in text(page)
    page.text_input(key="link").set_value("http://127.0.0.1:8750/sign-in/" + "a1_-" * 10)
    calm(page.button[1].click().run())
    assert f"window.location.assign({connection.api_address()!r}".replace("'", '"')[:-1] in source(page)


def test_a_link_used_up_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "token", lambda: "")
    page = AppTest.from_file(str(APP), default_timeout=SECONDS)
    page.query_params["lang"], page.query_params["problem"] = "en", "link_used_up"
    assert words_of("en")("sign_in.used_up") in text(calm(page.run()))


def test_signing_out_ends_the_sign_in(filled: Backend) -> None:
    page = opened()
    calm(button(page, "sign-out").click().run())
    assert words_of("en")("sign_in.title") in text(page)
    with pytest.raises(BackendError):
        filled.session()


def test_a_back_end_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: Backend) -> None:
        raise BackendError("server_away", "…", {"address": "http://127.0.0.1:1"})

    monkeypatch.setattr(Backend, "health", away)
    assert words_of("zh")("frame.away") in text(opened("zh"))


def test_a_back_end_with_a_problem_still_answers(library: Library, filled: Backend) -> None:
    library.problems.append("<b>the embedder</b> could not be loaded")
    page = ask(opened(), ENGLISH)
    said = text(page)
    assert words_of("en")("frame.degraded") in said and "<b>the embedder</b> could not" in said
    assert "within 10 business days" in said


def test_a_fault_of_ours_shows_no_stack_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(Backend, "questions", broken)
    page = opened()
    assert words_of("en")("frame.broken") in text(page) and "secret detail" not in text(page)


def test_files_are_uploaded_and_each_says_what_became_of_it(
    library: Library, backend: Backend, samples: Path
) -> None:
    page = documents_page()
    assert words_of("en")("documents.none_first_here") in text(page)
    content = (samples / "travel-expense-policy.pdf").read_bytes()
    page.file_uploader[0].set_value(
        [
            ("travel.pdf", content, "application/pdf"),
            ("<b>picture.gif", b"GIF89a\x01\0\x01\0", "image/gif"),
            ("scan.pdf", picture_pdf(), "application/pdf"),
        ]
    )
    calm(page.run())
    said = text(page)
    assert "travel.pdf" in said and words_of("en")("state.stored") in said
    assert words_of("en")("upload.refused") in said and "a GIF picture" in said
    assert "<b>picture" not in source(page)
    assert backend.documents().total == 2
    while library.pipeline.work_once():
        pass
    said = text(calm(page.run()))
    assert words_of("en")("state.searchable") in said
    assert words_of("en")("error.no_text_in_file", name="scan.pdf", pages=1) in said
    assert backend.documents().total == 2  # drawing the page again uploads nothing again
    page.file_uploader[0].set_value(("travel.pdf", content, "application/pdf"))
    assert words_of("en")("upload.duplicate") in text(calm(page.run()))
    assert len(backend.versions(backend.documents(name="travel").documents[0].id)) == 1


def test_dates_in_force_are_given_at_the_upload_and_count_for_it_alone(backend: Backend) -> None:
    def filled(page: AppTest, since: date, until: date) -> AppTest:
        fields = {field.label: field for field in page.date_input}
        fields[words_of("en")("versions.since")].set_value(since)
        fields[words_of("en")("versions.until")].set_value(until)
        return page

    page = filled(documents_page(), date(2026, 4, 1), date(2026, 3, 31))
    page.file_uploader[0].set_value(("fee.txt", b"The fee is 50 yuan.", "text/plain"))
    assert words_of("en")("upload.dates_wrong") in text(calm(page.run()))
    assert backend.documents().total == 0
    calm(filled(page, date(2026, 4, 1), date(2099, 3, 31)).run())
    version = backend.documents().documents[0].version
    assert (version.in_force_from, version.in_force_until) == (date(2026, 4, 1), date(2099, 3, 31))
    assert [field.value for field in page.date_input][:2] == [None, None]
    page.file_uploader[0].set_value(("card.txt", b"The card is blue.", "text/plain"))
    calm(page.run())
    assert backend.documents(name="card").documents[0].version.in_force_from is None
    filled(page, date(1989, 4, 1), date(2010, 3, 31)).file_uploader[0].set_value(
        ("old.txt", b"Old.", "text/plain")
    )
    calm(page.run())  # rules go back further than the field would by itself
    assert backend.documents(name="old").documents[0].version.in_force_from == date(1989, 4, 1)


def test_a_failed_document_can_be_tried_again(library: Library, backend: Backend) -> None:
    sent = backend.upload("General", "scan.pdf", picture_pdf())
    library.pipeline.work_once()
    page = documents_page()
    assert words_of("en")("state.failed") in text(page)
    calm(button(page, f"retry-{sent.document.id}").click().run())
    assert words_of("en")("state.stored") in text(page)
    calm(button(page, f"stop-{sent.document.id}").click().run())
    assert words_of("en")("job.cancelled") in text(page)
    assert backend.jobs(state="waiting") == []


def test_a_damaged_file_is_not_tried_again_but_its_next_version_takes_its_place(
    library: Library, backend: Backend, samples: Path
) -> None:
    whole = (samples / "travel-expense-policy.pdf").read_bytes()
    sent = backend.upload("General", "travel.pdf", whole[:200] + b"x" * 500)
    library.pipeline.work_once()
    assert backend.document(sent.document.id).version.error is not None
    page = documents_page()
    assert words_of("en")("documents.mend", name="travel.pdf") in text(page)
    assert not [button for button in page.button if str(button.key).startswith("retry-")]
    assert backend.upload("General", "travel.pdf", whole).document.id == sent.document.id
    while library.pipeline.work_once():
        pass
    said = text(documents_page())
    assert words_of("en")("state.searchable") in said and words_of("en")("state.failed") not in said


def test_work_that_begins_while_the_page_is_drawn_is_not_taken_for_stopped(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = backend.upload("General", "note.txt", b"A note.")
    waiting = backend.jobs(state="waiting")
    states = ["waiting", "running"]  # the worker takes it between the two looks

    def looked(self: Backend, *, state: str, limit: int) -> Any:
        now = states.pop(0) if states else "running"
        return [job.model_copy(update={"state": now}) for job in waiting] if now == state else []

    monkeypatch.setattr(Backend, "jobs", looked)
    page = documents_page()
    assert words_of("en")("job.cancelled") not in text(page)
    assert button(page, f"stop-{sent.document.id}")


def test_erasing_asks_first(filled: Backend) -> None:
    page = documents_page()
    document = filled.documents(name="travel").documents[0]
    calm(button(page, f"erase-{document.id}").click().run())
    assert words_of("en")("documents.erase_question", name=document.name) in text(page)
    calm(button(page, f"erase-no-{document.id}").click().run())
    assert filled.documents().total == 3
    calm(button(page, f"erase-{document.id}").click().run())
    calm(button(page, f"erase-yes-{document.id}").click().run())
    assert words_of("en")("documents.erased", name=document.name) in text(page)
    assert filled.documents().total == 2


def test_documents_are_found_by_name_and_space(filled: Backend, hostile_name: str) -> None:
    page = documents_page()
    assert hostile_name in text(page) and words_of("en").count("documents.count", 3) in text(page)
    page.text_input(key="filter_name").set_value("RULES")
    assert words_of("en").count("documents.count", 1) in text(calm(page.run()))
    page.text_input(key="filter_name").set_value("nothing of the kind")
    assert words_of("en")("documents.none_match") in text(calm(page.run()))


def test_a_long_list_is_turned_like_pages(backend: Backend) -> None:
    for number in range(23):
        backend.upload("General", f"note-{number:02d}.txt", f"Note {number}".encode())
    page = documents_page()
    assert words_of("en")("documents.part", first=1, last=20, total=23) in text(page)
    calm(button(page, "older").click().run())
    assert words_of("en")("documents.part", first=21, last=23, total=23) in text(page)
    assert button(page, "older").disabled and "note-00.txt" in text(page)


def test_a_reader_sees_documents_but_no_upload_and_no_erasing(
    library: Library, filled: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    with library.sessions.write() as session:
        reader = User(name="reader")
        session.add(reader)
        session.flush()
        space = session.query(Space).one()
        session.add(Grant(space_id=space.id, user_id=reader.id, role=Role.READER))
        token = sign_in(session, reader.id)
    monkeypatch.setattr(connection, "token", lambda: token)
    page = documents_page()
    assert "travel-expense-policy.pdf" in text(page)
    assert not page.file_uploader
    assert not [button for button in page.button if str(button.key).startswith(("erase-", "retry-"))]
    assert words_of("en")("documents.read_only") in text(page)


def test_who_may_read_nothing_yet_is_sent_to_the_administrator(
    library: Library, filled: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    with library.sessions.write() as session:
        newcomer = User(name="newcomer")
        session.add(newcomer)
        session.flush()
        token = sign_in(session, newcomer.id)
    monkeypatch.setattr(connection, "token", lambda: token)
    said = text(documents_page())
    assert words_of("en")("ask.empty_reader") in said
    assert words_of("en")("documents.none_read_only") not in said


def test_only_spaces_that_one_may_write_to_are_offered(library: Library, backend: Backend) -> None:
    with library.sessions.write() as session:
        session.add(Space(name="Second"))
    page = documents_page()
    offered = page.selectbox(key="upload_space")
    writable = [space.id for space in backend.spaces() if space.writable]
    assert len(offered.options) == len(writable) == 2
    offered.set_value(next(space.id for space in backend.spaces() if space.name == "Second"))
    page.file_uploader[0].set_value(("a.txt", b"text", "text/plain"))
    calm(page.run())
    assert backend.documents().documents[0].space == "Second"
