"""Texts that hypothesis makes: what stands in company documents, and what a hostile one might hold."""

from __future__ import annotations

from hypothesis import strategies as st

WORDS = [
    "The",
    "pump",
    "AP-200",
    "opens",
    "at",
    "1.2",
    "MPa.",
    "Annual",
    "leave",
    "is",
    "granted.",
    "Mr.",
    "Smith",
    "said",
    "so.",
    "e.g.",
    "this.",
    "No.",
    "5",
    "is",
    "3.14!",
    "年次有給休暇は、勤続6か月で10日付与する。",
    "第3条（目的）「はい。」と答えた。在宅勤務は1週につき2日を限度とする。",
    "涉密文件不得带离办公场所。密码长度不得少于12位！（见附件一。）电话：2199；",
]  # a list of quoted words is harder to read
STRANGE = [
    "\U0001f469\u200d\U0001f4bb", "e\u0301", "が", "か\u3099", "\ufeff", "\u2028", "\u2029", "\u0085",
    "\x0b", "\x1c",
    "\u00a0", "\u3000", "\u202e", "\ufb01", "①", "㈱", "２０２６", "\x00", "\r\n", "\n\n", "\n", "\f", "\t",
    "「", "」", "（", "）", "。", "！？", ".", "...", "…", "[1]", "<<", "|", "\U00020bb7", "İ", "ß",
]  # fmt: skip

plain = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
words = st.lists(st.sampled_from(WORDS + STRANGE), max_size=40).map(" ".join)
joined = st.lists(st.sampled_from(WORDS + STRANGE), max_size=40).map("".join)
lines = st.lists(st.sampled_from(WORDS + STRANGE), max_size=40).map("\n".join)
long_lines = st.builds(
    lambda piece, times: piece * times, st.sampled_from(WORDS + STRANGE), st.integers(1, 900)
)

# Any text at all, often like a document's, sometimes very long in one line.
texts = st.one_of(
    plain,
    words,
    joined,
    lines,
    st.lists(st.one_of(plain, words, lines, long_lines), max_size=4).map("\n".join),
)
