"""Ctrl-C in the first seconds, and a data folder that cannot be written: both are told plainly."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from making import child_environment

from core.settings import Settings
from operations.doctor import examine


@pytest.mark.parametrize("seconds", [0.2, 1.0])
def test_ctrl_c_in_the_first_moments_prints_no_trace(tmp_path: Path, seconds: float) -> None:
    order = [sys.executable, "-m", "cli.entry", "serve", "--data", str(tmp_path / "data"), "--model", "none"]
    environment = child_environment(SHOKO_PORT="0", SHOKO_UI_PORT="0", SHOKO_EMBEDDER="none")
    # Of its own session, since a test run without a terminal may have left Ctrl-C switched off.
    process = subprocess.Popen(
        order, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    time.sleep(seconds)  # when, is what is tried: any moment will do
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=240)
    # Before the program's first line it is Python itself that is interrupted.
    begun = b"cli/entry.py" in output or b"cli.entry" in output
    assert b"Traceback" not in output or not begun, output.decode()


def test_a_folder_that_cannot_be_written_is_told_with_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    remarks = examine(Settings(data=file / "below", model="none", embedder="none"))
    assert remarks[0].level == "fault" and str(file) in remarks[0].found and "--data" in remarks[0].fix
    assert {"memory", "disk"} <= {remark.what for remark in remarks}
    assert file.is_file()
