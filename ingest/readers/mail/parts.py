"""The parts of a mail: which of them a reader sees as its text, and which are attached, at any depth. Pure.

Programs nest parts as they like: Apple Mail attaches files inside one of the alternatives, Outlook wraps a
whole mail into a signed part. What stands in no text and is no signature is an attachment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from pathlib import Path
from typing import Any

from lxml import etree, html

from ingest.readers.plain.html import shown_text
from language.encodings import decoded
from language.tokens import is_cjk

MOST_DEPTH = 50  # parts inside one another
SHARE = (
    0.6  # of a page's words that its text form must have to stand for it: others are notes such as "see HTML"
)
LONGEST_COMPARED = 100_000  # characters of each form
_STRETCH = re.compile(r"[A-Za-z0-9\u00c0-\u024f]+|[^\W_]+")
_SIGNATURES = ("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature",
               "application/pgp-keys")  # fmt: skip
_SEALED = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_TEXTS = ("text/plain", "text/html", "text/enriched", "application/xhtml+xml")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")  # the type of a CMS content that is signed and open
_OCTETS, _OCTETS_IN_PARTS = 0x04, 0x24


@dataclass(frozen=True)
class MailText:
    """A text of a mail: plain or a page, with the charset that its part declares."""

    content: bytes
    charset: str
    is_page: bool

    @property
    def text(self) -> str:
        """Its words; of a page, those that are seen."""
        if not self.is_page:
            return decoded(self.content, self.charset)
        try:
            return shown_text(html.document_fromstring(decoded(self.content, self.charset)))
        except (etree.ParserError, etree.XMLSyntaxError, ValueError):
            return ""


@dataclass
class MailParts:
    """The texts of a mail in their order, its attachments by name and content, and what cannot be opened."""

    texts: list[MailText] = field(default_factory=list)
    attachments: list[tuple[str, bytes]] = field(default_factory=list)
    sealed: list[str] = field(default_factory=list)


def parts_of(message: Message[Any, Any]) -> MailParts:
    """The parts of that mail."""
    parts = MailParts()
    _gather(message, parts, 0)
    return parts


def _gather(part: Message[Any, Any], parts: MailParts, depth: int) -> None:
    kind = part.get_content_type()
    if depth > MOST_DEPTH or kind in _SIGNATURES:
        return
    if kind == "message/rfc822":
        parts.attachments.append(_mail_in(part, len(parts.attachments) + 1))
    elif kind in _SEALED:
        _unseal(part, parts, depth)
    elif part.is_multipart():
        inside = [inner for inner in part.get_payload() if isinstance(inner, Message)]
        if kind == "multipart/alternative":
            _alternatives(inside, parts, depth)
        elif kind == "message/delivery-status":
            parts.texts.append(MailText(_status(inside), "utf-8", False))
        else:
            for inner in inside:
                _gather(inner, parts, depth + 1)
    elif _is_text(part):
        is_page = kind not in ("text/plain", "text/enriched")
        parts.texts.append(MailText(_bytes(part), str(part.get_content_charset() or ""), is_page))
    elif not _is_shown(part) and (data := _bytes(part)):
        name = file_name(part) or f"attachment {len(parts.attachments) + 1}"
        parts.attachments.append((name, data))


def _status(groups: Sequence[Message[Any, Any]]) -> bytes:
    """What a mail server says of a delivery: groups of fields, or any text."""
    return "\n\n".join(group.as_string().strip() for group in groups).encode("utf-8", "replace")


def _alternatives(inside: Sequence[Message[Any, Any]], parts: MailParts, depth: int) -> None:
    """The texts of the form that says most, and what is attached in any of them."""
    forms: list[list[MailText]] = []
    for inner in inside:
        form = MailParts()
        _gather(inner, form, depth + 1)
        for name, data in form.attachments:
            if (name, data) not in parts.attachments:
                parts.attachments.append((name, data))
        parts.sealed += form.sealed
        if form.texts:
            forms.append(form.texts)
    if not forms:
        return
    plain = next((form for form in forms if not any(text.is_page for text in form)), None)
    pages = next((form for form in reversed(forms) if any(text.is_page for text in form)), None)
    if plain is None or pages is None:
        parts.texts += pages or plain or []
        return
    said, shown = _words(plain), _words(pages)
    parts.texts += plain if said and len(said & shown) >= SHARE * len(shown) else pages


def _words(form: Sequence[MailText]) -> set[str]:
    """The words of a form, Chinese and Japanese ones in pairs of letters."""
    text = "\n".join(part.text for part in form)[:LONGEST_COMPARED]
    words: set[str] = set()
    for stretch in _STRETCH.findall(text):
        if is_cjk(stretch[0]) and len(stretch) > 1:
            words.update(stretch[place : place + 2] for place in range(len(stretch) - 1))
        else:
            words.add(stretch.casefold())
    return words


def _is_text(part: Message[Any, Any]) -> bool:
    """Whether a part is read where it stands: no file that was put there."""
    return (
        part.get_content_type() in _TEXTS
        and part.get_content_disposition() != "attachment"
        and not part.get_filename()
    )


def _is_shown(part: Message[Any, Any]) -> bool:
    """Whether a part is a picture that stands in the text."""
    placed = part.get_content_disposition() == "inline" or part.get_content_disposition() is None
    return part.get_content_maintype() == "image" and placed and part.get("Content-ID") is not None


def _mail_in(part: Message[Any, Any], number: int) -> tuple[str, bytes]:
    inner = part.get_payload()
    first = inner[0] if isinstance(inner, list) and inner else None
    data = first.as_bytes() if isinstance(first, Message) else _bytes(part)
    name = file_name(part) or f"mail {number}.eml"
    return name if Path(name).suffix else f"{name}.eml", data


def file_name(part: Message[Any, Any]) -> str:
    """The name of an attached file, without folders; empty if it has none."""
    name = part.get_filename() or ""
    if any(0xDC80 <= ord(letter) <= 0xDCFF for letter in name):  # bytes that stood there as they were
        name = decoded(name.encode("utf-8", "surrogateescape"))
    return Path(" ".join(name.replace("\\", "/").split())).name


def _bytes(part: Message[Any, Any]) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


# A mail that was signed as a whole and stands in its signature (S/MIME, opaque).


def _unseal(part: Message[Any, Any], parts: MailParts, depth: int) -> None:
    content = _signed_content(_bytes(part))
    if not content:
        parts.sealed.append(file_name(part) or "smime.p7m")
        return
    inner = message_from_bytes(content, policy=policy.default)
    if isinstance(inner, EmailMessage):
        _gather(inner, parts, depth + 1)


def _signed_content(data: bytes) -> bytes:
    """The content of signed data (RFC 5652, 5.2): its octets stand behind the second type in it. Empty if
    the data is of another kind, as what is enciphered."""
    place = data.find(_SIGNED_DATA, 0, 64)
    inner = data.find(b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01", place + 1) if place >= 0 else -1
    if inner < 0:
        return b""
    rest = data[inner + 11 :]
    if not rest or rest[0] != 0xA0:
        return b""
    _, begins, _ = _header(rest, 0)
    return b"".join(_octets(rest, begins))


def _header(data: bytes, place: int) -> tuple[int, int, int]:
    """The tag at a place, where its content begins, and where that ends (-1: at a mark of its own)."""
    if place + 1 >= len(data):
        return 0, place, place
    length, begins = data[place + 1], place + 2
    if length == 0x80:
        return data[place], begins, -1
    if length & 0x80:
        count = length & 0x7F
        length = int.from_bytes(data[begins : begins + count], "big") if count <= 8 else 0
        begins += count
    return data[place], begins, min(begins + length, len(data))


def _octets(data: bytes, place: int) -> Iterator[bytes]:
    """The bytes of a string of octets, which may be in parts."""
    tag, begins, ends = _header(data, place)
    if tag == _OCTETS and ends >= 0:
        yield data[begins:ends]
    while tag == _OCTETS_IN_PARTS and begins < (ends if ends >= 0 else len(data)):
        inner, start, stop = _header(data, begins)
        if inner != _OCTETS or stop < 0:
            return
        yield data[start:stop]
        begins = stop
