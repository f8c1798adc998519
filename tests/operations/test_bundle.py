"""The bundle for isolated computers: a small made-up one, packed and installed for real, and all that must be
refused. The real one is tried by hand, with `python -m bench.server.offline`."""

from __future__ import annotations

import ensurepip
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from core.errors import BundleFailed, ModelUnknown
from core.settings import PROJECT
from operations.dependencies import installed
from operations.offline import bundle as bundling
from operations.offline.bundle import bundle, kind_of_machine, signing_key, source_files, write_archive
from operations.offline.install_offline import digest

pytestmark = pytest.mark.engines

BACKEND = """
import zipfile
from pathlib import Path

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "shoko-1-py3-none-any.whl"
    with zipfile.ZipFile(Path(folder) / name, "w") as wheel:
        wheel.writestr("shoko.pth", str(Path.cwd()))
        wheel.writestr("shoko-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: shoko\\nVersion: 1\\n")
        tag = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
        wheel.writestr("shoko-1.dist-info/WHEEL", tag)
        wheel.writestr("shoko-1.dist-info/RECORD", "")
    return name
"""
PROJECT_FILE = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
ENGINE_TEST = "import a_library, sys; print('the engine answers', a_library.ANSWER)\n"
# No network at all, where this computer permits it; elsewhere pip is told to use none, as always.
ALONE = ["unshare", "--user", "--map-root-user", "--net"]


def nothing(what: str, done: int, total: int) -> None:
    """No progress."""


def made_wheel(folder: Path, name: str, content: str) -> Path:
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(f"{name}.py", content)
        made.writestr(
            f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
        )
        made.writestr(
            f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        made.writestr(f"{name}-1.0.dist-info/RECORD", "")
    return path


def pip_wheel() -> Path:
    """The pip that Python itself brings."""
    return next((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl"))


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What a small made-up bundle is made of."""
    folder = tmp_path_factory.mktemp("parts")
    paths = {f"wheels/{pip_wheel().name}": pip_wheel()}
    paths |= {f"wheels/{(wheel := made_wheel(folder, 'a_library', 'ANSWER = 42')).name}": wheel}
    for name, content in {
        "source/backend.py": BACKEND,
        "source/pyproject.toml": PROJECT_FILE,
        "source/operations/selftest.py": ENGINE_TEST,
        "source/cli/main.py": "print('nothing goes out')\n",
        "models/tiny/weights.bin": "weights " * 1000,
        "models/tiny/model.json": "{}",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        paths[name] = path
    return paths | {path.name: path for path in bundling.INSTALLER.iterdir() if path.is_file()}


def pack(place: Path, parts: dict[str, Path], **changed: object) -> tuple[Path, str]:
    """A bundle of them, unpacked; and its key's fingerprint."""
    archive = place / "small.tar"
    key = signing_key(place / "key.pem")
    fingerprint = write_archive(archive, parts, kind_of_machine() | changed, key, nothing)
    with tarfile.open(archive) as opened:
        opened.extractall(place, filter="data")
    return place / "small", fingerprint


def install(folder: Path, *words: str | Path, alone: bool = False, path: str = "") -> tuple[int, str]:
    environment = {"PATH": path or os.environ["PATH"], "PYTHON": sys.executable, "HOME": str(folder.parent)}
    environment["PIP_INDEX_URL"] = "http://192.0.2.1/"  # whoever used this computer's settings would fail
    order = [*(ALONE if alone else []), str(folder / "install-offline"), *map(str, words)]
    done = subprocess.run(order, capture_output=True, text=True, env=environment, timeout=480)
    return done.returncode, done.stdout + done.stderr


def has_namespaces() -> bool:
    return (
        bool(shutil.which("unshare"))
        and subprocess.run([*ALONE, "true"], capture_output=True).returncode == 0
    )


def test_it_installs_without_a_network_goes_on_after_a_break_and_takes_a_newer_one(
    parts: dict[str, Path], tmp_path: Path
) -> None:
    folder, fingerprint = pack(tmp_path, parts)
    own = tmp_path / "own place"
    weights = folder / "models/tiny/weights.bin"
    weights.rename(tmp_path / "away")
    code, said = install(folder, own)
    assert code == 1 and "models/tiny/weights.bin is missing" in said and not own.exists()
    (tmp_path / "away").rename(weights)
    code, said = install(folder, own, "--fingerprint", fingerprint, alone=has_namespaces())
    assert code == 0, said
    assert "The signature is right" in said and "the engine answers 42" in said and "nothing goes out" in said
    assert (own / "data/models/tiny/model.json").exists() and "was not compared" not in said
    state = own / ".venv/offline.json"
    assert json.loads(state.read_text())["done"][2:] == ["source"]  # after two libraries

    # A newer bundle over it: the source is replaced, what the company put there stays, libraries that are
    # noted as installed are not installed once more.
    (own / "data/company.txt").write_text("stays")
    (own / "cli/gone.py").write_text("an older version had this")
    noted = json.loads(state.read_text())
    newer = tmp_path / "newer"
    newer.mkdir()
    shutil.rmtree(folder)
    folder, _ = pack(newer, parts)
    state.write_text(json.dumps({"bundle": digest(folder / "manifest.json"), "done": noted["done"][:2]}))
    before = (own / ".venv/bin/python").lstat().st_mtime_ns
    code, said = install(folder, own, "--no-test")
    assert code == 0, said
    assert (own / "data/company.txt").exists() and not (own / "cli/gone.py").exists()
    assert (own / ".venv/bin/python").lstat().st_mtime_ns == before
    assert subprocess.run([own / ".venv/bin/python", "-Ic", "import a_library, cli.main"]).returncode == 0


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("models/tiny/weights.bin", lambda text: text[:-1] + b"X"),
        ("models/tiny/weights.bin", lambda text: text[:100]),
        ("source/cli/main.py", lambda text: text + b"import os\n"),
        ("manifest.json", lambda text: text.replace(b'"version"', b'"Version"')),
        ("manifest.sig", lambda text: bytes(64)),
    ],
    ids=["a changed byte", "a cut file", "more code", "a changed list", "another signature"],
)
def test_what_was_changed_is_named_and_nothing_is_installed(
    parts: dict[str, Path],
    tmp_path: Path,
    name: str,
    change,  # type: ignore[no-untyped-def]
) -> None:
    folder, _ = pack(tmp_path, parts)
    path = folder / name
    path.write_bytes(change(path.read_bytes()))
    code, said = install(folder, tmp_path / "own")
    assert code == 1 and not (tmp_path / "own").exists()
    assert (
        (f"{name} was changed or cut off" in said)
        if "manifest" not in name
        else "signature does not fit" in said
    )


def test_another_key_than_the_expected_one_is_refused(parts: dict[str, Path], tmp_path: Path) -> None:
    folder, fingerprint = pack(tmp_path, parts)
    code, said = install(folder, tmp_path / "own", "--fingerprint", "0" * 64)
    assert code == 1 and "not the key that you expect" in said and not (tmp_path / "own").exists()
    assert install(folder, "--check", "--fingerprint", fingerprint.upper())[0] == 0


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"python": ["3.2"]}, "Python 3.2 is needed"),
        ({"machine": "s390x"}, "for the processor s390x"),
        ({"system": "plan9"}, "for the system plan9"),
        ({"libc": ["glibc", "99.1"]}, "needs glibc 99.1 or newer"),
    ],
)
def test_a_computer_of_another_kind_is_told_so(
    parts: dict[str, Path], tmp_path: Path, changed: dict[str, object], said: str
) -> None:
    code, output = install(pack(tmp_path, parts, **changed)[0], tmp_path / "own")
    assert code == 1 and said in output, output


def test_a_folder_with_other_things_is_left_alone(parts: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own/letter.txt").write_text("mine")
    code, said = install(pack(tmp_path, parts)[0], tmp_path / "own")
    assert code == 1 and "is not empty" in said
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["letter.txt"]


def test_a_disk_without_room_is_told_before_anything_is_copied(
    parts: dict[str, Path], tmp_path: Path
) -> None:
    original = bundling._unpacked
    bundling._unpacked = lambda parts: 10**18
    try:
        folder, _ = pack(tmp_path, parts)
    finally:
        bundling._unpacked = original
    code, said = install(folder, tmp_path / "own")
    assert code == 1 and "GB more and" in said and not (tmp_path / "own/.venv").exists()


def test_without_openssl_and_without_the_library_nothing_is_called_signed(
    parts: dict[str, Path], tmp_path: Path
) -> None:
    folder, _ = pack(tmp_path, parts)
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "dirname", "sed", "uname", "env"):
        (tools / name).symlink_to(shutil.which(name) or name)
    code, said = install(folder, "--check", path=str(tools))
    assert code == 1 and "The signature was not checked" in said
    code, said = install(folder, tmp_path / "own", path=str(tools))
    assert code == 1 and "signature could not be checked" in said


def test_the_command_packs_what_is_asked_and_goes_on_after_a_break(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, project, models = tmp_path / "index", tmp_path / "project", tmp_path / "models"
    for folder in (index, project / "core", project / "data", models / "tiny"):
        folder.mkdir(parents=True)
    (project / "core/a.py").write_text("x = 1\n")
    (project / "data/company.txt").write_text("a secret of the company")
    (models / "tiny/model.json").write_text("{}")
    engine = made_wheel(tmp_path, "llama_cpp_python", "")
    made_wheel(index, "a_library", "ANSWER = 42")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setattr(bundling, "_wanted", lambda extras: {"a-library": "1.0", "b-library": "1.0"})
    monkeypatch.setattr(bundling, "PROJECT", project)
    monkeypatch.setattr(bundling.build_engine, "wheel", lambda tier: engine)
    target, key = tmp_path / "made.tar", tmp_path / "keys/bundle.pem"
    with pytest.raises(BundleFailed, match="b-library"):
        bundle(target, models, key, nothing)
    assert not target.exists()
    made_wheel(index, "b_library", "")
    with pytest.raises(ModelUnknown):
        bundle(target, models, key, nothing, names=["unheard of"])
    with pytest.raises(BundleFailed, match="no engine"):
        bundle(target, models, key, nothing, tier="z80")
    made = bundle(target, models, key, nothing)
    assert (made.libraries, made.bytes) == (3, target.stat().st_size)
    assert key.stat().st_mode & 0o777 == 0o600 and not target.with_name("made.tar.parts").exists()
    with tarfile.open(target) as opened:
        names = {name.removeprefix("made/") for name in opened.getnames()}
        assert not [name for name in names if "company" in name]
        listed = json.load(opened.extractfile("made/manifest.json"))["files"]  # type: ignore[arg-type]
    assert names == {*listed, "manifest.json", "manifest.sig", "key.pem"}
    assert {"source/core/a.py", "install-offline", "wheels/a_library-1.0-py3-none-any.whl"} <= names
    with pytest.raises(BundleFailed, match="is there already"):
        bundle(target, models, key, nothing)
    again = bundle(tmp_path / "again.tar", models, key, nothing)
    assert again.fingerprint == made.fingerprint


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("no key")
    with pytest.raises(BundleFailed, match="not a private key"):
        signing_key(tmp_path / "x.pem")


def test_every_package_of_the_project_is_in_the_source() -> None:
    head = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    packages = head["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {name.rstrip("*") for name in packages} <= set(bundling.SOURCE)


def test_the_source_is_whole_and_brings_nothing_hidden() -> None:
    names = dict(source_files(bundling.PROJECT))
    assert {"pyproject.toml", "core/settings.py", "ui/texts/ja.yaml", "constraints.txt"} <= names.keys()
    assert not [name for name in names if name.startswith((".", "data/")) or "__pycache__" in name]
    assert {
        f"operations/offline/{path.name}" for path in bundling.INSTALLER.iterdir() if path.is_file()
    } <= names.keys()
    assert digest(names["pyproject.toml"]) == digest(bundling.PROJECT / "pyproject.toml")
    project = tomllib.loads((bundling.PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    rooms = {name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    assert rooms <= {name.partition("/")[0] for name in names}


def test_libraries_that_only_an_extra_names_are_counted_as_needed() -> None:
    assert {"httptools", "pyrage", "fugashi", "uvicorn"} <= installed().keys()
