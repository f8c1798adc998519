"""Decodes bytes whose encoding nobody stated: UTF-8 and UTF-16 first, then what reads most like writing.
Pure."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

SAMPLE = 200_000  # bytes that are looked at to choose
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
CANDIDATES = ("cp932", "gb18030", "big5", "euc_jp", "cp1252")  # earlier ones win if two fit alike
# The first bytes of the ideographs that are most used, in the encoding that its standard gave them.
_COMMON = {"cp932": ("shift_jis", 0x88, 0x97), "gb18030": ("gb2312", 0xB0, 0xD7),
           "big5": ("big5", 0xA4, 0xC6), "euc_jp": ("euc_jp", 0xB0, 0xCF)}  # fmt: skip
# What browsers take the names for that pages and mails declare (WHATWG's Encoding Standard): many of them
# were widened by Windows, and are written so.
_LABELS = {
    "cp932": "shift_jis shift-jis sjis x-sjis ms_kanji windows-31j csshiftjis ms932 x-ms-cp932"
    " x-mac-japanese",
    "gb18030": "gb2312 gbk x-gbk gb_2312 gb_2312-80 chinese csgb2312 iso-ir-58 euc-cn cn-gb hz-gb-2312",
    "cp950": "big5 big5-hkscs x-x-big5 cn-big5 csbig5 big-5",
    "cp949": "euc-kr euckr ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 korean windows-949"
    " iso-ir-149 cseuckr",
    "euc_jp": "euc-jp x-euc-jp x-euc cseucpkdfmtjapanese eucjp-ms",
    "iso2022_jp": "iso-2022-jp csiso2022jp iso-2022-jp-1 iso-2022-jp-2 iso-2022-jp-3 iso-2022-jp-ms cp50220"
    " cp50221 x-windows-iso2022jp",
    "cp1252": "iso-8859-1 iso8859-1 iso_8859-1 iso88591 latin1 latin-1 l1 ascii us-ascii ansi_x3.4-1968 cp819"
    " ibm819 x-cp1252 windows-1252 x-ansi",
    "cp1254": "iso-8859-9 iso8859-9 latin5 x-cp1254",
    "cp874": "tis-620 iso-8859-11 windows-874 dos-874",
    "iso8859_8": "iso-8859-8-i iso-8859-8-e logical visual",
    "utf-8": "utf8 unicode-1-1-utf-8 unicode11utf8 x-unicode20utf8 utf-8mb4",
    "mac_roman": "macintosh x-mac-roman mac",
    "mac_cyrillic": "x-mac-cyrillic",
}
_BY_LABEL = {label: encoding for encoding, labels in _LABELS.items() for label in labels.split()}
_BY_LABEL["big5hkscs"] = "big5hkscs"
# Names that say little: programs declare them without looking, and any bytes are a text in them.
_LATIN = "cp1252"
# Names that Python knows and no page or mail means: any bytes are something in them.
_NO_CHARSETS = (
    "unicode_escape",
    "raw_unicode_escape",
    "punycode",
    "idna",
    "utf_7",
    "undefined",
    "mbcs",
    "oem",
)
_WIDE = ("utf_16", "utf_32")  # without a byte order mark these are recognised by their zeros
# Windows writes ①, ㈱ and 髙 into EUC-JP too, where the standard has nothing; Python knows that alone.
_WINDOWS_TOO = {"euc_jp"}
# Error handlers for those bytes: any others raise an error, or become one replacement character.
_STRICT, _MENDING = "shoko-windows-signs", "shoko-windows-signs-or-replace"
_UNUSED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")  # bytes that are nothing in the Western set of Windows
_CONTROLS = re.compile("[\x80-\x84\x86-\x9f]")
_TYPOGRAPHY = set("‘’“”–—…•€™©®°·×§±«»¿¡£¥¢´¨ªº¹²³¼½¾")
_SHIFTS = (b"\x1b$", b"\x1b(I", b"\x1b(J")  # how ISO-2022-JP goes over to Japanese
_LEAST_WIDE, _LEAST_PAIRS = 1, 4  # characters of three bytes, or of two, that make UTF-8 sure
_SURE, _DOUBTFUL = 0.9, 0.7  # shares of common characters in one encoding, and in the declared one


def decoded(content: bytes, declared: str = "") -> str:
    """The text. `declared` is what the file itself or its sender says; it counts if it fits."""
    return _mended(content, encoding_of(content, declared))


def encoding_of(content: bytes, declared: str = "") -> str:
    """The encoding that fits those bytes best."""
    for mark, encoding in BOMS:
        if content.startswith(mark):
            return encoding
    if b"\0" in content[:SAMPLE] and (wide := _without_mark(content[:SAMPLE])):
        return wide
    said = _meant(declared)
    japanese = any(shift in content[:SAMPLE] for shift in _SHIFTS)
    if japanese and _fits(content, "iso2022_jp"):
        return "iso2022_jp"
    if said != "utf-8" and _is_surely_utf8(content):
        return "utf-8"
    sample = content[:SAMPLE]
    if said and said not in (*CANDIDATES, "iso2022_jp") and _fits(content, said):
        return said
    if said in CANDIDATES and _fits(content, said) and not content.isascii():
        return _believed(content, sample, said)
    if _fits(content, "utf-8"):
        return "utf-8"
    ranked = sorted(CANDIDATES, key=lambda encoding: -_likeness(sample, encoding))
    return next((encoding for encoding in ranked if _fits(content, encoding)), ranked[0])


def _believed(content: bytes, sample: bytes, said: str) -> str:
    """The encoding that was declared, though many bytes are some text in it, unless another one makes writing
    of them and it does not."""
    likeness = {encoding: _likeness(sample, encoding) for encoding in CANDIDATES}
    best = max(CANDIDATES, key=lambda encoding: likeness[encoding])
    doubted = likeness[best] >= _SURE and likeness[said] < _DOUBTFUL and _fits(content, best)
    return best if doubted else said


def _meant(declared: str) -> str:
    """The encoding that a declared name means; empty for none that Python knows."""
    label = declared.strip().strip("\"'").casefold()
    try:
        encoding = _BY_LABEL.get(label) or _named(label)
    except (LookupError, ValueError):
        return ""
    if encoding in _NO_CHARSETS or encoding.startswith(_WIDE):
        return ""
    return "utf-8" if encoding in ("utf_8", "utf_8_sig") else encoding


def _is_surely_utf8(content: bytes) -> bool:
    """Whether the bytes are UTF-8 beyond chance: two letters of GBK may happen to be, a sentence does not."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    wide = sum(letter > "\u07ff" for letter in text[:SAMPLE])
    return wide >= _LEAST_WIDE or sum(letter > "\x7f" for letter in text[:SAMPLE]) >= _LEAST_PAIRS


def _fits(content: bytes, encoding: str) -> bool:
    if encoding == "iso2022_jp":
        return "\ufffd" not in _from_iso2022_jp(content)
    if encoding == _LATIN:
        return not _UNUSED.search(content)
    try:
        text = content.decode(encoding, _STRICT if _named(encoding) in _WINDOWS_TOO else "strict")
    except (UnicodeDecodeError, LookupError):
        return False
    return not (
        encoding.startswith("iso8859") and _CONTROLS.search(text)
    )  # what Windows wrote has other signs


def _mended(content: bytes, encoding: str) -> str:
    """The text, with a replacement character for what is invalid in that encoding."""
    if encoding == "iso2022_jp":
        return _from_iso2022_jp(content)
    return content.decode(encoding, _MENDING if _named(encoding) in _WINDOWS_TOO else "replace")


def _from_iso2022_jp(content: bytes) -> str:
    """Japanese mail: JIS X 0208 with what Windows added to it, half-width kana in each of the three ways that
    programs write them, JIS X 0212. Python's own decoders know a part of it each."""
    parts: list[str] = []
    shifted, kana = b"(B", False  # the set in use; whether a shift-out made kana of it
    for number, piece in enumerate(content.split(b"\x1b")):
        if number:
            length = 3 if piece[:2] in (b"$(", b"$)") else 2
            shifted, piece = piece[:length], piece[length:]
            kana = False
        for place, stretch in enumerate(piece.split(b"\x0e")):
            kana = kana or place > 0
            before, sign, after = stretch.partition(b"\x0f")
            parts.append(_in_set(before, b"(I" if kana else shifted))
            kana = kana and not sign
            if sign:
                parts.append(_in_set(after.replace(b"\x0f", b""), shifted))
    return "".join(parts)


def _in_set(stretch: bytes, shifted: bytes) -> str:
    """A stretch of ISO-2022-JP in the set that was shifted to."""
    if shifted in (b"$@", b"$B"):
        return _two_bytes(stretch, _of_windows)
    if shifted == b"$(D":
        return _two_bytes(stretch, _of_supplement)
    if shifted == b"(I":
        return bytes(byte | 0x80 if 0x21 <= byte <= 0x5F else byte for byte in stretch).decode(
            "cp932", "replace"
        )
    if shifted in (b"(B", b"(J", b"(H"):
        return stretch.decode("cp932", "replace")  # ASCII, and half-width kana of eight bits
    return stretch.decode("ascii", "replace")


def _two_bytes(stretch: bytes, of: Callable[[int, int], str]) -> str:
    """Pairs of bytes as characters; a byte that belongs to no pair, such as a line end, stays."""
    out: list[str] = []
    place = 0
    while place < len(stretch):
        row = stretch[place]
        if not 0x21 <= row <= 0x7E:
            out.append(bytes([row]).decode("cp932", "replace"))
            place += 1
            continue
        cell = stretch[place + 1] if place + 1 < len(stretch) else 0
        out.append(of(row, cell) if 0x21 <= cell <= 0x7E else "\ufffd")
        place += 2
    return "".join(out)


def _of_windows(row: int, cell: int) -> str:
    """A character of JIS X 0208, or of what Windows put into its free rows, by its bytes there."""
    lead = (row - 0x21) // 2 + (0x81 if row < 0x5F else 0xC1)
    trail = cell + 0x7E if row % 2 == 0 else cell + 0x1F + (cell >= 0x60)
    return bytes((lead, trail)).decode("cp932", "replace")


def _of_supplement(row: int, cell: int) -> str:
    return bytes((0x8F, row | 0x80, cell | 0x80)).decode("euc_jp", "replace")


def _named(encoding: str) -> str:
    """The encoding by Python's own name; raises LookupError for none that Python knows."""
    return codecs.lookup(encoding).name.replace("-", "_")


def _windows_sign(error: UnicodeError) -> tuple[str, int]:
    """What Windows means by two bytes that the standard leaves free; else raises the error itself."""
    assert isinstance(error, UnicodeDecodeError)
    row, cell = (byte & 0x7F for byte in (*error.object[error.start : error.start + 2], 0, 0)[:2])
    if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):
        raise error
    sign = _of_windows(row, cell)
    if "\ufffd" in sign:
        raise error
    return sign, error.start + 2


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
    if encoding == "cp932":  # half-width kana say nothing: half of all bytes are some
        foreign = [character for character in foreign if not "\uff61" <= character <= "\uff9f"] or foreign
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
    if 0x2460 <= code <= 0x25FF or 0x3200 <= code <= 0x33FF:  # circled numbers, lines, squares, ㈱ and ㌔
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
    for index, character in enumerate(text):
        if character <= "\x7f":
            continue
        if character in _TYPOGRAPHY:
            count += 1
        elif "À" <= character <= "ÿ" or character in "ŒœŠšŽžŸ":
            around = text[max(0, index - 1) : index] + text[index + 1 : index + 2]
            count += any(neighbour.isascii() and neighbour.isalpha() for neighbour in around)
    return count
