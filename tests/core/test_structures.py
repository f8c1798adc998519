"""Structures of versions are kept in the records, and go with their version."""

from pathlib import Path

from making import records_in

from core.db import open_database
from core.models import Document, Space, Version
from core.structures import store_structure, structure_of, structures_of
from language.structure import Node, NodeKind, Structure

FIRST = Structure([Node(NodeKind.HEADING, 1, 0, 5, label="1."), Node(NodeKind.PARAGRAPH, 1, 6, 20, 0)])
SECOND = Structure([Node(NodeKind.PARAGRAPH, 1, 0, 20)])


def test_kept_replaced_and_gone_with_its_version(tmp_path: Path) -> None:
    sessions = open_database(records_in(tmp_path))
    with sessions.write() as session:
        session.add(Space(id="s", name="Rules"))
        session.flush()
        session.add(Document(id="d", space_id="s", name="rules.pdf"))
        session.flush()
        session.add(
            Version(
                id="v", document_id="d", number=1, sha256="0", size=1, media_type="text/plain", created_by="u"
            )
        )
    with sessions.write() as session:
        store_structure(session, "v", FIRST, "1")
    with sessions.read() as session:
        assert list(structure_of(session, "v") or ()) == list(FIRST)
        assert list(structures_of(session, ["v", "w"])) == ["v"]
    with sessions.write() as session:
        store_structure(session, "v", SECOND, "2")
    with sessions.read() as session:  # not the one that was read before
        assert list(structure_of(session, "v") or ()) == list(SECOND)
    with sessions.write() as session:
        session.delete(session.get_one(Version, "v"))
    with sessions.read() as session:
        assert structure_of(session, "v") is None
    sessions.close()
