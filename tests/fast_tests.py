"""Fast tests are those of a pure function: no process, no server, no browser. Their mark is held to that, and
`-m fast` reads no file that has none of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

FORBIDDEN = (
    "subprocess.Popen",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.spawn",
    "os.exec",
    "socket.bind",
)


class _Watch:
    """Which fast test runs, for the one hook that Python lets nobody take out again."""

    running = ""

    def __init__(self) -> None:
        sys.addaudithook(self._seen)

    def _seen(self, event: str, _: object) -> None:
        if self.running and event in FORBIDDEN:
            raise AssertionError(f"{self.running} is marked as fast, and asks for {event}")


_watch = _Watch()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    if config.getoption("markexpr") != "fast" or not collection_path.match("test_*.py"):
        return None
    return "pytest.mark.fast" not in collection_path.read_text("utf-8") or None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _watch.running = item.nodeid if item.get_closest_marker("fast") else ""
    try:
        return (yield)
    finally:
        _watch.running = ""
