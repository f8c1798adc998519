"""When to look through the watched folders: at the start, every so often, and soon after the system says that
something changed there. Network shares say nothing; the rounds alone are right everywhere."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import watchfiles
from sqlalchemy import select

from core.models import Folder
from ingest.watched.folders import FolderWatch
from ingest.watched.mailbox import is_mailbox

log = logging.getLogger("shoko.folders")

REST = 10.0  # a folder rests so many times as long as its last look took
BREATH = 1.0  # seconds between two looks at what is due
NOTICED_MS = 1600  # changes within this time count as one


@dataclass
class FolderRounds:
    """Looks through the folders until `watch.stopping` is set. `every`: seconds from one look to the next;
    `leads`: whether this back-end is the one that does so now."""

    watch: FolderWatch
    every: float
    leads: Callable[[], bool] = lambda: True
    _due: dict[str, float] = field(default_factory=dict)
    _earliest: dict[str, float] = field(default_factory=dict)
    _changed: set[str] = field(default_factory=set)
    _listening: tuple[frozenset[tuple[str, str]], threading.Event] | None = None

    def run(self) -> None:
        """Until the end of the process."""
        while not self.watch.stopping.is_set():
            try:
                self.round()
            except Exception:  # the rounds must outlive any fault
                log.exception("a round of the watched folders stumbled; the next one goes on")
            self.watch.stopping.wait(BREATH)
        if self._listening is not None:
            self._listening[1].set()

    def round(self) -> None:
        """Look through what is due now, unless another back-end does."""
        if not self.leads():
            self._listen(frozenset())
            return
        with self.watch.sessions.read() as session:
            folders = {row.id: row.path for row in session.execute(select(Folder.id, Folder.path))}
        self._listen(frozenset(folder for folder in folders.items() if not is_mailbox(folder[1])))
        for folder_id in folders:
            now = time.monotonic()
            noticed = folder_id in self._changed and now >= self._earliest.get(folder_id, 0.0)
            if self.watch.stopping.is_set() or (not noticed and now < self._due.get(folder_id, 0.0)):
                continue
            self._changed.discard(folder_id)
            report = self.watch.scan(folder_id)
            now = time.monotonic()
            self._earliest[folder_id] = now + REST * report.seconds
            soon = max(self.watch.quiet, REST * report.seconds)
            self._due[folder_id] = now + (soon if report.waiting and report.error is None else self.every)

    def _listen(self, folders: frozenset[tuple[str, str]]) -> None:
        """Let the system tell of changes in those folders, and in no others any more."""
        if self._listening is not None:
            if self._listening[0] == folders:
                return
            self._listening[1].set()
        stop = threading.Event()
        self._listening = (folders, stop)
        for folder_id, path in folders:
            threading.Thread(
                target=self._hear, args=(folder_id, path, stop), daemon=True, name="folder-notices"
            ).start()

    def _hear(self, folder_id: str, path: str, stop: threading.Event) -> None:
        try:
            for _ in watchfiles.watch(
                path, watch_filter=None, stop_event=stop, debounce=NOTICED_MS, raise_interrupt=False,
                ignore_permission_denied=True, force_polling=False, recursive=True,
            ):  # fmt: skip
                self._changed.add(folder_id)
        except Exception as error:  # noqa: BLE001  # away, or too many folders for the system: rounds are enough
            log.info("the system tells of no changes in %s (%s); it is looked through in rounds", path, error)
