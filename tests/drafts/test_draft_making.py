"""Drafts from real documents: with and without a model, by two people, through the doors, under rules."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from making import add, administrator, client_of, person, space_named
from sqlalchemy import select
from typer.testing import CliRunner

from checks.document.document import Zone
from checks.readers.reading import read_document
from cli import main
from contract.values import Held, RetentionKind, Role, SectionStatus
from core.access import Access, access_of
from core.errors import BadValue, DraftWithdrawn, NotFound, NotPermitted, RulesBad, TemplateBad
from core.holds import lift, place, set_rule
from core.identity.accounts import sign_in
from core.models import AuditEntry, Document, DocumentReader, Draft, now
from drafts import making, templates
from drafts.making import DraftOrder, Made, content_of, planned
from drafts.outline import DraftOutline, Field, OutlineSection
from drafts.templates import Listed, Opened
from drafts.values import read_brief
from drafts.writing import Sought, one_line, paragraphs_of, place_of, question_of, section_text
from ingest.lifecycle.erasure import erase_document, erase_user
from ingest.lifecycle.retention import apply_rules
from llm.engines.llama import LlamaCpp, LlamaSettings
from llm.fakes import ScriptedModel
from operations.library import Library

LEAVE = (
    "# Leave\n\nEmployees get 10 days of paid leave after six months of work.\n\n"
    "Unused days lapse after two years."
)
SECRET = "The pangolin project costs 48213 yen each month."
OUTLINE = DraftOutline(
    "en",
    fields=(Field("subject", "Subject"),),
    sections=(
        OutlineSection("rule", "Rule", "How many days of paid leave do employees get after six months?"),
        OutlineSection("other", "Cost", "What does the pangolin project cost each month?"),
    ),
)


def form() -> bytes:
    document = docx.Document()
    for text in ("Subject: {{ subject }}", "{{ rule }}", "{{ other }}"):
        document.add_paragraph(text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


FORM = form()
SIDECAR = """language: en
sections:
  rule: {ask: "How many days of paid leave do employees get after six months?"}
  other: {label: Cost, ask: "What does the pangolin project cost each month?"}
"""


def opened(outline: DraftOutline = OUTLINE) -> Opened:
    return Opened(Listed("form", "form", "", "", outline), FORM)


def sections(library: Library, access: Access, **more: Any) -> dict[str, Any]:
    plan = planned(opened(), DraftOrder({"subject": "Leave"}, **more))
    sought = Sought(plan.order.spaces, plan.order.prose)
    return {
        section.name: section_text(access, library.answerer, OUTLINE, section, plan.brief, sought)
        for section in OUTLINE.sections
    }


def made(library: Library, access: Access, **more: Any) -> Made:
    plan = planned(opened(), DraftOrder({"subject": "Leave & <rest>"}, **more))
    events = list(making.make_draft(access, library.sessions, library.answerer, plan, limits=library.limits))
    assert isinstance(events[-1], Made) and len(events) == 1 + len(OUTLINE.sections)
    return events[-1]


def kept(library: Library, access: Access, draft: Made) -> None:
    with library.sessions.write() as session:
        making.keep(session, access, draft, {})


def text_of(content: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(content)).paragraphs)


def test_without_a_model_a_section_is_quotes_with_their_source_and_what_is_not_there_a_blank(
    library: Library, tmp_path: Path
) -> None:
    add(library, "leave.md", LEAVE)
    draft = made(library, administrator(library))
    assert [section.status for section in draft.sections] == [SectionStatus.QUOTED, SectionStatus.MISSING]
    text = text_of(draft.content)
    assert "Subject: Leave & <rest>" in text and "[to fill: Cost]" in text
    assert "“Employees get 10 days of paid leave after six months of work." in text
    assert draft.missing == ("Cost",) and draft.report is None
    path = tmp_path / "draft.docx"
    path.write_bytes(draft.content)
    notes = [piece.text for piece in read_document(path).pieces if piece.zone is Zone.FOOTNOTE]
    assert any("Source: leave.md, page 1" in note for note in notes)


def test_a_models_sentences_stand_only_where_their_quotes_carry_them(library: Library) -> None:
    add(library, "leave.md", LEAVE)
    library.answerer.model = ScriptedModel(
        "Employees get 10 days of paid leave after six months of work [1]. They get 99 days in total [1]."
    )
    written = sections(library, administrator(library))
    rule = written["rule"]
    assert rule.status is SectionStatus.WRITTEN and rule.model == "scripted"
    assert [sentence.text for sentence in rule.sentences] == [
        "Employees get 10 days of paid leave after six months of work."
    ]
    assert [sentence["flaw"] for sentence in rule.struck] == ["number"]
    (paragraph,) = paragraphs_of(rule, "en")
    assert paragraph.stretches[0].notes == ("Source: leave.md, page 1",)
    assert "“Employees get 10 days" in paragraph.comment
    assert written["other"].status is SectionStatus.MISSING and written["other"].model == ""


@pytest.mark.parametrize("says", ["They get 99 days [1].", "INSUFFICIENT", "DIE", "No mark at all."])
def test_where_no_sentence_stands_the_quotes_do(library: Library, says: str) -> None:
    add(library, "leave.md", LEAVE)
    library.answerer.model = ScriptedModel(says)
    rule = sections(library, administrator(library))["rule"]
    assert rule.status is SectionStatus.QUOTED and rule.sentences[0].text == rule.quotes[0].text


def test_whoever_wants_quotes_alone_gets_them(library: Library) -> None:
    add(library, "leave.md", LEAVE)
    library.answerer.model = model = ScriptedModel("Employees get 10 days of paid leave [1].")
    assert sections(library, administrator(library), prose=False)["rule"].status is SectionStatus.QUOTED
    assert model.requests == []


def test_documents_that_do_not_agree_leave_the_choice_to_a_person(library: Library) -> None:
    add(library, "a.md", "# Leave\n\nEmployees get 10 days of paid leave after six months.")
    add(library, "b.md", "# Handbook\n\nEmployees get 12 days of paid leave after six months.")
    library.answerer.model = ScriptedModel("Employees get 10 days of paid leave [1].")
    rule = sections(library, administrator(library))["rule"]
    assert rule.status is SectionStatus.CONFLICT
    shown = paragraphs_of(rule, "en")
    assert shown[0].stretches[0].blank and len(shown) == 3


def test_the_real_demo_model_writes_nothing_that_its_quote_does_not_carry(
    library: Library, chat_model: Path, tmp_path: Path
) -> None:
    add(library, "leave.md", LEAVE)
    model = LlamaCpp("demo", LlamaSettings(chat_model, 1024, threads=1), tmp_path / "logs")
    model.start()
    try:
        library.answerer.model = model
        rule = sections(library, administrator(library))["rule"]
    finally:
        model.close()
    assert rule.model == "demo" and rule.status in (SectionStatus.WRITTEN, SectionStatus.QUOTED)
    for sentence in rule.sentences:
        assert sentence.sources
        for number in {word for word in sentence.text.split() if word.isdigit()}:
            assert any(number in rule.quotes[index].text for index in sentence.sources)


def test_an_instruction_takes_the_values_of_fields_and_leaves_other_braces() -> None:
    outline = DraftOutline(
        "ja", fields=(Field("件名", "件名"), Field("x", "x")), sections=(OutlineSection("a", "目的"),)
    )
    brief = read_brief(outline, {"件名": "机"}, "", today=now().date())
    asked = OutlineSection("a", "目的", "{件名}の{ x }目的 {y}")
    assert question_of(outline, asked, brief) == "机の目的 {y}"
    assert question_of(outline, outline.sections[0], brief) == "机 目的"


def test_lines_of_a_quote_are_joined_as_its_language_does() -> None:
    assert one_line("弁座を\n測る。\nA\nB") == "弁座を測る。 A B"
    assert one_line("six\nmonths") == "six months"


# Two people.


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_draft_holds_a_word_of_what_its_asker_may_not_read(two: Any, data: st.DataObject) -> None:
    """Whatever is asked for, in whichever space: the outsider's draft has nothing of it."""
    library, outsider, _, space = two
    ask = data.draw(
        st.sampled_from(
            ["pangolin", "What does the pangolin project cost each month?", "48213 yen", "{subject}", "costs"]
        )
    )
    spaces = data.draw(st.sampled_from([None, [space], []]))
    outline = DraftOutline(
        "en", fields=(Field("subject", "Subject"),), sections=(OutlineSection("other", "Cost", ask),)
    )
    brief = read_brief(outline, {"subject": data.draw(st.sampled_from(["pangolin project costs", "x"]))}, "",
                       today=now().date())  # fmt: skip
    sought = Sought(spaces, data.draw(st.booleans()))
    text = section_text(outsider, library.answerer, outline, outline.sections[0], brief, sought)
    content = content_of(outline, brief, [text]).packed()
    assert "48213" not in str(content) and "Secret plan" not in str(content)
    assert all(quote.hit.document.name != "secret.md" for quote in text.quotes)


@pytest.fixture
def two(library: Library) -> Any:
    """A library with a secret, one who may read it and one who may not."""
    space = space_named(library.sessions, "Secret")
    add(library, "secret.md", f"# Secret plan\n\n{SECRET}", space="Secret")
    add(library, "leave.md", LEAVE)
    outsider = person(library.sessions, "outsider", General=Role.READER)
    insider = person(library.sessions, "insider", General=Role.READER, Secret=Role.READER)
    return library, outsider, insider, space


def test_one_who_may_read_it_gets_it_and_another_does_not(two: Any) -> None:
    library, outsider, insider, _ = two
    assert "48213" in text_of(made(library, insider).content)
    assert "48213" not in text_of(made(library, outsider).content)


def test_what_may_not_be_read_any_more_when_the_file_is_filled_is_a_blank(two: Any) -> None:
    library, _, insider, _ = two
    plan = planned(opened(), DraftOrder({"subject": "x"}))
    events = making.make_draft(insider, library.sessions, library.answerer, plan, limits=library.limits)
    assert next(events).status is SectionStatus.QUOTED  # type: ignore[union-attr]
    assert next(events).status is SectionStatus.QUOTED  # type: ignore[union-attr]
    with library.sessions.write() as session:  # meanwhile the document gets a reader list without the asker
        secret = session.scalars(select(Document).where(Document.name == "secret.md")).one()
        secret.restricted = True
    done = next(events)
    assert isinstance(done, Made) and "48213" not in text_of(done.content)
    assert "[to fill: Cost]" in text_of(done.content) and done.missing == ("Cost",)


def test_a_draft_is_its_owners_and_only_while_all_it_quotes_may_be_read(two: Any) -> None:
    library, outsider, insider, _ = two
    draft = made(library, insider)
    kept(library, insider, draft)
    with library.sessions.read() as session:
        assert making.draft(insider, session, draft.id).content == draft.content
        assert [listed.id for listed in making.drafts(insider, session, limit=5)] == [draft.id]
        for other in (outsider, administrator(library)):
            with pytest.raises(NotFound):
                making.draft(other, session, draft.id)
    with library.sessions.write() as session:
        session.scalars(select(Document).where(Document.name == "secret.md")).one().restricted = True
    with library.sessions.read() as session:
        fresh = access_of(session, insider.user_id)
        with pytest.raises(DraftWithdrawn):
            making.draft(fresh, session, draft.id)
    with library.sessions.write() as session:
        document = session.scalars(select(Document).where(Document.name == "secret.md")).one()
        session.add(DocumentReader(document_id=document.id, user_id=insider.user_id))
    with library.sessions.read() as session:
        assert making.draft(access_of(session, insider.user_id), session, draft.id).id == draft.id


def drafts_left(library: Library) -> int:
    with library.sessions.read() as session:
        return len(list(session.scalars(select(Draft.id))))


def test_erasing_a_document_or_a_person_erases_their_drafts(two: Any) -> None:
    library, outsider, insider, _ = two
    admin = administrator(library)
    for access in (insider, outsider):
        kept(library, access, made(library, access))
    with library.sessions.read() as session:
        secret = session.scalars(select(Document.id).where(Document.name == "secret.md")).one()
    erase_document(admin, library.sessions, library.files, library.index, secret)
    assert drafts_left(library) == 1
    erase_user(admin, library.sessions, outsider.user_id)
    assert drafts_left(library) == 0


def test_the_rule_of_questions_and_holds_reach_drafts(library: Library) -> None:
    admin = administrator(library)
    draft = made(library, admin)
    kept(library, admin, draft)
    with library.sessions.write() as session:
        session.get_one(Draft, draft.id).created_at = now().replace(year=2020)
        set_rule(admin, session, RetentionKind.QUESTIONS, 30)
        hold = place(admin, session, Held.USER, admin.user_id, "a case").id
    apply_rules(admin, library.sessions, library.files, library.index)
    assert drafts_left(library) == 1
    with library.sessions.write() as session:
        lift(admin, session, hold)
    assert apply_rules(admin, library.sessions, library.files, library.index)["questions"] == 1
    assert drafts_left(library) == 0


# A company's own templates.


def test_managers_keep_templates_and_readers_use_them(library: Library) -> None:
    manager = person(library.sessions, "manager", Sales=Role.MANAGER)
    author = person(library.sessions, "author", Sales=Role.AUTHOR)
    outsider = person(library.sessions, "outsider")
    sessions = library.sessions
    added = templates.add(manager, sessions, "Sales", "form.docx", [FORM], sidecar=SIDECAR)
    assert [section.name for section in added.outline.sections] == ["rule", "other"]
    again = templates.add(manager, sessions, "Sales", "form.docx", [FORM])
    assert again.id == added.id and again.outline.sections == ()
    for access, error in ((author, NotPermitted), (outsider, NotFound)):
        with pytest.raises(error):
            templates.add(access, sessions, "Sales", "form.docx", [FORM])
    with sessions.read() as session:
        assert templates.template(author, session, "form").content == FORM
        assert added.id in [template.id for template in templates.templates(author, session)]
        assert [template.id for template in templates.templates(outsider, session)] == templates.shipped()
        with pytest.raises(NotFound):
            templates.template(outsider, session, added.id)
    with pytest.raises(NotPermitted), sessions.write() as session:
        templates.remove(author, session, added.id)
    with sessions.write() as session:
        templates.remove(manager, session, added.id)
    with sessions.read() as session:
        actions = list(session.scalars(select(AuditEntry.action).where(AuditEntry.subject == added.id)))
    assert actions == ["template.added", "template.changed", "template.removed"]


def test_a_bad_template_sidecar_or_pack_is_refused_and_nothing_is_kept(library: Library) -> None:
    admin, sessions = administrator(library), library.sessions
    document = docx.Document()
    document.add_paragraph("{{ ''.__class__ }}")
    bad = io.BytesIO()
    document.save(bad)
    include = "pack: x\nversion: 1\ninclude:\n- {prh: /etc/passwd}\nrules: []\n"
    for content, error, more in (
        (bad.getvalue(), TemplateBad, {}),
        (FORM, RulesBad, {"sidecar": "fields: {nobody: {}}"}),
        (FORM, RulesBad, {"rules": include}),
        (FORM, RulesBad, {"rules": "pack: x\nrules: [{id: a, kind: nonsense}]"}),
    ):
        with pytest.raises(error):
            templates.add(admin, sessions, "General", "form.docx", [content], **more)  # type: ignore[arg-type]
    with pytest.raises(BadValue):
        templates.add(admin, sessions, "General", "ringi-ja.docx", [FORM])
    with sessions.read() as session:
        assert [template.id for template in templates.templates(admin, session)] == templates.shipped()


# What ships.


def test_over_http_from_a_template_to_the_file(library: Library, client: httpx.Client) -> None:
    add(library, "leave.md", LEAVE)
    form_file = {"file": ("form.docx", FORM), "sidecar": ("form.yaml", SIDECAR.encode())}
    rules = b"version: 1\npack: own\nrules:\n- {id: no-rest, kind: pattern, pattern: 'rest'}\n"
    added = client.post(
        "/api/templates", files=form_file | {"rules": ("own.yaml", rules)}, data={"space": "General"}
    ).json()
    assert (
        added["own_rules"]
        and added["managed"]
        and [field["name"] for field in added["fields"]] == ["subject"]
    )
    assert client.get("/api/templates/form").json() == added
    assert client.get(f"/api/templates/{added['id']}/file").content == FORM
    order = {"template": "form", "brief": "Subject: Leave & rest"}
    with client.stream("POST", "/api/drafts", json=order) as stream:
        names = [line[7:] for line in stream.iter_lines() if line.startswith("event: ")]
    assert names == ["section", "section", "done"]
    draft = client.post("/api/drafts", json=order | {"stream": False}).json()
    assert [section["status"] for section in draft["sections"]] == ["quoted", "missing"]
    assert draft["sections"][0]["sentences"][0]["marks"] == [1]
    assert draft["citations"][0]["quote"] in LEAVE and draft["missing"] == ["Cost"]
    assert [finding["rule"] for finding in draft["check"]["findings"]] == ["no-rest"]
    assert client.get(f"/api/drafts/{draft['id']}").json() == draft
    assert len(client.get("/api/drafts").json()) == 2
    file = client.get(f"/api/drafts/{draft['id']}/file")
    assert "attachment" in file.headers["content-disposition"]
    assert "Leave & rest" in text_of(file.content)
    for wrong in ({"fields": {"nobody": "x"}}, {"brief": "lost words"}, {"surprise": 1}):
        assert client.post("/api/drafts", json=order | wrong).status_code == 422
    assert client.delete(f"/api/drafts/{draft['id']}").status_code == 204
    assert client.get(f"/api/drafts/{draft['id']}/file").status_code == 404
    assert client.delete(f"/api/templates/{added['id']}").status_code == 204


def test_the_commands_write_the_word_file(
    library: Library, door: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import contextlib

    from cli.client import ApiClient

    admin = administrator(library)
    with library.sessions.write() as session:
        token = sign_in(session, admin.user_id)

    @contextlib.contextmanager
    def there(*_: object, **__: object) -> Any:
        with client_of(door, token) as http:
            yield ApiClient(http)

    monkeypatch.setattr("cli.client.backend", there)
    run = CliRunner().invoke
    (tmp_path / "form.docx").write_bytes(FORM)
    (tmp_path / "form.yaml").write_text(SIDECAR, encoding="utf-8")
    shown = run(main.app, ["templates", "show", str(tmp_path / "form.docx"), "--json"])
    assert shown.exit_code == 0 and '"Cost"' in shown.output
    assert run(main.app, ["templates", "add", str(tmp_path / "form.docx")]).exit_code == 0
    assert "ringi-ja" in run(main.app, ["templates", "list"]).output
    brief, out = tmp_path / "brief.yaml", tmp_path / "out.docx"
    brief.write_text("subject: [Leave, Rest]\nrule: Ten days.\n", encoding="utf-8")
    done = run(main.app, ["draft", "form", "--brief", str(brief), "--out", str(out), "--space", "General"])
    assert done.exit_code == 0, done.output
    assert "Subject: Leave\nRest" in text_of(out.read_bytes()) and "Ten days." in text_of(out.read_bytes())
    assert "to fill: Cost" in done.output
    assert run(main.app, ["draft", "form", "--field", "nonsense"]).exit_code == 1
    assert run(main.app, ["templates", "rm", "form"]).exit_code == 0


HOUSE = b"version: 1\npack: house\nrules:\n- {id: H1, kind: pattern, pattern: Leave}\n"


def test_a_draft_is_checked_by_the_rules_of_the_space_that_it_is_for(
    library: Library, client: httpx.Client, door: str
) -> None:
    other = client.post("/api/spaces", json={"name": "Personnel"}).json()
    added = client.post(f"/api/spaces/{other['id']}/packs", files={"rules": ("house.yml", HOUSE)})
    assert added.status_code == 201, added.text
    order = {"template": "business-report-en", "fields": {"title": "Leave"}, "stream": False}

    def rules(**more: str) -> tuple[str, set[str]]:
        made = client.post("/api/drafts", json=order | more).json()
        return made["check"]["pack"], {finding["rule"] for finding in made["check"]["findings"]}

    pack, broken = rules(into="Personnel")
    assert pack == "english-report + house" and "H1" in broken
    files = {"file": ("form.docx", FORM), "sidecar": ("form.yaml", SIDECAR.encode())}
    kept_there = client.post("/api/templates", files=files, data={"space": other["id"]})
    assert kept_there.status_code == 201, kept_there.text
    order |= {"template": "form", "fields": {"subject": "Leave"}}
    assert rules() == ("house", {"H1"})  # the template's own space
    waiver = {"rule": "H1", "reason": "It is the subject", "until": "2099-01-01"}
    assert client.post(f"/api/spaces/{other['id']}/waivers", json=waiver).status_code == 201
    assert rules() == ("house", set())
    access = person(library.sessions, "stranger")
    with library.sessions.write() as session:
        token = sign_in(session, access.user_id)
    with client_of(door, token) as stranger:
        asked = stranger.post("/api/drafts", json=order | {"template": "ringi-ja", "into": "Personnel"})
        assert asked.status_code == 404


REPORT = """# Press 4 stoppage

## Background

Press 4 stopped for 5 hours on 3 March 2026 after the coolant pump failed.

## Findings

The bearing of the coolant pump was dry; the plan asks for grease every 500 hours, and 900 had passed.
"""


def test_a_section_quotes_what_stands_under_its_own_heading_and_each_sentence_once(library: Library) -> None:
    add(library, "Press 4 stoppage.md", REPORT)
    asks = ("What is the background of {subject}?", "What do the documents say about {subject}?")
    parts = [
        OutlineSection("background", "Background", asks[0]),
        OutlineSection("findings", "Findings", asks[1], quotes=3),
        OutlineSection("again", "More", asks[0], quotes=3, required=False),
    ]
    outline = replace(OUTLINE, sections=tuple(parts))
    plan = planned(opened(outline), DraftOrder({"subject": "the Press 4 stoppage"}))
    access, sought, quoted = administrator(library), Sought(), list[Any]()
    quotes_of = {}
    for part in parts:
        text = section_text(access, library.answerer, outline, part, plan.brief, sought, quoted)
        quoted += [place_of(quote) for quote in text.quotes]
        quotes_of[part.name] = [quote.text for quote in text.quotes]
    assert len(quotes_of["background"]) == 1 and quotes_of["background"][0].startswith("Press 4 stopped")
    assert any("bearing" in text for text in quotes_of["findings"])
    every = [text for texts in quotes_of.values() for text in texts]
    assert len(every) == len(set(every))
    assert not any("Findings" in text or "Background" in text for text in every)
