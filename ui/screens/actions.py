"""What the pages of administration share: doing something with a word on how it went, and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import streamlit as st

from ui import markup
from ui.client import BackendError
from ui.session_state import Screen


def title(screen: Screen, page: str) -> None:
    """The page's heading and a line on what it is for."""
    words = screen.words
    st.html(markup.block(words(f"pages.{page}"), "title", language=words.language, tag="h1"))
    st.html(markup.block(words(f"{page}.explain"), "quiet", language=words.language))


def part(screen: Screen, key: str) -> None:
    """The heading of a part of a page."""
    st.html(markup.block(screen.words(key), "label", language=screen.words.language, tag="h2"))


def do(screen: Screen, deed: Callable[[], Any], *, done: str = "") -> bool:
    """Do it; say what went wrong, or `done`. Whether it was done."""
    try:
        deed()
    except BackendError as error:
        st.session_state["deed"] = ("error", screen.words.error(error))
        return False
    if done:
        st.session_state["deed"] = ("good", done)
    return True


def send(screen: Screen, method: str, path: str, body: Any = None, *, done: str = "") -> bool:
    """Do it by sending JSON to a path below /api."""
    return do(screen, lambda: screen.backend.send(method, path, body), done=done)


def said(screen: Screen) -> None:
    """Show once how the last deed went."""
    kind, text = st.session_state.pop("deed", ("", ""))
    if text:
        with st.container(key="said"):  # a script of the page brings it into sight
            st.html(markup.notice(text, kind, language=screen.words.language))


def nothing(screen: Screen, key: str) -> None:
    """What to do first where there is nothing yet."""
    st.html(markup.notice(screen.words(key), "info", language=screen.words.language))


def table(screen: Screen, head: Sequence[str], rows: Iterable[Sequence[str]], *, style: str = "") -> None:
    """A table of texts; `head` are keys of its columns' names, `style` a class of `style.css`."""
    words = screen.words
    names = "".join(f'<th scope="col">{markup.escape(words(key))}</th>' for key in head)
    body = "".join(f"<tr>{''.join(f'<td>{markup.escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    st.html(
        f'<div class="wide"><table class="{style}" lang="{words.language}"><thead><tr>{names}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def page_of_report(screen: Screen, path: str, name: str, query: dict[str, str]) -> None:
    """A button that saves a report as a page (HTML)."""
    st.download_button(
        screen.words("reports.page"), data=lambda: screen.backend.download(path, **query), file_name=name,
        mime="text/html", icon=":material/download:", type="tertiary", on_click="ignore", key=f"page-{name}",
    )  # fmt: skip
