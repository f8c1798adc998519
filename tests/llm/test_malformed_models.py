"""A malformed model file reaches llama.cpp by no door, and nothing dies of it: importing by the command line
or over HTTP, laying it into the folder of models by hand, choosing it, starting with it chosen."""

from __future__ import annotations

import itertools
import os
import shutil
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from making import add, administrator, settings_in
from typer.testing import CliRunner

from cli.main import app
from contract.values import ModelRole
from core.errors import ModelFileBad, ModelUnfit
from core.settings import PROJECT
from llm.catalogue.store import ModelStore
from llm.engines.llama import LlamaCpp, LlamaSettings
from llm.engines.llama_worker import Worker
from llm.engines.synthetic import ModelShape, write_synthetic
from llm.fakes import HashEmbedder, ScriptedModel
from llm.gguf import check_gguf
from operations import model_selection
from operations.chosen_models import remember
from operations.library import Library, open_library

pytestmark = pytest.mark.engines

STRING, ARRAY, UINT32 = 8, 9, 4
HUGE = (2**62, 2**63, 2**64 - 1)
PADDING = 32


class Layout:
    """Where each field of a GGUF file's header stands: of a sound file alone."""

    def __init__(self, content: bytes) -> None:
        self.content, self.at = content, 24
        self.keys: list[tuple[int, int, int]] = []  # where its length, its type and its value stand
        self.tensors: list[
            tuple[int, int, int, int, int]
        ] = []  # ... its name, axes, first axis, type, offset
        tensors, keys = struct.unpack_from("<QQ", content, 8)
        for _ in range(keys):
            begin = self.at
            self._text()
            self.keys.append((begin, self.at, self.at + 4))
            (kind,) = struct.unpack_from("<I", content, self.at)
            self.at += 4
            if kind == STRING:
                self._text()
            else:
                self.at += 4
        for _ in range(tensors):
            begin = self.at
            self._text()
            axes, (count,) = self.at, struct.unpack_from("<I", content, self.at)
            kind = axes + 4 + 8 * count
            self.tensors.append((begin, axes, axes + 4, kind, kind + 4))
            self.at = kind + 12
        self.end = self.at  # of the header; the weights begin after it, on a multiple of PADDING

    def _text(self) -> None:
        self.at += 8 + struct.unpack_from("<Q", self.content, self.at)[0]

    def key(self, name: str) -> tuple[int, int, int]:
        """The places of the key of that name."""
        begin = self.content.index(struct.pack("<Q", len(name)) + name.encode())
        return next(key_place for key_place in self.keys if key_place[0] == begin)


def put(content: bytes, offset: int, form: str, value: int) -> bytes:
    """That content with one number in it changed."""
    raw = struct.pack("<" + form, value)
    return content[:offset] + raw + content[offset + len(raw) :]


def with_key(layout: Layout, name: str, kind: int, value: bytes) -> bytes:
    """That content with one key more, whole in every other way."""
    place, content = layout.keys[-1][0], layout.content
    (keys,) = struct.unpack_from("<Q", content, 16)
    more = struct.pack("<Q", len(name)) + name.encode() + struct.pack("<I", kind) + value
    head = put(content, 16, "Q", keys + 1)
    head = head[:place] + more + head[place : layout.end]
    start = -(-layout.end // PADDING) * PADDING
    return head + b"\0" * (-len(head) % PADDING) + content[start:]


def mutations(content: bytes) -> Iterator[tuple[str, bytes]]:
    """That sound file, broken in one way after the other."""
    layout = Layout(content)
    for magic in (b"GGUX", b"FUGG", b"ggjt", b"\0\0\0\0"):
        yield f"begins with {magic!r}", magic + content[4:]
    for version in (0, 1, 4, 3 << 24, 2**32 - 1):
        yield f"version {version}", put(content, 4, "I", version)
    (tensors, keys) = struct.unpack_from("<QQ", content, 8)
    for count in (0, tensors + 1, 2**31, *HUGE):
        yield f"{count} tensors", put(content, 8, "Q", count)
    for count in (0, keys - 1, keys + 1, 2**31, *HUGE):
        yield f"{count} keys", put(content, 16, "Q", count)
    first, middle = layout.keys[0], layout.keys[len(layout.keys) // 2]
    for length in (2**31, *HUGE):
        yield f"a key of {length} letters", put(content, middle[0], "Q", length)
    for kind in (13, 255, ARRAY, 2**32 - 1):
        yield f"a value of type {kind}", put(content, middle[1], "I", kind)
    for length in (2**31, *HUGE):
        yield f"a text of {length} letters", put(content, first[2], "Q", length)
    for of, length in ((STRING, 2**62), (UINT32, 2**62), (UINT32, 2**31), (ARRAY, 1), (99, 1)):
        value = struct.pack("<IQ", of, length)
        yield f"a list of {length} of type {of}", with_key(layout, "tokenizer.ggml.tokens", ARRAY, value)
    for alignment in (0, 3, 2**31 + 1):
        value = struct.pack("<I", alignment)
        yield f"an alignment of {alignment}", with_key(layout, "general.alignment", UINT32, value)
    yield "a key twice", with_key(layout, "llama.block_count", UINT32, struct.pack("<I", 1))
    for name in ("llama.block_count", "llama.context_length", "llama.embedding_length"):
        yield f"{name} is 0", put(content, layout.key(name)[2], "I", 0)
    yield "one of two parts", with_key(layout, "split.count", UINT32, struct.pack("<I", 2))
    name, axes, shape, kind, offset = layout.tensors[1]
    for length in (2**31, *HUGE):
        yield f"a tensor's name of {length} letters", put(content, name, "Q", length)
    for count in (0, 5, 2**32 - 1):
        yield f"a tensor of {count} axes", put(content, axes, "I", count)
    for length in (0, 2**40, *HUGE):
        yield f"a tensor {length} wide", put(content, shape, "Q", length)
    for number in (4, 5, 31, 99, 2**32 - 1):
        yield f"a tensor of type {number}", put(content, kind, "I", number)
    for place in (1, len(content) // PADDING * PADDING, 2**40, 2**64 - PADDING):
        yield f"a tensor at {place}", put(content, offset, "Q", place)
    for size in (
        0,
        4,
        12,
        23,
        first[2] + 3,
        layout.tensors[-1][3],
        layout.end,
        len(content) // 2,
        len(content) - 1,
    ):
        yield f"cut at {size}", content[:size]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small file that llama.cpp takes."""
    path = tmp_path_factory.mktemp("sound") / "sound.gguf"
    write_synthetic(path, ModelShape(layers=1, width=64, forward=64, vocabulary=64, heads=8), 0)
    check_gguf(path)
    return path


@pytest.fixture(scope="module")
def broken(sound: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("broken")
    paths = []
    for number, (what, content) in enumerate(mutations(sound.read_bytes())):
        path = folder / f"broken-{number}.gguf"
        path.write_bytes(content)
        with pytest.raises(ModelFileBad):
            print(what, check_gguf(path))  # seen where it is taken for sound
        paths.append(path)
    assert len(paths) >= 50
    return paths


@pytest.fixture(autouse=True)
def engine_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """Whether any process took llama.cpp in hand: in its place lies a library that notes it and gives up."""
    mark, wire = tmp_path / "reached", tmp_path / "wire"
    (wire / "llama_cpp").mkdir(parents=True)
    line = f"open({str(mark)!r}, 'w').close()\nraise ImportError('llama.cpp was reached')\n"
    (wire / "llama_cpp" / "__init__.py").write_text(line)
    monkeypatch.setenv("PYTHONPATH", f"{wire}{os.pathsep}{PROJECT}")
    monkeypatch.delenv("SHOKO_MODELS", raising=False)  # the models of this machine are left alone
    monkeypatch.syspath_prepend(str(wire))
    for name in [name for name in sys.modules if name.partition(".")[0] == "llama_cpp"]:
        monkeypatch.delitem(sys.modules, name)
    return mark.exists


def installed(store: ModelStore, sound: Path, file: Path) -> str:
    """A model of the store whose file was changed by hand after it was installed."""
    model = store.import_file(sound, "by-hand")
    path = store.folder / model.name / model.files[0]
    path.unlink()  # it may be the sound file itself, linked
    shutil.copyfile(file, path)
    return model.name


def test_the_child_reads_the_file_itself_before_it_loads_the_engine(
    sound: Path, broken: list[Path], engine_seen: Callable[[], bool], tmp_path: Path
) -> None:
    for path in broken:
        with pytest.raises(ModelFileBad):
            Worker({"path": str(path)})
    projector = tmp_path / "mmproj.gguf"
    projector.write_bytes(broken[-1].read_bytes())
    with pytest.raises(ModelFileBad):
        Worker({"path": str(sound), "projector": str(projector)})
    engine = LlamaCpp("bad", LlamaSettings(broken[7]), tmp_path / "logs")
    with pytest.raises(ModelUnfit, match="cannot be loaded"):
        engine.start()
    engine.close()
    assert not engine_seen()
    engine = LlamaCpp("good", LlamaSettings(sound), tmp_path / "logs")
    with pytest.raises(ModelUnfit, match="was reached"):
        engine.start()
    engine.close()
    assert engine_seen()  # a sound file does get there: the wire holds


def test_the_command_imports_none(
    broken: list[Path], engine_seen: Callable[[], bool], tmp_path: Path
) -> None:
    store = ModelStore(tmp_path / "models")
    for path in broken:
        with pytest.raises(ModelFileBad, match=path.name):
            store.import_file(path)
    for path in broken[::40]:
        done = CliRunner().invoke(app, ["models", "import", str(path), "--data", str(tmp_path)])
        assert done.exit_code == 1 and path.name in done.output, done.output
    assert store.installed() == []
    assert not engine_seen()


def test_the_door_imports_none_and_chooses_none(
    library: Library, client: httpx.Client, sound: Path, broken: list[Path], engine_seen: Callable[[], bool]
) -> None:
    library.answerer.model = writer = ScriptedModel("The valve opens at night [1].")
    add(library, "valve.txt", "The valve opens at night.")
    incoming = library.settings.models_folder / "incoming"
    incoming.mkdir(parents=True)
    library.switches.settings = library.settings.model_copy(update={"model": "auto"})
    for path in broken:
        shutil.copyfile(path, incoming / path.name)
        answer = client.post("/api/models/imports", json={"file": path.name, "name": "x"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "model_file_bad")
        name = installed(library.store, sound, path)
        answer = client.put("/api/models/use", json={"name": name, "role": "chat"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "model_file_bad"), answer.text
    listed = client.get("/api/models/incoming").json()["files"]
    assert len(listed) == len(broken) and all(file["problem"] for file in listed)
    assert library.answerer.model is writer
    asked = client.post("/api/questions", json={"question": "When does the valve open?", "stream": False})
    assert asked.json()["citations"]
    assert not engine_seen()


def test_a_server_that_starts_with_one_answers_with_quotes(
    sound: Path, broken: list[Path], engine_seen: Callable[[], bool], tmp_path: Path
) -> None:
    store = ModelStore(tmp_path / "models")
    settings = settings_in(tmp_path / "data", model="by-hand", models=store.folder)
    for path in broken:
        installed(store, sound, path)
        with pytest.raises(ModelFileBad):
            model_selection.chat_model(settings, store)
    for path, by_choice in itertools.product(broken[::40], (False, True)):
        name = installed(store, sound, path)
        chosen = settings.model_copy(update={"model": "auto" if by_choice else name})
        settings.data.mkdir(exist_ok=True)
        remember(settings.data, ModelRole.CHAT, name if by_choice else None)
        with open_library(chosen, embedder=HashEmbedder()) as library:
            library.models_loaded.wait()
            assert any("sound.gguf" in problem for problem in library.problems), library.problems
            add(library, f"{path.stem}.txt", f"The valve {path.stem} opens at night.")
            evidence, _, _ = library.answerer.evidence(
                administrator(library), f"When does the valve {path.stem} open?"
            )
            assert evidence.quotes
    assert not engine_seen()
