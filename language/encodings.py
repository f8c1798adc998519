"""Text out of bytes whose encoding nobody told: UTF-8 and UTF-16 first, then what reads most like writing.
Pure."""

from __future__ import annotations

import codecs

SAMPLE = 200_000  # bytes that are looked at to choose
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
CANDIDATES = ("cp932", "gb18030", "big5", "euc_jp", "cp1252")  # earlier ones win where two fit alike
# The first bytes of the ideographs that are most used, in the encoding that its standard gave them.
_COMMON = {"cp932": ("shift_jis", 0x88, 0x97), "gb18030": ("gb2312", 0xB0, 0xD7),
           "big5": ("big5", 0xA4, 0xC6), "euc_jp": ("euc_jp", 0xB0, 0xCF)}  # fmt: skip
# Windows writes ①, ㈱ and 髙 into these too, where their standards have nothing; Python knows those alone.
_WINDOWS_TOO = {"iso2022_jp", "euc_jp"}
# Ways to treat those: what is none of them either is an error, or one sign for it.
_STRICT, _MENDING = "shoko-windows-signs", "shoko-windows-signs-or-replace"
_TYPOGRAPHY = set("‘’“”–—…•€™©®°·×§±«»¿¡£¥¢´¨ªº¹²³¼½¾")


def decoded(content: bytes, declared: str = "") -> str:
    """The text. `declared` is what the file itself or its sender says; it counts where it fits."""
    return _mended(content, encoding_of(content, declared))


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
        content.decode(encoding, _STRICT if _named(encoding) in _WINDOWS_TOO else "strict")
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _mended(content: bytes, encoding: str) -> str:
    """The text, with a sign for what is none in that encoding."""
    return content.decode(encoding, _MENDING if _named(encoding) in _WINDOWS_TOO else "replace")


def _named(encoding: str) -> str:
    """The encoding by Python's own name; raises LookupError for none that Python knows."""
    return codecs.lookup(encoding).name.replace("-", "_")


def _windows_sign(error: UnicodeError) -> tuple[str, int]:
    """What Windows means by two bytes that the standard leaves free; else raises the error itself."""
    assert isinstance(error, UnicodeDecodeError)
    row, cell = (byte & 0x7F for byte in (*error.object[error.start : error.start + 2], 0, 0)[:2])
    if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):
        raise error
    lead = (row - 0x21) // 2 + (0x81 if row < 0x5F else 0xC1)
    trail = cell + 0x7E if row % 2 == 0 else cell + 0x1F + (cell >= 0x60)
    try:
        return bytes((lead, trail)).decode("cp932"), error.start + 2
    except UnicodeDecodeError:
        raise error from None


def _windows_sign_or_replace(error: UnicodeError) -> tuple[str, int]:
    try:
        return _windows_sign(error)
    except UnicodeDecodeError:
        return "\ufffd", error.end  # type: ignore[attr-defined]  # the handler of a decoder gets its error


codecs.register_error(_STRICT, _windows_sign)
codecs.register_error(_MENDING, _windows_sign_or_replace)


def _without_mark(sample: bytes) -> str:
    """UTF-16 without a byte order mark: every other byte of Latin text is zero."""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    least = len(sample) // 10
    if odd > least and odd > 4 * even:
        return "utf-16-le"
    return "utf-16-be" if even > least and even > 4 * odd else ""


def _likeness(sample: bytes, encoding: str) -> float:
    """The share of the characters beyond ASCII that writing in that encoding mostly consists of."""
    text = _mended(sample, encoding)
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
