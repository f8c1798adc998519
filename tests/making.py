"""What many tests make: settings, small real PDFs, documents that went the whole way, users with rights."""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from fpdf import FPDF
from sqlalchemy import create_engine, select
from sqlalchemy.exc import ProgrammingError

from contract.values import Role
from core.access import Access, access_of
from core.db import Sessions, open_database
from core.identity.accounts import first_administrator
from core.models import Grant, Passage, Space, User, Version
from core.settings import PROJECT, Settings, load_settings

if TYPE_CHECKING:  # seconds, which tests without a library need not pay
    from ingest.uploads import Accepted
    from operations.library import Library

SAMPLES = PROJECT / "samples"
LIBRARY = SAMPLES / "library"
# A PostgreSQL server, where `test_postgresql.py` has other tests keep their records; empty: SQLite.
RECORDS_SERVER = os.environ.get("RECORDS_SERVER", "")
INDEX_SERVER = os.environ.get("INDEX_SERVER", "")  # a Milvus server, likewise; empty: in the data folder
MOST_STEPS = 1000  # no test has so much work; a pipeline that never ends its work fails here


def settings_in(data: Path, **given: Any) -> Settings:
    """Settings for a data folder of a test: no chat model and no text recognition, unless it is given."""
    own: dict[str, Any] = {"data": data, "model": "none", "ocr_languages": "none"}
    if RECORDS_SERVER:
        own["database_url"] = records_in(data)
    if INDEX_SERVER:
        own["index"] = INDEX_SERVER
    settings = load_settings(**(own | given))
    records = settings.data / "shoko.sqlite3"
    if settings.database == f"sqlite:///{records}" and not records.exists():
        records.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_empty_records(), records)
    return settings


@functools.cache
def _empty_records() -> Path:
    """A file of records without rows, for copying: to make its tables anew costs each test a third of a
    second. `test_migrations.py` makes them step by step."""
    folder = tempfile.mkdtemp(prefix="shoko-records-")
    atexit.register(shutil.rmtree, folder)
    path = Path(folder) / "empty.sqlite3"
    open_database(f"sqlite:///{path}").close()
    return path


def records_in(folder: Path, name: str = "records.sqlite3") -> str:
    """The address of that folder's records: a file of SQLite with its tables, or a database of their own in
    PostgreSQL with the same."""
    if not RECORDS_SERVER:
        if not (folder / name).exists():
            shutil.copyfile(_empty_records(), folder / name)
        return f"sqlite:///{folder / name}"
    database = "t" + hashlib.sha256(str(folder / name).encode()).hexdigest()[:20]
    template = _empty_database(RECORDS_SERVER)
    with contextlib.suppress(ProgrammingError):  # it is there already
        create_database(f"{database} TEMPLATE {template}")
    return f"{RECORDS_SERVER}/{database}"


@functools.cache
def _empty_database(server: str) -> str:
    """The name of a database of that server with tables and without rows, for copying."""
    name = f"empty{os.getpid()}"
    create_database(name)
    open_database(f"{server}/{name}").close()
    return name


def create_database(definition: str) -> None:
    """Make a database of that name, and what else stands behind it in SQL, on the tests' PostgreSQL."""
    server = RECORDS_SERVER.replace("postgresql:", "postgresql+pg8000:")
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {definition}")
    finally:
        engine.dispose()


def child_environment(**more: str) -> dict[str, str]:
    """The environment of a process that a test starts: this one's, without this one's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SHOKO_")}
    return kept | {"PYTHONUTF8": "1", "PYTHONPATH": str(PROJECT)} | more


def pdf(*pages: str | Sequence[str], password: str = "", size: float = 12) -> bytes:
    """A real PDF: each page a text (Latin letters), or a list of paragraphs with space between them."""
    document = FPDF(format="A4")
    document.set_font("Helvetica", size=size)
    document.set_auto_page_break(False)
    for page in pages:
        document.add_page()
        for paragraph in [page] if isinstance(page, str) else page:
            document.multi_cell(0, size * 0.5, paragraph, new_x="LMARGIN", new_y="NEXT")
            document.ln(size)
    if password:
        document.set_encryption(owner_password=password + "-owner", user_password=password)
    return bytes(document.output())


def picture_pdf() -> bytes:
    """A PDF with a drawing and no text."""
    document = FPDF(format="A4")
    document.add_page()
    document.rect(20, 20, 100, 100, style="F")
    return bytes(document.output())


def administrator(library: Library) -> Access:
    """The access of the first administrator."""
    with library.sessions.write() as session:
        return access_of(session, first_administrator(session).id)


def person(sessions: Sessions, name: str, **roles: Role) -> Access:
    """The access of a new user with those roles in the spaces of those names; spaces are made as needed."""
    with sessions.write() as session:
        user = User(name=name)
        session.add(user)
        session.flush()
        for space_name, role in roles.items():
            session.add(Grant(space_id=_space(session, space_name), user_id=user.id, role=role))
        session.flush()
        return access_of(session, user.id)


def space_named(sessions: Sessions, name: str) -> str:
    """The id of the space of that name, made where there is none."""
    with sessions.write() as session:
        return _space(session, name)


def _space(session: Any, name: str) -> str:
    space = session.scalar(select(Space).where(Space.name == name))
    if space is None:
        space = Space(name=name)
        session.add(space)
        session.flush()
    return str(space.id)


def upload(
    library: Library,
    name: str,
    content: bytes | str,
    *,
    space: str = "General",
    access: Access | None = None,
    limit: int = 10**9,
) -> Accepted:
    """Hand a file in, and do no work on it."""
    from ingest.uploads import accept

    if isinstance(content, str):
        content = content.encode()
    return accept(
        access or administrator(library),
        library.sessions,
        library.files,
        space,
        name,
        [content],
        limit_bytes=limit,
    )


def finish_work(library: Library) -> int:
    """Carry out every job that waits; returns the steps it took."""
    for steps in range(MOST_STEPS):
        if not library.pipeline.work_once():
            return steps
    raise AssertionError("the pipeline finds work for ever")


def add(library: Library, name: str, content: bytes | str, *, space: str = "General") -> str:
    """Take a document the whole way to searchable; returns its id. Fails where it did not get there."""
    accepted = upload(library, name, content, space=space)
    finish_work(library)
    state = version(library, accepted.version.id).state
    assert state in ("searchable", "embedded"), f"{name} is {state}"
    return str(accepted.document.id)


def add_all(
    library: Library, documents: Iterable[tuple[str, bytes | str]], *, space: str = "General"
) -> None:
    """Take many documents the whole way, together."""
    accepted = [upload(library, name, content, space=space) for name, content in documents]
    finish_work(library)
    for taken_in in accepted:
        assert version(library, taken_in.version.id).state in ("searchable", "embedded")


def version(library: Library, version_id: str) -> Version:
    """That version as it is now."""
    with library.sessions.read() as session:
        row = session.get(Version, version_id)
        assert row is not None
        return row


def passages_of(library: Library, document_id: str) -> list[Passage]:
    """Every passage of every version of that document, in order."""
    with library.sessions.read() as session:
        return list(
            session.scalars(
                select(Passage)
                .where(Passage.document_id == document_id)
                .order_by(Passage.version_id, Passage.ordinal)
            )
        )


def stored_originals(library: Library) -> list[str]:
    """The names of all files in the folder of originals, half-written ones too."""
    return sorted(path.name for path in library.files.folder.rglob("*") if path.is_file())


TRUST = httpx.create_ssl_context()  # read once: a client of its own costs a twentieth of a second


def client_of(address: str, token: str = "") -> httpx.Client:
    """A client of an HTTP door, with that token in its header."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(base_url=address, headers=headers, timeout=240, trust_env=False, verify=TRUST)


def error_of(answer: httpx.Response) -> str:
    """The code of an error that has the one shape of every error."""
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "values"}
    assert body["error"]["message"]
    return str(body["error"]["code"])
