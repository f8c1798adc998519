"""Installs Shoko from this folder on a computer without a network; `./install-offline` starts it.

It uses Python's standard library alone, because nothing else is there yet. First it compares every file with
the signed list, then it installs; what was done is noted, so the same command goes on after a break.
"""

from __future__ import annotations

import argparse
import base64
import errno
import fcntl
import hashlib
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
FORMAT = 1
CHUNK = 2**20
MARK = ".shoko-offline"  # in a folder that this installer made
FIRST = ("pip-", "setuptools-", "wheel-", "pycparser-", "cffi-", "cryptography-")
GROUP_FILES, GROUP_BYTES = 12, 80_000_000  # libraries that one call of pip installs
VERIFY = """
import sys
from pathlib import Path
from cryptography.hazmat.primitives.serialization import load_pem_public_key
here = Path(sys.argv[1])
key = load_pem_public_key((here / "key.pem").read_bytes())
key.verify((here / "manifest.sig").read_bytes(), (here / "manifest.json").read_bytes())
"""


LOCK: list[TextIO] = []  # held until this process and its children end


class Refused(Exception):
    """Why it cannot go on, and what to do."""


def main() -> None:
    """Check and install; ends with 1 and a sentence where it cannot."""
    asked = argparse.ArgumentParser(
        prog="./install-offline", description="Install Shoko from this folder, without a network."
    )
    asked.add_argument(
        "folder", nargs="?", type=Path, default=Path.home() / "shoko", help="where to [~/shoko]"
    )
    asked.add_argument(
        "--fingerprint", default="", help="of the key that must have signed, as `shoko bundle` said"
    )
    asked.add_argument("--check", action="store_true", help="compare everything and install nothing")
    asked.add_argument("--no-test", action="store_true", help="leave the self-test out")
    arguments = asked.parse_args()
    try:
        run(
            arguments.folder.expanduser().absolute(),
            arguments.fingerprint,
            arguments.check,
            arguments.no_test,
        )
    except Refused as error:
        sys.exit(f"\n{error}")
    except KeyboardInterrupt:
        sys.exit("\nStopped. The same command goes on from here.")
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            sys.exit(
                f"\nThe disk is full ({error.filename}). Make room, then give the same command: it goes on."
            )
        sys.exit(
            f"\n{error.filename or ''}: {error.strerror or error}. Fix that, then run the same command again."
        )


def run(folder: Path, fingerprint: str, check: bool, no_test: bool) -> None:
    """All steps, in order."""
    manifest = read_manifest()
    fits_here(manifest)
    known = compare_key(fingerprint)
    signed = signature_by_openssl()
    compare_files(manifest["files"])
    if check:
        if not signed:
            raise Refused(
                "The signature was not checked: this computer has no openssl of version 3 or newer."
            )
        say("Everything is as it was packed.")
        return
    is_ours(folder)
    wait_for_others(folder)
    has_room(folder, manifest)
    python = environment(folder)
    state = State(folder / ".venv" / "offline.json", digest(HERE / "manifest.json"))
    libraries(python, manifest["files"], state, signed)
    source(folder, manifest["files"], state)
    order(python, ["pip", "install", "--no-deps", "--no-build-isolation", "-e", str(folder)], folder)
    models(folder, manifest["files"])
    (folder / ".venv" / "installed").touch()  # `make run` has nothing left to install
    if not no_test:
        self_test(python, folder)
    say(f"\nShoko {manifest['version']} is installed in {folder}. Start it with:")
    say(f"  {folder / '.venv' / 'bin' / 'shoko'} serve")
    if not known:
        say("The key was not compared: --fingerprint with what `shoko bundle` said shows who packed this.")


def say(text: str) -> None:
    """A line, at once."""
    print(text, flush=True)


class Bar:
    """How far a step is: a line that changes on a screen, a line for each tenth in a file."""

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self.shown = what, max(total, 1), -1

    def at(self, done: int) -> None:
        """Show that so much is done."""
        percent = 100 * min(done, self.total) // self.total
        step = percent if sys.stdout.isatty() else percent // 10 * 10
        if step != self.shown:
            self.shown = step
            end = "\r" if sys.stdout.isatty() and percent < 100 else "\n"
            print(f"{self.what}: {step} %", end=end, flush=True)


def read_manifest() -> dict[str, Any]:
    """The list of what is here. Raises Refused."""
    try:
        manifest: dict[str, Any] = json.loads((HERE / "manifest.json").read_bytes())
    except (OSError, ValueError) as error:
        raise Refused("manifest.json is missing or damaged: unpack the archive again.") from error
    if manifest.get("format") != FORMAT:
        raise Refused("This bundle is of another kind than its installer: unpack the archive again.")
    return manifest


def fits_here(manifest: dict[str, Any]) -> None:
    """Raises Refused where the compiled libraries would not run."""
    for name, wanted, actual in (
        ("system", manifest["system"], sys.platform),
        ("processor", manifest["machine"], platform.machine()),
    ):
        if wanted != actual:
            raise Refused(
                f"This bundle is for the {name} {wanted}, and this computer has {actual}. {ANOTHER}"
            )
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if python not in manifest["python"]:
        raise Refused(
            f"This bundle is for Python {' or '.join(manifest['python'])}, and this is {python}. {ANOTHER}"
        )
    (kind, least), (own, version) = manifest["libc"], platform.libc_ver()
    if kind != own or numbers(version) < numbers(least):
        said = f"{own or 'another C library'} {version}".strip()
        raise Refused(f"This bundle needs {kind} {least} or newer, and this computer has {said}. {ANOTHER}")


ANOTHER = "Make one with `shoko bundle` on a computer like this one."


def numbers(version: str) -> list[int]:
    """2.36 as [2, 36]."""
    return [int(part) for part in version.split(".") if part.isdigit()]


def compare_key(fingerprint: str) -> bool:
    """Whether the key was compared with the one that is expected. Raises Refused where it is another."""
    lines = (HERE / "key.pem").read_text().splitlines()
    actual = hashlib.sha256(base64.b64decode("".join(lines[1:-1]))).hexdigest()
    say(f"Fingerprint of the key that signed: {actual}")
    wanted = "".join(fingerprint.lower().replace(":", "").split())
    if wanted and wanted != actual:
        raise Refused("That is not the key that you expect. Nothing was installed: find out who packed this.")
    return bool(wanted)


def signature_by_openssl() -> bool:
    """Whether openssl of this computer checked it: it owes nothing to this archive. Raises Refused."""
    command = shutil.which("openssl")
    version = subprocess.run([command, "version"], capture_output=True, text=True).stdout if command else ""
    if command is None or not version.startswith("OpenSSL 3"):
        return False
    done = subprocess.run(
        [command, "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-in", "manifest.json",
         "-sigfile", "manifest.sig"],
        cwd=HERE, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode != 0:
        raise Refused(FORGED)
    say("The signature is right (openssl).")
    return True


FORGED = (
    "The signature does not fit the list of files: the bundle was changed. Get it again, and ask who sent it."
)


def digest(path: Path) -> str:
    """SHA-256, hexadecimal."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def compare_files(listed: dict[str, dict[str, Any]]) -> None:
    """Raises Refused, naming every file that is missing or was changed."""
    bar, done, wrong = Bar("Files compared", sum(item["bytes"] for item in listed.values())), 0, []
    for name, item in listed.items():
        path = HERE / name
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise Refused(FORGED)
        try:
            if path.stat().st_size != item["bytes"] or digest(path) != item["sha256"]:
                wrong.append(f"{name} was changed or cut off")
        except FileNotFoundError:
            wrong.append(f"{name} is missing")
        done += item["bytes"]
        bar.at(done)
    if wrong:
        more = f"\n  and {len(wrong) - 20} more" if len(wrong) > 20 else ""
        raise Refused(
            "Not as it was packed:\n  " + "\n  ".join(wrong[:20]) + more + "\nUnpack the archive again."
        )


def is_ours(folder: Path) -> None:
    """Raises Refused for a folder with other things in it, or whose Shoko runs."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise Refused(f"{folder} is not empty. Name a new folder: ./install-offline /opt/shoko")
    try:
        address = urlsplit(json.loads((folder / "data" / "server.json").read_bytes())["address"])
        with socket.create_connection((address.hostname or "", address.port or 0), timeout=1):
            raise Refused(f"Shoko runs in {folder}. Stop it, then give the same command.")
    except (OSError, ValueError, KeyError):
        pass
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()


def wait_for_others(folder: Path) -> None:
    """One at a time: a pip that a broken-off run left behind holds this too, and is waited for."""
    LOCK.append((folder / MARK).open("a"))
    os.set_inheritable(LOCK[0].fileno(), True)
    try:
        fcntl.flock(LOCK[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say(f"Another installation is at work in {folder}; waiting for its end.")
        fcntl.flock(LOCK[0], fcntl.LOCK_EX)


def has_room(folder: Path, manifest: dict[str, Any]) -> None:
    """Raises Refused where the disk has no room; what is installed already counts as room."""
    present = sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
    needed = manifest["bytes_installed"] * 11 // 10 - present
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Refused(
            f"{folder} needs {needed / 1e9:.1f} GB more and {free / 1e9:.1f} GB are free. Make room."
        )


def environment(folder: Path) -> Path:
    """The Python of the folder's own environment; made where there is none of this kind. Raises Refused."""
    python = folder / ".venv" / "bin" / "python"
    wanted = f"{sys.version_info[0]}.{sys.version_info[1]}"
    say_version = "import sys; print('%d.%d' % sys.version_info[:2])"
    if python.exists():
        answer = subprocess.run([str(python), "-Ic", say_version], capture_output=True, text=True)
        if answer.stdout.strip() == wanted:
            return python
        shutil.rmtree(folder / ".venv")
    done = subprocess.run(
        [sys.executable, "-I", "-m", "venv", "--without-pip", str(folder / ".venv")],
        capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise Refused(
            f"Python's venv does not work here ({' '.join(said)}). Install the package python3-venv."
        )
    return python


class State:
    """What of this bundle is installed."""

    def __init__(self, file: Path, bundle: str) -> None:
        self.file, self.bundle = file, bundle
        try:
            saved = json.loads(file.read_bytes())
        except (OSError, ValueError):
            saved = {}
        self.done: list[str] = saved["done"] if saved.get("bundle") == bundle else []

    def add(self, names: list[str]) -> None:
        """Note that these are done."""
        self.done += names
        part = self.file.with_suffix(".part")
        part.write_text(json.dumps({"bundle": self.bundle, "done": self.done}))
        part.replace(self.file)


def libraries(python: Path, listed: dict[str, dict[str, Any]], state: State, signed: bool) -> None:
    """Install the wheels; those that check the signature come first, where openssl could not."""
    wheels = [name for name in listed if name.endswith(".whl")]
    wheels.sort(
        key=lambda name: next(
            (place for place, first in enumerate(FIRST) if wheel(name).startswith(first)), 99
        )
    )
    pip = next((name for name in wheels if wheel(name).startswith("pip-")), None)
    if pip is None:
        raise Refused("The bundle has no pip. Get the archive again.")
    bar, done = Bar("Libraries installed", sum(listed[name]["bytes"] for name in wheels)), 0
    for group in groups(wheels, listed):
        new = [name for name in group if name not in state.done]
        if new:
            order(
                python, [str(HERE / pip / "pip"), "install", "--no-deps", *(str(HERE / file) for file in new)]
            )
            state.add(new)
        done += sum(listed[name]["bytes"] for name in group)
        if not signed and any(wheel(name).startswith("cryptography-") for name in group):
            if subprocess.run([str(python), "-Ic", VERIFY, str(HERE)], capture_output=True).returncode != 0:
                raise Refused(FORGED)
            say("The signature is right (by the library of this bundle).")
            signed = True
        bar.at(done)
    if not signed:
        raise Refused("The signature could not be checked: the bundle lacks a library. Install openssl 3.")


def wheel(name: str) -> str:
    """The file name of a wheel in the list."""
    return name.rsplit("/", 1)[-1]


def groups(wheels: list[str], listed: dict[str, dict[str, Any]]) -> Iterator[list[str]]:
    """The wheels in groups that are not too large: what a break costs at most."""
    group: list[str] = []
    for name in wheels:
        group.append(name)
        size = sum(listed[file]["bytes"] for file in group)
        if len(group) >= GROUP_FILES or size >= GROUP_BYTES or wheel(name).startswith("cryptography-"):
            yield group
            group = []
    if group:
        yield group


def order(python: Path, words: list[str], folder: Path | None = None) -> None:
    """Run pip without a network and without settings of this computer. Raises Refused with its last lines."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON", "SHOKO_"))
    }
    kept |= {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    kept |= {"PIP_NO_CACHE_DIR": "1", "PIP_QUIET": "1", "PYTHONUTF8": "1"}
    run = [str(python), *(["-m"] if words[0] == "pip" else []), *words]
    held = [lock.fileno() for lock in LOCK]
    done = subprocess.run(run, cwd=folder, env=kept, capture_output=True, text=True, pass_fds=held)
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()][-4:]
        if any("No space left" in line for line in lines):
            raise OSError(errno.ENOSPC, "the disk is full", str(python.parents[2]))
        raise Refused(
            "pip could not install:\n  " + "\n  ".join(lines) + "\nGive the same command to try again."
        )


def source(folder: Path, listed: dict[str, dict[str, Any]], state: State) -> None:
    """Copy Shoko itself, in place of an older one; `data` and what is not ours stay."""
    if "source" in state.done:
        return
    names = [name for name in listed if name.startswith("source/")]
    for top in {name.split("/")[1] for name in names}:
        old = folder / top
        if old.is_dir():
            shutil.rmtree(old)
    bar = Bar("Source copied", len(names))
    for number, name in enumerate(names, start=1):
        copy(HERE / name, folder / name.removeprefix("source/"))
        bar.at(number)
    state.add(["source"])


def models(folder: Path, listed: dict[str, dict[str, Any]]) -> None:
    """Copy the models; one that is there already, byte for byte, is left. Its record comes last."""
    names = sorted(
        (name for name in listed if name.startswith("models/")), key=lambda name: name.endswith("/model.json")
    )
    bar, done = Bar("Models copied", sum(listed[name]["bytes"] for name in names)), 0
    for name in names:
        place = folder / "data" / name
        if not (place.exists() and digest(place) == listed[name]["sha256"]):
            copy(HERE / name, place)
        done += listed[name]["bytes"]
        bar.at(done)


def copy(path: Path, place: Path) -> None:
    """Copy a file so that a break leaves the old one or the new one."""
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{place.name}.part")
    shutil.copyfile(path, part)
    shutil.copymode(path, part)
    part.replace(place)


def self_test(python: Path, folder: Path) -> None:
    """Let the engine answer, and run the main paths under the guard. Raises Refused where one fails."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SHOKO_", "PIP_"))
    }
    report = folder / "egress-report.html"
    say("Self-test (up to some minutes):")
    for words in (
        ["operations.selftest", str(folder / "data")],
        ["cli.main", "doctor", "--egress", str(report)],
    ):
        done = subprocess.run([str(python), "-m", *words], cwd=folder, env=kept | {"PYTHONUTF8": "1"})
        if done.returncode != 0:
            raise Refused(
                f"The self-test failed at {words[0]}. What it said stands above; see {folder / 'data/logs'}."
            )


if __name__ == "__main__":
    main()
