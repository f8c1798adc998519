"""A document held against rules of form and wording: drop it, choose the rules, see the findings beside the
page, mend a copy, take reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Any

import streamlit as st

from contract.checks import CheckOut, FindingOut
from ui import markup
from ui.client import BackendError
from ui.findings import pack_title
from ui.screens import actions
from ui.screens.checks import check_page, findings, settling, waivers
from ui.screens.documents import uploads
from ui.session_state import CheckDesk, Screen, desk

AUTO = "auto"  # the pack that follows the language of the document
MOST = 500  # documents in the list to choose from
RECENT = 6
SUFFIXES = {"html": "html", "json": "json", "sarif": "sarif", "junit": "xml", "pdf": "pdf", "docx": "docx"}


def show(screen: Screen) -> None:
    """The page."""
    check_desk = desk().check
    actions.title(screen, "checks")
    _form(screen, check_desk)
    actions.said(screen)
    _opened(screen, check_desk)
    if check_desk.outcome is not None:
        _outcome(screen, check_desk, check_desk.outcome)
    with screen.aside if screen.aside is not None else st.container():
        _recent(screen)


def _form(screen: Screen, check_desk: CheckDesk) -> None:
    words = screen.words
    packs = screen.lately("packs", screen.backend.packs, seconds=60)
    titles = {AUTO: words("checks.auto")}
    titles |= {pack.id: pack_title(pack, words.language) for pack in packs}
    with st.container(border=True, key="check-form"):
        source = "file"
        if screen.health.passages:
            source = str(
                st.segmented_control(
                    words("checks.source"), ("file", "library"), default="file", required=True,
                    format_func=lambda source: words(f"checks.from_{source}"), key="check_source",
                    label_visibility="collapsed",
                )
            )  # fmt: skip
        file = own = document = None
        if source == "file":
            st.html(uploads.wording(words, limit="checks.limit"))
            file = st.file_uploader(words("checks.file"), key="check_file")
        else:
            document = _document(screen)
        if source == "library":
            del titles[AUTO]  # its space's rules are what is usual there
        names = st.multiselect(
            words("checks.packs"), list(titles), default=[AUTO] if source == "file" else [],
            format_func=lambda pack: titles.get(pack, pack),
            placeholder=words("checks.packs_none" if source == "file" else "checks.packs_of_space"),
            key=f"check_packs_{source}",
        )  # fmt: skip
        if source == "file":
            with st.expander(words("checks.own")):
                st.html(uploads.wording(words, limit="checks.own_limit", within=".st-key-check_own"))
                own = st.file_uploader(
                    words("checks.own_file"), type=["yml", "yaml", "csv", "tsv", "xlsx"], key="check_own"
                )
        pressed = st.button(words("checks.go"), type="primary", icon=":material/rule:", key="check-go")
    if pressed:
        _begin(screen, check_desk, source, file or document, names, own)


def _document(screen: Screen) -> tuple[str, str] | None:
    """Id and name of the document of the library that is chosen."""
    documents = screen.lately("check documents", lambda: screen.backend.documents(limit=MOST).documents)
    names = {
        document.id: document.name
        if document.title in ("", document.name)
        else f"{document.title} ({document.name})"
        for document in documents
    }
    document = st.selectbox(
        screen.words("checks.document"), list(names), index=None,
        format_func=lambda document: names.get(document, document),
        placeholder=screen.words("checks.choose_document"), key="check_document",
    )  # fmt: skip
    return (document, names[document]) if document in names else None


def _begin(
    screen: Screen, check_desk: CheckDesk, source: str, subject: Any, packs: Sequence[str], own: Any
) -> None:
    """Check what was chosen; what is missing is said instead."""
    words, backend = screen.words, screen.backend
    missing = ""
    if subject is None:
        missing = "checks.choose_file" if source == "file" else "checks.choose_document"
    elif source == "file" and not packs and own is None:
        missing = "checks.choose_pack"
    if missing:
        st.html(markup.notice(words(missing), "warning", language=words.language))
        return
    name = subject.name if source == "file" else subject[1]
    known = check_desk.outcome  # the same document again, after it was worked on

    def check() -> CheckOut:
        if source == "library":
            return backend.check_document(subject[0], packs=list(packs), language=words.language)
        sent = (own.name, own.getvalue()) if own is not None else None

        def checked(after: str) -> CheckOut:
            return backend.check_file(
                name, subject.getvalue(), packs=list(packs), own=sent, language=words.language, after=after
            )

        if known is None or known.document != name:
            return checked("")
        try:
            return checked(known.id)
        except BackendError as error:
            if error.status != 404:
                raise
            return checked("")  # the earlier one is kept no longer; this document is there all the same

    with st.spinner(markup.plain(words("checks.going", name=name))):
        open_outcome(screen, check)
    screen.refresh("checks")


def open_outcome(screen: Screen, find: Callable[[], CheckOut]) -> None:
    """Put the outcome of a check on the desk, or say why there is none."""
    for name in ("check_levels", "check_rule", "check_shown"):
        st.session_state.pop(name, None)
    check_desk = desk().check
    check_desk.put_away()
    try:
        check_desk.outcome, check_desk.language = find(), screen.words.language
    except BackendError as error:
        text = screen.words("checks.gone") if error.status == 404 else screen.words.error(error)
        st.session_state["deed"] = ("error", text)
    kept = check_desk.outcome.id if check_desk.outcome is not None else ""
    if kept:
        st.query_params["check"] = kept
    else:
        st.query_params.pop("check", None)


def _opened(screen: Screen, check_desk: CheckDesk) -> None:
    """The check that the address names, and in the reader's language."""
    asked = st.query_params.get("check", "")
    known = check_desk.outcome
    if known is None and asked:
        open_outcome(screen, lambda: screen.backend.check(asked, language=screen.words.language))
        actions.said(screen)
    elif known is not None:
        st.query_params["check"] = known.id
        if check_desk.language != screen.words.language:
            opened = (check_desk.opened, check_desk.page)
            open_outcome(screen, lambda: screen.backend.check(known.id, language=screen.words.language))
            check_desk.opened, check_desk.page = opened


def _outcome(screen: Screen, check_desk: CheckDesk, outcome: CheckOut) -> None:
    words = screen.words
    kept = ""
    if outcome.expires_at is not None:
        kept = words("checks.kept_until", time=f"{outcome.expires_at.astimezone():%H:%M}")
    facts = [words("checks.is_copy") if outcome.fixes else "", _pack_titles(screen, outcome.pack), kept]
    text = " · ".join(fact for fact in facts if fact)
    st.html(
        f'<div class="checked"><h2 class="viewer-title">{markup.escaped(outcome.document)}</h2>'
        f"{markup.block(text, 'quiet', language=words.language)}</div>"
    )
    stopped = sum(rule.state == "could_not_run" for rule in outcome.rules)
    if stopped:
        warning = words.count("checks.cannot_run", stopped)
        st.html(markup.notice(warning, "warning", language=words.language))
    if not outcome.findings:
        st.html(markup.notice(words("checks.clean"), "good", language=words.language))
    _deeds(screen, check_desk, outcome)
    for note in outcome.notes:
        st.html(markup.block(note, "calm", language=words.language))
    if outcome.findings:
        _findings(screen, check_desk, outcome)
    waivers.passed(screen, outcome)
    findings.rules(screen, outcome.rules, outcome.findings)


def _pack_titles(screen: Screen, names: str) -> str:
    """What the packs are called to which a document was held; a name of one's own stays as it is."""
    words = screen.words
    packs = screen.lately("packs", screen.backend.packs, seconds=60)
    titles = {pack.name: pack_title(pack, words.language) for pack in packs}
    return words.listed(titles.get(name, name) for name in names.split(" + "))


def _findings(screen: Screen, check_desk: CheckDesk, outcome: CheckOut) -> None:
    words = screen.words
    count = words.count("checks.counts", len(outcome.findings))
    st.html(markup.block(count, "label", language=words.language, tag="h2"))
    settling.bar(words, outcome)
    shown = findings.filters(screen, outcome)
    if st.session_state.get("check_rule"):
        settling.of_several(screen, check_desk, outcome, shown, "rule")

    def card(finding: FindingOut) -> None:
        if check_desk.waiving == finding.number:
            waivers.form(screen, check_desk, outcome, finding)

    left, right = st.columns([11, 10], gap="large")
    with left:
        findings.cards(screen, check_desk, outcome, shown, card)
    with right:
        check_page.show(screen, check_desk, outcome, shown)


def _deeds(screen: Screen, check_desk: CheckDesk, outcome: CheckOut) -> None:
    """A mended copy, reports, and the end of it."""
    words = screen.words
    stem = PurePath(outcome.document).stem
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="check-deeds"):
        if outcome.can_fix and outcome.fixable:
            st.button(
                words.count("checks.fix", outcome.fixable), key="check-fix", icon=":material/auto_fix_high:",
                on_click=_fix, args=(screen, check_desk, outcome),
            )  # fmt: skip
            if outcome.format == "docx":
                st.checkbox(words("checks.tracked"), key="check_tracked")
        if outcome.fixes:
            _download(screen, outcome.id, outcome.document)
        with st.popover(words("checks.reports"), icon=":material/summarize:", type="tertiary"):
            for form in outcome.reports:
                st.download_button(
                    words(f"checks.{form}") if words.has(f"checks.{form}") else form,
                    data=lambda form=form: screen.backend.download(
                        f"/api/checks/{outcome.id}/report", form=form, language=words.language
                    ),
                    file_name=f"{stem}-check.{SUFFIXES.get(form, form)}", on_click="ignore", type="tertiary",
                    icon=":material/download:", key=f"report-{form}",
                )  # fmt: skip
        st.button(
            words("checks.erase"), key="check-erase", icon=":material/delete:", type="tertiary",
            on_click=_erase, args=(screen, outcome),
        )  # fmt: skip
    fixed = check_desk.fixed
    if fixed is not None:
        done = words.count("checks.fixed", fixed.applied)
        more = words.count("checks.fixed_left", fixed.left)
        st.html(markup.notice(done, "good", language=words.language, more=more))
        with st.container(horizontal=True, gap="small"):
            _download(screen, fixed.check, outcome.document)
            st.button(
                words("checks.show_copy"), key="check-copy", icon=":material/rule:", type="tertiary",
                on_click=open_outcome,
                args=(screen, lambda: screen.backend.check(fixed.check, language=words.language)),
            )  # fmt: skip


def _download(screen: Screen, check_id: str, document: str) -> None:
    name = PurePath(document)
    st.download_button(
        screen.words("checks.download_copy"),
        data=lambda: screen.backend.download(f"/api/checks/{check_id}/file"),
        file_name=f"{name.stem}-fixed{name.suffix}", mime="application/octet-stream", type="primary",
        icon=":material/download:", on_click="ignore", key="copy-download",
    )  # fmt: skip


def _fix(screen: Screen, check_desk: CheckDesk, outcome: CheckOut) -> None:
    tracked = bool(st.session_state.get("check_tracked"))

    def fix() -> None:
        check_desk.fixed = screen.backend.fix(outcome.id, tracked=tracked)

    actions.do(screen, fix)
    screen.refresh("checks")


def _erase(screen: Screen, outcome: CheckOut) -> None:
    done = screen.words("checks.erased")
    if actions.send(screen, "DELETE", f"/api/checks/{outcome.id}", done=done):
        desk().check.put_away()
        st.query_params.pop("check", None)
        screen.refresh("checks")


def _recent(screen: Screen) -> None:
    """Checks that are still kept, each a way back to it."""
    words = screen.words
    kept = screen.lately("checks", screen.backend.checks)[:RECENT]
    if not kept:
        return
    with st.container(key="recent-checks", gap=None):
        st.html(markup.block(words("checks.recent"), "label", language=words.language, tag="h2"))
        for report in kept:
            time = f"{report.created_at.astimezone():%H:%M}"
            label = f"{time} {markup.shortened(report.document, 40)}"
            st.button(
                markup.plain(label), key=f"recent-{report.id}", type="tertiary", on_click=open_outcome,
                args=(screen, lambda report=report: screen.backend.check(report.id, language=words.language)),
            )  # fmt: skip
