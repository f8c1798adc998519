"""The connections of the HTTP server: those that are held open without being used are ended.

A request must arrive at a least pace, its head has a limit, a response must be taken at all, and nobody holds
more than a share of the places. Uvicorn itself waits without end.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from api.errors import body, status_of
from core.egress import is_this_computer
from core.errors import BodyTooLarge, Crowded, ShokoError, TooSlow

if TYPE_CHECKING:
    from asyncio import TimerHandle, Transport

    from uvicorn.protocols.http.h11_impl import H11Protocol as Protocol  # the two have the same parts
else:
    Protocol = AutoHTTPProtocol

LOOK_SECONDS = 1.0  # from one look at a connection to the next
PHRASES = {408: "Request Timeout", 413: "Content Too Large", 503: "Service Unavailable"}


class Connection(Protocol):  # type: ignore[misc]  # uvicorn has no type for the one it chooses
    """One connection, looked at each second."""

    HEAD_SECONDS: ClassVar[float] = 20.0  # in which the head of a request must be there
    BODY_SECONDS: ClassVar[float] = 20.0  # in which that many seconds' worth of the least pace must come
    LEAST_PACE: ClassVar[int] = 1000  # bytes in a second
    MOST_HEAD: ClassVar[int] = 128 * 2**10  # bytes of a head: the longest question fills 48 kB of an address
    READ_SECONDS: ClassVar[float] = 60.0  # in which something of a response that waits must be taken
    MOST: ClassVar[int] = 400  # connections at once; each is a file to the system, which allows some 1,000
    MOST_OF_ONE: ClassVar[int] = 200  # of one other computer; a proxy has all of its people's

    _timer: TimerHandle | None = None
    _since = 0.0  # when the phase began that the connection is in
    _phase = "head"
    _taken = 0  # bytes that came in this phase
    _in_head = False  # whether a request's head has begun to come and is not there yet
    _head = 0  # bytes of that head
    _left = 0  # bytes of a response that waited at the last progress

    def connection_made(self, transport: Transport) -> None:
        """Take it up, where there is room."""
        super().connection_made(transport)
        self._since = time.monotonic()
        if not self._has_room():
            self._refuse(Crowded(waiting=len(self.connections), seconds=5))
            return
        self._timer = self.loop.call_later(LOOK_SECONDS, self._look)

    def _has_room(self) -> bool:
        """Whether it may stay. Where all places are taken, the one that has waited longest without a request
        gives its place up."""
        connections: list[Connection] = [other for other in self.connections if isinstance(other, Connection)]
        host = self._host
        of_host = Counter(other._host for other in connections)[host]
        if not is_this_computer(host) and of_host > self.MOST_OF_ONE:
            return False
        if len(connections) <= self.MOST:
            return True
        idle = [other for other in connections if other is not self and other._now_in() == "head"]
        if not idle:
            return False
        min(idle, key=lambda other: other._since).transport.abort()
        return True

    @property
    def _host(self) -> str:
        return self.client[0] if self.client else "127.0.0.1"

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A head begins; uvicorn's fastest parser tells it, and the other one limits heads itself."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._in_head = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Count what comes, and end a head that is longer than any that a program sends: uvicorn's fastest
        parser takes one of any length into memory, whoever sends it. What is left of a body that was answered
        before its end is no head."""
        self._taken += len(data)
        super().data_received(data)
        self._head = self._head + len(data) if self._in_head else 0
        if self._head > self.MOST_HEAD and not self.transport.is_closing():
            self._refuse(BodyTooLarge(limit=f"{self.MOST_HEAD // 2**10} kB"))

    def _now_in(self) -> str:
        """What the connection waits for: that its other end sends a request's head or body, or reads what
        waits to be sent; empty where it waits for us."""
        cycle: Any = self.cycle
        if self.transport.get_write_buffer_size() and (self.flow.write_paused or self.transport.is_closing()):
            return "read"
        if cycle is None or cycle.response_complete:
            return "head"
        return "body" if cycle.more_body and not self.flow.read_paused else ""

    def _look(self) -> None:
        self._timer = self.loop.call_later(LOOK_SECONDS, self._look)
        now, phase = time.monotonic(), self._now_in()
        left = self.transport.get_write_buffer_size()
        if phase != self._phase or (phase == "read" and left < self._left):
            self._phase, self._since, self._taken, self._left = phase, now, 0, left
            return
        self._left = left
        waited = now - self._since
        if phase == "head" and waited > self.HEAD_SECONDS:
            self._end()
        elif phase == "body" and waited > self.BODY_SECONDS:
            if self._taken < self.BODY_SECONDS * self.LEAST_PACE:
                self._end()
            self._since, self._taken = now, 0
        elif phase == "read" and waited > self.READ_SECONDS:
            self.transport.abort()

    def _end(self) -> None:
        """End a connection whose other end is too slow, and say so where nothing was said yet."""
        cycle: Any = self.cycle
        if cycle is not None and cycle.response_started:
            self.transport.abort()
        else:
            self._refuse(TooSlow())

    def _refuse(self, error: ShokoError) -> None:
        content = json.dumps(body(error.code, str(error), error.values)).encode()
        status = status_of(error)
        retry = "Retry-After: 5\r\n" if status == 503 else ""
        head = f"HTTP/1.1 {status} {PHRASES[status]}\r\nContent-Type: application/json\r\n{retry}"
        head += f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n"
        self.transport.write(head.encode() + content)
        self.transport.close()
