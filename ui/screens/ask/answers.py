"""An answer: quotes as cards at once, under them the model's proven sentences as they come, or the plain word
that the documents do not answer. What is shown of model and documents goes through `ui.markup`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import streamlit as st

from contract.answers import AnswerOut, CitationOut, OtherDayOut, StruckOut
from contract.overviews import OverviewOut
from contract.values import Certainty
from ui import copies, markup
from ui.asking import Asking
from ui.language import Words, script_of
from ui.places import force_text, place_text
from ui.render_queue import TURNS
from ui.screens.ask import computed, opinions, overviews, saving
from ui.session_state import Desk, OpenPage, Screen

EVERY = 0.4  # seconds between two looks at an answer that is on its way

Again = Callable[[Screen, str], None]

LISTED = 3  # sentences from which on each has a line of its own: steps and items are read one by one
_SENTENCE_END = re.compile(r"(?<=\]) +(?!\[)")


def show(screen: Screen, open_desk: Desk, *, again: Again) -> None:
    """The answer on the desk, finished or on its way."""
    asking = open_desk.asking
    _thread(screen, open_desk)
    if asking is None:
        if open_desk.answer is not None:
            _heading(screen.words, open_desk.answer.question, open_desk.answer)
            _finished(screen, open_desk, open_desk.answer, again)
        return
    _heading(screen.words, asking.question)
    # Looked at once: what comes while this is drawn is seen by the next look, and not passed over.
    ended, quotes = asking.ended, asking.quotes
    if asking.answer is not None and ended:
        _finished(screen, open_desk, asking.answer, again)
        return
    if quotes is not None:
        _looked_up(screen.words, asking.question, quotes.asked)
        _also_searched(screen.words, quotes.widened)
        if quotes.as_of is not None and quotes.other_days:
            said = _ended(screen.words, quotes.other_days)
            st.html(markup.notice(said, "info", language=screen.words.language))
        _not_agreeing(screen.words, quotes.conflicts)
        _doubtful(screen.words, quotes.certainty)
        computed.show(screen.words, quotes.computed, quotes.language)
    if not ended:
        # Streamlit loses a run now and then where many pages are drawn at once (its timer then asks for a
        # fragment that is gone): a script of the page presses this where nothing has moved for a while.
        st.button("…", key="look-again")
        look = st.fragment(_on_its_way, run_every=EVERY)
        look(screen.words, asking, quotes is not None)
    elif asking.error is not None:
        st.html(markup.notice(screen.words.error(asking.error), "error", language=screen.words.language))
    elif asking.stopped:
        _so_far(screen.words, asking)
        st.html(markup.notice(screen.words("ask.stopped"), "info", language=screen.words.language))
    if quotes is not None:
        label = screen.words("ask.quotes" if quotes.answers else "ask.nearest")
        _quotes(screen, open_desk, quotes.citations, label, quotes.overview)
    if ended:
        _again(screen, asking.question, again)


def _thread(screen: Screen, open_desk: Desk) -> None:
    """The questions before this one, each a way back to its answer."""
    if not open_desk.thread:
        return
    with st.container(key="thread", gap=None):
        for number, (question_id, question) in enumerate(open_desk.thread):
            st.button(
                markup.plain(markup.shortened(question, 80)),
                key=f"thread-{number}",
                icon=":material/subdirectory_arrow_right:",
                type="tertiary",
                on_click=_back_to,
                args=(screen, open_desk, number, question_id),
            )


def _back_to(screen: Screen, open_desk: Desk, number: int, question_id: str) -> None:
    answer = screen.backend.question(question_id)
    del open_desk.thread[number:]
    open_desk.put_away()
    open_desk.answer = answer


def _heading(words: Words, question: str, past: AnswerOut | None = None) -> None:
    language = script_of(question, words.language)
    st.html(f'<h1 class="asked" lang="{language}">{markup.escape(question.strip())}</h1>')
    if past is not None and past.asked_at is not None:
        asked_at = words("ask.asked_at", date=words.moment(past.asked_at))
        st.html(markup.block(asked_at, "quiet", language=words.language))


def _looked_up(words: Words, question: str, asked: str) -> None:
    """A follow-up was made whole: the reader sees what was truly looked up."""
    if asked and asked.strip() != question.strip():
        text = words("ask.looked_up", question=asked.strip())
        st.html(markup.block(text, "quiet", language=words.language))


def _also_searched(words: Words, widened: Sequence[str]) -> None:
    if widened:
        st.html(markup.also_searched(words, widened))


def _on_its_way(words: Words, asking: Asking, quotes_shown: bool) -> None:
    """What there is so far; the page is drawn anew when the quotes or the end have come."""
    if asking.ended or (asking.quotes is not None) != quotes_shown:
        st.rerun()
    asking.looks += 1
    st.html(f'<span class="looks" hidden data-looks="{asking.looks}"></span>')
    if asking.quotes is None:
        _busy(words, words("ask.searching"))
        st.html(markup.skeleton(3))
        return
    if not asking.quotes.writing:
        return  # the whole answer comes at once
    _so_far(words, asking)
    waiting = asking.waiting
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="on-its-way"):
        if waiting is not None and waiting.ahead > 0:
            _busy(words, words.count("ask.waiting", waiting.ahead, seconds=round(waiting.seconds)))
        else:
            _busy(words, words("ask.writing"))
        st.button(words("ask.stop"), key="stop", icon=":material/stop_circle:", on_click=asking.stop)


def _so_far(words: Words, asking: Asking) -> None:
    """The sentences that have come until now."""
    sentences = [
        f"{sentence.text} {''.join(f'[{mark}]' for mark in sentence.marks)}" for sentence in asking.sentences
    ]
    if sentences and asking.quotes is not None:
        _prose(words, " ".join(sentences), asking.quotes.language, asking.quotes.citations)
    if asking.struck:
        text = words.count("ask.struck", len(asking.struck))
        st.html(markup.block(text, "quiet", language=words.language))


def _busy(words: Words, text: str) -> None:
    st.html(f'<p class="busy" role="status" lang="{words.language}">{markup.escape(text)}</p>')


def _prose(
    words: Words, text: str, language: str, citations: Sequence[CitationOut], title: str = "ask.answer"
) -> None:
    names = {
        citation.mark: words("ask.mark", mark=citation.mark, title=citation.title or citation.document)
        for citation in citations
    }
    label = markup.block(words(title), "label", language=words.language, tag="h2")
    lines = _SENTENCE_END.split(text)
    if len(lines) < LISTED:
        lines = [text]
    body = "<br>".join(markup.marked(line, names, language=language) for line in lines)
    st.html(f'{label}<p class="answer">{body}</p>')


def _not_agreeing(words: Words, conflicts: Sequence[tuple[int, int]]) -> None:
    if conflicts:
        pairs = ", ".join(f"[{first}] ≠ [{other}]" for first, other in conflicts)
        text = words("ask.conflict", pairs=pairs)
        more = words("ask.conflict_explain")
        st.html(markup.notice(text, "warning", language=words.language, more=more))


def _doubtful(words: Words, certainty: Certainty) -> None:
    """Say of quotes that may answer that they only may."""
    if certainty is Certainty.MAYBE:
        st.html(markup.notice(words("ask.maybe"), "warning", language=words.language))


def _finished(screen: Screen, open_desk: Desk, answer: AnswerOut, again: Again) -> None:
    words = screen.words
    _looked_up(words, answer.question, answer.asked)
    _also_searched(words, answer.widened)
    if answer.as_of is not None:
        text = words("ask.as_of_asked", date=words.date(answer.as_of))
        st.html(markup.notice(text, "info", language=words.language, more=_ended(words, answer.other_days)))
    if answer.status == "not_found":
        _not_found(screen, answer)
        _other_days(screen, answer, again)
        _quotes(screen, open_desk, answer.nearest, words("ask.nearest"))
    else:
        _not_agreeing(words, answer.conflicts)
        _doubtful(words, answer.certainty)
        computed.show(words, answer.computed, answer.language)
        if answer.faq_id is not None:
            _approved(screen, open_desk, answer)
        else:
            _from_documents(screen, open_desk, answer)
    if answer.why and answer.why not in ("conflict", "computed"):
        st.html(markup.block(words.either("why", answer.why), "calm", language=words.language))
    if answer.struck:
        struck(words, answer.struck, answer.language)
    _deeds(screen, answer, again)
    opinions.show(screen, answer)
    if answer.timings_ms:
        with st.expander(words("timings.title")):
            st.html(markup.block(_timings(words, answer), "timings", language=words.language))


def _from_documents(screen: Screen, open_desk: Desk, answer: AnswerOut) -> None:
    """What a model wrote of the quotes, where one did, and under it the quotes: whoever asks reads the answer
    first and checks it then."""
    words = screen.words
    doubtful = answer.certainty is Certainty.MAYBE
    beside = answer.answer or doubtful or answer.computed is not None
    label = words("ask.quotes" if beside else "ask.quoted")
    if answer.answer:
        _prose(words, answer.answer, answer.language, answer.citations)
        how = "ask.translated" if answer.writing.get("translated") else "ask.checked"
        st.html(markup.block(words(how), "quiet", language=words.language))
    _quotes(screen, open_desk, answer.citations, label, answer.overview)


def _approved(screen: Screen, open_desk: Desk, answer: AnswerOut) -> None:
    """What a person wrote and stands for, and under it the quotes that it rests on."""
    words = screen.words
    if answer.answer:
        _prose(words, answer.answer, answer.language, answer.citations, "ask.approved_title")
        st.html(markup.block(approval(words, answer), "quiet", language=words.language))
    _quotes(screen, open_desk, answer.citations, words("ask.sources"), answer.overview)


def approval(words: Words, answer: AnswerOut) -> str:
    """Who stands for an approved answer, and since when."""
    if answer.approved is None or not answer.approved.by:
        return words("ask.approved_before")
    return words("ask.approved", name=answer.approved.by, date=words.date(answer.approved.at))


def _not_found(screen: Screen, answer: AnswerOut) -> None:
    words = screen.words
    explain = words("ask.not_found_explain" if answer.nearest else "ask.not_found_nothing")
    st.html(markup.notice(words("ask.not_found"), "warning", language=words.language, more=explain))
    opinions.tell(screen, answer)


def _ended(words: Words, others: Sequence[OtherDayOut]) -> str:
    """That what is shown is of a document that has ended, where nobody asked about that day."""
    return " ".join(
        words("ask.ended_shown", title=other.title, date=words.date(other.day)) for other in others
    )


def _other_days(screen: Screen, answer: AnswerOut, again: Again) -> None:
    """Documents that are not in force today and would answer, each with a button that asks as of its day."""
    words = screen.words
    for number, other in enumerate(answer.other_days):
        ended = other.in_force_until == other.day
        said = words(
            "ask.ended_on" if ended else "ask.begins_on", title=other.title, date=words.date(other.day)
        )
        st.html(markup.notice(said, "info", language=words.language))
        st.button(
            markup.plain(words("ask.ask_as_of", date=words.date(other.day))),
            key=f"other-day-{number}",
            icon=":material/event:",
            type="tertiary",
            on_click=_ask_as_of,
            args=(screen, answer.asked, other, again),
        )


def _ask_as_of(screen: Screen, question: str, other: OtherDayOut, again: Again) -> None:
    st.session_state["ask_as_of"] = other.day
    again(screen, question)


def _quotes(
    screen: Screen,
    open_desk: Desk,
    citations: Sequence[CitationOut],
    label: str,
    overview: OverviewOut | None = None,
) -> None:
    if not citations:
        return
    st.html(markup.block(label, "label", language=screen.words.language, tag="h2"))
    others = overviews.show(screen, overview, citations, open_desk.place, open_desk.open)
    quote_cards(screen, others, open_desk.place, open_desk.open)


def quote_cards(
    screen: Screen,
    citations: Sequence[CitationOut],
    place: OpenPage | None,
    open_: Callable[[CitationOut], None],
) -> None:
    """A card for each quote; `open_` is told whose page is wanted, and `place` is the page that is open."""
    words = screen.words
    spaces = {citation.space for citation in citations}
    tell_space = "" not in spaces and (len(spaces) > 1 or len(screen.spaces()) > 1)
    for citation in citations:
        opened = place is not None and place.citation == citation
        with st.container(border=True, gap="xsmall", key=f"quote-{citation.mark}{'-open' if opened else ''}"):
            where = place_text(words, citation.place, citation.page)
            st.html(
                markup.quote_card(
                    citation,
                    words,
                    place=where,
                    force=force_text(words, citation.in_force_from, citation.in_force_until),
                    space=words("quote.in_space", space=citation.space) if tell_space else "",
                    among=copies.badge(words, citation.standing),
                    below=copies.beside(words, citation),
                )
            )
            st.button(
                markup.plain(words("quote.show", mark=citation.mark, place=where)),
                key=f"show-{citation.mark}",
                icon=":material/plagiarism:",
                type="tertiary",
                on_click=open_,
                args=(citation,),
            )
        if place is None or not place.wanted:  # a page that somebody clicked for is awaited too
            TURNS.step_back()  # one quote is there to be read: those who wait for their first go before


def struck(words: Words, sentences: Sequence[StruckOut], language: str) -> None:
    """The sentences that did not pass, each with the reason."""
    with st.expander(words.count("ask.struck", len(sentences)), icon=":material/ink_eraser:"):
        st.html(markup.block(words("ask.struck_explain"), "quiet", language=words.language))
        for sentence in sentences:
            flaw = words.either("flaw", sentence.flaw)
            st.html(
                f'<p class="struck"><s lang="{language}">{markup.escape(sentence.text)}</s>'
                f' <span lang="{words.language}">{markup.escape(flaw)}</span></p>'
            )


def _timings(words: Words, answer: AnswerOut) -> str:
    spans = {name: words.duration(value) for name, value in answer.timings_ms.items()}
    known = {name: spans.get(name, "–") for name in ("search", "evidence", "first_token", "total")}
    key = "timings.line_model" if "first_token" in spans else "timings.line"
    return words(key, model=answer.model, **known)


def _deeds(screen: Screen, answer: AnswerOut, again: Again) -> None:
    """What one does with an answer: copy it with its sources, print it, ask once more."""
    words = screen.words
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="deeds"):
        if answer.citations:
            st.button(words("copy.button"), key="copy", icon=":material/content_copy:", type="tertiary")
        st.button(words("print.button"), key="print", icon=":material/print:", type="tertiary")
        saving.show(screen, answer)
        _again(screen, answer.question, again)
    st.html(
        markup.copied(
            opinions.with_sources(words, answer),
            done=words("copy.done"),
            failed=words("copy.failed"),
            language=words.language,
        )
    )


def _again(screen: Screen, question: str, again: Again) -> None:
    st.button(
        screen.words("ask.again"),
        key="again",
        icon=":material/refresh:",
        type="tertiary",
        on_click=again,
        args=(screen, question),
    )
