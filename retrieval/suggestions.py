"""What one might ask: headings of the documents that may be read."""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import zip_longest

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.access import Access, may_read
from core.models import Document, Passage, Version, now
from language.headings import without_number

CANDIDATES = 2000  # headings looked at; a larger library gives those of its newest documents
SHORTEST, LONGEST = 2, 40  # characters
SEPARATOR = " > "
# Headings of every document, which name nothing to ask about.
_OF_EVERY = re.compile(
    r"(?:(?:table of )?contents|index|appendix|annex|references|bibliography|introduction|preface|foreword"
    r"|conclusion|summary|overview|general(?: provisions)?|supplementary provisions|miscellaneous"
    r"|revision history|change ?log|copyright|licen[cs]e|about this document|faq|q ?& ?a|sheet|slide"
    r"|目次|目录|目錄|索引|付録|附録|附录|参考文献|参考资料|参考資料|総則|通則|雑則|補則|附則|付則|前文|本文|概要|概述"
    r"|はじめに|まえがき|序文|序章|おわりに|あとがき|まとめ|总则|總則|附则|附則|前言|引言|绪论|结语|结论|结束语"
    r"|改訂履歴|改定履歴|変更履歴|更新履歴|修订记录|修订历史|版本记录|よくある質問|常见问题|その他|其他|備考|备注)[\s\d]*",
    re.I,
)
_OPENING, _CLOSING = "（(【［[", "）)】］]"


@dataclass(frozen=True)
class Suggestion:
    """A heading to ask about, with its document (name, id and title) and its language."""

    heading: str
    document: str
    document_id: str
    title: str
    language: str


def suggestions(
    access: Access, session: Session, *, language: str, spaces: Collection[str] | None = None
) -> list[Suggestion]:
    """Headings of documents that may be read, in another order every day: those in that language first, and
    one of each document before a second of any. `spaces` (ids) narrows where they come from."""
    query = (
        select(Passage.heading, Passage.language, Document.name, Document.id, Document.title)
        .join(Version, Version.id == Passage.version_id)
        .join(Document, Document.current_version_id == Version.id)
        .where(may_read(access), Passage.heading != "")
        .order_by(Version.created_at.desc(), Passage.ordinal)
        .limit(CANDIDATES)
    )
    if spaces is not None:
        query = query.where(Document.space_id.in_(spaces))
    by_heading: dict[tuple[str, str], Suggestion] = {}
    for path, written_in, name, document_id, title in session.execute(query):
        heading = subject_of(path, title or name)
        if heading:
            suggestion = Suggestion(heading, name, document_id, title or name, written_in)
            by_heading.setdefault((document_id, heading), suggestion)
    mixed = list(by_heading.values())
    random.Random(f"{access.user_id} {now().date()}").shuffle(mixed)  # the same all day long
    mixed = one_of_each(mixed)
    mixed.sort(key=lambda suggestion: suggestion.language != language)
    return mixed


def subject_of(path: str, title: str) -> str:
    """The last heading of a path without its number; empty where it names nothing to ask about."""
    heading = without_number(path.split(SEPARATOR)[-1].strip())
    if heading.startswith(tuple(_OPENING)) and heading.endswith(tuple(_CLOSING)):
        heading = heading.lstrip(_OPENING).rstrip(_CLOSING)
    heading = heading.strip()
    if (
        not SHORTEST <= len(heading) <= LONGEST
        or heading == title
        or _OF_EVERY.fullmatch(heading)
        or not re.search(r"[^\W\d_]{2}", heading)
    ):
        return ""
    return heading


def one_of_each(suggestions: Iterable[Suggestion]) -> list[Suggestion]:
    """The same in an order that takes one of each document before a second of any."""
    by_document: dict[str, list[Suggestion]] = {}
    for suggestion in suggestions:
        by_document.setdefault(suggestion.document_id, []).append(suggestion)
    rounds = zip_longest(*by_document.values())
    return [suggestion for each in rounds for suggestion in each if suggestion is not None]
