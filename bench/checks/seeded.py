"""Makes documents that are clean, and the same with one fault each: twelve kinds of rule, in Word, PDF, and Excel or
PowerPoint, in Japanese, English and Chinese. Then every fault must be found, and nothing in the clean ones.

    python -m bench.checks.checking seeded
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.checks.seeded_files import write_docx, write_pdf, write_pptx, write_xlsx
from bench.checks.seeded_texts import CLEAN, RULES, Content
from checks.packs.loading import load_pack
from checks.packs.pack import Pack
from checks.readers.reading import read_document
from checks.service.runner import run_pack

LANGUAGES = ("ja", "en", "zh")
WRITERS: dict[str, Callable[[Content, Path], None]] = {
    "docx": write_docx, "pdf": write_pdf, "xlsx": write_xlsx, "pptx": write_pptx,
}  # fmt: skip


def _in_first(content: Content, text: str) -> Content:
    first = content.sections[0]
    changed = replace(first, paragraphs=(*first.paragraphs, text))
    return replace(content, sections=(changed, *content.sections[1:]))


def _date(content: Content) -> Content:
    wrong = {"ja": ("（金）", "（木）"), "en": ("Friday", "Thursday"), "zh": ("星期五", "星期四")}[
        content.language
    ]
    return replace(content, date=content.date.replace(*wrong))


def _number(content: Content) -> Content:
    signs = {"ja": "第5", "en": "5.", "zh": "五、"}[content.language]
    second = replace(content.sections[1], sign=signs)
    return replace(content, sections=(content.sections[0], second, *content.sections[2:]))


def _blank(content: Content) -> Content:
    head, row, *rest = content.table
    return replace(content, table=(head, (row[0], "", row[2]), *rest))


def _unsigned(content: Content) -> Content:
    names = list(content.names)
    names[1] = ""
    return replace(content, names=tuple(names))


# What is done to a clean document, by the rule that must find it.
FAULTS: dict[str, Callable[[Content], Content]] = {
    "terms": lambda c: _in_first(c, {"ja": "顧客様に説明した。", "en": "We utilize the printer.", "zh": "请登陆系统。"}[c.language]),
    "pattern": lambda c: _in_first(c, {"ja": "詳細はTODOとする。", "en": "Details are TODO.", "zh": "细节为TODO。"}[c.language]),
    "date": _date,
    "width": lambda c: _in_first(c, {"ja": "１２台を調べた。", "en": "We tested １２ units.", "zh": "共检查１２台。"}[c.language]),
    "structure": lambda c: replace(c, sections=c.sections[:-1]),
    "numbering": _number,
    "table": _blank,
    "field": lambda c: replace(c, amount=c.amount.replace("1,200", "1,300")),
    "layout": lambda c: replace(c, paper="Letter"),
    "marking": lambda c: replace(c, mark_everywhere=False),
    "approval": _unsigned,
    "reference": lambda c: replace(c, reference=c.reference.replace("1", "7")),
}  # fmt: skip
# Excel has no captions, chapters or running text; PowerPoint no approval tables that offices would use.
THIRD = {
    "terms": "xlsx", "pattern": "pptx", "date": "pptx", "width": "pptx", "structure": "pptx",
    "numbering": "pptx", "table": "xlsx", "field": "xlsx", "layout": "xlsx", "marking": "xlsx",
    "approval": "xlsx", "reference": "pptx",
}  # fmt: skip


@dataclass
class Outcome:
    """What came of the set: faults found, faults missed, findings where none should be."""

    faults_found: int = 0
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)

    @property
    def faults(self) -> int:
        """How many were seeded."""
        return self.faults_found + len(self.missed)


def cases() -> Iterator[tuple[str, str, str]]:
    """Every fault, format and language; the fault is empty for a clean document."""
    for language in LANGUAGES:
        for form in WRITERS:
            yield "", form, language
        for fault in FAULTS:
            for form in ("docx", "pdf", THIRD[fault]):
                yield fault, form, language


def rules_for(language: str, folder: Path) -> Pack:
    """The pack of that language."""
    file = folder / f"rules-{language}.yml"
    file.write_text(RULES[language], encoding="utf-8")
    return load_pack(file)


def check_case(fault: str, form: str, language: str, pack: Pack, folder: Path) -> list[tuple[str, str, str]]:
    """Make the document and check it: rule, place and message of each finding."""
    content = CLEAN[language]
    if fault:
        content = FAULTS[fault](content)
    path = folder / f"{fault or 'clean'}-{language}.{form}"
    WRITERS[form](content, path)
    report = run_pack(read_document(path), pack)
    return [(finding.rule, finding.place.shown(), finding.message) for finding in report.findings]


def run(folder: Path, chosen: Callable[[str, str, str], bool] = lambda *_: True) -> Outcome:
    """The whole set, or the cases chosen."""
    packs = {language: rules_for(language, folder) for language in LANGUAGES}
    outcome = Outcome()
    for fault, form, language in cases():
        if not chosen(fault, form, language):
            continue
        findings = check_case(fault, form, language, packs[language], folder)
        name = f"{fault or 'clean'} {form} {language}"
        if fault and any(rule == fault for rule, _, _ in findings):
            outcome.faults_found += 1
        elif fault:
            outcome.missed.append(name)
        others = [finding for finding in findings if finding[0] != fault]
        outcome.false += [f"{name}: {other}" for other in others]
    return outcome


def measure() -> None:
    """Run the set and print what came of it."""
    with tempfile.TemporaryDirectory(prefix="shoko-seeded-") as place:
        outcome = run(Path(place))
    print(
        f"seeded: {outcome.faults_found} of {outcome.faults} faults found; {len(outcome.false)} other findings"
    )
    for line in [*outcome.missed, *outcome.false]:
        print(f"  {line}")
