"""Runs another program's module under the guard, for a process that imports nothing of ours: the screens.

    python -m core.guarded HOST,HOST streamlit run app.py

Only those hosts and this computer can be reached from it, and it ends when the process that started it does.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys
import threading
import time

from core.egress import guard, silence_telemetry

PR_SET_PDEATHSIG = 1
LOOK_SECONDS = 2.0


def end_with_parent(parent: int) -> None:
    """Let this process end when its parent is gone, even if that was killed without a word."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True, name="parent").start()
    if os.getppid() != parent:  # it went before we could ask
        sys.exit(1)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Take the hosts and the module off the arguments, and run it."""
    end_with_parent(os.getppid())
    hosts, module = sys.argv[1], sys.argv[2]
    silence_telemetry()
    guard(hosts.split(","))
    sys.argv = [module, *sys.argv[3:]]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
