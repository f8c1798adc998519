"""`shoko backup|restore|sbom|advisories`: what an administrator does with the files of this computer."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import Data, Json, moving, out, print_json, progress_bar, reports_errors, settings_of
from core.errors import BadValue
from core.originals.address import bucket_address

if TYPE_CHECKING:
    from core.originals.store import OriginalStore
    from core.settings import Settings
    from operations.records.originals import OriginalsMoved

Passphrase = Annotated[
    Path | None, typer.Option("--passphrase-file", help="File with the passphrase; else it is asked for.")
]


def _passphrase(file: Path | None, *, twice: bool) -> str:
    """From the file, the keyboard, or the first line of the standard input; never from the command."""
    if file is not None:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    if sys.stdin.isatty():
        return str(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=twice))
    return sys.stdin.readline().rstrip("\r\n")


@reports_errors
def backup(
    file: Annotated[Path, typer.Argument(help="File to write; it must not be there yet.")],
    passphrase_file: Passphrase = None,
    recipient: Annotated[
        list[str] | None, typer.Option(help="Public age key of who may open it; may be repeated.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Write an encrypted backup; the server may run.  Example: shoko backup /mnt/backup/monday.shoko"""
    from operations.backup import Lock, back_up, refuse_other_records

    settings = settings_of(data)
    refuse_other_records(settings.database_url)
    lock = Lock(recipients=recipient) if recipient else Lock(_passphrase(passphrase_file, twice=True))
    with tempfile.TemporaryDirectory(prefix="originals-", dir=settings.data) as copies:
        report = back_up(settings.data, file, lock, _bucket(settings, Path(copies)))
    _print_report(report.__dict__ | {"file": str(file)}, as_json)


@reports_errors
def restore(
    file: Annotated[Path, typer.Argument(help="The backup.")],
    passphrase_file: Passphrase = None,
    identity: Annotated[Path | None, typer.Option(help="File with the private age key.")] = None,
    drill: Annotated[
        bool,
        typer.Option("--drill", help="Restore into a folder that is thrown away, to see that it can be."),
    ] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make a data folder from a backup.  Example: shoko restore monday.shoko --data /srv/new"""
    from operations import backup as backups

    keys = identity.read_text(encoding="utf-8") if identity is not None else ""
    opener = backups.Opener("" if keys else _passphrase(passphrase_file, twice=False), keys)
    if drill:
        report = backups.drill(file, opener)
    else:
        settings = settings_of(data)
        backups.refuse_other_records(settings.database_url)
        report = backups.restore(file, settings.data, opener)
        settings = settings_of(data)  # with those that came with it
        if bucket_address(settings.originals) is not None:
            _bring_to_bucket(settings)
    _print_report(report.__dict__ | {"file": str(file)}, as_json)


def _bucket(settings: Settings, copies: Path) -> OriginalStore | None:
    """Where the originals lie if not in the folder; nothing but that store may be spoken to."""
    from core import egress
    from operations.library import reachable
    from operations.records.originals import open_originals

    egress.guard(reachable(settings))
    store = open_originals(settings.originals, settings, copies)
    return store if store.is_far else None


def _bring_to_bucket(settings: Settings) -> None:
    """Bring the originals of a restored folder where its settings say that they are."""
    report = _brought(settings, "folder", settings.originals)
    shutil.rmtree(settings.data / "originals")
    typer.echo(f"{report.originals} originals are in {report.target}, each compared.", err=True)


def _brought(settings: Settings, source: str, target: str) -> OriginalsMoved:
    """Bring the originals from one place to the other."""
    from core import egress
    from core.db import hosts_of, open_database
    from operations.library import reachable
    from operations.records.originals import move_originals, open_originals

    egress.guard(reachable(settings))
    for host in hosts_of(settings.database):
        egress.require(host)
    here = settings.data / "originals"
    here.mkdir(parents=True, exist_ok=True)
    sessions = open_database(settings.database)
    try:
        from_, to = (
            open_originals("" if place == "folder" else place, settings, here / f"copies-{number}")
            for number, place in enumerate((source, target))
        )
        with sessions.still(), progress_bar("{task.completed}/{task.total}") as bar:
            return move_originals(sessions, from_, to, moving(bar))
    finally:
        sessions.close()
        for number in range(2):
            shutil.rmtree(here / f"copies-{number}", ignore_errors=True)


@reports_errors
def migrate(
    to: Annotated[
        str, typer.Option("--to", help="postgresql://user:password@host/name, or sqlite: the data folder.")
    ] = "",
    originals: Annotated[
        str,
        typer.Option(
            help="Where the originals go: s3+https://host/bucket, a folder, or folder: the data folder."
        ),
    ] = "",
    undo: Annotated[
        bool, typer.Option("--undo", help="Use the former records again, as they were before the move.")
    ] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Move the records of a stopped library into another database, or its originals to another place.

    Example: shoko migrate --to postgresql://shoko:secret@db/shoko
    Example: shoko migrate --originals s3+https://minio:9000/shoko
    """
    from core import egress
    from operations.library import locked, reachable
    from operations.records.moving import move_records, take_back

    if [bool(to), bool(originals), undo].count(True) != 1:
        fix = "Give --to ADDRESS, --originals PLACE or --undo"
        raise BadValue(name="--to", problem="it is missing, or two things are asked for", fix=fix)
    settings = settings_of(data)
    if originals:
        with locked(settings.data):
            moved = _brought(settings, settings.originals, originals)
        if as_json:
            print_json(moved.__dict__)
            return
        new = "unset SHOKO_ORIGINALS" if originals == "folder" else f"set SHOKO_ORIGINALS={originals}"
        out.print(
            f"{moved.originals} originals ({moved.bytes / 2**20:.1f} MB) are in {moved.target}, each ", end=""
        )
        out.print(f"compared. Now {new}. Those in {moved.source} stay as they were.", soft_wrap=True)
        return
    egress.guard(reachable(settings))
    with locked(settings.data):
        if undo:
            taken = take_back(settings.database)
            out.print("The former records are used again." if taken else "These records were not moved.")
            return
        report = move_records(settings.database, to, settings.data)
    if as_json:
        print_json(
            report.__dict__ | {"rows": report.rows, "tables": [table.__dict__ for table in report.tables]}
        )
        return
    filled = sum(table.rows > 0 for table in report.tables)
    out.print(f"{report.rows} rows of {filled} tables are in {report.target}, each compared; ", end="")
    out.print(f"the log's {report.log_entries} entries are whole.")
    if report.replaced_characters:
        out.print(f"{report.replaced_characters} texts had U+0000, which PostgreSQL cannot hold: now U+FFFD.")
    if report.put_aside:
        out.print(f"The former file is kept as {report.put_aside}.")
    setting = "unset SHOKO_DATABASE_URL" if to == "sqlite" else "set SHOKO_DATABASE_URL to that address"
    out.print(f"Now {setting}. {report.source} stays as it was, and is not opened any more.", soft_wrap=True)


def _print_report(report: dict[str, object], as_json: bool) -> None:
    if as_json:
        print_json(report)
        return
    for name, value in report.items():
        out.print(f"{name.replace('_', ' '):>12}  {value}", markup=False)


@reports_errors
def bundle(
    file: Annotated[Path, typer.Argument(help="Archive to write (.tar); it must not be there yet.")],
    model: Annotated[
        list[str] | None, typer.Option(help="Model to pack; may be repeated. Else all that are installed.")
    ] = None,
    no_models: Annotated[bool, typer.Option("--no-models", help="Pack no model.")] = False,
    engine: Annotated[
        str,
        typer.Option(
            help="The isolated computer's processor: avx512, avx2, sse42 or other. Else as this one's."
        ),
    ] = "",
    extra: Annotated[
        list[str] | None,
        typer.Option(help="Also the libraries of an extra: s3, milvus or traces; may be repeated."),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(help="Ed25519 key that signs (PEM). Else one in the data folder, made once."),
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Pack everything for a computer without a network.  Example: shoko bundle shoko-offline.tar"""
    from operations.offline.bundle import bundle as make

    settings = settings_of(data)
    extras = extra or []
    signs = key or settings.data / "keys" / "bundle.pem"
    names = [] if no_models else model
    with progress_bar("{task.completed}/{task.total}") as bar:
        made = make(
            file.absolute(), settings.models_folder, signs, moving(bar), names=names, tier=engine,
            extras=extras
        )  # fmt: skip
    if as_json:
        print_json(made.__dict__)
        return
    _print_report(
        {
            "file": f"{made.file} ({made.bytes / 1e9:.2f} GB)",
            "for": f"{made.platform}, Python {made.python}",
            "libraries": made.libraries,
            "models": ", ".join(made.models) or "none",
            "fingerprint": made.fingerprint,
        },
        False,
    )
    out.print("Note the fingerprint: the isolated side compares it. There:")
    name = file.name.removesuffix(".tar")
    out.print(
        f"  tar xf {file.name} && {name}/install-offline --fingerprint {made.fingerprint}", markup=False
    )


@reports_errors
def sbom(
    file: Annotated[Path, typer.Argument(help="File to write.")],
) -> None:
    """Write what Shoko is made of, as CycloneDX.  Example: shoko sbom shoko.cdx.json"""
    from operations.dependencies import bill_of_materials

    file.write_text(bill_of_materials(), encoding="utf-8")
    count = len(json.loads(file.read_text(encoding="utf-8"))["components"])
    out.print(f"{file}: {count} components", markup=False)


@reports_errors
def advisories(
    folder: Annotated[Path, typer.Argument(help="Advisories in the OSV form: a folder or a zip file.")],
    as_json: Json = False,
) -> None:
    """Compare the installed libraries with known weaknesses.  Example: shoko advisories PyPI-all.zip"""
    from operations.dependencies import check

    compared = check(folder)
    if as_json:
        print_json(compared)
    else:
        out.print(f"{compared['packages']} packages, {compared['advisories']} advisories read")
        for changed in compared["changed"]:
            out.print(f"  not as pinned: {changed}", style="yellow", markup=False)
        for advisory in compared["found"]:
            library, fixed = f"{advisory['package']} {advisory['version']}", advisory["fixed"] or "?"
            text = f"  {library}: {advisory['id']} {advisory['summary']} (fixed in {fixed})"
            out.print(text, style="red", markup=False)
    if compared["found"]:
        raise typer.Exit(1)


def prove_egress(file: Path, settings: Settings) -> None:
    """Prove that nothing goes out, and write the report: HTML there, JSON beside it."""
    from operations.egress_report import page, prove
    from operations.evaluations.saved_reports import proofs

    report = prove(settings)
    proofs(settings.data).put(report)
    file.write_text(page(report), encoding="utf-8")
    file.with_suffix(".json").write_text(json.dumps(report, indent=1, ensure_ascii=False), encoding="utf-8")
    out.print(f"{file}: {'nothing goes out' if report['passed'] else 'NOT as it must be'}", markup=False)
    if not report["passed"]:
        raise typer.Exit(1)
