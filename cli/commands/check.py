"""`shoko check`: documents against the company's rules. It needs no server and no data folder.

Exit codes: 0 nothing at or above `--fail-on`, 1 findings, 2 the rules or the arguments are wrong, 3 a
document
could not be read.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from checks.findings import SEVERITY, CheckReport, FindingGroup, Level, RuleState, grouped
from checks.service.folders import FileOutcome, as_shape, check_files, department_in, files_in, left_out
from cli.console import Language, print_json
from core.errors import BadValue, FileDamaged, FixRefused, NotFound, RulesBad, ShokoError

if TYPE_CHECKING:  # they would open the readers of Word before the arguments are looked at
    from checks.packs.pack import Pack
    from checks.service.fixes import Mended
    from llm.model import LanguageModel

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

FOUND, BAD_RULES, UNREADABLE = 1, 2, 3
MOST_ENDINGS = 8  # shown of files that are left out
NO_FOLDER = "Make its folder first, or name another file."
MOST_PLACES = 8  # of a finding that is there many times, on the screen; JSON and reports have them all
STYLES = {Level.ERROR: "red", Level.WARNING: "yellow", Level.INFO: "cyan"}


class FailOn(StrEnum):
    """From which level on findings make the command fail."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"


def language_of_system() -> Language:
    """The language that the terminal speaks; English if it speaks another."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name, ""):
            return Language(value[:2]) if value[:2] in set(Language) else Language.EN
    return Language.EN


def check(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders.", metavar="FILE…")],
    rules: Annotated[
        list[str] | None,
        typer.Option(
            "--rules",
            help="A pack's name, a YAML file, a term list, a folder of Vale styles; auto: by the document's "
            "language. Auto is the default.",
        ),
    ] = None,
    fail_on: Annotated[FailOn, typer.Option(help="Level from which on the exit code is 1.")] = FailOn.ERROR,
    language: Annotated[Language | None, typer.Option(help="Language of the messages.")] = None,
    report: Annotated[
        list[Path] | None,
        typer.Option(
            help="Write a report: .html, .sarif, .xml (JUnit), .json, .pdf or .docx (annotated copy)."
        ),
    ] = None,
    fix: Annotated[
        Path | None, typer.Option(help="Write a copy with the safe fixes made; it is checked again.")
    ] = None,
    fix_only: Annotated[
        list[str] | None,
        typer.Option(
            "--fix-only",
            help="Fix these alone: a finding's number or fingerprint, or a rule (* for any letters).",
        ),
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Show what each fix would change.")] = False,
    tracked: Annotated[bool, typer.Option("--tracked", help="Fixes of Word as tracked changes.")] = False,
    waivers: Annotated[Path | None, typer.Option(help="YAML list of waivers.")] = None,
    baseline: Annotated[Path | None, typer.Option(help="Findings in this file are left out.")] = None,
    write_baseline: Annotated[Path | None, typer.Option(help="Write today's findings there.")] = None,
    model: Annotated[
        str | None, typer.Option(help="Chat model for judged rules: a name, auto or none [SHOKO_MODEL].")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Check documents against the company's rules.  Example: shoko check report.docx --rules business-ja"""
    from checks.packs.waivers import beyond, load_baseline, load_waivers, waived
    from checks.packs.waivers import write_baseline as write_findings
    from checks.readers.reading import read_document
    from checks.service.limited_here import check_here, packs_here
    from checks.service.usual_pack import AUTO, language_of, usual_pack

    wanted = tuple(rules or [AUTO])
    # Where nothing is named, pack and messages follow the document; else the terminal says how it speaks.
    spoken = str(language) if language else "" if rules is None else str(language_of_system())
    named = [name for name in wanted if name != AUTO]
    read = functools.cache(packs_here)
    try:
        packs = [read(tuple(named))] if named else []
        passes = load_waivers(waivers) if waivers else []
        known = load_baseline(baseline) if baseline else {}
    except RulesBad as error:
        _fail(error, BAD_RULES)
    files = _files(paths)
    _must_be_writable([*(report or []), *(path for path in (fix, write_baseline) if path is not None)])

    def checked(file: Path) -> CheckReport:  # while `judge` below is open
        if not file.exists():
            raise NotFound(what="file", name=file)
        document = read_document(file)
        speech = spoken or language_of(document)
        names = [usual_pack(document) if name == AUTO else name for name in wanted]
        outcome = check_here(document, read(tuple(dict.fromkeys(names))), language=speech, model=judge)
        outcome = beyond(outcome, known) if known else outcome
        return waived(outcome, passes, datetime.date.today(), speech) if passes else outcome

    if fix_only and fix is None and not preview:
        problem, hint = "there is no copy to write", "Add --fix COPY, or --preview."
        _fail(BadValue(name="--fix-only", problem=problem, fix=hint), BAD_RULES)
    with _opinions(packs, model) as judge:  # a pack that ships has no judged rule
        outcomes = _with_bar(files, checked) if len(files) > 1 else list(check_files(files, checked))
        mended = _mended(outcomes, checked, tracked, fix_only or []) if fix is not None else None
    outcomes = [replace(outcome, department=department_in(paths, outcome.path)) for outcome in outcomes]
    reports = [outcome.report for outcome in outcomes if outcome.report is not None]
    if write_baseline is not None:
        err.print(
            f"{write_findings(write_baseline, reports)} findings are in {write_baseline}.", markup=False
        )
    for target in report or []:
        _write_report(target, outcomes, spoken or _language_of(outcomes))
    if fix is not None and mended is not None:
        _write_copy(fix, mended)
    if as_json:
        print_json(as_shape(outcomes))
    else:
        _print_outcomes(outcomes, packs, AUTO in wanted)
    if preview and not as_json:
        _print_previews(reports, fix_only or [])
    raise typer.Exit(exit_code(outcomes, fail_on))


def _files(paths: list[Path]) -> list[Path]:
    """The files to check; says how many others there are. Ends the command if there is none."""
    files = files_in(paths)
    if others := left_out(paths):
        shown = ", ".join(f"{count} {ending}" for ending, count in sorted(others.items())[:MOST_ENDINGS])
        err.print(
            f"{others.total()} files of kinds that cannot be checked are left out: {shown}",
            style="yellow", markup=False,
        )  # fmt: skip
    if not files:
        err.print("There is no file to check.", style="red")
        raise typer.Exit(BAD_RULES)
    return files


def _must_be_writable(targets: list[Path]) -> None:
    """Said now, not when the work is done."""
    for target in targets:
        if not target.parent.is_dir() or target.is_dir():
            _fail(
                BadValue(name=str(target), problem="no file can be written there", fix=NO_FOLDER), BAD_RULES
            )


def _language_of(outcomes: list[FileOutcome]) -> str:
    """The language of the first document that could be read."""
    from checks.service.usual_pack import language_of

    documents = (outcome.report.document for outcome in outcomes if outcome.report is not None)
    return next((language_of(document) for document in documents), str(language_of_system()))


def _write_copy(target: Path, mended: Mended) -> None:
    target.write_bytes(mended.content)
    left = len(mended.report.findings)
    err.print(f"{mended.applied} fixes are made in {target}; {left} findings are left.", markup=False)


def _print_outcomes(outcomes: list[FileOutcome], packs: list[Pack], chosen: bool) -> None:
    for pack in packs:
        for warning in pack.warnings:
            err.print(warning, style="yellow", markup=False)
    for outcome in outcomes:
        _print_outcome(outcome, len(outcomes) > 1, chosen)


def _write_report(target: Path, outcomes: list[FileOutcome], language: str) -> None:
    """A report in the form that the file's ending names."""
    from checks.reports.forms import form_of, written

    try:
        target.write_bytes(written(form_of(target), outcomes, language))
    except (BadValue, FileDamaged) as error:
        _fail(error, BAD_RULES)
    except OSError as error:
        problem = error.strerror or type(error).__name__
        _fail(BadValue(name=str(target), problem=problem, fix=NO_FOLDER), BAD_RULES)


@contextlib.contextmanager
def _opinions(packs: list[Pack], name: str | None) -> Iterator[LanguageModel | None]:
    """The chat model of this computer if the packs have judged rules; None if none will do; the reason is
    printed."""
    if not any(rule.kind_name in ("judged", "judge") for pack in packs for rule in pack.rules):
        yield None
        return
    from cli.console import settings_of
    from llm.catalogue.store import ModelStore
    from operations.model_selection import chat_model

    try:
        settings = settings_of(None, model=name)
        model = chat_model(settings, ModelStore(settings.models_folder))
        if model is not None:
            model.start()
    except ShokoError as error:
        err.print(f"No model judges: {error}", style="yellow", markup=False)
        model = None
    try:
        yield model
    finally:
        if model is not None:
            model.close()


def _print_previews(reports: list[CheckReport], names: list[str]) -> None:
    """Each fix with the text around it; one that is made only where it is chosen is marked so."""
    from checks.service.settling import choice_of, previews

    for report in reports:
        try:
            chosen = choice_of(names).of(report.findings) if names else list(report.findings)
        except BadValue as error:
            _fail(error, BAD_RULES)
        wanted = {id(finding) for finding in chosen}
        for each in previews(report):
            if id(each.finding) not in wanted:
                continue
            kind = "safe" if each.safe else "only where chosen"
            head = f"{each.number}  {each.finding.place.shown() or '–'}  {each.finding.rule}  ({kind})"
            out.print(head, style="cyan", markup=False)
            for sign, words in (("-", each.finding.quote), ("+", each.finding.fix or "")):
                out.print(f"  {sign} {each.before}[{words}]{each.after}", markup=False)


def _mended(
    outcomes: list[FileOutcome], checked: Callable[[Path], CheckReport], tracked: bool, names: list[str]
) -> Mended:
    """The corrected copy of the one document: the safe fixes, or those of the findings that are named."""
    from checks.service.fixes import mend
    from checks.service.settling import choice_of

    first = outcomes[0]
    if len(outcomes) != 1 or first.report is None:
        err.print("--fix takes one document that can be read.", style="red")
        raise typer.Exit(UNREADABLE if first.error is not None else BAD_RULES)
    try:
        return mend(first.path, first.report, checked, tracked=tracked, choice=choice_of(names))
    except FixRefused as error:
        _fail(error, FOUND)
    except BadValue as error:
        _fail(error, BAD_RULES)


def exit_code(outcomes: list[FileOutcome], fail_on: FailOn) -> int:
    """The command's exit code."""
    if any(isinstance(outcome.error, RulesBad) for outcome in outcomes):
        return BAD_RULES
    if any(outcome.error is not None for outcome in outcomes):
        return UNREADABLE
    if fail_on is FailOn.NEVER:
        return 0
    least = SEVERITY[Level(str(fail_on))]
    reports = [outcome.report for outcome in outcomes if outcome.report is not None]
    worst = [level for report in reports if (level := report.worst()) is not None]
    return FOUND if any(SEVERITY[level] >= least for level in worst) else 0


def _with_bar(files: list[Path], checked: Any) -> list[FileOutcome]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("", total=len(files))

        def progress(file: Path) -> None:
            bar.update(task, description=file.name)

        outcomes = []
        for outcome in check_files(files, checked, progress=progress):
            outcomes.append(outcome)
            bar.advance(task)
        return outcomes


def _print_outcome(outcome: FileOutcome, many: bool, chosen: bool = False) -> None:
    if outcome.report is None:
        err.print(str(outcome.error), style="red", markup=False)
        return
    report = outcome.report
    if many:
        out.print(str(outcome.path), style="bold", markup=False)
    if chosen:
        out.print(f"  (by {report.pack}; another pack: --rules)", style="dim", markup=False)
    for note in report.document.notes:
        out.print(f"  ({note})", style="dim", markup=False)
    for group in sorted(grouped(report.findings), key=lambda each: each.first.is_opinion):
        finding = group.first
        place = finding.place.shown() or "–"
        head = f"{place}  {finding.level}  {finding.rule}"
        out.print(head, style="magenta" if finding.is_opinion else STYLES[finding.level], markup=False)
        out.print(f"    {finding.message}", markup=False)
        if finding.fix is not None:
            out.print(f"    {finding.quote!r} → {finding.fix!r}", style="dim", markup=False)
        if group.count > 1:
            out.print(f"    {_places(group)}", style="dim", markup=False)
    ran = sum(rule.state is RuleState.RAN for rule in report.rules)
    out.print(f"{len(report.findings)} findings; {ran} of {len(report.rules)} rules ran.", style="bold")
    for rule in report.rules:
        if rule.state is not RuleState.RAN:
            style = "red" if rule.state is RuleState.COULD_NOT_RUN else "dim"
            out.print(f"  {rule.state.replace('_', ' ')}: {rule.id}: {rule.why}", style=style, markup=False)


def _places(group: FindingGroup) -> str:
    """How often the same is found, and where."""
    places = group.places
    more = f" and {len(places) - MOST_PLACES} more" if len(places) > MOST_PLACES else ""
    return f"{group.count} times: {', '.join(places[:MOST_PLACES])}{more}"


def _fail(error: ShokoError, code: int) -> NoReturn:
    err.print(str(error), style="red", markup=False)
    raise typer.Exit(code) from error
