"""Answers as streams of server-sent events, which end when the asker leaves.

Why not FastAPI's own responses: docs/decisions/0018-event-streams-of-our-own.md.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Generator
from typing import Any

import anyio
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from starlette.types import Receive, Scope, Send

from api.render import error_values
from core.errors import ShokoError

log = logging.getLogger("shoko.api")

Event = tuple[str, dict[str, Any]]  # its name and its data


class EventStream(StreamingResponse):
    """A stream of events whose generator is closed when the asker leaves: left to itself it would hold its
    place before the model until Python happens to collect it."""

    def __init__(self, events: Generator[bytes, None, None]) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(events, media_type="text/event-stream", headers=headers)
        self.events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events, to their end or until the asker leaves."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(self.events.close)


def encoded(events: Generator[Event, None, None], what: str) -> Generator[bytes, None, None]:
    """Events as their bytes on the wire. A failure becomes an `error` event, since the stream has begun and
    no status can be sent any more; `what` names in the log what broke off."""
    try:
        for name, data in events:
            yield event_bytes(name, data)
    except ShokoError as error:
        yield event_bytes("error", error_values(error))
    except Exception as error:  # nobody else can tell the asker
        log.exception("%s broke off", what)
        yield event_bytes("error", error_values(error))
    finally:
        events.close()


def event_bytes(name: str | None, data: dict[str, Any]) -> bytes:
    """A server-sent event; OpenAI's have no name."""
    # Only ASCII: clients that split lines as Python does would cut the data at U+2028 or U+0085.
    return format_sse_event(event=name, data_str=json.dumps(data))
