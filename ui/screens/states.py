"""Where a document is on its way, in words: from its version's state and the job that works on it."""

from __future__ import annotations

from contract.documents import VersionOut
from contract.jobs import JobOut
from ui.language import Words
from ui.session_state import Screen

SOON = 90  # seconds; what takes longer is told in minutes
KINDS = {"stored": "busy", "read": "busy", "searchable": "good", "embedded": "good", "failed": "error"}


def jobs_now(screen: Screen) -> dict[str, JobOut]:
    """Jobs that wait or run, by document: as long as there are any, the page will change by itself.

    Without an embedder nothing will ever be embedded: such a job waits for a model, not for its turn.
    """
    waiting = screen.backend.jobs(state="waiting", limit=500)  # asked first: one that begins meanwhile runs
    jobs = screen.backend.jobs(state="running", limit=500) + waiting
    by_document: dict[str, JobOut] = {}
    for job in jobs:
        if job.kind == "embed" and screen.health.embedder == "none":
            continue
        by_document.setdefault(job.document_id, job)
    return by_document


def state_of(words: Words, version: VersionOut, job: JobOut | None) -> tuple[str, str]:
    """Where a document is, in words, and the kind of badge: what a running job does counts first."""
    if job is not None and job.kind == "ingest" and version.state not in ("searchable", "embedded"):
        if job.state == "waiting":
            return words("state.stored"), "busy"
        return _reading(words, job), "busy"
    if job is not None and job.kind == "embed" and job.state == "running" and job.total:
        return words("job.embedding", done=job.done, total=job.total), "good"
    if job is None and version.state in ("stored", "read"):
        return words("job.cancelled"), "warning"  # nobody works on it: a person stopped it
    key = f"state.{version.state}"
    return (words(key) if words.has(key) else version.state), KINDS.get(version.state, "calm")


def _reading(words: Words, job: JobOut) -> str:
    """How far the reading is."""
    if job.done and job.total:
        return words("job.reading_of", done=job.done, total=job.total)
    return words.count("job.reading_pages", job.done) if job.done else words("job.reading")


def left(words: Words, job: JobOut | None) -> str:
    """How long a job will still take, in words; empty where nobody knows."""
    if job is None or job.state != "running" or job.seconds_left is None:
        return ""
    if job.seconds_left < SOON:
        return words("job.left_seconds", count=max(1, round(job.seconds_left)))
    return words.count("job.left_minutes", max(1, round(job.seconds_left / 60)))


def progress(job: JobOut | None) -> str:
    """A bar of how far a running job is, as HTML; empty where its end is not known."""
    if job is None or job.state != "running" or not job.total:
        return ""
    share = min(100, round(100 * job.done / job.total))
    return (
        f'<div class="progress" role="progressbar" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{share}" aria-label="{share} %"><span style="width:{share}%"></span></div>'
    )
