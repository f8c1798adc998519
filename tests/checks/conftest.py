"""Documents of each format, made for a test: real files, small."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checks.document.document import CheckedDocument
from checks.findings import CheckReport, Finding
from checks.packs.loading import load_pack
from checks.packs.pack import Pack
from checks.readers.markdown import read_markdown
from checks.service.runner import run_pack


@pytest.fixture
def pack(tmp_path: Path) -> Callable[[str], Pack]:
    """A pack of the rules given as YAML."""

    def made(rules: str, head: str = "") -> Pack:
        file = tmp_path / "pack.yml"
        lines = "\n".join(f"  {line}" for line in rules.strip("\n").splitlines())
        file.write_text(f"version: 1\npack: test\n{head}\nrules:\n{lines}\n", encoding="utf-8")
        return load_pack(file)

    return made


@pytest.fixture
def checked(pack: Callable[..., Pack]) -> Callable[..., list[Finding]]:
    """The findings of one rule in a Markdown text, or in a document."""

    def run(rule: str, document: str | CheckedDocument, **given: Any) -> list[Finding]:
        return list(report_of(pack(rule), document, **given).findings)

    return run


def report_of(pack: Pack, document: str | CheckedDocument, **given: Any) -> CheckReport:
    """The report on a Markdown text, or on a document."""
    if isinstance(document, str):
        document = read_markdown(document, "text.md")
    return run_pack(document, pack, **given)
