"""The question box for pages of the intranet: a web component, and the page in its frame.

Only pages of the origins that the company named may frame it; it is not there where none is named. The page
asks the API as any browser does, in the rights of who is signed in, or of the key that the page around gives.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from api.deps import LibraryDep
from api.errors import REFUSALS
from core.errors import NotFound
from operations.library import Library

router = APIRouter(tags=["embed"], responses=REFUSALS)
FOLDER = Path(__file__).parents[2] / "embedded"
MEDIA_TYPES = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}
Part = Literal["shoko-ask.js", "page.js", "page.css"]


@router.get("/embed", summary="The question box in its frame", response_class=HTMLResponse)
def page(library: LibraryDep) -> HTMLResponse:
    """For a frame in pages of SHOKO_EMBED_ORIGINS. It holds no word of a document before somebody asks."""
    origins = _origins(library)
    settings = json.dumps({"origins": origins, "screens": library.settings.screens}).replace("<", "\\u003c")
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none';"
        f" form-action 'none'; frame-ancestors {' '.join(origins)}"
    )
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
    return HTMLResponse(_file("page.html").replace("SETTINGS", settings, 1), headers=headers)


@router.get("/embed/{part}", summary="A script or style of the question box", response_class=Response)
def part(library: LibraryDep, part: Part) -> Response:
    """`shoko-ask.js` is what pages of the intranet load."""
    _origins(library)
    headers = {"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "no-cache"}
    return Response(_file(part), media_type=MEDIA_TYPES[part.rpartition(".")[2]], headers=headers)


def _origins(library: Library) -> list[str]:
    """The origins whose pages may frame the box. Raises NotFound where there are none."""
    named = [address.strip() for address in library.settings.embed_origins.split(",") if address.strip()]
    origins = [origin for address in named if (origin := _origin(address))]
    if not origins:
        raise NotFound(what="page", name="/embed")
    return origins


def _origin(address: str) -> str:
    """The origin of an address; empty where it is none, so that nothing else gets into the header."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    plain = host.replace("-", "").replace(".", "").replace(":", "")
    if parts.scheme not in ("http", "https") or not plain.isalnum() or not plain.isascii():
        return ""
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else "")


@cache
def _file(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")
