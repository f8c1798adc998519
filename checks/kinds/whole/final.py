"""final: that nothing of its making is left in a final copy: tracked changes, comments, hidden text,
highlights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from checks.document.traces import Trace, TraceKind
from checks.findings import CouldNotRun, RanInPart, RuleMatch, match_at
from checks.rules import Context, RegexText, Rule, pattern_of

LONGEST = 60  # characters of what was deleted or noted that a message repeats


class FinalRule(Rule):
    """What a final copy must not have."""

    kind: Literal["final"] = "final"
    forbid: list[TraceKind] = Field(list(TraceKind), min_length=1)
    except_: RegexText | None = Field(None, alias="except", description="Comments that may stay.")

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """Each trace, where it stands. Raises CouldNotRun or RanInPart for what the format does not tell."""
        document = context.document
        traceable = [kind for kind in self.forbid if kind in document.traced]
        if not traceable:
            raise CouldNotRun("final_unreadable", form=str(document.format))
        for trace in document.traces:
            if trace.kind in traceable and not self._may_stay(trace):
                yield self._match(context, trace)
        untraceable = [str(kind) for kind in self.forbid if kind not in document.traced]
        if untraceable:
            raise RanInPart("final_in_part", kinds=", ".join(untraceable), form=str(document.format))

    def _may_stay(self, trace: Trace) -> bool:
        if self.except_ is None or trace.kind is not TraceKind.COMMENT:
            return False
        return pattern_of(self.except_).search(trace.text) is not None

    def _match(self, context: Context, trace: Trace) -> RuleMatch:
        text = trace.text or self._shown(context, trace)
        short = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
        values = {"text": " ".join(short.split()), "by": trace.by or "–"}
        return match_at(context.document, trace.spot, f"final_{trace.how}", values, text)

    @staticmethod
    def _shown(context: Context, trace: Trace) -> str:
        spot = trace.spot
        if spot.piece < 0:
            return ""
        text = context.document.pieces[spot.piece].text
        return text[spot.start : spot.end] or text
