"""Versions in force: by their dates, by hand, at midnight, as of another day; the rest is never quoted."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import docx
import httpx
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import add, administrator, finish_work, pdf, records_in, upload
from sqlalchemy import select

import core.access
import core.effective_dates
import ingest.lifecycle.effective_dates
import ingest.pipeline
import retrieval.index.search
from core.db import Sessions, open_database
from core.effective_dates import ALWAYS, in_force
from core.models import Document, Space, Version, VersionState, today
from ingest.lifecycle.effective_dates import set_dates, settle
from operations.library import Library
from retrieval.index.index import differences

FEE = "How much is the fee for a lost card?"
YESTERDAY, TOMORROW = today() - timedelta(1), today() + timedelta(1)


def fee(price: int, *more: str) -> str:
    return "\n\n".join([f"The fee for a lost card is {price} yuan.", *more])


def quoted(library: Library, as_of: date | None = None) -> list[str]:
    evidence, hits, _ = library.answerer.evidence(administrator(library), FEE, as_of=as_of)
    texts = {quote.text for quote in evidence.quotes}
    assert texts <= {sentence for hit in hits for sentence in hit.passage.text.split("\n")}
    return sorted(text for text in texts if text.startswith("The fee"))


def both_legs_agree(library: Library) -> None:
    compared = differences(library.sessions, library.index)
    assert compared.records == compared.words == compared.vectors == compared.embedded
    assert not compared.words_differ


def on_day(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    for module in (
        core.access,
        core.effective_dates,
        ingest.lifecycle.effective_dates,
        ingest.pipeline,
        retrieval.index.search,
    ):
        monkeypatch.setattr(module, "today", lambda: day)


def versions(library: Library) -> list[Version]:
    with library.sessions.read() as session:
        return list(session.scalars(select(Version).order_by(Version.number)))


def test_a_new_version_answers_and_the_old_one_only_as_of_its_days(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(library, "fee.txt", fee(50, "Effective date: 2020-01-01"))
    add(library, "fee.txt", fee(80, "Effective date: 2024-04-01"))
    assert quoted(library) == [fee(80)]
    assert quoted(library, date(2024, 4, 1)) == [fee(80)]
    assert quoted(library, date(2024, 3, 31)) == [fee(50)]
    assert quoted(library, date(2019, 12, 31)) == []
    both_legs_agree(library)


def test_a_version_of_the_future_answers_from_its_day_on_and_no_sooner(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(library, "fee.txt", fee(50))
    add(library, "fee.txt", fee(80, f"Effective date: {TOMORROW}"))
    assert quoted(library) == [fee(50)]
    assert quoted(library, TOMORROW) == [fee(80)]
    both_legs_agree(library)
    on_day(monkeypatch, TOMORROW)
    assert library.pipeline.work_once() is False
    assert quoted(library) == [fee(80)]
    assert quoted(library, YESTERDAY) == [fee(50)]
    both_legs_agree(library)


def test_what_has_ended_is_not_quoted_even_before_the_records_follow(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(library, "fee.txt", fee(50, f"Valid until: {today()}"))
    assert quoted(library) == [fee(50)]
    on_day(monkeypatch, TOMORROW)
    assert quoted(library) == []
    assert settle(library.sessions, library.index) == 1
    assert quoted(library) == []
    both_legs_agree(library)


def test_an_older_text_that_is_uploaded_later_does_not_take_the_place_of_the_newer_one(
    library: Library,
) -> None:
    add(library, "fee.txt", fee(80, "Effective date: 2024-04-01"))
    add(library, "fee.txt", fee(50, "Effective date: 2020-01-01"))
    assert quoted(library) == [fee(80)]
    assert quoted(library, date(2021, 1, 1)) == [fee(50)]
    both_legs_agree(library)


def test_dates_set_by_hand_count_at_once_and_stay_over_what_the_text_says(library: Library) -> None:
    document = add(library, "fee.txt", fee(50, "Effective date: 2020-01-01"))
    add(library, "fee.txt", fee(80, "Effective date: 2024-04-01"))
    _, new = versions(library)
    set_dates(administrator(library), library.sessions, library.index, document, new.id, first=TOMORROW)
    assert quoted(library) == [fee(50)]
    both_legs_agree(library)
    set_dates(administrator(library), library.sessions, library.index, document, new.id, first=None)
    assert quoted(library) == [fee(80)]
    set_dates(administrator(library), library.sessions, library.index, document, new.id, last=YESTERDAY)
    assert quoted(library) == []
    assert versions(library)[1].in_force_sources["until"]["source"] == "person"
    both_legs_agree(library)


def test_dates_over_http(library: Library, client: httpx.Client) -> None:
    document = add(library, "fee.txt", fee(50, "Effective date: 2020-01-01"))
    rows: list[dict[str, Any]] = client.get(f"/api/documents/{document}/versions").json()
    assert rows[0]["in_force_from"] == "2020-01-01"
    assert rows[0]["in_force_sources"]["from"] == {
        "source": "text", "quote": "Effective date: 2020-01-01", "page": 1,
    }  # fmt: skip
    path = f"/api/documents/{document}/versions/{rows[0]['id']}"
    changed = client.patch(path, json={"in_force_until": "2023-12-31"}).json()
    assert (changed["in_force_from"], changed["in_force_until"]) == ("2020-01-01", "2023-12-31")
    assert client.get("/api/search", params={"q": FEE}).json()["hits"] == []
    assert client.get("/api/search", params={"q": FEE, "as_of": "2023-12-31"}).json()["hits"]
    asked = client.post(
        "/api/questions", json={"question": FEE, "stream": False, "as_of": "2023-06-01"}
    ).json()
    # Of the version of that day, whatever a toy embedder makes the evidence worth.
    shown = [*asked["citations"], *asked["nearest"]]
    assert shown[0]["quote"] == fee(50) and asked["as_of"] == "2023-06-01"
    assert client.get(f"/api/questions/{asked['question_id']}").json()["as_of"] == "2023-06-01"
    wrong = client.patch(path, json={"in_force_from": "2024-01-01"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (422, "bad_value")
    assert client.patch(path, json={"in_force_until": None}).json()["in_force_until"] is None
    assert client.patch(f"/api/documents/{document}/versions/none", json={}).status_code == 404


def test_what_changed_between_two_versions_is_told_by_paragraph(
    library: Library, client: httpx.Client
) -> None:
    document = add(library, "fee.txt", fee(50, "The office opens at nine.", "Cards are blue."))
    add(library, "fee.txt", fee(80, "The office opens at nine.", "Visitors sign the book."))
    got = client.get(f"/api/documents/{document}/differences").json()
    assert (got["old"]["number"], got["new"]["number"]) == (1, 2)
    assert [change["kind"] for change in got["changes"]] == ["changed", "added", "removed"]
    new = got["changes"][0]["new"]
    assert [new["text"][start:end] for start, end in new["marks"]] == ["80"] and new["page"] == 1
    assert client.get(f"/api/documents/{document}/differences", params={"old": 9}).status_code == 404


def test_an_erased_document_leaves_no_version_in_the_archive(library: Library, client: httpx.Client) -> None:
    document = add(library, "fee.txt", fee(50, "Effective date: 2020-01-01"))
    add(library, "fee.txt", fee(80))
    assert client.delete(f"/api/documents/{document}").status_code == 204
    assert quoted(library, date(2021, 1, 1)) == []
    assert library.index.archive.count() == library.index.keywords.count() == 0
    assert library.index.vectors is not None and library.index.vectors.count() == 0


def test_a_version_published_out_of_order_and_together_with_its_successor(library: Library) -> None:
    upload(library, "fee.txt", fee(50, "Effective date: 2020-01-01"))
    upload(library, "fee.txt", fee(80, "Effective date: 2024-01-01"))
    finish_work(library)
    assert quoted(library) == [fee(80)]
    assert quoted(library, date(2020, 1, 1)) == [fee(50)]
    both_legs_agree(library)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sessions]:
    opened = open_database(records_in(tmp_path_factory.mktemp("force")))
    yield opened
    opened.close()


@given(
    st.lists(st.tuples(st.integers(0, 9), st.none() | st.integers(0, 9)), min_size=1, max_size=5),
    st.integers(0, 9),
)
def test_the_rule_agrees_with_its_sentence(
    records: Sessions, spans: list[tuple[int, int | None]], on: int
) -> None:
    """The one that began last; of equals the highest number; none where that one has ended."""
    start = date(2026, 1, 1)
    with records.read() as session:  # nothing of it is kept
        session.add(Space(id="s", name="s"))
        session.flush()
        session.add(Document(id="d", space_id="s", name="d"))
        session.flush()
        for number, (first, last) in enumerate(spans):
            session.add(
                Version(
                    id=f"v{number}", document_id="d", number=number, sha256="", size=1, created_by="x",
                    media_type="text/plain", state=VersionState.EMBEDDED,
                    starts_on=ALWAYS if first == 0 else start + timedelta(first),
                    in_force_until=None if last is None else start + timedelta(last),
                )
            )  # fmt: skip
        session.flush()
        in_force_now = list(session.scalars(select(Version.number).where(in_force(start + timedelta(on)))))
    begun = [(first, number) for number, (first, _) in enumerate(spans) if first <= on]
    expected = []
    if begun:
        last = spans[max(begun)[1]][1]
        expected = [max(begun)[1]] if last is None or last >= on else []
    assert in_force_now == expected


def with_properties(properties: dict[str, str]) -> bytes:
    """A Word file with those custom properties; its text names another day."""
    out = io.BytesIO()
    document = docx.Document()
    document.add_paragraph("This policy takes effect on 1 April 2020. Coffee is free.")
    document.save(out)
    said = "".join(
        f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{number}" name="{name}">'
        f"<vt:lpwstr>{value}</vt:lpwstr></property>"
        for number, (name, value) in enumerate(properties.items(), start=2)
    )
    with zipfile.ZipFile(out, "a") as archive:
        relations = archive.read("_rels/.rels").decode()
        office = "http://schemas.openxmlformats.org/officeDocument/2006"
        archive.writestr(
            "docProps/custom.xml",
            f'<Properties xmlns="{office}/custom-properties" xmlns:vt="{office}/docPropsVTypes">{said}'
            "</Properties>",
        )
        added = (
            f'<Relationship Id="rIdC" Type="{office}/relationships/custom-properties"'
            ' Target="docProps/custom.xml"/></Relationships>'
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the archive has two parts of that name now; the last one counts
            archive.writestr("_rels/.rels", relations.replace("</Relationships>", added))
    return out.getvalue()


def pdf_with_xmp(xmp: str, **information: str) -> bytes:
    writer = pypdf.PdfWriter(clone_from=pypdf.PdfReader(io.BytesIO(pdf("Effective date: 2020-04-01"))))
    writer.add_metadata({f"/{key}": value for key, value in information.items()})
    out = io.BytesIO()
    if xmp:
        writer.xmp_metadata = (
            '<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            f'<r:Description xmlns:pdfx="http://ns.adobe.com/pdfx/1.3/">{xmp}</r:Description></r:RDF>'
            "</x:xmpmeta>"
        ).encode()
    writer.write(out)
    return out.getvalue()


def test_dates_in_the_file_s_properties_count_more_than_its_text(library: Library) -> None:
    files = {
        "a.docx": with_properties({"Effective Date": "2026-04-01", "有効期限": "2030-03-31", "Author": "x"}),
        "b.pdf": pdf_with_xmp("", EffectiveDate="D:20260401090000", ValidUntil="2030-03-31"),
        "c.pdf": pdf_with_xmp("<pdfx:EffectiveDate>2026-04-01</pdfx:EffectiveDate>"
                              "<pdfx:ExpiryDate>31 March 2030</pdfx:ExpiryDate>"),
    }  # fmt: skip
    for name, content in files.items():
        document = add(library, name, content)
        with library.sessions.read() as session:
            (newest,) = session.scalars(select(Version).where(Version.document_id == document))
        assert (newest.in_force_from, newest.in_force_until) == (date(2026, 4, 1), date(2030, 3, 31)), name
        assert {source["source"] for source in newest.in_force_sources.values()} == {"properties"}


def test_properties_that_name_no_day_leave_the_text_its_word(library: Library) -> None:
    document = add(library, "a.docx", with_properties({"EffectiveDate": "soon", "Expires": "2019-01-01"}))
    with library.sessions.read() as session:
        (newest,) = session.scalars(select(Version).where(Version.document_id == document))
    assert newest.in_force_until == date(2019, 1, 1)
    assert newest.in_force_from is None  # the text's day lies after it: the file's own properties count more


def test_days_that_are_given_with_an_upload_count_more_than_the_file(
    library: Library, client: httpx.Client
) -> None:
    def send(**fields: str) -> httpx.Response:
        files = {"file": ("policy.txt", b"Effective date: 2020-04-01\n\nCoffee is free.")}
        return client.post("/api/documents", files=files, data=fields)

    sent = send(valid_from="2025-01-01", valid_until="2099-12-31")
    finish_work(library)
    path = f"/api/documents/{sent.json()['document']['id']}"
    version_sent = client.get(path).json()["version"]
    assert (version_sent["in_force_from"], version_sent["in_force_until"]) == ("2025-01-01", "2099-12-31")
    assert {source["source"] for source in version_sent["in_force_sources"].values()} == {"person"}
    again = send(valid_from="2024-01-01")  # the same file once more: the day is set on what is there
    assert again.json()["duplicate"] is True
    assert client.get(path).json()["version"]["in_force_from"] == "2024-01-01"
    wrong = send(valid_from="2025-01-01", valid_until="2024-01-01")
    assert wrong.status_code == 422
    other = {"file": ("other.txt", b"Tea is free.")}
    refused = client.post(
        "/api/documents", files=other, data={"valid_from": "2025-01-01", "valid_until": "2024-01-01"}
    )
    assert refused.status_code == 422
    assert "other.txt" not in [
        document["name"] for document in client.get("/api/documents").json()["documents"]
    ]
