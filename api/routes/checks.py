"""Checks: a file that is sent, or a document of the library, against packs that ship or one that is sent."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Query, UploadFile
from pydantic import BaseModel

from api.deps import AccessDep, LibraryDep
from api.wiring import Library
from checks.packs import Pack, load_pack, load_packs, shipped
from checks.reading import read_document
from checks.running import run_pack
from checks.yaml_lines import load_yaml
from core import access as access_rules
from core.errors import BadValue, FileTooLarge, NotFound
from core.models import Version

router = APIRouter(tags=["checks"])
CHUNK = 2**20
MOST_PACK = 8 * 2**20  # bytes of a pack that is sent

Language = Literal["ja", "en", "zh"]


class PackOut(BaseModel):
    """A pack that ships."""

    name: str
    title: dict[str, str]
    rules: int


class RuleOut(BaseModel):
    """What became of a rule: whether it ran, else why not."""

    id: str
    ran: bool
    why: str
    state: Literal["ran", "not_applicable", "could_not_run"]
    findings: int


class FindingOut(BaseModel):
    """A breach of a rule. `place` holds what the format has; `fix` would stand in place of `quote`."""

    rule: str
    kind: str
    level: Literal["error", "warning", "info"]
    message: str
    place: dict[str, Any]
    quote: str
    fix: str | None
    fix_is_safe: bool
    fingerprint: str
    document: str
    confidence: float | None = None
    link: str = ""


class CheckOut(BaseModel):
    """The outcome for one document. `unverified`: a model's opinions whose quote does not stand there."""

    document: str
    format: str
    pack: str
    doctypes: list[str]
    findings: list[FindingOut]
    rules: list[RuleOut]
    unverified: list[dict[str, Any]]
    notes: list[str]


@router.get("/api/packs", summary="The rule packs that ship")
def packs(_access: AccessDep) -> list[PackOut]:
    """With their titles in three languages."""
    loaded = [(name, load_pack(name)) for name in shipped()]
    return [PackOut(name=name, title=pack.title, rules=len(pack.rules)) for name, pack in loaded]


@router.post("/api/checks", summary="Check a file that is sent")
def check_file(
    library: LibraryDep,
    _access: AccessDep,
    file: Annotated[UploadFile, File(description="The document")],
    pack: Annotated[list[str] | None, Form(description="Names of packs that ship")] = None,
    rules: Annotated[UploadFile | None, File(description="A pack, dictionary or term list")] = None,
    language: Annotated[Language, Form(description="Of the messages")] = "en",
) -> CheckOut:
    """The file is checked and not kept."""
    with tempfile.TemporaryDirectory(prefix="shoko-check-") as place:
        folder = Path(place)
        limit = library.settings.upload_limit_mb * 2**20
        path = _kept(file, folder, limit)
        with _packs(pack, rules, folder) as chosen:
            return _checked(library, path, path.name, chosen, language)


@router.post("/api/documents/{document_id}/check", summary="Check a document of the library")
def check_document(
    library: LibraryDep,
    access: AccessDep,
    document_id: str,
    pack: Annotated[list[str], Query(description="Names of packs that ship", min_length=1)],
    language: Annotated[Language, Query(description="Of the messages")] = "en",
) -> CheckOut:
    """The version in force; its original must be of a kind that can be checked."""
    with library.sessions.read() as session:
        document = access_rules.document(access, session, document_id)
        version = session.get(Version, document.current_version_id) if document.current_version_id else None
        if version is None:
            raise NotFound(what="version in force of", name=document.name)
        path, name = library.files.path(version.sha256), document.name
    with _packs(pack, None, Path()) as chosen:
        return _checked(library, path, name, chosen, language)


def _checked(library: Library, path: Path, name: str, pack: Pack, language: str) -> CheckOut:
    document = read_document(path, name, limits=library.limits)
    return CheckOut.model_validate(run_pack(document, pack, language=language).as_dict())


@contextmanager
def _packs(names: list[str] | None, sent: UploadFile | None, folder: Path) -> Iterator[Pack]:
    """The packs that were named and the one that was sent. A name is never taken for a path."""
    known = set(shipped())
    for name in names or []:
        if name not in known:
            raise BadValue(name="pack", problem=f"there is no pack {name}", fix="See GET /api/packs.")
    sources: list[str | Path] = list(names or [])
    if sent is not None and sent.filename:
        inner = folder / "rules"
        inner.mkdir()
        sources.append(_alone(_kept(sent, inner, MOST_PACK)))
    if not sources:
        raise BadValue(name="pack", problem="no rules are named", fix="Name a pack, or send one as `rules`.")
    yield load_packs(sources)


def _alone(path: Path) -> Path:
    """A pack that was sent, which must stand alone: an include would open files of this computer."""
    if path.suffix.lower() in (".csv", ".tsv"):
        return path
    if path.suffix.lower() not in (".yml", ".yaml"):
        raise BadValue(name="rules", problem=f"{path.name} is no pack", fix="Send .yml, .yaml, .csv or .tsv.")
    data = load_yaml(path).data
    if isinstance(data, dict) and (data.get("include") or data.get("imports")):
        fix = "Put the rules into one file, or check with `shoko check`."
        raise BadValue(name="rules", problem="a pack that is sent may not include other files", fix=fix)
    return path


def _kept(sent: UploadFile, folder: Path, limit: int) -> Path:
    """A file that was sent, under its own name without folders."""
    name = PurePath((sent.filename or "file").replace("\\", "/")).name[:200].strip(". ") or "file"
    path, size = folder / name, 0
    with path.open("wb") as out:
        while chunk := sent.file.read(CHUNK):
            size += len(chunk)
            if size > limit:
                raise FileTooLarge(name=name, limit=f"{limit // 2**20} MB")
            out.write(chunk)
    return path
