"""Every operation of the OpenAPI description, asked by everyone with what fits its shape and what does not:
whether any of it makes the server fail.

    python -m bench.server.fuzzing [--examples 100] [--only documents] [--seed 7]

schemathesis makes the requests from the description that the server gives; they go over HTTP to a real server
with documents, people and a key. Numbers in paths are at times those of things that exist. A failure is an
answer of 500 or more; the first request that led to each is printed as a curl command.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException
from schemathesis.generation import GenerationMode

from api.app import make_app
from contract.values import MOST_REQUESTS, Role, Scope
from core.access import access_of
from core.identity import people
from core.identity.accounts import first_administrator, sign_in
from core.identity.keys import make_key
from core.models import Folder, Question, Space, User, now
from core.settings import load_settings
from ingest.uploads import accept
from operations.library import FIRST_SPACE, Library, open_library

EVERYBODY = ("nobody", "reader", "author", "manager", "admin", "key")
DOCUMENTS = 6  # some are erased on the way


@dataclass
class Target:
    """A running server, whom it knows, and things in it by the names that paths use."""

    library: Library
    door: str
    users: dict[str, str]
    known: dict[str, list[str]]
    tokens: dict[str, str] = field(default_factory=dict)

    def token(self, who: str, *, fresh: bool = False) -> str:
        """That person's sign-in, or the program's key; made if there is none, or it was ended."""
        if who == "nobody":
            return ""
        if fresh or who not in self.tokens:
            with self.library.sessions.write() as session:
                if who == "key":
                    access = access_of(session, self.users["admin"])
                    _, self.tokens[who] = make_key(
                        access,
                        session,
                        "fuzzing",
                        scopes=list(Scope),
                        expires_at=now() + timedelta(days=1),
                        requests_a_minute=MOST_REQUESTS,
                    )
                else:
                    self.tokens[who] = sign_in(session, self.users[who])
        return self.tokens[who]


@dataclass
class Tally:
    """What was answered: how often each status, and what failed, by operation and who asked."""

    statuses: Counter[int] = field(default_factory=Counter)
    operations: int = 0
    failures: dict[str, str] = field(default_factory=dict)


@contextmanager
def target(folder: Path) -> Iterator[Target]:
    """A server over a small library; nobody works its jobs, and it has no models."""
    given_ = load_settings(
        data=folder, model="none", embedder="none", ocr_languages="none", requests_a_minute=10**9
    )
    with open_library(given_, load_models=False) as library:
        users, known = _filled(library, folder)
        config = uvicorn.Config(make_app(library, work=False), host="127.0.0.1", port=0, log_level="error")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield Target(
            library, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", users, known
        )
        server.should_exit = True
        thread.join()


def _filled(library: Library, folder: Path) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Put a few documents and people into a library: the people's ids by role, and values that exist, by the
    name of the parameter that takes them."""
    documents = []
    with library.sessions.write() as session:
        admin = access_of(session, first_administrator(session).id)
    for number in range(DOCUMENTS):
        text = f"Rule {number}. Paid leave is {number + 3} days.".encode()
        taken = accept(
            admin,
            library.sessions,
            library.files,
            FIRST_SPACE,
            f"rule {number}.txt",
            [text],
            limit_bytes=10**6,
        )
        documents.append(taken)
    while library.pipeline.work_once():
        pass
    waiting = accept(
        admin, library.sessions, library.files, FIRST_SPACE, "waits.txt", [b"Waits."], limit_bytes=10**6
    )
    users = {"admin": admin.user_id}
    with library.sessions.write() as session:
        space = session.query(Space).one()
        for name in ("victim", "reader", "author", "manager"):
            user = User(name=f"the {name}")
            session.add(user)
            session.flush()
            users[name] = user.id
            if name != "victim":
                people.grant(admin, session, space.id, "user", user.id, Role(name), may_download=True)
        group = people.add_group(admin, session, "all")
        question = Question(user_id=users["reader"], text="How many?", standalone="", language="en")
        watched = Folder(space_id=space.id, path=str(folder / "nowhere"), created_by=admin.user_id)
        session.add_all([question, watched])
        session.flush()
        assert waiting.job is not None
        known = {
            "document_id": [document.document.id for document in documents],
            "version_id": [document.version.id for document in documents],
            "space": [space.id, FIRST_SPACE],
            "user": [users["victim"]],
            "group": [group.id],
            "job_id": [waiting.job.id],
            "question_id": [question.id],
            "folder_id": [watched.id],
            "number": ["1", "2", "0", "-1"],
            "name": ["smollm2-135m"],
        }
    return users, known


def fuzz(
    on: Target,
    examples: int,
    *,
    only: str = "",
    start: int = 7,
    everybody: Sequence[Sequence[str]] = (EVERYBODY,),
    modes: Sequence[GenerationMode] = tuple(GenerationMode),
) -> Tally:
    """Ask each operation with so many examples that fit and so many that do not.

    Each example is asked by all of a group of `everybody`; with several groups they take turns.
    """
    tally, http = Tally(), requests.Session()
    schema = schemathesis.openapi.from_dict(make_app(on.library, work=False).openapi())
    turn = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if only not in operation.label:
            continue
        tally.operations += 1
        print(f"{tally.operations}: {operation.label}", file=sys.stderr, flush=True)
        for mode in modes:
            turn += 1
            run = _asks(on, http, operation, mode, everybody, turn, tally)
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # hypothesis warns of shapes that are rarely wrong
                    seed(start)(
                        settings(
                            max_examples=examples,
                            phases=(Phase.generate,),
                            database=None,
                            deadline=None,
                            suppress_health_check=list(HealthCheck),
                        )(run)
                    )()
            except HypothesisException:
                continue  # nothing can be wrong about an operation without parameters
    http.close()
    return tally


def _asks(
    on: Target, http: requests.Session, operation: Any, mode: GenerationMode,
    everybody: Sequence[Sequence[str]], turn: int, tally: Tally,
) -> Any:  # fmt: skip
    turns = [turn]

    @given(case=operation.as_strategy(generation_mode=mode), choice=st.randoms(use_true_random=False))
    def ask(case: Any, choice: Any) -> None:
        for name, values in on.known.items():
            if name in (case.path_parameters or {}) and choice.random() < 0.6:
                case.path_parameters[name] = choice.choice(values)
        turns[0] += 1
        for who in everybody[turns[0] % len(everybody)]:
            answer = _answer(on, http, case, who)
            tally.statuses[answer.status_code] += 1
            if answer.status_code >= 500:
                label = f"{operation.label} as {who}: {answer.status_code}"
                if label not in tally.failures:
                    tally.failures[label] = f"{answer.text[:300]}\n{case.as_curl_command()[:1500]}"
                    print(f"{label}\n{tally.failures[label]}\n", flush=True)

    return ask


def _answer(on: Target, http: requests.Session, case: Any, who: str) -> Any:
    for fresh in (False, True):
        token = on.token(who, fresh=fresh)
        given_ = {"Authorization": f"Bearer {token}"} if token else {}
        answer = case.call(base_url=on.door, session=http, headers=given_, timeout=60)
        http.cookies.clear()
        if answer.status_code != 401 or who == "nobody":
            break  # else this very request may have ended the sign-in before
    return answer


def main() -> None:
    """Ask, print how often each status came and what failed; ends with 1 if anything did."""
    asked = argparse.ArgumentParser(description="Ask every operation with made-up requests.")
    asked.add_argument(
        "--examples", type=int, default=100, help="of each operation, that fit and that do not"
    )
    asked.add_argument("--only", default="", help="part of an operation's name, as GET /api/search")
    asked.add_argument("--seed", type=int, default=7)
    arguments = asked.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="shoko-fuzzing-") as folder, target(Path(folder)) as on:
        tally = fuzz(on, arguments.examples, only=arguments.only, start=arguments.seed)
    print(
        f"{tally.operations} operations, {tally.statuses.total()} requests, {time.monotonic() - began:.0f} s"
    )
    print(", ".join(f"{status}: {count}" for status, count in sorted(tally.statuses.items())))
    print(f"server errors: {len(tally.failures)}")
    sys.exit(1 if tally.failures else 0)


if __name__ == "__main__":
    main()
