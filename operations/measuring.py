"""A measurement of this machine's speed, in a thread beside the running library."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from operations.models import forget_speed, kinds_to_measure, measure


@dataclass
class Measuring:
    """Whether a measurement runs, and what went wrong with the last one."""

    running: bool = False
    problem: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, models: Path, threads: int, *, again: bool) -> None:
        """Measure how fast this machine reads and writes, unless a measurement runs already; `again` forgets
        what was measured before."""
        with self.lock:
            if self.running:
                return
            self.running, self.problem = True, ""
        work = threading.Thread(
            target=self._measure, args=(models, threads, again), daemon=True, name="measure"
        )
        work.start()

    def _measure(self, models: Path, threads: int, again: bool) -> None:
        try:
            if again:
                forget_speed(models)
            measure(models, kinds_to_measure(models), threads)
        except Exception as error:  # noqa: BLE001  # whatever the engine says is shown to who asked
            self.problem = f"{type(error).__name__}: {error}"
        finally:
            self.running = False
