"""A mail's own words are told from the earlier mails that it carries along, whatever program wrote it."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest
from making import add, administrator
from outlook_files import compound_file, outlook_mail

from core.errors import FileDamaged
from ingest.formats import MAIL_BOX, OUTLOOK, media_type_of
from ingest.pages import PageContent
from ingest.readers.opening import ReadingRequest, pages_of
from operations.library import Library


def read(path: Path) -> list[PageContent]:
    return list(pages_of(path, path.name, media_type_of(path, path.name), ReadingRequest(5000)))


def mail(text: str, subject: str = "会場", html: str = "", ids: tuple[str, str] = ("<2@x.jp>", "")) -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"], made["Message-ID"] = "ito@x.jp", "all@x.jp", subject, ids[0]
    if ids[1]:
        made["In-Reply-To"] = ids[1]
    made.set_content(text)
    if html:
        made.set_content(html, subtype="html")
    return made.as_bytes()


def parted(path: Path, content: bytes) -> tuple[str, dict[str, str]]:
    """The newest mail's passages, and those of each earlier one by its name."""
    path.write_bytes(content)
    pages = [
        (page.name, "\n".join(page.text[block.start : block.end] for block in page.blocks))
        for page in read(path)
    ]
    return "\n".join(text for name, text in pages if not name), {name: text for name, text in pages if name}


NEW, OLD = "会場は302会議室に変わりました。", "会場は301会議室です。"
THREADS = {
    "Outlook in Japanese": f"{NEW}\n\n-----Original Message-----\n差出人: 鈴木 <s@x.jp>\n"
    f"送信日時: 2026年5月1日 10:00\n宛先: 伊藤\n件名: 会場\n\n{OLD}\n",
    "Outlook without a line": f"{NEW}\n\n伊藤\n\nFrom: Suzuki <s@x.jp>\nSent: Friday, May 1, 2026 10:00 AM\n"
    f"To: Ito <ito@x.jp>\nCc: all\nSubject: place\n\n{OLD}\n",
    "signs before each line": f"{NEW}\n\nOn Fri, 1 May 2026 at 10:00, Suzuki <s@x.jp>\nwrote:\n\n> {OLD}\n",
    "an answer below": f"On Fri, 1 May 2026, Suzuki wrote:\n> a\n> b\n> c\n> {OLD}\n\n{NEW}\n",
    "Gmail in Japanese": f"{NEW}\n\n2026年5月1日(金) 10:00 鈴木 <s@x.jp>:\n\n> {OLD}\n>\n> 鈴木\n",
    "in Chinese": f"{NEW}\n\n------------------ 原始邮件 ------------------\n发件人: 铃木 <s@x.jp>;\n"
    f"发送时间: 2026年5月1日(星期五) 上午10:00\n收件人: 伊藤;\n主题: 会场\n\n{OLD}\n",
    "Gmail in Chinese": f"{NEW}\n\n铃木 <s@x.jp> 于2026年5月1日周五 10:00写道：\n\n> {OLD}\n",
}


@pytest.mark.fast
@pytest.mark.parametrize("text", THREADS.values(), ids=THREADS)
def test_what_an_answer_carries_along_stands_on_pages_of_its_own(tmp_path: Path, text: str) -> None:
    newest, earlier = parted(tmp_path / "a.eml", mail(text))
    assert NEW in newest
    assert OLD not in newest
    assert len(earlier) == 1
    name, old = earlier.popitem()
    assert OLD in old.split("\n")  # without the signs before it
    assert ("鈴木" in name or "Suzuki" in name or "铃木" in name) and "2026" in name


@pytest.mark.fast
def test_a_page_of_html_is_parted_too(tmp_path: Path) -> None:
    html = (
        f"<div>{NEW}</div><div><div style='border-top:solid'><p><b>差出人:</b> 鈴木<br>"
        f"<b>送信日時:</b> 2026/5/1<br><b>宛先:</b> 伊藤<br><b>件名:</b> 会場</p></div><p>{OLD}</p>"
        "<table><tr><th>品名</th><th>数</th></tr><tr><td>机</td><td>5</td></tr></table></div>"
    )
    newest, earlier = parted(tmp_path / "a.eml", mail("x", html=html))
    assert (NEW in newest, OLD in newest) == (True, False)
    assert OLD in earlier["鈴木, 2026/5/1"]
    assert "品名: 机 | 数: 5" in earlier["鈴木, 2026/5/1"]


@pytest.mark.fast
def test_each_mail_of_a_long_thread_is_told_apart(tmp_path: Path) -> None:
    text = "三\n\nOn Mon, B wrote:\n> 二\n>\n> On Sun, A wrote:\n>> 一\n>> 零\n"
    newest, earlier = parted(tmp_path / "a.eml", mail(text))
    assert newest.split("\n")[-1] == "三"
    assert {name: text.split("\n")[1:] for name, text in earlier.items()} == {
        "On Mon, B wrote": ["二"], "On Sun, A wrote": ["一", "零"],
    }  # fmt: skip


@pytest.mark.fast
def test_lines_that_are_answered_stay_where_they_are_and_are_no_evidence(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    newest, earlier = parted(path, mail(f"> {OLD}\nいいえ、302です。\n> いつですか。\n10時です。\n"))
    assert not earlier
    assert "いいえ、302です。" in newest and "10時です。" in newest
    assert OLD not in newest
    assert OLD in read(path)[0].text


@pytest.mark.fast
@pytest.mark.parametrize("text", [
    f"ご参考まで。\n\n---------- Forwarded message ---------\nFrom: s@x.jp\nDate: x\nSubject: y\nTo: z\n\n"
    f"{OLD}\n",
    f"-----Original Message-----\n差出人: 鈴木\n送信日時: 2026年5月1日\n宛先: 伊藤\n件名: 会場\n\n{OLD}\n",
])  # fmt: skip
def test_what_is_forwarded_is_what_the_mail_says(tmp_path: Path, text: str) -> None:
    newest, earlier = parted(tmp_path / "a.eml", mail(text, "Fwd: 会場"))
    assert OLD in newest
    assert not earlier


@pytest.mark.fast
@pytest.mark.parametrize("text", [
    "差出人: と 宛先: を書いてください。\n日時: 5月1日",
    "From: Tokyo\nTo: Osaka\nFare: 13,000 yen",
    "He wrote:\nthe plan is good.",
    "1 > 0\n---\n表\n===",
])  # fmt: skip
def test_what_only_looks_like_a_header_is_text(tmp_path: Path, text: str) -> None:
    newest, earlier = parted(tmp_path / "a.eml", mail(text))
    assert not earlier
    assert text.split("\n")[-1] in newest


@pytest.mark.fast
def test_a_box_of_mails_is_read_mail_by_mail(tmp_path: Path) -> None:
    first = mail(f"{OLD}\nFrom here it is near.", ids=("<1@x.jp>", ""))
    answer = mail(
        f"{NEW}\n\nOn Fri, Suzuki wrote:\n> {OLD}\n> a\n> b\n> c\n", "Re: 会場", ids=("<2@x.jp>", "<1@x.jp>")
    )
    box = tmp_path / "会議.mbox"
    box.write_bytes(b"".join(
        b"From ito@x.jp Fri May  1 10:00:00 2026\n" + raw.replace(b"\nFrom here", b"\n>From here") + b"\n\n"
        for raw in (first, answer)
    ))  # fmt: skip
    assert media_type_of(box, "box") == MAIL_BOX
    pages = read(box)
    assert [page.name for page in pages] == ["会場", "Re: 会場", "Re: 会場: On Fri, Suzuki wrote"]
    assert "\nFrom here it is near." in pages[0].text
    assert OLD in pages[2].text  # it is to be seen, and no evidence again: it stands in the box itself
    assert not pages[2].blocks


# Outlook's own files.


def outlook(path: Path, *given: object, **more: object) -> list[PageContent]:
    path.write_bytes(compound_file(outlook_mail(*given, **more)))  # type: ignore[arg-type]
    assert media_type_of(path, "x") == OUTLOOK
    return read(path)


@pytest.mark.fast
def test_a_file_of_outlook_is_read_with_all_that_is_attached(tmp_path: Path) -> None:
    table = "品名,価格\n机,4100\n".encode("cp932")
    deepest = outlook_mail("内側", "いちばん内側の本文。", inside=True, attachments=[("表.csv", table)])
    inner = outlook_mail("中間", "中間の本文。", inside=True, attachments=[("内側.msg", deepest)])
    long = b"key,value\n" + b"".join(b"k%d,v%d\n" % (number, number) for number in range(900))
    pages = outlook(
        tmp_path / "a.msg", "会場", NEW, receivers=[("鈴木", "s@x.jp", 1), ("田中", "", 2)],
        attachments=[("中間.msg", inner), ("long.csv", long), ("..\\..\\evil.exe", b"MZ\x90\0" + bytes(90))],
    )  # fmt: skip
    assert pages[0].title == "会場"
    head = pages[0].text.split("\n")
    assert head[1:5] == [
        "From: 佐藤 太郎 <sato@example.com>", "To: 鈴木 <s@x.jp>", "Cc: 田中", "Date: 2026-05-01 01:30 UTC",
    ]  # fmt: skip
    named = {page.name: page.text for page in pages}
    assert "中間の本文。" in named["中間.msg"]
    assert "いちばん内側の本文。" in named["中間.msg: 内側.msg"]
    assert "品名: 机 | 価格: 4100" in named["中間.msg: 内側.msg: 表.csv: 表"]
    assert "key: k899 | value: v899" in "".join(page.text for page in pages)
    assert [names for page in pages for names in page.left_out.values()] == [["evil.exe"]]


@pytest.mark.fast
@pytest.mark.parametrize(("body", "numbers"), [
    ({"1000001E": NEW.encode("cp932")}, {"3FFD": 932}),
    ({"1000001E": NEW.encode("cp932")}, {}),
    ({"10130102": f"<p>{NEW}</p>".encode("iso2022_jp")}, {"3FDE": 50220}),
    ({"10130102": f"<p>{NEW}</p>".encode()}, {"3FDE": 65001}),
    ({"1013": f"<p>{NEW}</p>"}, {}),
])  # fmt: skip
def test_outlooks_texts_are_read_in_their_code_page(
    tmp_path: Path, body: dict[str, str | bytes], numbers: dict[str, int]
) -> None:
    assert NEW in outlook(tmp_path / "a.msg", "x", body, numbers=numbers)[0].text


@pytest.mark.fast
def test_the_headers_of_a_mail_from_outside_count(tmp_path: Path) -> None:
    sent = "From: =?utf-8?b?6Yi05pyo?= <s@x.jp>\r\nDate: Fri, 1 May 2026 10:00:00 +0900\r\n\r\n"
    page = outlook(tmp_path / "a.msg", "x", {"1000": NEW, "007D": sent})[0]
    assert "From: 鈴木 <s@x.jp>" in page.text
    assert "Date: Fri, 01 May 2026 10:00:00 +0900" in page.text


@pytest.mark.fast
def test_a_damaged_file_of_outlook_says_so_and_loses_no_more_than_it_must(tmp_path: Path) -> None:
    whole = compound_file(outlook_mail("会場", NEW, attachments=[("a.csv", b"k,v\na,b\n" * 900)]))
    path = tmp_path / "a.msg"
    for length in (600, 1500, len(whole) // 2, len(whole) - 600):
        path.write_bytes(whole[:length])
        try:
            list(pages_of(path, "a.msg", OUTLOOK, ReadingRequest(10)))
        except FileDamaged as error:
            assert "a.msg" in str(error)
    for start in range(512, len(whole), 97):
        path.write_bytes(whole[:start] + b"\xff" * 40 + whole[start + 40 :])
        try:
            list(pages_of(path, "a.msg", OUTLOOK, ReadingRequest(5000)))
        except FileDamaged as error:
            assert "a.msg" in str(error)


# To the answer.


def test_the_newest_mail_answers_and_the_older_one_is_found_where_only_it_does(library: Library) -> None:
    text = THREADS["Outlook in Japanese"].replace(OLD, f"{OLD}\n\n駐車場は地下2階を使ってください。")
    add(library, "a.eml", mail(text))
    access = administrator(library)
    evidence, _, _ = library.answerer.evidence(access, "会場はどの会議室ですか。")
    assert "302会議室" in evidence.quotes[0].text
    assert all("301会議室" not in quote.text for quote in evidence.quotes)
    evidence, _, _ = library.answerer.evidence(access, "駐車場は何階ですか。")
    assert "地下2階" in evidence.quotes[0].text
