"""A prh dictionary of 400 terms on a long text, here and by the real prh: time to read it and to look.

    npm install --prefix FOLDER prh
    python -m bench.checks.prh_speed FOLDER [--terms 400] [--paragraphs 400] [--runs 5]

Words and patterns are made of Japanese syllables, Latin names and JavaScript's syntax as public dictionaries
have them. Both look at a paragraph at a time; the least of the runs counts, in time of the processor, which
leaves out what other work on the machine takes of the clock.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import tempfile
import time
from pathlib import Path

import yaml

from checks.kinds.terms import TermsRule
from checks.packs.imports.prh import read_prh
from checks.packs.yaml_lines import load_yaml
from checks.patterns import compiled

RUNNER = Path(__file__).with_name("prh_runner.mjs")
_KATAKANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモラリルレロ"
_HAN = "更新設備計画報告契約管理運用検査品質承認部門費用開始終了対応実施変更確認書類"
_PLAIN = "は、この文書で定める手順に従い、担当者が確かめたうえで所定の様式に記入して提出する。"


def dictionary(terms: int, source: random.Random) -> tuple[str, list[str]]:
    """A dictionary of that many terms, and a word that each would change."""
    rules, wrong = [], []
    for number in range(terms):
        word = "".join(source.choices(_KATAKANA, k=4)) + f"{number % 7}"
        name = f"{source.choice('ABCDEGHKLM')}{''.join(source.choices('aeiorstln', k=5))}{number}"
        kanji = "".join(source.choices(_HAN, k=3))
        match number % 5:
            case 0:  # a long vowel at the end
                rules.append({"expected": f"{word}ー", "pattern": f"/{word}(?!ー)/"})
                wrong.append(word)
            case 1:  # each letter in either case and width
                rules.append({"expected": name})
                wrong.append(name.lower())
            case 2:
                rules.append(
                    {
                        "expected": f"{kanji}する",
                        "patterns": [f"{kanji}をする", f"/{kanji}を(?:行う|おこなう)/"],
                    }
                )
                wrong.append(f"{kanji}をする")
            case 3:
                rules.append({"expected": f"{kanji}$1", "pattern": f"/{kanji}用(機|書)/"})
                wrong.append(f"{kanji}用機")
            case _:
                options = {"wordBoundary": True}
                rules.append(
                    {"expected": name, "pattern": f"/{name[:3]}[- ]?{name[3:]}/i", "options": options}
                )
                wrong.append(f"{name[:3]}-{name[3:]}")
    return yaml.safe_dump({"version": 1, "rules": rules}, allow_unicode=True, sort_keys=False), wrong


def text_of(paragraphs: int, wrong: list[str], source: random.Random) -> str:
    """Paragraphs of some 200 characters; every third has a word that a term changes."""
    lines = []
    for number in range(paragraphs):
        start = source.choice(wrong) if number % 3 == 0 else "設備の更新"
        lines.append(start + _PLAIN * 4)
    return "\n\n".join(lines)


def measure(folder: Path, terms: int, paragraphs: int, runs: int) -> None:
    """Print both."""
    source = random.Random(1)
    written, wrong = dictionary(terms, source)
    text = text_of(paragraphs, wrong, source)
    with tempfile.TemporaryDirectory(prefix="shoko-prh-") as place:
        path, text_path = Path(place) / "terms.yml", Path(place) / "text.txt"
        path.write_text(written, encoding="utf-8")
        text_path.write_text(text, encoding="utf-8")
        answer = subprocess.run(
            ["node", str(RUNNER), str(path), str(text_path), str(runs)],
            cwd=folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
        theirs = json.loads(answer.stdout)
        load, check, count = float("inf"), float("inf"), 0
        for _ in range(runs):
            compiled.cache_clear()  # as in a process that begins
            begun = time.process_time()
            (rule,) = read_prh(path, load_yaml(path)).rules
            assert isinstance(rule, TermsRule)
            loaded = time.process_time()
            count = sum(len(rule.changes(paragraph)) for paragraph in text.split("\n\n"))
            done = time.process_time()
            load, check = min(load, loaded - begun), min(check, done - loaded)
    print(f"{terms} terms, {paragraphs} paragraphs, {len(text):,} characters")
    print(
        f"prh:   read {theirs['load']:.0f} ms, looked {theirs['check']:.0f} ms, {theirs['changes']} changes"
    )
    print(f"Shoko: read {1000 * load:.0f} ms, looked {1000 * check:.0f} ms, {count} changes")


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description="prh with 400 terms beside the real one.")
    asked.add_argument("folder", type=Path, help="where prh is installed")
    asked.add_argument("--terms", type=int, default=400)
    asked.add_argument("--paragraphs", type=int, default=400)
    asked.add_argument("--runs", type=int, default=5)
    given = asked.parse_args()
    measure(given.folder.resolve(), given.terms, given.paragraphs, given.runs)


if __name__ == "__main__":
    main()
