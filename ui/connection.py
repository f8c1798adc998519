"""How the screens of one browser reach the back-end: its address from SHOKO_API, who asks from the cookie."""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit

import httpx
import streamlit as st

from ui.client import Backend

COOKIE = "shoko_session"
DEFAULT_API = "http://127.0.0.1:8750"
_EVERYWHERE = {"0.0.0.0", "::", ""}  # an address to listen on, not one to open
_SECRET = re.compile(r"[A-Za-z0-9_-]{20,200}")
_LINK = re.compile(r"/sign-in/([A-Za-z0-9_-]{20,200})/?$")


def api_address() -> str:
    """Where the back-end is, as seen from this process."""
    return os.environ.get("SHOKO_API", DEFAULT_API)


def open_http() -> httpx.Client:
    """A client of the back-end, without any token."""
    return httpx.Client(base_url=api_address(), trust_env=False)  # no proxy for this computer's own ports


def token() -> str:
    """The browser's token, or empty. The cookie is HttpOnly: only this side of the connection sees it."""
    return str(st.context.cookies.get(COOKIE, ""))


def backend() -> Backend:
    """This browser session's way to the back-end. Its client is its own, so no token can reach another."""
    if "backend" not in st.session_state:
        st.session_state["backend"] = Backend(open_http(), token())
    found: Backend = st.session_state["backend"]
    return found


def secret_of(pasted: str) -> str:
    """The secret in a pasted one-time link, or empty. The bare secret will do too."""
    text = pasted.strip()
    if found := _LINK.search(urlsplit(text).path):
        return found.group(1)
    return text if _SECRET.fullmatch(text) else ""


def sign_in_address(secret: str, opened_at: str) -> str:
    """Where this browser must go to be signed in: the back-end itself sets the cookie there.

    `opened_at` is the address of this page: its host counts where the back-end listens on all addresses.
    """
    api = urlsplit(api_address())
    host = api.hostname or ""
    if host in _EVERYWHERE:
        host = urlsplit(opened_at).hostname or "127.0.0.1"
    if ":" in host:
        host = f"[{host}]"
    return f"{api.scheme}://{host}:{api.port or 80}/sign-in/{secret}"
