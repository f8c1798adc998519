"""For who keeps a space: which documents overlap, contradict, are older than their successor, and are asked
for by nobody; and which of several copies holds."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from contract.copies import ContradictionOut, CopiesOut, CopyGroupOut, ListedDocument, SuccessorOut, UpkeepOut
from contract.people import SpaceOut
from ui import copies, markup
from ui.language import script_of
from ui.screens import actions
from ui.session_state import Screen

SHOWN = 50  # of each list


def show(screen: Screen) -> None:
    """The page."""
    words = screen.words
    actions.title(screen, "upkeep")
    actions.said(screen)
    spaces = {space.id: space for space in screen.backend.spaces() if space.managed}
    if not spaces:
        actions.nothing(screen, "upkeep.no_space")
        return
    chosen = st.selectbox(
        words("upkeep.space"), list(spaces), key="upkeep_space",
        format_func=lambda space: spaces[space].name if space in spaces else space,
    )  # fmt: skip
    if chosen is None:
        return
    space = spaces[chosen]
    with st.spinner(words("upkeep.looking")):
        state = UpkeepOut.model_validate(screen.backend.read(f"/api/spaces/{space.id}/upkeep"))
        known = CopiesOut.model_validate(screen.backend.read(f"/api/spaces/{space.id}/copies"))
    actions.part(screen, "upkeep.overlapping")
    _none(screen, state.overlapping)
    for group in state.overlapping[:SHOWN]:
        _group(screen, space, group)
    actions.part(screen, "upkeep.contradicting")
    _none(screen, state.contradicting)
    for pair in state.contradicting[:SHOWN]:
        _pair(screen, pair)
    actions.part(screen, "upkeep.outdated")
    _none(screen, state.outdated)
    for outdated in state.outdated[:SHOWN]:
        _successor(screen, outdated)
    actions.part(screen, "upkeep.unasked")
    text = words("upkeep.unasked_explain", days=state.unasked_days)
    st.html(markup.block(text, "quiet", language=words.language))
    _none(screen, state.unasked)
    for document in state.unasked[:SHOWN]:
        st.html(markup.block(_name(document), "calm", language=script_of(document.title, words.language)))
    decided = [group for group in known.groups if not group.open]
    if decided:
        actions.part(screen, "upkeep.decided")
    for group in decided[:SHOWN]:
        _group(screen, space, group)


def _none(screen: Screen, listed: Sequence[object]) -> None:
    if not listed:
        st.html(markup.block(screen.words("upkeep.none"), "calm", language=screen.words.language))
    elif len(listed) > SHOWN:
        more = screen.words.count("upkeep.more", len(listed) - SHOWN)
        st.html(markup.block(more, "quiet", language=screen.words.language))


def _name(document: ListedDocument) -> str:
    same = document.title == document.document
    return document.title if same else f"{document.title} · {document.document}"


def _group(screen: Screen, space: SpaceOut, group: CopyGroupOut) -> None:
    """Copies of one document: which is proposed and why, and the buttons that decide."""
    words = screen.words
    ids = [copy.document_id for copy in group.copies]
    with st.container(border=True, key=f"copies-{ids[0]}"):
        for copy in group.copies:
            mark = ""
            if copy.decided is not None and copy.decided.valid_id == copy.document_id:
                mark = markup.badge(words("copies.valid"), "good")
            elif group.open and group.likely == copy.document_id:
                mark = markup.badge(words("copies.likely"), "good")
            language = script_of(copy.title, words.language)
            st.html(
                f'<div class="quote"><div class="source"><span class="title" lang="{language}">'
                f'{markup.escape(copy.title)}</span> <span class="file">{markup.escape(copy.document)}</span>'
                f'{mark}</div><div class="where" lang="{words.language}">'
                f"{markup.escape(copies.reasons_text(words, copy.reasons))}</div></div>"
            )
            if group.open:
                st.button(
                    words("copies.choose"), key=f"valid-{copy.document_id}", type="tertiary",
                    icon=":material/verified:", on_click=_decide,
                    args=(screen, space.id, copy.document_id, ids),
                )  # fmt: skip
        if group.open:
            st.button(
                words("copies.apart"), key=f"apart-{ids[0]}", type="tertiary", icon=":material/call_split:",
                on_click=_decide, args=(screen, space.id, None, ids),
            )  # fmt: skip
            return
        decided = group.copies[0].decided
        if decided is not None:
            text = words("copies.decided", name=decided.by or "–", date=words.date(decided.at))
            st.html(markup.block(text, "quiet", language=words.language))
        st.button(
            words("copies.undo"), key=f"undo-{ids[0]}", type="tertiary", icon=":material/undo:",
            on_click=_undo, args=(screen, space.id, ids[0]),
        )  # fmt: skip


def _pair(screen: Screen, pair: ContradictionOut) -> None:
    words = screen.words
    with st.container(border=True):
        for said in (pair.one, pair.other):
            language = script_of(said.text, words.language)
            where = f"{_name(said)} · {words('copies.page', page=said.page)}"
            st.html(
                f'<div class="quote"><div class="where">{markup.escape(where)}</div>'
                f'<blockquote lang="{language}">{markup.escape(said.text)}</blockquote></div>'
            )


def _successor(screen: Screen, pair: SuccessorOut) -> None:
    words = screen.words
    reason = copies.reason_text(words, pair.reason)
    text = words("upkeep.followed", older=_name(pair.older), newer=_name(pair.newer), reason=reason)
    st.html(markup.block(text, "calm", language=words.language))


def _decide(screen: Screen, space: str, valid: str | None, ids: list[str]) -> None:
    order = {"valid": valid, "copies": ids}
    actions.send(screen, "PUT", f"/api/spaces/{space}/copies", order, done=screen.words("copies.decided_now"))


def _undo(screen: Screen, space: str, document: str) -> None:
    actions.send(
        screen, "DELETE", f"/api/spaces/{space}/copies/{document}", done=screen.words("copies.undone")
    )
