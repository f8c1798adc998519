"""A draft in the company's form: choose a template, answer its fields, read each paragraph with its sources,
download the Word file."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import date

import streamlit as st

from contract.drafts import TemplateField, TemplateOut
from ui import markup
from ui.client import BackendError
from ui.drafting import Drafting
from ui.findings import template_title
from ui.screens import actions
from ui.screens.days import here
from ui.screens.documents import uploads
from ui.screens.drafts import draft_view, template_desk
from ui.session_state import DraftDesk, Screen, desk

EVERY = 0.5  # seconds between two looks at a draft that is on its way
RECENT = 8
TODAY = "today"


def show(screen: Screen) -> None:
    """The page."""
    words, draft_desk = screen.words, desk().draft
    actions.title(screen, "drafts")
    actions.said(screen)
    with screen.aside if screen.aside is not None else st.container():
        _recent(screen, draft_desk)
    if draft_desk.drafting is not None:
        _on_its_way(screen, draft_desk, draft_desk.drafting)
        return
    asked = st.query_params.get("draft", "")
    if draft_desk.draft is None and asked:
        _open(screen, draft_desk, asked)
        actions.said(screen)
    if draft_desk.draft is not None:
        st.query_params["draft"] = draft_desk.draft.id
        draft_view.show(screen, draft_desk, draft_desk.draft)
        return
    templates = screen.lately("templates", screen.backend.templates, seconds=30)
    if templates:
        _form(screen, draft_desk, templates)
    else:
        st.html(markup.notice(words("drafts.no_templates"), "info", language=words.language))
    template_desk.show(screen, templates)


def _form(screen: Screen, draft_desk: DraftDesk, templates: list[TemplateOut]) -> None:
    words = screen.words
    known = {template.id: template for template in templates}
    mine = [template.id for template in templates if template.language == words.language] + list(known)
    with st.container(border=True, key="draft-form"):
        chosen = st.selectbox(
            words("drafts.template"), list(known), index=list(known).index(mine[0]), key="draft_template",
            format_func=lambda template_id: template_title(known[template_id], words.language),
        )  # fmt: skip
        template = known[chosen]
        actions.part(screen, "drafts.fields")
        for kind in ("rows", "picture"):
            if any(field.kind == kind for field in template.fields):
                within = f'[class*="st-key-{kind}-of-"]'
                st.html(uploads.wording(words, limit=f"drafts.{kind}_limit", within=within))
        values = _fields(screen, template)
        own = _sections(screen, template)
        spaces = _spaces(screen)
        into = _into(screen)
        prose = False
        if screen.health.chat_model != "none":
            prose = st.checkbox(words("drafts.prose"), value=True, key="draft_prose")
        pressed = st.button(
            words("drafts.make"), type="primary", icon=":material/edit_document:", key="draft-go"
        )
    needed = _needed(template, values, own)
    if pressed and needed:
        text = words("drafts.need", labels=words.listed(needed))
        st.html(markup.notice(text, "warning", language=words.language))
    elif pressed:
        order = {
            "template": template.id,
            "fields": {name: value for name, value in (values | own).items() if value},
            "spaces": spaces or None,
            "into": into,
            "prose": prose,
            "language": words.language,
            "pictures": _pictures(template),
        }
        draft_desk.put_away()
        draft_desk.drafting = Drafting(len(template.sections), screen.backend.draft_events(order))
        st.rerun()


def _needed(template: TemplateOut, values: Mapping[str, str], own: Mapping[str, str]) -> list[str]:
    """The labels of empty fields without which what the documents are asked would have a hole in it."""
    asked = [section.ask for section in template.sections if not own.get(section.name)]
    return [
        field.label
        for field in template.fields
        if field.required and not values.get(field.name) and any(_holes(field.name, ask) for ask in asked)
    ]


def _holes(field: str, ask: str) -> bool:
    return re.search(rf"\{{\s*{re.escape(field)}\s*\}}", ask) is not None


def _fields(screen: Screen, template: TemplateOut) -> dict[str, str]:
    """What was given, by the names of fields; two short ones side by side."""
    tall = ("long_text", "rows", "picture")
    short = [field for field in template.fields if field.kind not in tall]
    long = [field for field in template.fields if field.kind in tall]
    values: dict[str, str] = {}
    for index in range(0, len(short), 2):
        for column, field in zip(st.columns(2), short[index : index + 2], strict=False):
            with column:
                values[field.name] = _field(screen, template, field)
    for field in long:
        values[field.name] = _field(screen, template, field)
    return values


def _field(screen: Screen, template: TemplateOut, field: TemplateField) -> str:
    words = screen.words
    label = markup.plain(field.label if field.required else words("drafts.optional", label=field.label))
    key = f"draft-{template.id}-{field.name}"
    if field.kind == "date":
        today = date.today() if field.default == TODAY else None
        day = st.date_input(label, value=today, format=here(), key=key)
        return day.isoformat() if isinstance(day, date) else ""
    if field.kind == "choice":
        index = field.choices.index(field.default) if field.default in field.choices else None
        return str(
            st.selectbox(
                label, field.choices, index=index, key=key, placeholder=words("streamlit.choose_option")
            )
            or ""
        )
    if field.kind == "rows":
        return _rows(screen, label, key, field)
    if field.kind == "picture":
        with st.container(key=f"picture-of-{key}"):
            st.file_uploader(label, type=["png", "jpg", "jpeg"], key=key)
        return ""
    if field.kind == "long_text":
        return str(st.text_area(label, value=field.default, placeholder=field.hint, key=key, height=90))
    return str(st.text_input(label, value=field.default, placeholder=field.hint, key=key, max_chars=1000))


def _rows(screen: Screen, label: str, key: str, field: TemplateField) -> str:
    """A table: cells pasted from a spreadsheet under their columns' names, or a CSV file."""
    words = screen.words
    asked = [column.label for column in field.columns if not column.times]
    explain = words("drafts.rows_explain", columns=words.listed(asked))
    st.html(markup.block(explain, "quiet", language=words.language))
    with st.container(key=f"rows-of-{key}"):
        named = words("drafts.rows_file", label=label)
        file = st.file_uploader(named, type=["csv", "tsv"], key=f"{key}-file")
    text = st.text_area(label, placeholder="\t".join(asked), key=key, height=150)
    return _decoded(file.getvalue(), words.language) if file is not None else str(text)


def _decoded(content: bytes, language: str) -> str:
    """A CSV file's text: UTF-8, else as spreadsheets write it in the reader's country."""
    for encoding in ("utf-8-sig", "gb18030" if language == "zh" else "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8", "replace")


def _pictures(template: TemplateOut) -> dict[str, str]:
    """The picture files that were given, as base64."""
    given = {
        field.name: st.session_state.get(f"draft-{template.id}-{field.name}")
        for field in template.fields
        if field.kind == "picture"
    }
    return {
        name: base64.b64encode(file.getvalue()).decode() for name, file in given.items() if file is not None
    }


def _sections(screen: Screen, template: TemplateOut) -> dict[str, str]:
    """What is looked up for each section, and one's own text in its place."""
    words = screen.words
    if not template.sections:
        return {}
    actions.part(screen, "drafts.sections")
    st.html(markup.block(words("drafts.sections_explain"), "quiet", language=words.language))
    own: dict[str, str] = {}
    for section in template.sections:
        label = section.label if section.required else words("drafts.optional", label=section.label)
        with st.expander(markup.plain(label)):
            asked = words("drafts.asks", question=section.ask) if section.ask else ""
            st.html(markup.block(asked, "quiet", language=words.language))
            own[section.name] = st.text_area(
                words("drafts.own_text"), key=f"draft-own-{template.id}-{section.name}", height=90
            )
    return own


def _spaces(screen: Screen) -> list[str]:
    names = {space.id: space.name for space in screen.spaces()}
    if len(names) < 2:
        return []
    chosen: list[str] = st.multiselect(
        screen.words("drafts.spaces"), list(names), format_func=lambda space: names.get(space, ""),
        placeholder=screen.words("ask.all_spaces"), key="draft_spaces",
    )  # fmt: skip
    return chosen


def _into(screen: Screen) -> str:
    """The space that the document is for: its rules check it too."""
    names = {space.id: space.name for space in screen.spaces() if space.writable}
    if not names:
        return ""
    chosen = st.selectbox(
        screen.words("drafts.into"), list(names), index=None, format_func=lambda space: names.get(space, ""),
        placeholder=screen.words("drafts.into_none"), key="draft_into",
    )  # fmt: skip
    return str(chosen or "")


def _on_its_way(screen: Screen, draft_desk: DraftDesk, drafting: Drafting) -> None:
    """The sections as they come; the draft when it is done."""
    words = screen.words
    if drafting.ended:
        draft_desk.drafting = None
        screen.refresh("drafts")
        if drafting.draft is not None:
            draft_desk.draft = drafting.draft
        elif drafting.error is not None and drafting.error.code != "draft_stopped":
            st.session_state["deed"] = ("error", words.error(drafting.error))
        st.rerun()

    def look() -> None:
        if drafting.ended:
            st.rerun()
        done = len(drafting.sections)
        text = words("drafts.finishing")
        if done < drafting.of:
            text = words("drafts.writing", number=done + 1, of=drafting.of)
        st.progress(done / drafting.of if drafting.of else 0.0, markup.plain(text))
        st.button(
            words("drafts.stop"), key="draft-stop", icon=":material/stop_circle:", on_click=drafting.stop
        )
        for section in drafting.sections:
            st.html(draft_view.section_html(words, section.section, {}))

    st.fragment(look, run_every=EVERY)()


def _open(screen: Screen, draft_desk: DraftDesk, draft_id: str) -> None:
    draft_desk.put_away()
    try:
        draft_desk.draft = screen.backend.draft(draft_id)
    except BackendError as error:
        st.query_params.pop("draft", None)
        st.session_state["deed"] = ("error", screen.words.error(error))


def _recent(screen: Screen, draft_desk: DraftDesk) -> None:
    words = screen.words
    kept = screen.lately("drafts", lambda: screen.backend.drafts(limit=RECENT))
    if draft_desk.draft is not None or draft_desk.drafting is not None:
        st.button(
            words("drafts.new"),
            key="draft-new",
            icon=":material/add:",
            on_click=_begin_anew,
            args=(draft_desk,),
        )
    if not kept:
        return
    with st.container(key="recent-drafts", gap=None):
        st.html(markup.block(words("drafts.recent"), "label", language=words.language, tag="h2"))
        for draft in kept:
            st.button(
                markup.plain(f"{words.date(draft.created_at)} {markup.shortened(draft.name, 40)}"),
                key=f"recent-draft-{draft.id}", type="tertiary", on_click=_open,
                args=(screen, draft_desk, draft.id),
            )  # fmt: skip


def _begin_anew(draft_desk: DraftDesk) -> None:
    draft_desk.put_away()
    st.query_params.pop("draft", None)
