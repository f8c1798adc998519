"""The servers beside Shoko as processes of one's own, to be killed and started again: PostgreSQL, and the
embedded edition of Milvus by its own protocol. Nothing is installed; what is missing ends the measurement."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE = 120.0  # seconds in which a server must have started
MILVUS = """
import sys, threading
from milvus_lite.adapter.grpc.server import start_server_in_thread
folder, port = sys.argv[1], int(sys.argv[2])
running, database, port = start_server_in_thread(data_dir=folder, host="127.0.0.1", port=port)
threading.Event().wait()
"""


class Service:
    """A server that may be killed and started again over the same folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.prepare()
        self.start()

    def prepare(self) -> None:
        """Make what it needs in its folder."""

    def order(self) -> list[str]:
        """The command that runs it."""
        raise NotImplementedError

    def user(self) -> dict[str, Any]:
        """As whom it runs."""
        return {}

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.order(), stdout=log, stderr=log, cwd=self.folder, **self.user()
            )
        wait_until(lambda: _listens(self.port), f"{type(self).__name__} does not start: {self.folder}/log")

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it tidily."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.kill()


class PostgresqlService(Service):
    """PostgreSQL with its defaults: what was committed is on the disk."""

    def prepare(self) -> None:
        """Make an empty cluster."""
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        if not programs:
            raise SystemExit("PostgreSQL is missing: apt-get install postgresql")
        self.tools = programs[-1].parent
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.user():
            shutil.chown(self.folder, self.user()["user"])
        make = [self.tools / "initdb", "-D", self.folder / "data", "-U", "shoko", "-A", "trust"]
        make += ["--encoding=UTF8", "--locale=C.UTF-8"]
        subprocess.run(make, check=True, capture_output=True, cwd=self.folder, **self.user())

    def order(self) -> list[str]:
        """The server."""
        serve = [self.tools / "postgres", "-D", self.folder / "data", "-p", self.port, "-k", self.folder]
        return [str(part) for part in [*serve, "-h", "127.0.0.1"]]

    def user(self) -> dict[str, Any]:
        """PostgreSQL does not run as root: then as its own user."""
        name = "postgres" if os.geteuid() == 0 else getpass.getuser()
        return {"user": name, "group": name, "extra_groups": []} if name == "postgres" else {}

    @property
    def address(self) -> str:
        """For SHOKO_DATABASE_URL."""
        return f"postgresql://shoko@127.0.0.1:{self.port}/postgres"


class MilvusService(Service):
    """Milvus' embedded edition, behind its own protocol."""

    def prepare(self) -> None:
        """A folder for it."""
        self.folder.mkdir(parents=True, exist_ok=True)

    def order(self) -> list[str]:
        """A process that serves it."""
        return [sys.executable, "-c", MILVUS, str(self.folder / "milvus.db"), str(self.port)]

    @property
    def address(self) -> str:
        """For SHOKO_INDEX."""
        return f"milvus+http://127.0.0.1:{self.port}"


def free_port() -> int:
    """A port of this computer that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(true: Callable[[], bool], otherwise: str) -> float:
    """Wait for that, and return how many seconds it took. Raises SystemExit after two minutes."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > PATIENCE:
            raise SystemExit(otherwise)
        time.sleep(0.1)
    return time.monotonic() - began


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
