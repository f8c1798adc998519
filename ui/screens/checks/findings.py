"""What a check found: the findings with filters, where each stands, and what became of each rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import streamlit as st

from contract.checks import CheckOut, FindingOut, RuleOut
from ui import markup
from ui.findings import LEVELS, chosen, same
from ui.language import Words, script_of
from ui.screens import actions
from ui.screens.checks import settling
from ui.session_state import CheckDesk, Screen

SHOWN = 20
MOST_OTHERS = 50  # places of one finding, each a button
BADGES = {"error": "error", "warning": "warning", "info": "busy"}
LONGEST = 160
LONGEST_NAME = 60  # of a rule


def filters(screen: Screen, outcome: CheckOut) -> list[FindingOut]:
    """The findings that the reader wants to see."""
    words = screen.words
    levels: Counter[str] = Counter(finding.level for finding in outcome.findings)
    rules = Counter(finding.rule for finding in outcome.findings)
    names = rule_names(outcome.findings)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="check-filters"):
        wanted = st.pills(
            words("checks.severity"), [level for level in LEVELS if levels[level]], selection_mode="multi",
            format_func=lambda level: f"{words(f'checks.{level}')} {levels[level]}", key="check_levels",
        )  # fmt: skip
        rule = st.selectbox(
            words("checks.rule"), ["", *(name for name, _ in rules.most_common())], key="check_rule",
            width=340, format_func=lambda rule: _rule(words, rule, names, rules, len(outcome.findings)),
        )  # fmt: skip
        only_open = st.toggle(words("checks.open_only"), key="check_open_only")
    shown = chosen(outcome.findings, wanted or (), rule or "")
    return [finding for finding in shown if not only_open or finding.state == "open"]


def rule_names(findings: Sequence[FindingOut]) -> dict[str, str]:
    """What people call each rule that found something: what it says of the first place. Its id tells nobody
    anything; where two rules say the same, it stands behind."""
    first: dict[str, str] = {}
    for finding in findings:
        first.setdefault(finding.rule, markup.shortened(finding.message, LONGEST_NAME))
    often = Counter(first.values())
    return {rule: f"{name} ({rule})" if often[name] > 1 else name for rule, name in first.items()}


def _rule(words: Words, rule: str, names: dict[str, str], rules: Counter[str], total: int) -> str:
    if not rule:
        return words("checks.all_rules", count=total)
    return words("checks.rule_count", rule=names.get(rule, rule), count=rules[rule])


def cards(
    screen: Screen, check_desk: CheckDesk, outcome: CheckOut, findings: Sequence[FindingOut],
    below: Callable[[FindingOut], None],
) -> None:  # fmt: skip
    """One card for those that say the same, with what `below` draws in it; the other places are its own."""
    words = screen.words
    if not findings:
        st.html(markup.block(words("checks.none_left"), "calm", language=words.language))
        return
    limit = int(st.session_state.get("check_shown", SHOWN))
    groups = same(findings)
    for group in groups[:limit]:
        finding = next((finding for finding in group if finding.number == check_desk.opened), group[0])
        opened = finding.number == check_desk.opened
        with st.container(
            border=True, gap="xsmall", key=f"finding-{finding.number}{'-open' if opened else ''}"
        ):
            st.html(card(words, finding))
            with st.container(horizontal=True, gap="medium", key=f"finding-deeds-{finding.number}"):
                if finding.page:
                    st.button(
                        _where(words, finding), key=f"place-{finding.number}", type="tertiary",
                        icon=":material/plagiarism:", on_click=check_desk.open, args=(finding,),
                    )  # fmt: skip
                settling.of_one(screen, check_desk, outcome, finding)
                st.button(
                    words("checks.waive"), key=f"waive-{finding.number}", type="tertiary",
                    icon=":material/task_alt:", on_click=check_desk.waive, args=(finding.number,),
                )  # fmt: skip
                settling.of_several(screen, check_desk, outcome, group, str(finding.number))
            below(finding)
            if others := [other for other in group if other is not finding]:
                _others(words, check_desk, others)
    if len(groups) > limit:
        more = min(SHOWN, len(groups) - limit)
        st.button(words("checks.more", count=more), key="check-more", on_click=_more, args=(limit + SHOWN,))


def _others(words: Words, check_desk: CheckDesk, others: Sequence[FindingOut]) -> None:
    """Where else the same was found: a button for each place."""
    with st.expander(words.count("checks.other_places", len(others))):
        for other in others[:MOST_OTHERS]:
            label = f"{other.number}. {place_text(words, other) or other.shown_place}"
            key = f"place-{other.number}"
            st.button(label, key=key, type="tertiary", on_click=check_desk.open, args=(other,))
        if len(others) > MOST_OTHERS:
            st.caption(words("checks.more", count=len(others) - MOST_OTHERS))


def _where(words: Words, finding: FindingOut) -> str:
    """What the button says that shows the place."""
    if finding.place.get("page"):
        return words("checks.on_page", page=finding.place["page"])
    return words("checks.in_text")


def _more(limit: int) -> None:
    st.session_state["check_shown"] = limit


def card(words: Words, finding: FindingOut) -> str:
    """A finding as HTML: how grave, what is wrong, where, and what to write instead."""
    level = markup.badge(words(f"checks.{finding.level}"), BADGES.get(finding.level, "calm"))
    number = f'<span class="number">{finding.number}</span>' if finding.number else ""
    if finding.state != "open":
        level += markup.badge(words(f"checks.is_{finding.state}"), "good")
    if finding.opinion:
        level += markup.badge(words("checks.opinion"), "calm")
    where = place_text(words, finding)
    change = ""
    if finding.reason:
        reason = f"{words('checks.reason')}: {finding.reason}"
        where = f"{where} · {reason}" if where else reason
    if finding.quote or finding.fix:
        language = script_of(finding.quote, words.language)
        change = f'<div class="fix" lang="{language}">{_change(words, finding)}</div>'
    return (
        f'<div class="quote finding"><div class="source">{number}{level}'
        f'<span class="title" lang="{script_of(finding.message, words.language)}" '
        f'title="{markup.escape(finding.rule)}">'
        f"{markup.escaped(finding.message)}</span></div>{change}"
        f'<div class="where" lang="{words.language}">{markup.escaped(where)}</div></div>'
    )


def _change(words: Words, finding: FindingOut) -> str:
    quote = markup.escaped(
        seen(markup.shortened(finding.quote, LONGEST) if finding.quote.strip() else finding.quote)
    )
    if finding.fix is None:
        return f"<q>{quote}</q>"
    before, after = markup.escaped(finding.before), markup.escaped(finding.after)
    if not finding.fix:
        return f"{before}<del>{quote}</del>{after} → {markup.escaped(words('checks.remove'))}"
    fix = markup.escaped(seen(markup.shortened(finding.fix, LONGEST)))
    if not (before or after):
        return f"<del>{quote}</del> → <ins>{fix}</ins>"
    return f"{before}<del>{quote}</del><ins>{fix}</ins>{after}"


def seen(text: str) -> str:
    """A text in which blanks alone, which nobody would see, are drawn."""
    if text.strip():
        return text
    return text.replace(" ", "␣").replace("\u3000", "□").replace("\t", "⇥").replace("\n", "↵")


def place_text(words: Words, finding: FindingOut) -> str:
    """Where a finding stands, as a person finds it there."""
    place = finding.place
    parts = []
    if place.get("page"):
        parts.append(words("quote.page", page=place["page"]))
    elif place.get("sheet"):
        known = place.get("cell")
        key = "place.cells" if known else "place.sheet"
        parts.append(words(key, name=place["sheet"], cells=known))
    elif place.get("slide"):
        parts.append(words("place.slide", number=place["slide"]))
    elif place.get("line"):
        parts.append(words("place.line", number=place["line"]))
    if section := str(place.get("section", "")).rpartition(" > ")[2]:
        parts.append(words("checks.section", section=markup.shortened(section, 60)))
    if "tbl[" in str(place.get("path", "")):
        parts.append(words("checks.table"))
    return " · ".join(parts)


def rules(screen: Screen, outcomes: Sequence[RuleOut], findings: Sequence[FindingOut] = ()) -> None:
    """What became of each rule; those that could not run first. One that found something has a name too."""
    words, names = screen.words, rule_names(findings)
    order = {"could_not_run": 0, "ran": 1, "not_applicable": 2}
    kept = sorted(outcomes, key=lambda outcome: (order.get(outcome.state, 0), -outcome.findings))
    with st.expander(words.count("checks.rules_title", len(kept)), icon=":material/rule:"):
        st.html(markup.block(words("checks.rules_explain"), "quiet", language=words.language))
        actions.table(
            screen,
            ("checks.rule", "checks.what", "checks.why"),
            ((_named(rule, names), words(f"checks.{rule.state}"), _why(words, rule)) for rule in kept),
        )


def _named(rule: RuleOut, names: dict[str, str]) -> str:
    return f"{names[rule.id]} ({rule.id})" if rule.id in names and rule.id not in names[rule.id] else rule.id


def _why(words: Words, rule: RuleOut) -> str:
    return rule.why or (words.count("checks.counts", rule.findings) if rule.state == "ran" else "")
