"""A question on its way. The events are read in a thread of its own, so that a click on the page, which
makes Streamlit run its script again, neither ends the answer nor asks twice. It shows nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator

from contract.answers import AnswerOut, QuotesOut, SentenceOut, StruckOut, WaitingOut
from ui.answer_events import Event
from ui.client import BackendError, Stream


class Asking:
    """What is known of the answer so far. Read it at any time; only its own thread writes."""

    def __init__(self, question: str, events: Iterable[Event], *, follows: str = "") -> None:
        self.question = question
        self.follows = follows  # the earlier question, of which this one may leave something out
        self.stopped = False
        self.looks = 0  # how often a page looked at it on its way
        self.quotes: QuotesOut | None = None
        self.waiting: WaitingOut | None = None
        self.sentences: list[SentenceOut] = []
        self.struck: list[StruckOut] = []
        self.answer: AnswerOut | None = None
        self.error: BackendError | None = None
        self._events = events
        self._quoted, self._ended = threading.Event(), threading.Event()
        threading.Thread(target=self._listen, daemon=True, name="asking").start()

    @property
    def question_id(self) -> str:
        """The question's id; empty before the quotes have come."""
        return self.quotes.question_id if self.quotes is not None else ""

    def stop(self) -> None:
        """End it here: what was proven until now stands, and nothing more is awaited."""
        self.stopped = True
        if isinstance(self._events, Stream):
            self._events.stop()
        self._ended.set()
        self._quoted.set()

    @property
    def ended(self) -> bool:
        """Whether nothing more will come: there is an answer or an error."""
        return self._ended.is_set()

    def wait_for_quotes(self, seconds: float) -> bool:
        """Wait for the quotes, or the end, at most so long. Whether it came."""
        return self._quoted.wait(seconds)

    def wait(self, seconds: float) -> bool:
        """Wait for the end at most so long. Whether it came."""
        return self._ended.wait(seconds)

    def _listen(self) -> None:
        try:
            for event in self._events:
                if self.stopped:
                    return
                self._take(event)
            if self.answer is None and not self.stopped:
                self.error = BackendError("answer_cut_off", "The answer was cut off. Ask again.")
        except BackendError as error:
            self.error = None if self.stopped else error
        except Exception as error:  # noqa: BLE001  # the page must learn of it, whatever it is
            self.error = BackendError("error", f"{type(error).__name__}: {error}")
        finally:
            self._ended.set()
            self._quoted.set()

    def _take(self, event: Event) -> None:
        match event:
            case QuotesOut():
                self.quotes = event
                self._quoted.set()
            case WaitingOut():
                self.waiting = event
            case SentenceOut():
                self.waiting = None
                self.sentences.append(event)
            case StruckOut():
                self.waiting = None
                self.struck.append(event)
            case AnswerOut():
                self.answer = event


def failing(error: BackendError) -> Iterator[Event]:
    """Events of a question that cannot even be asked."""
    raise error
    yield  # this makes it an iterator
