"""The models, for administrators: which are at work, which fit this computer, and how another comes in."""

from __future__ import annotations

from math import ceil

import streamlit as st

from contract.models import DownloadOut, IncomingList, MachineOut, ModelList, ModelOut, Running, SwitchOut
from ui import markup
from ui.errors import told
from ui.language import LANGUAGES, Words, words_of
from ui.screens import actions
from ui.session_state import Screen

EVERY = 1.0  # seconds between two looks while something is on its way
ROLES = ("chat", "embed", "rerank", "vision")
USABLE = ("chat", "embed", "vision")  # what a library can be told to use
STATES = {"ready": "good", "starting": "busy", "unfit": "error"}


def show(screen: Screen) -> None:
    """The page."""
    actions.title(screen, "models")
    actions.said(screen)
    listed = screen.backend.models()
    if listed.machine is not None:
        _machine(screen, listed.machine)
    running = screen.backend.running()
    busy = changes_by_itself(running) or (listed.machine is not None and listed.machine.measuring)
    st.fragment(_at_work, run_every=EVERY if busy else None)(screen, busy)
    _list(screen, listed, running)
    _import(screen)


def _machine(screen: Screen, machine: MachineOut) -> None:
    words = screen.words
    text = words(
        "models.machine", total=words.size(machine.total_memory), free=words.size(machine.free_memory),
        disk=words.size(machine.free_disk), cores=machine.cores,
    )  # fmt: skip
    with st.container(border=True, key="machine"):
        st.html(markup.block(text, "calm", language=words.language))
        if machine.measuring:
            st.html(markup.block(words("models.measuring"), "busy", language=words.language))
        elif "POST /api/models/measurement" in screen.doors and not machine.measured:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.button(
                    words("models.measure"), key="measure", icon=":material/speed:",
                    on_click=actions.send, args=(screen, "POST", "/api/models/measurement"),
                )  # fmt: skip
                explain = markup.block(words("models.measure_explain"), "quiet", language=words.language)
                st.html(explain, width="content")
        if machine.measuring_problem:
            st.html(markup.notice(machine.measuring_problem, "error", language="en"))


def _at_work(screen: Screen, was_busy: bool) -> None:
    """What runs and what is on its way; drawn again and again until nothing is."""
    words = screen.words
    with told(words):
        running = screen.backend.running()
        machine = screen.backend.models().machine if was_busy else None
        if (changes_by_itself(running) or (machine is not None and machine.measuring)) != was_busy:
            st.rerun()
        actions.part(screen, "models.at_work")
        if running.models:
            _running(words, running)
        else:
            st.html(markup.block(words("models.none_at_work"), "calm", language=words.language))
        for switch in running.switches:
            _switch(words, switch)
        for model in running.pulls:
            _pull(screen, model)


def _running(words: Words, running: Running) -> None:
    rows = []
    for model in running.models:
        role = words(f"models.{model.role}") if words.has(f"models.{model.role}") else model.role
        state = words(f"models.{model.state}") if words.has(f"models.{model.state}") else model.state
        memory = words.size(model.memory) if model.memory else words("models.inside")
        problem = f'<div class="quiet">{markup.escaped(model.problem)}</div>' if model.problem else ""
        rows.append(
            f"<tr><td>{markup.escaped(role)}</td><td>{markup.escaped(model.name)}{problem}</td>"
            f"<td>{markup.badge(state, STATES.get(model.state, 'calm'))}</td>"
            f'<td class="figure">{markup.escaped(memory)}</td></tr>'
        )
    names = {key: markup.escaped(words(f"models.{key}")) for key in ("role", "name", "state", "memory")}
    head = "".join(
        f'<th scope="col"{" class=figure" if key == "memory" else ""}>{name}</th>'
        for key, name in names.items()
    )
    st.html(
        f'<div class="wide"><table lang="{words.language}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _switch(words: Words, switch: SwitchOut) -> None:
    if switch.state == "running":
        key = "models.vectors" if switch.total else "models.loading"
        text = words(key, name=switch.name, done=f"{switch.done:,}", total=f"{switch.total:,}")
        st.progress(min(1.0, switch.done / switch.total) if switch.total else 0.0, markup.plain(text))
    elif switch.state == "failed":
        problem = words.error(switch.error) if switch.error is not None else switch.problem
        text = words("models.switch_failed", name=switch.name, problem=problem)
        st.html(markup.notice(text, "error", language=words.language))


def _pull(screen: Screen, model: DownloadOut) -> None:
    words = screen.words
    if model.state in ("waiting", "running"):
        text = words("models.pulling", name=model.name)
        if model.total:
            sizes = {"done": words.size(model.done), "total": words.size(model.total)}
            text = f"{text} · {words('models.so_far', **sizes)}"
        if model.seconds_left is not None:
            text = f"{text} · {words.count('models.left', max(1, ceil(model.seconds_left / 60)))}"
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            st.progress(min(1.0, model.done / model.total) if model.total else 0.0, markup.plain(text))
            if "DELETE /api/models/pulls/{name}" in screen.doors:
                st.button(
                    words("models.cancel"), key=f"cancel-{model.name}", icon=":material/stop_circle:",
                    on_click=actions.send, args=(screen, "DELETE", f"/api/models/pulls/{model.name}"),
                )  # fmt: skip
        return
    problem = words.error(model.error) if model.error is not None else model.problem
    text, kind = {
        "done": (words("models.pulled", name=model.name), "good"),
        "cancelled": (words("models.pull_cancelled", name=model.name), "info"),
    }.get(model.state, (words("models.pull_failed", name=model.name, problem=problem), "error"))
    st.html(markup.notice(text, kind, language=words.language))


def _list(screen: Screen, listed: ModelList, running: Running) -> None:
    words = screen.words
    actions.part(screen, "models.all")
    kinds = {model.role for model in listed.models}
    role = st.pills(
        words("models.which"), [role for role in ROLES if role in kinds], default="chat", key="model_role",
        format_func=lambda role: words(f"models.{role}"), label_visibility="collapsed",
    )  # fmt: skip
    fitting = st.checkbox(words("models.only_fitting"), value=True, key="model_fits")
    shown = [
        model
        for model in listed.models
        if (role is None or model.role == role) and (model.fits or model.installed or not fitting)
    ]
    if not shown:
        st.html(markup.block(words("models.none"), "calm", language=words.language))
    busy = {model.name for model in running.pulls if model.state in ("waiting", "running")}
    busy |= {switch.name for switch in running.switches if switch.state == "running"}
    ordered = sorted(shown, key=lambda model: (not model.in_use, not model.installed, model.bytes))
    first = [model for model in ordered if model.in_use or words.language in model.recommended_for]
    others = [model for model in ordered if model not in first]
    if any(words.language in model.recommended_for for model in first):
        st.html(markup.block(words("models.recommended_explain"), "quiet", language=words.language))
    for model in first:
        _model(screen, model, busy)
    if others:
        # Where nothing is recommended and nothing in use, there is nothing that the others could hide behind.
        with st.expander(words.count("models.others", len(others)), expanded=not first):
            for model in others:
                _model(screen, model, busy)


def _model(screen: Screen, model: ModelOut, busy: set[str]) -> None:
    with st.container(border=True, key=f"model-{model.name}"):
        st.html(described(screen.words, model))
        if model.name not in busy:
            _deeds(screen, model)


def described(words: Words, model: ModelOut) -> str:
    """A model as HTML: what it is, whether it fits, what it takes and what it is good for."""
    badges = markup.badge(words("models.in_use"), "good") if model.in_use else ""
    if words.language in model.recommended_for:
        badges += markup.badge(words("models.recommended"), "good")
    if model.installed and not model.in_use:
        badges += markup.badge(words("models.installed"), "busy")
    if model.demonstration:
        badges += markup.badge(words("models.demonstration"), "calm")
    if not model.in_use:
        fits = "fits" if model.fits and model.fits_now else "fits_later" if model.fits else "too_big"
        badges += markup.badge(words(f"models.{fits}"), "calm" if fits == "fits" else "warning")
    role = words(f"models.{model.role}") if words.has(f"models.{model.role}") else model.role
    names = [
        words_of(language)("language") if language in LANGUAGES else language for language in model.languages
    ]
    facts = [role, words.listed(names), words("models.download", size=words.size(model.bytes))]
    if model.memory:
        facts.append(words("models.needs", size=words.size(model.memory)))
    if model.typical_seconds:
        facts.append(words("models.typical", seconds=max(1, round(model.typical_seconds))))
    if model.partial_bytes and not model.installed:
        facts.append(words("models.partial", size=words.size(model.partial_bytes)))
    facts.append(model.licence)
    note = markup.block(model.note.get(words.language, ""), "calm", language=words.language, tag="div")
    problem = markup.block(model.problem, "struck", language="en", tag="div") if model.problem else ""
    return (
        f'<div class="document"><span class="title">{markup.escaped(model.title)}</span> {badges}{note}'
        f'<div class="where" lang="{words.language}">'
        f"{markup.escaped(' · '.join(fact for fact in facts if fact))}</div>{problem}</div>"
    )


def _deeds(screen: Screen, model: ModelOut) -> None:
    words = screen.words
    with st.container(horizontal=True, gap="small", key=f"model-deeds-{model.name}"):
        if model.installed and not model.in_use and model.role in USABLE and not model.problem:
            body = {"name": model.name, "role": "chat" if model.role == "vision" else model.role}
            st.button(
                words("models.use"), key=f"use-{model.name}", icon=":material/swap_horiz:",
                on_click=actions.send, args=(screen, "PUT", "/api/models/use", body),
                kwargs={"done": words("models.use_begun", name=model.title)},
            )  # fmt: skip
        if model.installed and not model.in_use:
            with st.popover(words("models.remove"), icon=":material/delete:", type="tertiary"):
                question = words("models.remove_question", name=model.title, size=words.size(model.bytes))
                st.html(markup.block(question, "calm", language=words.language))
                st.button(
                    words("models.remove"), key=f"remove-{model.name}", type="primary",
                    on_click=_remove, args=(screen, model),
                )  # fmt: skip
        if not model.installed and model.fits:
            with st.popover(words("models.pull"), icon=":material/download:"):
                _pull_form(screen, model)


def _pull_form(screen: Screen, model: ModelOut) -> None:
    words = screen.words
    question = words("models.pull_question", name=model.title, size=words.size(model.bytes))
    st.html(markup.block(question, "calm", language=words.language))
    licence = words("models.pull_licence", licence=model.licence)
    st.html(markup.block(licence, "calm" if model.opt_in else "quiet", language=words.language))
    with st.form(f"model-{model.name}", border=False):
        body = {"name": model.name}
        if "GET /api/models/pulls" in screen.doors:  # a back-end that takes a place
            body["place"] = st.text_input(words("models.pull_place"), max_chars=1000).strip()
        if st.form_submit_button(words("models.pull_go"), type="primary"):
            actions.send(screen, "POST", "/api/models/pulls", body)
            st.rerun()


def _remove(screen: Screen, model: ModelOut) -> None:
    size = screen.words.size(model.bytes)
    actions.send(
        screen, "DELETE", f"/api/models/{model.name}",
        done=screen.words("models.removed", name=model.title, size=size),
    )  # fmt: skip


def _import(screen: Screen) -> None:
    """Models that come on a stick: files in one folder of the server."""
    if "GET /api/models/incoming" not in screen.doors:
        return
    words = screen.words
    waiting: IncomingList = screen.backend.incoming()
    with st.expander(words("models.import"), icon=":material/usb:"):
        st.html(markup.block(words("models.import_explain"), "calm", language=words.language))
        st.code(waiting.folder, language=None, wrap_lines=True)
        if not waiting.files:
            st.html(markup.block(words("models.import_none"), "quiet", language=words.language))
        for file in waiting.files:
            if file.problem:
                st.html(markup.notice(f"{file.file}: {file.problem}", "warning", language="en"))
        good = {file.file: file.bytes for file in waiting.files if not file.problem}
        if not good:
            return
        with st.form("import-model", border=False):
            file = st.selectbox(
                words("models.import_file"), list(good),
                format_func=lambda name: f"{name} ({words.size(good[name])})",
            )  # fmt: skip
            name = st.text_input(words("models.import_name"), max_chars=200)
            if st.form_submit_button(words("models.import_go"), type="primary"):
                body = {"file": file, "name": name.strip()}
                done = words("models.imported", name=name.strip() or file)
                actions.send(screen, "POST", "/api/models/imports", body, done=done)
                st.rerun()


def changes_by_itself(running: Running) -> bool:
    """Whether a switch, a download or a start is under way."""
    return (
        any(switch.state == "running" for switch in running.switches)
        or any(download.state in ("waiting", "running") for download in running.pulls)
        or any(model.state == "starting" for model in running.models)
    )
