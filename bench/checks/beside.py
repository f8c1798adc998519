"""Runs the real textlint beside Shoko on the same texts and prints what both find, what only one does:

    npm install --prefix FOLDER textlint textlint-rule-preset-ja-technical-writing \\
        textlint-rule-preset-jtf-style textlint-rule-preset-ja-spacing
    python -m bench.checks.beside FOLDER TEXTS…       # Markdown files or folders; .txt: a text on each line

A finding of both is one of the same rule at the same line and column. With `--lines` a text on each line of
every file, with `\\n` for its line ends. `--rule ID` (of textlint) keeps one rule, `--shown N` examples each.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import queue
import subprocess
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.checks.checking import matches_of
from bench.checks.counterparts import PRESET_COUNTERPARTS, PresetRule
from checks.readers.markdown import read_markdown

RUNNER = Path(__file__).with_name("textlint_runner.mjs")
SECONDS = 60.0  # that textlint has for one text; one that takes longer is told, and the next is asked anew
Place = tuple[int, int]


def texts_of(paths: list[Path], by_line: bool) -> Iterator[tuple[str, str]]:
    """Each text with its name."""
    for path in paths:
        files = sorted(path.rglob("*.md")) if path.is_dir() else [path]
        for file in files:
            content = file.read_text(encoding="utf-8").replace("\r\n", "\n")
            if by_line or file.suffix == ".txt":
                for number, line in enumerate(content.splitlines(), start=1):
                    if line.strip():
                        yield f"{file.name}:{number}", line.replace("\\n", "\n")
            else:
                yield file.name, content


def of_textlint(folder: Path, rules: list[PresetRule], texts: list[str]) -> list[dict[str, Any]]:
    """What textlint says of each text; of one that it does not answer, an error."""
    answers: list[dict[str, Any]] = [{"messages": []} for _ in texts]
    for package in sorted({rule.package for rule in rules}):
        # Package by package: of two rules that say the same of a place, textlint keeps one message.
        asked = [[rule.id, rule.package, rule.key, rule.options] for rule in rules if rule.package == package]
        lines = [json.dumps({"rules": asked, "text": text}) for text in texts]
        for answer, answered in zip(answers, answers_of(["node", str(RUNNER)], lines, folder), strict=True):
            answer["messages"] += answered.get("messages", [])
            answer.update({key: value for key, value in answered.items() if key == "error"})
    return answers


def answers_of(
    command: Sequence[str], lines: Sequence[str], folder: Path, seconds: float = SECONDS
) -> list[dict[str, Any]]:
    """The answer to each line, asked one after another. A program that says nothing for so many seconds, or
    ends, is started anew for the next line: one input on which it hangs takes no others with it."""
    answers: list[dict[str, Any]] = []
    process: subprocess.Popen[str] | None = None
    said: queue.Queue[str] = queue.Queue()
    for line in lines:
        if process is None:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder
            )
            said = queue.Queue()
            threading.Thread(target=_listen, args=(process, said), daemon=True).start()
        assert process.stdin is not None
        try:
            process.stdin.write(f"{line}\n")
            process.stdin.flush()
            answer = said.get(timeout=seconds)
        except queue.Empty:
            answer = json.dumps({"error": f"no answer within {seconds:g} s"})
        except OSError:
            answer = ""
        answers.append(json.loads(answer) if answer else {"error": "it ended without an answer"})
        if "error" in answers[-1] and "messages" not in answers[-1]:
            _end(process)
            process = None
    if process is not None:
        _end(process)
    return answers


def _end(process: subprocess.Popen[str]) -> None:
    """End a program, whatever it does; its listener closes what it says."""
    process.kill()
    process.wait()
    with contextlib.suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()


def _listen(process: subprocess.Popen[str], said: queue.Queue[str]) -> None:
    """Hand on each line that the program says; an empty one where it ends."""
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            said.put(line)
    said.put("")


def of_shoko(rule: PresetRule, text: str) -> set[Place]:
    """The places that the rule's counterpart finds in a text."""
    document = read_markdown(text, "text.md")
    places = (
        document.place(hit.piece, hit.start)
        for counterpart in rule.counterpart(rule.options if isinstance(rule.options, dict) else {})
        for hit in matches_of(counterpart, document)
    )
    return {(place.line, place.column) for place in places}


def compare(folder: Path, rules: list[PresetRule], texts: list[tuple[str, str]], shown: int) -> None:
    """Print both, only theirs and only ours for each rule, with examples."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    examples: dict[str, list[str]] = defaultdict(list)
    answers = of_textlint(folder, rules, [text for _, text in texts])
    for (name, text), answer in zip(texts, answers, strict=True):
        if "error" in answer:
            print(f"textlint could not read {name}: {answer['error']}")
            continue
        lines = text.split("\n")
        for rule in rules:
            theirs = {
                (m["line"], m["column"]): m["message"] for m in answer["messages"] if m["rule"] == rule.id
            }
            ours = of_shoko(rule, text)
            counted[rule.id]["both"] += len(ours & set(theirs))
            for kind, places in (("theirs", set(theirs) - ours), ("ours", ours - set(theirs))):
                counted[rule.id][kind] += len(places)
                for line, column in sorted(places):
                    near = lines[line - 1][max(0, column - 16) : column + 20] if line <= len(lines) else ""
                    said = theirs.get((line, column), "").split("\n")[0][:60]
                    examples[f"{rule.id} {kind}"].append(f"{name} {line}:{column} …{near}… {said}")
    total: Counter[str] = Counter()
    for rule in rules:
        count = counted[rule.id]
        total.update(count)
        if not count.total():
            continue
        print(f"{rule.id}: both {count['both']}, only textlint {count['theirs']}, only Shoko {count['ours']}")
        for kind in ("theirs", "ours"):
            for example in examples[f"{rule.id} {kind}"][:shown]:
                print(f"    {kind:6} {example}")
    print(f"all: both {total['both']}, only textlint {total['theirs']}, only Shoko {total['ours']}")


def main() -> None:
    """Carry out what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("--lines", action="store_true")
    parser.add_argument("--rule", action="append", default=[])
    parser.add_argument("--shown", type=int, default=5)
    given = parser.parse_args()
    rules = [rule for rule in PRESET_COUNTERPARTS if not given.rule or rule.id in given.rule]
    compare(given.folder, rules, list(texts_of(given.texts, given.lines)), given.shown)


if __name__ == "__main__":
    main()
