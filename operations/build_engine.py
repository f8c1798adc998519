"""Builds llama-cpp-python for this machine's CPU, and keeps each wheel under the flags it was built with.

    python operations/build_engine.py [--fresh | --beside | --wait | --needed]

Runs before anything else is installed, so it uses the standard library alone. `--beside` lets a process of
its own build while the libraries are installed and Shoko already serves: it installs the engine once they are
there, and what becomes of it stands in a file that `state` reads. `--wait` waits for that process, or builds
where there is none. `--needed` writes the libraries that Shoko needs but for the engine.

pip's own cache does not look at the flags of a build: a wheel made with the defaults (whose AMX code ends the
process on the first token on some virtual machines, ggml-org/llama.cpp #20824) could come back from it. So
pip's cache is not used, and wheels lie in a folder named after version and flags.

Tiers, measured in docs/benchmarks.md: AVX-512 with its instructions for eight bits reads the default model's
prompts twice as fast as AVX2 (every x86-64 desktop and server CPU since 2015, but for some of the smallest),
and CPUs without either get the plain x86-64 of 2009 (SSE4.2). AMX is never built.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

VERSION = "0.3.36"
NO_AMX = "-DGGML_NATIVE=OFF -DGGML_AMX_TILE=OFF -DGGML_AMX_INT8=OFF -DGGML_AMX_BF16=OFF"
AVX2 = f"{NO_AMX} -DGGML_AVX=ON -DGGML_AVX2=ON -DGGML_FMA=ON -DGGML_F16C=ON -DGGML_BMI2=ON"
FLAGS = {
    "avx512": f"{AVX2} -DGGML_AVX512=ON -DGGML_AVX512_VBMI=ON -DGGML_AVX512_VNNI=ON",
    "avx2": AVX2,
    "sse42": f"{NO_AMX} -DGGML_AVX=OFF -DGGML_AVX2=OFF -DGGML_FMA=OFF -DGGML_F16C=OFF -DGGML_BMI2=OFF"
    " -DGGML_SSE42=ON",
    "other": "-DGGML_NATIVE=ON",  # not x86-64 (an ARM Mac or server): no AMX there
}
TIERS = ["avx512", "avx2", "sse42"]
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
NEEDED = {"avx", "avx2", "fma", "f16c", "bmi2"}
WIDE = {f"avx512{part}" for part in ("f", "bw", "cd", "dq", "vl", "vbmi", "_vnni")}
STATE, LOG, LIBRARIES = "engine.json", "engine.log", "libraries"  # in the environment's folder
STILL = "is still being compiled; answers are quotes until it is ready"
LONGEST = 3 * 3600.0  # seconds that a build may take, and wait for the libraries
POLITE = 10  # of 19: whoever asks meanwhile comes first


@dataclass(frozen=True)
class EngineState:
    """What is known of a build beside: `none` (there was none), `running`, `done` or `failed`."""

    state: str = "none"
    process: int = 0
    log: str = ""
    problem: str = ""
    started: str = ""  # when the process began, as `started` tells it


def tier_of_machine() -> str:
    """The best tier that this CPU can run; `other` if it is not x86-64."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        TIERS[:] = ["other"]
        return "other"
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return "avx2"
    flags = next((line for line in text.splitlines() if line.startswith("flags")), "").split()
    if not set(flags) >= NEEDED:
        return "sse42"
    return "avx512" if set(flags) >= WIDE else "avx2"


def tier_elsewhere() -> str:
    """The best tier for another computer of this one's kind, of which nothing else is known."""
    own = tier_of_machine()
    return "avx2" if own == "avx512" else own


def wheel_folder(tier: str) -> Path:
    """Where the wheel of that tier is kept: by version, flags, Python and system."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "shoko" / "wheels"
    key = f"{VERSION} {FLAGS[tier]} {platform.platform()} {platform.machine()}"
    return cache / f"llama-cpp-python-{VERSION}-{tier}-{hashlib.sha256(key.encode()).hexdigest()[:10]}"


def wheel(tier: str, *, fresh: bool = False) -> Path:
    """The engine's wheel of that tier; built if none is kept."""
    folder = wheel_folder(tier)
    wheels = list(folder.glob("*.whl"))
    if fresh or not wheels:
        folder.mkdir(parents=True, exist_ok=True)
        print(
            f"The language model's engine is compiled ({tier}): 5 to 15 minutes, once.",
            flush=True,
        )
        subprocess.run(
            [*PIP, "wheel", "--no-deps", "--no-cache-dir", "-w", str(folder), f"llama-cpp-python=={VERSION}"],
            env=os.environ | {"CMAKE_ARGS": FLAGS[tier]},
            check=True,
        )
        wheels = list(folder.glob("*.whl"))
    return wheels[0]


def build(tier: str, *, fresh: bool = False) -> None:
    """Install the engine of that tier into this environment, building it where no wheel of it is kept."""
    install_wheel(wheel(tier, fresh=fresh))


def install_wheel(made: Path) -> None:
    """Install that wheel of the engine into this environment."""
    subprocess.run(
        [*PIP, "install", "-q", "--no-deps", "--no-cache-dir", "--force-reinstall", str(made)], check=True
    )


def state(place: Path | None = None) -> EngineState:
    """What becomes of the build beside, in this environment or that of another place."""
    try:
        kept = EngineState(**json.loads(((place or Path(sys.prefix)) / STATE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return EngineState()
    if kept.state == "running" and not runs(kept.process, kept.started):
        return EngineState("failed", 0, kept.log, "it was ended before it was done")
    return kept


def installed() -> bool:
    """Whether the engine can be imported here; nothing is loaded."""
    importlib.invalidate_caches()  # it may have come since this process began
    return importlib.util.find_spec("llama_cpp") is not None


def _version() -> str:
    """Of the installed engine; empty where there is none."""
    try:
        return importlib.metadata.version("llama-cpp-python")
    except importlib.metadata.PackageNotFoundError:
        return ""


def beside() -> None:
    """Let a process of its own build and install; it goes on when this one has ended."""
    place = Path(sys.prefix)
    now = state(place)
    if now.state == "running" or _version() == VERSION:
        return
    if now.state == "failed" and (place / LIBRARIES).exists():  # not at every start anew
        print(
            f"The engine could not be compiled; its log: {now.log}. `make install` tries again.", flush=True
        )
        return
    log = place / LOG
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, __file__, "--background"],
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    _note(place, EngineState("running", process.pid, str(log), started=started(process.pid)))
    if not list(wheel_folder(tier_of_machine()).glob("*.whl")):
        print(
            "The language model's engine is compiled meanwhile (5 to 15 minutes, once); Shoko starts without"
            f" it and answers with quotes until it is ready. Its log: {log}",
            flush=True,
        )


def background(make: Callable[[str], Path], install: Callable[[Path], None], place: Path) -> None:
    """Build, wait for the libraries, install; whatever goes wrong stands in the state."""
    with contextlib.suppress(AttributeError, OSError):  # not on Windows
        os.nice(POLITE)
    log, own = str(place / LOG), os.getpid()
    try:
        made = make(tier_of_machine())
        deadline = time.monotonic() + LONGEST
        while not (place / LIBRARIES).exists():  # two installations at once would be in each other's way
            if time.monotonic() > deadline:
                raise TimeoutError("the libraries were not installed")
            time.sleep(0.5)
        install(made)
    except BaseException as error:  # also an interrupt: whoever waits for the state must learn of it
        _note(place, EngineState("failed", own, log, f"{type(error).__name__}: {error}"[:500]))
        raise
    _note(place, EngineState("done", own, log))


def wait() -> None:
    """Until a build beside is done; builds where there is none. Ends this process where it failed."""
    waited = False
    while (now := state()).state == "running":
        waited = True
        time.sleep(1.0)
    if waited and now.state == "failed":
        sys.exit(
            f"The engine could not be compiled ({now.problem}). The end of {now.log} says what went wrong."
        )
    if not installed():
        build(tier_of_machine())


def needed(project: Path) -> list[str]:
    """The requirements of the project in that file, but for the engine."""
    listed = tomllib.loads(project.read_text("utf-8"))["project"]["dependencies"]
    return [str(requirement) for requirement in listed if not str(requirement).startswith("llama-cpp-python")]


def _note(place: Path, what: EngineState) -> None:
    part = place / f"{STATE}.part"
    part.write_text(json.dumps(asdict(what)), "utf-8")
    part.replace(place / STATE)


def started(process: int) -> str:
    """When that process began, in ticks since this computer did; empty where the system does not say."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def runs(process: int, since: str = "") -> bool:
    """Whether a process of that number is there and has not ended; `since`: what `started` said of it, as
    another one may have its number by now: in a container the same few come again after each start."""
    if since and started(process) != since:
        return False
    try:
        os.kill(process, 0)
        # One that ended and that nobody asked for still has its number.
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return True  # no /proc here
    except OSError:
        return False


if __name__ == "__main__":
    if "--beside" in sys.argv:
        beside()
    elif "--background" in sys.argv:
        background(wheel, install_wheel, Path(sys.prefix))
    elif "--needed" in sys.argv:
        print("\n".join(needed(Path(__file__).parent.parent / "pyproject.toml")))
    elif "--wait" in sys.argv:
        wait()
    else:
        build(tier_of_machine(), fresh="--fresh" in sys.argv)
