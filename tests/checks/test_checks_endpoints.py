"""The HTTP door of checks: access first, names are no paths, a pack that is sent opens no file here."""

from __future__ import annotations

import io
from typing import Any

import docx
import httpx
import openpyxl
import pytest
from making import add, administrator, client_of, pdf, person
from PIL import Image
from sqlalchemy import delete, select, update

from contract.values import Role
from core.identity.accounts import sign_in
from core.models import Check, Grant, User, now
from ingest.lifecycle.erasure import erase_document
from operations.library import Library
from operations.maintenance import keep_once

RULES = "version: 1\npack: p\nrules:\n- {id: X, kind: pattern, pattern: 悪い}\n"


def test_a_file_is_checked_against_a_pack_that_is_sent(client: httpx.Client) -> None:
    files = {"file": ("a.md", "これは悪い。".encode()), "rules": ("p.yml", RULES.encode())}
    answer = client.post("/api/checks", files=files, data={"language": "ja"})
    assert answer.status_code == 200, answer.text
    (finding,) = answer.json()["findings"]
    assert (finding["rule"], finding["place"]["column"], finding["quote"]) == ("X", 4, "悪い")
    assert answer.json()["rules"] == [{"id": "X", "ran": True, "why": "", "state": "ran", "findings": 1}]


def test_packs_are_listed_and_names_are_no_paths(client: httpx.Client) -> None:
    assert "jtf" in [pack["name"] for pack in client.get("/api/packs").json()]
    answer = client.post("/api/checks", files={"file": ("a.md", b"x")}, data={"pack": "../../etc/passwd"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_value")


@pytest.mark.parametrize(
    "name", ["a" * 4000 + ".md", "a\0b.md", "a\x1b[31m\x85.md", "a\u202edm.md", "../../a.md", "..\\..\\a.md"]
)
def test_a_file_of_any_name_is_called_by_what_is_harmless_of_it(client: httpx.Client, name: str) -> None:
    part = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\nx\r\n'
    pack = '--x\r\nContent-Disposition: form-data; name="pack"\r\n\r\njtf\r\n--x--\r\n'
    head = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = client.post("/api/checks", content=(part + pack).encode(), headers=head)
    assert answer.status_code == 200, answer.text
    called = answer.json()["document"]
    assert called.isprintable() and called.endswith(".md") and len(called) <= 255
    assert "/" not in called and "\\" not in called


def test_a_pack_that_is_sent_includes_nothing(client: httpx.Client) -> None:
    for text in ("version: 1\npack: p\ninclude: [{prh: /etc/hosts}]\n", "version: 1\nimports: /etc/hosts\n"):
        files = {"file": ("a.md", b"x"), "rules": ("p.yml", text.encode())}
        answer = client.post("/api/checks", files=files)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_value")


def test_a_mistake_in_a_pack_is_told_with_its_place(client: httpx.Client) -> None:
    files = {"file": ("a.md", b"x"), "rules": ("p.yml", RULES.replace("kind", "kidn").encode())}
    answer = client.post("/api/checks", files=files)
    assert answer.status_code == 422
    assert answer.json()["error"]["values"]["place"].startswith("p.yml:4:")


def test_a_document_that_may_not_be_read_is_not_there(library: Library, client: httpx.Client) -> None:
    assert client.post("/api/documents/0000000000000000/check", params={"pack": "jtf"}).status_code == 404


# What a person does with findings.

TWO = RULES + "- {id: T, kind: terms, rules: [{expected: お客様, pattern: 顧客様}]}\n"


def test_findings_are_settled_and_stay_so_when_the_file_is_sent_again(client: httpx.Client) -> None:
    made = sent(client, "a.md", "悪い。\n\n悪い本。\n\n顧客様へ。\n".encode(), TWO)
    assert (made["settled"], made["to_settle"]) == (0, 3)
    path = f"/api/checks/{made['id']}"
    ignored = client.post(f"{path}/settled", json={"state": "ignored", "findings": [1]}).json()
    assert [each["state"] for each in ignored["findings"]] == ["ignored", "open", "open"]
    accepted = client.post(f"{path}/settled", json={"state": "accepted", "rules": ["T*"]}).json()
    assert (accepted["settled"], accepted["to_settle"]) == (2, 3)
    again = sent(client, "a.md", "悪い。\n\n良い本。\n\n顧客様へ。\n".encode(), TWO, after=made["id"])
    assert [(each["rule"], each["state"]) for each in again["findings"]] == [
        ("X", "ignored"),
        ("T", "accepted"),
    ]
    assert (again["settled"], again["to_settle"]) == (3, 3)  # one is gone: it counts as fixed
    path = f"/api/checks/{again['id']}"
    opened = client.post(f"{path}/settled", json={"state": "open", "rules": ["*"]}).json()
    assert (opened["settled"], opened["to_settle"]) == (1, 3)


def test_fixes_are_seen_and_chosen_over_http(client: httpx.Client) -> None:
    made = sent(client, "a.md", "これを顧客様へ。\n\n顧客様と悪い人。\n".encode(), TWO)
    path = f"/api/checks/{made['id']}"
    shown = client.get(f"{path}/fixes").json()
    assert [(each["before"], each["quote"], each["fix"], each["after"]) for each in shown] == [
        ("これを", "顧客様", "お客様", "へ。"), ("", "顧客様", "お客様", "と悪い人。"),
    ]  # fmt: skip
    assert not any(each["safe"] for each in shown)
    number = shown[1]["finding"]
    file = client.post(f"{path}/fixed-file", json={"findings": [number]})
    assert file.content.decode() == "これを顧客様へ。\n\nお客様と悪い人。\n"
    copy = client.get(f"/api/checks/{file.headers['X-Check']}").json()
    assert (copy["fixes"], copy["settled"], copy["to_settle"]) == (1, 1, 3)
    assert client.post(f"{path}/fixes", json={"rules": ["T"]}).json()["applied"] == 2
    for body, status in (({"findings": [9]}, 422), ({"rules": ["Z"]}, 422), ({"rules": ["X"]}, 409)):
        assert client.post(f"{path}/fixes", json=body).status_code == status
    assert client.post(f"{path}/settled", json={"state": "ignored"}).status_code == 422


# What is kept for a short time.


def sent(client: httpx.Client, name: str, content: bytes, rules: str = RULES, **data: str) -> dict[str, Any]:
    files = {"file": (name, content), "rules": ("p.yml", rules.encode())}
    answer = client.post("/api/checks", files=files, data=data)
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    return report


def another(library: Library, door: str) -> httpx.Client:
    with library.sessions.write() as session:
        session.add(user := User(name="another"))
        session.flush()
        token = sign_in(session, user.id)
    return client_of(door, token)


def test_nobody_but_its_sender_reads_a_check(library: Library, client: httpx.Client, door: str) -> None:
    made = sent(client, "秘密の報告.md", "これは悪い。".encode())
    paths = ["", "/pages", "/pages/1", "/report", "/file", "/waivers", "/baseline"]
    assert [client.get(f"/api/checks/{made['id']}{path}").status_code for path in paths] == [200] * 7
    with another(library, door) as other:
        assert [other.get(f"/api/checks/{made['id']}{path}").status_code for path in paths] == [404] * 7
        settled = {"state": "ignored", "rules": ["*"]}
        assert other.post(f"/api/checks/{made['id']}/settled", json=settled).status_code == 404
        assert other.get(f"/api/checks/{made['id']}/fixes").status_code == 404
        for path in ("fixes", "fixed-file"):
            assert other.post(f"/api/checks/{made['id']}/{path}", json={}).status_code == 404
        again = {"file": ("a.md", "これは悪い。".encode()), "rules": ("p.yml", RULES.encode())}
        assert other.post("/api/checks", files=again, data={"after": made["id"]}).status_code == 404
        assert other.get("/api/checks").json() == []
        assert other.delete(f"/api/checks/{made['id']}").status_code == 404
    assert [check["document"] for check in client.get("/api/checks").json()] == ["秘密の報告.md"]
    assert client.get(f"/api/checks/{made['id']}/file").content == "これは悪い。".encode()


def test_a_check_is_erased_when_its_time_is_over_or_its_sender_says_so(
    library: Library, client: httpx.Client
) -> None:
    folders = library.files.check("x").parent
    now_gone, later = (sent(client, name, "悪い".encode())["id"] for name in ("a.txt", "b.txt"))
    assert client.delete(f"/api/checks/{now_gone}").status_code == 204
    assert [folder.name for folder in folders.iterdir()] == [later]
    with library.sessions.write() as session:
        session.execute(update(Check).values(expires_at=now()))
    assert client.get(f"/api/checks/{later}").status_code == 404  # before anything swept it away
    keep_once(library)
    assert list(folders.iterdir()) == []
    with library.sessions.read() as session:
        assert session.scalars(select(Check)).all() == []


def test_a_check_that_fails_or_is_not_to_be_kept_leaves_nothing(
    library: Library, client: httpx.Client
) -> None:
    folders = library.files.check("x").parent
    made = sent(client, "a.md", "悪い".encode(), keep="false")
    assert (made["id"], made["expires_at"], made["total"]) == ("", None, 1)
    files = {"file": ("broken.docx", b"PK\x03\x04 no archive"), "rules": ("p.yml", RULES.encode())}
    assert client.post("/api/checks", files=files).status_code == 422
    assert list(folders.iterdir()) == []


def test_findings_are_filtered_and_told_in_another_language(client: httpx.Client) -> None:
    rules = (
        RULES + "- {id: Y, kind: pattern, pattern: ひどい, level: warning, message: {ja: だめ, zh: 不行}}\n"
    )
    made = sent(client, "a.md", "悪い。\n\nひどい。悪い。\n".encode(), rules)
    assert made["levels"] == {"error": 2, "warning": 1, "info": 0}
    path = f"/api/checks/{made['id']}"
    chosen = client.get(path, params={"rule": "Y", "language": "zh"}).json()
    assert [(finding["number"], finding["message"]) for finding in chosen["findings"]] == [(2, "不行")]
    assert chosen["total"] == 3
    errors = client.get(path, params={"level": "error", "language": "ja"}).json()["findings"]
    assert [error["number"] for error in errors] == [1, 3]
    assert "悪い" in errors[0]["message"]


def test_a_pdf_shows_its_findings_in_boxes_on_pictures(client: httpx.Client) -> None:
    rules = "version: 1\npack: p\nrules:\n- {id: X, kind: pattern, pattern: utilise}\n"
    made = sent(client, "a.pdf", pdf("Nothing here.", "We utilise a pump."), rules)
    path = f"/api/checks/{made['id']}/pages"
    views = client.get(path).json()
    assert [(view["number"], view["findings"], view["picture"]) for view in views] == [
        (1, 0, True),
        (2, 1, True),
    ]
    page = client.get(f"{path}/2").json()
    (box,) = page["boxes"]
    left, top, right, bottom = box["box"]
    assert box["finding"] == 1
    assert 0 < left < right < page["width"] == pytest.approx(595, abs=1)
    assert 0 < top < bottom < 100
    (piece,) = [piece for piece in page["pieces"] if piece["marks"]]
    _, start, end = piece["marks"][0]
    assert piece["text"][start:end] == "utilise"
    picture = client.get(f"{path}/2/picture", params={"width": 300})
    assert picture.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(picture.content)).width == 300
    assert client.get(f"{path}/3").status_code == 404


def test_a_format_without_pages_shows_its_findings_in_its_text(client: httpx.Client) -> None:
    made = sent(client, "a.md", "# 題\n\nこれは悪い。\n".encode())
    path = f"/api/checks/{made['id']}/pages"
    (view,) = client.get(path).json()
    assert (view["kind"], view["picture"], view["findings"]) == ("text", False, 1)
    assert client.get(f"{path}/1/picture").status_code == 404
    page = client.get(f"{path}/1").json()
    assert [(piece["text"], piece["place"], piece["marks"]) for piece in page["pieces"]] == [
        ("題", "1:3", []),
        ("これは悪い。", "3:1", [[1, 3, 5]]),
    ]


def test_sheets_and_slides_are_pages(client: httpx.Client) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].title = "甲"
    book.create_sheet("乙")["B2"] = "悪い"
    stream = io.BytesIO()
    book.save(stream)
    made = sent(client, "a.xlsx", stream.getvalue())
    assert [(finding["page"], finding["shown_place"]) for finding in made["findings"]] == [(2, "乙!B2")]
    views = client.get(f"/api/checks/{made['id']}/pages").json()
    assert [(view["kind"], view["name"], view["findings"]) for view in views] == [
        ("sheet", "甲", 0),
        ("sheet", "乙", 1),
    ]


def test_every_report_is_a_download_of_its_form(client: httpx.Client) -> None:
    document = docx.Document()
    document.add_paragraph("これは悪い。")
    stream = io.BytesIO()
    document.save(stream)
    made = sent(client, "稟議 1.docx", stream.getvalue())
    assert made["reports"] == ["html", "json", "sarif", "junit", "docx"]
    for form in made["reports"]:
        answer = client.get(f"/api/checks/{made['id']}/report", params={"form": form, "language": "ja"})
        assert answer.status_code == 200, answer.text
        assert "attachment" in answer.headers["content-disposition"]
        assert b"PK" in answer.content if form == "docx" else "悪い" in answer.text
    refused = client.get(f"/api/checks/{made['id']}/report", params={"form": "pdf"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "bad_value")


def test_a_mended_copy_is_a_check_of_its_own(client: httpx.Client) -> None:
    rules = (
        "version: 1\npack: p\nrules:\n- {id: X, kind: pattern, pattern: 悪い}\n"
        "- {id: T, kind: terms, rules: [{expected: お客様, pattern: 顧客様}], fix: safe}\n"
    )
    made = sent(client, "a.md", "顧客様は悪い。\n".encode(), rules)
    assert (made["fixable"], made["can_fix"], made["fixes"]) == (1, True, 0)
    fixed = client.post(f"/api/checks/{made['id']}/fixes").json()
    assert (fixed["applied"], fixed["left"]) == (1, 1)
    copy = client.get(f"/api/checks/{fixed['check']}").json()
    assert ([finding["rule"] for finding in copy["findings"]], copy["fixes"]) == (["X"], 1)
    file = client.get(f"/api/checks/{fixed['check']}/file")
    assert file.text == "お客様は悪い。\n"
    assert "a-fixed.md" in file.headers["content-disposition"]
    assert client.get(f"/api/checks/{made['id']}/file").text == "顧客様は悪い。\n"


def test_waivers_and_baselines_of_one_check_serve_the_next(client: httpx.Client) -> None:
    content = "これは悪い。\n".encode()
    made = sent(client, "a.md", content)
    path = f"/api/checks/{made['id']}"
    order = {
        "fingerprint": made["findings"][0]["fingerprint"],
        "reason": "It is a quote",
        "until": "2999-01-01",
    }
    passed = client.post(f"{path}/waivers", json=order).json()
    assert ([finding["quote"] for finding in passed["waived"]], passed["findings"]) == (["悪い"], [])
    lists = {"waivers": client.get(f"{path}/waivers").content}
    assert client.post(f"{path}/waivers", json=order | {"reason": "x"}).status_code == 422
    lists["baseline"] = client.get(f"/api/checks/{sent(client, 'a.md', content)['id']}/baseline").content
    for name, text in lists.items():
        files = {"file": ("a.md", content), "rules": ("p.yml", RULES.encode()), name: (name, text)}
        again = client.post("/api/checks", files=files).json()
        assert (again["total"], [finding["quote"] for finding in again["waived"]]) == (0, ["悪い"]), name
        answer = client.post("/api/checks", files=files | {"file": ("a.md", content * 2)}).json()
        assert answer["total"] == (0 if name == "waivers" else 1) + (name == "waivers"), name


def test_a_pack_of_a_space_is_there_for_its_readers(
    library: Library, client: httpx.Client, door: str
) -> None:
    files = {"rules": ("acme.yml", RULES.replace("pack: p", "pack: acme").encode())}
    assert client.post("/api/spaces/General/packs", data={"pack": "jtf"}).status_code == 201
    own = client.post("/api/spaces/General/packs", files=files).json()
    again = client.post("/api/spaces/General/packs", files=files).json()
    named = client.get("/api/spaces/General/packs").json()
    assert [(pack["name"], pack["ships"], pack["rules"]) for pack in named[:1]] == [("acme", False, 1)]
    assert len(named) == 2
    assert own["id"] != again["id"]
    (listed,) = [pack for pack in client.get("/api/packs").json() if not pack["ships"]]
    assert (listed["id"], listed["space"]) == (again["id"], "General")
    detail = client.get(f"/api/packs/{again['id']}").json()
    assert [(rule["id"], rule["kind"]) for rule in detail["rule_list"]] == [("X", "pattern")]
    data = {"pack": again["id"]}
    answer = client.post("/api/checks", files={"file": ("a.md", "悪い".encode())}, data=data).json()
    assert (answer["pack"], answer["total"]) == ("acme", 1)
    with another(library, door) as other:
        assert all(pack["ships"] for pack in other.get("/api/packs").json())
        refused = other.post("/api/checks", files={"file": ("a.md", b"x")}, data=data)
        assert refused.status_code == 422
    assert client.delete(f"/api/spaces/General/packs/{again['id']}").status_code == 204
    assert [pack["name"] for pack in client.get("/api/spaces/General/packs").json()] == ["jtf"]


def test_a_document_is_checked_by_the_packs_and_waivers_of_its_space(
    library: Library, client: httpx.Client, door: str
) -> None:
    document = add(library, "a.md", "これは悪い。")
    path = f"/api/documents/{document}/check"
    assert client.post(path).json()["error"]["code"] == "bad_value"  # there is no pack yet
    client.post("/api/spaces/General/packs", files={"rules": ("acme.yml", RULES.encode())})
    made = client.post(path).json()
    assert (made["total"], made["document_id"]) == (1, document)
    order = {"rule": "X", "document": "a.md", "reason": "It is a quote", "until": "2999-01-01"}
    waiver = client.post("/api/spaces/General/waivers", json=order).json()
    assert client.get(f"/api/checks/{made['id']}").json()["total"] == 0  # it counts at once
    assert [waiver["reason"] for waiver in client.get("/api/spaces/General/waivers").json()] == [
        "It is a quote"
    ]
    assert client.delete(f"/api/spaces/General/waivers/{waiver['id']}").status_code == 204
    assert client.get(f"/api/checks/{made['id']}").json()["total"] == 1
    reader = person(library.sessions, "reader", General=Role.READER)
    with library.sessions.write() as session:
        session.execute(update(Grant).where(Grant.user_id == reader.user_id).values(may_download=False))
        token = sign_in(session, reader.user_id)
    with client_of(door, token) as other:
        mine = other.post(path).json()
        allowed = {"": 200, "/pages/1": 200, "/report": 200, "/file": 403}
        assert {end: other.get(f"/api/checks/{mine['id']}{end}").status_code for end in allowed} == allowed
        assert other.post(f"/api/checks/{mine['id']}/fixes").status_code == 403
        with library.sessions.write() as session:
            session.execute(delete(Grant).where(Grant.user_id == reader.user_id))
        assert other.get(f"/api/checks/{mine['id']}").status_code == 404
        assert other.get("/api/checks").json() == []
    erase_document(administrator(library), library.sessions, library.files, library.index, document)
    assert client.get(f"/api/checks/{made['id']}").status_code == 404
    assert list(library.files.check("x").parent.iterdir()) == []


def test_no_more_than_some_checks_of_one_person_are_kept(
    library: Library, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checks.service.saved_checks.MOST_KEPT", 2)
    ids = [sent(client, f"{number}.md", b"x")["id"] for number in range(3)]
    assert [check["id"] for check in client.get("/api/checks").json()] == ids[:0:-1]
    assert {folder.name for folder in library.files.check("x").parent.iterdir()} == set(ids[1:])


# Term lists.


def term_list() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["誤", "正", "備考"], ["悪い", "良い", "言い換える"], [None, None, None], ["ﾃｽﾄ", "テスト"]):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_term_list_in_excel_is_a_pack_for_one_check_and_for_a_space(
    library: Library, client: httpx.Client
) -> None:
    files = {"file": ("a.md", "これは悪いﾃｽﾄ。".encode()), "rules": ("用語.xlsx", term_list())}
    made = client.post("/api/checks", files=files).json()
    assert [(finding["quote"], finding["fix"], finding["fix_is_safe"]) for finding in made["findings"]] == [
        ("悪い", "良い", True), ("ﾃｽﾄ", "テスト", True),
    ]  # fmt: skip
    assert made["pack"] == "用語"
    again = client.get(f"/api/checks/{made['id']}").json()  # the list is kept with the check
    assert again["total"] == 2
    (space,) = client.get("/api/spaces").json()
    added = client.post(f"/api/spaces/{space['id']}/packs", files={"rules": ("用語.xlsx", term_list())})
    assert (added.status_code, added.json()["name"]) == (201, "用語")
    own = next(pack for pack in client.get("/api/packs").json() if not pack["ships"])
    made = client.post("/api/checks", files={"file": files["file"]}, data={"pack": own["id"]}).json()
    assert [finding["quote"] for finding in made["findings"]] == ["悪い", "ﾃｽﾄ"]


def test_what_is_no_excel_file_is_refused_as_a_term_list(client: httpx.Client) -> None:
    files = {"file": ("a.md", b"x"), "rules": ("terms.xlsx", b"PK\x03\x04 no archive")}
    answer = client.post("/api/checks", files=files)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "file_damaged")
