"""Real database servers for tests, which skip where the program is not installed."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def postgresql_server() -> Iterator[str]:
    """The address of a server of one's own, for the time of the block.

    PostgreSQL does not run as root: then as its own user."""
    if not PROGRAMS:
        if os.environ.get("CI") == "true":
            pytest.fail("PostgreSQL is missing: .ci/run installs it")
        pytest.skip("no PostgreSQL here: apt-get install postgresql")
    user = "postgres" if os.geteuid() == 0 else getpass.getuser()
    folder, port, tools = Path(tempfile.mkdtemp(prefix="shoko-postgresql-")), free_port(), PROGRAMS[-1].parent
    if user == "postgres":
        shutil.chown(folder, user)
    switch = {"user": user, "group": user, "extra_groups": []} if user == "postgres" else {}
    make = [tools / "initdb", "-D", folder / "data", "-U", "shoko", "-A", "trust", "--no-sync"]
    make += ["--encoding=UTF8", "--locale=C.UTF-8"]
    subprocess.run(make, check=True, capture_output=True, cwd=folder, **switch)  # type: ignore[call-overload]
    serve = [tools / "postgres", "-D", folder / "data", "-p", str(port), "-k", folder, "-h", "127.0.0.1"]
    serve += ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(serve, stdout=log, stderr=log, cwd=folder, **switch)  # type: ignore[call-overload]
    try:
        subprocess.run(
            [tools / "pg_isready", "-h", "127.0.0.1", "-p", str(port), "-t", "30"], capture_output=True
        )
        for _ in range(600):
            assert process.poll() is None, (folder / "log").read_text()
            ready = [tools / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
            if subprocess.run(ready).returncode == 0:
                break
        yield f"postgresql://shoko@127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)  # it ends what is connected
        process.wait(timeout=480)
        shutil.rmtree(folder)


@contextlib.contextmanager
def milvus_server(folder: Path) -> Iterator[str]:
    """The address of Milvus' embedded edition, served by its own protocol: several may speak to it."""
    serving = pytest.importorskip("milvus_lite.adapter.grpc.server", reason="pip install '.[milvus]'")
    running, database, port = serving.start_server_in_thread(
        data_dir=str(folder / "milvus.db"), host="127.0.0.1", port=free_port()
    )
    try:
        yield f"milvus+http://127.0.0.1:{port}"
    finally:
        running.stop(grace=None).wait()
        database.close()
