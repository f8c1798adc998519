"""A server of one's own for a browser: the real process with its screens, on free ports and a folder of its
own. Used by `test_browser.py` and `screenshots.py`."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

SAMPLES = Path(__file__).parents[2] / "samples" / "library"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
LOCALES = {"ja": "ja-JP", "en": "en-GB", "zh": "zh-CN"}


class Office:
    """A running server with its screens, and documents in it."""

    def __init__(self, folder: Path, screens: str, sign_in: str) -> None:
        self.screens, self.sign_in = screens, sign_in
        server = json.loads((folder / "server.json").read_text())
        self.http = httpx.Client(
            base_url=server["address"],
            headers={"Authorization": f"Bearer {server['token']}"},
            timeout=240,
            trust_env=False,
        )

    def link(self) -> str:
        """A new one-time link."""
        return str(self.http.post("/api/sign-in-links").json()["address"])

    def upload(self, name: str, content: bytes) -> None:
        """Put a document into the first space."""
        self.http.post("/api/documents", files={"file": (name, content)}).raise_for_status()

    def erase(self, name: str) -> None:
        """Take it out again."""
        documents = self.http.get("/api/documents", params={"limit": 500}).json()["documents"]
        for document in documents:
            if document["name"] == name:
                self.http.delete(f"/api/documents/{document['id']}").raise_for_status()

    def wait_until_read(self, *kinds: str) -> None:
        """Until no job of those kinds (ingest alone where none is named) waits or runs."""
        while any(
            job["kind"] in (kinds or ("ingest",)) and job["state"] in ("waiting", "running")
            for job in self.http.get("/api/jobs").json()["jobs"]
        ):
            time.sleep(0.1)  # asked without a pause, it would slow the work down that it waits for


@contextmanager
def running_office(
    folder: Path, documents: Sequence[str], *, model: str = "none", embedder: str = "none", servers: str = ""
) -> Iterator[Office]:
    """A server over a new data folder, with those samples in it; `servers` are those of models."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("SHOKO_")}
    mine["PYTHONPATH"] = str(Path(__file__).parents[2])  # these screens, wherever the tests were started
    mine |= {"SHOKO_PORT": "0", "SHOKO_UI_PORT": "0", "SHOKO_EMBEDDER": embedder, "COLUMNS": "400"}
    if "SHOKO_MODELS" in os.environ:
        mine["SHOKO_MODELS"] = os.environ["SHOKO_MODELS"]
    if servers:
        mine["SHOKO_MODEL_SERVERS"] = servers
    order = [sys.executable, "-c", "from cli.main import main; main()", "serve"]
    process = subprocess.Popen(
        [*order, "--data", str(folder), "--model", model],
        env=mine,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "Stop with" in line:
            break
    screens, sign_in = re.search(r"Screens: +(\S+)", said), re.search(r"Sign in, .* (http\S+)", said)
    try:
        assert screens and sign_in, said
        opened = Office(folder, screens.group(1), sign_in.group(1))
        for name in documents:
            opened.upload(name, (SAMPLES / name).read_bytes())
        opened.wait_until_read()
        yield opened
        opened.http.close()
    finally:
        process.terminate()
        process.communicate(timeout=240)
