"""Writing an approved answer: the question, the answer, and the quotes of documents that it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from contract.answers import CitationOut
from ui import markup
from ui.client import BackendError
from ui.language import script_of
from ui.screens import actions
from ui.screens.days import here
from ui.session_state import Screen

FIELDS = ("faq_space", "faq_question", "faq_answer", "faq_wordings", "faq_until")
MOST_SOURCES = 10
MOST_ASKED, MOST_FOUND = 8, 10  # texts that sources are looked for with; sources that are shown


def begin(
    faq: Mapping[str, Any] | None = None, *, question: str = "", space: str = "", gap: str = ""
) -> None:
    """Begin to write: a new one, perhaps of that question, in that space and for that reported question, or
    that one anew."""
    faq = faq or {"question": question, "space_id": space}
    st.session_state["faq"] = {
        "space_id": faq.get("space_id", ""),
        "id": faq.get("id", ""),
        "gap": gap,
        "sources": list(faq.get("sources", [])),
        "found": None,
    }
    until = faq.get("valid_until")
    values = {
        "faq_space": faq.get("space_id") or None,
        "faq_question": faq.get("question", ""),
        "faq_answer": faq.get("answer", ""),
        "faq_wordings": "\n".join(faq.get("wordings", [])),
        "faq_until": date.fromisoformat(until) if until else None,
    }
    for name, value in values.items():
        if value is None and name == "faq_space":
            st.session_state.pop(name, None)
        else:
            st.session_state[name] = value


def end() -> None:
    """Put what was written away."""
    for name in ("faq", *FIELDS):
        st.session_state.pop(name, None)


def show(screen: Screen) -> None:
    """What is being written."""
    words = screen.words
    faq: dict[str, Any] = st.session_state["faq"]
    actions.part(screen, "faqs.change" if faq["id"] else "faqs.new")
    with st.container(border=True, key="faq-form"):
        spaces = {space.id: space.name for space in screen.spaces() if space.writable}
        if not faq["id"]:
            st.selectbox(
                words("faqs.space"),
                list(spaces),
                key="faq_space",
                format_func=lambda space: spaces.get(space, ""),
            )
        st.text_input(words("faqs.question"), key="faq_question", max_chars=2000)
        st.text_area(words("faqs.answer"), key="faq_answer", max_chars=8000, height=120)
        with st.container(horizontal=True, gap="small"):
            st.text_area(
                words("faqs.wordings"), key="faq_wordings", max_chars=4000, height=80, width="stretch"
            )
            st.date_input(words("faqs.until"), key="faq_until", format=here(), width=200)
        _sources(screen, faq)
        with st.container(horizontal=True, gap="small"):
            st.button(words("faqs.keep"), key="faq-keep", type="primary", on_click=_keep, args=(screen, faq))
            st.button(words("faqs.discard"), key="faq-discard", type="tertiary", on_click=end)


def _sources(screen: Screen, faq: dict[str, Any]) -> None:
    words = screen.words
    actions.part(screen, "faqs.sources")
    st.html(markup.block(words("faqs.sources_explain"), "quiet", language=words.language))
    for number, source in enumerate(faq["sources"]):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"source-{number}"):
            st.html(_quote(screen, source["document"], source["page"], source["quote"]), width="stretch")
            st.button(
                words("faqs.take_source_away"), key=f"faq-away-{number}", icon=":material/close:",
                type="tertiary", on_click=faq["sources"].pop, args=(number,),
            )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            words("faqs.find"), key="faq-find", icon=":material/search:", on_click=_find, args=(screen, faq)
        )
        st.html(markup.block(words("faqs.find_explain"), "quiet", language=words.language), width="content")
    if faq["found"] is None:
        return
    if not faq["found"]:
        st.html(markup.notice(words("faqs.no_quotes"), "warning", language=words.language))
    taken = {(source["document_id"], source["page"], source["quote"]) for source in faq["sources"]}
    for number, citation in enumerate(faq["found"]):
        sources = _sources_of(citation)
        if taken.issuperset((source["document_id"], source["page"], source["quote"]) for source in sources):
            continue
        with st.container(border=True, gap="xsmall", key=f"found-{number}"):
            st.html(_quote(screen, citation.document, citation.page, citation.quote))
            st.button(
                words("faqs.add_source"), key=f"faq-take-{number}", icon=":material/add:", type="tertiary",
                on_click=faq["sources"].extend, args=(sources,),
                disabled=len(faq["sources"]) + len(sources) > MOST_SOURCES,
            )  # fmt: skip


def _quote(screen: Screen, document: str, page: int, quote: str) -> str:
    reader = screen.words.language
    where = screen.words("faqs.source", document=document, page=page)
    return (
        f'<div class="quote"><div class="where" lang="{reader}">{markup.escaped(where)}</div>'
        f'<blockquote lang="{script_of(quote, reader)}">{markup.escaped(quote)}</blockquote></div>'
    )


def _sources_of(citation: CitationOut) -> list[dict[str, Any]]:
    """A source for each stretch of the quote: a source is one stretch of one page."""
    return [
        {
            "document": citation.document,
            "document_id": citation.document_id,
            "page": stretch.page,
            "start": stretch.start,
            "quote": stretch.text,
        }
        for stretch in citation.stretches
    ]


def _find(screen: Screen, faq: dict[str, Any]) -> None:
    """The quotes that the answer may rest on, in the space where it will stand: looked for with the question,
    with each of its wordings, and with the answer as it is typed; what more of them find comes first."""
    space = str(st.session_state.get("faq_space") or faq.get("space_id") or "")
    asked = _asked()
    if not asked:
        st.session_state["deed"] = ("warning", screen.words("faqs.need"))
        return
    ranks: dict[tuple[str, int, str], tuple[int, CitationOut]] = {}
    try:
        for text in asked[:MOST_ASKED]:
            body = {"text": text, "spaces": [space] if space else None}
            for row in screen.backend.send("POST", "/api/faqs/sources", body):
                citation = CitationOut.model_validate(row)
                key = (citation.document_id, citation.page, citation.quote)
                times, _ = ranks.get(key, (0, citation))
                ranks[key] = (times + 1, citation)
    except BackendError as error:
        st.session_state["deed"] = ("error", screen.words.error(error))
        return
    ranked = sorted(ranks.values(), key=lambda rank: -rank[0])  # stable: the question's own come first
    faq["found"] = [citation for _, citation in ranked][:MOST_FOUND]


def _asked() -> list[str]:
    """The question, its wordings and the answer, as they stand in the fields now."""
    wordings = str(st.session_state.get("faq_wordings") or "").splitlines()
    texts = [st.session_state.get("faq_question"), *wordings, st.session_state.get("faq_answer")]
    return list(dict.fromkeys(text for text in (str(text or "").strip() for text in texts) if text))


def _keep(screen: Screen, faq: dict[str, Any]) -> None:
    words = screen.words
    question, answer = (
        str(st.session_state.get(name) or "").strip() for name in ("faq_question", "faq_answer")
    )
    if not question or not answer:
        st.session_state["deed"] = ("warning", words("faqs.need"))
        return
    until = st.session_state.get("faq_until")
    body: dict[str, Any] = {
        "question": question,
        "answer": answer,
        "wordings": [
            line.strip() for line in str(st.session_state["faq_wordings"]).splitlines() if line.strip()
        ],
        "valid_until": until.isoformat() if isinstance(until, date) else None,
        "sources": [
            {name: source[name] for name in ("document_id", "page", "start", "quote")}
            for source in faq["sources"]
        ],
    }
    method, path = ("PUT", f"/api/faqs/{faq['id']}") if faq["id"] else ("POST", "/api/faqs")
    if not faq["id"]:
        body["space"] = st.session_state["faq_space"]
        if faq.get("gap"):
            body["gap"] = faq["gap"]
    if actions.send(screen, method, path, body, done=words("faqs.kept_draft")):
        end()
