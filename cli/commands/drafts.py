"""`shoko draft` and `shoko templates …`: documents in the company's format."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import Data, Json, err, out, print_json, reports_errors, settings_of
from core.errors import BadValue, NotFound

if TYPE_CHECKING:
    import httpx

app = typer.Typer(no_args_is_help=True, help="Word templates for `shoko draft`.")

Template = Annotated[str, typer.Argument(help="Name or id of a template.")]


@reports_errors
def draft(
    template: Template,
    fields: Annotated[
        list[str] | None, typer.Option("--field", help="name=value; again for each.", metavar="NAME=VALUE")
    ] = None,
    brief: Annotated[
        Path | None, typer.Option(help="Values of many fields: YAML, JSON, or lines `label: value`.")
    ] = None,
    rows: Annotated[
        list[str] | None,
        typer.Option("--rows", help="A table's rows from a file: .csv, .xlsx, .md.", metavar="NAME=FILE"),
    ] = None,
    pictures: Annotated[
        list[str] | None,
        typer.Option("--picture", help="A picture from a file: .png, .jpg.", metavar="NAME=FILE"),
    ] = None,
    file: Annotated[Path | None, typer.Option("--out", help="Where the Word file is written.")] = None,
    space: Annotated[
        list[str] | None, typer.Option(help="Name or id of a space to look in; again for each.")
    ] = None,
    into: Annotated[
        str, typer.Option("--into", help="Name or id of the space that it is for: its packs check it too.")
    ] = "",
    quotes_only: Annotated[bool, typer.Option("--quotes-only", help="Let no model write.")] = False,
    model: Annotated[
        str | None, typer.Option("--model", help="Chat model for this command: a name, auto or none.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Draft a document.  Example: shoko draft ringi-ja --field 件名=机の購入 --out ringi.docx"""
    from cli.client import backend

    values, text = _read(brief)
    values |= dict(map(_pair, fields or ()))
    values |= {name: _table(Path(path)) for name, path in map(_pair, rows or ())}
    drawn = {name: base64.b64encode(_bytes(Path(path))).decode() for name, path in map(_pair, pictures or ())}
    with backend(settings_of(data, model=model), wait_for_models=True) as client:
        order = {
            "template": template, "fields": values, "brief": text, "prose": not quotes_only, "into": into,
            "pictures": drawn,
        }  # fmt: skip
        made = client.post("/api/drafts", order | {"spaces": _spaces(client, space), "stream": False})
        target = file or Path(made["name"])
        target.write_bytes(_file(client.client, f"/api/drafts/{made['id']}/file", client))
    if as_json:
        print_json(made | {"file": str(target)})
        return
    _print_draft(made, target)


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise BadValue(name=text[:60], problem="it is not name=value", fix="Write --field 件名=机の購入")
    return name.strip(), value


def _print_draft(made: dict[str, Any], target: Path) -> None:
    """Where the file is, and of each section where its text comes from; then what is missing or found."""
    out.print(str(target), style="bold", markup=False)
    for section in made["sections"]:
        marks = {mark for sentence in section["sentences"] for mark in sentence["marks"]}
        sources = f"  sources: {', '.join(map(str, sorted(marks)))}" if marks else ""
        out.print(f"  {section['status']:<9} {section['label']}{sources}", markup=False)
    for citation in made["citations"]:
        out.print(
            f"  [{citation['mark']}] {citation['title']}, page {citation['page']}", style="dim", markup=False
        )
    for label in made["missing"]:
        out.print(f"  to fill: {label}", style="yellow", markup=False)
    if made["check"] is None:
        out.print("  Neither the template nor its space names rules.", style="dim", markup=False)
        return
    findings = made["check"]["findings"]
    out.print(f"  {len(findings)} findings of the pack {made['check']['pack']}", markup=False)
    for finding in findings:
        out.print(f"    {finding['level']}  {finding['rule']}: {finding['message']}", markup=False)


@app.command("list")
@reports_errors
def list_templates(data: Data = None, as_json: Json = False) -> None:
    """The templates that you may use.  Example: shoko templates list"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        templates = client.get("/api/templates")
    if as_json:
        print_json({"templates": templates})
        return
    for template in templates:
        title = template["title"].get("en") or next(iter(template["title"].values()), "")
        where = template["space"] or "ships with Shoko"
        out.print(f"{template['id']:<20} {template['name']:<24} {where:<18} {title}", markup=False)


@app.command("show")
@reports_errors
def show_template(
    template: Annotated[str, typer.Argument(help="Name or id of a template, or a .docx file.")],
    file: Annotated[Path | None, typer.Option("--out", help="Write its Word file there.")] = None,
    sidecar: Annotated[Path | None, typer.Option(help="The YAML beside a .docx file.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """What a template (or a .docx file) asks for.  Example: shoko templates show ringi-ja"""
    from cli.client import backend

    if template.endswith(".docx"):
        shown = _looked_at(Path(template), sidecar)
    else:
        with backend(settings_of(data, model="none")) as client:
            shown = client.get(f"/api/templates/{template}")
            if file is not None:
                file.write_bytes(_file(client.client, f"/api/templates/{template}/file", client))
    if as_json:
        print_json(shown)
        return
    packs = ", ".join(shown["packs"]) or "none"
    out.print(f"{shown['name']}  language {shown['language']}, rules {packs}", style="bold", markup=False)
    for place in shown["fields"]:
        more = " | ".join(place["choices"]) or place["hint"]
        needed = "" if place["required"] else "  (optional)"
        out.print(f"  {place['kind']:<10} {place['name']}: {place['label']}{needed}  {more}", markup=False)
    for place in shown["sections"]:
        needed = "" if place["required"] else "  (optional)"
        out.print(f"  section    {place['name']}: {place['ask'] or place['label']}{needed}", markup=False)


@app.command("add")
@reports_errors
def add_template(
    file: Annotated[Path, typer.Argument(help="A Word file (.docx) with {{ fields }}.")],
    space: Annotated[str, typer.Option(help="Name or id of the space.")] = "General",
    sidecar: Annotated[
        Path | None,
        typer.Option(help="Its YAML; else the .yaml of the same name beside it, if there is one."),
    ] = None,
    rules: Annotated[Path | None, typer.Option(help="A rule pack of its own.")] = None,
    name: Annotated[str, typer.Option(help="Its name; else that of the file.")] = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Add a template to a space.  Example: shoko templates add order.docx --space Purchasing"""
    from cli.client import backend

    files = {"file": (file.name, _bytes(file))}
    beside = _sidecar(file, sidecar)
    if beside is not None:
        files["sidecar"] = (beside.name, _bytes(beside))
    if rules is not None:
        files["rules"] = (rules.name, _bytes(rules))
    with backend(settings_of(data, model="none")) as client:
        added = client.json_of(
            client.client.post("/api/templates", files=files, data={"space": space, "name": name})
        )
    if as_json:
        print_json(added)
        return
    counts = f"{len(added['fields'])} fields, {len(added['sections'])} sections"
    out.print(f"{added['id']}  {added['name']}: {counts}", markup=False)


@app.command("rm")
@reports_errors
def remove_template(template: Template, data: Data = None) -> None:
    """Remove a template of a space.  Example: shoko templates rm order"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        removed = client.get(f"/api/templates/{template}")
        client.delete(f"/api/templates/{removed['id']}")
    err.print(f"{removed['name']} is removed.", markup=False)


def _read(brief: Path | None) -> tuple[dict[str, str], str]:
    """The values in a YAML or JSON file, or the text of another. Raises BadValue, RulesBad."""
    from checks.packs.yaml_lines import load_yaml
    from language.encodings import decoded

    if brief is None:
        return {}, ""
    if brief.suffix.lower() not in (".yaml", ".yml", ".json"):
        return {}, decoded(_bytes(brief))
    _bytes(brief)
    loaded = load_yaml(brief)
    if not isinstance(loaded.data, dict):
        raise loaded.bad((), "a mapping of fields to values is expected", "Write `name: value` lines.")
    values = {}
    for name, value in loaded.data.items():
        if isinstance(value, dict):
            problem = "a value is a text, a list of texts or a list of rows"
            raise loaded.bad((name,), problem, "Take the mapping apart.")
        if isinstance(value, list) and any(isinstance(row, dict | list) for row in value):
            values[str(name)] = _as_csv(value)
            continue
        lines = value if isinstance(value, list) else [value]
        values[str(name)] = "\n".join("" if line is None else str(line) for line in lines)
    return values, ""


def _as_csv(rows: Sequence[Any]) -> str:
    """Rows of a YAML or JSON file, mappings or lists, as CSV."""
    header = list(dict.fromkeys(key for row in rows if isinstance(row, dict) for key in row))
    out = io.StringIO()
    table = csv.writer(out)
    if header:
        table.writerow(header)
    for row in rows:
        cells = (
            [row.get(key) for key in header]
            if isinstance(row, dict)
            else row
            if isinstance(row, list)
            else [row]
        )
        table.writerow(["" if cell is None else cell for cell in cells])
    return out.getvalue()


def _table(path: Path) -> str:
    """The rows of a file as text: an Excel file's first sheet as CSV, others as they are. Raises NotFound,
    BadValue."""
    content = _bytes(path)
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        from language.encodings import decoded

        return decoded(content)
    from zipfile import BadZipFile

    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        rows = [
            list(row) for row in book.worksheets[0].iter_rows(values_only=True, max_row=1000, max_col=100)
        ]
    except (BadZipFile, KeyError, ValueError, OSError, IndexError) as error:
        raise BadValue(name=str(path), problem=f"no Excel file ({error})", fix="Save it as CSV.") from error
    rows = [row for row in rows if any(cell is not None for cell in row)]
    wide = max(
        (len(row) - next(n for n, cell in enumerate(reversed(row)) if cell is not None) for row in rows),
        default=0,
    )
    return _as_csv([row[:wide] for row in rows])


def _bytes(path: Path) -> bytes:
    """A file's bytes. Raises NotFound, BadValue."""
    if not path.is_file():
        raise NotFound(what="file", name=path)
    return path.read_bytes()


def _sidecar(file: Path, named: Path | None) -> Path | None:
    beside = file.with_suffix(".yaml")
    return named or (beside if beside.is_file() else None)


def _looked_at(path: Path, sidecar: Path | None) -> dict[str, Any]:
    """A template's outline, without a library."""
    from drafts.templates import inspect

    _bytes(path)
    beside = _sidecar(path, sidecar)
    text = beside.read_text(encoding="utf-8") if beside is not None else ""
    outline = inspect(path, path.name, text, beside.name if beside is not None else "")
    return {"name": path.stem, **json.loads(json.dumps(outline.packed()))}


def _spaces(client: Any, names: list[str] | None) -> list[str] | None:
    """The ids of those spaces; None for all. Raises NotFound."""
    if not names:
        return None
    known = {key: space["id"] for space in client.get("/api/spaces") for key in (space["id"], space["name"])}
    for name in names:
        if name not in known:
            raise NotFound(what="space", name=name)
    return [known[name] for name in names]


def _file(http: httpx.Client, path: str, client: Any) -> bytes:
    """A file from the API. Raises RemoteError."""
    answer = http.get(path)
    if answer.status_code >= 400:
        client.json_of(answer)
    return answer.content
