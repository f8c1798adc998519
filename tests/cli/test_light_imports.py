"""A check waits for no library that it does not use: those of the records, of settings, of HTTP."""

from __future__ import annotations

import subprocess
import sys

from tests.making import child_environment

HEAVY = ("sqlalchemy", "pydantic_settings", "httpx", "uvicorn", "fastapi", "numpy", "docx", "openpyxl")
SCRIPT = f"""
import sys
from cli.main import app
from checks.packs.loading import load_packs
from checks.packs.waivers import load_waivers
load_packs(["jtf"])
print([name for name in {HEAVY} if name in sys.modules])
"""


def test_a_check_imports_no_library_of_the_server() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=child_environment(), check=True
    )
    assert done.stdout.strip() == "[]"
