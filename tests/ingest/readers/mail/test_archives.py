"""Archives are read member by member, whatever their names are, and do no harm."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest
from making import pdf
from py7zr import SevenZipFile

from core.errors import FileDamaged, FileEncrypted, PasswordWrong, ShokoError, TooMuchInFile
from ingest.formats import SEVEN_ZIP, ZIP, media_type_of
from ingest.pages import PageContent
from ingest.places import place_of
from ingest.readers import archives
from ingest.readers.opening import ReadingRequest, pages_of

pytestmark = pytest.mark.fast


def zipped(*members: tuple[str, bytes | str], encoding: str = "utf-8") -> bytes:
    """An archive; its names in an encoding that it does not tell, where that is none of today."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, content) in enumerate(members):
            archive.writestr(name if encoding == "utf-8" else f"{number:04}", content)
    content = out.getvalue()
    for number, (name, _) in enumerate(members if encoding != "utf-8" else ()):
        raw = name.encode(encoding)
        assert len(raw) == 4
        content = content.replace(b"%04d" % number, raw)
    return content


def packed(*members: tuple[str, bytes | str], password: str | None = None, hidden: bool = False) -> bytes:
    out = io.BytesIO()
    with SevenZipFile(out, "w", password=password, header_encryption=hidden) as archive:
        for name, content in members:
            archive.writestr(content, name)
    return out.getvalue()


def read(path: Path, content: bytes, *, password: str = "", name: str = "a.zip") -> list[PageContent]:
    path.write_bytes(content)
    kind = media_type_of(path, name)
    assert kind in (ZIP, SEVEN_ZIP)
    return list(pages_of(path, name, kind, ReadingRequest(5000, password=password)))


def unread(pages: list[PageContent]) -> list[str]:
    return [name for page in pages for names in page.left_out.values() for name in names]


MEMBERS = [
    ("人事/規程/休暇.txt", "年次有給休暇は10日とする。"),
    ("人事/価格.csv", "品名,価格\n机,4100\n"),
    ("図面.bin", b"\0\1\2" * 50),
    ("経理/", b""),
    ("__MACOSX/._休暇.txt", b"\0\5\x16\7"),
    ("~$価格.xlsx", b"\0"),
    ("手順.pdf", pdf("The first page.", "The second page says five.")),
]


@pytest.mark.parametrize("make", [zipped, packed])
def test_each_member_is_read_and_named_by_its_path(tmp_path: Path, make: object) -> None:
    members = [member for member in MEMBERS if make is zipped or not member[0].endswith("/")]
    pages = read(tmp_path / "a", make(*members))  # type: ignore[operator]
    named = {page.name: page.text for page in pages}
    assert named["人事/規程/休暇.txt"] == "年次有給休暇は10日とする。"
    assert "品名: 机 | 価格: 4100" in named["人事/価格.csv: 価格"]
    assert unread(pages) == ["図面.bin"]
    assert "図面.bin" in "".join(page.text for page in pages if not page.blocks)
    second = next(page for page in pages if "five" in page.text)
    assert place_of(second, 0, 5).shown == "手順.pdf, page 2"
    assert second.boxes
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))


@pytest.mark.parametrize(("encoding", "first", "second"), [
    ("cp932", "規程", "表１"), ("cp932", "ソ能", "予定"), ("gb18030", "规定", "价格"),
    ("big5", "規定", "價格"),
])  # fmt: skip
def test_names_in_an_encoding_of_their_country_are_read(
    tmp_path: Path, encoding: str, first: str, second: str
) -> None:
    pages = read(tmp_path / "a", zipped((first, "one"), (second, "two"), encoding=encoding))
    assert [page.name for page in pages] == [first, second]


@pytest.mark.parametrize("make", [zipped, packed])
def test_names_that_lead_out_of_the_archive_lead_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: object
) -> None:
    monkeypatch.setattr("py7zr.py7zr.check_archive_path", lambda name: True)  # it would write none
    names = [
        "../../out.txt",
        "/etc/out.txt",
        "C:\\Windows\\out.txt",
        "..\\..\\out2.txt",
        "a/../b.txt",
        "in.txt",
    ]
    pages = read(tmp_path / "a", make(*((name, name) for name in names)))  # type: ignore[operator]
    assert not any(part in ("..", "C:") for page in pages for part in page.name.split("/"))
    assert "in.txt" in [page.name for page in pages]
    assert len(pages) + len(unread(pages)) >= len(names)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a"]


def test_archives_and_mails_stand_in_archives(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = "a@x.jp", "b@x.jp", "件", "<1@x.jp>"
    mail.set_content("本文です。")
    mail.add_attachment(
        zipped(("内.txt", "いちばん内側")), maintype="application", subtype="zip", filename="内.zip"
    )
    pages = read(tmp_path / "a", zipped(("外.7z", packed(("送信.eml", mail.as_bytes())))))
    assert [page.name for page in pages] == ["外.7z: 送信.eml", "外.7z: 送信.eml: 内.zip: 内.txt"]
    deep = zipped(("x.txt", "the end"))
    for _ in range(14):
        deep = zipped(("x.zip", deep))
    pages = read(tmp_path / "a", deep)
    assert "the end" not in "".join(page.text for page in pages)
    assert unread(pages)


def test_what_unfolds_beyond_measure_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = bytes(archives.RATIO_FROM + 1)
    for make in (zipped, packed):
        with pytest.raises(TooMuchInFile, match="400-fold"):
            read(tmp_path / "a", make(("bomb.txt", bomb)))
    monkeypatch.setattr(archives, "MOST_MEMBERS", 3)
    for make in (zipped, packed):
        with pytest.raises(TooMuchInFile, match="3"):
            read(tmp_path / "a", make(*((f"{number}.txt", "x") for number in range(4))))
    monkeypatch.setattr(archives, "MOST_BYTES", 10)
    for make in (zipped, packed):
        with pytest.raises(TooMuchInFile):
            read(tmp_path / "a", make(("a.txt", "x" * 11)))
    monkeypatch.undo()
    monkeypatch.setattr(archives, "LARGEST_MEMBER", 10)
    for make in (zipped, packed):
        pages = read(tmp_path / "a", make(("a.txt", "x" * 11), ("b.txt", "short")))
        assert ([page.text for page in pages if page.blocks], unread(pages)) == (["short"], ["a.txt"])


def test_a_member_that_is_larger_than_it_says_costs_itself_alone(tmp_path: Path) -> None:
    content = bytearray(zipped(("a.txt", "x" * 5000), ("b.txt", "whole")))
    place = content.index(b"PK\x01\x02")
    content[place + 24 : place + 28] = (10).to_bytes(4, "little")
    pages = read(tmp_path / "a", bytes(content))
    assert "whole" in [page.text for page in pages]
    assert unread(pages) == ["a.txt"]


def enciphered() -> bytes:
    """An archive of which each member says that it is enciphered."""
    content = bytearray(zipped(("a.txt", "secret"), ("b.txt", "secret")))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = -1
        while (place := content.find(mark, place + 1)) >= 0:
            content[place + offset] |= 1
    return bytes(content)


def test_what_is_enciphered_asks_for_its_password(tmp_path: Path) -> None:
    with pytest.raises(FileEncrypted, match=r"a\.zip"):
        read(tmp_path / "a", enciphered())
    with pytest.raises((PasswordWrong, FileDamaged)):
        assert unread(read(tmp_path / "a", enciphered(), password="wrong")) == []
        raise PasswordWrong(name="a.zip")
    for hidden in (False, True):
        content = packed(("秘密.txt", "会議は十時"), password="開", hidden=hidden)
        with pytest.raises(FileEncrypted):
            read(tmp_path / "a", content)
        with pytest.raises(PasswordWrong):
            read(tmp_path / "a", content, password="閉")
        assert [page.text for page in read(tmp_path / "a", content, password="開")] == ["会議は十時"]


def test_damaged_archives_say_so(tmp_path: Path) -> None:
    for whole in (zipped(*MEMBERS), packed(*[member for member in MEMBERS if not member[0].endswith("/")])):
        for start in range(40, len(whole), 61):
            path = tmp_path / "a"
            path.write_bytes(whole[:start] + b"\xff" * 9 + whole[start + 9 :])
            for kind in (ZIP,) if whole.startswith(b"PK") else (SEVEN_ZIP,):
                try:
                    list(pages_of(path, "a.zip", kind, ReadingRequest(5000)))
                except ShokoError as error:
                    assert "a.zip" in str(error)
