"""Templates: those that ship and a company's own; managers of a space keep its."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Response, UploadFile

from api.deps import AccessDep, LibraryDep, LongWork
from api.errors import REFUSALS
from contract.drafts import TemplateField, TemplateOut, TemplateSection
from core.access import Access
from drafts import templates
from drafts.templates import Listed
from language.encodings import decoded

router = APIRouter(tags=["templates"], responses=REFUSALS)
CHUNK = 2**20
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def word_file(name: str, content: bytes) -> Response:
    """A Word file as a download, so that no browser runs what is in it."""
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(content, media_type=WORD, headers=headers)


@router.get("/api/templates", summary="The templates that you may use")
def list_templates(library: LibraryDep, access: AccessDep) -> list[TemplateOut]:
    """Those that ship, then those of the spaces that you read, each with its fields and sections."""
    with library.sessions.read() as session:
        return [_out(access, one) for one in templates.templates(access, session)]


@router.get("/api/templates/{template}", summary="A template")
def read_template(library: LibraryDep, access: AccessDep, template: str) -> TemplateOut:
    """By id or name: what it asks for."""
    with library.sessions.read() as session:
        return _out(access, templates.template(access, session, template).listed)


@router.get("/api/templates/{template}/file", summary="A template's Word file", response_class=Response)
def template_file(library: LibraryDep, access: AccessDep, template: str) -> Response:
    """By id or name, as a download: to change it in Word and upload it again."""
    with library.sessions.read() as session:
        found = templates.template(access, session, template)
    return word_file(f"{found.listed.name}.docx", found.content)


@router.post("/api/templates", summary="Add a template to a space", status_code=201, dependencies=[LongWork])
def add_template(
    library: LibraryDep,
    access: AccessDep,
    file: Annotated[UploadFile, File(description="A Word file (.docx) with {{ fields }}")],
    space: Annotated[str, Form(description="Name or id of the space")],
    name: Annotated[str, Form(description="Its name; empty: that of the file")] = "",
    sidecar: Annotated[UploadFile | None, File(description="YAML: labels, kinds, sections, pack")] = None,
    rules: Annotated[UploadFile | None, File(description="A rule pack of its own (YAML)")] = None,
) -> TemplateOut:
    """In place of one of the same name. For managers of the space. What is wrong is told with its place."""
    added = templates.add(
        access,
        library.sessions,
        space,
        name or file.filename or "",
        _chunks(file),
        sidecar=_text(sidecar),
        rules=_text(rules),
    )
    return _out(access, added)


@router.delete("/api/templates/{template}", summary="Remove a template", status_code=204)
def remove_template(library: LibraryDep, access: AccessDep, template: str) -> None:
    """By id, for managers of its space. Drafts that were made from it stay."""
    with library.sessions.write() as session:
        templates.remove(access, session, template)


def _chunks(sent: UploadFile) -> Iterator[bytes]:
    while chunk := sent.file.read(CHUNK):
        yield chunk


def _text(sent: UploadFile | None) -> str:
    """A YAML file that was sent; one byte more than may be, so that a longer one is refused."""
    return decoded(sent.file.read(templates.MOST_YAML + 1)) if sent is not None and sent.filename else ""


def _out(access: Access, one: Listed) -> TemplateOut:
    outline = one.outline
    return TemplateOut(
        id=one.id,
        name=one.name,
        title=outline.title,
        language=outline.language,  # type: ignore[arg-type]  # one of the three, by the sidecar or `language_of`
        space_id=one.space_id,
        space=one.space,
        packs=list(outline.packs),
        own_rules=one.own_rules,
        managed=one.space_id in access.managed & access.writable,
        fields=[TemplateField(**asdict(field)) for field in outline.fields],
        sections=[TemplateSection(**asdict(section)) for section in outline.sections],
    )
