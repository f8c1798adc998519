"""The screens' process: guarded like every other, and gone with the process that started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from making import child_environment

from core.settings import PROJECT


def test_a_module_that_is_not_ours_runs_under_the_guard(tmp_path: Path) -> None:
    (tmp_path / "visitor.py").write_text(
        "import socket, sys\n"
        "from core.errors import ConnectionRefusedByPolicy\n"
        "try:\n"
        "    socket.create_connection(('192.0.2.1', 80), timeout=0.01)\n"
        "except ConnectionRefusedByPolicy:\n"
        "    print('blocked', sys.argv[1:])\n"
    )
    environment = child_environment() | {"PYTHONPATH": f"{PROJECT}{os.pathsep}{tmp_path}"}
    order = [sys.executable, "-m", "core.guarded", "", "visitor", "run", "--x"]
    done = subprocess.run(order, capture_output=True, text=True, env=environment, timeout=240)
    assert done.stdout.strip() == "blocked ['run', '--x']", done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the parent is looked at every two seconds")
def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    (tmp_path / "sleeper.py").write_text("import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(600)\n")
    environment = child_environment() | {"PYTHONPATH": f"{PROJECT}{os.pathsep}{tmp_path}"}
    start = "import subprocess, sys\n"
    start += "subprocess.Popen([sys.executable, '-m', 'core.guarded', '', 'sleeper']).wait()"
    parent = subprocess.Popen([sys.executable, "-c", start], stdout=subprocess.PIPE, env=environment)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    for _ in range(600):
        try:
            state = Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            return
        if state == "Z":
            return  # ended; whoever adopted it has not asked yet
        time.sleep(0.1)
    os.kill(child, signal.SIGKILL)
    raise AssertionError("the child outlived its parent")
