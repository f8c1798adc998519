"""The templates that one keeps: their Word files, new ones, and which go."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from contract.drafts import TemplateOut
from ui import markup
from ui.client import BackendError
from ui.findings import template_title
from ui.screens import actions
from ui.screens.documents import uploads
from ui.session_state import Screen


def show(screen: Screen, templates: Sequence[TemplateOut]) -> None:
    """Each template's file; for managers of a space how more come in."""
    words = screen.words
    managed = {space.id: space.name for space in screen.spaces() if space.managed and space.writable}
    with st.expander(words("drafts.templates"), icon=":material/draft:"):
        for template in templates:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                text = template_title(template, words.language)
                st.html(markup.block(text, "calm", language=words.language), width="stretch")
                st.download_button(
                    words("drafts.template_file"),
                    data=lambda known=template: screen.backend.download(f"/api/templates/{known.id}/file"),
                    file_name=f"{template.name}.docx", mime="application/octet-stream", type="tertiary",
                    icon=":material/download:", on_click="ignore", key=f"template-{template.id}",
                )  # fmt: skip
                if template.managed:
                    with st.popover(words("drafts.remove"), icon=":material/delete:", type="tertiary"):
                        question = words("drafts.remove_template", name=text)
                        st.html(markup.block(question, "calm", language=words.language))
                        st.button(
                            words("drafts.remove"), key=f"template-gone-{template.id}", type="primary",
                            on_click=_remove, args=(screen, template),
                        )  # fmt: skip
        if managed:
            _add(screen, managed)


def _remove(screen: Screen, template: TemplateOut) -> None:
    actions.send(screen, "DELETE", f"/api/templates/{template.id}")
    screen.refresh("templates")


def _add(screen: Screen, managed: dict[str, str]) -> None:
    words = screen.words
    actions.part(screen, "drafts.add_template")
    st.html(
        markup.block(words("drafts.add_explain", open="{{", close="}}"), "quiet", language=words.language)
    )
    st.html(uploads.wording(words, limit="drafts.template_limit"))
    space = st.selectbox(
        words("drafts.space"),
        list(managed),
        format_func=lambda space: managed.get(space, ""),
        key="template_space",
    )
    file = st.file_uploader(words("drafts.template_new"), type=["docx"], key="template_file_new")
    sidecar = st.file_uploader(words("drafts.sidecar"), type=["yml", "yaml"], key="template_sidecar")
    if file is None or not st.button(words("drafts.add_go"), type="primary", key="template-go"):
        return
    files = {"file": (file.name, file.getvalue())}
    if sidecar is not None:
        files["sidecar"] = (sidecar.name, sidecar.getvalue())
    try:
        screen.backend.post_file("/api/templates", files, {"space": str(space)})
    except BackendError as error:
        st.html(markup.notice(words.error(error), "error", language=words.language))
        return
    screen.refresh("templates")
    st.session_state["deed"] = ("good", words("drafts.added", name=file.name))
    st.rerun()
