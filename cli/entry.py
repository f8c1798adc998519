"""The first step of the installed command: Ctrl-C ends it quietly, even while the rest is being loaded."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

INTERRUPTED = 130  # as shells report it: 128 plus the signal's number


def main() -> None:
    """The entry point. Nothing is begun before the command itself runs, so there is nothing to tidy up."""
    signal.signal(signal.SIGINT, _leave)
    from cli.main import main as command

    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        command()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _leave(number: int, frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
