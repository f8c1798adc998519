"""A draft on its way. The events are read in a thread of its own, so that a click on the page neither ends
the draft nor makes a second one. It shows nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from contract.drafts import DraftOut, SectionEvent
from ui.answer_events import DraftEvent
from ui.client import BackendError, Stream


class Drafting:
    """What there is of the draft so far. Read it at any time; only its own thread writes."""

    def __init__(self, sections: int, events: Iterable[DraftEvent]) -> None:
        self.of = sections  # sections in all
        self.sections: list[SectionEvent] = []
        self.draft: DraftOut | None = None
        self.error: BackendError | None = None
        self._events = events
        self._ended = threading.Event()
        threading.Thread(target=self._listen, daemon=True, name="drafting").start()

    @property
    def ended(self) -> bool:
        """Whether nothing more will come: there is a draft or an error."""
        return self._ended.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait for the end at most so long. Whether it came."""
        return self._ended.wait(seconds)

    def stop(self) -> None:
        """End it here; nothing of it is kept."""
        if isinstance(self._events, Stream):
            self._events.stop()
        self.error = BackendError("draft_stopped", "")
        self._ended.set()

    def _listen(self) -> None:
        try:
            for event in self._events:
                if isinstance(event, SectionEvent):
                    self.sections.append(event)
                else:
                    self.draft = event
            if self.draft is None and self.error is None:
                self.error = BackendError("answer_cut_off", "The draft was cut off. Make it again.")
        except BackendError as error:
            self.error = self.error or error
        except Exception as error:  # noqa: BLE001  # the page must learn of it, whatever it is
            self.error = BackendError("error", f"{type(error).__name__}: {error}")
        finally:
            self._ended.set()
