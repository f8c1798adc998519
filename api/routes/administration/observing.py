"""What a monitor asks: whether the back-end is ready, and its figures."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

from fastapi import APIRouter, Cookie, Depends, Header, Request, Response
from fastapi.concurrency import run_in_threadpool

from api.deps import LibraryDep, signed_in, token
from api.errors import REFUSALS
from contract.system import Ready
from core.egress import is_this_computer
from core.errors import NotFound, NotPermitted
from core.observing.metrics import CONTENT_TYPE
from operations.figures import metrics, unready

router = APIRouter(responses=REFUSALS)
NOT_READY: dict[int | str, dict[str, Any]] = {503: {"model": Ready}}
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
_THREADS = ThreadPoolExecutor(2, thread_name_prefix="ready")


@router.get("/ready", summary="Whether questions are answered", tags=["system"], responses=NOT_READY)
async def ready(library: LibraryDep, response: Response) -> Ready:
    """503 where something is lacking. Open to all: it names parts and no document."""
    lacking = await asyncio.get_running_loop().run_in_executor(_THREADS, unready, library)
    if lacking:
        response.status_code = 503
    return Ready(ready=not lacking, lacking=lacking)


async def may_read(
    request: Request,
    library: LibraryDep,
    authorization: Annotated[str | None, Header()] = None,
    shoko_session: Annotated[str | None, Cookie()] = None,
) -> None:
    """Raises NotFound, NotSignedIn or NotPermitted, as the setting says who may read the figures."""
    if library.settings.metrics == "off":
        raise NotFound(what="page", name="metrics")
    if library.settings.metrics == "loopback" and _from_here(request):
        return
    given = await token(request, library, authorization, shoko_session)
    _, access = await run_in_threadpool(signed_in, request, library, given)
    if not access.is_admin:
        raise NotPermitted(action="administer", space="*")


def _from_here(request: Request) -> bool:
    """Whether the request is of this computer itself: none that a proxy on it hands on."""
    host = request.client.host if request.client else "?"
    return is_this_computer(host) and not any(name in request.headers for name in FORWARDED)


@router.get(
    "/metrics", summary="Figures for Prometheus", tags=["metrics"], dependencies=[Depends(may_read)],
    response_class=Response, responses={200: {"content": {"text/plain": {}}}},
)  # fmt: skip
def figures(library: LibraryDep) -> Response:
    """Counts, times and sizes in Prometheus' text form. No word, name or id is in them. For administrators,
    or as SHOKO_METRICS says."""
    return Response(metrics(library), media_type=CONTENT_TYPE)
