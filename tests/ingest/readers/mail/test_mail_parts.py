"""A mail's text and attachments are found wherever its program put them."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from ingest.pages import PageContent
from ingest.readers.opening import ReadingRequest, pages_of

HEAD = b"From: ito@example.com\nTo: all@example.com\nMessage-ID: <1@example.com>\nMIME-Version: 1.0\n"
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
PLAIN_DATA = bytes.fromhex("06092a864886f70d010701")


def read(folder: Path, mail: bytes) -> list[PageContent]:
    path = folder / "a.eml"
    path.write_bytes(mail)
    return list(pages_of(path, path.name, "message/rfc822", ReadingRequest(5000)))


def text_of(folder: Path, mail: bytes) -> str:
    return "\n".join(page.text for page in read(folder, mail))


def part(kind: str, content: bytes, *more: str) -> bytes:
    head = "\n".join([f"Content-Type: {kind}", "Content-Transfer-Encoding: base64", *more])
    return head.encode() + b"\n\n" + base64.encodebytes(content)


def parts(kind: str, *inner: bytes) -> bytes:
    sign = f"{kind.replace('/', '')}{len(b''.join(inner))}"
    made = f'Content-Type: {kind}; boundary="{sign}"\n\n'.encode()
    return (
        made
        + b"".join(f"--{sign}\n".encode() + content + b"\n" for content in inner)
        + f"--{sign}--\n".encode()
    )


def attached(name: str, content: str) -> bytes:
    return part("text/csv", content.encode(), f'Content-Disposition: attachment; filename="{name}"')


TEXT = part("text/plain; charset=utf-8", b"The list is attached.")
PAGE = part("text/html; charset=utf-8", b"<p>The list is attached.</p>")
CSV = attached("list.csv", "item,price\nStool,4100\n")


@pytest.mark.parametrize(
    "body",
    [
        parts("multipart/alternative", TEXT, parts("multipart/mixed", PAGE, CSV)),
        parts("multipart/alternative", TEXT, parts("multipart/related", PAGE, CSV)),
        parts("multipart/signed", parts("multipart/mixed", TEXT, CSV),
              part("application/pkcs7-signature; name=smime.p7s", b"0")),
        parts("multipart/mixed", parts("multipart/mixed", parts("multipart/mixed", TEXT, CSV))),
        parts("multipart/mixed", TEXT, b"Content-Type: message/rfc822\n\n" + HEAD + b"Subject: old\n"
              + parts("multipart/mixed", TEXT, CSV)),
    ],
)  # fmt: skip
def test_attachments_are_found_at_any_depth(tmp_path: Path, body: bytes) -> None:
    text = text_of(tmp_path, HEAD + b"Subject: list\n" + body)
    assert "item: Stool | price: 4100" in text
    assert "smime" not in text


def test_an_attachment_that_stands_in_two_forms_is_read_once(tmp_path: Path) -> None:
    body = parts(
        "multipart/alternative", parts("multipart/mixed", TEXT, CSV), parts("multipart/mixed", PAGE, CSV)
    )
    assert text_of(tmp_path, HEAD + b"Subject: list\n" + body).count("Stool") == 1


def signed(content: bytes) -> bytes:
    """A content in its signature, in two parts of octets."""

    def tagged(tag: int, inner: bytes) -> bytes:
        return bytes([tag, 0x82]) + len(inner).to_bytes(2, "big") + inner

    octets = tagged(0x24, tagged(0x04, content[:30]) + tagged(0x04, content[30:]))
    inner = tagged(0x30, PLAIN_DATA + tagged(0xA0, octets))
    return tagged(0x30, SIGNED_DATA + tagged(0xA0, tagged(0x30, b"\x02\x01\x01\x31\x00" + inner)))


def test_a_mail_in_its_signature_is_opened_and_a_sealed_one_is_named(tmp_path: Path) -> None:
    sealed = "application/pkcs7-mime; name=smime.p7m"
    inside = parts("multipart/mixed", TEXT, CSV)
    assert "item: Stool" in text_of(tmp_path, HEAD + b"Subject: s\n" + part(sealed, signed(inside)))
    pages = read(
        tmp_path, HEAD + b"Subject: s\n" + part(sealed, b"0\x80\x06\x09*\x86H\x86\xf7\r\x01\x07\x03rest")
    )
    assert [page.left_out for page in pages if page.left_out] == [{"attachments_unread": ["smime.p7m"]}]


@pytest.mark.parametrize(
    ("plain", "page", "shown"),
    [
        ("\n", "Your badge number is 5521.", "5521"),
        ("This message needs a reader of HTML. See example.com/m/1", "Gate 4 opens on 3 May.", "Gate 4"),
        ("この通知はHTML形式でご覧ください。", "締切は7月20日に変わりました。", "7月20日"),
        ("该邮件为HTML格式，请使用支持的客户端查看。", "会议改在302室。", "302"),
        ("Gate 4 opens on 3 May.\n\nPlease tell your guests.",
         "<b>Gate 4</b> opens on 3 May.<br>Please tell your guests.", "opens on 3 May.\nPlease tell"),
    ],
)  # fmt: skip
def test_the_form_that_says_what_the_mail_says_is_read(
    tmp_path: Path, plain: str, page: str, shown: str
) -> None:
    body = parts(
        "multipart/alternative",
        part("text/plain; charset=utf-8", plain.encode()),
        part("text/html; charset=utf-8", f"<html><body><p>{page}</p></body></html>".encode()),
    )
    text = text_of(tmp_path, HEAD + b"Subject: x\n" + body)
    assert shown in text
    assert "HTML" not in text


@pytest.mark.parametrize(
    ("charset", "encoding", "words"),
    [
        ("EUC-JP", "euc_jp", "返却は九時まで。"), ("euc-kr", "cp949", "반납은 아홉 시까지 똠"),
        ("big5", "cp950", "九點前歸還"),
        ("gb2312", "gb18030", "九点前归还，朱镕基"), ("windows-1251", "cp1251", "Вернуть до девяти"),
        ("windows-1250", "cp1250", "Vrátit do devíti"), ("windows-1253", "cp1253", "Επιστροφή έως εννέα"),
        ("iso-8859-1", "cp1252", "Rückgabe – bis 9 € Gebühr"),
    ],
)  # fmt: skip
def test_the_charset_of_a_page_in_a_mail_is_that_of_its_part(
    tmp_path: Path, charset: str, encoding: str, words: str
) -> None:
    page = f'<html><head><meta charset="utf-8"></head><body><p>{words}</p></body></html>'.encode(encoding)
    assert words in text_of(tmp_path, HEAD + b"Subject: x\n" + part(f"text/html; charset={charset}", page))


def test_words_of_a_subject_whose_characters_are_split_are_whole(tmp_path: Path) -> None:
    title = "調達の見積依頼"
    raw = title.encode("cp932")
    halves = [base64.b64encode(half).decode() for half in (raw[:5], raw[5:])]
    subject = f"Subject: =?Shift_JIS?B?{halves[0]}?=\n =?Shift_JIS?B?{halves[1]}?=\n"
    pages = read(tmp_path, HEAD + subject.encode() + b"\nbody\n")
    assert pages[0].title == title


def test_a_subject_of_bytes_as_they_are_is_read(tmp_path: Path) -> None:
    pages = read(tmp_path, HEAD + b"Subject: " + "购销合同".encode("gb18030") + b"\n\nbody\n")
    assert pages[0].title == "购销合同"
