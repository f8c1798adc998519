"""What a company's glossary costs a search: the same questions over the same passages, with a glossary and
without, one after another in turn.  python -m bench.answers.glossary --passages 20000 --entries 5000"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from pathlib import Path

from language.terms import Term, Terms, Use, WordForm
from language.tokens import query_tokens
from retrieval.index.keywords import IndexedPassage, Keywords
from retrieval.index.widening import shipped, widened

PARTS = "経営企画総務人事営業開発品質保証生産管理購買物流監査法務財務会計情報安全環境研修採用評価契約見積発注検収支払請求在庫設備保守点検"
ENDS = ("規程", "要領", "手順", "台帳", "申請書", "委員会", "基準", "計画", "報告", "手当")


def word(random_: random.Random) -> str:
    """A made-up term of the office."""
    first = random_.randrange(0, len(PARTS) - 4, 2)
    other = random_.randrange(0, len(PARTS) - 4, 2)
    return PARTS[first : first + 2] + PARTS[other : other + 2] + random_.choice(ENDS)


def main() -> None:
    """Measure, and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=20_000)
    parser.add_argument("--entries", type=int, default=5_000)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--asked-share", type=float, default=0.5, help="of the questions that have a term")
    given = parser.parse_args()
    random_ = random.Random(7)
    words = sorted({word(random_) + str(number % 97) for number in range(3 * given.entries)})
    random_.shuffle(words)
    with tempfile.TemporaryDirectory() as folder:
        keywords = Keywords(Path(folder))
        keywords.add(
            IndexedPassage(
                str(number), "v", "s", f"文書{number % 500}", "",
                "。".join(f"{word(random_)}は{random_.randrange(1, 31)}日以内に部長へ提出する" for _ in range(12)),
            )
            for number in range(given.passages)
        )  # fmt: skip
        keywords.commit()
        began = time.perf_counter()
        glossary = Terms(
            Term(
                str(number),
                (
                    WordForm(name, "ja", Use.WRITTEN),
                    WordForm(word(random_), "ja", Use.WRITTEN),
                    WordForm(f"GL{number}", "ja", Use.SAID),
                ),
            )
            for number, name in enumerate(words[: given.entries])
        )
        made = time.perf_counter() - began
        asked = [
            f"{random_.choice(words[: given.entries]) if random_.random() < given.asked_share else word(random_)}は何日以内に提出しますか。"
            for _ in range(given.questions)
        ]
        times: dict[str, list[float]] = {"with": [], "without": [], "widen_with": [], "widen_without": []}
        lexicon = shipped()
        for question in asked:
            for name, glossaries in random_.sample(
                [("with", [lexicon, glossary]), ("without", [lexicon])], 2
            ):
                began = time.perf_counter()
                widening = widened(question, *glossaries)
                times[f"widen_{name}"].append(time.perf_counter() - began)
                keywords.search(query_tokens(question), ["s"], 60, widening)
                times[name].append(time.perf_counter() - began)
        keywords.close()
    p50 = {name: 1000 * statistics.median(seconds) for name, seconds in times.items()}
    print(
        json.dumps(
            {
                "passages": given.passages, "entries": given.entries, "questions": given.questions,
                "glossary_made_ms": round(1000 * made), "p50_ms": {name: round(ms, 3) for name, ms in p50.items()},
                "ratio": round(p50["with"] / p50["without"], 3),
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
