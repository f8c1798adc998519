"""Templates: those that ship and a company's own, which the managers of a space keep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, File, Form, Response, UploadFile

from api.deps import AccessDep, LibraryDep, LongWork
from api.downloads import word_file
from api.errors import REFUSALS
from contract.drafts import TemplateColumn, TemplateField, TemplateOut, TemplateSection
from core.access import Access
from drafts import templates
from drafts.outline import Field
from drafts.templates import Listed
from language.encodings import decoded

router = APIRouter(tags=["templates"], responses=REFUSALS)
CHUNK = 2**20


@router.get("/api/templates", summary="The templates that you may use")
def list_templates(library: LibraryDep, access: AccessDep) -> list[TemplateOut]:
    """Those that ship, then those of the spaces that you read, each with its fields and sections."""
    with library.sessions.read() as session:
        return [_out(access, listed) for listed in templates.templates(access, session)]


@router.get("/api/templates/{template}", summary="A template")
def read_template(library: LibraryDep, access: AccessDep, template: str) -> TemplateOut:
    """By id or name: what it asks for."""
    with library.sessions.read() as session:
        return _out(access, templates.template(access, session, template).listed)


@router.get("/api/templates/{template}/file", summary="A template's Word file", response_class=Response)
def template_file(library: LibraryDep, access: AccessDep, template: str) -> Response:
    """By id or name, as a download: to change it in Word and upload it again."""
    with library.sessions.read() as session:
        opened = templates.template(access, session, template)
    return word_file(f"{opened.listed.name}.docx", opened.content)


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
    """Replaces one of the same name. For managers of the space. Errors name their place in the file."""
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


def _out(access: Access, listed: Listed) -> TemplateOut:
    outline = listed.outline
    return TemplateOut(
        id=listed.id,
        name=listed.name,
        title=outline.title,
        language=outline.language,  # type: ignore[arg-type]  # one of the three, by the sidecar or `language_of`
        space_id=listed.space_id,
        space=listed.space,
        packs=list(outline.packs),
        own_rules=listed.own_rules,
        managed=listed.space_id in access.managed & access.writable,
        fields=[_field(field) for field in outline.fields],
        sections=[TemplateSection(**asdict(section)) for section in outline.sections],
        computed=[figure.label for figure in outline.computed],
    )


def _field(field: Field) -> TemplateField:
    columns = [
        TemplateColumn(
            name=column.name,
            label=column.label,
            number=column.number,
            required=column.required,
            times=list(column.times),
        )
        for column in field.columns
    ]
    return TemplateField(
        name=field.name,
        label=field.label,
        kind=field.kind,
        required=field.required,
        choices=list(field.choices),
        hint=field.hint,
        default=field.default,
        columns=columns,
    )
