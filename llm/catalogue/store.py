"""The models on this machine: pull, import, verify, remove. It loads no weights.

A model is a folder `<name>/` with its files and a `model.json`, which is written last: a folder without
one is an unfinished download, continued by the next pull. Downloading is the one thing in Shoko that goes
out, and it runs only when a person asks for it, in a process of its own whose guard is lifted.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from contract.values import ModelRole
from core.errors import BadValue, ChecksumWrong, ModelMissing, ModelUnknown
from llm.catalogue import sources
from llm.catalogue.entries import ModelEntry, PackedSource, catalogue, entry
from llm.catalogue.sources import RECORD, Progress, sha256_of
from llm.catalogue.writing import WritingVerdict
from llm.embedder_packed import write_out
from llm.gguf import check_gguf, read_gguf

IMPORTED = "file "  # begins the source of a model that was imported
PROJECTOR = "mmproj"  # in the name of the file by which a model sees pictures
NAME = re.compile(r"\w[\w.+ ()-]*")  # of an imported model: it becomes a folder's name
# Architectures that write nothing: taken for a chat model they would end its process.
ENCODERS = {
    "bert",
    "modern-bert",
    "nomic-bert",
    "nomic-bert-moe",
    "jina-bert-v2",
    "jina-bert-v3",
    "clip",
    "t5encoder",
}


@dataclass(frozen=True)
class InstalledModel:
    """A model on this machine."""

    name: str
    role: str
    languages: tuple[str, ...]
    bytes: int
    files: tuple[str, ...]
    source: str
    longest_tokens: int = 0
    dimensions: int = 0
    query_prefix: str = ""
    passage_prefix: str = ""


class ModelStore:
    """The folder of models."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def installed(self) -> list[InstalledModel]:
        """Every model that is complete, by name."""
        recorded = (_recorded(record) for record in sorted(self.folder.glob(f"*/{RECORD}")))
        return [model for model in recorded if model is not None]

    def get(self, name: str) -> InstalledModel:
        """That model. Raises ModelMissing if it could be pulled, ModelUnknown if not."""
        for model in self.installed():
            if model.name == name:
                return model
        raise ModelMissing(name=name) if _in_catalogue(name) else ModelUnknown(name=name)

    def path(self, model: InstalledModel) -> Path:
        """Where its one file lies (chat models), or its folder."""
        folder = self.folder / model.name
        ggufs = [name for name in model.files if name.endswith(".gguf") and PROJECTOR not in name]
        return folder / ggufs[0] if ggufs else folder

    def projector(self, model: InstalledModel) -> Path | None:
        """Where the part lies by which a model sees pictures; None for one that does not."""
        projectors = [name for name in model.files if name.endswith(".gguf") and PROJECTOR in name]
        return self.folder / model.name / projectors[0] if projectors else None

    def choose(self, role: ModelRole, wanted: str) -> InstalledModel | None:
        """The model to use: the wanted one, or for `auto` the one that serves most languages; of chat models
        only what passed, or was never tried, and is quick enough here.

        `none` gives None, and so does `auto` with nothing installed. Raises ModelMissing.
        """
        if wanted == "none":
            return None
        if wanted != "auto":
            return self.get(wanted)
        fitting = [(self.serves(model), model) for model in self.installed() if model.role == role]
        fitting = [(serves, model) for serves, model in fitting if serves is not None]
        chosen = max(fitting, key=lambda pair: (len(pair[0] or ()), pair[1].bytes), default=None)
        return None if chosen is None else chosen[1]

    def serves(self, model: InstalledModel) -> tuple[str, ...] | None:
        """The languages that a model is used for where nobody chose it (empty: any); None where it is not. A
        chat model writes where it passed the test of writing."""
        if model.role != ModelRole.CHAT:
            return model.languages
        verdict = self.verdict(model)
        shipped = next((known.writes for known in catalogue() if known.name == model.name), None)
        languages = verdict.languages if verdict.languages is not None else shipped
        if verdict.slow or languages == ():
            return None
        return model.languages if languages is None else languages

    def verdict(self, model: InstalledModel) -> WritingVerdict:
        """What the test of writing said of it on this machine."""
        return WritingVerdict.read(self.folder / model.name)

    def pull(self, name: str, progress: Progress = lambda done, total: None) -> InstalledModel:
        """Download that model of the catalogue, or go on where an earlier pull stopped.

        Raises ModelUnknown, DownloadFailed, ChecksumWrong, ModelFileBad, BadValue (no room on the disk).
        """
        self.fetch(name, progress)
        return self.accept(name)

    def pull_from(
        self, name: str, place: str, progress: Progress = lambda done, total: None
    ) -> InstalledModel:
        """Take that model of the catalogue from a mirror of the company (an http address) or a folder.

        Raises as `pull`, and BadValue if there is no such folder.
        """
        self.fetch(name, progress, place)
        return self.accept(name)

    def fetch(self, name: str, progress: Progress = lambda done, total: None, place: str = "") -> Path:
        """The first half of a pull: the folder with the model's files, unpacked if they come packed. It
        counts as an unfinished download until it is accepted."""
        wanted = entry(name)
        folder = self._make(name)
        self._need_room(wanted)
        if place:
            sources.fetch_from(place, wanted, folder, progress)
        else:
            sources.fetch(wanted, folder, progress)
        if isinstance(wanted.source, PackedSource):
            write_out(folder / wanted.files[0].name, folder)
        return folder

    def accept(self, name: str) -> InstalledModel:
        """The second half: write its record, from which on it is installed. Raises ModelFileBad for a GGUF
        file that is not one."""
        return self._register(entry(name), self.folder / name)

    def import_file(self, file: Path, name: str = "") -> InstalledModel:
        """Take a GGUF chat model from a file. Raises BadValue, also if it is named as a model of the
        catalogue and is not that, or ModelFileBad before any engine sees it."""
        if not file.is_file():
            raise BadValue(name="FILE", problem=f"{file} is not a file", fix="Give a .gguf file")
        header = check_gguf(file)
        name = name or file.stem.lower()
        if not NAME.fullmatch(name) or name in ("auto", "none"):
            raise BadValue(
                name="name", problem=f"{name!r} cannot name a model", fix="Use letters, digits, - . and _"
            )
        before = next((model for model in self.installed() if model.name == name), None)
        if before is not None and not before.source.startswith(IMPORTED):
            fix = f"Give it another name, or remove that one first with `shoko models rm {name}`"
            raise BadValue(name="name", problem=f"there is a model {name} already", fix=fix)
        role, languages = str(ModelRole.CHAT), tuple[str, ...]()
        if _in_catalogue(name):
            role, languages = _expected(entry(name), file)
        if "general.architecture" in header.metadata and header.metadata["general.architecture"] in ENCODERS:
            kind = header.metadata["general.architecture"]
            fix = "Give a chat model; embedding models are pulled by name (`shoko models list`)"
            raise BadValue(name="FILE", problem=f"{file.name} is an encoder ({kind})", fix=fix)
        folder = self._make(name)
        target = folder / file.name
        if not (target.exists() and target.samefile(file)):
            target.unlink(missing_ok=True)
            _link_or_copy(file, target)
        size = target.stat().st_size
        model = self._write(
            InstalledModel(name, role, languages, size, (target.name,), f"{IMPORTED}{file.name}")
        )
        for old in before.files if before is not None else ():
            if old != target.name:
                (folder / old).unlink(missing_ok=True)
        return model

    def unfinished(self) -> dict[str, int]:
        """Folders that are not models, with their sizes in bytes: of a download that stopped in the middle,
        or with a record that cannot be read."""
        stopped = {model.name for model in catalogue() if not (self.folder / model.name / RECORD).exists()}
        damaged = {
            record.parent.name for record in self.folder.glob(f"*/{RECORD}") if _recorded(record) is None
        }
        return {
            name: sum(file.stat().st_size for file in (self.folder / name).rglob("*") if file.is_file())
            for name in sorted(stopped | damaged)
            if (self.folder / name).is_dir()
        }

    def remove(self, name: str) -> int:
        """Remove that model, or what there is of its unfinished download; returns the bytes that became free.
        Raises ModelMissing, ModelUnknown."""
        folder = self.folder / (name if name in self.unfinished() else self.get(name).name)
        freed = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        shutil.rmtree(folder)
        return freed

    def verify(self, name: str) -> None:
        """Compare its files with the catalogue's checksums. Raises ChecksumWrong; the file stays."""
        for file in entry(name).files if _in_catalogue(name) else ():
            if file.sha256 and (actual := sha256_of(self.folder / name / file.name)) != file.sha256:
                raise ChecksumWrong(path=file.name, found=actual, expected=file.sha256)

    def _make(self, name: str) -> Path:
        """The folder of that model, made if there is none. Raises BadValue."""
        folder = self.folder / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            fix = "Name a folder that this user may write to"
            raise BadValue(
                name="SHOKO_MODELS", problem=f"{folder} cannot be made ({error.strerror})", fix=fix
            ) from error
        return folder

    def _need_room(self, wanted: ModelEntry) -> None:
        free = shutil.disk_usage(self.folder).free
        there = sum(file.stat().st_size for file in (self.folder / wanted.name).rglob("*") if file.is_file())
        # A tenth more than it takes: a half-full file system slows every program.
        if (need := wanted.disk * 1.1 - there) > free:
            raise BadValue(
                name=wanted.name,
                problem=f"it needs {need / 1e9:.1f} GB and the disk has {free / 1e9:.1f} GB free",
                fix="Free some space, or set SHOKO_MODELS to a folder on another disk",
            )

    def _register(self, wanted: ModelEntry, folder: Path) -> InstalledModel:
        for file in folder.glob("*.gguf"):
            if PROJECTOR in file.name:
                read_gguf(file)
            else:
                check_gguf(file)
        present = sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
        files = tuple(name for name in present if name != RECORD)
        size = sum((folder / name).stat().st_size for name in files)
        return self._write(
            InstalledModel(
                wanted.name,
                wanted.role,
                wanted.languages,
                size,
                files,
                wanted.source.kind,
                wanted.longest_tokens,
                wanted.dimensions,
                wanted.query_prefix,
                wanted.passage_prefix,
            )
        )

    def _write(self, model: InstalledModel) -> InstalledModel:
        record = self.folder / model.name / RECORD
        part = record.with_suffix(".part")
        part.write_text(json.dumps(asdict(model), ensure_ascii=False, indent=1), encoding="utf-8")
        part.replace(record)
        return model


def _recorded(record: Path) -> InstalledModel | None:
    """The model of that record; None if it is not a whole record. Its folder is its name, not what it
    says: a folder from elsewhere must not lead to another one."""
    try:
        values = json.loads(record.read_text(encoding="utf-8"))
        values["name"] = record.parent.name
        values["languages"], values["files"] = tuple(values["languages"]), tuple(values["files"])
        return InstalledModel(**values)
    except (ValueError, TypeError, KeyError):
        return None


def _expected(wanted: ModelEntry, file: Path) -> tuple[str, tuple[str, ...]]:
    """Role and languages of the catalogue's model, whose only file it must be."""
    names = [file.name for file in wanted.files]
    if names != [file.name]:
        raise BadValue(
            name="name",
            problem=f"{wanted.name} is a model of the catalogue whose files are {', '.join(names)}",
            fix="Give another name, or take all its files from a folder with `shoko models pull --from`",
        )
    expected = wanted.files[0].sha256
    if expected and (actual := sha256_of(file)) != expected:
        fix = f"Give it another name: it is not the {wanted.name} of the catalogue"
        raise BadValue(name="FILE", problem=f"its checksum is {actual} and should be {expected}", fix=fix)
    return str(wanted.role), wanted.languages


def _link_or_copy(file: Path, target: Path) -> None:
    """No second copy if both lie on one disk; a copy that fails leaves nothing."""
    try:
        os.link(file, target)
        return
    except OSError:
        part = target.with_name(target.name + ".part")
    free = shutil.disk_usage(target.parent).free
    if file.stat().st_size * 1.1 > free:
        raise BadValue(name="FILE", problem=f"the disk has {free / 1e9:.1f} GB free", fix="Free some space")
    try:
        shutil.copyfile(file, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _in_catalogue(name: str) -> bool:
    return any(model.name == name for model in catalogue())
