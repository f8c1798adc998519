"""reference: what the text points to is there, and what is there is pointed to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from checks.document.captions import What
from checks.findings import RuleMatch
from checks.kinds.numbering import unresolved
from checks.rules import Context, Rule


class ReferenceRule(Rule):
    """References that must lead somewhere."""

    kind: Literal["reference"] = "reference"
    check_: list[What] = Field(["figure", "table"], alias="check", min_length=1)
    cited: bool = Field(False, description="Every figure and table must be mentioned in the text.")

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """References to what is missing."""
        yield from unresolved(context, tuple(self.check_), self.cited)
