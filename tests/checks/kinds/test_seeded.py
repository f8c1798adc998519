"""The fault-seeded set: every fault is found, and nothing in the clean documents.

One language for each format here; all of them with `python -m bench.checks.checking seeded`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.checks import seeded

LANGUAGE = {"docx": "ja", "pdf": "zh", "xlsx": "en", "pptx": "ja"}


@pytest.mark.parametrize("form", LANGUAGE)
def test_every_fault_is_found_and_nothing_else(tmp_path: Path, form: str) -> None:
    def chosen(fault: str, wanted: str, language: str) -> bool:
        return wanted == form and language == LANGUAGE[form]

    outcome = seeded.run(tmp_path, chosen)
    assert outcome.missed == []
    assert outcome.false == []
    assert outcome.faults_found >= 5
