"""What the library takes on the disk, for administrators."""

from __future__ import annotations

import streamlit as st

from ui import markup
from ui.session_state import Screen


def show(screen: Screen) -> None:
    """The page."""
    words = screen.words
    disk = screen.backend.storage()
    st.html(markup.block(words("storage.title"), "title", language=words.language, tag="h1"))
    left, middle, right = st.columns(3)
    left.metric(words("storage.taken"), words.size(sum(part.bytes for part in disk.parts)), border=True)
    middle.metric(words("storage.free"), words.size(disk.free_bytes), border=True)
    right.metric(words("storage.total"), words.size(disk.total_bytes), border=True)
    if disk.free_bytes < disk.total_bytes * 0.1:
        st.html(markup.notice(words("storage.nearly_full"), "warning", language=words.language))
    most = max((part.bytes for part in disk.parts), default=1) or 1
    rows = "".join(
        f'<tr><th scope="row">{markup.escape(words(f"storage.{part.part}"))}</th>'
        f'<td class="bar"><span style="width:{100 * part.bytes / most:.1f}%"></span></td>'
        f'<td class="figure">{words.size(part.bytes)}</td>'
        f'<td class="figure">{words.number(part.files)}</td></tr>'
        for part in disk.parts
    )
    head = "".join(
        f'<th scope="col" class="{kind}">{markup.escape(words(f"storage.{name}"))}</th>'
        for name, kind in (("part", ""), ("share", "bar"), ("bytes", "figure"), ("files", "figure"))
    )
    st.html(
        f'<table class="figures" lang="{words.language}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )
