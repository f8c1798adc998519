"""What looks like personal data in a text: numbers whose check digits are right, and telephones, mail
addresses and accounts by their form. Pure. What is written otherwise is not found, and what is found may be
something else: a warning, never a promise.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from contract.values import PersonalKind


@dataclass(frozen=True)
class PersonalDatum:
    """[start, end) of the text that looks like personal data of that kind."""

    kind: PersonalKind
    start: int
    end: int


# Digits as they are grouped: one at most of blanks and hyphens between two.
_GROUPED = re.compile(r"(?<![\w.+-])\d(?:[ -]?\d){11,18}(?![\w-])")
_RESIDENT = re.compile(r"(?<![\w-])[1-9]\d{5}(?:19|20)\d{9}[\dx](?![\w-])")
_MY_NUMBER_WORDS = re.compile(r"個人番号|マイナンバー|my ?number|individual number|个人编号")
_FOURS = re.compile(r"\d{4}[ -]\d{4}[ -]\d{4}")
_MAIL = re.compile(
    r"(?<![\w.+%-])[a-z0-9][\w.+%-]{0,63}@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?![\w-])", re.ASCII
)
_PHONE = re.compile(
    r"(?<![\w.+-])(?:0[789]0[ -]?\d{4}[ -]?\d{4}"  # mobile telephones of Japan
    r"|0\d{1,4}-\d{1,4}-\d{3,4}|0\d{1,4}\(\d{1,4}\)\d{3,4}|\(0\d{1,4}\) ?\d{1,4}-\d{3,4}"
    r"|\+\d{1,3}[ -]?\(?\d{1,4}\)?(?:[ -]?\d{2,4}){2,4}"
    r"|1[3-9]\d[ -]?\d{4}[ -]?\d{4}"  # and of China
    r"|(?:tel|phone|電話|电话|手机|携帯)(?:番号|号码)?[.: ]{0,3}\d{2,5}[ -]\d{2,4}[ -]\d{3,4})(?![\w-])"
)
_ACCOUNT = re.compile(
    r"(?:普通|当座|貯蓄)(?:預金|口座)?(?:番号)?[ :・]{0,3}(?:no\.? ?)?\d{6,8}(?!\d)"
    r"|(?:口座番号|account (?:number|no\.?)|a/c no\.?)[ :#]{0,4}\d[\d -]{4,18}\d(?!\d)"
    r"|(?:银行账号|銀行帳號|银行卡号|账号|卡号)[ :]{0,3}\d(?:[ ]?\d){15,18}(?!\d)"
)
_IBAN = re.compile(r"(?<!\w)[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,3})?(?!\w)")
_CARD_BEGINS = re.compile(r"4|5[1-5]|2[2-7]|3[0-8]|6[0-5]|9")


def personal_data(text: str) -> list[PersonalDatum]:
    """What looks like personal data in a page's text, in its order; no two of them overlap."""
    plain = _plain(text)
    data: list[PersonalDatum] = []
    taken: list[tuple[int, int]] = []
    labelled = _MY_NUMBER_WORDS.search(plain) is not None
    for kind, start, end in _candidates(plain, labelled):
        if not any(start < last and first < end for first, last in taken):
            taken.append((start, end))
            data.append(PersonalDatum(kind, start, end))
    return sorted(data, key=lambda datum: datum.start)


def _plain(text: str) -> str:
    """The text with narrow digits, letters and hyphens, each character at its place."""
    letters = []
    for letter in text.lower():
        narrow = unicodedata.normalize("NFKC", letter)
        letters.append(narrow if len(narrow) == 1 else letter)
    plain = "".join(letters) if len(letters) == len(text) else text
    return re.sub(r"[‐‑‒–—−ー]", "-", plain).replace("\u3000", " ")


def _candidates(plain: str, labelled: bool) -> Iterator[tuple[PersonalKind, int, int]]:
    for match in _RESIDENT.finditer(plain):
        if resident_id(match.group()):
            yield PersonalKind.RESIDENT_ID, *match.span()
    accounts = [match.span() for match in _IBAN.finditer(plain)]
    for match in _GROUPED.finditer(plain):
        if any(first < match.end() and match.start() < last for first, last in accounts):
            continue  # the digits of an account, right or not, are no card's
        digits = re.sub(r"\D", "", match.group())
        if card(digits):
            yield PersonalKind.CARD, *match.span()
        elif my_number(digits) and (labelled or _FOURS.fullmatch(match.group())):
            yield PersonalKind.MY_NUMBER, *match.span()
    checks: tuple[tuple[PersonalKind, re.Pattern[str], Callable[[str], bool]], ...] = (
        (PersonalKind.ACCOUNT, _ACCOUNT, lambda text: True),
        (PersonalKind.ACCOUNT, _IBAN, iban),
        (PersonalKind.MAIL, _MAIL, lambda text: True),
        (PersonalKind.PHONE, _PHONE, _is_phone),
    )
    for kind, pattern, right in checks:
        for match in pattern.finditer(plain):
            if right(match.group()):
                yield kind, *match.span()


def my_number(digits: str) -> bool:
    """Whether 12 digits are an individual number of Japan: the last is the check digit of the others (order
    of the Ministry of Internal Affairs and Communications no. 85 of 2014, article 5)."""
    if len(digits) != 12 or len(set(digits)) == 1:
        return False
    total = sum(
        int(digit) * (place + 1 if place <= 6 else place - 5)
        for place, digit in enumerate(reversed(digits[:11]), start=1)
    )
    rest = total % 11
    return int(digits[11]) == (0 if rest <= 1 else 11 - rest)


def card(digits: str) -> bool:
    """Whether 14 to 19 digits are the number of a payment card: its beginning and its check digit (Luhn)."""
    if not 14 <= len(digits) <= 19 or len(set(digits)) == 1 or not _CARD_BEGINS.match(digits):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def resident_id(text: str) -> bool:
    """Whether 18 characters are a resident's number of China: a date in it and its check digit (GB 11643)."""
    month, day = int(text[10:12]), int(text[12:14])
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(text[:17], weights, strict=True))
    return 1 <= month <= 12 and 1 <= day <= 31 and "10x98765432"[total % 11] == text[17]


def iban(text: str) -> bool:
    """Whether it is an international account number: its check digits are right (ISO 13616)."""
    plain = text.replace(" ", "")
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(letter, 36)) for letter in plain[4:] + plain[:4])) % 97 == 1


def _is_phone(text: str) -> bool:
    digits = sum(letter.isdigit() for letter in text)
    return 9 <= digits <= 15
