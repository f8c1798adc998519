"""What is new as a feed: Atom (RFC 4287) or RSS 2.0. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Literal
from xml.etree import ElementTree as ET

from ingest.records.news import News
from operations.news.wording import TITLE, kind_of, line_of

FeedForm = Literal["atom", "rss"]
MEDIA_TYPES = {"atom": "application/atom+xml; charset=utf-8", "rss": "application/rss+xml; charset=utf-8"}
ATOM = "http://www.w3.org/2005/Atom"
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def feed_of(
    entries: Sequence[News], *, form: FeedForm, language: str, feed_id: str, screens: str, made: datetime
) -> bytes:
    """The feed, newest first. `screens` is the address that entries lead to: it asks who is there."""
    if form == "rss":
        return _rss(entries, language, screens)
    return _atom(entries, language, feed_id, screens, made)


def _atom(entries: Sequence[News], language: str, feed_id: str, screens: str, made: datetime) -> bytes:
    root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": language})
    _with(root, "title", TITLE[language])
    _with(root, "id", f"urn:shoko:feed:{feed_id}")
    _with(root, "updated", _moment(entries[0].at if entries else made))
    ET.SubElement(root, "link", {"href": screens})
    _with(ET.SubElement(root, "author"), "name", "Shoko")
    for news in entries:
        entry = ET.SubElement(root, "entry")
        _with(entry, "title", line_of(news.title))
        _with(entry, "id", f"urn:shoko:version:{news.version_id}")
        _with(entry, "updated", _moment(news.at))
        ET.SubElement(entry, "link", {"href": screens})
        ET.SubElement(entry, "category", {"term": _xml(line_of(news.space))})
        _with(entry, "summary", _summary(news, language))
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _rss(entries: Sequence[News], language: str, screens: str) -> bytes:
    root = ET.Element("rss", {"version": "2.0"})
    channel = ET.SubElement(root, "channel")
    _with(channel, "title", TITLE[language])
    _with(channel, "link", screens)
    _with(channel, "description", TITLE[language])
    _with(channel, "language", language)
    for entry in entries:
        item = ET.SubElement(channel, "item")
        _with(item, "title", line_of(entry.title))
        _with(item, "link", screens)
        ET.SubElement(item, "guid", {"isPermaLink": "false"}).text = f"urn:shoko:version:{entry.version_id}"
        _with(item, "pubDate", format_datetime(entry.at.astimezone(UTC)))
        _with(item, "category", line_of(entry.space))
        _with(item, "description", _summary(entry, language))
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _summary(news: News, language: str) -> str:
    return f"{line_of(news.space)} · {line_of(news.name)} · {kind_of(news, language)}"


def _with(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = _xml(text)


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
