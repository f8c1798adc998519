"""Thirty briefs in three languages as drafts, with and without the chat model: is every sentence sourced, is
each fact in the section that asks for it, are totals right, is no quote there twice.

    python -m bench.drafts.drafting [--quotes-only] [--language ja] [--limit 2] [--shown] [--keep FOLDER]

The model is the one of SHOKO_MODELS that is chosen by itself. All documents lie in one library, so that each
section has to find its own among thirty.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import docx
import yaml

from bench.drafts.forms import NAMES, template_of
from contract.values import SectionStatus
from core.access import Access, access_of
from core.identity.accounts import first_administrator
from core.settings import load_settings
from drafts import making
from drafts.making import DraftOrder, Made
from drafts.templates import Listed, Opened, inspect
from drafts.writing import SectionText, paragraphs_of
from ingest.uploads import accept
from operations.library import FIRST_SPACE, Library, open_library

BRIEFS = Path(__file__).with_name("briefs.yaml")
ENDS = "。．.!?！？」』”)）"
ASKED = {
    "sentences with their source": "all", "facts in the section that asks for them": "all",
    "figures of rows and totals as they should be": "all", "quotes that stand once": "all",
    "sections without what belongs under another heading": "all", "whole sentences": "all",
}  # fmt: skip


class Tally:
    """What was right, of how many, and what was not."""

    def __init__(self) -> None:
        self.right, self.all = Counter[str](), Counter[str]()
        self.wrong: list[str] = []

    def count(self, what: str, right: bool, said: str) -> None:
        """One more of that kind; `said` is kept if it is not right."""
        self.all[what] += 1
        self.right[what] += right
        if not right:
            self.wrong.append(f"{what}: {said}")


def main() -> None:
    """Make the drafts and print the figures."""
    asked = argparse.ArgumentParser(description="Drafts from thirty briefs.")
    asked.add_argument("--quotes-only", action="store_true", help="no model writes")
    asked.add_argument("--language", choices=list(NAMES), help="briefs of this language alone")
    asked.add_argument("--limit", type=int, help="so many briefs of each language")
    asked.add_argument("--shown", action="store_true", help="print each section")
    asked.add_argument("--keep", type=Path, help="folder for the Word files")
    given = asked.parse_args()
    data = yaml.safe_load(BRIEFS.read_text(encoding="utf-8"))
    briefs = [
        (number, brief, data["forms"][brief["form"]])
        for number, brief in enumerate(data["briefs"], start=1)
        if given.language in (None, data["forms"][brief["form"]]["language"])
    ]
    if given.limit is not None:
        briefs = _first_of_each_language(briefs, given.limit)
    tally, statuses = Tally(), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="shoko-bench-") as place:
        for number, brief, made in drafted(Path(place), data["briefs"], briefs, prose=not given.quotes_only):
            _judge(tally, number, brief, made)
            statuses.update(str(section.status) for section in made.sections)
            if given.shown:
                _show(number, brief, made)
            if given.keep is not None:
                given.keep.mkdir(parents=True, exist_ok=True)
                (given.keep / f"{number:02}-{brief['form']}.docx").write_bytes(made.content)
    print(f"\n{len(briefs)} drafts; sections: {', '.join(f'{n} {name}' for name, n in statuses.items())}")
    for what, asked_for in ASKED.items():
        print(f"{what}: {tally.right[what]} of {tally.all[what]}  (asked: {asked_for})")
    for said in tally.wrong:
        print(f"  {said}")


def _first_of_each_language(briefs: Sequence[Any], most: int) -> list[Any]:
    taken = Counter[str]()
    chosen = []
    for number, brief, form in briefs:
        taken[form["language"]] += 1
        if taken[form["language"]] <= most:
            chosen.append((number, brief, form))
    return chosen


def drafted(
    place: Path, documents: Sequence[dict[str, Any]], briefs: Sequence[Any], *, prose: bool
) -> Iterator[tuple[int, dict[str, Any], Made]]:
    """Each brief's draft, out of a library of all documents."""
    settings = load_settings(data=place / "data", **({} if prose else {"model": "none"}))
    with open_library(settings) as library:
        with library.sessions.write() as session:
            access = access_of(session, first_administrator(session).id)
        _fill_library(library, access, documents)
        library.models_loaded.wait()
        for number, brief, form in briefs:
            yield number, brief, _draft(library, access, place, brief, form, prose)


def _fill_library(library: Library, access: Access, documents: Sequence[dict[str, Any]]) -> None:
    """Every brief's document, read, split and published; with vectors where there is an embedder."""
    library.models_loaded.wait()
    for number, brief in enumerate(documents, start=1):
        content = [brief["document"].encode()]
        accept(
            access,
            library.sessions,
            library.files,
            FIRST_SPACE,
            f"{number:02}.md",
            content,
            limit_bytes=2**20,
        )
    while library.pipeline.work_once():
        pass


def _draft(
    library: Library, access: Access, place: Path, brief: dict[str, Any], form: dict[str, Any], prose: bool
) -> Made:
    content, sidecar = template_of(form)
    path = place / "form.docx"
    path.write_bytes(content)
    outline = inspect(path, path.name, sidecar)
    template = Opened(Listed("form", brief["form"], "", "", outline), content)
    rows, *_ = NAMES[form["language"]]
    fields = {
        rows if name in ("明細", "明细", "rows") else name: value for name, value in brief["given"].items()
    }
    plan = making.planned(template, DraftOrder(fields, prose=prose))
    steps = making.make_draft(access, library.sessions, library.answerer, plan, limits=library.limits)
    return next(step for step in steps if isinstance(step, Made))


def _judge(tally: Tally, number: int, brief: dict[str, Any], made: Made) -> None:
    title = brief["document"].splitlines()[0].lstrip("# ")
    facts: dict[str, list[str]] = brief["facts"]
    quoted = Counter[str]()
    for section in made.sections:
        where = f"{number} {section.section.label}"
        text = _folded(" ".join(sentence.text for sentence in section.sentences))
        for sentence in section.sentences:
            sources = [section.quotes[source] for source in sentence.sources]
            own = [
                quote
                for quote in sources
                if _folded(title) in _folded(quote.hit.title) or _stands(quote.text, brief)
            ]
            tally.count("sentences with their source", bool(own), f"{where}: {sentence.text}")
            tally.count("whole sentences", _whole(sentence.text, brief), f"{where}: {sentence.text}")
        if section.status is SectionStatus.QUOTED:
            quoted.update(_folded(quote.text) for quote in section.quotes)
        mine = facts.get(section.section.label, [])
        for fact in mine:
            there = _folded(fact) in text
            tally.count("facts in the section that asks for them", there, f"{where}: {fact}: {text[:90]}")
        others = [fact for label, every in facts.items() if label != section.section.label for fact in every]
        strays = [fact for fact in others if _folded(fact) in text and fact not in mine]
        tally.count("sections without what belongs under another heading", not strays, f"{where}: {strays}")
    for text, times in quoted.items():
        within = any(text in other for other in quoted if other != text)
        tally.count("quotes that stand once", times == 1 and not within, f"{number}: {text}")
    whole_text = _folded(text_of(made.content))
    for figure in brief.get("shows", ()):
        tally.count(
            "figures of rows and totals as they should be",
            _folded(figure) in whole_text,
            f"{number}: {figure}",
        )


def _whole(text: str, brief: dict[str, Any]) -> bool:
    """Whether it begins where a sentence does, ends where one does, and has no heading in it."""
    headings = {_folded(line.lstrip("# ")) for line in brief["document"].splitlines() if line.startswith("#")}
    before, there, _ = brief["document"].partition(text.strip())
    begins = not there or not before.strip() or before[-1:] == "\n" or before.rstrip()[-1:] in ENDS
    held = any(_folded(line.lstrip("# ")) in headings for line in text.splitlines() if line.strip())
    return begins and text.strip()[-1:] in ENDS and not held


def _stands(text: str, brief: dict[str, Any]) -> bool:
    return _folded(text) in _folded(brief["document"])


def text_of(content: bytes) -> str:
    """The text of a Word file's paragraphs and tables."""
    document = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _show(number: int, brief: dict[str, Any], made: Made) -> None:
    print(f"\n== {number} {brief['form']}: {made.missing}", flush=True)
    for section in made.sections:
        print(f"  [{section.status}{' ' + section.why if section.why else ''}] {section.section.label}")
        print(_paragraphs(section, made.outline.language), flush=True)
        for struck in section.struck:
            print(f"      struck ({struck['flaw']}): {struck['text']}")


def _paragraphs(section: SectionText, language: str) -> str:
    return "\n".join(
        "    " + "".join(f"{stretch.text}{'*' * len(stretch.notes)}" for stretch in paragraph.stretches)
        for paragraph in paragraphs_of(section, language)
    )


if __name__ == "__main__":
    main()
