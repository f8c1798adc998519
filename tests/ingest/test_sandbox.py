"""Reading in a child process: whatever a file does to its reader, the next file is read."""

from __future__ import annotations

import io
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest
from making import LIBRARY, child_environment, pdf, picture_pdf

import ingest.sandbox
from core.errors import FileDamaged, FileEncrypted, ReaderGaveUp, ShokoError, TooManyPages
from core.settings import PROJECT
from ingest.formats import MARKDOWN, PDF, TEXT
from ingest.pages import PageContent, unpack_boxes
from ingest.sandbox import ReadingLimits, read_file, render_page

LIMITS = ReadingLimits(pages=50, seconds=60, memory_mb=3000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "stored"


def read(
    path: Path, content: bytes | str, kind: str = PDF, limits: ReadingLimits = LIMITS, first_page: int = 1
) -> list[PageContent]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_file(path, "plan.pdf", kind, limits, first_page=first_page))


def test_a_pdf_is_read_with_a_box_for_every_character(path: Path) -> None:
    pages = read(path, pdf(["Maintenance", "The valve opens at 1.2 MPa."], "Page two."))
    assert [page.number for page in pages] == [1, 2]
    assert pages[0].text == "Maintenance\nThe valve opens at 1.2 MPa."
    assert pages[1].text == "Page two."
    for page in pages:
        boxes = unpack_boxes(page.boxes)
        assert len(boxes) == len(page.text)
        assert (page.width, page.height) == (pytest.approx(595.3, abs=0.1), pytest.approx(841.9, abs=0.1))
        for character, (left, top, right, bottom) in zip(page.text, boxes, strict=True):
            if not character.isspace():
                assert 0 <= left < right <= page.width, character
                assert 0 <= top < bottom <= page.height, character


def test_the_samples_are_read_in_three_languages() -> None:
    for name, words in (
        ("work-rules.pdf", "年次有給休暇"), ("information-security-policy.pdf", "密码长度不得少于12位"),
        ("travel-expense-policy.pdf", "within 10 business days after the end of the trip"),
    ):  # fmt: skip
        text = "".join(page.text for page in read_file(LIBRARY / name, name, PDF, LIMITS))
        assert words in text


def test_plain_text_and_markdown_are_read(path: Path) -> None:
    assert [page.text for page in read(path, "a\fb", TEXT)] == ["a", "b"]
    (page,) = read(path, "# Title\n\nBody", MARKDOWN)
    assert [str(block.kind) for block in page.blocks] == ["heading", "paragraph"]


def test_reading_goes_on_at_any_page(path: Path) -> None:
    content = pdf("One.", "Two.", "Three.")
    assert [page.text for page in read(path, content, first_page=2)] == ["Two.", "Three."]
    assert read(path, content, first_page=4) == []
    assert [page.text for page in read(path, "a\fb\fc", TEXT, first_page=3)] == ["c"]


def test_too_many_pages_are_refused_before_any_is_read(path: Path) -> None:
    few = ReadingLimits(pages=2)
    for content, kind in ((pdf("One.", "Two.", "Three."), PDF), ("a\fb\fc", TEXT)):
        with pytest.raises(TooManyPages, match="3 pages and the limit is 2"):
            read(path, content, kind, few)


def test_a_file_with_a_password_is_told_as_such(path: Path) -> None:
    with pytest.raises(FileEncrypted, match=r"plan\.pdf"):
        read(path, pdf("Secret.", password="open sesame"))


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n", b"%PDF-1.7 " + b"x" * 3000, b"%PDF-" + bytes(range(256)) * 20, pdf("Hello.")[:300],
    ],
    ids=["a header alone", "garbage", "binary garbage", "cut off"],
)  # fmt: skip
def test_a_damaged_pdf_is_told_as_such(path: Path, content: bytes) -> None:
    with pytest.raises(FileDamaged, match=r"plan\.pdf"):
        read(path, content)


def test_of_a_truncated_pdf_comes_what_is_left_or_an_error_and_no_wrong_word(path: Path) -> None:
    whole = pdf(*(f"Page number {number} says so." for number in range(1, 6)))
    truth = [page.text for page in read(path, whole)]
    for share in (0.9, 0.6, 0.3):
        try:
            pages = read(path, whole[: int(len(whole) * share)])
        except ShokoError as error:
            assert isinstance(error, FileDamaged)
            continue
        assert all(page.text in ("", *truth) for page in pages)


def test_a_pdf_of_pictures_is_read_as_empty_pages(path: Path) -> None:
    assert [page.text for page in read(path, picture_pdf())] == [""]


def test_a_page_that_is_turned_keeps_its_boxes_on_the_page(path: Path) -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf("The valve opens at noon.")))
    writer.pages[0].rotate(90)
    out = io.BytesIO()
    writer.write(out)
    (page,) = read(path, out.getvalue())
    assert (page.width, page.height) == (pytest.approx(841.9, abs=0.1), pytest.approx(595.3, abs=0.1))
    assert "valve" in page.text
    for left, top, right, bottom in unpack_boxes(page.boxes):
        assert 0 <= left <= right <= page.width
        assert 0 <= top <= bottom <= page.height


# A reader that a hostile file took over: a module of PDFium's name that does what the file says.
HOSTILE = """
import os, signal, sys, time
from contextlib import suppress

class PdfiumError(Exception):
    pass

class raw:
    pass

def say(content):
    for number in range(3, 10):  # wherever the child's answers go
        with suppress(OSError):
            os.write(number, content)

class PdfDocument:
    def __init__(self, path, password=None):
        deed = open(path, "rb").read().split(b"\\n")[1].decode()
        if deed == "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        elif deed == "exit":
            os._exit(7)
        elif deed == "hang":
            time.sleep(3600)
        elif deed == "spin":
            while True:
                pass
        elif deed == "swell":
            held = [bytearray(2**26) for _ in range(1000)]
        elif deed == "recurse":
            def deeper(n):
                return deeper(n + 1)
            deeper(0)
        elif deed == "garbage":
            say(b"hello, is anybody there?\\n")
            time.sleep(3600)
        elif deed == "no page":
            say(b'{"number": 1, "text": "x"}\\n')
            time.sleep(3600)
        elif deed == "wrong kinds":
            say(b'{"number": [], "text": 5, "width": {}, "height": "", "label": null, "boxes": 1,'
                b' "blocks": 3, "source": ""}\\n')
        elif deed == "list":
            say(b"[1, 2, 3]\\n")
            time.sleep(3600)
        elif deed == "odd error":
            say(b'{"error": "NotFound", "values": 7}\\n')
        elif deed == "python error":
            say(b'{"error": "os.system"}\\n')
        elif deed == "endless line":
            say(b"x" * 3000000)
            time.sleep(3600)
        elif deed == "endless pages":
            while True:
                say(b'{"number": 1, "text": "x", "width": 1, "height": 1, "label": "", "boxes": "",'
                    b' "blocks": [], "source": "", "kind": "page", "name": "", "title": ""}\\n')
        elif deed == "network":
            import socket
            with socket.socket() as one:
                one.connect(("192.0.2.1", 80))
        raise PdfiumError("nothing")
"""


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "modules" / "pypdfium2"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(HOSTILE)
    # Names of functions are asked of it before a file is opened; any address will do.
    (folder / "raw.py").write_text(
        "import ctypes\ndef __getattr__(name):\n    return ctypes.CDLL(None).abs\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(folder.parent))
    return tmp_path / "stored"


def deed(path: Path, name: str, **limits: float) -> list[PageContent]:
    chosen = ReadingLimits(**({"pages": 50, "seconds": 60, "memory_mb": 1500} | limits))  # type: ignore[arg-type]
    return read(path, f"%PDF-1.7\n{name}\n", limits=chosen)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("crash", "SIGSEGV"), ("exit", "ended with 7"), ("garbage", "something else"),
        ("no page", "something else"), ("wrong kinds", "something else"), ("list", "something else"),
        ("odd error", "NotFound"), ("python error", "os.system"), ("recurse", "too deeply"),
        ("network", "192.0.2.1"),
    ],
)  # fmt: skip
def test_a_reader_that_misbehaves_is_a_damaged_file(hostile: Path, name: str, problem: str) -> None:
    with pytest.raises(ShokoError, match=r"damaged|blocked") as raised:
        deed(hostile, name)
    assert problem in str(raised.value)


@pytest.mark.parametrize("name", ["hang", "spin"])
def test_a_reader_that_hangs_is_ended_at_its_limit(hostile: Path, name: str) -> None:
    with pytest.raises(ReaderGaveUp, match="1 seconds"):
        deed(hostile, name, seconds=1)


def test_a_reader_that_swells_is_ended_at_its_limit(hostile: Path) -> None:
    with pytest.raises(ReaderGaveUp, match="400 MB"):
        deed(hostile, "swell", memory_mb=400)


def test_an_answer_that_never_ends_is_ended_at_its_limit(
    hostile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest.sandbox, "LONGEST_LINE", 2**20)
    with pytest.raises(ReaderGaveUp, match="1 MB for one page"):
        deed(hostile, "endless line")


def test_pages_without_end_are_ended_at_their_limit(hostile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest.sandbox, "MOST_OUTPUT", 2**20)
    with pytest.raises(ReaderGaveUp, match="1 MB of text"):
        deed(hostile, "endless pages")


@pytest.mark.parametrize("name", ["hang", "spin"])
def test_a_reader_ends_with_a_back_end_that_is_killed(hostile: Path, name: str) -> None:
    hostile.write_text(f"%PDF-1.7\n{name}\n")
    asker = subprocess.Popen(
        [
            sys.executable, "-c",
            "import sys; from pathlib import Path; from ingest.sandbox import ReadingLimits, read_file\n"
            "list(read_file(Path(sys.argv[1]), 'plan.pdf', 'application/pdf', ReadingLimits()))",
            str(hostile),
        ],
        env=child_environment(PYTHONPATH=f"{os.environ['PYTHONPATH']}:{PROJECT}"),
    )  # fmt: skip
    readers: set[str] = set()
    while not readers:
        readers = children(asker.pid)
        time.sleep(0.01)
    time.sleep(0.5)  # it is busy with the file
    asker.kill()
    asker.wait()
    deadline = time.monotonic() + 120
    while (left := [reader for reader in readers if runs(reader)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left


def runs(number: str) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def test_a_reader_that_nobody_listens_to_any_more_is_ended(hostile: Path) -> None:
    hostile.write_text("%PDF-1.7\nendless pages\n")
    pages = read_file(hostile, "plan.pdf", PDF, LIMITS)
    assert len(list(itertools.islice(pages, 20))) == 20
    before = children()
    assert before
    pages.close()  # type: ignore[attr-defined]  # it is a generator
    assert children() < before


def children(of: int | None = None) -> set[str]:
    """The numbers of the children of that process, or of this one, that run a reader."""
    running = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = (folder / "stat").read_text().rpartition(") ")[2].split()[1]
            command = (folder / "cmdline").read_text()
        except OSError:
            continue
        if parent == str(of or os.getpid()) and "ingest.sandbox_child" in command:
            running.add(folder.name)
    return running


def test_after_a_hostile_file_the_next_one_is_read(
    hostile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FileDamaged):
        deed(hostile, "crash")
    monkeypatch.delenv("PYTHONPATH")
    assert [page.text for page in read(tmp_path / "next", pdf("Fine."))] == ["Fine."]
    assert children() == set()


def test_a_text_that_needs_more_memory_than_its_limit_is_refused(path: Path) -> None:
    with pytest.raises(ReaderGaveUp, match="300 MB"):
        read(path, "涉密文件不得带离。\n" * 3_000_000, TEXT, ReadingLimits(memory_mb=300))


def test_characters_that_no_database_takes_are_replaced_one_by_one(hostile: Path) -> None:
    module = Path(os.environ["PYTHONPATH"]) / "pypdfium2" / "__init__.py"
    module.write_text(HOSTILE.replace('"text": "x"', '"text": "a\\\\u0000b\\\\ud800c"'))
    hostile.write_text("%PDF-1.7\nendless pages\n")
    assert next(read_file(hostile, "plan.pdf", PDF, LIMITS)).text == "a\ufffdb\ufffdc"


def test_a_page_is_drawn_as_a_picture_of_its_width(path: Path) -> None:
    from PIL import Image

    path.write_bytes(pdf("Hello."))
    picture = render_page(path, "plan.pdf", PDF, 1, 300, LIMITS)
    with Image.open(io.BytesIO(picture)) as image:
        assert (image.format, image.width) == ("PNG", 300)
        assert image.convert("L").getextrema()[0] < 100  # something stands on it
    for number in (0, 2):
        with pytest.raises(FileDamaged):
            render_page(path, "plan.pdf", PDF, number, 300, LIMITS)


def test_a_page_as_large_as_a_wall_is_drawn_within_its_memory(path: Path) -> None:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(14_400, 14_400)
    writer.add_blank_page(1, 14_400)
    out = io.BytesIO()
    writer.write(out)
    path.write_bytes(out.getvalue())
    for number in (1, 2):
        assert render_page(path, "plan.pdf", PDF, number, 2400, LIMITS).startswith(b"\x89PNG")
