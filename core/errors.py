"""Every way in which Shoko says no, as one small family of exceptions.

An error's docstring is its message in English, with the fix in it; `code` is its stable name, by which
the screens find the same sentence in another language. Nothing here knows HTTP: `api/errors.py` maps it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

LONGEST_VALUE = 1000  # characters: what was sent is not sent back whole


class ShokoError(Exception):
    """Something went wrong. Look at the log of the back-end."""

    code: ClassVar[str] = "error"

    def __init_subclass__(cls) -> None:
        cls.code = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()

    def __init__(self, **values: object) -> None:
        self.values = {name: _cut(str(value)) for name, value in values.items()}
        template = " ".join((type(self).__doc__ or "").split())
        super().__init__(template.format_map(_Blank(self.values)))


def _cut(value: str) -> str:
    return value if len(value) <= LONGEST_VALUE else value[:LONGEST_VALUE] + "…"


class _Blank(dict[str, str]):
    """A format map in which a missing value shows its own name instead of failing."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


class NotFound(ShokoError):
    """There is no {what} {name}, or you may not read it. Check the name, or ask the owner of the space."""


class NotPermitted(ShokoError):
    """You may read this but not {action} it. Ask a manager of the space {space} for permission."""


class NotSignedIn(ShokoError):
    """You are not signed in. Open the sign-in link that `shoko serve` prints, or send its token."""


class KeyRefused(NotSignedIn):
    """This key is not valid: it does not exist, was revoked or has expired. Make one with `shoko keys add`,
    and give it in SHOKO_KEY, or over HTTP in the header Authorization: Bearer KEY."""


class LinkUsedUp(ShokoError):
    """This sign-in link was used already or is too old. Run `shoko users link` to get a new one."""


class BadValue(ShokoError):
    """{name}: {problem}. {fix}"""


class ParameterRefused(ShokoError):
    """The parameter {name} is not accepted for the model {model}: {problem}. Leave it out, or see
    docs/openai.md for what is supported."""


class PromptTooLong(ShokoError):
    """The prompt has {tokens} tokens and the model {name} has room for {room}. Shorten it, or raise
    SHOKO_CONTEXT_TOKENS."""


class QuestionTooLong(ShokoError):
    """The question has {length} characters and the limit is {limit}. Shorten it, or upload the long
    text as a document and ask about that."""


class QuestionEmpty(ShokoError):
    """The question is empty. Write what you want to know in a sentence."""


class PrinterMissing(ShokoError):
    """Making a PDF needs LibreOffice, which is not installed here. Use Word or Markdown instead, or install
    LibreOffice on the server."""


class Unreadable(ShokoError):
    """The file {name} could not be read. Open it in the program that made it and save it again."""


class FileEmpty(Unreadable):
    """The file {name} is empty (0 bytes). Copy it again from where it came from."""


class FileTooLarge(Unreadable):
    """The file {name} is larger than the limit of {limit}. Split it, or raise SHOKO_UPLOAD_LIMIT_MB."""


class FileTypeUnknown(Unreadable):
    """The file {name} is of a kind that cannot be read here ({media_type}). Readable are: {readable}.
    Save it as PDF and upload that."""


class ClosedFormat(Unreadable):
    """The file {name} is a {program} document, which only {program} itself can read. Open it there, choose
    "Save as PDF" (or print it to a PDF), and upload the PDF."""


class FileEncrypted(Unreadable):
    """The file {name} is protected by a password. Give the password with it (it is used once and kept
    nowhere), or save a copy without password and upload that."""


class PasswordWrong(Unreadable):
    """The password that was given does not open the file {name}. Try again with the right one, or save a
    copy without password and upload that."""


class FileDamaged(Unreadable):
    """The file {name} is damaged or cut off ({problem}). Open it in the program that made it and save it
    again."""


class TooManyPages(Unreadable):
    """The file {name} has {pages} pages and the limit is {limit}. Split it, or raise SHOKO_PAGE_LIMIT."""


class TooMuchInFile(Unreadable):
    """The file {name} holds more {what} than the limit of {limit}. Split it into several files; if you did
    not expect it to be so large, it may have been made to do harm."""


class ConverterMissing(Unreadable):
    """The file {name} is in an old format ({media_type}) that is read with LibreOffice, which is not
    installed here. Save the file as {instead} and upload that, or install LibreOffice."""


class NoTextInFile(Unreadable):
    """The file {name} has no text in it: its {pages} pages are pictures, and no text was recognised in them.
    See what `shoko doctor` says about text recognition (OCR), then try again."""


class NothingToRead(Unreadable):
    """Nothing in the file {name} could be read as text. Open it: if you can see text in it, save it as PDF
    from there and upload that."""


class ReaderGaveUp(Unreadable):
    """Reading the file {name} took more than its limit of {limit}. The file may have been made to do harm;
    print it to a new PDF and upload that."""


class WorkerDied(Unreadable):
    """The back-end stopped {times} times while it worked on this file. Print it to a new PDF and upload that;
    if the computer itself was switched off, try again."""


class ModelUnknown(ShokoError):
    """There is no model named {name} in the catalogue and none was imported. See `shoko models list`."""


class ModelMissing(ShokoError):
    """The model {name} is not installed. Run `shoko models pull {name}`, or set SHOKO_MODEL=none to get
    answers as quotes alone."""


class RerankerMissing(ShokoError):
    """There is no cross-encoder in {path}. Put the model's folder there, or set SHOKO_RERANKER=none."""


class ModelInUse(ShokoError):
    """The model {name} is in use as the {role} model. Use another one first (`shoko models use`), or stop
    Shoko."""


class ModelFileBad(ShokoError):
    """The model file {path} cannot be loaded: {problem}. Download it again and compare its checksum."""


class ModelUnfit(ShokoError):
    """The language model {name} cannot run here: {problem}. Answers are quotes alone until this is fixed. See
    `shoko doctor`."""


class ModelDied(ShokoError):
    """The language model stopped in the middle of the answer ({problem}). The quotes stand as they are;
    ask again to get a written answer."""


class ModelBusy(ShokoError):
    """{waiting} questions are already waiting for the language model. Try again in {seconds} seconds; the
    quotes are there at once."""


class NoPictureModel(ShokoError):
    """The model {name} cannot see pictures. Use one that can (`shoko models pull qwen3-vl-8b`, then `shoko
    models use`), or name a server that has one in SHOKO_MODEL_SERVERS."""


class ModelTooBig(ShokoError):
    """The model {name} needs {need} of memory and {free} are free. Choose a smaller one ({instead}), or
    close other programs."""


class DownloadFailed(ShokoError):
    """{name} could not be downloaded from {source}: {problem}. Check the connection, or copy the file here
    by hand and run `shoko models import FILE`."""


class ChecksumWrong(ShokoError):
    """The file {path} has the checksum {found} and should have {expected}. It was deleted; download it
    again."""


class DataFolderInUse(ShokoError):
    """The data folder {path} is in use by another process (number {pid}). Stop that process first, or choose
    another folder with --data."""


class DataFolderNewer(ShokoError):
    """The data folder {path} was written by a newer version of Shoko. Install that version again."""


class FolderAway(ShokoError):
    """The watched folder {path} cannot be reached: {problem}. Connect it again; until then its documents stay
    as they are, and every scan looks for it."""


class ShareNotMounted(ShokoError):
    """{path} is the address of a network share, but this server reads local folders. Mount the share first,
    as `sudo mount -t cifs {share} {folder} -o ro,username=NAME`, then watch {folder}."""


class FolderEmptied(ShokoError):
    """{gone} of the {known} files of the watched folder {path} disappeared at once, and their documents were
    left as they are. Check that the share is complete; if the files were deleted on purpose, run `shoko
    folders scan --accept-deletions`."""


class RightsAway(ShokoError):
    """The rights of the files in {path} cannot be read: {problem}. Until they can, nothing new is added, and
    the documents keep the rights that were read last. Check that the file server can be reached, and check
    SHOKO_SMB_USER, SHOKO_SMB_PASSWORD and SHOKO_ALLOWED_HOSTS."""


class EmbedderMissing(ShokoError):
    """No embedding model is installed, so this document is found by words and not by meaning. See
    `shoko models list`, pull one, and start Shoko again."""


class IndexAway(ShokoError):
    """The index at {address} does not answer ({problem}). Start Milvus there, or correct SHOKO_INDEX; the
    records are intact, and the index is rebuilt from them."""


class RecordsAway(ShokoError):
    """The database with the records does not answer. Nothing that was confirmed is lost; try again in
    {seconds} seconds. If this continues, the administrator should check whether PostgreSQL is running."""


class OriginalsAway(ShokoError):
    """The store of the originals at {address} cannot be used ({problem}). Nothing that was confirmed is lost,
    and what waits goes on when it can. The administrator should look at the store and at SHOKO_ORIGINALS."""


class OriginalBad(ShokoError):
    """The original {sha256} in {place} cannot be used: {problem}. Bring it back from a backup, or upload the
    file again."""


class DiskFull(ShokoError):
    """The disk is full, so nothing can be saved. Nothing that was confirmed is lost; the administrator must
    free some space, and then you can try again."""


class IndexEngineMissing(ShokoError):
    """The index is set to use {engine}, whose library {package} is not installed. Run `pip install
    'shoko[{extra}]'`, or leave SHOKO_INDEX empty."""


class LibraryMissing(ShokoError):
    """{setting} needs the library {package}, which is not installed. Run `pip install 'shoko[{extra}]'`, or
    leave the setting empty."""


class RecordsInUse(ShokoError):
    """The records at {address} are in use by another Shoko. Stop that one first, or give this one records of
    its own. Several back-ends share PostgreSQL where SHOKO_INDEX of each names the same Milvus server."""


class RecordsMoved(ShokoError):
    """The records here were moved to {target} at {moved_at}. Set SHOKO_DATABASE_URL to where they are now, or
    bring them back with `shoko migrate`."""


class RecordsDiffer(ShokoError):
    """The records were not moved: in table {table}, {problem}. They are intact where they were; fix the cause
    and try again."""


class ServerAway(ShokoError):
    """The back-end at {address} does not answer. Start it with `shoko serve`."""


class RulesBad(ShokoError):
    """{place}: {problem}. {fix}"""


class TemplateBad(ShokoError):
    """The template {name} cannot be used: {problem}. {fix}."""


class DraftWithdrawn(ShokoError):
    """The draft {name} quotes a document that was erased, or that you can no longer read. Make it again."""


class FixRefused(ShokoError):
    """The corrected copy of {name} was not kept: {problem}. Correct the document by hand, or apply fewer
    rules."""


class ConnectionRefusedByPolicy(ShokoError, ConnectionRefusedError):
    """A connection to {address} was blocked: Shoko connects only to this computer and to the hosts in
    SHOKO_ALLOWED_HOSTS."""

    # To a library it is a computer that takes no connections: what every one of them is prepared for.


class SignInRefused(ShokoError):
    """The name or the password is wrong, or the account is locked for {minutes} minutes after too many
    attempts. Try again later, or ask an administrator for a sign-in link."""


class PasswordTooWeak(ShokoError):
    """This password is too weak: {problem}. Choose a longer one, such as four unrelated words."""


class TooManyRequests(ShokoError):
    """More than {limit} requests were made in a minute. Try again in {seconds} seconds."""


class TooManyAtOnce(ShokoError):
    """You already have {waiting} requests of this kind waiting. Wait until they are answered, and try again
    in {seconds} seconds."""


class Crowded(ShokoError):
    """Too many people are asking for this at once: {waiting} are already waiting. Try again in {seconds}
    seconds."""


class BodyTooLarge(ShokoError):
    """What was sent is too large for this address: the limit is {limit}. Send less at once; send files to the
    addresses that accept files."""


class TooSlow(ShokoError):
    """The request did not arrive in time. Send it again over a better connection."""


class CrossSiteRequest(ShokoError):
    """This request came from another site ({origin}). Open the address of Shoko itself; behind a proxy,
    SHOKO_PUBLIC_URL and SHOKO_UI_URL must name it."""


class KeyTooNarrow(ShokoError):
    """This key does not allow that: it lacks the scope {scope}. Make another one with `shoko keys add`."""


class LastAdministrator(ShokoError):
    """{name} is the last administrator. Make another one first with `shoko users admin`."""


class DirectoryAway(ShokoError):
    """The company's directory cannot be reached ({problem}). Try again later; an administrator can sign in
    with a link from `shoko users link`."""


class MailServerAway(ShokoError):
    """The company's mail server cannot be used ({problem}). Try again later; SHOKO_SMTP_URL and the settings
    beside it say which server it is."""


class SingleSignOnFailed(ShokoError):
    """Single sign-on did not work: {problem}. Start again at the sign-in page; SHOKO_OIDC_ISSUER and
    SHOKO_OIDC_CLIENT must be those that the provider knows."""


class PlainNetworkRefused(ShokoError):
    """Shoko would listen on {host} without encryption. Set SHOKO_TLS_CERTIFICATE and SHOKO_TLS_KEY, or
    SHOKO_PLAIN_NETWORK=true where a proxy or a closed network protects it."""


class UnderLegalHold(ShokoError):
    """The {what} {name} is under legal hold and cannot be removed: {reason}. Lift the hold first, with `shoko
    holds lift`."""


class BundleFailed(ShokoError):
    """The bundle could not be made: {problem}. Fix that and run the same command again; what was fetched is
    kept."""


class BackupBad(ShokoError):
    """The backup {path} cannot be used: {problem}. Use another one, or see `shoko restore --help`."""


def restored(code: str, values: Mapping[str, Any] | None = None) -> ShokoError | None:
    """The error that was stored by its code and values; None for a code that this version does not know."""
    kinds = [kind for kind in globals().values() if isinstance(kind, type) and issubclass(kind, ShokoError)]
    return next((kind(**(values or {})) for kind in kinds if kind.code == code), None)
