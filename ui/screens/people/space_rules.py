"""The rules that a space's documents are held to: which there are, others to choose, and one's own by
upload."""

from __future__ import annotations

from typing import Any

import streamlit as st

from contract.people import SpaceOut
from ui import markup
from ui.client import BackendError
from ui.findings import pack_title
from ui.screens import actions
from ui.screens.documents import uploads
from ui.session_state import Screen

OWN = ["yml", "yaml", "csv", "tsv", "xlsx"]


def show(screen: Screen, space: SpaceOut) -> None:
    """The space's packs, and how another comes."""
    words = screen.words
    st.html(markup.block(words("spaces.rules_explain"), "quiet", language=words.language))
    held = screen.backend.read(f"/api/spaces/{space.id}/packs")
    for pack in held:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            title = pack["title"].get(words.language) or pack["title"].get("en") or pack["name"]
            text = f"{title} · {words.count('spaces.rule_count', pack['rules'])}"
            st.html(markup.block(text, "calm", language=words.language), width="stretch")
            st.button(
                words("spaces.take_away"), key=f"pack-{pack['id']}", type="tertiary",
                icon=":material/close:", on_click=_take, args=(screen, space.id, pack["id"]),
            )  # fmt: skip
    ships = screen.lately("packs", screen.backend.packs, seconds=60)
    names = {pack.id: pack_title(pack, words.language) for pack in ships if not pack.space}
    left = [name for name in names if name not in {pack["name"] for pack in held}]
    chosen = st.selectbox(
        words("spaces.rules_ready"), left, index=None, format_func=lambda name: names.get(name, name),
        placeholder=words("checks.packs_none"), key=f"space_pack_{space.id}",
    )  # fmt: skip
    st.html(uploads.wording(words, limit="checks.own_limit"))
    own = st.file_uploader(words("checks.own_file"), type=OWN, key=f"space_own_{space.id}")
    if not st.button(words("spaces.rules_add"), key=f"space-pack-go-{space.id}"):
        return
    if (chosen is None) == (own is None):
        st.html(markup.notice(words("spaces.rules_one"), "warning", language=words.language))
        return
    files = {"rules": (own.name, own.getvalue())} if own is not None else {}
    _add(screen, space, files, {"pack": chosen} if chosen is not None else {})


def _add(screen: Screen, space: SpaceOut, files: dict[str, tuple[str, bytes]], data: dict[str, Any]) -> None:
    words = screen.words
    try:
        screen.backend.post_file(f"/api/spaces/{space.id}/packs", files, data)
    except BackendError as error:
        st.html(markup.notice(words.error(error), "error", language=words.language))
        return
    screen.refresh("packs")
    st.session_state["deed"] = ("good", words("spaces.rules_added", name=space.name))
    st.rerun()


def _take(screen: Screen, space: str, pack: str) -> None:
    actions.do(screen, lambda: screen.backend.send("DELETE", f"/api/spaces/{space}/packs/{pack}"))
    screen.refresh("packs")
