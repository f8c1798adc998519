"""The tools for assistants, asked by the protocol's own client over HTTP and over standard input and output:
the same answers as the command line, in the rights of the key."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from making import LIBRARY, add, administrator, child_environment, client_of, settings_in, space_named
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from serving import served
from typer.testing import CliRunner

from api.app import make_app
from api.connections import Connection
from cli.main import app
from contract.values import Scope
from core.identity.keys import make_key, revoke_key
from core.models import now
from llm.fakes import HashEmbedder
from operations.library import Library, RunningServer, announce, open_library

QUESTION = "Within how many business days after a trip must an expense claim be submitted?"
SECRET = "The striped pool costs zebrafish nine yen.\n"
TOOLS = {"search", "ask", "open_page", "list_documents", "list_spaces", "check_text", "list_packs"}
OLD, NEW = "legacy", "auto"  # how a client begins: by a handshake, as clients did for years, or without


@dataclass
class Archive:
    """A served library with two spaces, and keys to it."""

    library: Library
    door: str
    data: Path
    narrow: str  # reads the space of the policy alone
    wide: str
    asking: str  # asks, and reads nothing else
    policy: str
    secret: str


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    data = tmp_path_factory.mktemp("archive")
    with open_library(settings_in(data), embedder=HashEmbedder(), load_models=False) as library:
        alpha, beta = space_named(library.sessions, "Alpha"), space_named(library.sessions, "Beta")
        policy = add(library, "policy.pdf", (LIBRARY / "travel-expense-policy.pdf").read_bytes(), space=alpha)
        secret = add(library, "pool.txt", SECRET, space=beta)
        asker = administrator(library)
        secrets = []
        with library.sessions.write() as session:
            for scopes, spaces in (
                ({Scope.ASK, Scope.READ}, [alpha]),
                ({Scope.ASK, Scope.READ}, None),
                ({Scope.ASK}, None),
            ):
                ends = now() + timedelta(days=1)
                _, made = make_key(
                    asker, session, "assistant", scopes=scopes, expires_at=ends, spaces=spaces,
                    requests_a_minute=1000,
                )  # fmt: skip
                secrets.append(made)
        with served(make_app(library, work=False), http=Connection) as door:
            announce(data, RunningServer(door, library.command_token))
            yield Archive(library, door, data, *secrets, policy, secret)


@asynccontextmanager
async def over_http(archive: Archive, key: str, mode: str = NEW, **headers: str) -> AsyncIterator[Client]:
    named = {"Authorization": f"Bearer {key}"} | headers
    async with (
        httpx2.AsyncClient(headers=named, timeout=60, trust_env=False) as http,
        Client(streamable_http_client(f"{archive.door}/mcp", http_client=http), mode=mode) as client,
    ):
        yield client


@asynccontextmanager
async def over_stdio(archive: Archive, key: str, mode: str = NEW) -> AsyncIterator[Client]:
    order = ["-m", "cli.main", "mcp", "--data", str(archive.data)]
    parameters = StdioServerParameters(
        command=sys.executable, args=order, env=child_environment(SHOKO_KEY=key, SHOKO_MODEL="none")
    )
    async with Client(stdio_client(parameters), mode=mode) as client:
        yield client


def run(work: Callable[[], Awaitable[Any]]) -> Any:
    return asyncio.run(work())  # type: ignore[arg-type]


async def called(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert json.loads(result.content[0].text) == result.structured_content  # type: ignore[union-attr]
    return dict(result.structured_content or {})


async def refused(client: Client, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return str(result.content[0].text)  # type: ignore[union-attr]


def by_command(archive: Archive, *words: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("SHOKO_MODEL", "none")
    done = CliRunner().invoke(app, [*words, "--data", str(archive.data), "--json"])
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.stdout))


def steady(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what differs from one time to the next."""
    assert answer.pop("question_id") and set(answer.pop("timings_ms")) == {
        "search", "evidence", "first_token", "total",
    }  # fmt: skip
    return answer


@pytest.mark.parametrize(("connected", "mode"), [(over_http, OLD), (over_http, NEW), (over_stdio, NEW)])
def test_an_answer_is_that_of_the_command_line(
    archive: Archive, connected: Any, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> tuple[Any, ...]:
        async with connected(archive, archive.wide, mode) as client:
            listed = await client.list_tools()
            assert {tool.name for tool in listed.tools} == TOOLS
            assert all(tool.annotations.read_only_hint and tool.output_schema for tool in listed.tools)
            return (
                await called(client, "ask", question=QUESTION),
                await called(client, "search", query="expense claim", limit=3),
            )

    answer, hits = run(work)
    assert answer["status"] == "quoted" and "10 business days" in answer["citations"][0]["quote"]
    assert steady(answer) == steady(by_command(archive, "ask", QUESTION, monkeypatch=monkeypatch))
    assert hits == by_command(archive, "search", "expense claim", "--limit", "3", monkeypatch=monkeypatch)


def test_the_page_of_a_quote_is_opened_with_its_document_and_version(archive: Archive) -> None:
    async def work() -> None:
        async with over_http(archive, archive.narrow) as client:
            citation = (await called(client, "ask", question=QUESTION))["citations"][0]
            for name in (citation["document"], citation["document_id"]):
                page = await called(client, "open_page", document=name, page=citation["page"])
                assert page["text"][citation["start"] : citation["end"]] == citation["quote"]
                assert (page["version"], page["in_force"], page["pages"]) == (1, True, 4)
            same = await called(client, "open_page", document="policy.pdf", page=1, version=1)
            assert same["page"] == 1 and same["space"] == "Alpha"
            assert "no version 7" in await refused(
                client, "open_page", document="policy.pdf", page=1, version=7
            )
            assert "no page 99" in await refused(client, "open_page", document="policy.pdf", page=99)

    run(work)


def test_a_key_without_a_space_sees_nothing_of_it(archive: Archive) -> None:
    async def work() -> None:
        async with over_http(archive, archive.narrow) as client:
            answer = await called(client, "ask", question="What does the striped pool cost?")
            hits = await called(client, "search", query="striped pool zebrafish")
            listed = await called(client, "list_documents")
            spaces = await called(client, "list_spaces")
            assert "zebrafish" not in json.dumps([answer, hits, listed, spaces])
            assert [document["document"] for document in listed["documents"]] == ["policy.pdf"]
            assert [space["name"] for space in spaces["spaces"]] == ["Alpha"]
            for name in ("pool.txt", archive.secret):
                assert "no document" in await refused(client, "open_page", document=name, page=1)
            for tool, more in (("ask", {"question": "x"}), ("search", {"query": "x"})):
                assert "no space Beta" in await refused(client, tool, spaces=["Beta"], **more)
            assert "no space Beta" in await refused(client, "list_documents", space="Beta")
        async with over_http(archive, archive.wide) as client:
            page = await called(client, "open_page", document="pool.txt", page=1)
            assert "zebrafish" in page["text"]
            answer = await called(client, "ask", question="What does the striped pool cost?", spaces=["Beta"])
            assert "zebrafish" in answer["citations"][0]["quote"]

    run(work)


def test_a_text_is_checked_by_a_key_that_may_only_ask_and_nothing_is_kept(archive: Archive) -> None:
    async def work() -> None:
        async with over_http(archive, archive.wide) as client:
            packs = (await called(client, "list_packs"))["packs"]
            assert {"jtf", "business-ja"} <= {pack["name"] for pack in packs}
        async with over_http(archive, archive.asking) as client:
            checked = await called(
                client, "check_text", text="これはテストです｡", packs=["jtf"], language="ja"
            )
            assert checked["findings"] and checked["rules"] and checked["levels"]
            assert "scope read" in await refused(client, "list_documents")
            assert "no pack nowhere" in await refused(client, "check_text", text="x", packs=["nowhere"])

    before = sorted(path.name for path in archive.library.files.folder.rglob("*"))
    run(work)
    assert sorted(path.name for path in archive.library.files.folder.rglob("*")) == before


@pytest.mark.parametrize(("key", "mode"), [("shoko_wrong", OLD), ("shoko_wrong", NEW), ("wrong", NEW)])
def test_a_wrong_key_is_told_what_to_do_over_http(archive: Archive, key: str, mode: str) -> None:
    async def work() -> None:
        async with over_http(archive, key, mode) as client:
            await client.list_tools()

    with pytest.RaisesGroup(MCPError, flatten_subgroups=True, allow_unwrapped=True) as raised:
        run(work)
    first = raised.value.exceptions[0] if isinstance(raised.value, BaseExceptionGroup) else raised.value
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    assert "shoko keys add" in str(first)


def test_a_wrong_key_ends_the_command_with_a_sentence(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, sentence in (("shoko_wrong", "This key is not valid"), ("", "SHOKO_KEY: it is not set")):
        monkeypatch.setenv("SHOKO_KEY", key)
        done = CliRunner().invoke(app, ["mcp", "--data", str(archive.data)])
        assert done.exit_code == 1 and sentence in done.stderr and done.stdout == ""
    monkeypatch.setenv("SHOKO_KEY", archive.wide)
    done = CliRunner().invoke(app, ["mcp", "--server", "shoko.company.example"])
    assert done.exit_code == 1 and "no address" in done.stderr


def test_a_key_that_is_revoked_meanwhile_opens_nothing_more(archive: Archive) -> None:
    asker = administrator(archive.library)
    with archive.library.sessions.write() as session:
        ends = now() + timedelta(days=1)
        key, made = make_key(asker, session, "x", scopes={Scope.ASK, Scope.READ}, expires_at=ends)

    async def work() -> None:
        async with over_http(archive, made) as client:
            await called(client, "list_spaces")
            with archive.library.sessions.write() as session:
                revoke_key(asker, session, key.id)
            with pytest.raises(MCPError, match="revoked"):
                await client.call_tool("list_spaces", {})

    run(work)


def test_neither_a_sign_in_nor_another_host_or_page_gets_in(archive: Archive) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    accepted = {"accept": "application/json, text/event-stream"}
    with client_of(archive.door, archive.library.command_token) as signed_in:
        assert signed_in.post("/mcp", json=call, headers=accepted).status_code == 401
    with client_of(archive.door, archive.wide) as http:
        assert http.post("/mcp", json=call, headers=accepted).status_code == 200
        for headers, status in (
            ({"host": "evil.example"}, 421),
            ({"origin": "https://evil.example"}, 403),
            ({"origin": archive.library.settings.screens}, 200),
        ):
            assert http.post("/mcp", json=call, headers=accepted | headers).status_code == status
        assert http.get("/mcp", headers=accepted).status_code == 405
        assert http.delete("/mcp").status_code == 405
        assert http.post("/mcp", content=b"x" * (2**20 + 1), headers=accepted).status_code == 413
    with httpx.Client(base_url=archive.door, trust_env=False) as nobody:
        turned_away = nobody.post("/mcp", json=call, headers=accepted | {"cookie": "shoko_session=x"})
        assert turned_away.status_code == 401 and turned_away.json()["error"]["data"]["code"] == "key_refused"


def test_the_log_has_what_was_asked_read_and_checked(archive: Archive) -> None:
    async def work() -> None:
        async with over_http(archive, archive.wide) as client:
            await called(client, "ask", question=QUESTION)
            await called(client, "open_page", document="policy.pdf", page=2)
            await called(client, "check_text", text="a secret sentence", packs=["jtf"])

    run(work)
    with client_of(archive.door, archive.library.command_token) as http:
        log = http.get("/api/audit", params={"limit": 1000}).json()
    actions = [entry["action"] for entry in log]
    assert {"question.asked", "document.read", "text.checked"} <= set(actions)
    assert "a secret sentence" not in json.dumps(log)
