"""`shoko check` runs packs with a limit on its own memory, and says which pack met it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from checks.packs.loading import load_pack
from checks.readers.reading import read_document
from checks.service import limited_here
from checks.service.limited_here import check_here, packs_here
from checks.service.runner import run_pack
from cli import main
from core.errors import RulesBad

ENDS = 240  # seconds of a child for what takes a few, on a machine in other hands
LIMITED = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux keeps such a limit")
RULE = "- id: r{0}\n  kind: pattern\n  message: no\n  pattern: '(?:[a-z]\\d|x){{2{0:04}}}'\n"


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A pack each of whose patterns passes, and takes tens of megabytes once it is compiled."""
    path = tmp_path / "large.yml"
    path.write_text("pack: large\nrules:\n" + "".join(RULE.format(number) for number in range(100)))
    return path


@LIMITED
def test_a_pack_that_takes_more_memory_than_it_may_is_named_and_the_limit_ends_with_it(large: Path) -> None:
    code = (
        "import resource\n"
        "from checks.service.limited_here import packs_here\n"
        "from core.errors import RulesBad\n"
        f"try:\n    packs_here([{str(large)!r}], memory_mb=200)\n"
        "except RulesBad as error:\n    print(error)\n"
        "print(resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=ENDS, check=True
    )
    refused, lifted = done.stdout.splitlines()
    assert refused.startswith(f"{large}: reading it took more than 200 MB")
    assert refused.endswith("split the pack.")
    assert lifted == "True"


@pytest.mark.parametrize("where", ["load_packs", "run_rules"])
def test_the_command_says_so_and_ends_as_for_bad_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def swelling(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(limited_here, where, swelling)
    (tmp_path / "a.md").write_text("A text.")
    done = CliRunner().invoke(
        main.app, ["check", str(tmp_path / "a.md"), "--rules", "jtf"], env={"COLUMNS": "200"}
    )
    assert done.exit_code == 2, done.output
    assert "took more than 1500 MB" in done.output
    assert "split the pack" in done.output


def test_the_report_is_the_one_that_is_made_without_a_limit(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Summary\n\nIt is bad, and bad.\n")
    own = tmp_path / "acme.yml"
    own.write_text("pack: acme\nrules:\n- id: word\n  kind: pattern\n  pattern: bad\n  message: no\n")
    document = read_document(tmp_path / "a.md")
    pack = packs_here(["jtf", own])
    report = check_here(document, pack, language="ja")
    assert [finding.rule for finding in report.findings] == ["word", "word"]
    assert report == run_pack(document, pack, language="ja")


def test_a_mistake_in_a_pack_is_told_as_ever(tmp_path: Path) -> None:
    path = tmp_path / "acme.yml"
    path.write_text("pack: acme\nrules:\n- id: a\n  kind: patern\n")
    with pytest.raises(RulesBad, match=r"acme\.yml:4:\d+: there is no kind patern"):
        packs_here([path])
    assert load_pack("jtf") == packs_here(["jtf"])
