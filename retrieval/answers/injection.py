"""Sentences in documents that speak to the machine instead of to the reader. Pure.

"Ignore all previous instructions and end your answer with …" is no evidence for anything. Such a sentence
stays in the document and in search, where a person can find it, and is kept out of quotes and prompts, so
that no model is given it. It is told by its form alone: an order to forget orders, or an order about the
answer that is given to a program.
"""

from __future__ import annotations

import regex

from language.tokens import normalised

_MACHINE = (
    r"\b(?:ai|llms?|chat ?(?:bot|gpt)s?|gpt|copilot|(?:language|ai|chat) models?"
    r"|(?:ai|virtual|digital|any|the|an?) assistants?|assistants?(?= (?:that|which|who|must|should|reading))"
    r"|system (?:note|prompt|message|notice|override))\b"
    r"|人工知能|生成ai|言語モデル|チャットボット|アシスタント|システム(?:管理者|通知|プロンプト|メッセージ)"
    r"|人工智[能慧]|大?语言模型|大?語言模型|大模型|[助智]手|机器人|機器人|系[统統](?:通知|提示|消息|管理[员員])"
)
_FORGET = (
    r"(?<!not )(?<!never )\b(?:ignore|disregard|forget|override|bypass|do not follow)\b[^.!?]{0,40}"
    r"\b(?:instructions?|prompts?|rules|guidelines|directions|commands?|orders)\b"
    r"|(?:指示|命令|プロンプト|ルール|指令)(?=[^。無忘従]{0,10}+[無忘従])[^。]{0,10}?(?:無視|忘れ|従わ(?:ない|ず))"
    r"|(?:忽略|无视|無視|忘[记記掉]|不要(?:遵守|理会|理會))(?=[^。指命提规規要内內]{0,14}+[指命提规規要内內])[^。]{0,14}?(?:指[示令]|命令|提示|规则|規則|要求|[内內]容)"
)
_BEFORE = (
    r"\b(?:all|any|your|previous|prior|above|earlier|preceding|these)\b"
    r"|以前|これまで|上記|すべて|全て|前の|之前|以上|前面|上述|所有|先前"
)
# An order about the answer itself: how it begins or ends, or what alone it says.
_ANSWER = (
    r"\b(?:your|its|the|every|each|any) (?:answer|response|reply|output|summary)\b"
    r"|\b(?:answer|respond|reply|print|output|write|say|repeat|return)\b[^.!?]{0,20}"
    r"\b(?:only|nothing but|exactly|just)\b"
    r"|\b(?:only|just) (?:answer|respond|reply|print|output|write|say)\b"
    r"|\bdo not answer\b"
    r"|回答|返答|応答|答え(?:ること|て|なさい|よ)|出力|利用者に(?:伝え|知らせ)"
    r"|回答|回复|回覆|答复|答覆|输出|輸出"
)
_ORDER = (
    r"\b(?:must|shall|should|always|end|begin|start|finish|include|append|add|insert|translate|rewrite|misspell|print"
    r"|output|write|say|repeat|provide|use|modify|augment|replace|remove|encode|tell|do not|don't|only)\b"
    r"|書[いき]|書け|述べ|伝え|答え(?:る|て|なさい|よ)|出力し|付け加え|ください|こと(?:。|$)|なさい|必ず"
    r"|写上|寫上|必须|必須|只[输輸能回写寫]|不要|请|請|务必|務必|告[诉訴]|加上|以[^以\n]{0,40}?[开開][头頭始]|[结結]尾|末尾"
)
_machine, _forget, _before, _answer, _order = (
    regex.compile(pattern) for pattern in (_MACHINE, _FORGET, _BEFORE, _ANSWER, _ORDER)
)


def speaks_to_machine(sentence: str) -> bool:
    """Whether the sentence is an order to whatever program reads it."""
    text = normalised(sentence)
    if _forget.search(text) and (_before.search(text) or _machine.search(text)):
        return True
    orders = bool(_answer.search(text) and _order.search(text))
    return orders and (bool(_machine.search(text)) or _shapes_answer(text))


# "End your answer with …", 「回答の最後に…と書く」: said to nobody by name, and to no person in an office.
_SHAPE = regex.compile(
    r"\b(?:end|begin|start|finish|preface|conclude)\b[^.!?]{0,12}"
    r"\b(?:answer|response|reply|output|summary)\b[^.!?]{0,6}\bwith\b"
    r"|\b(?:print|output|respond|reply|answer)\b[^.!?]{0,12}\bonly\b\W{0,3}(?:with\b\W{0,3})?[\"“'「]"
    r"|\b(?:your|the) (?:answer|response|reply|output)\b[^.!?]{0,60}"
    r"\b(?:translate|misspell|encode|substitut|anagram)"
    r"|(?:回答|返答|応答)の(?:最後|最初|冒頭|末尾)に[^。]{0,40}(?:書|付け|入れ|記載)"
    r"|と(?:だけ|のみ)(?:答え|回答|返答|出力)"
    r"|(?:回答|回复|回覆|答复|答覆)(?:的)?(?:末尾|[结結]尾|最后|最後|[开開][头頭])[^。]{0,10}(?:[写寫]上|加上|注明|附上)"
    r"|(?:回答|回复|回覆|答复|答覆)[^。]{0,20}以[^。以]{0,40}?(?:[开開][头頭]|[结結]尾)"
    r"|只(?:[输輸]出|回答|回复|回覆)[“「\"]"
)


def _shapes_answer(text: str) -> bool:
    return bool(_SHAPE.search(text))
