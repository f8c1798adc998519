"""Runs the Dockerfile where no container engine is: each stage in a folder of its own, each RUN in a chroot.

    sudo python tests/docs/dockerfile_in_chroot.py --work /var/tmp/shoko-image --arg ENGINE=avx2 \\
        --bring /etc/pip.conf --bring /etc/ssl/certs

Needs Linux, root and debootstrap. It stands in for `docker build` closely enough to find a RUN that fails,
a file that is not copied and a library that is missing: the base is a Debian with Python 3.11, the
environment is that of the Dockerfile, and nothing else of this machine is there but what `--bring` names
(pip's configuration, certificates) and `--env` passes on. The last stage's folder is left in WORK/final.
"""

from __future__ import annotations

import argparse
import fnmatch
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = "ca-certificates,python3.11,python3.11-venv"
SEARCHED = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass
class Stage:
    """A stage on its way: its folder, and what ENV, ARG and WORKDIR have set so far."""

    root: Path
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": SEARCHED, "HOME": "/root"})
    arguments: dict[str, str] = field(default_factory=dict)
    folder: str = "/"


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """Each instruction of a Dockerfile with its arguments, lines joined and comments left out."""
    joined = ""
    for line in text.splitlines():
        if line.lstrip().startswith("#") or not (joined or line.strip()):
            continue
        joined += line.strip().removesuffix("\\") + " "
        if not line.rstrip().endswith("\\"):
            name, _, rest = joined.strip().partition(" ")
            yield name.upper(), rest.strip()
            joined = ""


def sent(project: Path) -> list[str]:
    """The files that `COPY . .` would find: what git knows or might, less .dockerignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=project, check=True, capture_output=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    lines = [line.strip() for line in (project / ".dockerignore").read_text().splitlines()]
    ignored = [line for line in lines if line and not line.startswith("#")]

    def left_out(name: str) -> bool:
        parts = name.split("/")
        paths = ["/".join(parts[: index + 1]) for index in range(len(parts))]
        return any(
            fnmatch.fnmatch(path, pattern) or (pattern.startswith("**/") and part == pattern[3:])
            for path, part in zip(paths, parts, strict=True)
            for pattern in ignored
        )

    return [name for name in listed if name and (project / name).is_file() and not left_out(name)]


def filled(value: str, known: dict[str, str]) -> str:
    """The value with each `$NAME` in it replaced."""
    return re.sub(r"\$(\w+)", lambda match: known.get(match[1], ""), value)


def copy(stages: dict[str, Stage], stage: Stage, rest: str) -> None:
    """Carry out a COPY."""
    *sources, target = shlex.split(rest)
    to = stage.root / str(Path(stage.folder) / target).lstrip("/")
    if sources[0].startswith("--from="):
        start = stages[sources.pop(0).removeprefix("--from=")].root
        for source in sources:
            subprocess.run(["cp", "-a", f"{start}{source}", str(to)], check=True)
        return
    for source in sources:
        names = sent(PROJECT) if source == "." else [source]
        for name in names:
            place = to / name if source == "." else to / Path(name).name if target.endswith("/") else to
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, place)


def run(stage: Stage, command: str, passed: dict[str, str]) -> None:
    """Carry out a RUN. Raises CalledProcessError."""
    environment = passed | stage.arguments | stage.environment
    given = [f"{name}={value}" for name, value in environment.items()]
    inside = f"mkdir -p {stage.folder} && cd {stage.folder} && {command}"
    script = (
        'mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev"'
        ' && exec env -i "${@:3}" chroot "$1" /bin/sh -ec "$2"'
    )
    order = ["unshare", "-m", "bash", "-ec", script, "-", str(stage.root), inside, *given]
    subprocess.run(order, check=True)


def bootstrap(base: Path) -> None:
    """Make the stand-in for python:3.11-slim, where it is not there yet."""
    if not (base / "usr/bin/python3.11").exists():
        subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(base)], check=True
        )
    link = base / "usr/local/bin/python"
    if not link.is_symlink():
        link.symlink_to("/usr/bin/python3.11")


def build(work: Path, bring: list[Path], passed: dict[str, str], arguments: dict[str, str]) -> None:
    """Carry out every instruction; the stages' folders are WORK/0, WORK/1 …, the last also WORK/final."""
    bootstrap(work / "base")
    stages: dict[str, Stage] = {}
    stage = Stage(work)
    for name, rest in instructions((PROJECT / "Dockerfile").read_text()):
        print(f"--- {name} {rest}", flush=True)
        if name == "FROM":
            words = rest.split()
            stage = Stage(work / str(len(stages)))
            stages[words[2] if len(words) == 3 else str(len(stages))] = stage
            subprocess.run(["rm", "-rf", "--one-file-system", str(stage.root)], check=True)
            subprocess.run(["cp", "-a", "--reflink=auto", str(work / "base"), str(stage.root)], check=True)
            for path in bring:
                (stage.root / str(path.parent).lstrip("/")).mkdir(parents=True, exist_ok=True)
                subprocess.run(["cp", "-aL", str(path), f"{stage.root}{path.parent}/"], check=True)
        elif name == "ARG":
            key, _, default = rest.partition("=")
            stage.arguments[key] = arguments.get(key, default.strip('"'))
        elif name == "ENV":
            for word in shlex.split(rest):
                key, _, value = word.partition("=")
                stage.environment[key] = filled(value, stage.environment)
        elif name == "WORKDIR":
            stage.folder = rest
        elif name == "COPY":
            copy(stages, stage, rest)
        elif name == "RUN":
            run(stage, rest, passed)
    (work / "final").unlink(missing_ok=True)
    (work / "final").symlink_to(stage.root.name)
    values = " ".join(f"{key}={shlex.quote(value)}" for key, value in stage.environment.items())
    print(f"--- done: {work / 'final'}, with {values}")


def main() -> None:
    """Read the arguments and build."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--work", type=Path, required=True, help="folder for the stages (some 10 GB)")
    parser.add_argument("--bring", type=Path, action="append", default=[], help="file or folder to copy in")
    parser.add_argument("--env", action="append", default=[], help="variable of this shell to pass on")
    parser.add_argument("--arg", action="append", default=[], help="NAME=VALUE of an ARG")
    given = parser.parse_args()
    passed = {name: os.environ[name] for name in given.env if name in os.environ}
    arguments = dict(word.split("=", 1) for word in given.arg)
    given.work.mkdir(parents=True, exist_ok=True)
    build(given.work.resolve(), given.bring, passed, arguments)


if __name__ == "__main__":
    main()
