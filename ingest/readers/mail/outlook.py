"""Reads Outlook's own files (.msg, MS-OXMSG): properties of a mail in streams of a compound file, mails that
are attached to it in storages of the same file. A damaged or missing property costs nothing else."""

from __future__ import annotations

import contextlib
import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path, PurePosixPath

import compressed_rtf
import olefile

from core.errors import FileDamaged
from ingest.left_out import LeftOut, LeftOutKind
from ingest.pages import PageContent
from ingest.readers.mail.message import answered_ids, header_of, in_utf8
from ingest.readers.mail.pages import HEADERS, Letter, letter_pages
from ingest.readers.mail.parts import MailParts, MailText, parts_of
from ingest.readers.parts import PartReader
from language.encodings import decoded

MOST_MAILS = 500  # attached to one another, in one file
MOST_DEPTH = 50
LONGEST_NAME = 200
_PROPERTIES = "__PROPERTIES_VERSION1.0"
_OF_FILE, _OF_MAIL, _OF_PART = 32, 24, 8  # bytes before the list of properties
_WIDE, _NARROW, _BINARY, _STORAGE = "001F", "001E", "0102", "000D"
_SUBJECT, _BODY, _PAGE, _RICH, _TRANSPORT, _REPLY_TO = "0037", "1000", "1013", "1009", "007D", "1042"
_SENDERS = (("0C1A", ("5D01", "0C1F")), ("0042", ("5D02", "0065")))  # name, addresses
_RECEIVER, _RECEIVER_ADDRESSES = "3001", ("39FE", "3003")
_FILE_NAMES, _MIME, _CONTENT, _CONTENT_ID = ("3707", "3704", "3001"), "370E", "3701", "3712"
_DAYS = ("0039", "0E06")  # sent, received
_KIND, _HIDDEN, _FLAGS, _METHOD = "0C15", "7FFE", "3714", "3705"
_CODE_PAGE, _INTERNET_CODE_PAGE = "3FFD", "3FDE"
_IN_TEXT, _BY_REFERENCE = 4, (2, 3, 4, 7)  # of an attachment: it stands in the text; it is elsewhere
_RECEIVERS = {1: "To", 2: "Cc"}
_CHARSETS = {65001: "utf-8", 20127: "us-ascii", 50220: "iso-2022-jp", 50221: "iso-2022-jp",
             50222: "iso-2022-jp", 51932: "euc-jp", 20932: "euc-jp", 51949: "euc-kr", 54936: "gb18030",
             20936: "gb2312", 52936: "hz-gb-2312", 28591: "iso-8859-1"}  # fmt: skip
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)

Place = tuple[str, ...]  # of a storage in the file


def read_outlook(path: Path, name: str, attached: PartReader) -> Iterator[PageContent]:
    """The mail's own pages, then those of what is attached. Raises FileDamaged."""
    left_out = LeftOut()
    yield from left_out.beside(_pages(path, name, attached, left_out))


def _pages(path: Path, name: str, attached: PartReader, left_out: LeftOut) -> Iterator[PageContent]:
    try:
        file = OutlookFile(path)
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, struct.error) as error:
        raise FileDamaged(name=name, problem="it is no mail that can be understood") from error
    with contextlib.closing(file.ole):
        waiting: list[tuple[Place, str]] = [((), "")]
        for number in range(MOST_MAILS):
            if not waiting:
                return
            place, called = waiting.pop(0)
            letter, inside = file.letter(place, left_out)
            for page in letter_pages(letter, attached, left_out):
                inner = ": ".join(part for part in (called, page.name) if part)
                yield replace(page, name=inner[:LONGEST_NAME]) if number else page
            deeper = [(mail, ": ".join(part for part in (called, title) if part)) for mail, title in inside]
            waiting = [*deeper, *waiting]
        for _, title in waiting:
            left_out.add(LeftOutKind.ATTACHMENTS, title)


class OutlookFile:
    """The compound file that a mail is saved in. Raises what `olefile` raises for a file that is not one."""

    def __init__(self, path: Path) -> None:
        self.ole = olefile.OleFileIO(path)
        self.streams: dict[Place, dict[str, list[str]]] = defaultdict(dict)
        self.storages: dict[Place, list[str]] = defaultdict(list)
        for entry in self.ole.listdir(streams=True, storages=False):
            self.streams[tuple(entry[:-1])][entry[-1].upper()] = entry
        for entry in self.ole.listdir(streams=False, storages=True):
            self.storages[tuple(entry[:-1])].append(entry[-1])
        if _PROPERTIES not in self.streams[()]:
            raise ValueError("no properties")

    def letter(self, place: Place, left_out: LeftOut) -> tuple[Letter, list[tuple[Place, str]]]:
        """The mail at that place, and the places and names of the mails that are attached to it."""
        fixed = self.fixed(place, _OF_MAIL if place else _OF_FILE)
        charset = _charset(fixed, _CODE_PAGE)
        sent = self._transport(place, charset)
        headers = {key: header_of(sent, key) for key in HEADERS}
        headers["From"] = headers["From"] or self._sender(place, charset)
        for key, receivers in self._receivers(place, charset).items():
            headers[key] = headers[key] or receivers
        headers["Date"] = headers["Date"] or _day(fixed)
        parts = MailParts()
        inside = self._attachments(place, charset, parts, left_out)
        self._texts(place, charset, _charset(fixed, _INTERNET_CODE_PAGE), parts)
        answers = [*answered_ids(sent), self.text(place, _REPLY_TO, charset)]
        return Letter(self.text(place, _SUBJECT, charset), headers, parts, answers), inside

    def _texts(self, place: Place, charset: str, page_charset: str, parts: MailParts) -> None:
        """The plain text; else the page; else the rich text, which a converter reads as a file."""
        if parts.texts:  # of a mail that was signed as a whole
            return
        if body := self.text(place, _BODY, charset, one_line=False):
            parts.texts.append(MailText(body.encode("utf-8", "replace"), "utf-8", False))
            return
        page, wide = self.binary(place, _PAGE), self.text(place, _PAGE, charset, one_line=False)
        if wide:
            parts.texts.append(MailText(wide.encode("utf-8", "replace"), "utf-8", True))
        elif page:
            parts.texts.append(MailText(page, page_charset, True))
        elif packed := self.binary(place, _RICH):
            with contextlib.suppress(Exception):  # damaged: nothing of it is text
                parts.attachments.insert(0, ("mail.rtf", compressed_rtf.decompress(packed)))

    def _transport(self, place: Place, charset: str) -> EmailMessage:
        """The headers with which the mail came, if it came from outside."""
        said = self.text(place, _TRANSPORT, charset, one_line=False)
        said = said.split("\r\n\r\n")[0]
        message = message_from_bytes(in_utf8(said.encode("utf-8", "replace")), policy=policy.default)
        return message if isinstance(message, EmailMessage) else EmailMessage()

    def _sender(self, place: Place, charset: str) -> str:
        for name, addresses in _SENDERS:
            if said := self._person(place, name, addresses, charset):
                return said
        return ""

    def _person(self, place: Place, name: str, addresses: tuple[str, ...], charset: str) -> str:
        called = self.text(place, name, charset)
        address = next((said for tag in addresses if "@" in (said := self.text(place, tag, charset))), "")
        if not called or not address or called.strip("'\"") == address:
            return address or called
        return f"{called} <{address}>"

    def _receivers(self, place: Place, charset: str) -> dict[str, str]:
        people: dict[str, list[str]] = {"To": [], "Cc": []}
        for storage in self.storages[place]:
            if storage.lower().startswith("__recip_version1.0_"):
                receiver = (*place, storage)
                key = _RECEIVERS.get(_number(self.fixed(receiver, _OF_PART), _KIND))
                if key and (said := self._person(receiver, _RECEIVER, _RECEIVER_ADDRESSES, charset)):
                    people[key].append(said)
        return {key: ", ".join(said) for key, said in people.items()}

    def _attachments(
        self, place: Place, charset: str, parts: MailParts, left_out: LeftOut
    ) -> list[tuple[Place, str]]:
        """Put what is attached into the parts; the attached mails, which stand in storages of the file."""
        mails: list[tuple[Place, str]] = []
        for storage in self.storages[place]:
            if not storage.lower().startswith("__attach_version1.0_"):
                continue
            own = (*place, storage)
            fixed = self.fixed(own, _OF_PART)
            name = next((said for key in _FILE_NAMES if (said := self.text(own, key, charset))), "")
            name = PurePosixPath(name.replace("\\", "/")).name or f"attachment {len(parts.attachments) + 1}"
            inner = next(
                (
                    inner_storage
                    for inner_storage in self.storages[own]
                    if inner_storage.upper().endswith(_CONTENT + _STORAGE)
                ),
                "",
            )
            content = self.binary(own, _CONTENT)
            if inner and _PROPERTIES in self.streams[(*own, inner)] and len(place) < 2 * MOST_DEPTH:
                mails.append(((*own, inner), name))
            elif self.text(own, _MIME, charset).lower().startswith("multipart/signed"):
                message = message_from_bytes(content, policy=policy.default)
                signed = parts_of(message)
                parts.texts += signed.texts
                parts.attachments += signed.attachments
            elif content:
                in_text = _number(fixed, _FLAGS) & _IN_TEXT or _number(fixed, _HIDDEN)
                mime = self.text(own, _MIME, charset).lower()
                if not (in_text and self.text(own, _CONTENT_ID, charset) and mime.startswith("image/")):
                    parts.attachments.append((name, content))
            elif inner or _number(fixed, _METHOD) in _BY_REFERENCE:  # an object, or a link to a file
                left_out.add(LeftOutKind.ATTACHMENTS, name)
        return mails

    # Properties: those of a fixed length stand in one stream, each other one in its own.

    def fixed(self, place: Place, header: int) -> dict[str, bytes]:
        """The values of the properties of a fixed length, each of 8 bytes, by their ids."""
        data = self._stream(place, _PROPERTIES)[header:]
        values: dict[str, bytes] = {}
        for start in range(0, len(data) - 15, 16):
            values.setdefault(
                f"{int.from_bytes(data[start + 2 : start + 4], 'little'):04X}", data[start + 8 : start + 16]
            )
        return values

    def text(self, place: Place, key: str, charset: str, *, one_line: bool = True) -> str:
        """A property that is text; empty if there is none."""
        if wide := self._stream(place, f"__SUBSTG1.0_{key}{_WIDE}"):
            said = wide.decode("utf-16-le", "replace")
        else:
            narrow = self._stream(place, f"__SUBSTG1.0_{key}{_NARROW}")
            said = decoded(narrow, charset) if narrow else ""
        said = said.rstrip("\0").replace("\0", "")
        return " ".join(said.split()) if one_line else said

    def binary(self, place: Place, key: str) -> bytes:
        """A property that is bytes; empty if there is none."""
        return self._stream(place, f"__SUBSTG1.0_{key}{_BINARY}")

    def _stream(self, place: Place, name: str) -> bytes:
        entry = self.streams[place].get(name)
        if entry is None:
            return b""
        try:
            with self.ole.openstream(entry) as stream:
                content: bytes = stream.read()
                return content
        except (OSError, ValueError, IndexError, TypeError, AttributeError, struct.error):
            return b""


def _number(fixed: dict[str, bytes], key: str) -> int:
    return int.from_bytes(fixed.get(key, b"")[:4], "little")


def _charset(fixed: dict[str, bytes], key: str) -> str:
    page = _number(fixed, key)
    return _CHARSETS.get(page, f"cp{page}" if page else "")


def _day(fixed: dict[str, bytes]) -> str:
    """When the mail was sent, in UTC; empty if that is not said."""
    for key in _DAYS:
        ticks = int.from_bytes(fixed.get(key, b""), "little")
        if ticks:
            with contextlib.suppress(OverflowError):
                return (_EPOCH + timedelta(microseconds=ticks // 10)).strftime("%Y-%m-%d %H:%M UTC")
    return ""
