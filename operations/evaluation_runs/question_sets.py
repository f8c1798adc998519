"""Question sets that administrators brought in, each a folder of the data folder, unpacked from a ZIP. No
name of an archive becomes a path outside its own folder, and what is no question set is not kept."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from core.errors import BadValue, NotFound, TooMuchInFile
from evaluation.sets import QuestionSet, read_set
from ingest.readers.archives import Member, look_over, safe_path

NOTE = "set.json"  # what the set holds, so that a list of sets reads no set
LONGEST_NAME = 80
CHUNK = 2**20
FORM = "Put questions.jsonl and a folder docs/ into one ZIP; docs/evaluation.md shows their form"


@dataclass(frozen=True)
class KeptSet:
    """A set that is kept: its name, and how many documents and questions it has; the kinds of questions in
    their order, empty where the questions name none."""

    name: str
    documents: int
    questions: int
    kinds: tuple[str, ...] = ()


class QuestionSets:
    """The sets of one data folder."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "question-sets"

    def all(self) -> list[KeptSet]:
        """Those that are kept, by name."""
        notes = (self._note(place) for place in self.folder.glob("*/"))
        return sorted((kept for kept in notes if kept is not None), key=lambda kept: kept.name.casefold())

    def place(self, name: str) -> Path:
        """The folder of that set, as `evaluation.sets.read_set` takes it. Raises NotFound."""
        if not any(kept.name == name for kept in self.all()):
            raise NotFound(what="question set", name=name)
        return self.folder / name

    def put(self, file_name: str, file: IO[bytes]) -> KeptSet:
        """Keep the set that a ZIP holds under the name of that file; one of the same name is replaced. Raises
        BadValue where it holds none, TooMuchInFile where it unfolds beyond measure."""
        name = _name_of(file_name)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".") as scratch:
            folder = Path(scratch) / name
            _unpack(file, file_name, folder)
            kept = _described(name, _read(folder, file_name))
            (folder / NOTE).write_text(json.dumps(asdict(kept), ensure_ascii=False), encoding="utf-8")
            if (self.folder / name).exists():
                (self.folder / name).rename(Path(scratch) / "replaced")
            folder.rename(self.folder / name)
        return kept

    def remove(self, name: str) -> None:
        """Delete that set with its documents. Raises NotFound."""
        shutil.rmtree(self.place(name))

    def _note(self, place: Path) -> KeptSet | None:
        try:
            note = json.loads((place / NOTE).read_text(encoding="utf-8"))
            return KeptSet(**note | {"kinds": tuple(note["kinds"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None  # half unpacked when the power failed


def _name_of(file_name: str) -> str:
    """The name of a set, which is also that of its folder."""
    stem = Path(safe_path(file_name)).name
    stem = stem[:-4] if stem.casefold().endswith(".zip") else stem
    return stem.strip(" .")[:LONGEST_NAME].strip(" .") or "questions"


def _unpack(file: IO[bytes], file_name: str, folder: Path) -> None:
    """The files of that ZIP into that folder; a folder that holds all of them is left out."""
    try:
        archive = zipfile.ZipFile(file)
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, EOFError) as error:
        raise BadValue(name=file_name, problem="it is no ZIP archive", fix=FORM) from error
    with archive:
        members = [
            Member(entry.filename, safe_path(entry.filename), entry.file_size, entry.compress_size)
            for entry in entries
        ]
        look_over(members, file_name)
        paths = [member.path for member in members if not member.path.startswith("__MACOSX/")]
        top = paths[0].partition("/")[0] + "/" if paths else ""
        inside = len(top) if all(path.startswith(top) for path in paths) and top not in _PARTS else 0
        for entry, member in zip(entries, members, strict=True):
            if member.path in paths:
                _copy(archive, entry, folder / member.path[inside:], file_name)


_PARTS = ("docs/", "pdfs/")  # folders that belong to a set; one of them may be all that a wrong ZIP holds


def _copy(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, file_name: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    left = entry.file_size
    try:
        with archive.open(entry) as stream, target.open("wb") as copy:
            while chunk := stream.read(CHUNK):
                left -= len(chunk)
                if left < 0:  # it said less of itself than it holds
                    raise TooMuchInFile(name=file_name, what="bytes than it says", limit=entry.file_size)
                copy.write(chunk)
    except (zipfile.BadZipFile, RuntimeError, EOFError, NotImplementedError, OSError) as error:
        problem = f"{entry.filename} cannot be unpacked"
        raise BadValue(
            name=file_name, problem=problem, fix="Make the ZIP again, without a password"
        ) from error


def _read(folder: Path, file_name: str) -> QuestionSet:
    """The set in that folder. Raises BadValue, with the name of the file that was sent."""
    try:
        return read_set(folder)
    except BadValue as error:
        where = str(error.values["name"]).removeprefix(str(folder)).lstrip("/")
        name = f"{file_name}: {where}" if where else file_name
        raise BadValue(**error.values | {"name": name}) from error
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
        problem = f"a row is not of the form that it must have ({type(error).__name__}: {error})"
        raise BadValue(name=file_name, problem=problem, fix=FORM) from error


def _described(name: str, questions: QuestionSet) -> KeptSet:
    turns = sum(len(conversation) for conversation in questions.conversations)
    kinds = dict.fromkeys(kind for question in questions.questions for kind in question.kinds)
    count = len(questions.questions) + turns + len(questions.injections)
    return KeptSet(name, len(questions.documents), count, tuple(kinds))
