"""Packs of people are read and run in a child process with limits: the same report, and an error that names
the pack where a limit was met."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import docx
import pytest

from checks.document.document import DocumentFormat
from checks.findings import RuleState
from checks.kinds import judged
from checks.packs.loading import load_pack
from checks.packs.sources import PackSource, PackSources
from checks.readers.reading import read_document
from checks.service import limited
from checks.service.limited import check_file, pack_head
from checks.service.runner import run_pack
from core.errors import BadValue, FileDamaged, RulesBad
from ingest.sandbox import ReadingLimits
from llm.fakes import ScriptedModel

ENDS = 60  # seconds of a child for what takes one
LIMITS = ReadingLimits(memory_mb=2000)
RULES = """version: 1
pack: acme
doctypes:
  memo: {when: {filename: memo}}
rules:
- id: word
  kind: pattern
  pattern: bad
  message: {en: 'no {match}', ja: '{match}は不可'}
  ignorable: false
- id: letter
  kind: pattern
  for: [memo]
  pattern: x
  message: no
- id: slow
  kind: pattern
  pattern: '^(\\w|\\w\\w)+$'
  message: no
"""
JUDGED = """- id: ask
  kind: judged
  ask: Does it say what to do?
  scope: {section: Summary}
  examples: {pass: [Do this.], fail: [It was so.]}
"""
TEXT = f"# Summary\n\nIt is bad, and bad.\n\n{'a' * 80}!\n\n# Rest\n\nbad\n"
NEEDS_LIMITS = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits on a process")


def of(rules: str, name: str = "acme") -> PackSources:
    return PackSources((PackSource(name, f"{name}.yml", rules.encode()),))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "memo.md"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_the_report_from_the_child_is_the_one_made_here(tmp_path: Path, file: Path) -> None:
    path = tmp_path / "acme.yml"
    path.write_text(RULES, encoding="utf-8")
    here = run_pack(read_document(file), load_pack(path), language="ja")
    steps: list[str] = []
    sent = check_file(
        file, "memo.md", of(RULES), limits=LIMITS, language="ja", progress=lambda rule, *_: steps.append(rule)
    )
    assert sent == here
    assert [finding.rule for finding in sent.findings] == ["slow", "word", "word", "word"]
    assert {rule.id: rule.state for rule in sent.rules} == {
        "word": RuleState.RAN, "letter": RuleState.RAN, "slow": RuleState.COULD_NOT_RUN,
    }  # fmt: skip
    assert steps == ["word", "letter", "slow"]


def test_a_word_file_by_packs_that_ship_and_a_persons_own(tmp_path: Path) -> None:
    path = tmp_path / "memo.docx"
    document = docx.Document()
    document.add_paragraph("This is bad.")
    document.save(str(path))
    rules = replace(of(RULES), more=(PackSource("confidentiality"), *of(RULES).packs))
    report = check_file(path, "memo.docx", rules, limits=LIMITS)
    assert report.document.format is DocumentFormat.DOCX
    ids = [rule.id for rule in report.rules]
    assert ids[:3] == ["word", "letter", "slow"]
    assert "word" not in {id_.rpartition("/")[2] for id_ in ids[3:]}  # it stands there already
    assert len(ids) > 3
    assert [finding.rule for finding in report.findings].count("word") == 1


def test_judged_rules_ask_the_model_of_the_asker(file: Path) -> None:
    judged._calibrations.clear()
    say = '{"verdict": "%s", "quote": "%s", "reason": "none"}'
    model = ScriptedModel(say % ("pass", ""), say % ("fail", "so"), say % ("fail", "It is bad"))
    report = check_file(file, "memo.md", of(RULES + JUDGED), limits=LIMITS, model=model)
    judged._calibrations.clear()
    (finding,) = [finding for finding in report.findings if finding.rule == "ask"]
    assert finding.is_opinion
    assert (finding.quote, finding.place.line) == ("It is bad", 3)
    asked = str(model.requests[-1])
    assert "bad, and bad" in asked
    assert "Rest" not in asked


def test_a_mistake_in_a_pack_is_told_with_its_line() -> None:
    with pytest.raises(RulesBad, match=r"acme\.yml:7:\d+: there is no kind patern"):
        pack_head(of(RULES.replace("pattern\n  pattern: bad", "patern\n  pattern: bad")))
    with pytest.raises(BadValue, match="only packs that ship"):
        pack_head(of("pack: acme\ninclude:\n- pack: other.yml\n"))


def test_the_head_of_a_pack() -> None:
    head = pack_head(of(RULES))
    assert (head.name, head.doctypes) == ("acme", ("memo",))
    assert [(rule.id, rule.kind, rule.doctypes) for rule in head.rules] == [
        ("word", "pattern", ()), ("letter", "pattern", ("memo",)), ("slow", "pattern", ()),
    ]  # fmt: skip


def large_rules(number: int) -> str:
    """Rules each of whose patterns passes, and takes tens of megabytes once it is compiled."""
    rule = "- id: r{0}\n  kind: pattern\n  message: no\n  pattern: '(?:[a-z]\\d|x){{2{0:04}}}'\n"
    return "pack: acme\nrules:\n" + "".join(rule.format(index) for index in range(number))


@NEEDS_LIMITS
def test_a_pack_that_takes_more_memory_than_it_may_is_named() -> None:
    with pytest.raises(RulesBad, match=r"^acme: reading it .*split the pack") as raised:
        pack_head(of(large_rules(100)), limits=ReadingLimits(seconds=300, memory_mb=400))
    assert "400 MB" in str(raised.value) or "ended the process" in str(raised.value)


@NEEDS_LIMITS
def test_a_pack_that_takes_too_long_to_read_is_named() -> None:
    with pytest.raises(RulesBad, match=r"^acme: reading it took more than 0\.05 seconds"):
        pack_head(of(large_rules(20)), limits=ReadingLimits(seconds=0.05))


@NEEDS_LIMITS
def test_what_neither_ends_nor_lets_others_run_is_ended() -> None:
    code = (
        "import re\n"
        "from checks.service.rules_child import ended_after\n"
        "with ended_after(0.2):\n"
        "    re.match('(a|aa)+$', 'a' * 80 + '!')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], timeout=ENDS, check=False)
    assert done.returncode == -signal.SIGALRM


def dying(where: str) -> Callable[..., object]:
    def answers(*_: object) -> object:
        yield {"loaded": {}}
        if where == "rule":
            yield {"read": True}
            yield {"rule": "word", "number": 0, "of": 1}
        raise FileDamaged(name="memo.md", problem="its reader ended with SIGALRM")

    return answers


def test_which_error_it_is_depends_on_what_was_under_way(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limited, "answers", dying("rule"))
    with pytest.raises(RulesBad, match=r"^acme, rule word: checking memo\.md by it took more than 7 seconds"):
        check_file(file, "memo.md", of(RULES), limits=LIMITS, seconds=7)
    monkeypatch.setattr(limited, "answers", dying("file"))
    with pytest.raises(FileDamaged):
        check_file(file, "memo.md", of(RULES), limits=LIMITS)


def test_a_short_text_by_packs_that_ship_starts_no_child(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> object:
        raise AssertionError("a child was started")

    monkeypatch.setattr(limited, "answers", none)
    assert check_file(file, "memo.md", PackSources((PackSource("jtf"),)), limits=LIMITS).pack == "jtf"
