"""What shape of answer a question asks for, told by its words in Japanese, Chinese and English. Pure.

A fact is answered by a sentence, a list by all its items, a procedure by all its steps. The rules are tried in
their order; the first that matches decides, and a question that none matches asks for a fact. Whether a fact
stands in a table is told by where it is found, not by how it is asked.
"""

from __future__ import annotations

from enum import StrEnum

import regex

from language.tokens import language_of, normalised


class QuestionKind(StrEnum):
    """A shape of answer."""

    FACT = "fact"
    YES_NO = "yes_no"
    LIST = "list"
    PROCEDURE = "procedure"
    CONDITIONS = "conditions"
    COMPUTE = "compute"  # a figure made of several cells of a table
    SUMMARY = "summary"
    COMPARISON = "comparison"
    ABOUT_DOCUMENTS = "about_documents"  # which document, since when, which version
    OVERVIEW = "overview"  # a word or two: "leave?"


_RULES: list[tuple[QuestionKind, str]] = [
    (
        QuestionKind.SUMMARY,
        r"要約|まとめて(?!買|購入|払|支払)|まとめると|概要|あらまし|主な内容|大まかな内容|要点|ポイントを|概括|总结|總結|摘要|主要内容|主要內容|主要规定|归纳|歸納|梗概"
        r"|主要[讲講说說写寫]|\bsummar(?:y|i[sz]e[sd]?)\b|\boverview\b|\b(?:key|main) points\b|\bgist\b",
    ),
    (
        QuestionKind.COMPARISON,
        r"(?<!いくら|何(?:円|日|人|件|個|倍|時間))(?:違い|違う|違って)|異なる|比べ|比較|どう変わ|何が変わ|変更点|改定点|区别|區別|不同|差别|差別|差异|差異|相比|对比|對比"
        r"|改了哪|改了什|有何变化|有什么变化|哪些变化|\bdiffer(?:s|ence|ences)?\b|\bcompare[ds]?\b|\bcomparison\b|\bversus\b|\bvs\b"
        r"|\bwhat (?:has |have )?changed\b|\bwhat(?: is| are|'s) (?:the )?different\b",
    ),
    (
        QuestionKind.ABOUT_DOCUMENTS,
        r"(?:どの|何という|どちらの)(?:社内)?(?:規程|規定|文書|書類|規則|資料|マニュアル|ファイル|ドキュメント|通達)"
        r"|(?:規程|規定|規則|文書|マニュアル|手引き?|版)(?=[^い何]{0,12}+[い何]).{0,12}(?:いつ|何年).{0,8}(?:施行|制定|改定|改正|作成|発行|適用|更新)|何版|最新版"
        r"|(?:規程|規定|規則|文書|マニュアル|手引き?)(?:の|は|が)[^い何]{0,8}(?:更新|改[正定訂]|施行|制定|発行|作成)(?:日|の日)?(?:は|が)?(?:いつ|何年)"
        r"|哪(?:一)?(?:个|個|份|部|项|項)?(?:文件|制度|规定|規定|规程|手册|版)|(?:规定|規定|办法|辦法|手册|手冊|制度|文件|章程|[条條]例|[规規]程|[细細]则|準則|准则)(?=[^什何哪]{0,10}+[什何哪]).{0,10}(?:什[么麼][时時]候|何[时時]|哪天|哪一?年).{0,6}"
        r"(?:公布|[发發]布|生效|施行|[实實]施|修[订訂正改])|(?:which|what) (?:document|policy|page|handbook|version|guide|manual|form)s?\b(?! do i (?:need|have))"
        r"|\bwhere (?:is|are|can i (?:find|read)).{0,80}\b(?:described|documented|written|explained|defined)"
        r"|(?:規程|規定|規則|文書|マニュアル|手引き?|ガイド)(?:の|は|を).{0,4}(?:所管|担当部署|管理部門|作成者|誰が(?:管理|作成))|(?:制度|规定|規定|办法|辦法|手册)(?:的|由|是).{0,6}(?:主管|归口|谁|哪个部门|哪里).{0,8}"
        r"|\bwho (?:owns|keeps|maintains|wrote|is responsible for|is in charge of) (?:the|this|our) .{0,50}\b(?:polic(?:y|ies)|page|document|handbook|guide|manual|procedure|rules)\b"
        r"|\b(?:since when|how long) (?:is|are|has|have) .{0,60}\b(?:in force|in effect|effective|valid)\b|\bwhen (?:did|does) .{0,60}\b(?:take effect|come into (?:force|effect))\b"
        r"|\bwhen was .{0,60}\b(?:issued|revised|reviewed|published|updated|iterated|approved|adopted|amended)\b",
    ),
    (
        QuestionKind.COMPUTE,
        r"合計|(?:いくら|何(?:円|日|人|件|個|倍|時間))違|合わせて(?:何|いくら)|総額|平均|全部で(?:何|いくら)|(?:いち|一)番(?:多|少な|高|安|大き|小さ|長|短)|最も(?:多|少な|高|安|大き|小さ)"
        r"|何(?:社|件|個|回)あり|差額|合计|合計|总共|總共|一共|总计|平均|最多的|最少的|最高的|最低的|有[几幾][个個家项項种種人]|相差|差多少|多出多少|\badd(?:s|ed)? up\b|\bsum of\b"
        r"|\b(?:in )?total\b|\baverage\b|\bhow (?:much|many) (?:more|less|fewer|higher|lower|longer|cheaper)\b|\bby how (?:much|many)\b|\bcombined\b",
    ),
    (
        QuestionKind.CONDITIONS,
        r"条件|要件|例外|(?:どんな|どういう|どういった|どのような|いかなる)(?:場合|とき|時|人|ケース|社員|従業員)"
        r"|(?:場合|とき)は(?:ありますか|あるの)|資格(?!取得|試験|手当|支援|証|を取|.{0,6}(?:全部|すべて|全て))|対象者|什么条件|什麼條件|條件|哪些人|什[么麼](?:[样樣]的)?人"
        r"|(?:什[么麼]|哪些|哪[种種]|何[种種])(?:[样樣]的)?(?:情[况況]|情形|条件)|什[么麼][时時]候(?:可以|不?能|不可|[会會]?(?:停|取消|失效|[终終]止|被))"
        r"|有没有.{0,12}情况|例外|除外|\bconditions?\b|\bin (?:which|what) (?:cases?|circumstances|situations?)\b"
        r"|\bunder (?:which|what)\b|\brequirements?\b|\beligib|\bqualif|\bexceptions?\b|\bwhen (?:can|may|must|do) i\b|\bwho (?:can|may|is allowed)\b",
    ),
    (
        QuestionKind.PROCEDURE,
        r"どうやって|どうすれば|どうしたら|何を(?:すれば|したら)|どのように(?:すれ|申|手|行|進|し(?!て(?:決|計)))|手続|手順|やり方|仕方|流れ|進め(?:れば|方)|しかた|やりかた|最初から最後まで|たらどう|どうしよう|どう(?:捨て|処分|対処|対応|返[しせ]|払[いえ]|動[きけ])|動き(?:を|方)|対応を教え|やること|すべきこと|(?:申請|登録|利用|取得|変更|提出|予約|精算)方法"
        r"|するには(?!何[日年歳円人])|したい(?:の(?:です|だ)が|場合|とき)|怎[么麼](?!算|[样樣回会會没沒不这這那计計规規定变變扣说說分区區]|收[费費]|[处處]?[罚罰]|[赔賠])|怎樣|怎样(?:申|办)|如何(?:办|申|操|提|进|登|使)"
        r"|流程|手续|手續|步骤|步驟|办理|辦理|\bhow (?:do|can|should|would|must) (?:i|we|you|one|employees|staff|an?)\b|\bhow to\b|\bsteps?\b|\bprocedure\b"
        r"|\bwhat (?:do|must|should|can) (?:i|we) (?:have to |need to )?(?:do|send|submit|fill)\b|\bwhat(?: happens)? now\b|\bwhat happens (?:if|when) i\b|\bsign up\b",
    ),
    (
        QuestionKind.LIST,
        r"一覧|全部(?:教|列|挙)|すべて(?:教|列|挙)|全て|列挙|挙げて|どんな(?:種類|もの|物|書類|項目|手当|休暇|制度|補助|福利)|何が(?:あり|必要|含)|何を(?:提出|用意|準備|持って|出[せす])|(?:書類|もの|物|品|資料)は(?:何|なに)|持ち物|提出物|必要なもの|(?:書類|項目|対象者?|持ち物)を(?:すべて|全部|全て)?(?:教え|挙げ|知り)|要[带帶交]什|需要(?:什么|哪些)(?:材料|手续|东西|文件)|何と何"
        r"|種類|項目|内訳|(?:どんな|どのような)(?:とき|もの)|(?:必要|提出)な?(?:書類|もの)は|どれ(?:です|があ)|哪些|哪几|哪幾|什么材料|有什么(?!条件|区别)"
        r"|列出|列举|分别是|各(?:是|有)|包括什么|包含|\b(?:which|what) (?:types?|kinds?|sorts?|situations?|documents?|items?|benefits?|options?|forms?|tools?|steps?|things?)\b"
        r"|\blist (?:of|all|the)\b|\ball (?:the|of)\b|\bwhat should (?:be|i include)\b|\bwhat are\b|\bname (?:the|all)\b|\bwhat (?:can|could|may|might) happen\b"
        r"|\b(?:which|what) (?:[a-z-]{2,20} ){0,2}[a-z]{2,20}(?<!s)s (?:of|from|are|can(?:not)?|do|should|must|may|count|need|will)\b|\bwhat (?:does|do) .{0,40}\b(?:include|cover|consist)",
    ),
]  # fmt: skip
_COMPILED = [(kind, regex.compile(pattern)) for kind, pattern in _RULES]
_YES_NO = {
    "en": regex.compile(
        r"^(?:(?:and|but|so|(?:if|when) [^,]{0,79}[^, ])[, ]++)?(?:can|could|may|might|do|does|did|is|are|am|was|were|must|should|shall|will|would|has|have|had)\b"
    ),
    "ja": regex.compile(r"(?:ます|です|せん|ない|る|た|い|でしょう)(?:の(?:です|でしょう)?)?か?[？?。\s]*$"),
    "zh": regex.compile(r"[吗嗎么][？?。\s]*$|是否|能不能|可不可以|会不会|可以.{0,12}[？?]?$|要不要|有没有"),
}
_ASKING_WORD = {
    "en": regex.compile(r"\b(?:what|which|who|whom|whose|when|where|why|how)\b"),
    "ja": regex.compile(
        r"何(?!か|ら)|なに|なん(?:です|の|と|で)|いつ|どこ|誰|だれ|どの|どれ|どう|どん|どちら|いく[つら]|なぜ|教えて|知りたい|[?？].*[?？]"
    ),
    "zh": regex.compile(r"什[么麼]|哪|谁|誰|多少|[几幾]|怎|如何|为何|何时"),
}
_ANY = regex.compile(r"[吗嗎][？?。\s]*$")  # "几次…吗" asks whether, not how often
_LETTERS = regex.compile(r"[\p{L}\p{N}]")
SHORTEST = {
    "ja": 8,
    "zh": 5,
    "en": 16,
}  # characters up to which a question without a question word is a topic

_PART_END = regex.compile(
    r"[?？!！。]+\s*(?=\S)|(?:ですか|ますか|でしょうか)、|[，,、；;]\s*(?=(?:and |or |also )?(?:what|when|how|who|where|which|why)\b)"
    r"|\s(?=and (?:what|when|how|who|where|which|why)\b)",
    regex.I,
)
_ZH_PART_END = regex.compile(r"[?？!！。；;]+\s*(?=\S)|[，,]\s*(?=\S)")
_ZH_ASKS = regex.compile(r"什[么麼]|哪|谁|誰|多少|[几幾](?!乎|年来)|怎|如何|吗|嗎|呢|是否|能不能|有没有|何时")


def question_kind(question: str) -> QuestionKind:
    """What shape of answer the question asks for."""
    text, language = normalised(question), language_of(question)
    for kind, pattern in _COMPILED:
        if pattern.search(text):
            return kind
    asks = _ASKING_WORD[language].search(text)
    if asks is None and len(_LETTERS.findall(text)) <= SHORTEST[language]:
        return QuestionKind.OVERVIEW
    if _YES_NO[language].search(text.strip()) and (
        asks is None or language == "en" or _ANY.search(text.strip())
    ):
        return QuestionKind.YES_NO
    return QuestionKind.FACT


def question_parts(question: str) -> list[str]:
    """The questions that one text asks, in order; the text alone where it asks one."""
    language = language_of(question)
    pattern = _ZH_PART_END if language == "zh" else _PART_END
    parts, begin = [], 0
    for match in pattern.finditer(question):
        parts.append(question[begin : match.end()].strip(" ,，、"))
        begin = match.end()
    parts.append(question[begin:].strip(" ,，、"))
    asks = _ZH_ASKS if language == "zh" else _ASKING_WORD[language]
    whole = [part for part in parts if asks.search(normalised(part)) and len(_LETTERS.findall(part)) >= 3]
    return whole if len(whole) > 1 else [question]
