"""What looks like personal data is told to a space's managers alone, masked, where they chose so."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from making import add, client_of, finish_work, person, settings_in, space_named, upload
from serving import served
from sqlalchemy import func, select

from api.app import make_app
from contract.values import PersonalKind, Role
from core.identity.accounts import sign_in
from core.models import PersonalDataFound
from ingest.personal.finding import personal_data
from ingest.personal.watch import masked
from operations.library import Library, open_library

# Numbers of nobody: made here, with their check digits.
MY_NUMBER, CARD, RESIDENT = "1234 5678 9018", "4111-1111-1111-1111", "11010519491231002X"
TEXT = f"マイナンバー {MY_NUMBER}、電話 090-1234-5678、taro@example.co.jp まで。\n"


@pytest.mark.fast
@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (f"番号は {MY_NUMBER} です", [PersonalKind.MY_NUMBER]),
        ("個人番号：１２３４５６７８９０１８", [PersonalKind.MY_NUMBER]),
        ("個人番号：123456789019", []),  # its check digit is wrong
        ("伝票番号 123456789018", []),  # ungrouped, and nothing speaks of such a number
        (f"Card {CARD}, 12/29", [PersonalKind.CARD]),
        ("Card 4111 1111 1111 1112", []),
        ("3530111333300000", [PersonalKind.CARD]),
        (f"身份证 {RESIDENT}", [PersonalKind.RESIDENT_ID]),
        ("身份证 110105194912310021", []),
        ("携帯：０９０－１２３４－５６７８", [PersonalKind.PHONE]),
        ("TEL 03-1234-5678 / 代表 (06) 1234-5678", [PersonalKind.PHONE, PersonalKind.PHONE]),
        ("手机 138 1234 5678", [PersonalKind.PHONE]),
        ("Call +81 3 1234 5678.", [PersonalKind.PHONE]),
        ("2026-04-01 から 2027-03-31 まで", []),
        ("第3-12-4号、12-34-5678", []),
        ("送り先は Taro.Yamada+x@sub.example.co.jp。", [PersonalKind.MAIL]),
        ("user@localhost, a@b", []),
        ("みずほ銀行 本店 普通 1234567 ヤマダタロウ", [PersonalKind.ACCOUNT]),
        ("口座番号：1234567", [PersonalKind.ACCOUNT]),
        ("账号：6222 0212 3456 7890 123", [PersonalKind.ACCOUNT]),
        ("IBAN DE89 3704 0044 0532 0130 00", [PersonalKind.ACCOUNT]),
        ("IBAN DE89 3704 0044 0532 0130 01", []),
        ("普通に1234567回", []),
        ("", []),
    ],
)
def test_numbers_count_by_check_digit_and_form(text: str, kinds: list[PersonalKind]) -> None:
    data = personal_data(text)
    assert [datum.kind for datum in data] == kinds
    assert all(0 <= datum.start < datum.end <= len(text) for datum in data)


@pytest.mark.fast
def test_what_is_shown_is_masked() -> None:
    assert masked("090-1234-5678") == "09•-••••-••78"
    assert masked("a@b.c") == "•@•.•"


@pytest.fixture
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Library, str]]:
    settings = settings_in(tmp_path_factory.mktemp("personal"), embedder="none")
    with (
        open_library(settings, load_models=False) as library,
        served(make_app(library, work=False)) as door,
    ):
        space_named(library.sessions, "Staff")
        yield library, door


def _client(library: Library, door: str, role: Role) -> httpx.Client:
    who = person(library.sessions, f"the {role}", Staff=role)
    with library.sessions.write() as session:
        return client_of(door, sign_in(session, who.user_id))


PATH = "/api/spaces/Staff/personal-data"


def test_nothing_is_looked_for_until_a_manager_chooses_so(office: tuple[Library, str]) -> None:
    library, door = office
    document = add(library, "staff.txt", TEXT, space="Staff")
    with _client(library, door, Role.MANAGER) as manager, _client(library, door, Role.AUTHOR) as author:
        assert manager.get(PATH).json() == {"on": False, "since": None, "found": [], "more": 0}
        assert author.get(PATH).status_code == author.put(PATH, json={"on": True}).status_code == 403
        listing = manager.put(PATH, json={"on": True}).json()
        assert [(datum["kind"], datum["document_id"], datum["page"]) for datum in listing["found"]] == [
            ("my_number", document, 1), ("phone", document, 1), ("mail", document, 1)
        ]  # fmt: skip
        assert MY_NUMBER not in str(listing) and "1234-56" not in str(listing)
        later = upload(library, "later.txt", "問い合わせ先 03-9876-5432", space="Staff")
        finish_work(library)
        assert later.document.id in {datum["document_id"] for datum in manager.get(PATH).json()["found"]}
        assert manager.put(PATH, json={"on": False}).json()["found"] == []
    with library.sessions.read() as session:
        assert session.scalar(select(func.count()).select_from(PersonalDataFound)) == 0


def test_documents_that_the_manager_may_not_read_are_not_told(office: tuple[Library, str]) -> None:
    """Reader lists let managers in; a file's own rights may not."""
    from core.models import Document, FileRights
    from core.rights.gates import gate, id_of, packed, together

    library, door = office
    document = add(library, "staff.txt", TEXT, space="Staff")
    text = packed(together(frozenset({gate([(True, "S-1-5-21-9-9-9-9")])})))
    with library.sessions.write() as session:
        session.add(FileRights(id=id_of(text), gates=text))
        session.flush()
        session.get_one(Document, document).file_rights_id = id_of(text)
    with _client(library, door, Role.MANAGER) as manager:
        listing = manager.put(PATH, json={"on": True}).json()
        assert (listing["found"], listing["more"]) == ([], 0)
    with client_of(door, library.command_token) as admin:
        assert len(admin.get(PATH).json()["found"]) == 3
