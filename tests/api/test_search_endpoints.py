"""Filters, order and marks of a search through the HTTP door."""

from __future__ import annotations

from datetime import date, timedelta

import httpx
import pytest
from making import LIBRARY, add
from sqlalchemy import select, update

from core.models import Document, Version
from operations.library import Library

PDF_TEXT = "The fee for a lost card is {} yuan. It is paid at the reception desk."


@pytest.fixture
def fees(library: Library) -> None:
    """Three documents on one subject: of other kinds, titles and days."""
    for name, fee, days in (("b.txt", 50, 400), ("a.md", 60, 200), ("c.txt", 70, 0)):
        document = add(library, name, PDF_TEXT.format(fee))
        with library.sessions.write() as session:
            version = session.scalar(select(Document.current_version_id).where(Document.id == document))
            if days:
                since = date.today() - timedelta(days=days)
                session.execute(update(Version).where(Version.id == version).values(in_force_from=since))


def names(client: httpx.Client, **query: object) -> list[str]:
    answer = client.get("/api/search", params={"q": "fee for a lost card", **query})
    assert answer.status_code == 200, answer.text
    return [hit["document"] for hit in answer.json()["hits"]]


@pytest.mark.usefixtures("fees")
def test_a_search_is_narrowed_by_kind_and_day_and_put_in_order(client: httpx.Client) -> None:
    today = date.today()
    assert sorted(names(client)) == ["a.md", "b.txt", "c.txt"]
    assert names(client, type="text/markdown") == ["a.md"]
    assert sorted(names(client, type=["text/markdown", "text/plain"])) == ["a.md", "b.txt", "c.txt"]
    assert sorted(names(client, since=str(today - timedelta(days=200)))) == ["a.md", "c.txt"]
    assert names(client, until=str(today - timedelta(days=201))) == ["b.txt"]
    assert names(client, sort="newest") == ["c.txt", "a.md", "b.txt"]
    assert names(client, sort="title") == ["a.md", "b.txt", "c.txt"]
    assert client.get("/api/search", params={"q": "fee", "sort": "luck"}).status_code == 422


@pytest.mark.usefixtures("fees")
def test_a_hit_says_which_version_and_where_the_words_stand(client: httpx.Client) -> None:
    hit = client.get("/api/search", params={"q": "lost card", "type": "text/markdown"}).json()["hits"][0]
    assert [hit["passage"][start:end] for start, end in hit["marks"]] == ["lost card"]
    assert hit["version"] == 1 and hit["day"] == hit["in_force_from"] and hit["in_force_until"] is None


@pytest.mark.usefixtures("fees")
def test_a_quote_says_since_when_its_version_is_in_force(library: Library, client: httpx.Client) -> None:
    asked = {"question": "What is the fee for a lost card?", "stream": False}
    done = client.post("/api/questions", json=asked).json()
    by_name = {quote["document"]: quote for quote in done["citations"] or done["nearest"]}
    assert by_name["a.md"]["in_force_from"] and not by_name["a.md"]["superseded"]
    with client.stream("POST", "/api/questions", json=asked | {"stream": True}) as stream:
        events = "".join(stream.iter_text())
    assert f'"in_force_from": "{by_name["a.md"]["in_force_from"]}"' in events
    add(library, "a.md", PDF_TEXT.format(65))
    again = client.get(f"/api/questions/{done['question_id']}").json()
    assert {citation["document"]: citation["superseded"] for citation in again["citations"]}["a.md"]


def test_the_words_of_a_search_are_found_on_the_page(library: Library, client: httpx.Client) -> None:
    document = add(library, "policy.pdf", (LIBRARY / "travel-expense-policy.pdf").read_bytes())
    place = f"/api/documents/{document}/pages/3"
    answer = client.get(f"{place}/marks", params={"q": "expense claim"}).json()
    text = client.get(place).json()["text"]
    assert "expense claim" in [text[start:end] for start, end in answer["marks"]]
    assert answer["boxes"] and all(
        0 <= left < right <= answer["width"] and 0 <= top < bottom <= answer["height"]
        for left, top, right, bottom in answer["boxes"]
    )
    assert client.get(f"{place}/marks", params={"q": "zeppelin"}).json()["boxes"] == []
    assert client.get(f"/api/documents/{document}/pages/99/marks", params={"q": "x"}).status_code == 404


def test_what_was_looked_up_beside_the_words_is_told_and_marked(
    library: Library, client: httpx.Client
) -> None:
    add(library, "rules.md", "The dormitory closes at eleven. 独身寮の門限は十一時とする。")
    add(library, "other.md", "The canteen closes at three.")
    answer = client.get("/api/search", params={"q": "会社の寮の門限"}).json()
    assert "独身寮" in answer["widened"] and "dormitory" in answer["widened"]
    hit = answer["hits"][0]
    assert hit["document"] == "rules.md"
    assert "dormitory" in [hit["passage"][start:end] for start, end in hit["marks"]]
    asked = {"question": "会社の寮の門限は何時ですか。", "stream": False}
    done = client.post("/api/questions", json=asked).json()
    assert done["widened"] == answer["widened"]
    assert client.get("/api/search", params={"q": "門限"}).json()["widened"] == []
