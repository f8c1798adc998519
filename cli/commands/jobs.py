"""`shoko jobs …`: work on its way, how long it takes, and what failed."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Column, Table

from cli.console import Data, Json, out, print_json, reports_errors, settings_of

app = typer.Typer(no_args_is_help=True, help="Work on documents: progress, cancel, try again.")

JobId = Annotated[str, typer.Argument(help="Id of a job.")]


@app.command("list")
@reports_errors
def list_jobs(
    state: Annotated[str | None, typer.Option(help="waiting, running, done, failed or cancelled.")] = None,
    limit: Annotated[int, typer.Option(help="How many.")] = 50,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Work, newest first; failed work with what to do.  Example: shoko jobs list --state failed"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        listed = client.get("/api/jobs", state=state, limit=limit)
    if as_json:
        print_json(listed)
        return
    table = Table(Column("id", no_wrap=True), Column("document", overflow="fold"), "kind", "state", "done",
                  "left")  # fmt: skip
    for job in listed["jobs"]:
        seconds = job["seconds_left"]
        table.add_row(
            job["id"], job["document"], job["kind"], job["state"],
            f"{job['done']}/{job['total'] or '?'}", f"{seconds:.0f} s" if seconds is not None else "",
        )  # fmt: skip
        if job["error"]:
            table.add_row("", job["error"]["message"], style="red")
    out.print(table)
    out.print(", ".join(f"{count} {name}" for name, count in listed["counts"].items() if count) or "no work")


@app.command("cancel")
@reports_errors
def cancel(job: JobId, data: Data = None) -> None:
    """Stop a job after its next batch.  Example: shoko jobs cancel 3f2a9c0d1e4b5a67"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        cancelled = client.delete(f"/api/jobs/{job}")
    out.print(f"{cancelled['document']}: {cancelled['state']}", markup=False)


@app.command("retry")
@reports_errors
def retry(job: JobId, data: Data = None) -> None:
    """Try failed or cancelled work again.  Example: shoko jobs retry 3f2a9c0d1e4b5a67"""
    from cli.client import backend

    with backend(settings_of(data, model="none")) as client:
        again = client.post(f"/api/jobs/{job}/retry")
        for states in client.wait_for_jobs([again["id"]]):
            state = states[0]["state"]
    out.print(f"{again['document']}: {state}", markup=False)
