"""The desk of approved answers: what answers without a search, what waits for review, what people miss."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ui import markup
from ui.desk import Screen
from ui.language import script_of
from ui.screens import deeds

STATES = {"approved": "good", "draft": "calm", "review": "warning", "withdrawn": "calm"}


def show(screen: Screen) -> None:
    """The page."""
    words = screen.words
    deeds.title(screen, "faqs")
    deeds.said(screen)
    kept, wanted = st.tabs([words("faqs.kept"), words("faqs.candidates")])
    writable = {space.id for space in screen.spaces() if space.writable}
    with kept:
        found = screen.backend.read("/api/faqs")["faqs"]
        if not found:
            deeds.nothing(screen, "faqs.none")
        for faq in found:
            _faq(screen, faq, faq["space_id"] in writable)
    with wanted:
        _candidates(screen)


def _faq(screen: Screen, faq: dict[str, Any], writable: bool) -> None:
    words = screen.words
    state = faq["state"]
    label = words(f"faqs.{state}") if words.has(f"faqs.{state}") else state
    facts = [faq["space"], faq["owner"], words.count("faqs.served", faq["served"])]
    if faq["valid_until"]:
        facts.append(words("quote.in_force_until", date=faq["valid_until"]))
    with st.container(border=True, key=f"faq-{faq['id']}"):
        st.html(
            f'<div class="document"><span class="title" lang="{script_of(faq["question"], words.language)}">'
            f"{markup.escaped(faq['question'])}</span> {markup.badge(label, STATES.get(state, 'calm'))}"
            f'<div class="calm" lang="{script_of(faq["answer"], words.language)}">'
            f"{markup.escaped(faq['answer'])}</div>"
            f'<div class="where" lang="{words.language}">'
            f"{markup.escaped(' · '.join(fact for fact in facts if fact))}</div></div>"
        )
        if state == "review" and faq["reason"]:
            st.html(markup.block(words("faqs.look_again"), "quiet", language=words.language))
        if not writable:
            return
        with st.container(horizontal=True, gap="small"):
            for deed, icon in (("approve", "check"), ("withdraw", "undo")):
                if (deed == "approve") != (state == "approved"):
                    st.button(
                        words(f"faqs.{deed}"), key=f"{deed}-{faq['id']}", icon=f":material/{icon}:",
                        type="tertiary", on_click=_do, args=(screen, "POST", f"/api/faqs/{faq['id']}/{deed}"),
                    )  # fmt: skip
            st.button(
                words("streamlit.delete"), key=f"delete-{faq['id']}", icon=":material/delete:",
                type="tertiary", on_click=_do, args=(screen, "DELETE", f"/api/faqs/{faq['id']}"),
            )  # fmt: skip


def _do(screen: Screen, method: str, path: str) -> None:
    deeds.do(screen, lambda: screen.backend.send(method, path))


def _candidates(screen: Screen) -> None:
    found = screen.backend.read("/api/faqs/candidates")["candidates"]
    if not found:
        deeds.nothing(screen, "faqs.candidates_none")
        return
    deeds.table(
        screen,
        ("faqs.question", "faqs.people", "faqs.unanswered", "faqs.unhelpful"),
        (
            (one["question"], str(one["people"]), str(one["unanswered"]), str(one["unhelpful"]))
            for one in found
        ),
    )
