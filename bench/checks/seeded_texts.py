"""The clean documents of the seeded set, one for each language, and the rules that they keep."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """A section: its sign, its heading, its paragraphs."""

    sign: str
    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Content:
    """A document before it has a format."""

    language: str
    title: str
    mark: str
    date: str
    amount: str
    sections: tuple[Section, ...]
    caption: str
    reference: str
    table: tuple[tuple[str, ...], ...]
    labels: tuple[str, ...]
    names: tuple[str, ...]
    paper: str = "A4"
    mark_everywhere: bool = True


CLEAN = {
    "ja": Content(
        "ja", "設備更新の報告書", "社外秘", "作成日：令和8年11月20日（金）", "金額：1,200,000円",
        (
            Section("第1", "目的", ("複合機の更新について、検討の結果を報告する。", "お客様への応対を速くする。")),
            Section("第2", "内容", ("現行機は導入から七年がたち、故障が増えている。",)),
            Section("第3", "結論", ("新機種への更新が適当である。",)),
        ),
        "表1　内訳", "内訳は表1のとおりである。",
        (("品名", "数量", "金額"), ("複合機", "2", "1,000,000"), ("設置作業", "1", "200,000"),
         ("合計", "", "1,200,000")),
        ("起案者", "課長", "部長"), ("山田", "佐藤", "鈴木"),
    ),
    "en": Content(
        "en", "Report on New Printers", "Confidential", "Date: Friday, 20 November 2026", "Amount: USD 1,200",
        (
            Section("1.", "Purpose", ("This report gives the results of the review.", "Customers will be served sooner.")),
            Section("2.", "Findings", ("The printers are seven years old and fail often.",)),
            Section("3.", "Conclusion", ("New printers should be bought this year.",)),
        ),
        "Table 1: Costs", "The costs are in Table 1.",
        (("Item", "Quantity", "Price"), ("Printer", "2", "1,000"), ("Installation", "1", "200"), ("Total", "", "1,200")),
        ("Author", "Manager", "Director"), ("Smith", "Jones", "Brown"),
    ),
    "zh": Content(
        "zh", "设备更新报告", "内部资料", "日期：2026年11月20日（星期五）", "金额：1,200元",
        (
            Section("一、", "目的", ("现将复印机更新的研究结果报告如下。", "以便更快地为客户服务。")),
            Section("二、", "内容", ("现有设备已使用七年，故障增多。",)),
            Section("三、", "结论", ("建议更换为新机型。",)),
        ),
        "表1　明细", "明细见表1。",
        (("名称", "数量", "金额"), ("复印机", "2", "1,000"), ("安装", "1", "200"), ("合计", "", "1,200")),
        ("起草人", "科长", "部长"), ("王伟", "李娜", "张强"),
    ),
}  # fmt: skip

_COMMON = """
- {{id: pattern, kind: pattern, pattern: TODO}}
- {{id: width, kind: style.width, digits: half}}
- {{id: layout, kind: layout, page: {{size: A4}}}}
- {{id: marking, kind: marking, text: {mark}, where: header, pages: all, page_number: {{where: footer, format: N / M}}}}
- {{id: reference, kind: reference, check: [table], cited: true}}
- id: approval
  kind: approval
  block: {{labels: [{labels}], order: left_to_right}}
  filled: [{labels}]
"""
RULES = {
    "ja": """version: 1
pack: seeded-ja
rules:
- {id: terms, kind: terms, rules: [{expected: お客様, pattern: 顧客様}]}
- {id: date, kind: style.date, allow: [令和N年M月D日], verify: [exists, weekday, era_matches_year]}
- {id: structure, kind: structure, required: [{h: 目的}, {h: 内容}, {h: 結論}], order: relative}
- {id: numbering, kind: numbering, ladder: ['第1', '1']}
- {id: table, kind: table, columns: [品名, 数量, 金額], not_empty: [数量], totals: [金額]}
- id: field
  kind: field
  name: amount
  find: {label: 金額, type: money_jpy}
  require: {format: '1,234,567円', equals_sum_of: {table: 内訳, column: 金額}}
""" + _COMMON.format(mark="社外秘", labels="起案者, 課長, 部長"),
    "en": """version: 1
pack: seeded-en
rules:
- {id: terms, kind: terms, rules: [{expected: use, pattern: '/\\butilize\\b/i'}]}
- {id: date, kind: style.date, allow: [D Month YYYY], verify: [exists, weekday]}
- {id: structure, kind: structure, required: [{h: Purpose}, {h: Findings}, {h: Conclusion}], order: relative}
- {id: numbering, kind: numbering, ladder: ['1.', '1.1']}
- {id: table, kind: table, columns: [Item, Quantity, Price], not_empty: [Quantity], totals: [Price]}
- id: field
  kind: field
  name: amount
  find: {label: Amount, type: money}
  require: {format: 'USD 1,234', equals_sum_of: {table: Costs, column: Price}}
""" + _COMMON.format(mark="Confidential", labels="Author, Manager, Director"),
    "zh": """version: 1
pack: seeded-zh
rules:
- {id: terms, kind: terms, rules: [{expected: 登录, pattern: 登陆}]}
- {id: date, kind: style.date, allow: [YYYY年M月D日], verify: [exists, weekday]}
- {id: structure, kind: structure, required: [{h: 目的}, {h: 内容}, {h: 结论}], order: relative}
- {id: numbering, kind: numbering, ladder: ['一、', '（一）']}
- {id: table, kind: table, columns: [名称, 数量, 金额], not_empty: [数量], totals: [金额]}
- id: field
  kind: field
  name: amount
  find: {label: 金额, type: money}
  require: {format: '1,234元', equals_sum_of: {table: 明细, column: 金额}}
""" + _COMMON.format(mark="内部资料", labels="起草人, 科长, 部长"),
}  # fmt: skip
