"""What a person does with findings: accept, ignore or fix one, all that say the same, or all of a rule; and
how many are settled."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from contract.checks import CheckOut, FindingOut
from ui import markup
from ui.language import Words
from ui.screens import actions
from ui.session_state import CheckDesk, Screen, desk

DEEDS = (("accepted", "accept", "check"), ("ignored", "ignore", "visibility_off"))


def bar(words: Words, outcome: CheckOut) -> None:
    """How many of all findings are settled."""
    if outcome.to_settle:
        text = words("checks.settled", done=outcome.settled, total=outcome.to_settle)
        st.progress(min(1.0, outcome.settled / outcome.to_settle), text=markup.plain(text))


def of_one(screen: Screen, check_desk: CheckDesk, outcome: CheckOut, finding: FindingOut) -> None:
    """The buttons of one finding, beside those that show it and let it pass."""
    words = screen.words
    if finding.state != "open":
        st.button(
            words("checks.reopen"), key=f"reopen-{finding.number}", type="tertiary", icon=":material/undo:",
            on_click=settle, args=(screen, check_desk, outcome, [finding.number], "open"),
        )  # fmt: skip
        return
    for state, name, icon in DEEDS:
        st.button(
            words(f"checks.{name}"), key=f"{name}-{finding.number}", type="tertiary",
            icon=f":material/{icon}:", help=words(f"checks.{name}_explain"),
            on_click=settle, args=(screen, check_desk, outcome, [finding.number], state),
        )  # fmt: skip
    if finding.can_fix:
        st.button(
            words("checks.fix_this"), key=f"fix-{finding.number}", type="tertiary",
            icon=":material/auto_fix_high:", on_click=fix,
            args=(screen, check_desk, outcome, [finding.number]),
        )  # fmt: skip


def of_several(
    screen: Screen, check_desk: CheckDesk, outcome: CheckOut, several: Sequence[FindingOut], key: str
) -> None:
    """The same for several findings at once."""
    words = screen.words
    waiting = [finding.number for finding in several if finding.state == "open"]
    if len(waiting) < 2:
        return
    with st.popover(
        words.count("checks.all_of_these", len(waiting)), type="tertiary", icon=":material/checklist:"
    ):
        for state, name, icon in DEEDS:
            st.button(
                words(f"checks.{name}_all", count=len(waiting)), key=f"{name}-all-{key}", type="tertiary",
                icon=f":material/{icon}:", on_click=settle,
                args=(screen, check_desk, outcome, waiting, state),
            )  # fmt: skip
        fixable = [f.number for f in several if f.state == "open" and f.can_fix]
        if fixable:
            st.button(
                words("checks.fix_all", count=len(fixable)), key=f"fix-all-{key}", type="tertiary",
                icon=":material/auto_fix_high:", on_click=fix, args=(screen, check_desk, outcome, fixable),
            )  # fmt: skip


def settle(
    screen: Screen, check_desk: CheckDesk, outcome: CheckOut, numbers: Sequence[int], state: str
) -> None:
    """Settle those findings so; the check as it is then."""
    body = {"state": state, "findings": list(numbers)}

    def send() -> None:
        check_desk.outcome = screen.backend.settle(outcome.id, body, language=screen.words.language)

    actions.do(screen, send)


def fix(screen: Screen, check_desk: CheckDesk, outcome: CheckOut, numbers: Sequence[int]) -> None:
    """Fix those findings in a copy, and go on with the copy: what was settled stays so there."""
    tracked = bool(st.session_state.get("check_tracked"))
    words = screen.words

    def send() -> None:
        made = screen.backend.fix(outcome.id, tracked=tracked, findings=list(numbers))
        check_desk.put_away()
        check_desk.outcome = screen.backend.check(made.check, language=words.language)
        check_desk.language = words.language
        st.query_params["check"] = made.check

    actions.do(screen, send)
    screen.refresh("checks", *(name for name in desk().kept if outcome.id in name))
