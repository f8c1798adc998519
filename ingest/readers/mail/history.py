"""Which lines of a mail are its own words, and which are those of earlier mails that it carries along. Pure.

Programs put the mail that is answered below the answer, behind a line (`-----Original Message-----`), behind
its sender and day (差出人: … 送信日時: …), or behind "… wrote:" with `>` before each line. An answer may also
stand between the lines that it answers. Forwarded mail is what its sender wanted to say, and no history.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.pages import BlockKind, Spot, Unit
from ingest.readers.assembly import TextBlock

MOST_MAILS = 200  # in one another
LONG_QUOTE = 4  # lines that are a mail of their own, wherever they stand; fewer are what is answered there
NAMELESS = "↩"  # a mail whose sender and day are not given
LONGEST_NAME = 120
HEADER_LINES = 10  # within which the fields of a header stand
LEAST_FIELDS = 3  # of a header that stands in a text: sender, day, receiver, subject
LONGEST_LINE = 400  # characters of a line that announces a mail
_QUOTED = re.compile(r"^[ \t]{0,3}[>＞│|]")
_MARK = re.compile(r"^[ \t]{0,3}[>＞│|] ?")
_RULED = re.compile(
    r"^[\s>]{0,9}[-－―─_=*]{2,40}\s{0,3}"
    r"(?:original (?:message|appointment)|forwarded (?:message|by[^-]{0,200})|begin forwarded message"
    r"|元のメッセージ|元のメール|オリジナル\s?メッセージ|転送(?:された)?(?:メッセージ|メール)(?:\s?(?:ここから|始まり))?"
    r"|原始(?:邮件|郵件|信息)|原邮件|转发(?:的)?邮件(?:信息)?|轉寄(?:的)?郵件|原始訊息|邮件原件)"
    r"\s{0,3}[-－―─_=*]{2,40}\s{0,9}$",
    re.I,
)
_FORWARDED = re.compile(r"forwarded|転送|转发|轉寄", re.I)
_FORWARD_SUBJECT = re.compile(r"^\s{0,9}(?:fw|fwd|wg|転送|转发|轉寄)\s?[:：]", re.I)
_FIELDS = {
    "from": "from|差出人|送信者|发件人|發件人|寄件者|寄件人",
    "day": "sent|date|送信日時|日時|日付|发送时间|发送日期|發送時間|寄件日期|日期|时间|時間",
    "to": "to|宛先|收件人|收件者",
    "cc": "cc|抄送|副本",
    "subject": "subject|件名|主题|主題|主旨",
}
_FIELD = re.compile(
    r"^[\s>*]{0,9}(?:" + "|".join(f"(?P<{name}>{words})" for name, words in _FIELDS.items()) + r")"
    r"[\s　*]{0,4}[:：][\s　*]{0,9}(?P<value>\S.{0,300}|)$",
    re.I,
)
# "On Mon, 4 May, Sato wrote:", "2026年5月4日(月) 10:00 佐藤 <sato@example.com>:", "佐藤 于2026年5月4日写道："
_ANNOUNCED = (
    re.compile(r"^\s{0,9}on\b.{4,300}\bwrote\s?:\s{0,9}$", re.I),
    re.compile(
        r"^\s{0,9}(?=.{0,60}\d{1,2}[:時时]\d{2}).{0,60}\d{4}\s?[年/.-]\s?\d{1,2}.{4,200}[:：]\s{0,9}$"
    ),
    re.compile(r"^\s{0,9}.{1,200}(?:写道|寫道|のメッセージ|書きました|さんのメール)\s?[:：]\s{0,9}$"),
    re.compile(r"^\s{0,9}[^:：]{1,100}\bwrote\s?:\s{0,9}$", re.I),
)
_SURE = _ANNOUNCED[:3]  # even without a sign before what follows, as on a page


@dataclass(frozen=True)
class MailLine:
    """A line of a mail's text, or a row of a table in it: what it says, the block that it is of, and its
    number there. `aside`: it is quoted, and the next lines answer it."""

    text: str
    block: int
    number: int
    is_text: bool = True
    aside: bool = False


@dataclass(frozen=True)
class ThreadMail:
    """One mail of a thread: who wrote it when, as far as that is said there (empty of the newest), and its
    blocks."""

    name: str
    blocks: list[TextBlock]


def thread_of(blocks: Sequence[TextBlock], subject: str = "") -> list[ThreadMail]:
    """The mails of a thread, the newest first; a mail that carries no other along is a thread of one."""
    lines = [line for place, block in enumerate(blocks) for line in _lines(place, block)]
    forwarded = bool(_FORWARD_SUBJECT.match(subject))
    mails: list[tuple[str, list[MailLine]]] = []
    waiting: list[list[MailLine]] = [lines]
    while waiting and len(mails) < MOST_MAILS:
        text = waiting.pop()
        own, carried = _parted(text, forwarded=forwarded and not mails, begins=len(text) if mails else 0)
        mails.append((_name(own) if mails else "", own))
        waiting += reversed(carried)
    mails += [(_name(text), text) for text in waiting]
    mails = [mail for number, mail in enumerate(mails) if number == 0 or _says(mail[1])]
    if len(mails) > 1 and not _says(mails[0][1]):
        mails = [("", mails[1][1]), *mails[2:]]  # nothing was written above it: it is what was sent
    return [
        ThreadMail(name, list(_blocks(text, blocks, earlier=number > 0)))
        for number, (name, text) in enumerate(mails)
    ]


def _says(lines: Sequence[MailLine]) -> bool:
    return any(line.text.strip() for line in lines)


def _lines(place: int, block: TextBlock) -> Iterator[MailLine]:
    if block.cells or block.kind == BlockKind.ROW:
        yield MailLine(block.text, place, 0, is_text=False)
        return
    for number, text in enumerate(block.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")):
        yield MailLine(text, place, number)


def _parted(
    lines: list[MailLine], *, forwarded: bool, begins: int
) -> tuple[list[MailLine], list[list[MailLine]]]:
    """The first mail of those lines, and those that it carries along. `begins`: the header that announces
    the first one stands within so many lines."""
    own: list[MailLine] = []
    carried: list[list[MailLine]] = []
    place = _header_at(lines, 0) or _announced_at(lines, 0) if begins else 0
    own += lines[:place]
    while place < len(lines):
        header = _header_at(lines, place)
        if header and (forwarded or _FORWARDED.search(lines[place].text[:LONGEST_LINE])):
            forwarded = False
            own += lines[place : place + header]
            place += header
            continue
        if header:
            return own, [*carried, lines[place:]]
        announced = _announced_at(lines, place)
        first = place + announced
        last = _end_of_quoted(lines, first)
        if announced and last == first:  # a page shows the mail indented, without signs
            return own, [*carried, lines[place:]]
        if last == place:
            own.append(lines[place])
            place += 1
            continue
        length = sum(bool(line.text.strip()) for line in lines[first:last])
        if length >= LONG_QUOTE or not _says(lines[last:]):
            carried.append([*lines[place:first], *(_unmarked(line) for line in lines[first:last])])
        else:
            own += [replace(line, aside=True) for line in lines[place:last]]
        place = last
    return own, carried


def _header_at(lines: Sequence[MailLine], place: int) -> int:
    """How many lines from there are the header of a mail that follows; 0 for none."""
    ruled = _matches(_RULED, lines, place)
    fields: set[str] = set()
    last = place
    for number in range(place + ruled, min(len(lines), place + HEADER_LINES)):
        line = lines[number]
        field = _FIELD.match(line.text[:LONGEST_LINE]) if line.is_text else None
        if field is not None and _kind_of(field) not in fields:
            fields.add(_kind_of(field))
            last = number + 1
        elif line.text.strip() and not (fields and last and line.block == lines[last - 1].block):
            break  # a field may go over several lines, a header over no empty one
    complete = "from" in fields and len(fields) >= LEAST_FIELDS and ("day" in fields or "subject" in fields)
    return last - place if complete and (ruled or _matches(_FIELD, lines, place)) else int(ruled)


def _kind_of(match: re.Match[str]) -> str:
    return next(name for name in _FIELDS if match[name] is not None)


def _announced_at(lines: Sequence[MailLine], place: int) -> int:
    """How many lines from there say that somebody wrote what follows; 0 if none does."""
    for count in (1, 2):  # programs wrap long ones
        stretch = lines[place : place + count]
        whole = all(line.is_text and line.text.strip() and line.block == stretch[0].block for line in stretch)
        if len(stretch) < count or not whole:
            break
        text = " ".join(line.text.strip() for line in stretch)[:LONGEST_LINE]
        if _QUOTED.match(text):
            break
        quoted = _matches(_QUOTED, lines, _next_said(lines, place + count))
        if any(sign.match(text) for sign in _ANNOUNCED) and (
            quoted or any(sign.match(text) for sign in _SURE)
        ):
            return count
    return 0


def _next_said(lines: Sequence[MailLine], place: int) -> int:
    while place < len(lines) and not lines[place].text.strip():
        place += 1
    return place


def _matches(pattern: re.Pattern[str], lines: Sequence[MailLine], place: int) -> bool:
    if place >= len(lines) or not lines[place].is_text:
        return False
    return bool(pattern.match(lines[place].text[:LONGEST_LINE]))


def _end_of_quoted(lines: Sequence[MailLine], place: int) -> int:
    """Where the lines with signs before them end that begin there, blank ones between them included."""
    last = place
    for number in range(place, len(lines)):
        if _matches(_QUOTED, lines, number):
            last = number + 1
        elif lines[number].text.strip():
            break
    return last


def _unmarked(line: MailLine) -> MailLine:
    return replace(line, text=_MARK.sub("", line.text, count=1))


def _name(lines: Sequence[MailLine]) -> str:
    """Who wrote a mail of the thread and when, as its header or the line above it says."""
    header = _header_at(lines, 0)
    said: dict[str, str] = {}
    for line in lines[:header]:
        field = _FIELD.match(line.text[:LONGEST_LINE])
        if field is not None:
            said.setdefault(_kind_of(field), field["value"].strip(" *;\u3000"))
    name = ", ".join(said[kind] for kind in ("from", "day") if said.get(kind))
    if not name and (announced := _announced_at(lines, 0)):
        name = " ".join(line.text.strip() for line in lines[:announced]).rstrip(":： ")
    return " ".join(name.split())[:LONGEST_NAME] or NAMELESS


def _blocks(lines: Sequence[MailLine], blocks: Sequence[TextBlock], *, earlier: bool) -> Iterator[TextBlock]:
    """Those lines as blocks again, each of lines that stand together in one."""
    for (place, aside), group in itertools.groupby(lines, lambda line: (line.block, line.aside)):
        held, block = list(group), blocks[place]
        text = "\n".join(line.text for line in held)
        if not text.strip():
            continue
        spot = block.spot
        if spot is not None and spot.unit == Unit.LINE and spot.first.isdigit():
            first = int(spot.first)
            if len(held) < block.text.count("\n") + 1 and block.text.count("\n") <= int(spot.last) - first:
                spot = Spot(Unit.LINE, str(first + held[0].number), str(first + held[-1].number))
        if earlier:
            of_lines = spot is not None and spot.unit == Unit.LINE
            spot = Spot(Unit.EARLIER, *((spot.first, spot.last) if of_lines and spot is not None else ()))
        yield replace(block, text=text, spot=spot, kind=None if aside else block.kind)
