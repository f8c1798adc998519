"""One's own answers as files: one as Word, PDF, Markdown, text or mail, many of them for an audit."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import AccessDep, LibraryDep, LongWork
from api.downloads import download_headers
from api.errors import REFUSALS
from api.saved_answers import saved_answer
from checks.service.saved_checks import name_of
from contract.checks import Language
from core.audit import record
from core.errors import BadValue
from core.models import now
from core.version import VERSION
from drafts.answers.audit_file import lines_of
from drafts.answers.forms import MEDIA_TYPES, AnswerForm, TakenOut, language_for, written
from retrieval.answers import history

router = APIRouter(tags=["questions"], responses=REFUSALS)
MOST = 1000  # answers of one file
AT_ONCE = 50  # of them that are looked up together


@router.get(
    "/api/questions/{question_id}/file",
    summary="An answer of your own as a file",
    response_class=Response,
    responses={200: {"content": {"*/*": {}}, "description": "The file, as a download"}},
    dependencies=[LongWork],
)
def answer_file(
    library: LibraryDep,
    access: AccessDep,
    question_id: str,
    form: Annotated[AnswerForm, Query(description="docx, pdf, md, txt or eml")] = AnswerForm.DOCX,
    language: Annotated[
        Language | None, Query(description="Of what is said beside the quotes; none: the question's")
    ] = None,
) -> Response:
    """As you may read it now: what you may not read any more is not in it, and it says so. The log has the
    file's hash."""
    with library.sessions.read() as session:
        saved = history.own_answer(access, session, question_id)
        asker = name_of(session, access)
    answer = saved_answer(library, access, saved)
    taken = TakenOut(asker, now(), language_for(language, answer))
    content = written(form, answer, taken, library.limits)
    with library.sessions.write() as session:
        record(
            session, access.user_id, "answer.exported", question_id, form=str(form), answers=1,
            sha256=hashlib.sha256(content).hexdigest(),
        )  # fmt: skip
    headers = download_headers(f"answer-{question_id}.{form}")
    return Response(content, media_type=MEDIA_TYPES[form], headers=headers)


@router.get(
    "/api/answers/file",
    summary="Your answers as a file for an audit",
    response_class=Response,
    responses={200: {"content": {"application/x-ndjson": {}}, "description": "One JSON object a line"}},
    dependencies=[LongWork],
)
def audit_file(
    library: LibraryDep,
    access: AccessDep,
    since: Annotated[date | None, Query(description="Asked on this day or later (UTC)")] = None,
    until: Annotated[date | None, Query(description="Asked on this day or before (UTC)")] = None,
    question: Annotated[
        list[str] | None, Query(description="Ids of questions; none: all of those days")
    ] = None,
) -> Response:
    """JSON lines, each with the hash of the one before; `shoko answers verify` compares them. Each answer is
    as you may read it now. The log has the file's hash."""
    with library.sessions.read() as session:
        asker = name_of(session, access)
        ids = question or history.own_answered(access, session, since=since, until=until, limit=MOST + 1)
    if len(ids) > MOST:
        problem, fix = f"there are more than {MOST:,} answers", "Take fewer days at once"
        raise BadValue(name="since, until", problem=problem, fix=fix)
    answers = []
    for start in range(0, len(ids), AT_ONCE):
        with library.sessions.read() as session:
            batch = history.own_answers(access, session, list(ids[start : start + AT_ONCE]))
        answers += [saved_answer(library, access, saved).model_dump(mode="json") for saved in batch]
    moment = now()
    lines = lines_of(answers, taken_by=asker, taken_at=moment, version=VERSION)
    content = b"".join(lines)
    with library.sessions.write() as session:
        record(
            session, access.user_id, "answer.exported", "answers", form="jsonl", answers=len(answers),
            sha256=hashlib.sha256(content).hexdigest(),
        )  # fmt: skip
    headers = download_headers(f"answers-{moment:%Y-%m-%d}.jsonl")
    return Response(content, media_type="application/x-ndjson", headers=headers)
