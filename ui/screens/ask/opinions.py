"""What the reader says of an answer: whether it helped and why not, and that an answer is missing."""

from __future__ import annotations

import streamlit as st

from contract.answers import AnswerOut, FeedbackOut
from contract.values import Certainty
from ui import markup
from ui.client import BackendError
from ui.language import Words
from ui.places import source_line
from ui.session_state import Screen, desk

REASONS = ("wrong", "incomplete", "outdated", "off_topic", "missing", "other")


def show(screen: Screen, answer: AnswerOut) -> None:
    """Two thumbs; the one that points down asks why."""
    words, opinions = screen.words, desk().opinions
    given = opinions.get(answer.question_id, answer.feedback)
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="opinion"):
        st.html(markup.block(words("feedback.ask"), "quiet", language=words.language), width="content")
        for helpful, icon in ((True, "thumb_up"), (False, "thumb_down")):
            chosen = given is not None and given.helpful == helpful
            st.button(
                words("feedback.helpful" if helpful else "feedback.not_helpful"),
                key=f"feedback-{'up' if helpful else 'down'}{'-given' if chosen else ''}",
                icon=f":material/{icon}:",
                type="primary" if chosen else "tertiary",
                on_click=_give,
                args=(screen, answer.question_id, helpful),
            )
    if given is not None and not given.helpful:
        _why(screen, answer.question_id, given)
    elif given is not None:
        st.html(markup.block(words("feedback.thanks"), "quiet", language=words.language))


def _why(screen: Screen, question_id: str, given: FeedbackOut) -> None:
    words = screen.words
    if given.reason:
        said = words("feedback.thanks_for", reason=words(f"feedback.{given.reason}"))
        st.html(markup.block(said, "quiet", language=words.language))
        return
    with st.form(f"why-{question_id}", border=True):
        reason = st.pills(
            words("feedback.why"), REASONS, format_func=lambda reason: words(f"feedback.{reason}"),
            key=f"reason-{question_id}",
        )  # fmt: skip
        comment = st.text_input(words("feedback.comment"), max_chars=1000, key=f"comment-{question_id}")
        if st.form_submit_button(words("feedback.send"), type="primary"):
            _give(screen, question_id, False, reason or "other", comment)
            st.rerun()


def _give(screen: Screen, question_id: str, helpful: bool, reason: str = "", comment: str = "") -> None:
    try:
        given = screen.backend.give_feedback(question_id, helpful, reason, comment)
    except BackendError as error:
        st.toast(markup.plain(screen.words.error(error)), icon=":material/error:")
        return
    desk().opinions[question_id] = given


def tell(screen: Screen, answer: AnswerOut) -> None:
    """A question without an answer can be told to those who manage a space."""
    words, spaces_told = screen.words, desk().told
    if answer.question_id in spaces_told:
        text = words("gap.told", space=spaces_told[answer.question_id])
        st.html(markup.notice(text, "good", language=words.language))
        return
    names = {space.id: space.name for space in screen.spaces()}
    if not names:
        return
    with st.popover(words("gap.button"), icon=":material/campaign:"):
        st.html(markup.block(words("gap.explain"), "calm", language=words.language))
        if len(names) > 1:
            st.selectbox(words("gap.space"), list(names), format_func=names.__getitem__, key="gap_space")
        st.text_area(words("gap.note"), max_chars=1000, key=_note_key(answer.question_id), height=80)
        st.button(
            words("gap.send"), key="gap-send", type="primary", on_click=_tell,
            args=(screen, answer.question_id, names),
        )  # fmt: skip


def _note_key(question_id: str) -> str:
    return f"gap_note_{question_id}"


def _tell(screen: Screen, question_id: str, names: dict[str, str]) -> None:
    """What stands in the fields is read now: a click may come before a page was drawn with what was typed."""
    space = str(st.session_state.get("gap_space") or next(iter(names)))
    name, note = names.get(space, ""), str(st.session_state.get(_note_key(question_id)) or "")
    try:
        screen.backend.tell_gap(question_id, space, note)
    except BackendError as error:
        st.toast(markup.plain(screen.words.error(error)), icon=":material/error:")
        return
    desk().told[question_id] = name


def with_sources(words: Words, answer: AnswerOut) -> str:
    """The answer as plain text with its quotes and their places, for a mail or a report."""
    lines = [answer.question]
    if answer.asked_at is not None:
        lines.append(words("ask.asked_at", date=words.moment(answer.asked_at)))
    if answer.as_of is not None:
        lines.append(words("ask.as_of_asked", date=words.date(answer.as_of)))
    if answer.conflicts:
        pairs = ", ".join(f"[{first}] ≠ [{second}]" for first, second in answer.conflicts)
        lines.append(words("ask.conflict", pairs=pairs))
    if answer.certainty is Certainty.MAYBE:
        lines.append(words("ask.maybe"))
    lines.append("")
    if answer.answer:
        lines += [answer.answer, ""]
    if answer.computed is not None:
        lines += [answer.computed.value, answer.computed.words, ""]
    for citation in answer.citations:
        lines += [
            f"> [{citation.mark}] {' '.join(citation.quote.split())}",
            f"    — {source_line(words, citation)}",
        ]
    return "\n".join(lines)
