"""Templates: those that ship, and a company's own in its spaces. Managers keep them, readers use them."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path, PurePath

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from checks.packs.sources import PackSource, PackSources
from checks.packs.yaml_lines import MOST_VALUES_SENT, parse_yaml
from checks.service.limited import pack_head
from core.access import Access, readable_templates, space_to_manage
from core.audit import record
from core.db import Sessions
from core.errors import BadValue, FileDamaged, FileTooLarge, NotFound, RulesBad
from core.models import Space, Template
from drafts.outline import Column, DraftOutline, Placeholder
from drafts.sidecar import outline_of
from ingest.sandbox import ReadingLimits, answers
from language.tokens import language_of

LIMITS = ReadingLimits(seconds=300.0, memory_mb=1500)  # a form takes a second, and a busy computer many
MOST_BYTES = 10 * 2**20
MOST_YAML = 2**20
LONGEST_NAME = 200


@dataclass(frozen=True)
class Listed:
    """A template in a list; `space` is empty for those that ship, `id` is then its name."""

    id: str
    name: str
    space_id: str
    space: str
    outline: DraftOutline
    own_rules: bool = False


@dataclass(frozen=True)
class Opened:
    """A template to be filled."""

    listed: Listed
    content: bytes
    rules: str = ""


def inspect(path: Path, name: str, sidecar: str = "", sidecar_name: str = "") -> DraftOutline:
    """What that file asks for, read in a child process. Raises TemplateBad, RulesBad or an Unreadable."""
    order = {"path": str(path.resolve()), "name": name}
    for message in answers("drafts.inspecting_child", order, name, LIMITS):
        try:
            placeholders = [
                Placeholder(
                    **{
                        **fields,
                        "filters": frozenset(fields["filters"]),
                        "columns": tuple(Column(**{**column, "times": ()}) for column in fields["columns"]),
                    }
                )
                for fields in message["names"]
            ]
            language = language_of(str(message["text"]))
        except (KeyError, TypeError) as error:
            raise FileDamaged(name=name, problem="its reader answered with something else") from error
        return outline_of(placeholders, language, sidecar_name or f"{PurePath(name).stem}.yaml", sidecar)
    raise FileDamaged(name=name, problem="its reader said nothing")


def shipped() -> list[str]:
    """The names of the templates that ship."""
    folder = resources.files("drafts").joinpath("shipped")
    return sorted(file.name.removesuffix(".docx") for file in folder.iterdir() if file.name.endswith(".docx"))


@cache
def _shipped(name: str) -> Opened:
    folder = resources.files("drafts").joinpath("shipped")
    sidecar = folder.joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    from drafts.inspecting import inspected  # our own files need no sandbox

    with resources.as_file(folder.joinpath(f"{name}.docx")) as path:
        placeholders, text = inspected(path, path.name)
        outline = outline_of(placeholders, language_of(text), f"{name}.yaml", sidecar)
        return Opened(Listed(name, name, "", "", outline), path.read_bytes())


def templates(access: Access, session: Session) -> list[Listed]:
    """Those that ship, then those of the spaces that may be read, by name."""
    rows = session.execute(readable_templates(access).order_by(Template.name, Space.name))
    return [_shipped(name).listed for name in shipped()] + [_listed(row, space) for row, space in rows]


def template(access: Access, session: Session, name_or_id: str) -> Opened:
    """That template, by id or name. Raises NotFound, or BadValue if several have that name."""
    rows = session.execute(
        readable_templates(access)
        .where((Template.id == name_or_id) | (Template.name == name_or_id))
        .options(undefer(Template.content))
    ).all()
    if len(rows) > 1:
        ids = ", ".join(f"{row.id} ({space})" for row, space in rows)
        fix = f"Give its id: {ids}."
        raise BadValue(name=name_or_id, problem="several templates have that name", fix=fix)
    if rows:
        row, space = rows[0]
        return Opened(_listed(row, space), row.content, row.rules)
    if name_or_id in shipped():
        return _shipped(name_or_id)
    raise NotFound(what="template", name=name_or_id)


def add(
    access: Access,
    sessions: Sessions,
    space: str,
    name: str,
    chunks: Iterable[bytes],
    *,
    sidecar: str = "",
    rules: str = "",
) -> Listed:
    """Keep a template in that space, in place of one of the same name. For its managers.

    Raises NotFound, NotPermitted, TemplateBad, RulesBad or an Unreadable, and keeps nothing then.
    """
    with sessions.read() as session:
        space_to_manage(access, session, space)
    name = PurePath(name.replace("\\", "/")).name.removesuffix(".docx").strip(". ")[:LONGEST_NAME]
    if not name or not name.isprintable():
        raise BadValue(name="name", problem="it is empty or has control characters", fix="Name the file.")
    if name in shipped():
        raise BadValue(name="name", problem=f"{name} is a template that ships", fix="Choose another name.")
    content = _whole(name, chunks)
    for what, text in (("sidecar", sidecar), ("rules", rules)):
        if len(text) > MOST_YAML:
            raise FileTooLarge(name=what, limit=f"{MOST_YAML // 2**20} MB")
    with tempfile.TemporaryDirectory(prefix="shoko-template-") as folder:
        path = Path(folder) / "template.docx"
        path.write_bytes(content)
        outline = inspect(path, f"{name}.docx", sidecar)
    if (sources := rules_of(outline, rules)) is not None:
        pack_head(sources)  # if one of its patterns cannot be taken, now is the time to say so
    with sessions.write() as session:
        space_row = space_to_manage(access, session, space)
        old = session.scalar(select(Template).where(Template.space_id == space_row.id, Template.name == name))
        kept = old or Template(space_id=space_row.id, name=name)
        kept.outline, kept.sidecar, kept.rules, kept.content = outline.packed(), sidecar, rules, content
        kept.created_by = access.user_id
        session.add(kept)
        session.flush()
        action = "template.added" if old is None else "template.changed"
        digest = hashlib.sha256(content).hexdigest()
        record(session, access.user_id, action, kept.id, name=name, space=space_row.id, sha256=digest)
        return _listed(kept, space_row.name)


def remove(access: Access, session: Session, template_id: str) -> None:
    """Remove a template of a space. For its managers. Raises NotFound or NotPermitted."""
    row = session.scalar(readable_templates(access).where(Template.id == template_id))
    if row is None:
        raise NotFound(what="template", name=template_id)
    space_to_manage(access, session, row.space_id)
    record(session, access.user_id, "template.removed", row.id, name=row.name, space=row.space_id)
    session.delete(row)


def rules_of(outline: DraftOutline, rules: str = "") -> PackSources | None:
    """The rules that a draft of that template is held against; None if it names none. Raises RulesBad."""
    sources = tuple(PackSource(name) for name in outline.packs)
    if not rules.strip():
        return PackSources(sources) if sources else None
    data = parse_yaml(rules, "rules.yaml", most_values=MOST_VALUES_SENT).data
    if isinstance(data, dict) and (data.get("include") or data.get("imports")):
        problem = "a template's own rules may not include other files"
        raise RulesBad(place="rules.yaml", problem=problem, fix="Put the rules into one file.")
    return PackSources((*sources, PackSource("rules.yaml", "rules.yaml", rules.encode())))


def _whole(name: str, chunks: Iterable[bytes]) -> bytes:
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > MOST_BYTES:
            raise FileTooLarge(name=name, limit=f"{MOST_BYTES // 2**20} MB")
    return bytes(content)


def _listed(row: Template, space: str) -> Listed:
    outline = DraftOutline.unpacked(row.outline)
    return Listed(row.id, row.name, row.space_id, space, outline, bool(row.rules.strip()))
