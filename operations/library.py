"""The composition root: settings in, an open library out. Everything is opened here once, by hand.

Exactly one process opens a data folder: a file lock is taken first, and a second process is refused by
name. The models load in the background, so search by words works from the first second.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from checks.service.checker import Checker
from checks.service.saved_checks import KeptChecks
from core import egress
from core.audit import Seal
from core.db import Sessions, hosts_of, open_database
from core.errors import BadValue, DataFolderInUse, ModelMissing, ModelUnknown
from core.fair_queue import FairQueue
from core.files import Files
from core.identity.accounts import SignInRules, first_administrator
from core.identity.directory import DirectorySettings
from core.identity.oidc import OidcSettings, SingleSignOn
from core.identity.renewing import renew
from core.limits import Once, RequestLimits
from core.models import Fact, Space
from core.observing import traces
from core.settings import Settings
from core.sharing.sign_ins import InRecords
from ingest.ocr import recognition
from ingest.pipeline import Pipeline
from ingest.recovery import compare_vectors, embedder_differs, enqueue_vectors, remember_embedder, resume
from ingest.sandbox import ReadingLimits
from ingest.versions.between import differences_between
from ingest.watched.folders import FolderWatch
from ingest.watched.mailbox import MailAccount
from ingest.watched.rights.reading import ShareAccount
from ingest.watched.rights.taking import RightsSource
from ingest.watched.rounds import FolderRounds
from llm.catalogue.store import ModelStore
from llm.embedder import Embedder
from llm.gate import Gate, queued
from llm.model import LanguageModel
from operations import engine_coming, model_selection
from operations.evaluation_runs.on_request import Evaluations
from operations.index_engines import Engines, index_host, open_engines
from operations.measuring import Measuring
from operations.model_downloads import Downloads
from operations.model_switch import Switches
from operations.news.mail import MailSettings, check_mail_settings
from operations.records.moving import refuse_moved
from operations.records.originals import open_files
from operations.sharing.standing import DAY, Standing, back_end_standing, must_see_originals, others
from retrieval.answers.answerer import Answerer, AnsweringSettings
from retrieval.answers.cache import AnswerCache
from retrieval.glossary.kept import Glossaries
from retrieval.index.index import SearchIndex, differences, rebuild_words
from retrieval.index.widening import shipped

log = logging.getLogger("shoko")

FIRST_SPACE = "General"
CORES = max(1, min(4, (os.cpu_count() or 2) // 2))  # for work that must leave room for others
LOOKUPS = 1 + (os.cpu_count() or 1)  # at once: one for each core, and one that waits for the disk
LOCK, SERVER = "lock", "server.json"


@dataclass
class Library:
    """An open data folder: everything that the API works with."""

    settings: Settings
    sessions: Sessions
    files: Files
    index: SearchIndex
    engines: Engines
    pipeline: Pipeline
    answerer: Answerer
    store: ModelStore
    folders: FolderWatch
    switches: Switches
    downloads: Downloads
    evaluations: Evaluations
    checks: KeptChecks
    checker: Checker
    glossaries: Glossaries
    problems: list[str] = field(default_factory=list)  # what could not be loaded, in words
    measuring: Measuring = field(default_factory=Measuring)
    models_loaded: threading.Event = field(default_factory=threading.Event)
    sign_in_rules: SignInRules = field(default_factory=SignInRules)
    seal: Seal | None = None
    directory: DirectorySettings | None = None
    single_sign_on: SingleSignOn | None = None
    mail: MailSettings | None = None
    requests: RequestLimits = field(default_factory=RequestLimits)
    standing: Standing = field(kw_only=True)  # among other processes over the same records
    # Threads and processors are few: some requests of each asker are carried out at once, and of all password
    # checks, questions to the directory and long work a few. Others wait their turn, which takes no thread.
    askers: FairQueue = field(default_factory=lambda: FairQueue(400, each=20, waiting=400, each_waiting=200))
    passwords: FairQueue = field(
        default_factory=lambda: FairQueue(CORES, each=CORES, waiting=400, each_waiting=200)
    )
    directory_asks: FairQueue = field(
        default_factory=lambda: FairQueue(8, each=8, waiting=400, each_waiting=200)
    )
    long_work: FairQueue = field(
        default_factory=lambda: FairQueue(1 + CORES, each=1, waiting=60, each_waiting=12, seconds=5.0)
    )
    # Questions and searches that are looked up. More at once would only be slower together, and who would
    # wait longer than people do is told so at once. One person leaves a place to others.
    lookups: FairQueue = field(
        default_factory=lambda: FairQueue(
            LOOKUPS, each=LOOKUPS - 1, waiting=400, each_waiting=40, seconds=0.2, patience=20.0
        )
    )
    reads: Once = field(default_factory=lambda: Once(minutes=60))  # pages that the log has already
    # By which this computer's own commands act as the first administrator; it lives in memory, and in a
    # file that only this user may read, and ends with the process.
    command_token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def limits(self) -> ReadingLimits:
        """What reading one file may cost."""
        return self.pipeline.limits


@contextlib.contextmanager
def open_library(
    settings: Settings,
    *,
    model: LanguageModel | None = None,
    embedder: Embedder | None = None,
    load_models: bool = True,
) -> Iterator[Library]:
    """Open the data folder for the time of the block. Raises DataFolderInUse, DataFolderNewer, and
    ConnectionRefusedByPolicy where the records lie on a host that is not allowed.

    `model` and `embedder` given here are used instead of those that the settings name.
    """
    egress.silence_telemetry()
    # The server speaks to itself under the address that it listens on.
    egress.guard(reachable(settings))
    for host in hosts_of(settings.database):  # a driver in C would pass the guard, so it is asked for here
        egress.require(host)
    with contextlib.ExitStack() as held:
        held.enter_context(traces.delivered(settings.traces, "back-end"))
        held.enter_context(locked(settings.data))
        sessions = open_database(settings.database)
        held.callback(sessions.close)
        standing = held.enter_context(back_end_standing(settings, sessions))
        refuse_moved(sessions)
        engines = open_engines(settings, library_id(sessions), standing.turns)
        held.callback(engines.close)
        index = SearchIndex(engines.words, engines.archive, shipped, standing.turns, standing.generation)
        library = _assemble(settings, sessions, index, engines, standing)
        library.answerer.model = model
        library.checks.model = lambda person: _for_opinions(library, person)
        loader: threading.Thread | None = None
        try:
            if standing.presence is not None:
                held.enter_context(standing.presence.there())
            _prepare(library)
            if embedder is not None:
                _attach(library, embedder)
            if load_models:
                loader = threading.Thread(
                    target=_load_models,
                    args=(library, model is None, embedder is None),
                    daemon=True,
                    name="load-models",
                )
                loader.start()
            else:
                library.models_loaded.set()
            yield library
        finally:
            library.pipeline.stopping.set()
            library.folders.stopping.set()
            if loader is not None:
                loader.join()
            library.downloads.close()
            library.evaluations.close()
            library.switches.close()
            if library.answerer.model is not None and model is None:
                library.answerer.model.close()


def library_id(sessions: Sessions) -> str:
    """What tells this library from others that share an index's server; it moves with the records."""
    with sessions.read() as session:
        known = session.get(Fact, "library_id")
    if known is None:
        known = Fact(name="library_id", value=secrets.token_hex(4))
        with sessions.write() as session:
            session.add(known)
    return known.value


def _for_opinions(library: Library, person: str) -> LanguageModel | None:
    """The chat model for checks: it stands in the same queue as questions."""
    model = library.answerer.model
    return queued(model, library.answerer.gate, person) if model is not None else None


@contextlib.contextmanager
def watching_folders(library: Library) -> Iterator[None]:
    """Look through the watched folders for the time of the block."""
    rounds = FolderRounds(library.folders, library.settings.folder_seconds, library.standing.leader.leads)
    thread = threading.Thread(target=rounds.run, daemon=True, name="folders")
    thread.start()
    try:
        yield
    finally:
        library.folders.stopping.set()
        thread.join(timeout=30)


def reading_limits(settings: Settings) -> ReadingLimits:
    """What reading one file may cost, as the settings say."""
    return ReadingLimits(
        settings.page_limit,
        settings.read_seconds,
        settings.read_memory_mb,
        recognition(settings.ocr_languages, settings.ocr_seconds, settings.ocr_engine),
    )


def _assemble(
    settings: Settings, sessions: Sessions, index: SearchIndex, engines: Engines, standing: Standing
) -> Library:
    files = open_files(settings)
    limits = reading_limits(settings)
    seal = Seal(settings.seal)
    answering = AnsweringSettings(
        passages=settings.passages,
        quotes=settings.quotes,
        refusal_threshold=settings.refusal_threshold,
        answer_tokens=settings.answer_tokens,
        answer_seconds=settings.answer_seconds,
        translated_answers=settings.translated_answers,
        question_characters=settings.question_characters,
        keep_questions=settings.question_texts == "stored",
        question_tag=seal.tag if settings.question_texts == "hashed" else None,
    )
    pipeline = Pipeline(
        sessions, files, index, limits, taker=standing.taker, share=standing.share,
        leads=standing.leader.leads,
    )  # fmt: skip
    glossaries = Glossaries(sessions, standing.glossary_changes)
    answerer = Answerer(
        sessions, index, Gate(settings.queue_limit), answering, cache=AnswerCache(settings.answers_kept),
        differences=differences_between, glossaries=glossaries.of,
    )  # fmt: skip
    store = ModelStore(settings.models_folder)
    return Library(
        settings,
        sessions,
        files,
        index,
        engines,
        pipeline,
        answerer,
        store,
        FolderWatch(
            sessions,
            files,
            index,
            settings.upload_limit_mb * 2**20,
            rights=_rights(settings, sessions),
            mail=_mail_account(settings),
            turns=standing.folder_turns,
        ),
        Switches(
            settings,
            store,
            answerer,
            index,
            engines.vectors,
            pipeline.stopping,
            lambda: others(standing, sessions),
        ),
        Downloads(settings.models_folder, sessions),
        Evaluations(settings, sessions),
        KeptChecks(sessions, files, limits, settings.check_minutes),
        Checker(sessions, files, limits, index.traffic, pipeline.stopping, standing.taker),
        glossaries,
        sign_in_rules=SignInRules(
            timedelta(hours=settings.session_hours),
            timedelta(days=settings.session_days),
            settings.password_characters,
            settings.sign_in_failures,
            timedelta(minutes=settings.sign_in_lock_minutes),
        ),
        seal=seal,
        directory=_directory(settings),
        mail=_mail(settings),
        single_sign_on=_single_sign_on(settings, InRecords(sessions) if standing.several else None),
        requests=standing.requests,
        standing=standing,
    )


def reachable(settings: Settings) -> list[str]:
    """The hosts besides this computer that Shoko may speak to: those that are named, the company's own
    directory, sign-on and mail server, its index, and the address that it listens on itself."""
    own = [urlsplit(settings.oidc_issuer).hostname, urlsplit(settings.ldap_url).hostname, settings.host]
    own += [index_host(settings), urlsplit(settings.smtp_url).hostname, traces.host_of(settings.traces)]
    return [*settings.allowed_hosts.split(","), *(host for host in own if host)]


def _directory(settings: Settings) -> DirectorySettings | None:
    if not settings.ldap_url:
        return None
    password = settings.ldap_password.get_secret_value() if settings.ldap_password else ""
    return DirectorySettings(
        settings.ldap_url, settings.ldap_base, settings.ldap_user, password, settings.ldap_filter,
        settings.ldap_certificate, settings.ldap_plain,
    )  # fmt: skip


def _rights(settings: Settings, sessions: Sessions) -> RightsSource:
    """Where watched folders read the rights of their files."""
    password = settings.smb_password.get_secret_value() if settings.smb_password else ""
    account = ShareAccount(settings.smb_user, password)
    return RightsSource(account, partial(renew, sessions, _directory(settings)))


def _mail_account(settings: Settings) -> MailAccount:
    """Who reads watched folders of mail servers."""
    password = settings.imap_password.get_secret_value() if settings.imap_password else ""
    return MailAccount(settings.imap_user, password, settings.imap_certificate)


def _mail(settings: Settings) -> MailSettings | None:
    """The company's mail server. Raises BadValue."""
    if not settings.smtp_url:
        return None
    made = MailSettings(
        settings.smtp_url, settings.smtp_sender, settings.smtp_user,
        settings.smtp_password.get_secret_value() if settings.smtp_password else "",
        tuple(settings.smtp_domains.split(",")), settings.smtp_certificate, settings.smtp_plain,
    )  # fmt: skip
    check_mail_settings(made)
    return made


def _single_sign_on(settings: Settings, begun: InRecords | None) -> SingleSignOn | None:
    if not settings.oidc_issuer:
        return None
    secret = settings.oidc_secret.get_secret_value() if settings.oidc_secret else ""
    callback = f"{settings.address}/sign-in/oidc/callback"
    return SingleSignOn(
        OidcSettings(settings.oidc_issuer, settings.oidc_client, secret, settings.oidc_groups, callback),
        begun,
    )


def _prepare(library: Library) -> None:
    """What every start does before it answers requests: seconds at most."""
    with library.sessions.write() as session:
        first_administrator(session)
        if session.query(Space).first() is None:
            session.add(Space(name=FIRST_SPACE))
    several, presence = library.standing.several, library.standing.presence
    if several or library.files.originals.is_far:
        must_see_originals(library.sessions, library.files.originals)
    resume(
        library.sessions, library.files, presence.gone() if presence is not None else None,
        grace=DAY if several else 0,
    )  # fmt: skip
    library.sessions.optimise()
    if library.standing.leader.leads() and differences(library.sessions, library.index).words_differ:
        log.warning("the word index differs from the records; it is rebuilt")
        rebuild_words(library.sessions, library.index)


def _load_models(library: Library, chat: bool, embed: bool) -> None:
    settings, store = library.settings, library.store
    library.index.terms()  # read once, so that no question waits for it
    try:
        if embed and (embedder := model_selection.embedder_model(settings, store)) is not None:
            _attach(library, embedder)
    except (ModelMissing, ModelUnknown) as error:
        library.problems.append(str(error))
    except Exception as error:  # an engine's fault leaves the search by words
        log.exception("the embedder could not be loaded")
        library.problems.append(f"{settings.embedder}: {error}")
    try:
        library.answerer.reranker = model_selection.reranker_model(settings, store)
    except Exception as error:  # noqa: BLE001  # an engine's fault leaves the order of the search
        log.warning("the reranker could not be loaded: %s", error)
        library.problems.append(str(error))
    try:
        if chat and engine_coming.lacking(settings, store):
            _loaded(library)  # nothing else waits for the engine
            stopping = library.pipeline.stopping
            chat = engine_coming.wait_for_engine(library.problems, stopping)
            chat = chat and engine_coming.wait_for_model(store.folder, library.problems, stopping)
            if chat:
                engine_coming.prove(store, settings)
        if chat and (engine := model_selection.chat_model(settings, store)) is not None:
            library.answerer.model = engine
            engine.start()
    except Exception as error:  # noqa: BLE001  # an engine's fault leaves the quotes
        log.warning("the chat model could not be loaded: %s", error)
        library.problems.append(str(error))
    finally:
        _loaded(library)


def _loaded(library: Library) -> None:
    if library.index.embedder is None:
        library.pipeline.no_embedder.set()
    library.models_loaded.set()


def _attach(library: Library, embedder: Embedder) -> None:
    vectors = library.engines.vectors(embedder.name)
    others_here = others(library.standing, library.sessions)
    if others_here and embedder_differs(library.sessions, embedder.name):
        problem = f"the back-end on {others_here[0]} searches with another embedder than {embedder.name}"
        raise BadValue(name="SHOKO_EMBEDDER", problem=problem, fix="Give all back-ends the same")
    library.index.attach(embedder, vectors)
    remember_embedder(library.sessions, embedder.name)
    if library.standing.leader.leads():
        compare_vectors(library.sessions, vectors)
        enqueue_vectors(library.sessions)


@contextlib.contextmanager
def locked(data: Path) -> Iterator[None]:
    """Hold that data folder for the time of the block. Raises DataFolderInUse, BadValue."""
    lock = FileLock(data / LOCK)
    holder = data / "lock.pid"
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout as error:
        try:
            pid = holder.read_text().strip()
        except OSError:
            pid = "?"
        raise DataFolderInUse(path=data, pid=pid) from error
    except OSError as error:
        raise BadValue(
            name=data,
            problem=f"it cannot be the data folder ({error.strerror})",
            fix="Give this user the right to write there, or choose another folder with --data",
        ) from error
    try:
        holder.write_text(str(os.getpid()))
        yield
    finally:
        holder.unlink(missing_ok=True)
        (data / SERVER).unlink(missing_ok=True)
        lock.release()


@dataclass(frozen=True)
class RunningServer:
    """Where the process that holds a data folder can be spoken to, and with which token."""

    address: str
    token: str


def announce(data: Path, server: RunningServer) -> None:
    """Tell other processes of this user where the server is; only they may read it."""
    path = data / SERVER
    path.touch(mode=0o600)
    path.write_text(json.dumps({"address": server.address, "token": server.token}))


def running_server(data: Path) -> RunningServer | None:
    """The server that holds that data folder, or None."""
    try:
        values = json.loads((data / SERVER).read_text())
        return RunningServer(values["address"], values["token"])
    except (OSError, ValueError, KeyError):
        return None
