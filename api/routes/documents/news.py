"""What is new in one's spaces: a list, feeds for feed readers, a digest by mail."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import AccessDep, LibraryDep, SignInTry
from api.errors import REFUSALS
from contract.news import DigestCode, DigestIn, DigestOut, FeedIn, FeedOut, MadeFeed, NewsList, NewsOut
from core.errors import BadValue
from core.identity import digests, feeds
from core.models import Digest, Feed, now
from ingest.records.news import news
from operations.library import Library
from operations.news.digests import send_code
from operations.news.feed import MEDIA_TYPES, FeedForm, feed_of
from operations.news.mail import MailSettings

router = APIRouter(responses=REFUSALS)
FEED_DAYS, FEED_ENTRIES, FEED_A_MINUTE = 60, 100, 60
DAYS = {"day": 1, "week": 7}


@router.get("/api/news", summary="What is new in your spaces", tags=["documents"])
def list_news(
    library: LibraryDep,
    access: AccessDep,
    days: Annotated[int, Query(ge=1, le=365)] = 30,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> NewsList:
    """Documents that came or were changed in the last days, newest first."""
    with library.sessions.read() as session:
        entries = news(access, session, since=now() - timedelta(days=days), limit=limit)
    return NewsList(
        news=[
            NewsOut(
                document_id=entry.document_id, document=entry.name, title=entry.title, space=entry.space,
                version=entry.number, at=entry.at, in_force_from=entry.in_force_from,
            )
            for entry in entries
        ]
    )  # fmt: skip


@router.get(
    "/feeds/{secret}",
    summary="A feed, by its address",
    tags=["feeds"],
    response_class=Response,
    dependencies=[SignInTry],
    responses={200: {"content": {"application/atom+xml": {}, "application/rss+xml": {}}}},
)
def read_feed(
    library: LibraryDep,
    secret: str,
    form: Annotated[FeedForm, Query(description="atom or rss")] = "atom",
) -> Response:
    """For feed readers, which cannot sign in: who knows the address reads it, as its user may read then."""
    with library.sessions.read() as session:
        reader = feeds.feed_reader(session, secret)
    library.requests.take(f"feed {reader.feed_id}", FEED_A_MINUTE)
    with library.sessions.read() as session:
        entries = news(reader.access, session, since=now() - timedelta(days=FEED_DAYS), limit=FEED_ENTRIES)
    if reader.written_long_ago:
        with library.sessions.write() as session:
            feeds.write_feed_use(session, reader.feed_id)
    content = feed_of(
        entries, form=form, language=reader.language, feed_id=reader.feed_id,
        screens=library.settings.screens, made=now(),
    )  # fmt: skip
    return Response(content, media_type=MEDIA_TYPES[form])


@router.get("/api/feeds", summary="Your feeds", tags=["keys"])
def list_feeds(library: LibraryDep, access: AccessDep) -> list[FeedOut]:
    """Newest first, without their addresses."""
    with library.sessions.read() as session:
        return [_feed(feed) for feed in feeds.feeds(access, session)]


@router.post("/api/feeds", summary="Make a feed", status_code=201, tags=["keys"])
def make_feed(library: LibraryDep, access: AccessDep, order: FeedIn) -> MadeFeed:
    """Its address is shown this once. It reads what you may read, in those spaces, and nothing else."""
    with library.sessions.write() as session:
        feed, secret = feeds.make_feed(
            access, session, order.name, language=order.language, spaces=order.spaces
        )
        address = f"{library.settings.address}/feeds/{secret}"
        return MadeFeed(feed=_feed(feed), atom=address, rss=f"{address}?form=rss")


@router.delete("/api/feeds/{feed}", summary="End a feed", status_code=204, tags=["keys"])
def end_feed(library: LibraryDep, access: AccessDep, feed: str) -> None:
    """Its address opens nothing from the next request on."""
    with library.sessions.write() as session:
        feeds.end_feed(access, session, feed)


@router.get("/api/digest", summary="Your digest by mail", tags=["keys"])
def read_digest(library: LibraryDep, access: AccessDep) -> DigestOut:
    """Whether you get one, and whether the company can send any."""
    with library.sessions.read() as session:
        return _digest(library, digests.digest_of(access, session))


@router.put("/api/digest", summary="Ask for a digest by mail", tags=["keys"])
def ask_for_digest(library: LibraryDep, access: AccessDep, order: DigestIn) -> DigestOut:
    """A code is mailed to a new address; nothing else is before the code is entered."""
    settings = _mail(library)
    address = digests.checked_address(order.address, settings.domains)
    library.requests.take(f"digest {access.user_id}", 5)
    with library.sessions.write() as session:
        code = digests.ask_for(
            access, session, address, every_days=DAYS[order.every], language=order.language
        )
    if code:
        send_code(settings, address, code, order.language)
    return read_digest(library, access)


@router.post("/api/digest/confirmation", summary="Enter the code that was mailed", tags=["keys"])
def confirm_digest(library: LibraryDep, access: AccessDep, order: DigestCode) -> DigestOut:
    """Mails begin then. After five tries or an hour another code must be asked for."""
    with library.sessions.write() as session:
        right = digests.confirm(access, session, order.code)
    if not right:
        fix = "Look again, or ask for another one"
        raise BadValue(name="code", problem="it is not the one that was mailed, or too old", fix=fix)
    return read_digest(library, access)


@router.delete("/api/digest", summary="End your digest", status_code=204, tags=["keys"])
def end_digest(library: LibraryDep, access: AccessDep) -> None:
    """No mail comes any more."""
    with library.sessions.write() as session:
        digests.end_digest(access, session)


def _mail(library: Library) -> MailSettings:
    if library.mail is None:
        fix = "Ask an administrator to set SHOKO_SMTP_URL, SHOKO_SMTP_SENDER and SHOKO_SMTP_DOMAINS"
        raise BadValue(name="digest", problem="no mail server is set", fix=fix)
    return library.mail


def _feed(feed: Feed) -> FeedOut:
    return FeedOut(
        id=feed.id, name=feed.name, language=feed.language, spaces=feed.spaces,
        created_at=feed.created_at, last_used_at=feed.last_used_at,
    )  # fmt: skip


def _digest(library: Library, row: Digest | None) -> DigestOut:
    available = library.mail is not None
    if row is None:
        return DigestOut(available=available)
    return DigestOut(
        available=available, address=row.address, every="day" if row.every_days == 1 else "week",
        language=row.language, confirmed=not row.code_hash, problem=row.problem,
    )  # fmt: skip
