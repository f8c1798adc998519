"""What goes wrong while a page is drawn is told in its place, in the reader's words; the rest stays."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from ui import markup
from ui.client import BackendError
from ui.language import Words

log = logging.getLogger("shoko.ui")


@contextmanager
def told(words: Words) -> Iterator[None]:
    """Show an error of the block as a banner. An unexpected one is logged; its details stay in the log."""
    try:
        yield
    except BackendError as error:
        st.html(markup.notice(words.error(error), "error", language=words.language))
    except Exception:  # whatever it is, an employee must not read a stack trace
        log.exception("a page could not be drawn")
        st.html(markup.notice(words("frame.broken"), "error", language=words.language))
