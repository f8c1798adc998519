"""A real HTTP server over an application, in a thread of the test's process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

TICK_SECONDS = 0.5  # between two looks at the date that answers carry
START_SECONDS = 300


class _Server(uvicorn.Server):
    """One that says when it is up, and leaves when it is asked to, not at its next look."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = threading.Event()

    async def main_loop(self) -> None:
        self._loop, self._leave = asyncio.get_running_loop(), asyncio.Event()
        counter = 0
        await self.on_tick(counter)
        self.up.set()
        while not self._leave.is_set() and not self.should_exit:
            try:
                await asyncio.wait_for(self._leave.wait(), TICK_SECONDS)
            except TimeoutError:
                counter += 10  # ten of its own looks are a second, after which it writes the date anew
                await self.on_tick(counter)

    def leave(self) -> None:
        self.should_exit = True
        self._loop.call_soon_threadsafe(self._leave.set)

    def run_until_left(self) -> None:
        try:
            self.run()
        finally:
            self.up.set()  # it failed to start: nobody waits for it


@contextmanager
def served(app: Any, **config: Any) -> Iterator[str]:
    """The address of that application for the time of the block; `config` is uvicorn's."""
    given = {"host": "127.0.0.1", "port": 0, "log_level": "warning", "ws": "none"} | config
    server = _Server(uvicorn.Config(app, **given))
    thread = threading.Thread(target=server.run_until_left, daemon=True)
    thread.start()
    assert server.up.wait(START_SECONDS) and server.started
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.leave()
        thread.join()
