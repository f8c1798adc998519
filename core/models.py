"""The tables. A row is a noun of the company: Space, Document, Version, Page, Passage, Answer …

Nothing here queries. Relations are not mapped: every query says in its own place what it joins, so no
attribute access can reach the database behind the reader's back.
"""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import DateTime, TypeDecorator


def new_id() -> str:
    """16 hexadecimal digits that nobody can guess."""
    return secrets.token_hex(8)


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """This day where the back-end stands: what is in force changes at its midnight."""
    return date.today()


class Moment(TypeDecorator[datetime]):
    """A point in time, UTC, with its zone also where the database keeps none (SQLite)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: object) -> datetime | None:
        """Put the zone back that SQLite dropped."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Base(DeclarativeBase):
    """Base of all tables."""

    type_annotation_map: ClassVar = {datetime: Moment(), dict[str, Any]: JSON(), list[Any]: JSON()}


# The ids of the spaces whose words a person's own thing may hold; None: any. See `core.access.made_within`.
WITHIN = JSON(none_as_null=True)


class VersionState(StrEnum):
    """Where a version is on its way. The event that leads to each stands beside it."""

    STORED = "stored"  # the upload is complete and its hash is known
    READ = "read"  # every page's text is in the records
    SEARCHABLE = "searchable"  # its passages are published for search by words
    EMBEDDED = "embedded"  # its passages have vectors too
    FAILED = "failed"  # reading failed for good; error_code says why


class JobState(StrEnum):
    """Where a job is. The event that leads to each stands beside it."""

    WAITING = "waiting"  # enqueued, or given back after its worker died
    RUNNING = "running"  # a worker claimed it
    DONE = "done"  # the worker finished it
    FAILED = "failed"  # it cannot be done; error_code says why
    CANCELLED = "cancelled"  # a person stopped it


class FileState(StrEnum):
    """Where a file of a watched folder is. The event that leads to each stands beside it."""

    TAKEN = "taken"  # its content is a version of a document; that version says how reading went
    QUARANTINED = "quarantined"  # it was refused; error_code says why; tried again when it changes
    GONE = "gone"  # it was deleted from the folder; its document is in force no more


class AnswerStatus(StrEnum):
    """What kind of answer was given."""

    ANSWERED = "answered"  # written by a model, every sentence checked
    QUOTED = "quoted"  # quotes alone
    NOT_FOUND = "not_found"  # the documents do not answer


class Role(StrEnum):
    """What a person may do in a space; each includes the one before."""

    READER = "reader"
    AUTHOR = "author"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


class AccountSource(StrEnum):
    """Who vouches for a person."""

    LOCAL = "local"  # Shoko itself: a one-time link, or a password kept here
    OIDC = "oidc"  # the company's single sign-on
    LDAP = "ldap"  # the company's directory (LDAP, Active Directory)


class User(Base):
    """A person who may sign in."""

    __tablename__ = "users"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    is_admin: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
    source: Mapped[str] = mapped_column(String(16), default=AccountSource.LOCAL)
    # Who the person is at the source: the subject of single sign-on, the name in the directory.
    external_id: Mapped[str | None] = mapped_column(String(400), unique=True, index=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))  # Argon2id
    password_set_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)  # wrong passwords since the last right one
    locked_until: Mapped[datetime | None]
    last_sign_in_at: Mapped[datetime | None]


class Group(Base):
    """A department or team. Where `external_name` is set, its members come from the company's directory."""

    __tablename__ = "groups"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    external_name: Mapped[str | None] = mapped_column(String(400), index=True)


class Membership(Base):
    """A user belongs to a group."""

    __tablename__ = "memberships"
    group_id: Mapped[str] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class SignInLink(Base):
    """A link that signs its user in once. Only the hash of its secret is kept."""

    __tablename__ = "sign_in_links"
    secret_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignIn(Base):
    """A signed-in browser or program. Only the hash of its token is kept."""

    __tablename__ = "sign_ins"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime] = mapped_column(default=now)
    # The token before the last renewal: good for some seconds more, for requests that were on their way.
    previous_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    renewed_at: Mapped[datetime | None]


class ApiKey(Base):
    """A key by which a program acts for its user, within scopes, spaces, an end date and a rate. Only the
    hash of its secret is kept."""

    __tablename__ = "api_keys"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[Any]]
    spaces: Mapped[list[Any] | None]  # ids; None: every space of its user
    requests_a_minute: Mapped[int]
    created_by: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class Space(Base):
    """A department's or project's shelf: the unit of permission."""

    __tablename__ = "spaces"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Grant(Base):
    """A user or a group has a role in a space. Exactly one of user_id and group_id is set."""

    __tablename__ = "grants"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    space_id: Mapped[str] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    group_id: Mapped[str | None] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(16))
    may_download: Mapped[bool] = mapped_column(default=True)  # the original, besides reading


class Document(Base):
    """A document of the company; what it says stands in its versions."""

    __tablename__ = "documents"
    # Not unique: a restricted document's name may be given again by who does not see it.
    __table_args__ = (Index("documents_by_name", "space_id", "name"),)
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    space_id: Mapped[str] = mapped_column(ForeignKey("spaces.id"), index=True)
    name: Mapped[str] = mapped_column(String(500))
    title: Mapped[str] = mapped_column(String(500), default="")
    # The version that answers questions today. Setting it is the moment of publishing; `ingest/force.py`
    # sets it anew when a date is changed or a day begins.
    current_version_id: Mapped[str | None] = mapped_column(String(16), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    # Of those who read the space, only its managers and those on the document's reader list read it.
    restricted: Mapped[bool] = mapped_column(default=False)


class DocumentReader(Base):
    """A user or a group on a restricted document's reader list. Exactly one of the two is set."""

    __tablename__ = "document_readers"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    group_id: Mapped[str | None] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), index=True)


class Version(Base):
    """One state of a document's content."""

    __tablename__ = "versions"
    __table_args__ = (UniqueConstraint("document_id", "number"),)
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    number: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(16), default=VersionState.STORED)
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_values: Mapped[dict[str, Any] | None]
    pages: Mapped[int] = mapped_column(default=0)
    passages: Mapped[int] = mapped_column(default=0)
    warnings: Mapped[list[Any]] = mapped_column(default=list)
    in_force_from: Mapped[date | None]
    in_force_until: Mapped[date | None]  # the last day
    # Where those two come from: {"from"|"until": {"source", "quote", "page"}}; see `ingest/dates.py`.
    in_force_sources: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # From which day it counts: in_force_from, or the day of publishing; date.min for a first one without.
    starts_on: Mapped[date | None]
    signature: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)  # `ingest/likeness.py`
    created_by: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(default=now)
    published_at: Mapped[datetime | None]


class Page(Base):
    """A page's text with a box for each character. See `ingest/pages.py` for the boxes' form."""

    __tablename__ = "pages"
    version_id: Mapped[str] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(String(50), default="")
    width: Mapped[float]
    height: Mapped[float]
    text: Mapped[str]
    boxes: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    blocks: Mapped[list[Any]] = mapped_column(deferred=True)
    source: Mapped[str] = mapped_column(String(16), default="layer")
    # What the format calls its pages (see `ingest.pages.PageKind`), and this one's name: a sheet's, say.
    kind: Mapped[str] = mapped_column(String(16), default="page", server_default="page")
    name: Mapped[str] = mapped_column(String(300), default="", server_default="")
    quality: Mapped[float] = mapped_column(default=1.0, server_default="1")
    # How much nobody sees on it, by reason (see `ingest/readers/hidden.py`).
    hidden: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")


class Passage(Base):
    """A stretch of a version's text that search finds.

    `pieces` lists [page, start, end] of the page texts it is made of; `text` is those pieces joined by a
    line end; `heading` is the path of headings above it.
    """

    __tablename__ = "passages"
    __table_args__ = (UniqueConstraint("version_id", "ordinal"),)
    id: Mapped[str] = mapped_column(String(24), primary_key=True)
    version_id: Mapped[str] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"))
    document_id: Mapped[str] = mapped_column(String(16), index=True)
    ordinal: Mapped[int]
    first_page: Mapped[int]
    last_page: Mapped[int]
    pieces: Mapped[list[Any]]
    heading: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(String(8))
    text: Mapped[str]
    place: Mapped[dict[str, Any] | None]  # where it begins in the original, as `ingest.places` packs it


class Question(Base):
    """What a person asked."""

    __tablename__ = "questions"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(String(16), index=True)
    text: Mapped[str]
    # The question as it was looked up: a follow-up is made whole from the question that it follows.
    standalone: Mapped[str] = mapped_column(default="", server_default="")
    follows: Mapped[str | None] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(8))
    spaces: Mapped[list[Any] | None] = mapped_column(WITHIN)
    as_of: Mapped[date | None]  # the day it was asked about; None: the day it was asked
    asked_at: Mapped[datetime] = mapped_column(default=now, index=True)


class Answer(Base):
    """What Shoko answered, with what it struck and how long each part took."""

    __tablename__ = "answers"
    question_id: Mapped[str] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"), primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(default="")
    model: Mapped[str] = mapped_column(String(200), default="none")
    why: Mapped[str] = mapped_column(String(64), default="")  # an error's code where the model could not
    faq_id: Mapped[str | None] = mapped_column(String(16), index=True)  # the approved answer that this is
    probability: Mapped[float]
    struck: Mapped[list[Any]] = mapped_column(default=list)
    writing: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    timings_ms: Mapped[dict[str, Any]] = mapped_column(default=dict)
    answered_at: Mapped[datetime] = mapped_column(default=now)


class Citation(Base):
    """A quote of an answer: `quote` stands word for word at [start, end) of that page's text."""

    __tablename__ = "citations"
    question_id: Mapped[str] = mapped_column(
        ForeignKey("answers.question_id", ondelete="CASCADE"), primary_key=True
    )
    mark: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)
    version_id: Mapped[str] = mapped_column(String(16))
    passage_id: Mapped[str] = mapped_column(String(24))
    page: Mapped[int]
    start: Mapped[int]
    end: Mapped[int]
    quote: Mapped[str]
    score: Mapped[float]


class FeedbackReason(StrEnum):
    """Why an answer did not help, as the asker says it."""

    NONE = ""
    WRONG = "wrong"  # it says what the documents do not say
    INCOMPLETE = "incomplete"  # a part of the answer is missing
    OUTDATED = "outdated"  # it rests on a document that holds no more
    OFF_TOPIC = "off_topic"  # the quotes are about something else
    MISSING = "missing"  # the answer stands in a document, and was not found
    OTHER = "other"


class Feedback(Base):
    """What the asker thought of an answer: one opinion a question, the last one counts."""

    __tablename__ = "feedback"
    question_id: Mapped[str] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"), primary_key=True)
    helpful: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(16), default=FeedbackReason.NONE)
    comment: Mapped[str] = mapped_column(String(1000), default="")
    given_at: Mapped[datetime] = mapped_column(default=now, index=True)


class Gap(Base):
    """A question that the documents do not answer, told by its asker to those who keep a space."""

    __tablename__ = "gaps"
    __table_args__ = (UniqueConstraint("question_id", "space_id"),)
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    question_id: Mapped[str] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"))
    space_id: Mapped[str] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"), index=True)
    note: Mapped[str] = mapped_column(String(1000), default="")
    told_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(16))


class FaqState(StrEnum):
    """Where an answer for many is on its way. The event that leads to each stands beside it."""

    DRAFT = "draft"  # written or imported; shown to nobody
    APPROVED = "approved"  # a manager stands for it; it answers
    REVIEW = "review"  # a source changed, was erased or is no longer in force, or its date has passed
    WITHDRAWN = "withdrawn"  # a person took it back


class Faq(Base):
    """An approved answer to a question that is asked again and again, bound to the passages it came from."""

    __tablename__ = "faqs"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    space_id: Mapped[str] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"), index=True)
    question: Mapped[str]
    wordings: Mapped[list[Any]] = mapped_column(default=list)  # other ways to ask it
    answer: Mapped[str]
    language: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(16), default=FaqState.DRAFT, index=True)
    reason: Mapped[str] = mapped_column(String(64), default="")  # why it is in review
    owner_id: Mapped[str] = mapped_column(String(16))
    valid_until: Mapped[date | None]
    served: Mapped[int] = mapped_column(default=0)  # how often it answered
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)


class FaqSource(Base):
    """A quote that an approved answer rests on: word for word at [start, end) of that page's text."""

    __tablename__ = "faq_sources"
    faq_id: Mapped[str] = mapped_column(ForeignKey("faqs.id", ondelete="CASCADE"), primary_key=True)
    mark: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)
    version_id: Mapped[str] = mapped_column(String(16))
    passage_id: Mapped[str] = mapped_column(String(24))
    page: Mapped[int]
    start: Mapped[int]
    end: Mapped[int]
    quote: Mapped[str]


class Check(Base):
    """A document that one person had checked, kept for a short time. Its content and report lie in a folder
    of their own (`core.files.Files.check`), and go with it."""

    __tablename__ = "checks"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(500))
    format: Mapped[str] = mapped_column(String(16))
    # Set where it is a document of the library, or a mended copy of one; else the file was sent.
    document_id: Mapped[str | None] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), index=True
    )
    spaces: Mapped[list[Any] | None] = mapped_column(WITHIN)
    own_file: Mapped[bool]  # its content lies in its folder; else it is that of the document's version
    sha256: Mapped[str] = mapped_column(String(64))
    # The rules, in order: {"name"} of a pack that ships, or with "file" of one that lies in its folder.
    packs: Mapped[list[Any]]
    waivers: Mapped[list[Any]] = mapped_column(default=list)  # as `checks.waivers.Waiver` is written
    baseline: Mapped[list[Any]] = mapped_column(default=list)  # fingerprints that were there before
    levels: Mapped[dict[str, Any]]  # how many findings of each level
    fixes: Mapped[int] = mapped_column(default=0)  # made in this copy of what was sent
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SpacePack(Base):
    """Rules that a space's documents are held to: a pack that ships, or the company's own in `text`."""

    __tablename__ = "space_packs"
    __table_args__ = (UniqueConstraint("space_id", "name"),)
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    space_id: Mapped[str] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    title: Mapped[dict[str, Any]] = mapped_column(default=dict)  # by language
    rules: Mapped[int]
    suffix: Mapped[str] = mapped_column(String(8), default="")  # of the own pack's file; empty: it ships
    text: Mapped[str] = mapped_column(default="", deferred=True)
    added_by: Mapped[str] = mapped_column(String(16))
    added_at: Mapped[datetime] = mapped_column(default=now)


class VersionCheck(Base):
    """What a version was found to breach of its space's packs. Messages are kept in every language."""

    __tablename__ = "version_checks"
    version_id: Mapped[str] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)
    packs: Mapped[list[Any]]  # their names
    # Without what is waived or was there before: how many by level, and by rule.
    levels: Mapped[dict[str, Any]] = mapped_column(default=dict)
    rules: Mapped[dict[str, Any]] = mapped_column(default=dict)
    waived: Mapped[int] = mapped_column(default=0)
    states: Mapped[dict[str, Any]] = mapped_column(default=dict)  # rule: [kind, level, what became of it]
    report: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)  # `checks.stored`
    error_code: Mapped[str | None] = mapped_column(String(64))  # why it could not be checked
    error_values: Mapped[dict[str, Any] | None]
    checked_at: Mapped[datetime] = mapped_column(default=now)


class KnownFindings(Base):
    """A document's baseline: findings that were there when its space began to count new ones alone."""

    __tablename__ = "known_findings"
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True)
    fingerprints: Mapped[list[Any]]
    set_at: Mapped[datetime] = mapped_column(default=now)


class SpaceWaiver(Base):
    """Findings in a space's documents that a manager lets pass for a time; see `checks.waivers.Waiver`."""

    __tablename__ = "space_waivers"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    space_id: Mapped[str] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"), index=True)
    fingerprint: Mapped[str] = mapped_column(String(16), default="")
    rule: Mapped[str] = mapped_column(String(200), default="")
    document: Mapped[str] = mapped_column(String(500), default="*")
    reason: Mapped[str] = mapped_column(String(500))
    by: Mapped[str] = mapped_column(String(200))
    until: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Template(Base):
    """A company's Word template in a space, with its sidecar and its own rules where it brings them."""

    __tablename__ = "templates"
    __table_args__ = (UniqueConstraint("space_id", "name"),)
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    space_id: Mapped[str] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    outline: Mapped[dict[str, Any]]  # its fields and sections; see `drafts/outline.py`
    sidecar: Mapped[str] = mapped_column(default="")  # YAML
    rules: Mapped[str] = mapped_column(default="")  # a pack in YAML
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_by: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Draft(Base):
    """A document that was drafted for a person, with what it says and where from. Its owner's alone."""

    __tablename__ = "drafts"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    template: Mapped[str] = mapped_column(String(200))  # the name that it had then
    spaces: Mapped[list[Any] | None] = mapped_column(WITHIN)
    name: Mapped[str] = mapped_column(String(300))  # of the file
    outcome: Mapped[dict[str, Any]] = mapped_column(deferred=True)  # as the doors tell it
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class DraftSource(Base):
    """A draft quotes a document; it goes when that is erased, and is withheld from who may not read it."""

    __tablename__ = "draft_sources"
    draft_id: Mapped[str] = mapped_column(ForeignKey("drafts.id", ondelete="CASCADE"), primary_key=True)
    document_id: Mapped[str] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Job(Base):
    """A piece of work that outlives the request that asked for it."""

    __tablename__ = "jobs"
    __table_args__ = (Index("jobs_to_do", "state", "created_at"),)
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[str] = mapped_column(String(16), index=True)
    space_id: Mapped[str] = mapped_column(String(16), index=True)
    state: Mapped[str] = mapped_column(String(16), default=JobState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Folder(Base):
    """A folder of this computer or of a share that is looked through again and again."""

    __tablename__ = "folders"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    space_id: Mapped[str] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"), index=True)
    path: Mapped[str] = mapped_column(String(1000), unique=True)
    mount: Mapped[str] = mapped_column(String(1000), default="")  # the mount point it lay on; empty: none
    created_by: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(default=now)
    scanned_at: Mapped[datetime | None]
    seconds: Mapped[float] = mapped_column(default=0.0)  # that the last look took
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_values: Mapped[dict[str, Any] | None]


class FolderFile(Base):
    """A file of a watched folder as it was last seen; `path` is beneath the folder, with slashes."""

    __tablename__ = "folder_files"
    folder_id: Mapped[str] = mapped_column(ForeignKey("folders.id", ondelete="CASCADE"), primary_key=True)
    path: Mapped[str] = mapped_column(String(1000), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    modified_ns: Mapped[int] = mapped_column(BigInteger)
    inode: Mapped[str] = mapped_column(String(20), default="")  # more than 63 bits on some systems
    sha256: Mapped[str] = mapped_column(String(64), default="")
    state: Mapped[str] = mapped_column(String(16))
    document_id: Mapped[str | None] = mapped_column(
        ForeignKey("documents.id", ondelete="SET NULL"), index=True
    )
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_values: Mapped[dict[str, Any] | None]
    changed_at: Mapped[datetime] = mapped_column(default=now)


class AuditEntry(Base):
    """Who did what. Each entry carries the hash of the one before it."""

    __tablename__ = "audit"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    user_id: Mapped[str] = mapped_column(String(16))
    action: Mapped[str] = mapped_column(String(64), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditCheckpoint(Base):
    """The end of the audit log at a moment, signed: who rewrites the log cannot sign it anew."""

    __tablename__ = "audit_checkpoints"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # the last entry it covers
    at: Mapped[datetime] = mapped_column(default=now)
    hash: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(64))  # the public key, Ed25519, hexadecimal
    signature: Mapped[str] = mapped_column(String(128))


class LegalHold(Base):
    """A space, a document or a person whose data may not be erased until the hold is lifted."""

    __tablename__ = "legal_holds"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(16))  # space, document or user
    subject_id: Mapped[str] = mapped_column(String(16), index=True)
    reason: Mapped[str] = mapped_column(String(500))
    placed_by: Mapped[str] = mapped_column(String(16))
    placed_at: Mapped[datetime] = mapped_column(default=now)
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None] = mapped_column(String(16))


class RetentionRule(Base):
    """How many days something is kept. `space_id` is set for documents, and empty for what has no space."""

    __tablename__ = "retention_rules"
    __table_args__ = (UniqueConstraint("kind", "space_id"),)
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(16))  # questions, superseded, expired or audit
    space_id: Mapped[str] = mapped_column(String(16), default="")
    days: Mapped[int]


class Erasure(Base):
    """A certificate of erasure: what was removed from where, and what a search for it found afterwards."""

    __tablename__ = "erasures"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(default=now)
    by: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16))  # document, user or retention
    subject_id: Mapped[str] = mapped_column(String(16), index=True)
    certificate: Mapped[dict[str, Any]]


class Fact(Base):
    """A small named value about this library: its index's version, the embedder its vectors come from."""

    __tablename__ = "facts"
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    value: Mapped[str]
