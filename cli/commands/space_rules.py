"""`shoko spaces packs|check|findings|baseline|waive …`: rules that a space's documents are held to, and
what is found in them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli.commands.check import Language, language_of_system
from cli.commands.people import SpaceName, spaces_app
from cli.commands.tables import show
from cli.console import Data, Json, day, err, out, print_json, progress_bar, settings_of, told
from core.errors import BadValue, NotFound

GROUPS = {"spaces": spaces_app}  # to which this adds its commands
ENDED = ("done", "failed", "cancelled")
MOST_SHOWN = 20  # rules and documents in the terminal; the report has all
LEVELS = ("error", "warning", "info")
REPORT_FORMS = {".html": "html", ".htm": "html", ".json": "json", ".sarif": "sarif", ".xml": "junit"}


def _backend(data: Path | None):  # type: ignore[no-untyped-def]  # its type would import the whole back-end
    from cli.client import backend

    return backend(settings_of(data, model="none", embedder="none"))


def _at(space: str) -> str:
    return f"/api/spaces/{quote(space, safe='')}"


@spaces_app.command("packs")
@told
def spaces_packs(space: SpaceName, data: Data = None, as_json: Json = False) -> None:
    """The rule packs of a space.  Example: shoko spaces packs Sales"""
    with _backend(data) as client:
        show(client.get(f"{_at(space)}/packs"), ("name", "rules", "ships", "id"), as_json)


@spaces_app.command("pack-add")
@told
def spaces_pack_add(
    space: SpaceName,
    pack: Annotated[str, typer.Argument(help="Name of a pack that ships, or a file: YAML, CSV or TSV.")],
    data: Data = None,
) -> None:
    """Hold a space's documents to a rule pack.  Example: shoko spaces pack-add Sales business-ja"""
    file = Path(pack)
    with _backend(data) as client:
        if file.is_file():
            files = {"rules": (file.name, file.read_bytes())}
            added = client.told(client.client.post(f"{_at(space)}/packs", files=files))
        else:
            added = client.told(client.client.post(f"{_at(space)}/packs", data={"pack": pack}))
    out.print(f"{space} is held to {added['name']} ({added['rules']} rules).", markup=False)


@spaces_app.command("pack-rm")
@told
def spaces_pack_remove(
    space: SpaceName,
    pack: Annotated[str, typer.Argument(help="Name or id of the pack.")],
    data: Data = None,
) -> None:
    """Take a rule pack from a space.  Example: shoko spaces pack-rm Sales business-ja"""
    with _backend(data) as client:
        found = [one for one in client.get(f"{_at(space)}/packs") if pack in (one["id"], one["name"])]
        if not found:
            raise NotFound(what="pack", name=pack)
        client.delete(f"{_at(space)}/packs/{found[0]['id']}")
    out.print(f"{space} is not held to {found[0]['name']} any more.", markup=False)


@spaces_app.command("check")
@told
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
    with _backend(data) as client:
        found = client.post(f"{_at(space)}/check")
        with progress_bar("{task.completed}/{task.total}") as bar:
            task = bar.add_task(space, total=None)
            while found["job"]["state"] not in ENDED:
                bar.update(task, completed=found["job"]["done"], total=found["job"]["total"] or None)
                time.sleep(0.3)
                found = client.get(f"{_at(space)}/check")
        if found["job"]["error"] is not None:
            err.print(found["job"]["error"]["message"], style="red", markup=False)
        _write(client, space, report, form, language)
    _tell(found, as_json)
    if found["job"]["state"] != "done":
        raise typer.Exit(1)


@spaces_app.command("findings")
@told
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
    """What was found in a space, without checking anew.  Example: shoko spaces findings Sales"""
    form = _form_of(report)
    with _backend(data) as client:
        if rule is not None:
            found = client.get(f"{_at(space)}/check/documents", rule=rule, limit=500)
        else:
            found = client.get(f"{_at(space)}/check")
        _write(client, space, report, form, language)
    if rule is None:
        _tell(found, as_json)
    else:
        rows = [one | one["levels"] for one in found["documents"]]
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
    answer = client.client.get(f"{_at(space)}/check/report", params={"form": form, "language": spoken})
    if answer.status_code >= 400:
        client.told(answer)
    report.write_bytes(answer.content)


def _tell(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    figures = ", ".join(f"{found['levels'][level]} {level}" for level in LEVELS)
    out.print(
        f"{found['checked']} of {found['documents']} documents are checked: {figures};"
        f" {found['waived']} waived.",
        style="bold",
        markup=False,
    )
    if found["unreadable"]:
        out.print(f"{found['unreadable']} could not be checked.", style="red")
    rules = [one for one in found["rules"] if one["findings"] or one["could_not_run"]]
    if rules:
        show(rules[:MOST_SHOWN], ("rule", "level", "findings", "documents", "could_not_run"), as_json=False)
    if len(found["departments"]) > 1:
        rows = [one | one["levels"] for one in found["departments"]]
        show(rows[:MOST_SHOWN], ("name", "documents", *LEVELS), as_json=False)


@spaces_app.command("baseline")
@told
def spaces_baseline(
    space: SpaceName,
    remove: Annotated[bool, typer.Option("--remove", help="Tell everything again.")] = False,
    data: Data = None,
) -> None:
    """Take what is found as known: new findings alone count.  Example: shoko spaces baseline Sales"""
    with _backend(data) as client:
        if remove:
            client.delete(f"{_at(space)}/baseline")
            out.print(f"Every finding in {space} is told again.", markup=False)
        else:
            known = client.put(f"{_at(space)}/baseline")["findings"]
            out.print(f"{known} findings in {space} are known from now on.", markup=False)


@spaces_app.command("waivers")
@told
def spaces_waivers(
    space: SpaceName,
    remove: Annotated[str, typer.Option(help="Take the waiver with this id away.")] = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """What may pass in a space, and until when.  Example: shoko spaces waivers Sales"""
    with _backend(data) as client:
        if remove:
            client.delete(f"{_at(space)}/waivers/{quote(remove, safe='')}")
        columns = ("rule", "fingerprint", "document", "reason", "by", "until", "ended", "id")
        show(client.get(f"{_at(space)}/waivers"), columns, as_json)


@spaces_app.command("waive")
@told
def spaces_waive(
    space: SpaceName,
    reason: Annotated[str, typer.Option(help="Why it may pass.")],
    until: Annotated[str, typer.Option(help="The last day: 2027-03-31.")],
    rule: Annotated[str, typer.Option(help="Findings of this rule; * and ? may stand in it.")] = "",
    fingerprint: Annotated[str, typer.Option(help="Or one finding.")] = "",
    document: Annotated[str, typer.Option(help="In documents of this name; * and ? may stand in it.")] = "*",
    data: Data = None,
) -> None:
    """Let findings in a space pass for a time.

    Example: shoko spaces waive Sales --rule R09 --reason "New template in spring" --until 2027-03-31
    """
    last = day(until, "--until")
    order = {
        "rule": rule, "fingerprint": fingerprint, "document": document, "reason": reason,
        "until": last.isoformat() if last is not None else "",
    }  # fmt: skip
    with _backend(data) as client:
        made = client.post(f"{_at(space)}/waivers", order)
    out.print(f"Waiver {made['id']} holds until {made['until']}.", markup=False)
