"""The real bundle, installed from an empty folder in a network that has only loopback, and used there.

    shoko bundle /var/tmp/shoko-offline.tar
    python -m bench.server.offline /var/tmp/shoko-offline.tar [--work FOLDER]

It needs Linux with namespaces (root, or a kernel that lets users make them), and three times the archive's
size. It breaks the installation off once and goes on, so that this is tried too.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from core.settings import PROJECT
from operations.offline.install_offline import digest

QUESTION = "在宅勤務は、1週に何日までできますか。"
ALONE = ["unshare", "--user", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up; exec "$@"', "sh"]
NO_WAY_OUT = (
    "import socket; s = socket.socket(); s.settimeout(2)\n"
    "try: s.connect(('192.0.2.1', 9))\n"
    "except OSError as e: print('no way out:', e.strerror)\n"
)


def main() -> None:
    """Unpack, break off, install, ask a question; print how long and how large."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("bundle", type=Path)
    asked.add_argument("--work", type=Path, help="a folder on a disk with room")
    given = asked.parse_args()
    environment = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
    with tempfile.TemporaryDirectory(prefix="shoko-offline-", dir=given.work) as work:
        place = Path(work)
        environment |= {"HOME": work, "TMPDIR": work}

        def alone(*words: str | Path, limit: float | None = None) -> tuple[float, str]:
            began = time.monotonic()
            order = [*ALONE, *(str(word) for word in words)]
            try:
                done = subprocess.run(
                    order,
                    cwd=place,
                    env=environment,
                    capture_output=True,
                    text=True,
                    timeout=limit,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return time.monotonic() - began, "broken off"
            if done.returncode != 0:
                raise SystemExit(f"{order} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
            return time.monotonic() - began, done.stdout.strip()

        print(alone("python3", "-c", NO_WAY_OUT)[1])
        print(f"archive: {given.bundle.stat().st_size / 1e9:.2f} GB, SHA-256 {digest(given.bundle)}")
        print(f"unpacked in {alone('tar', 'xf', given.bundle.absolute())[0]:.0f} s")
        (folder,) = place.iterdir()
        installer, own = folder / "install-offline", place / "own"
        print(f"compared in {alone(installer, '--check')[0]:.0f} s")
        print(f"after 15 s: {alone(installer, own, limit=15)[1]}")
        seconds, said = alone(installer, own)
        print(f"gone on and installed, with self-test, in {seconds:.0f} s; it said:\n{said}\n")
        size = sum(path.lstat().st_size for path in own.rglob("*") if path.is_file())
        print(f"installed: {size / 1e9:.2f} GB")
        shoko = own / ".venv" / "bin" / "shoko"
        shutil.rmtree(folder)  # nothing of the archive is needed any more
        print(alone(shoko, "ingest", PROJECT / "samples" / "library")[1])
        seconds, said = alone(shoko, "ask", "--json", QUESTION)
        answer = json.loads(said)
        quotes = [citation["quote"] for citation in answer["citations"]]
        print(f"asked in {seconds:.0f} s: {answer['status']}: {quotes[:1]}")


if __name__ == "__main__":
    main()
