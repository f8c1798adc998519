"""Nothing goes out: the report for an auditor, and the main paths in a network that has only loopback."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from making import child_environment

from core.settings import PROJECT

pytestmark = pytest.mark.engines

ORDER = [sys.executable, "-m", "cli.main", "doctor", "--egress"]


def run(order: list[str], report: Path) -> dict[str, object]:
    done = subprocess.run(
        [*order, str(report), "--data", str(report.parent / "data")],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env=child_environment(SHOKO_EMBEDDER="none"),
        timeout=200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    written: dict[str, object] = json.loads(report.with_suffix(".json").read_text())
    return written


def test_the_report_says_what_was_tried_and_that_it_was_blocked(tmp_path: Path) -> None:
    report = run(ORDER, tmp_path / "report.html")
    assert report["passed"] is True
    checks = {check["what"]: check["found"] for check in report["checks"]}  # type: ignore[attr-defined]
    assert checks["connections and look-ups that the main paths tried"] == "none"
    assert checks["back-end looks up shoko-asks-for-nobody.invalid"] == "blocked"
    assert checks["back-end to 192.0.2.1:443"] == checks["a child process to the same"] == "blocked"
    page = (tmp_path / "report.html").read_text()
    assert "Nothing goes out" in page and "WRONG" not in page


def namespace() -> list[str]:
    """The beginning of an order that runs in a network of its own, with loopback alone."""
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare here")
    order = ["unshare", "--user", "--map-root-user", "--net"]
    if subprocess.run([*order, "true"], capture_output=True).returncode != 0:
        pytest.skip("this computer permits no network namespaces")
    return order


def test_the_main_paths_run_where_there_is_no_network_at_all(tmp_path: Path) -> None:
    report = run([*namespace(), *ORDER], tmp_path / "report.html")
    assert report["passed"] is True
