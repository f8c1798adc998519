"""Which of several copies is likely the valid one, with the reasons for and against each. Pure.

A proposal is made only where one stands out: what nothing tells apart, a person has to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from contract.values import CopyReasonCode
from ingest.copies.names import NameSign, NameSigns, signs_of

CLEARLY = 1.0  # by how much the best must stand above the next
# What each reason weighs. An approval and a later day in force say most; "final" in a name says little: names
# that claim it three times over are the ones that people complain of.
WEIGHTS = {
    CopyReasonCode.IN_FORCE: 3.0,
    CopyReasonCode.APPROVED: 3.0,
    CopyReasonCode.VERSION: 2.0,
    CopyReasonCode.NAMED_FINAL: 1.0,
    CopyReasonCode.NEWEST: 0.5,
    CopyReasonCode.NAMED_OLD: -4.0,
    CopyReasonCode.NAMED_DRAFT: -4.0,
    CopyReasonCode.NAMED_COPY: -3.0,
    CopyReasonCode.NUMBERED: -2.0,
    CopyReasonCode.PLACE_OLD: -3.0,
    CopyReasonCode.PLACE_DRAFT: -2.0,
    CopyReasonCode.PLACE_COPY: -2.0,
    CopyReasonCode.SAYS_DRAFT: -4.0,
}
_NAMED = {
    NameSign.OLD: CopyReasonCode.NAMED_OLD,
    NameSign.DRAFT: CopyReasonCode.NAMED_DRAFT,
    NameSign.COPY: CopyReasonCode.NAMED_COPY,
    NameSign.FINAL: CopyReasonCode.NAMED_FINAL,
}
_PLACED = {
    NameSign.OLD: CopyReasonCode.PLACE_OLD,
    NameSign.DRAFT: CopyReasonCode.PLACE_DRAFT,
    NameSign.COPY: CopyReasonCode.PLACE_COPY,
}


@dataclass(frozen=True)
class CopyCandidate:
    """One of the copies, with what can tell it from the others."""

    id: str
    name: str  # with its folders
    in_force_from: date | None
    added: date
    approval: str  # the words of its approval block; empty: none is filled in
    draft: str  # the words by which it calls itself a draft


@dataclass(frozen=True)
class CopyReason:
    """A reason for or against a copy, and the word or day that gives it."""

    code: CopyReasonCode
    value: str = ""


@dataclass(frozen=True)
class CopyStanding:
    """A copy with what speaks for and against it."""

    id: str
    reasons: tuple[CopyReason, ...]

    @property
    def weight(self) -> float:
        """All its reasons together."""
        return sum(WEIGHTS[reason.code] for reason in self.reasons)


@dataclass(frozen=True)
class CopyProposal:
    """The copy that is likely valid (None: nothing tells them apart), and all of them, likeliest first."""

    likely: str | None
    standings: tuple[CopyStanding, ...]


def propose(copies: Sequence[CopyCandidate]) -> CopyProposal:
    """Weigh the copies of one document against each other."""
    signs = {copy.id: signs_of(copy.name) for copy in copies}
    latest = _only_highest({copy.id: copy.in_force_from for copy in copies if copy.in_force_from is not None})
    versions = {key: sign.version for key, sign in signs.items() if sign.version}
    highest = _only_highest(versions) if len(versions) > 1 else set()
    newest = _only_highest({copy.id: copy.added for copy in copies})
    standings = []
    for copy in copies:
        reasons = []
        if copy.id in latest and copy.in_force_from is not None:
            reasons.append(CopyReason(CopyReasonCode.IN_FORCE, copy.in_force_from.isoformat()))
        if copy.approval:
            reasons.append(CopyReason(CopyReasonCode.APPROVED, copy.approval[:100]))
        if copy.id in highest:
            version = ".".join(str(part) for part in signs[copy.id].version)
            reasons.append(CopyReason(CopyReasonCode.VERSION, version))
        if copy.draft:
            reasons.append(CopyReason(CopyReasonCode.SAYS_DRAFT, copy.draft[:100]))
        reasons += _by_name(signs[copy.id])
        if copy.id in newest:
            reasons.append(CopyReason(CopyReasonCode.NEWEST, copy.added.isoformat()))
        standings.append(CopyStanding(copy.id, tuple(reasons)))
    standings.sort(key=lambda standing: -standing.weight)
    clear = len(standings) > 1 and standings[0].weight - standings[1].weight >= CLEARLY
    return CopyProposal(standings[0].id if clear else None, tuple(standings))


def _by_name(signs: NameSigns) -> list[CopyReason]:
    reasons = [CopyReason(_NAMED[sign], word) for sign, word in signs.signs.items()]
    reasons += [CopyReason(_PLACED[sign], word) for sign, word in signs.place.items() if sign in _PLACED]
    if signs.numbered:
        reasons.append(CopyReason(CopyReasonCode.NUMBERED, f"({signs.numbered})"))
    return reasons


def _only_highest(values: dict[str, date] | dict[str, tuple[int, ...]]) -> set[str]:
    """Those with the highest value, where not all have it."""
    if not values or len(set(values.values())) < 2:
        return set()
    best = max(values.values())
    return {key for key, value in values.items() if value == best}
