"""Checks in this process with a limit on its memory, for a command that ends with its check.

The server checks in a child (`checks.service.limited`): there a pack must take nothing from others. A command
has nobody beside it, and a child would take longer to start than most checks. Time is limited by the pattern
and by the check (`checks.patterns`); memory, where the system can refuse it (not on Windows).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from checks.document.document import CheckedDocument
from checks.findings import CheckReport
from checks.packs.loading import load_packs
from checks.packs.pack import Pack
from checks.service.runner import MOST_SECONDS, Outcome, context_of, judge, report_of, run_rules
from core.errors import RulesBad
from llm.model import LanguageModel

MOST_MEMORY_MB = 1500  # beyond what the process has when it begins, as a child of the server may take
_FIX = "Take repeats within repeats out of its patterns, or split the pack."


def packs_here(sources: Sequence[str | Path], *, memory_mb: int = MOST_MEMORY_MB) -> Pack:
    """Those packs as one, as `checks.packs.loading.load_packs` reads them. Raises RulesBad."""
    try:
        with memory_limited(memory_mb):
            return load_packs(sources)
    except MemoryError as error:
        raise _too_much(" + ".join(map(str, sources)), "reading it", memory_mb) from error


def check_here(
    document: CheckedDocument,
    pack: Pack,
    *,
    language: str = "en",
    model: LanguageModel | None = None,
    seconds: float = MOST_SECONDS,
    memory_mb: int = MOST_MEMORY_MB,
) -> CheckReport:
    """The report on that document, as `checks.service.runner.run_pack` makes it. Raises RulesBad."""
    context, outcome = context_of(document, model, None, seconds, "no_model"), Outcome.of(pack)
    rule = ""
    try:
        # The model is asked afterwards: its process would be born with the limit of this one.
        with memory_limited(memory_mb):
            steps = run_rules(context, pack, outcome, language, ask_later=model is not None)
            while step := next(steps, None):
                rule = step[0]
    except MemoryError as error:
        place = f"{pack.name}, rule {rule}" if rule else pack.name
        raise _too_much(place, f"checking {document.name} by it", memory_mb) from error
    if outcome.judgements:
        judge(context, outcome, language)
    return report_of(document, outcome, language)


def _too_much(place: str, what: str, memory_mb: int) -> RulesBad:
    return RulesBad(place=place, problem=f"{what} took more than {memory_mb} MB", fix=_FIX)


@contextlib.contextmanager
def memory_limited(megabytes: int) -> Iterator[None]:
    """Within it this process gets so much memory more and no further: what asks for it fails with
    MemoryError. A limit that stands already is kept where it is lower."""
    try:
        import resource
    except ImportError:  # Windows
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = _taken() + megabytes * 2**20
    limits = [limit for limit in (soft, hard, most) if limit != resource.RLIM_INFINITY]
    with contextlib.suppress(ValueError, OSError):  # a system that keeps no such limit
        resource.setrlimit(resource.RLIMIT_AS, (min(limits), hard))
    try:
        yield
    finally:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _taken() -> int:
    """Bytes of address space that this process has now, where the system tells it."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        return pages * os.sysconf("SC_PAGE_SIZE")
    return 0
