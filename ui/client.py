"""The whole contract of the screens with the back-end. It knows HTTP and values; it shows nothing, and every
failure, the network's too, leaves it as one BackendError."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Hashable, Iterator
from datetime import date
from functools import cache
from typing import Any, BinaryIO, Generic, TypeVar, cast

import httpx
from pydantic import TypeAdapter, ValidationError

from contract.answers import (
    AnswerOut,
    FeedbackOut,
    GapOut,
    MarksOut,
    PastQuestionOut,
    SearchAnswer,
    SuggestionOut,
)
from contract.checks import CheckOut, FixesOut, KeptCheckOut, PackOut, PageDetailOut, PageViewOut, PrintedOut
from contract.documents import DocumentList, DocumentOut, PageOut, UploadAnswer, VersionOut
from contract.drafts import DraftOut, DraftShort, TemplateOut
from contract.jobs import JobOut
from contract.models import IncomingList, ModelList, Running
from contract.people import Me, SpaceOut
from contract.system import Health, StorageOut, UsageDay
from ui.answer_events import DRAFT_EVENTS, EVENTS, DraftEvent, Event

T = TypeVar("T")
E = TypeVar("E")

# Seconds of silence before the back-end counts as away. A model may think long before its first word, and
# a large upload is written to disk before it is answered.
PATIENCE, LONG_PATIENCE = 30.0, 600.0


class BackendError(Exception):
    """The back-end said no, or nothing. `status` is HTTP's, 0 where no answer came."""

    def __init__(
        self, code: str, message: str, values: dict[str, Any] | None = None, status: int = 0
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.values = values or {}
        self.status = status


class Backend:
    """One person's way to the back-end. The client may be shared, the token never is.

    Every method raises BackendError: `server_away` where nothing answers, else the back-end's own code.
    """

    def __init__(self, http: httpx.Client, token: str = "") -> None:
        self._http = http
        self._token = token

    @property
    def address(self) -> str:
        """Where the back-end is."""
        return str(self._http.base_url)

    # Who one is.

    def session(self) -> Me:
        """Who is signed in."""
        return self._get(Me, "/api/session")

    def sign_in(self, link: str) -> str:
        """Exchange a one-time link's secret for a token, which this object uses from now on."""
        answer = self._sent("POST", "/api/session", json={"link": link}).json()
        self._http.cookies.clear()  # the token is kept here alone: the client may serve others too
        self._token = str(answer["token"])
        return self._token

    def sign_in_ways(self) -> dict[str, Any]:
        """What a sign-in page offers: `password`, `directory`, the address of `single_sign_on` or None."""
        ways: dict[str, Any] = self._sent("GET", "/api/sign-in-ways").json()
        return ways

    def sign_in_by_password(self, name: str, password: str) -> str:
        """The address to which the browser must go, once and at once, to be signed in by a cookie that no
        script reads."""
        answer = self._sent("POST", "/api/session", json={"name": name, "password": password}).json()
        self._http.cookies.clear()
        mine = Backend(self._http, str(answer["token"]))
        return str(mine._sent("POST", "/api/session/handoff").json()["address"])

    def sign_out(self) -> None:
        """End this sign-in."""
        self._sent("DELETE", "/api/session")

    # Documents and the work on them.

    def spaces(self) -> list[SpaceOut]:
        """The spaces that may be read."""
        return self._get(list[SpaceOut], "/api/spaces")

    def documents(
        self, *, space: str | None = None, name: str = "", limit: int = 100, offset: int = 0
    ) -> DocumentList:
        """Documents, newest first; `space` is an id, `name` a part of the file name."""
        return self._get(
            DocumentList, "/api/documents", space=space, name=name or None, limit=limit, offset=offset
        )

    def document(self, document_id: str) -> DocumentOut:
        """One document."""
        return self._get(DocumentOut, f"/api/documents/{document_id}")

    def versions(self, document_id: str) -> list[VersionOut]:
        """A document's versions, newest first."""
        return self._get(list[VersionOut], f"/api/documents/{document_id}/versions")

    def upload(
        self,
        space: str,
        name: str,
        content: BinaryIO | bytes,
        *,
        path: str = "",
        valid_from: date | None = None,
        valid_until: date | None = None,
    ) -> UploadAnswer:
        """Send a file into a space (its id or name), with its path below a folder that is sent as a whole,
        and its first and last day in force where they are known."""
        days = {"valid_from": valid_from, "valid_until": valid_until}
        form = {"space": space, "path": path} | {
            key: day.isoformat() for key, day in days.items() if day is not None
        }
        answer = self._sent(
            "POST", "/api/documents", files={"file": (name, content)}, data=form, patience=LONG_PATIENCE
        )
        return _made(UploadAnswer, answer.json())

    def retry(self, document_id: str, password: str = "") -> DocumentOut:
        """Put a failed document on the list of work once more, with the password that opens it."""
        data = {"password": password} if password else None
        return _made(DocumentOut, self._sent("POST", f"/api/documents/{document_id}/retry", data=data).json())

    def erase(self, document_id: str) -> None:
        """Erase a document with all its versions."""
        self._sent("DELETE", f"/api/documents/{document_id}", patience=LONG_PATIENCE)

    def jobs(self, *, state: str | None = None, limit: int = 100) -> list[JobOut]:
        """Jobs, newest first."""
        return _made(list[JobOut], self._sent("GET", "/api/jobs", state=state, limit=limit).json()["jobs"])

    def cancel_job(self, job_id: str) -> JobOut:
        """Stop a job."""
        return _made(JobOut, self._sent("DELETE", f"/api/jobs/{job_id}").json())

    def page(self, document_id: str, number: int, *, version: str | None = None) -> PageOut:
        """A page's text with its blocks; `version` is an id, None means the one in force."""
        path = f"/api/documents/{document_id}/pages/{number}"
        return self._get(PageOut, path, version=version, blocks=True)

    def picture(
        self, document_id: str, number: int, *, version: str | None = None, width: int = 1000
    ) -> bytes:
        """A page's picture as PNG, that many pixels wide."""
        path = f"/api/documents/{document_id}/pages/{number}/picture"
        return self._sent("GET", path, version=version, width=width).content

    def marks(self, document_id: str, number: int, words: str, *, version: str | None = None) -> MarksOut:
        """Where the words of a search stand on a page."""
        path = f"/api/documents/{document_id}/pages/{number}/marks"
        return self._get(MarksOut, path, q=words, version=version)

    def original(self, document_id: str, *, version: str | None = None) -> bytes:
        """The file as it was uploaded."""
        path = f"/api/documents/{document_id}/original"
        return self._sent("GET", path, version=version, patience=LONG_PATIENCE).content

    # Questions.

    def search(
        self, words: str, *, spaces: list[str] | None = None, types: list[str] | None = None,
        since: date | None = None, until: date | None = None, as_of: date | None = None, sort: str = "best",
        limit: int = 10,
    ) -> SearchAnswer:  # fmt: skip
        """Passages; `spaces` are ids, `types` media types, `sort` is best, newest or title; what was in force
        at `as_of`."""
        return self._get(
            SearchAnswer, "/api/search", q=words, space=spaces or None, type=types or None, since=since,
            until=until, as_of=as_of, sort=sort, limit=limit,
        )  # fmt: skip

    def ask(
        self, question: str, *, spaces: list[str] | None = None, follows: str | None = None,
        as_of: date | None = None,
    ) -> Stream[Event]:  # fmt: skip
        """The events of an answer as they come: Quotes first, the whole Answer last. `follows` is the id of
        the earlier question, `as_of` the day that is asked about. Nothing is sent before the first event is
        asked for."""
        body = {"question": question, "spaces": spaces, "stream": True}
        if follows is not None:
            body["follows"] = follows
        if as_of is not None:
            body["as_of"] = as_of.isoformat()
        return Stream(self, "/api/questions", body, EVENTS)

    def question(self, question_id: str) -> AnswerOut:
        """A past answer, as its asker may read it now."""
        return self._get(AnswerOut, f"/api/questions/{question_id}")

    def questions(self, *, limit: int = 50) -> list[PastQuestionOut]:
        """One's own questions, newest first."""
        answer = self._sent("GET", "/api/questions", limit=limit).json()
        return _made(list[PastQuestionOut], answer["questions"])

    def give_feedback(
        self, question_id: str, helpful: bool, reason: str = "", comment: str = ""
    ) -> FeedbackOut:
        """Say whether an answer helped; the last opinion counts."""
        body = {"helpful": helpful, "reason": reason, "comment": comment}
        return _made(
            FeedbackOut, self._sent("PUT", f"/api/questions/{question_id}/feedback", json=body).json()
        )

    def tell_gap(self, question_id: str, space: str, note: str = "") -> GapOut:
        """Tell those who manage a space (its id or name) that an answer is missing."""
        body = {"space": space, "note": note}
        return _made(GapOut, self._sent("POST", f"/api/questions/{question_id}/gaps", json=body).json())

    def gaps(self, *, closed: bool = False) -> list[GapOut]:
        """Questions told to the spaces that one manages."""
        return _made(list[GapOut], self._sent("GET", "/api/gaps", closed=closed).json()["gaps"])

    def close_gap(self, gap_id: str) -> GapOut:
        """Close such a question."""
        return _made(GapOut, self._sent("POST", f"/api/gaps/{gap_id}/close").json())

    def suggestions(self, language: str, *, limit: int = 4) -> list[SuggestionOut]:
        """Headings to ask about; those in the language come first."""
        answer = self._sent("GET", "/api/suggestions", language=language, limit=limit).json()
        return _made(list[SuggestionOut], answer["suggestions"])

    # Checks.

    def packs(self) -> list[PackOut]:
        """The packs of rules that there are."""
        return self._get(list[PackOut], "/api/packs")

    def check_file(
        self, name: str, content: bytes, *, packs: list[str], own: tuple[str, bytes] | None, language: str,
        after: str = "",
    ) -> CheckOut:  # fmt: skip
        """Hold a file against those packs (their ids), and one that is sent with it; what was settled in the
        check `after` which it comes stays so."""
        data = {"pack": packs, "language": language} | ({"after": after} if after else {})
        files = {"file": (name, content)} | ({"rules": own} if own is not None else {})
        answer = self._sent(
            "POST", "/api/checks", files=files, data=data,
            patience=LONG_PATIENCE,
        )  # fmt: skip
        return _made(CheckOut, answer.json())

    def check_document(self, document_id: str, *, packs: list[str], language: str) -> CheckOut:
        """The same for a document of the library; without packs, against those of its space."""
        path = f"/api/documents/{document_id}/check"
        answer = self._sent("POST", path, patience=LONG_PATIENCE, pack=packs or None, language=language)
        return _made(CheckOut, answer.json())

    def checks(self) -> list[KeptCheckOut]:
        """One's own checks that are still kept, newest first."""
        return self._get(list[KeptCheckOut], "/api/checks")

    def check(self, check_id: str, *, language: str) -> CheckOut:
        """One of them."""
        return self._get(CheckOut, f"/api/checks/{check_id}", language=language)

    def check_pages(self, check_id: str) -> list[PageViewOut]:
        """The pages, sheets or slides of a checked document; a text is one."""
        return self._get(list[PageViewOut], f"/api/checks/{check_id}/pages")

    def check_page(self, check_id: str, number: int, *, limit: int) -> PageDetailOut:
        """One of them, with boxes and at most so many pieces of its text."""
        return self._get(PageDetailOut, f"/api/checks/{check_id}/pages/{number}", limit=limit)

    def check_printed(self, check_id: str) -> PrintedOut:
        """A checked Office file as it is printed; the first time it takes seconds."""
        answer = self._sent("GET", f"/api/checks/{check_id}/printed", patience=LONG_PATIENCE)
        return _made(PrintedOut, answer.json())

    def settle(self, check_id: str, order: dict[str, Any], *, language: str) -> CheckOut:
        """Accept or ignore findings of a check, or open them again; the check as it is then."""
        path = f"/api/checks/{check_id}/settled"
        return _made(CheckOut, self._sent("POST", path, json=order, language=language).json())

    def fix(self, check_id: str, *, tracked: bool, findings: list[int] | None = None) -> FixesOut:
        """Make the safe fixes in a copy, which is a check of its own; or those of these findings."""
        path = f"/api/checks/{check_id}/fixes"
        order = {"tracked": tracked, "findings": findings or []}
        answer = self._sent("POST", path, patience=LONG_PATIENCE, json=order)
        return _made(FixesOut, answer.json())

    def waive(self, check_id: str, waiver: dict[str, Any], *, language: str) -> CheckOut:
        """Let findings of a check pass; the check as it is then."""
        path = f"/api/checks/{check_id}/waivers"
        return _made(CheckOut, self._sent("POST", path, json=waiver, language=language).json())

    # Drafts.

    def templates(self) -> list[TemplateOut]:
        """The templates that one may use."""
        return self._get(list[TemplateOut], "/api/templates")

    def drafts(self, *, limit: int = 50) -> list[DraftShort]:
        """One's own drafts, newest first."""
        return self._get(list[DraftShort], "/api/drafts", limit=limit)

    def draft(self, draft_id: str) -> DraftOut:
        """One of them."""
        return self._get(DraftOut, f"/api/drafts/{draft_id}")

    def draft_events(self, order: dict[str, Any]) -> Stream[DraftEvent]:
        """Make a draft: its sections as they are written, the whole Draft last. Nothing is sent before the
        first event is asked for."""
        return Stream(self, "/api/drafts", {**order, "stream": True}, DRAFT_EVENTS)

    # The machine.

    def doors(self) -> frozenset[str]:
        """What this back-end can do, as `METHOD /path/{name}`: a page is there where its door is."""
        paths = self._sent("GET", "/openapi.json").json()["paths"]
        return frozenset(f"{method.upper()} {path}" for path, methods in paths.items() for method in methods)

    def usage(self, *, days: int = 30) -> list[UsageDay]:
        """Questions day by day; for administrators."""
        return _made(list[UsageDay], self._sent("GET", "/api/usage", days=days).json()["days"])

    def storage(self) -> StorageOut:
        """What the library takes on the disk; for administrators."""
        return self._get(StorageOut, "/api/storage")

    # Doors whose shapes their pages know.

    def read(self, path: str, **query: Any) -> Any:
        """The JSON of any path below /api."""
        return self._sent("GET", path, **query).json()

    def send(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Send JSON to any path below /api; the JSON of its answer, None where there is none."""
        answer = self._sent(method, path, patience=LONG_PATIENCE, json=body, **query)
        return answer.json() if answer.content else None

    def download(self, path: str, **query: Any) -> bytes:
        """The bytes of any path below /api."""
        return self._sent("GET", path, patience=LONG_PATIENCE, **query).content

    def post_file(self, path: str, files: dict[str, tuple[str, bytes]], data: dict[str, Any]) -> Any:
        """Send a form with files to any path below /api; the JSON of its answer."""
        return self._sent("POST", path, patience=LONG_PATIENCE, files=files, data=data).json()

    def health(self) -> Health:
        """Whether the back-end works; it needs no sign-in."""
        return self._get(Health, "/health")

    def models(self) -> ModelList:
        """Models, installed and available, and what they find on the machine."""
        return self._get(ModelList, "/api/models")

    def running(self) -> Running:
        """The models at work, changes and downloads; for administrators."""
        return self._get(Running, "/api/models/running")

    def incoming(self) -> IncomingList:
        """Files of models that lie ready on the server; for administrators."""
        return self._get(IncomingList, "/api/models/incoming")

    # How a request is sent.

    def _get(self, kind: type[T], path: str, **query: Any) -> T:
        return _made(kind, self._sent("GET", path, **query).json())

    def _sent(self, method: str, path: str, *, patience: float = PATIENCE, **given: Any) -> httpx.Response:
        answer = self._send(method, path, patience=patience, **given)
        if answer.status_code >= 400:
            raise _error(answer)
        return answer

    def _send(
        self, method: str, path: str, *, patience: float, stream: bool = False, **given: Any
    ) -> httpx.Response:
        """`given`: json, files and data are the body; everything else is the query, None left out."""
        body = {name: given.pop(name) for name in ("json", "files", "data") if name in given}
        request = self._http.build_request(
            method,
            path,
            params={name: value for name, value in given.items() if value is not None},
            headers={"Authorization": f"Bearer {self._token}"} if self._token else {},
            extensions={"timeout": httpx.Timeout(patience, connect=5.0).as_dict()},
            **body,
        )
        try:
            return self._http.send(request, stream=stream)
        except httpx.HTTPError as error:
            raise self._away(error) from error

    def _away(self, error: httpx.HTTPError) -> BackendError:
        address = str(self._http.base_url).rstrip("/")
        return BackendError("server_away", f"The back-end does not answer: {error}", {"address": address})


class Stream(Generic[E]):
    """The events of one answer or draft. `stop` may be called from another thread: the back-end learns of it
    at once, and its model is free for others."""

    def __init__(self, backend: Backend, path: str, body: dict[str, Any], kinds: dict[str, Any]) -> None:
        self._backend, self._path, self._body, self._kinds = backend, path, body, kinds
        self._answer: httpx.Response | None = None
        self._stopped = False
        self._events = self._listen()

    def __iter__(self) -> Iterator[E]:
        """Itself: the events can be had once."""
        return self

    def __next__(self) -> E:
        """Ask, at the first call; then the next event. Raises BackendError; a stopped one ends early."""
        return next(self._events)

    def _listen(self) -> Iterator[E]:
        try:
            self._answer = answer = self._backend._send(
                "POST", self._path, stream=True, patience=LONG_PATIENCE, json=self._body
            )
            if answer.status_code >= 400:
                answer.read()
                raise _error(answer)
            yield from _events(answer.iter_lines(), self._kinds)
        except httpx.HTTPError as error:
            if not self._stopped:
                raise self._backend._away(error) from error
        finally:
            if self._answer is not None:
                self._answer.close()

    def stop(self) -> None:
        """End the answer. What was sent until then stands."""
        self._stopped = True
        if self._answer is not None:
            network = self._answer.extensions.get("network_stream")
            connection = network.get_extra_info("socket") if network is not None else None
            if connection is not None:
                with contextlib.suppress(OSError):  # it has ended by itself meanwhile
                    connection.shutdown(socket.SHUT_RDWR)


def _events(lines: Iterator[str], kinds: dict[str, Any]) -> Iterator[Any]:
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            data = json.loads(line[6:])
            if name == "error":
                raise BackendError(data["code"], data["message"], data.get("values"), 500)
            if name in kinds:
                yield _made(kinds[name], data)


def _error(answer: httpx.Response) -> BackendError:
    try:
        detail = answer.json()["error"]
        return BackendError(detail["code"], detail["message"], detail.get("values"), answer.status_code)
    except (ValueError, KeyError, TypeError):  # not the back-end: a proxy, or a server that is breaking
        return BackendError("error", f"HTTP {answer.status_code}", {}, answer.status_code)


@cache
def _adapter(kind: Hashable) -> TypeAdapter[Any]:
    return TypeAdapter(cast(Any, kind))


def _made(kind: type[T], data: Any) -> T:
    try:
        made: T = _adapter(cast(Hashable, kind)).validate_python(data, extra="ignore")
    except ValidationError as error:
        raise BackendError(
            "error", f"The back-end is of another version than the screens: {error}"
        ) from error
    return made
