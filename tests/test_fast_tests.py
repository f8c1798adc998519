"""What the mark `fast` says of a test is held to."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

pytestmark = pytest.mark.fast


def test_a_fast_test_starts_no_process() -> None:
    with pytest.raises(AssertionError, match=r"marked as fast, and asks for subprocess\.Popen"):
        subprocess.run([sys.executable, "--version"], check=False)


def test_a_fast_test_is_no_server() -> None:
    with socket.socket() as listener, pytest.raises(AssertionError, match=r"asks for socket\.bind"):
        listener.bind(("127.0.0.1", 0))
