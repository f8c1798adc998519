"""Whom to invite, out of lists as mail programs and spreadsheets make them."""

import csv

import pytest

from ui.connection import address_for_others, is_of_this_computer
from ui.invitees import as_table, from_table, from_text

pytestmark = pytest.mark.fast


def test_addresses_are_taken_out_of_what_a_mail_program_copies() -> None:
    text = 'Taro Yamada <taro@a.example>, "Sato" <sato@a.example>;\n李明、li@a.example\ntaro@a.example'
    assert [name for name, _ in from_text(text)] == [
        "taro@a.example",
        "sato@a.example",
        "李明",
        "li@a.example",
    ]


@pytest.mark.parametrize(
    ("content", "language"),
    [
        ("氏名,グループ\r\n山田 太郎,営業部;管理職\r\n佐藤,\r\n".encode("cp932"), "ja"),
        ("\ufeffname\tgroup\n山田 太郎\t営業部/管理職\n佐藤\n".encode(), "en"),
        ("山田 太郎;営業部;管理職\n\n佐藤\n".encode(), "zh"),
    ],
)
def test_a_table_gives_names_with_their_groups(content: bytes, language: str) -> None:
    assert from_table(content, language) == [("山田 太郎", ("営業部", "管理職")), ("佐藤", ())]


def test_a_picture_is_no_table() -> None:
    with pytest.raises((UnicodeDecodeError, csv.Error)):
        from_table(b"\x89PNG\r\n\x81\x8d\xff\xfe", "en")


def test_links_go_into_a_table_that_runs_nothing() -> None:
    written = as_table([("=cmd()", "http://a/1"), ("佐藤", "http://a/2")]).decode("utf-8-sig")
    assert written == "'=cmd(),http://a/1\r\n佐藤,http://a/2\r\n"


@pytest.mark.parametrize(
    ("link", "page", "given"),
    [
        ("http://127.0.0.1:8750/sign-in/x", "http://archive:8751/people", "http://archive:8750/sign-in/x"),
        ("http://127.0.0.1:8750/sign-in/x", "http://localhost:8751/", "http://127.0.0.1:8750/sign-in/x"),
        ("https://shoko.example/sign-in/x", "http://archive:8751/", "https://shoko.example/sign-in/x"),
        ("http://[::1]:8750/sign-in/x", "http://[fd00::1]:8751/", "http://[fd00::1]:8750/sign-in/x"),
    ],
)
def test_a_link_has_the_name_by_which_others_reach_the_server(link: str, page: str, given: str) -> None:
    assert address_for_others(link, page) == given


def test_the_addresses_of_this_computer_are_known() -> None:
    assert all(
        map(
            is_of_this_computer,
            ("http://127.0.0.1:1/", "http://localhost/", "http://[::1]:1/", "http://127.8.0.1"),
        )
    )
    assert not is_of_this_computer("http://archive:1/")
