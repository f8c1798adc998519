"""The roles of the paragraphs of a Chinese official document, by their place and their form: many offices set
all of it by hand, without styles. It measures nothing; `layout` does.
"""

from __future__ import annotations

import re

from checks.document.document import CheckedDocument, DocumentPiece, Zone

ZONES = frozenset({Zone.HEADING, Zone.BODY, Zone.LIST})
KINDS = "通知|决定|公告|通告|意见|通报|报告|请示|批复|议案|函|纪要|决议|命令|令|公报|方案|办法|规定|细则"
LONGEST_HEADING = 45
LONGEST_SIGNATURE = 30
LONGEST_SALUTATION = 120  # it names every office that is addressed
FIRST = 8  # paragraphs among which the head of the document stands
_NUMBER = re.compile(r"[〔［\[(（][12][0-9]{3}[〕］\])）]\s?第?[0-9]{1,5}\s?号")
_TITLE = re.compile(rf"(?:{KINDS})(?:[（(][^（）()]{{1,12}}[）)])?$")
_DATE = re.compile(
    r"[12][0-9]{3}\s?年\s?[0-9]{1,2}\s?月\s?[0-9]{1,2}\s?日$"
    r"|[二〇○零一二三四五六七八九十]{4}年[一二三四五六七八九十]{1,3}月"
)
# The four signs of GB/T 9704, each of one level, whatever else may begin a heading elsewhere.
_SIGNS = (
    ("heading1", re.compile(r"[一二三四五六七八九十]{1,3}、")),
    ("heading2", re.compile(r"[（(][一二三四五六七八九十]{1,3}[）)]")),
    ("heading3", re.compile(r"[0-9０-９]{1,2}[.．、](?![0-9])")),
    ("heading4", re.compile(r"[（(][0-9０-９]{1,2}[）)]")),
)
_ATTACHED = re.compile(r"附件\s?[0-9０-９一二三四五六七八九十]{0,2}\s?[:：]")
_ATTACHMENT = re.compile(r"附件\s?[0-9０-９一二三四五六七八九十]{0,2}$")
_IMPRINT = re.compile(r"(?:抄送|印发|主题词|分送)[:：]?|.{2,30}[12][0-9]{3}年[0-9]{1,2}月[0-9]{1,2}日印发$")


def official_roles(document: CheckedDocument) -> dict[int, str]:
    """The role of each paragraph, by its index: red_head, number, title, salutation, heading1 to heading4,
    body, attached (the list of attachments), signature, date, imprint, attachment (all behind its head)."""
    pieces = [(index, piece) for index, piece in document.of(ZONES) if piece.text.strip() and piece.table < 0]
    roles: dict[int, str] = {}
    begun = _head(pieces, roles)
    for place in range(begun, len(pieces)):
        index, piece = pieces[place]
        text = piece.whole.strip()
        if _ATTACHMENT.match(text):
            roles |= {later: "attachment" for later, _ in pieces[place:]}
            break
        roles[index] = _role(text, piece)
    _end(pieces, roles)
    return roles


def _head(pieces: list[tuple[int, DocumentPiece]], roles: dict[int, str]) -> int:
    """Red head, number, title and salutation; how many paragraphs they are."""
    titled = -1
    for place, (index, piece) in enumerate(pieces[:FIRST]):
        text = piece.whole.strip()
        if _NUMBER.search(text) and len(text) <= 40:
            roles[index] = "number"
        elif text.endswith("文件") and titled < 0 and (_red(piece) or piece.paragraph.align == "center"):
            roles[index] = "red_head"
        elif titled < 0 and ((piece.zone is Zone.HEADING and piece.level == 0) or _title(text, piece)):
            titled = place
            roles |= {
                titled_index: "title"
                for titled_index, _ in pieces[_first_line(pieces, place, roles) : place + 1]
            }
        elif (
            titled >= 0 and text.endswith(("：", ":")) and len(text) <= LONGEST_SALUTATION and not _sign(text)
        ):
            roles[index] = "salutation"
            return place + 1
        elif titled >= 0 and place > titled:
            return place
    return titled + 1


def _signs(text: str) -> bool:
    return len(text) <= LONGEST_SIGNATURE and not text.endswith(("。", "！", "；"))


def _first_line(pieces: list[tuple[int, DocumentPiece]], place: int, roles: dict[int, str]) -> int:
    """Where the title begins that ends at `at`: centred lines before it belong to it."""
    while place and pieces[place - 1][1].paragraph.align == "center" and pieces[place - 1][0] not in roles:
        place -= 1
    return place


def _title(text: str, piece: DocumentPiece) -> bool:
    centred = piece.paragraph.align == "center" or any(run.format.size >= 18 for run in piece.runs)
    return _TITLE.search(text) is not None and len(text) <= 80 and (centred or text.startswith("关于"))


def _red(piece: DocumentPiece) -> bool:
    return any(run.format.color.upper() in ("FF0000", "E60000", "C00000") for run in piece.runs)


def _sign(text: str) -> str:
    return next((role for role, pattern in _SIGNS if pattern.match(text)), "")


def _role(text: str, piece: DocumentPiece) -> str:
    if _ATTACHED.match(text):
        return "attached"
    if _IMPRINT.match(text):
        return "imprint"
    if role := _sign(text):
        whole = len(text) <= LONGEST_HEADING and not re.search("[。；;].", text)
        # Where text follows the heading in its paragraph, each part has a font of its own.
        return role if whole else "run_in" if role in ("heading1", "heading2") else "body"
    if piece.zone is Zone.HEADING and 0 < piece.level <= 4:
        return f"heading{piece.level}"
    return "body"


def _end(pieces: list[tuple[int, DocumentPiece]], roles: dict[int, str]) -> None:
    """The date that closes the text, and the office above it."""
    body = [(index, piece) for index, piece in pieces if roles.get(index) in ("body", "attached")]
    for place in range(len(body) - 1, max(-1, len(body) - 6), -1):
        index, piece = body[place]
        text = piece.text.strip()
        if _DATE.match(text) and len(text) <= 20:
            roles[index] = "date"
            before = body[place - 1] if place else None
            if before is not None and roles[before[0]] == "body" and _signs(before[1].text.strip()):
                roles[before[0]] = "signature"
            return
