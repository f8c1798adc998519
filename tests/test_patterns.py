"""No regular expression of the project takes long: each is given its own fragments, repeated."""

import json
import queue
import random
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import regex

from bench import patterns
from bench.hostile_texts import texts
from bench.patterns import LARGE, LIMIT, Used, cost
from ingest.formats import HTML, TEXT, media_type_of
from ingest.readers.plain.text import read_plain
from language.tokens import _ASKING, _without_asking, tokens

BUSY = 3  # on a machine with other work the processor is so much slower; what is not linear is far over
SECONDS_TO_IMPORT, SECONDS_EACH = (
    300,
    60,
)  # at 60 the processor hangs in a pattern that doubles with each sign
ENDS = 240  # seconds of a child for what takes milliseconds, on a machine in other hands
BEYOND_MEASURE = 2  # seconds of the processor, forty times what a pattern may take


class Rounds:
    """A child that goes through all patterns; one that hangs costs the child, and the next child goes on."""

    def __init__(self) -> None:
        self.slow: list[str] = []
        self.tried = 0
        self.of = -1

    def run(self) -> None:
        while self.of < 0 or self.tried < self.of:
            begun = self.tried
            self._child(self.tried)
            assert self.tried > begun, "the child tried nothing"

    def _child(self, after: int) -> None:
        command = [sys.executable, "-m", "bench.patterns", "--lines", "--after", str(after)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            lines: queue.Queue[str] = queue.Queue()
            threading.Thread(target=self._listen, args=(child, lines), daemon=True).start()
            doing: dict[str, object] = {}
            try:
                while line := lines.get(timeout=SECONDS_EACH if doing else SECONDS_TO_IMPORT):
                    line_read = json.loads(line)
                    if "done" in line_read:
                        self.tried = line_read["done"] + 1
                        if line_read["seconds"] > BUSY * LIMIT:
                            self.slow.append(f"{line_read['name']} ({line_read['way']}): {line_read['text']}")
                    else:
                        doing, self.of = line_read, line_read["of"]
            except queue.Empty:
                assert doing, "the modules could not be imported"
                self.slow.append(f"{doing['name']}: does not end")
                self.tried += 1
            finally:
                child.kill()

    @staticmethod
    def _listen(child: "subprocess.Popen[str]", lines: "queue.Queue[str]") -> None:
        assert child.stdout is not None
        for line in child.stdout:
            lines.put(line)
        lines.put("")


@pytest.mark.timeout(1800)
def test_no_pattern_of_the_project_is_slow_over_its_own_fragments() -> None:
    rounds = Rounds()
    rounds.run()
    assert rounds.slow == []
    assert rounds.of > 300


@pytest.mark.parametrize(
    ("source", "way"),
    [
        (r"x\s*$", "each"),
        (r"\s+$", "search"),
        (r"<!--.*?-->", "search"),
        (r"(?:<!--.*?-->\s*)*<html", "match"),
        (r"^(?:a+)+$", "match"),
        (r"\d+\s*\d+円", "search"),
        (r"[^\W_]+(?<=[A-Za-z0-9])|.", "each"),
        (r"(?:だった|った|た|だ)*か?$", "each"),
    ],
)
def test_the_texts_find_what_is_slow(source: str, way: str) -> None:
    if source == r"x\s*$":  # one run of spaces for each x: linear, and not to be blamed
        assert cost(Used("sound", re.compile(source), (way,))).seconds < BUSY * LIMIT
        return
    code = (
        "import re, resource, time; from bench.patterns import Used, cost;"
        f"most = int(time.process_time()) + {BEYOND_MEASURE};"
        "resource.setrlimit(resource.RLIMIT_CPU, (most, most + 2));"
        f"told = cost(Used('bad', re.compile({source!r}, re.S), ({way!r},))); print(told.seconds)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=ENDS, check=False
    )
    if done.returncode != -signal.SIGXCPU:  # else it is slow beyond measure
        assert done.returncode == 0, done.stderr
        assert float(done.stdout) > LIMIT


def test_the_worst_text_is_found_where_the_processor_s_clock_ticks_rarely(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = time.process_time
    monkeypatch.setattr(patterns.time, "process_time", lambda: real() // 0.01 * 0.01)
    dear = cost(Used("bad", re.compile(r"<!--.*?-->", re.S), ("search",)))
    assert dear.seconds > LIMIT
    assert "<!--" in dear.text


def test_patterns_are_found_wherever_a_module_keeps_them() -> None:
    names = {pattern.name for pattern in patterns.patterns()}
    assert "ingest.formats._MAIL_HEADER" in names
    assert any(name.startswith("ingest.dates._FIRST_SAID[") for name in names)  # a list
    assert any(name.startswith("language.tokens._ASKING[") for name in names)  # a table
    assert any(name.startswith("checks.kinds.style.date.") for name in names)  # of a class of our own
    assert any(
        name.startswith("retrieval.answers.writing.verification:") for name in names
    )  # written in a call
    assert any("/" in name for name in names)  # of a pack that ships


def test_texts_are_made_of_fragments_at_the_length_that_is_asked_for() -> None:
    made = list(texts(re.compile(r"<!--.*?-->"), LARGE))
    assert any(str(text).startswith("<!--<!--<!--") for text in made)
    assert all(LARGE * 0.9 < len(text) < LARGE * 1.1 for text in made)


def _in_a_child(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=ENDS, check=True
    )
    return done.stdout.strip()


def test_a_file_of_comments_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"<!---->" * 26 + b"x" * 7)
    assert path.stat().st_size == 189
    code = (
        "from pathlib import Path; from ingest.formats import media_type_of;"
        f"print(media_type_of(Path({str(path)!r}), 'notes.txt'))"
    )
    assert _in_a_child(code) == TEXT


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"<!-- a --> <!-- b -->\n<!DOCTYPE html>", HTML),
        (b"\xef\xbb\xbf\n<?xml version='1.0'?>\n<!-- a --><html>", HTML),
        (b"<!-- a <html>", TEXT),
        (b"<!-- a --> b <html>", TEXT),
        (b"<BODY>", HTML),
        (b"<bodyguard>", TEXT),
    ],
)
def test_a_page_is_told_behind_comments(tmp_path: Path, head: bytes, kind: str) -> None:
    path = tmp_path / "page"
    path.write_bytes(head)
    assert media_type_of(path, "page") == kind


def test_front_matter_of_line_ends_is_read_at_once() -> None:
    code = (
        "from ingest.readers.plain.text import read_plain;"
        "text = '---\\ntitle:' + '\\n' * 5000 + 'title: \"' + ' ' * 50000 + '\\n';"
        "print(len(list(read_plain(text.encode(), 'a.md', markdown=True, page_limit=9))))"
    )
    assert _in_a_child(code) == "1"


@pytest.mark.parametrize(
    ("front", "title"),
    [
        ("---\ntitle: Rules of work\n---\n", "Rules of work"),
        ("---\nauthor: x\ntitle: '就業規則'\ndate: y\n---\n", "就業規則"),
        ("---\ntitle:\n---\n", "Heading"),
        ("---\ntitle: open\n", "Heading"),
        ("--\ntitle: x\n---\n", "Heading"),
    ],
)
def test_the_title_of_front_matter(front: str, title: str) -> None:
    pages = list(read_plain(f"{front}\n# Heading\n\ntext\n".encode(), "a.md", markdown=True, page_limit=9))
    assert pages[0].title == title


def test_a_question_of_endings_is_read_at_once() -> None:
    code = "from language.tokens import query_tokens; query_tokens('だった' * 2000 + '!'); print('read')"
    assert _in_a_child(code) == "read"


def test_the_end_of_a_question_is_what_an_expression_would_take() -> None:
    end = (
        r"(?:でしょう|でした|です|ました|ません|ます|であった|だった|である|だろう|なの|った|た|だ|の|ん|こと|は)*"
        r"か?[?.。\s]*$"
    )
    pieces = [
        "でしょう",
        "だった",
        "った",
        "だ",
        "の",
        "どの",
        "何",
        "か",
        "いつ",
        "こと",
        "休暇",
        "?",
        " ",
        "。",
        "は",
        "どう",
    ]
    asking = regex.compile(f"{end}|{_ASKING['ja'].pattern}")
    chance = random.Random(7)
    for _ in range(3000):
        question = "".join(chance.choices(pieces, k=chance.randint(0, 7)))
        assert tokens(_without_asking(question, _ASKING["ja"])) == tokens(asking.sub(" ", question)), question
