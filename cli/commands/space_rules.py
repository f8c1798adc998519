"""`shoko spaces packs|check|findings|baseline|waive …`: rules that a space's documents are held to, and
what is found in them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli.commands.check import language_of_system
from cli.commands.people import SpaceName, spaces_app
from cli.commands.tables import show
from cli.console import (
    Data,
    Json,
    Language,
    day,
    err,
    out,
    print_json,
    progress_bar,
    reports_errors,
)
from cli.library import library_of, of_space
from core.errors import BadValue, NotFound

GROUPS = {"spaces": spaces_app}  # to which this adds its commands
ENDED = ("done", "failed", "cancelled")
MOST_SHOWN = 20  # rules and documents in the terminal; the report has all
LEVELS = ("error", "warning", "info")
REPORT_FORMS = {".html": "html", ".htm": "html", ".json": "json", ".sarif": "sarif", ".xml": "junit"}


@spaces_app.command("packs")
@reports_errors
def spaces_packs(space: SpaceName, data: Data = None, as_json: Json = False) -> None:
    """The rule packs of a space.  Example: shoko spaces packs Sales"""
    with library_of(data, embedder=False) as client:
        show(client.get(of_space(space, "/packs")), ("name", "rules", "ships", "id"), as_json)


@spaces_app.command("pack-add")
@reports_errors
def spaces_pack_add(
    space: SpaceName,
    pack: Annotated[str, typer.Argument(help="Name of a pack that ships, or a file: YAML, CSV or TSV.")],
    data: Data = None,
) -> None:
    """Check a space's documents against a rule pack.  Example: shoko spaces pack-add Sales business-ja"""
    file = Path(pack)
    with library_of(data, embedder=False) as client:
        if file.is_file():
            files = {"rules": (file.name, file.read_bytes())}
            added = client.json_of(client.client.post(of_space(space, "/packs"), files=files))
        else:
            added = client.json_of(client.client.post(of_space(space, "/packs"), data={"pack": pack}))
    out.print(f"{space} is held to {added['name']} ({added['rules']} rules).", markup=False)


@spaces_app.command("pack-rm")
@reports_errors
def spaces_pack_remove(
    space: SpaceName,
    pack: Annotated[str, typer.Argument(help="Name or id of the pack.")],
    data: Data = None,
) -> None:
    """Remove a rule pack from a space.  Example: shoko spaces pack-rm Sales business-ja"""
    with library_of(data, embedder=False) as client:
        named = [own for own in client.get(of_space(space, "/packs")) if pack in (own["id"], own["name"])]
        if not named:
            raise NotFound(what="pack", name=pack)
        client.delete(of_space(space, f"/packs/{named[0]['id']}"))
    out.print(f"{space} is no longer checked against {named[0]['name']}.", markup=False)


@spaces_app.command("check")
@reports_errors
def spaces_check(
    space: SpaceName,
    report: Annotated[
        Path | None, typer.Option(help="Write a report: .html, .json, .sarif or .xml (JUnit).")
    ] = None,
    language: Annotated[Language | None, typer.Option(help="Language of the messages.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Check every document of a space by its packs.  Example: shoko spaces check Sales --report sales.html"""
    form = _form_of(report)
    with library_of(data, embedder=False) as client:
        figures = client.post(of_space(space, "/check"))
        with progress_bar("{task.completed}/{task.total}") as bar:
            task = bar.add_task(space, total=None)
            while figures["job"]["state"] not in ENDED:
                bar.update(task, completed=figures["job"]["done"], total=figures["job"]["total"] or None)
                time.sleep(0.3)
                figures = client.get(of_space(space, "/check"))
        if figures["job"]["error"] is not None:
            err.print(figures["job"]["error"]["message"], style="red", markup=False)
        _write(client, space, report, form, language)
    _print_figures(figures, as_json)
    if figures["job"]["state"] != "done":
        raise typer.Exit(1)


@spaces_app.command("findings")
@reports_errors
def spaces_findings(
    space: SpaceName,
    rule: Annotated[str | None, typer.Option(help="Name the documents that breach this rule.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write a report: .html, .json, .sarif or .xml (JUnit).")
    ] = None,
    language: Annotated[Language | None, typer.Option(help="Language of the messages.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """What was found in a space, without checking again.  Example: shoko spaces findings Sales"""
    form = _form_of(report)
    with library_of(data, embedder=False) as client:
        if rule is not None:
            figures = client.get(of_space(space, "/check/documents"), rule=rule, limit=500)
        else:
            figures = client.get(of_space(space, "/check"))
        _write(client, space, report, form, language)
    if rule is None:
        _print_figures(figures, as_json)
    else:
        rows = [document | document["levels"] for document in figures["documents"]]
        show(rows, ("document", *LEVELS, "checked_at"), as_json)


def _form_of(report: Path | None) -> str:
    if report is None:
        return ""
    form = REPORT_FORMS.get(report.suffix.lower())
    if form is None:
        fix = "Endings are .html, .json, .sarif and .xml."
        raise BadValue(name="--report", problem=f"{report.name} cannot be written", fix=fix)
    return form


def _write(client: Any, space: str, report: Path | None, form: str, language: Language | None) -> None:
    if report is None:
        return
    spoken = str(language or language_of_system())
    answer = client.client.get(of_space(space, "/check/report"), params={"form": form, "language": spoken})
    if answer.status_code >= 400:
        client.json_of(answer)
    report.write_bytes(answer.content)


def _print_figures(figures: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(figures)
        return
    levels = ", ".join(f"{figures['levels'][level]} {level}" for level in LEVELS)
    out.print(
        f"{figures['checked']} of {figures['documents']} documents are checked: {levels};"
        f" {figures['waived']} waived.",
        style="bold",
        markup=False,
    )
    if figures["unreadable"]:
        out.print(f"{figures['unreadable']} could not be checked.", style="red")
    rules = [rule for rule in figures["rules"] if rule["findings"] or rule["could_not_run"]]
    if rules:
        show(rules[:MOST_SHOWN], ("rule", "level", "findings", "documents", "could_not_run"), as_json=False)
    if len(figures["departments"]) > 1:
        rows = [department | department["levels"] for department in figures["departments"]]
        show(rows[:MOST_SHOWN], ("name", "documents", *LEVELS), as_json=False)


@spaces_app.command("baseline")
@reports_errors
def spaces_baseline(
    space: SpaceName,
    remove: Annotated[bool, typer.Option("--remove", help="Report everything again.")] = False,
    data: Data = None,
) -> None:
    """Mark what is found as known: only new findings count.  Example: shoko spaces baseline Sales"""
    with library_of(data, embedder=False) as client:
        if remove:
            client.delete(of_space(space, "/baseline"))
            out.print(f"Every finding in {space} is reported again.", markup=False)
        else:
            known = client.put(of_space(space, "/baseline"))["findings"]
            out.print(f"{known} findings in {space} are known from now on.", markup=False)


@spaces_app.command("waivers")
@reports_errors
def spaces_waivers(
    space: SpaceName,
    remove: Annotated[str, typer.Option(help="Remove the waiver with this id.")] = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """The waivers of a space, and until when they hold.  Example: shoko spaces waivers Sales"""
    with library_of(data, embedder=False) as client:
        if remove:
            client.delete(of_space(space, f"/waivers/{quote(remove, safe='')}"))
        columns = ("rule", "fingerprint", "document", "reason", "by", "until", "ended", "id")
        show(client.get(of_space(space, "/waivers")), columns, as_json)


@spaces_app.command("waive")
@reports_errors
def spaces_waive(
    space: SpaceName,
    reason: Annotated[str, typer.Option(help="Why they are waived.")],
    until: Annotated[str, typer.Option(help="The last day: 2027-03-31.")],
    rule: Annotated[str, typer.Option(help="Findings of this rule; * and ? may stand in it.")] = "",
    fingerprint: Annotated[str, typer.Option(help="Or one finding.")] = "",
    document: Annotated[str, typer.Option(help="In documents of this name; * and ? may stand in it.")] = "*",
    data: Data = None,
) -> None:
    """Waive findings in a space for a time.

    Example: shoko spaces waive Sales --rule R09 --reason "New template in spring" --until 2027-03-31
    """
    last = day(until, "--until")
    order = {
        "rule": rule, "fingerprint": fingerprint, "document": document, "reason": reason,
        "until": last.isoformat() if last is not None else "",
    }  # fmt: skip
    with library_of(data, embedder=False) as client:
        made = client.post(of_space(space, "/waivers"), order)
    out.print(f"Waiver {made['id']} holds until {made['until']}.", markup=False)
