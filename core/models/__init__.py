"""The tables. A row is a noun of the company: Space, Document, Version, Page, Passage, Answer …

Nothing here queries. Relations are not mapped: every query says in its own place what it joins, so no
attribute access can reach the database behind the reader's back.
"""

from core.models.audit import AuditCheckpoint, AuditEntry, Erasure, Fact, LegalHold, RetentionRule
from core.models.base import Base, Moment, new_id, now, today
from core.models.checks import Check, KnownFindings, SpacePack, SpaceWaiver, VersionCheck
from core.models.copies import CopyDecision, SignatureBand
from core.models.documents import (
    Document,
    DocumentReader,
    Page,
    Passage,
    Version,
    VersionState,
    VersionStructure,
)
from core.models.drafts import Draft, DraftSource, Template
from core.models.faqs import Faq, FaqSource, FaqState
from core.models.feeds import Digest, Feed
from core.models.folders import FileState, Folder, FolderFile
from core.models.glossary import GlossaryEntry
from core.models.jobs import BegunSignIn, Job, Process, RequestBucket
from core.models.people import AccountSource, ApiKey, Group, Membership, SignIn, SignInLink, User
from core.models.personal import PersonalDataFound, PersonalDataWatch
from core.models.questions import Answer, AnswerStatus, Citation, Feedback, Gap, Question
from core.models.rights import FileRights, Principal, PrincipalState, UserSid
from core.models.spaces import Grant, Space

__all__ = [
    "AccountSource",
    "Answer",
    "AnswerStatus",
    "ApiKey",
    "AuditCheckpoint",
    "AuditEntry",
    "Base",
    "BegunSignIn",
    "Check",
    "Citation",
    "CopyDecision",
    "Digest",
    "Document",
    "DocumentReader",
    "Draft",
    "DraftSource",
    "Erasure",
    "Fact",
    "Faq",
    "FaqSource",
    "FaqState",
    "Feed",
    "Feedback",
    "FileRights",
    "FileState",
    "Folder",
    "FolderFile",
    "Gap",
    "GlossaryEntry",
    "Grant",
    "Group",
    "Job",
    "KnownFindings",
    "LegalHold",
    "Membership",
    "Moment",
    "Page",
    "Passage",
    "PersonalDataFound",
    "PersonalDataWatch",
    "Principal",
    "PrincipalState",
    "Process",
    "Question",
    "RequestBucket",
    "RetentionRule",
    "SignIn",
    "SignInLink",
    "SignatureBand",
    "Space",
    "SpacePack",
    "SpaceWaiver",
    "Template",
    "User",
    "UserSid",
    "Version",
    "VersionCheck",
    "VersionState",
    "VersionStructure",
    "new_id",
    "now",
    "today",
]
