"""What a sentence does to those around it: it announces a list, limits what stands before it, says what a
term means, or opens a procedure. By the words of Japanese, Chinese and English. Pure."""

from __future__ import annotations

import regex

_N = r"[\p{Nd}一二三四五六七八九十]+"
LOOKED_AT = 600  # characters: of a definition its beginning, of what announces a list its end
# A list, a table or steps follow: "次のとおり", "下列", "as follows", or a colon at the end.
_ANNOUNCES = regex.compile(
    r"[:：]\s*$"
    r"|次の(?:とおり|通り|各号|各項|事項|もの|者|いずれか|場合|区分|基準|表|手順|方法|[\p{Han}\p{Katakana}ー]{1,12})"
    r"|次に(?:掲げる|定める|示す|該当する|挙げる|よる)|以下の|以下に|下記|左記|つぎの|各号(?:の|に)|下表|別表"
    rf"|下列|以下|如下|按照下表|见下表|見下表|(?:有|分为|分為|包括){_N}[种類类项項个個]"
    r"|\b(?:as follows|following|below|these (?:steps|items|cases|rules|are))\b"
    r"|\b(?:can|may|must|should|will|to|include|includes|including|are|is)\s*$",
    regex.IGNORECASE,
)
_PROVISO = regex.compile(
    r"[\s　（(]*(?:ただし|但し|但(?=[、，,\p{Han}])|もっとも[、，]|なお[、，]ただし"
    r"|前(?:項|条|号|二項|各号)の規定にかかわらず|(?:前[項条]|第\S{1,6}[項条])にかかわらず"
    r"|不过[，,]|不過[，,]|除外情形|例外"
    r"|(?:However|Except (?:that|as|where|when|for|in)|Unless|Provided(?: however)?,? that|Notwithstanding"
    r"|Exceptions?|This does not apply|The above does not apply)\b)"
)
_PROVISO_INSIDE = regex.compile(r"この限りで(?:ない|はない|はありません)|不在此限")
_DEFINES = regex.compile(
    r"(?:是指|指的是|系指|係指)|所称.{1,20}[，,]?(?:是指|指)"
    r"|^[\"“「'‘]?[\p{L}\p{N} -]{2,40}[\"”」'’]?\s+(?:means|refers to|is defined as)\b",
    regex.IGNORECASE,
)
# "…とは…をいう": what stands between the two may be long, so each is looked for by itself.
_DEFINED = "とは"
_DEFINED_AS = regex.compile(r"を[い言]う|のことである|を指す|を意味する|をさす")
_PROCEDURE = regex.compile(
    r"手順|手続|方法|流れ|やり方|しかた|仕方|進め方|フロー|ステップ|申請|使い方|操作|対応要領"
    r"|步骤|步驟|流程|程序|办理|辦理|做法|怎么|如何|操作"
    r"|\b(?:steps?|procedures?|process|how to|how do i|instructions?|workflow|set ?up|to request)\b",
    regex.IGNORECASE,
)


def announces(text: str) -> bool:
    """Whether a text says that a list, a table or steps come behind it."""
    return bool(_ANNOUNCES.search(text[-LOOKED_AT:]))


def limits(sentence: str) -> bool:
    """Whether a sentence limits what was said before it: a proviso or an exception."""
    return bool(_PROVISO.match(sentence) or _PROVISO_INSIDE.search(sentence))


def begins_as_proviso(sentence: str) -> bool:
    """Whether a sentence says by its first words that it limits what was said before it."""
    return bool(_PROVISO.match(sentence))


def defines(text: str) -> bool:
    """Whether a text says what a term means."""
    text = text[:LOOKED_AT]
    return bool(_DEFINES.search(text)) or any(map(_defines_as, text.split("\n")))


def _defines_as(line: str) -> bool:
    """Whether a line says in Japanese what a term means, in two characters or more."""
    begin = line.find(_DEFINED)
    return begin >= 0 and bool(_DEFINED_AS.search(line, begin + len(_DEFINED) + 2))


def tells_how(text: str) -> bool:
    """Whether a heading, or what announces a list, speaks of a procedure."""
    return bool(_PROCEDURE.search(text))
