"""An answer: quotes as cards at once, the model's proven sentences above them as they come, or the plain word
that the documents do not answer. What is shown of model and documents goes through `ui.markup`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from ui import markup
from ui.asking import Asking
from ui.desk import Desk, Place, Screen
from ui.language import Words, script_of
from ui.records import Answer, Citation, Struck

EVERY = 0.4  # seconds between two looks at an answer that is on its way

Again = Callable[[Screen, str], None]


def show(screen: Screen, open_desk: Desk, *, again: Again) -> None:
    """The answer on the desk, finished or on its way."""
    asking = open_desk.asking
    if asking is None:
        if open_desk.answer is not None:
            _heading(screen.words, open_desk.answer.question, open_desk.answer)
            _finished(screen, open_desk, open_desk.answer)
            _again(screen, open_desk.answer.question, again)
        return
    _heading(screen.words, asking.question)
    if asking.answer is not None and asking.ended:
        _finished(screen, open_desk, asking.answer)
        _again(screen, asking.question, again)
        return
    if not asking.ended:
        look = st.fragment(_on_its_way, run_every=EVERY)
        look(screen.words, asking, asking.quotes is not None)
    if asking.error is not None:
        st.html(markup.notice(screen.words.error(asking.error), "error", language=screen.words.language))
    if asking.quotes is not None:
        label = screen.words("ask.quotes" if asking.quotes.answers else "ask.nearest")
        _quotes(screen, open_desk, asking.quotes.citations, label)
    if asking.ended:
        _again(screen, asking.question, again)


def _heading(words: Words, question: str, past: Answer | None = None) -> None:
    language = script_of(question, words.language)
    st.html(f'<h1 class="asked" lang="{language}">{escape(question.strip())}</h1>')
    if past is not None and past.asked_at is not None:
        asked_at = words("ask.asked_at", date=words.date(past.asked_at))
        st.html(markup.block(asked_at, "quiet", language=words.language))


def _on_its_way(words: Words, asking: Asking, quotes_shown: bool) -> None:
    """What there is so far; the page is drawn anew when the quotes or the end have come."""
    if asking.ended or (asking.quotes is not None) != quotes_shown:
        st.rerun()
    if asking.quotes is None:
        _busy(words, words("ask.searching"))
        return
    sentences = [f"{one.text} {''.join(f'[{mark}]' for mark in one.marks)}" for one in asking.sentences]
    if sentences:
        _prose(words, " ".join(sentences), asking.quotes.language)
    waiting = asking.waiting
    if waiting is not None and waiting.ahead > 0:
        _busy(words, words.count("ask.waiting", waiting.ahead, seconds=round(waiting.seconds)))
    elif asking.quotes.answers:
        _busy(words, words("ask.writing"))
    if asking.struck:
        text = words.count("ask.struck", len(asking.struck))
        st.html(markup.block(text, "quiet", language=words.language))


def _busy(words: Words, text: str) -> None:
    st.html(f'<p class="busy" role="status" lang="{words.language}">{escape(text)}</p>')


def _prose(words: Words, text: str, language: str) -> None:
    label = markup.block(words("ask.answer"), "label", language=words.language, tag="h2")
    st.html(f'{label}<p class="answer">{markup.marked(text, language=language)}</p>')


def _finished(screen: Screen, open_desk: Desk, answer: Answer) -> None:
    words = screen.words
    citations, label = answer.citations, words("ask.quotes")
    if answer.status == "not_found":
        citations, label = answer.nearest, words("ask.nearest")
        explain = words("ask.not_found_explain")
        st.html(markup.notice(words("ask.not_found"), "warning", language=words.language, more=explain))
    elif answer.answer:
        _prose(words, answer.answer, answer.language)
        st.html(markup.block(words("ask.checked"), "quiet", language=words.language))
    else:
        label = words("ask.quoted")
    if answer.why:
        why = words.either("why", answer.why)
        st.html(markup.block(why, "calm", language=words.language))
    _quotes(screen, open_desk, citations, label)
    if answer.struck:
        _struck(words, answer.struck, answer.language)
    if answer.timings_ms:
        st.html(markup.block(_timings(words, answer), "timings", language=words.language))


def _quotes(screen: Screen, open_desk: Desk, citations: Sequence[Citation], label: str) -> None:
    words = screen.words
    if not citations:
        return
    st.html(markup.block(label, "label", language=words.language, tag="h2"))
    for citation in citations:
        opened = open_desk.place is not None and open_desk.place.citation == citation
        with st.container(border=True, gap="xsmall", key=f"quote-{citation.mark}{'-open' if opened else ''}"):
            st.html(
                markup.quote_card(
                    citation,
                    page=words("quote.page", page=citation.page),
                    ocr=words("quote.ocr"),
                    ocr_explain=words("quote.ocr_explain"),
                    reader=words.language,
                )
            )
            st.button(
                markup.plain(words("quote.show", mark=citation.mark, page=citation.page)),
                key=f"show-{citation.mark}",
                icon=":material/plagiarism:",
                type="primary" if opened else "secondary",
                on_click=_open,
                args=(open_desk, citation),
            )


def _open(open_desk: Desk, citation: Citation) -> None:
    open_desk.place = Place(citation, citation.page)


def _struck(words: Words, struck: Sequence[Struck], language: str) -> None:
    with st.expander(words.count("ask.struck", len(struck)), icon=":material/ink_eraser:"):
        st.html(markup.block(words("ask.struck_explain"), "quiet", language=words.language))
        for one in struck:
            flaw = words.either("flaw", one.flaw)
            st.html(
                f'<p class="struck"><s lang="{language}">{escape(one.text)}</s>'
                f' <span lang="{words.language}">{escape(flaw)}</span></p>'
            )


def _timings(words: Words, answer: Answer) -> str:
    spans = {name: words.duration(value) for name, value in answer.timings_ms.items()}
    known = {name: spans.get(name, "–") for name in ("search", "evidence", "first_token", "total")}
    key = "timings.line_model" if "first_token" in spans else "timings.line"
    return words(key, model=answer.model, **known)


def _again(screen: Screen, question: str, again: Again) -> None:
    st.button(
        screen.words("ask.again"),
        key="again",
        icon=":material/refresh:",
        type="tertiary",
        on_click=again,
        args=(screen, question),
    )
