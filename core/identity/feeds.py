"""Feeds of what is new: made by a person, with an address that is shown once, and ended at any time.

A feed reads as its user may at the moment it is asked, in the spaces it was made for, and nothing else.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.access import Access, access_of, narrowed, own
from core.audit import record
from core.errors import BadValue, NotFound, NotSignedIn
from core.identity.accounts import WRITTEN_EVERY, hash_of
from core.identity.people import plain_name
from core.models import Feed, User, now

PREFIX = "feed_"  # so that a scanner for secrets finds them, and none is taken for a key
MOST_FEEDS = 20  # of one person


@dataclass(frozen=True)
class FeedReader:
    """Who reads a feed, and what of."""

    feed_id: str
    access: Access
    language: str
    written_long_ago: bool


def make_feed(
    access: Access, session: Session, name: str, *, language: str, spaces: Collection[str] | None = None
) -> tuple[Feed, str]:
    """A new feed of the asker, and its secret, which is not kept. Raises BadValue or NotFound."""
    for space in spaces or ():
        if space not in access.readable:
            raise NotFound(what="space", name=space)
    count = session.scalar(select(func.count(Feed.id)).where(own(access, Feed))) or 0
    if count >= MOST_FEEDS:
        raise BadValue(name="feeds", problem=f"a person has at most {MOST_FEEDS}", fix="End one first")
    secret = PREFIX + secrets.token_urlsafe(32)
    feed = Feed(
        user_id=access.user_id, name=plain_name(name), secret_hash=hash_of(secret),
        spaces=None if spaces is None else sorted(set(spaces)), language=language,
    )  # fmt: skip
    session.add(feed)
    session.flush()
    record(session, access.user_id, "feed.made", feed.id, name=feed.name, spaces=feed.spaces)
    return feed, secret


def feeds(access: Access, session: Session) -> Sequence[Feed]:
    """One's own feeds, newest first."""
    query = select(Feed).where(own(access, Feed))
    return session.scalars(query.order_by(Feed.created_at.desc(), Feed.id)).all()


def end_feed(access: Access, session: Session, feed_id: str) -> None:
    """End a feed of one's own: its address opens nothing any more. Raises NotFound."""
    feed = session.scalar(select(Feed).where(Feed.id == feed_id, own(access, Feed)))
    if feed is None:
        raise NotFound(what="feed", name=feed_id)
    session.delete(feed)
    record(session, access.user_id, "feed.ended", feed_id)


def feed_reader(session: Session, secret: str) -> FeedReader:
    """Who comes with that secret. Raises NotSignedIn where it is unknown, or its user is disabled."""
    row = session.scalar(
        select(Feed)
        .join(User, User.id == Feed.user_id)
        .where(Feed.secret_hash == hash_of(secret), User.disabled_at.is_(None))
    )
    if row is None or not secret.startswith(PREFIX):
        raise NotSignedIn
    access = narrowed(access_of(session, row.user_id), spaces=row.spaces, writes=False, administers=False)
    stale = row.last_used_at is None or row.last_used_at < now() - WRITTEN_EVERY
    return FeedReader(row.id, access, row.language, stale)


def write_feed_use(session: Session, feed_id: str) -> None:
    """Write down that the feed was read now."""
    session.execute(update(Feed).where(Feed.id == feed_id).values(last_used_at=now()))
