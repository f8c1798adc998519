"""Writes the sample document library into `samples/library/`; asks no network.

The library is the document collection of an invented company, Aoba Seiki Co., Ltd.
(青葉精機株式会社, 青叶精机): work rules, policies, minutes, an approval request, prices, a manual,
notices. It serves the first start, the tests and the evaluation; `samples/questions.yaml` holds
questions on it with the page and the words of each answer. Every person, number and price in it
is invented.

Run from the repository root:

    python -m samples.make

The built files are committed, so only a change of the texts calls for a run. The same versions of
the packages and fonts below give the same bytes. They are needed for this script alone:

    pip install reportlab python-docx xlsxwriter pillow
    apt-get install fonts-ipaexfont-mincho fonts-ipaexfont-gothic fonts-wqy-microhei \
        fonts-liberation
"""

import importlib.util
import sys
from pathlib import Path

from samples.fonts import missing_packages
from samples.notation import Source, read_source

SAMPLES = Path(__file__).parent
LIBRARY = SAMPLES / "library"
PDF_TEXTS = (
    "work-rules",
    "travel-expense-policy",
    "information-security-policy",
    "quality-meeting-minutes",
    "pump-manual",
    "safety-notice",
)
WORD_TEXTS = ("faq", "approval-request")
PIP_NAME_BY_MODULE = {
    "reportlab": "reportlab",
    "docx": "python-docx",
    "xlsxwriter": "xlsxwriter",
    "PIL": "pillow",
}


class ToolMissing(RuntimeError):
    """A package or a font that builds the library is missing: the message names the command."""


def main() -> None:
    """Builds every document and prints its size."""
    try:
        assert_tools()
    except ToolMissing as problem:
        sys.exit(str(problem))
    for path in build_library(LIBRARY):
        print(f"{path.stat().st_size / 1024:8.1f} KiB  {path.name}")


def assert_tools() -> None:
    """`ToolMissing` with the commands that mend it, unless every package and font is here."""
    commands = []
    absent = [
        pip_name
        for module, pip_name in PIP_NAME_BY_MODULE.items()
        if importlib.util.find_spec(module) is None
    ]
    if absent:
        commands.append(f"pip install {' '.join(absent)}")
    if packages := missing_packages():
        commands.append(f"apt-get install {' '.join(packages)}")
    if commands:
        raise ToolMissing(
            "The sample library cannot be built: something is missing. Run: " + "; ".join(commands)
        )


def build_library(folder: Path) -> list[Path]:
    """Writes every document into `folder`, which is made if need be, and returns the paths."""
    # Imported here, so that a missing package is reported by `assert_tools` and not by Python.
    from samples import pages, price_table, scanned_notice, word

    folder.mkdir(parents=True, exist_ok=True)
    return [
        *(pages.write_pdf(_source(name), folder) for name in PDF_TEXTS),
        *(word.write_word(_source(name), folder) for name in WORD_TEXTS),
        price_table.write_price_table(folder),
        scanned_notice.write_scanned_notice(folder),
    ]


def _source(name: str) -> Source:
    return read_source(SAMPLES / "texts" / f"{name}.txt")


if __name__ == "__main__":
    main()
