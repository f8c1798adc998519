"""Every page of its own, drawn by Streamlit over the real application: in three languages, and its deeds."""

import html
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from making import add
from sqlalchemy import delete
from streamlit.testing.v1 import AppTest

from core.models import Check
from operations.library import Library
from ui import connection
from ui.client import Backend
from ui.language import LANGUAGES, words_of
from ui.screens.search.search import snippet

APP = Path(__file__).parents[2] / "ui" / "app.py"
SECONDS = 240
PAGE = """
import streamlit as st
from ui.connection import backend
from ui.session_state import Screen
from ui.language import words_of
from ui.screens.{room} import {page}

way = backend()
{page}.show(Screen(way, words_of("{language}"), way.session(), way.health(), st.sidebar, {{}}, way.doors()))
"""
ROOMS = {  # of the pages that do not have a folder of their own name
    **dict.fromkeys(
        ("audit", "folders", "machine", "models", "reports", "storage", "usage"), "administration"
    ),
    **dict.fromkeys(("keys", "sign_in", "spaces"), "people"),
    "gaps": "faqs",
    "upkeep": "documents",
    "news": "documents",
}
TITLES = {
    "search": "pages.search",
    "documents": "documents.title",
    "gaps": "gaps.title",
    "usage": "usage.title",
    "storage": "storage.title",
    "people": "pages.people",
    "spaces": "pages.spaces",
    "keys": "pages.keys",
    "audit": "pages.audit",
    "machine": "pages.machine",
    "models": "pages.models",
    "checks": "pages.checks",
    "reports": "pages.reports",
    "drafts": "pages.drafts",
    "faqs": "pages.faqs",
    "folders": "pages.folders",
    "upkeep": "pages.upkeep",
    "news": "pages.news",
}
QUESTION = "Within how many business days after a trip must an expense claim be submitted?"
REPORT = """# Report

Monday, 3 March 2026 was a Tuesday.

We utilize this in order to test.
"""
NOWHERE = "Who won the chess championship of Mars?"


@pytest.fixture(autouse=True)
def _signed_in(monkeypatch: pytest.MonkeyPatch, http: Any, token: str) -> None:
    monkeypatch.setattr(connection, "open_http", lambda: http)
    monkeypatch.setattr(connection, "token", lambda: token)


def opened(page: str, language: str = "en", **query: str) -> AppTest:
    source = PAGE.format(page=page, room=ROOMS.get(page, page), language=language)
    drawn = AppTest.from_string(source, default_timeout=SECONDS)
    for name, value in query.items():
        drawn.query_params[name] = value
    return calm(drawn.run())


def calm(page: AppTest) -> AppTest:
    assert not page.exception, [error.message for error in page.exception]
    return page


def text(page: AppTest) -> str:
    source = "\n".join(element.value for element in page.get("html"))
    bare = re.sub(r"<(style|script)>.*?</\1>", "", source, flags=re.S)
    return html.unescape(re.sub(r"<[^>]+>", " ", bare))


def cards(page: AppTest) -> list[str]:
    """The findings that are shown."""
    return [element.value for element in page.get("html") if "quote finding" in element.value[:40]]


def pressed(page: AppTest, label: str) -> AppTest:
    """The page after a click on the button of that label."""
    return calm(next(button for button in page.button if button.label == label).click().run())


def pressed_last(page: AppTest, label: str) -> AppTest:
    """The page after a click on the last button of that label."""
    return calm([button for button in page.button if button.label == label][-1].click().run())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_drawn_in_every_language(filled: Backend, language: str) -> None:
    broken, words = words_of(language)("frame.broken"), words_of(language)
    for page, title in TITLES.items():
        said = text(opened(page, language))
        assert words(title) in said and broken not in said, page


def test_the_words_of_a_search_come_from_the_address_and_are_marked(filled: Backend) -> None:
    page = opened("search", q="expense claim", kind="pdf")
    assert page.text_input(key="q").value == "expense claim"
    source = "\n".join(element.value for element in page.get("html"))
    assert re.search(r"<mark>[^<]*claim", source)
    assert len(page.image) == 1
    calm(page.button(key="open-hit-2").click().run())
    calm(page.button(key="page-close").click().run())
    assert not page.image
    page.text_input(key="q").set_value("zeppelin").run()
    assert words_of("en")("search.none") in text(page) or page.get("html")
    assert page.query_params["q"] in ("zeppelin", ["zeppelin"])


def test_a_search_says_what_else_it_looked_for(filled: Backend) -> None:
    page = opened("search", "ja", q="経費精算")
    source = "\n".join(element.value for element in page.get("html"))
    widened = words_of("ja")("search.widened", words="")
    assert widened in source and "expense claim" in source


def test_a_snippet_begins_near_the_first_word_and_keeps_its_marks() -> None:
    passage = "First sentence. " * 20 + "The fee for a lost card is 50 yuan. " + "Last. " * 200
    start = passage.index("lost card")
    shown, marks = snippet(passage, [(start, start + 9), (len(passage) - 5, len(passage) - 1)])
    assert shown.startswith("…") and shown.endswith("…") and len(shown) < 400
    assert [shown[start:other] for start, other in marks] == ["lost card"]
    assert snippet("A lost card.", [(2, 11)]) == ("A lost card.", [(2, 11)])


def test_an_opinion_is_given_with_a_reason_and_a_gap_is_told_and_closed(filled: Backend) -> None:
    app = AppTest.from_file(str(APP), default_timeout=SECONDS)
    app.query_params["lang"] = "en"
    calm(app.run()).chat_input(key="question").set_value(NOWHERE).run()
    assert app.session_state["desk"].asking.wait(SECONDS)
    calm(app.run())
    calm(app.button(key="feedback-down").click().run())
    pressed_last(app, words_of("en")("feedback.send"))
    question = filled.questions()[0].id
    kept = filled.question(question).feedback
    assert kept is not None and not kept.helpful and kept.reason == "other"
    calm(app.button(key="gap-send").click().run())
    assert words_of("en")("gap.told", space="General") in text(app)
    page = opened("gaps")
    assert NOWHERE in text(page)
    gap = filled.gaps()[0].id
    calm(page.button(key=f"close-{gap}").click().run())
    assert words_of("en")("gaps.none") in text(page) and filled.gaps(closed=True)


def test_a_follow_up_follows_and_a_new_question_does_not(filled: Backend) -> None:
    app = AppTest.from_file(str(APP), default_timeout=SECONDS)
    app.query_params["lang"] = "en"
    calm(app.run())
    for question in (QUESTION, "And for meals?"):
        app.chat_input(key="question").set_value(question).run()
        assert app.session_state["desk"].asking.wait(SECONDS)
        calm(app.run())
    assert app.session_state["desk"].asking.follows == filled.questions()[1].id
    assert app.session_state["desk"].thread == [(filled.questions()[1].id, QUESTION)]
    calm(app.button(key="thread-0").click().run())
    assert QUESTION in text(app) and not app.session_state["desk"].thread
    calm(app.button(key="new-question").click().run())
    assert not app.session_state["desk"].question_id


def test_a_colleague_is_invited_by_a_link_that_is_shown_once(backend: Backend) -> None:
    page = opened("people")
    page.text_input[0].set_value("Aoki <b>")
    page = pressed(page, words_of("en")("people.invite"))
    assert "/sign-in/" in page.code[0].value and "Aoki <b>" in text(page)
    assert words_of("en")("people.then") in text(page)
    page = pressed(page, words_of("en")("people.link_put_away"))
    assert not page.code
    assert "Aoki <b>" in [user["name"] for user in backend.read("/api/users")]


def test_a_space_is_made(backend: Backend) -> None:
    page = opened("spaces")
    page.text_input[0].set_value("Sales")
    page = pressed(page, words_of("en")("spaces.make"))
    assert words_of("en")("spaces.made", name="Sales") in text(page)
    assert "Sales" in [space.name for space in backend.spaces()]


def test_a_space_is_renamed_and_the_log_calls_it_by_its_name(backend: Backend) -> None:
    words = words_of("en")
    page = opened("spaces")
    (field,) = [field for field in page.text_input if field.label == words("spaces.new_name")]
    field.set_value("Company")
    page = pressed(page, words("spaces.rename"))
    assert words("spaces.renamed", name="Company") in text(page)
    assert [space.name for space in backend.spaces()] == ["Company"]
    log = opened("audit")
    calm(log.selectbox(key="audit-action").set_value("space.").run())
    said = text(log)
    assert "Company" in said and "(space.renamed)" in said and "(session.opened)" not in said


def test_the_log_tells_its_details_in_words(backend: Backend) -> None:
    space = backend.spaces()[0].id
    hana = backend.send("POST", "/api/users", {"name": "hana"})["id"]
    grant = {"kind": "user", "holder": hana, "role": "reader", "may_download": False}
    backend.send("PUT", f"/api/spaces/{space}/grants", grant)
    document = backend.upload("General", "note.txt", b"A note.").document
    dates = {"in_force_from": "2026-04-01", "in_force_until": None}
    backend.send("PATCH", f"/api/documents/{document.id}/versions/{document.version.id}", dates)
    for language, sentences in {
        "en": ("for: hana", "role: reads", "may download: no", "in force from: 1 Apr 2026", "until: –"),
        "ja": ("対象者：hana", "役割：閲覧", "ダウンロード可：いいえ", "施行日：2026年4月1日"),
        "zh": ("对象：hana", "角色：阅读", "可下载：否", "生效日期：2026年4月1日"),
    }.items():
        said = text(opened("audit", language))
        assert [part for part in sentences if part not in said] == []
        assert "may_download" not in said


def test_a_key_is_shown_once(backend: Backend) -> None:
    page = opened("keys")
    page.text_input[0].set_value("portal")
    page = pressed(page, words_of("en")("keys.make"))
    assert len(page.code[0].value) > 20
    assert [key["name"] for key in backend.read("/api/keys")] == ["portal"]


def test_the_details_of_a_document_tell_what_changed(library: Library, backend: Backend) -> None:
    for fee in ("50", "60"):
        content = f"The fee for a lost card is {fee} yuan.\n\nIt is paid at the desk.\n".encode()
        sent = backend.upload("General", "fees.md", content)
        while library.pipeline.work_once():
            pass
    page = opened("documents")
    calm(page.button(key=f"details-{sent.document.id}").click().run())
    assert words_of("en")("versions.answers") in text(page)
    page.session_state[f"part-{sent.document.id}"] = "changes"
    calm(page.run())
    assert words_of("en")("versions.changed") in text(page)
    source = "\n".join(element.value for element in page.get("html"))
    assert "<del>50</del>" in source and "<ins>60</ins>" in source


def test_a_file_is_checked_and_its_findings_are_filtered(backend: Backend, library: Library) -> None:
    words = words_of("en")
    page = opened("checks")
    page = pressed(page, words("checks.go"))
    assert words("checks.choose_file") in text(page)
    page.file_uploader(key="check_file").set_value(("report.md", REPORT.encode(), "text/markdown")).run()
    page = pressed(page, words("checks.go"))
    assert "utilize" in text(page) and words("place.line", number=5) in text(page)
    everything = cards(page)
    calm(page.button_group(key="check_levels").set_value(["info"]).run())
    assert 0 < len(cards(page)) < len(everything) and all(
        words("checks.info") in card for card in cards(page)
    )
    calm(page.button_group(key="check_levels").set_value([]).run())
    calm(page.selectbox(key="check_rule").set_value("dates").run())
    assert len(cards(page)) == 1 and "Monday" in cards(page)[0]
    with library.sessions.write() as session:
        session.execute(delete(Check))  # its time is over
    page = pressed(page, words("checks.go"))
    assert len(cards(page)) == len(everything)


def test_findings_are_mended_in_a_copy_and_let_pass_with_a_reason(backend: Backend) -> None:
    words = words_of("en")
    made = backend.check_file(
        "note.md",
        b"# A note\n\nTwo  blanks. We utilize it.\n",
        packs=["english-report"],
        own=None,
        language="en",
    )
    page = opened("checks", check=made.id)
    assert "English business report" in text(page) and "english-report" not in text(page)
    finding = next(finding for finding in made.findings if finding.rule == "plain-words")
    calm(page.button(key=f"place-{finding.number}").click().run())
    shown = next(html.value for html in page.get("html") if "checked-text" in html.value[:40])
    assert f'<mark class="opened">utilize<sup>{finding.number}</sup></mark>' in shown
    page = pressed(page, words.count("checks.fix", made.fixable))
    assert words.count("checks.fixed", made.fixable) in text(page)
    calm(page.button(key="check-copy").click().run())
    assert words("checks.is_copy") in text(page) and "blanks" in text(page)
    copy = page.session_state["desk"].check.outcome
    assert backend.download(f"/api/checks/{copy.id}/file") == b"# A note\n\nTwo blanks. We utilize it.\n"
    finding = next(finding for finding in copy.findings if finding.rule == "plain-words")
    calm(page.button(key=f"waive-{finding.number}").click().run())
    page = pressed_last(page, words("checks.waive_go"))
    assert words("checks.need_reason") in text(page)
    next(
        text_input for text_input in page.text_input if text_input.label == words("checks.reason")
    ).set_value("A quotation")
    page = pressed_last(page, words("checks.waive_go"))
    assert words.count("checks.waived", 1) in [expander.label for expander in page.expander]
    assert all(finding.rule != "plain-words" for finding in page.session_state["desk"].check.outcome.findings)
    calm(page.button(key="check-erase").click().run())
    assert words("checks.erased") in text(page) and [check.id for check in backend.checks()] == [made.id]


def test_findings_are_settled_one_by_one_and_together(backend: Backend) -> None:
    words = words_of("en")
    text_of_note = b"# A note\n\nWe utilize it.\n\nThey utilize it.\n\nTwo  blanks.\n"
    made = backend.check_file("note.md", text_of_note, packs=["english-report"], own=None, language="en")
    page = opened("checks", check=made.id)
    finding = next(each for each in made.findings if each.rule == "plain-words")
    calm(page.button(key=f"accept-{finding.number}").click().run())
    outcome = page.session_state["desk"].check.outcome
    assert (outcome.settled, outcome.to_settle) == (1, made.total)
    assert words("checks.is_accepted") in text(page)
    calm(page.button(key=f"reopen-{finding.number}").click().run())
    calm(page.button(key=f"ignore-all-{finding.number}").click().run())
    outcome = page.session_state["desk"].check.outcome
    assert [each.state for each in outcome.findings if each.rule == "plain-words"] == ["ignored"] * 2
    fixable = next(each for each in outcome.findings if each.can_fix and each.state == "open")
    calm(page.button(key=f"fix-{fixable.number}").click().run())
    copy = page.session_state["desk"].check.outcome
    assert (copy.fixes, copy.settled, copy.to_settle) == (1, 3, made.total)


def test_a_document_of_the_library_is_checked_and_again_in_another_language(filled: Backend) -> None:
    source = PAGE.format(page="checks", room="checks", language="en").replace(
        '"en"', 'st.session_state.get("shown in", "en")'
    )
    app = AppTest.from_string(source, default_timeout=SECONDS)
    calm(app.run())
    calm(app.button_group(key="check_source").set_value("library").run())
    document = next(
        document for document in filled.documents().documents if document.name == "work-rules.pdf"
    )
    calm(app.selectbox(key="check_document").set_value(document.id).run())
    calm(app.multiselect(key="check_packs_library").set_value(["business-ja"]).run())
    app = pressed(app, words_of("en")("checks.go"))
    assert "work-rules-articles" in text(app)
    assert words_of("en").count("checks.rules_title", 17) in [expander.label for expander in app.expander]
    assert app.image or app.get("imgs")  # its first page with a finding
    app.session_state["shown in"] = "ja"
    app.run()
    assert words_of("ja")("checks.erase") in [button.label for button in app.button]
    assert "見出しがありません" in text(app) and len(filled.checks()) == 1


def test_an_approved_answer_is_written_on_the_screen_and_answers(filled: Backend) -> None:
    words = words_of("en")
    page = opened("faqs")
    calm(page.button(key="faq-write").click().run())
    page.text_input(key="faq_question").set_value(QUESTION)
    page.text_area(key="faq_answer").set_value("Within ten business days.")
    calm(page.button(key="faq-find").click().run())
    calm(page.button(key="faq-take-0").click().run())
    calm(page.button(key="faq-keep").click().run())
    assert words("faqs.kept_draft") in text(page) and "Within ten business days." in text(page)
    page = pressed(page, words("faqs.approve"))
    kept = filled.read("/api/faqs")["faqs"]
    assert [faq["state"] for faq in kept] == ["approved"] and len(kept[0]["sources"]) == 1
    page = pressed(page, words("faqs.change"))
    assert page.text_area(key="faq_answer").value == "Within ten business days."
    page.text_area(key="faq_answer").set_value("Within 10 business days.")
    calm(page.button(key="faq-keep").click().run())
    kept = filled.read("/api/faqs")["faqs"]
    assert [(faq["state"], faq["answer"]) for faq in kept] == [("draft", "Within 10 business days.")]


def test_a_table_of_answers_is_taken_in(backend: Backend) -> None:
    page = opened("faqs")
    table = "question,answer\nWhen is lunch?,At noon.\n"
    page.file_uploader(key="faq_file").set_value(("faqs.csv", table.encode(), "text/csv")).run()
    calm(page.button(key="faq-import-go").click().run())
    assert words_of("en").count("faqs.imported", 1) in text(page)
    assert [faq["answer"] for faq in backend.read("/api/faqs")["faqs"]] == ["At noon."]


def test_models_say_whether_they_fit_and_a_download_that_fails_is_told(backend: Backend) -> None:
    words = words_of("en")
    page = opened("models")
    said = text(page)
    assert words("models.none_at_work") in said and words("models.too_big") not in said
    calm(page.checkbox(key="model_fits").uncheck().run())
    assert words("models.too_big") in text(page)


def test_a_question_set_is_added_asked_and_its_result_shown_by_kind(
    library: Library, backend: Backend
) -> None:
    words = words_of("en")
    page = opened("reports")
    calm(page.button_group(key="reports_part").set_value("evaluations").run())
    assert words("reports.no_evaluation") in text(page)
    row = {"qid": "1", "kind": "number", "question": "What does a lost card cost?", "facts": [["50 yuan"]]}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("docs/fees.md", "# Fees\n\nA lost card costs 50 yuan.\n")
        archive.writestr("questions.jsonl", json.dumps(row))
    page.file_uploader(key="question-set-0").set_value(
        ("office.zip", content.getvalue(), "application/zip")
    ).run()
    calm(page.button(key="add-set").click().run())
    assert "“office” has been added (1 question · 1 document)." in text(page)
    page = pressed(page, words("reports.go"))
    thread = library.evaluations._thread
    assert thread is not None
    thread.join(SECONDS)
    page = opened("reports")
    calm(page.button_group(key="reports_part").set_value("evaluations").run())
    said = text(page)
    assert words("reports.run_done", set="office") in said and words("reports.kind_complete") in said
    assert "number" in said and words("reports.all_kinds") in said and "100.0%" in said
    pressed_last(page, words("reports.remove"))
    assert backend.read("/api/evaluations")["evaluations"] == []


def test_a_draft_is_made_and_read_with_its_sources(filled: Backend) -> None:
    page = opened("drafts")
    calm(page.selectbox(key="draft_template").set_value("business-report-en").run())
    calm(page.button(key="draft-go").click().run())
    assert words_of("en")("drafts.need", labels="Title") in text(page)
    page.text_input(key="draft-business-report-en-title").set_value(QUESTION[0].lower() + QUESTION[1:-1])
    page.text_area(key="draft-own-business-report-en-background").set_value("Trips were dear last year.")
    calm(page.button(key="draft-go").click().run())
    drafting = page.session_state["desk"].draft.drafting
    assert drafting is None or drafting.wait(SECONDS)
    calm(page.run())
    draft = page.session_state["desk"].draft.draft
    assert draft is not None and [draft.id for draft in filled.drafts()] == [draft.id]
    said = text(page)
    assert {section.name: section.status for section in draft.sections} == {
        "background": "given",
        "findings": "quoted",
    }
    assert "Trips were dear last year." in said and "within 10 business days" in said
    assert filled.download(f"/api/drafts/{draft.id}/file")[:2] == b"PK"


def test_a_keeper_decides_which_copy_is_valid_and_takes_it_back(
    filled: Backend, library: Library, token: str
) -> None:
    rules = "".join(f"第{n}条　様式{n * 7}号を{n * 37 % 101}日以内に提出する。\n" for n in range(2, 40))
    add(library, "旅費規程.md", f"旅費規程\n承認: 山田太郎\n第1条　日当は3,000円とする。\n{rules}")
    add(library, "旅費規程案.md", f"旅費規程\n第1条　日当は2,500円とする。\n{rules}")
    words = words_of("ja")
    page = opened("upkeep", "ja")
    said = text(page)
    assert words("copies.likely") in said and words("copies.reason_named_draft", value="案") in said
    assert "3,000円" in said and "2,500円" in said  # what does not agree
    page = pressed(page, words("copies.choose"))
    assert words("copies.decided_now") in text(page) and words("copies.valid") in text(page)
    page = pressed(page, words("copies.undo"))
    assert words("copies.undone") in text(page) and words("copies.likely") in text(page)


def test_what_is_new_is_listed_and_a_feed_is_made_and_ended(filled: Backend) -> None:
    words = words_of("en")
    page = opened("news")
    assert "travel-expense-policy.pdf" in text(page) and words("news.digest_off") in text(page)
    document = filled.documents(name="travel-expense-policy.pdf").documents[0]
    beside = opened("documents", document=document.id)
    assert (
        beside.text_input(key="filter_name").value == document.name and beside.image
    )  # its first page is open
    page.text_input[0].set_value("my reader")
    page = pressed(page, words("news.feed_make"))
    assert "/feeds/feed_" in text(page)
    page = calm(page.run())
    assert "/feeds/feed_" not in text(page) and "my reader" in text(page)
    assert words("news.feed_ended") in text(pressed(page, words("news.feed_end")))
