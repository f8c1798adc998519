"""Bytes become the text that was meant: by what they declare, unless they are something else."""

from __future__ import annotations

import pytest

from language.encodings import decoded

JAPANESE = "社宅の使用料は①月額二万円とし、㈱青葉の従業員に限る。"
CHINESE = "员工宿舍的使用费为每月二百元，仅限本公司正式员工申请。"
TAIWANESE = "員工宿舍的使用費為每月二百元，僅限本公司正式員工申請。"
WESTERN = "Naïve guests pay 30 € – “once” – at the Café Müller."


@pytest.mark.parametrize(
    "declared", ["shift_jis", "x-sjis", "windows-31j", "iso-8859-1", "utf-8", "gb2312", ""]
)
def test_japanese_of_windows(declared: str) -> None:
    assert decoded(JAPANESE.encode("cp932"), declared) == JAPANESE


@pytest.mark.parametrize("declared", ["gb2312", "GBK", "iso-8859-1", "utf-8", "us-ascii", ""])
def test_simplified_chinese(declared: str) -> None:
    assert decoded(CHINESE.encode("gb18030"), declared) == CHINESE


@pytest.mark.parametrize("declared", ["big5", "iso-8859-1", ""])
def test_traditional_chinese(declared: str) -> None:
    assert decoded(TAIWANESE.encode("cp950"), declared) == TAIWANESE


@pytest.mark.parametrize(
    "declared", ["iso-8859-1", "latin1", "us-ascii", "iso-8859-15", "windows-1252", "utf-8", ""]
)
def test_western_text_of_windows_whatever_it_declares(declared: str) -> None:
    assert decoded(WESTERN.encode("cp1252"), declared) == WESTERN


@pytest.mark.parametrize(
    "declared", ["shift_jis", "gb2312", "iso-8859-1", "euc-jp", "utf-16", "unicode_escape", "x"]
)
def test_utf_8_behind_any_name(declared: str) -> None:
    assert decoded(JAPANESE.encode(), declared) == JAPANESE


@pytest.mark.parametrize(
    ("encoding", "declared", "text"),
    [
        ("cp1251", "windows-1251", "Плата за общежитие"), ("koi8_r", "koi8-r", "Плата за общежитие"),
        ("cp949", "ks_c_5601-1987", "기숙사 사용료 똠"), ("euc_jp", "x-euc-jp", "社宅の使用料"),
        ("cp1254", "iso-8859-9", "Ücret aylık ödenir, şube"), ("iso8859_2", "iso-8859-2", "Příspěvek"),
    ],
)  # fmt: skip
def test_other_charsets_count_as_they_are_declared(encoding: str, declared: str, text: str) -> None:
    assert decoded(text.encode(encoding), declared) == text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"\x1b(IC=D\x1b(B end", "ﾃｽﾄ end"),
        (b"\x0eC=D\x0f end \x1b$B$\"\x1b(B", "ﾃｽﾄ end あ"),
        (b"\x1b$B-j\x1b(B Aoba", "㈱ Aoba"),
        (b"\x1b$B-!\n-\"\x1b(B", "①\n②"),
    ],
)  # fmt: skip
def test_signs_of_windows_and_half_width_kana_in_japanese_mail(content: bytes, text: str) -> None:
    assert decoded(content, "iso-2022-jp") == text
