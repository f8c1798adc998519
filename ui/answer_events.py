"""The events of an answer and of a draft, as they come from the back-end."""

from typing import Any

from contract.answers import AnswerOut, QuotesOut, SentenceOut, StruckOut, WaitingOut
from contract.drafts import DraftOut, SectionEvent

Event = QuotesOut | WaitingOut | SentenceOut | StruckOut | AnswerOut
DraftEvent = SectionEvent | DraftOut

# By the name of an event.
EVENTS: dict[str, Any] = {
    "quotes": QuotesOut,
    "waiting": WaitingOut,
    "sentence": SentenceOut,
    "struck": StruckOut,
    "done": AnswerOut,
}
DRAFT_EVENTS: dict[str, Any] = {"section": SectionEvent, "done": DraftOut}
