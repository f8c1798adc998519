"""Text out of bytes whose encoding nobody told: UTF-8 and UTF-16 first, then what reads most like writing.
Pure."""

from __future__ import annotations

SAMPLE = 200_000  # bytes that are looked at to choose
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
CANDIDATES = ("cp932", "gb18030", "big5", "euc_jp", "cp1252")  # earlier ones win where two fit alike
# The first bytes of the ideographs that are most used, in the encoding that its standard gave them.
_COMMON = {"cp932": ("shift_jis", 0x88, 0x97), "gb18030": ("gb2312", 0xB0, 0xD7),
           "big5": ("big5", 0xA4, 0xC6), "euc_jp": ("euc_jp", 0xB0, 0xCF)}  # fmt: skip
_TYPOGRAPHY = set("‘’“”–—…•€™©®°·×§±«»¿¡£¥¢´¨ªº¹²³¼½¾")


def decoded(content: bytes, declared: str = "") -> str:
    """The text. `declared` is what the file itself or its sender says; it counts where it fits."""
    return content.decode(encoding_of(content, declared), "replace")


def encoding_of(content: bytes, declared: str = "") -> str:
    """The encoding that fits those bytes best."""
    for mark, encoding in BOMS:
        if content.startswith(mark):
            return encoding
    if b"\0" in content[:SAMPLE] and (wide := _without_mark(content[:SAMPLE])):
        return wide
    fitting = {
        "shift_jis": "cp932",
        "shift-jis": "cp932",
        "sjis": "cp932",
        "gb2312": "gb18030",
        "gbk": "gb18030",
    }
    for encoding in (fitting.get(declared.casefold(), declared), "iso2022_jp", "utf-8"):
        if encoding == "iso2022_jp" and b"\x1b$" not in content[:SAMPLE]:
            continue
        if encoding and _fits(content, encoding):
            return encoding
    sample = content[:SAMPLE]
    ranked = sorted(CANDIDATES, key=lambda encoding: -_likeness(sample, encoding))
    return next((encoding for encoding in ranked if _fits(content, encoding)), ranked[0])


def _fits(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _without_mark(sample: bytes) -> str:
    """UTF-16 without a byte order mark: every other byte of Latin text is zero."""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    least = len(sample) // 10
    if odd > least and odd > 4 * even:
        return "utf-16-le"
    return "utf-16-be" if even > least and even > 4 * odd else ""


def _likeness(sample: bytes, encoding: str) -> float:
    """The share of the characters beyond ASCII that writing in that encoding mostly consists of."""
    text = sample.decode(encoding, "replace")
    if sample and text.endswith("\ufffd"):
        text = text[:-1]  # the sample was cut in the middle of a character
    foreign = [character for character in text if character > "\x7f"]
    if not foreign:
        return 0.0
    if encoding == "cp1252":
        return _western(text) / len(foreign)
    return sum(_is_common(character, encoding) for character in foreign) / len(foreign)


def _is_common(character: str, encoding: str) -> bool:
    code = ord(character)
    if 0x3040 <= code <= 0x30FF:  # kana
        return encoding in ("cp932", "euc_jp")
    if 0x3000 <= code <= 0x301F or 0xFF01 <= code <= 0xFF5E or character in _TYPOGRAPHY:
        return True
    if 0x2460 <= code <= 0x25FF:  # circled numbers, lines, squares
        return True
    if not 0x4E00 <= code <= 0x9FFF:
        return False
    standard, first, last = _COMMON[encoding]
    try:
        return first <= character.encode(standard)[0] <= last
    except UnicodeEncodeError:
        return False


def _western(text: str) -> int:
    """Letters with accents between plain ones, and signs of typography."""
    count = 0
    for at, character in enumerate(text):
        if character <= "\x7f":
            continue
        if character in _TYPOGRAPHY:
            count += 1
        elif "À" <= character <= "ÿ" or character in "ŒœŠšŽžŸ":
            around = text[max(0, at - 1) : at] + text[at + 1 : at + 2]
            count += any(one.isascii() and one.isalpha() for one in around)
    return count
