"""Nothing goes out, as a capture of packets sees it: a day in a network whose one way out is watched."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from making import child_environment

from core.settings import PROJECT, load_settings

pytestmark = pytest.mark.engines

ALONE = ["unshare", "--user", "--map-root-user", "--net", "--mount"]
# What `capturing.control` sends. Where no name server takes the look-up, it is sent more than once.
SENT = {
    "tcp 203.0.113.77:443", "udp 203.0.113.77:9", "tcp 2001:db8::77:443", "udp 2001:db8::77:9",
    "udp 198.18.0.53:53 control.invalid",
}  # fmt: skip


def _missing() -> str:
    if sys.platform != "linux" or not all(shutil.which(name) for name in ("unshare", "ip", "mount")):
        return "it needs Linux with unshare and ip"
    if subprocess.run([*ALONE, "true"], capture_output=True).returncode != 0:
        return "this computer permits no network namespaces"
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "there is no /dev/net/tun here"
    if importlib.util.find_spec("playwright") is None or not shutil.which("chromium"):
        return "there is no browser to open the screens with: apt-get install chromium"
    return ""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    if problem := _missing():
        if os.environ.get("CI") == "true":
            pytest.fail(problem)
        pytest.skip(problem)
    folder = tmp_path_factory.mktemp("captured")
    order = [*ALONE, sys.executable, str(Path(__file__).parents[1] / "capturing.py"), str(folder)]
    environment = child_environment(SHOKO_MODELS=str(load_settings().models_folder))
    environment["PYTHONPATH"] = os.pathsep.join([str(PROJECT), str(Path(__file__).parents[1] / "ui")])
    done = subprocess.run(
        order, capture_output=True, text=True, cwd=PROJECT, env=environment, timeout=280, check=False
    )
    assert done.returncode == 0, done.stderr
    printed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return printed


def test_the_capture_sees_what_goes_out(report: dict[str, Any]) -> None:
    assert set(report["before"]) == set(report["after"]) == SENT


def test_nothing_goes_out_in_a_whole_day(report: dict[str, Any]) -> None:
    assert report["during"] == []
    assert set(report["hosts"]) - {""} == {
        "127.0.0.1"
    }  # what the pages asked, also by name; "": blobs and data


def test_the_day_was_a_whole_one(report: dict[str, Any]) -> None:
    assert report["chat_model"] != "none" and report["embedder"] != "none"
    assert "10 business days" in report["quote"] and "10 business days" in report["shown"]
    assert report["hits"] > 0 and report["draft"] == 200 and report["check"] == 200
    assert report["evaluated"]["questions"] == 1
