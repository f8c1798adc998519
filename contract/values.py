"""The words that both sides of HTTP and the records share: each a closed list of values."""

from enum import StrEnum

MOST_REQUESTS = 10_000  # a minute, that a key may be given


class Role(StrEnum):
    """What a person may do in a space; each includes the one before."""

    READER = "reader"
    AUTHOR = "author"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


class Scope(StrEnum):
    """What a key may be used for. What it allows ends where its user's own rights end."""

    ASK = "ask"  # search and questions
    READ = "read"  # everything else that changes nothing
    WRITE = "write"  # documents and other work
    ADMIN = "admin"  # people, spaces, the log, what is kept


class PrincipalKind(StrEnum):
    """Whom an administrator says that an identifier of a file server names."""

    USER = "user"
    GROUP = "group"
    EVERYONE = "everyone"  # everybody whom the file server knows
    NOBODY = "nobody"


class FolderRights(StrEnum):
    """Who reads the documents of a watched folder, of those who read its space."""

    NONE = "none"  # everybody
    FILE_SYSTEM = "file_system"  # those who may read the file where it lies


class JobState(StrEnum):
    """Where a job is. The event that leads to each stands beside it."""

    WAITING = "waiting"  # enqueued, or given back after its worker died
    RUNNING = "running"  # a worker claimed it
    DONE = "done"  # the worker finished it
    FAILED = "failed"  # it cannot be done; error_code says why
    CANCELLED = "cancelled"  # a person stopped it


class Certainty(StrEnum):
    """How sure it is that quotes answer. Below all of them the documents are said not to answer."""

    NONE = ""  # they do not, or it is not known
    SURE = "sure"
    LIKELY = "likely"
    MAYBE = "maybe"  # "this may answer": the best that there is, shown in doubt


class FeedbackReason(StrEnum):
    """Why an answer did not help, as the asker says it."""

    NONE = ""
    WRONG = "wrong"  # it says what the documents do not say
    INCOMPLETE = "incomplete"  # a part of the answer is missing
    OUTDATED = "outdated"  # it rests on a document that is no longer in force
    OFF_TOPIC = "off_topic"  # the quotes are about something else
    MISSING = "missing"  # the answer stands in a document, and was not found
    OTHER = "other"


class Held(StrEnum):
    """What a hold is placed on."""

    SPACE = "space"
    DOCUMENT = "document"
    USER = "user"


class RetentionKind(StrEnum):
    """What a retention rule is about."""

    QUESTIONS = "questions"  # questions with their answers, and drafts, from when they were asked for
    SUPERSEDED = "superseded"  # versions that a newer one replaced, from its publishing
    EXPIRED = "expired"  # documents, from the last day on which any version was in force
    AUDIT = "audit"  # the log, as far as a checkpoint covers it


class ModelRole(StrEnum):
    """What a model does for Shoko."""

    CHAT = "chat"
    EMBED = "embed"
    RERANK = "rerank"
    VISION = "vision"


class FieldKind(StrEnum):
    """What may be given for a field."""

    TEXT = "text"
    LONG_TEXT = "long_text"  # of several lines
    DATE = "date"
    NUMBER = "number"
    CHOICE = "choice"
    ROWS = "rows"  # a table: a row of the template for each of its rows
    PICTURE = "picture"  # in place of a picture of the template


class SectionStatus(StrEnum):
    """What a section holds."""

    GIVEN = "given"  # the asker's own text
    WRITTEN = "written"  # a model's sentences, each checked against its quotes
    QUOTED = "quoted"  # quotes alone
    CONFLICT = "conflict"  # quotes that do not agree, and a marked blank
    MISSING = "missing"  # the documents do not say it: a marked blank
    LEFT_OUT = "left_out"  # they do not, and the section may be left out


class CopyReasonCode(StrEnum):
    """What speaks for or against one of several copies being the valid one."""

    IN_FORCE = "in_force"  # it is in force from a later day than others
    APPROVED = "approved"  # its approval block is filled in
    VERSION = "version"  # its name has the highest version number
    NAMED_FINAL = "named_final"
    NEWEST = "newest"  # it came last
    NAMED_OLD = "named_old"
    NAMED_DRAFT = "named_draft"
    NAMED_COPY = "named_copy"
    NUMBERED = "numbered"  # "(2)" behind its name
    PLACE_OLD = "place_old"  # a folder above it says so
    PLACE_DRAFT = "place_draft"
    PLACE_COPY = "place_copy"
    SAYS_DRAFT = "says_draft"  # its own first lines


class CopyStandingCode(StrEnum):
    """What a document is among its copies."""

    UNKNOWN = ""  # it has none, or nothing tells
    VALID = "valid"  # a person decided
    LIKELY_VALID = "likely_valid"
    COPY = "copy"  # a person decided for another
    LIKELY_COPY = "likely_copy"


class PersonalKind(StrEnum):
    """What personal data a place of a document looks like."""

    MY_NUMBER = "my_number"  # of Japan; its check digit is right
    RESIDENT_ID = "resident_id"  # of China; its check digit is right
    CARD = "card"  # a payment card; its check digit is right
    ACCOUNT = "account"  # a bank account
    PHONE = "phone"
    MAIL = "mail"
