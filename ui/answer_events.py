"""The events of an answer and of a draft, as they come from the back-end."""

from contract.answers import AnswerOut, QuotesOut, SentenceOut, StruckOut, WaitingOut
from contract.drafts import DraftOut, SectionEvent

Event = QuotesOut | WaitingOut | SentenceOut | StruckOut | AnswerOut
DraftEvent = SectionEvent | DraftOut
