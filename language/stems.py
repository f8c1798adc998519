"""The stems of English words: Snowball's, but for words that it would take for another. Pure.

Snowball cuts endings without knowing words: "quite" ends like "quit" with an e, "several" and "severance"
like forms of "sever", "internal" like one of "intern". Where two everyday words of offices and news with
different meanings would share a stem, the one that is written here keeps a stem of its own, with its forms. A
line is added for such a pair; words of one family (manage, manager, management) share their stem on purpose.
"""

from __future__ import annotations

import threading
from functools import lru_cache

import snowballstemmer

_stemmer = snowballstemmer.stemmer("english")
_stemming = threading.Lock()  # the stemmer keeps the word in hand in itself: two at once mix theirs up
LEAST = 2  # letters of a stem: AED is no form of "a"

# Each line: the stem, then what has it.
_OWN = """
    quite: quite
    suite: suite suites
    paste: paste pastes pasted pasting
    morale: morale
    humane: humane humanely
    polite: polite politely politeness
    several: several
    severe: severe severely severity
    severance: severance
    secrete: secrete secretes secreted secreting secretion
    internal: internal internally
    important: important importance importantly
    department: department departments departmental
    organic: organic organically
    statue: statue statues
    positive: positive positives positively
    rational: rational rationally rationale rationales
    animal: animal animals
    customer: customer customers
    designate: designate designates designated designating designation designations
    executive: executive executives
    terminal: terminal terminals
    literal: literal literally
    university: university universities
    conversation: conversation conversations
    conversion: conversion conversions
    initiative: initiative initiatives
    memorial: memorial memorials
    numerous: numerous
    responsible: responsible responsibly responsibility responsibilities
    transition: transition transitions transitional
    busy: busy busier busiest
    conference: conference conferences
    excellent: excellent excellence excellently
    integrity: integrity
    personal: personal personally
    personality: personality personalities
    authority: authority authorities
    authorize: authorize authorizes authorized authorizing authorization authorise authorised authorisation
    accountable: accountable accountability
    allowance: allowance allowances
    dependent: dependent dependents dependant dependants
    officer: officer officers
    presentation: presentation presentations
    informal: informal informally
    identical: identical identically
    objective: objective objectives
    publication: publication publications
    reasonable: reasonable reasonably
    unite: unite unites united uniting
    hospitality: hospitality
    emergency: emergency emergencies
    competent: competent competence competency competencies
    contractor: contractor contractors
    secondment: secondment secondments seconded
    reporter: reporter reporters
    dating: dating
    earnings: earnings
    servicing: servicing
    training: training trainings
    meeting: meeting meetings
    fired: fired
"""
_APART = {
    word: own
    for own, _, words in (line.strip().partition(": ") for line in _OWN.splitlines())
    for word in words.split()
}


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem of a lower-case English word; words with digits or other letters stay as they are."""
    if not (word.isascii() and word.isalpha()):
        return word
    own = _APART.get(word)
    if own is not None:
        return own
    with _stemming:
        stemmed = str(_stemmer.stemWord(word))
    return stemmed if len(stemmed) >= LEAST else word
