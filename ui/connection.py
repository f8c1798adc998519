"""How the screens of one browser reach the back-end: its address from SHOKO_API, who asks from the cookie."""

from __future__ import annotations

import functools
import os
import re
import ssl
from urllib.parse import urlsplit

import httpx
import streamlit as st

from ui.client import Backend
from ui.render_queue import TURNS, Yielding

COOKIE = "shoko_session"
DEFAULT_API = "http://127.0.0.1:8750"
_SECRET = re.compile(r"[A-Za-z0-9_-]{20,200}")
_LINK = re.compile(r"/sign-in/([A-Za-z0-9_-]{20,200})/?$")


def api_address() -> str:
    """Where the back-end is, as seen from this process."""
    return os.environ.get("SHOKO_API", DEFAULT_API)


def open_http() -> httpx.Client:
    """A client of the back-end, without any token."""
    # Its own transport, thus no proxy: there is none for this computer's own ports.
    way = Yielding(TURNS, verify=_trusted(), trust_env=False)
    return httpx.Client(base_url=api_address(), transport=way, trust_env=False)


@functools.cache
def _trusted() -> ssl.SSLContext:
    """The authorities whose certificates count, for all browsers: to read them takes .05 s."""
    return httpx.create_ssl_context(trust_env=False)


def token() -> str:
    """The browser's token, or empty. The cookie is HttpOnly: only this side of the connection sees it.

    Also empty where a page that is not ours opened the connection. A browser sends its cookies along whatever
    page asks, and Streamlit lets in every page of this host, whatever its port.
    """
    headers = st.context.headers
    if not is_own_page(headers.get("Origin"), headers.get("Host"), os.environ.get("SHOKO_SCREENS", "")):
        return ""
    return str(st.context.cookies.get(COOKIE, ""))


def is_own_page(origin: str | None, host: str | None, screens: str) -> bool:
    """Whether a connection that says these is of the screens' own page: at the host that it asks for, or at
    the address by which people reach them. A program sends no origin."""
    if origin is None:
        return True
    return urlsplit(origin).netloc in {host, urlsplit(screens).netloc} - {None, ""}


def backend() -> Backend:
    """This browser session's way to the back-end. Its client is its own, so no token can reach another."""
    if "backend" not in st.session_state:
        st.session_state["backend"] = Backend(open_http(), token())
    kept: Backend = st.session_state["backend"]
    return kept


def secret_of(pasted: str) -> str:
    """The secret in a pasted one-time link, or empty. The bare secret will do too."""
    text = pasted.strip()
    try:
        parts = urlsplit(text)
        _ = parts.port  # ValueError where it is no number
    except ValueError:
        return ""
    if match := _LINK.search(parts.path):
        return match.group(1)
    return text if _SECRET.fullmatch(text) else ""


LOOPBACK = ("localhost", "::1")


def is_of_this_computer(address: str) -> bool:
    """Whether nobody but this computer reaches that address."""
    host = urlsplit(address).hostname or ""
    return host in LOOPBACK or host.startswith("127.")


def address_for_others(link: str, opened_at: str) -> str:
    """The link with the host by which this page was reached, where its own is this computer's alone: whoever
    reaches the page by a name reaches the link by it too."""
    parts, page = urlsplit(link), urlsplit(opened_at)
    if not is_of_this_computer(link) or not page.hostname or is_of_this_computer(opened_at):
        return link
    host = f"[{page.hostname}]" if ":" in page.hostname else page.hostname
    return parts._replace(netloc=f"{host}:{parts.port}" if parts.port else host).geturl()


def sign_in_address(pasted: str, opened_at: str) -> str:
    """Where this browser must go to be signed in: the back-end itself sets the cookie there. Empty where
    nothing of what was pasted is a secret.

    It is always the host of this page, `opened_at`, so that no pasted address leads a browser elsewhere and
    the cookie holds here too. The port is the link's; its scheme too where it names this host.
    """
    secret = secret_of(pasted)
    if not secret:
        return ""
    link, api, page = urlsplit(pasted.strip()), urlsplit(api_address()), urlsplit(opened_at)
    host = page.hostname or api.hostname or "127.0.0.1"
    scheme = "https" if link.scheme == "https" and link.hostname == host else "http"
    port = link.port if link.hostname else api.port
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}{f':{port}' if port else ''}/sign-in/{secret}"
