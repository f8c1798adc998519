"""The words by which a question and a table's header name one thing, in Japanese, English and Chinese, and the
words that say an operation. Data and patterns; pure.

All patterns are over texts in `values.plain_form`: one form of each Chinese character, lower case.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import regex

from language.characters import by_first_character
from retrieval.tables.values import ValueKind, compiled


class Operation(StrEnum):
    """What is done with the cells that a question asks for."""

    LIST = "list"  # they are shown: a look-up, or the rows that pass a filter
    COUNT = "count"
    SUM = "sum"
    MEAN = "mean"
    MAX = "max"
    MIN = "min"
    DIFFERENCE = "difference"
    RATIO = "ratio"
    PRODUCT = "product"  # a price times how many are bought


@dataclass(frozen=True)
class TableConcept:
    """A thing that questions and headers call by different words. `kind`: a column of that kind is it, too,
    where no header names it. `bare`: a question may say it of a table that has no such column."""

    name: str
    asked: regex.Pattern[str]
    named: regex.Pattern[str]
    kind: ValueKind | None = None
    bare: bool = False


def _concept(
    name: str, asked: str, named: str, kind: ValueKind | None = None, *, bare: bool = False
) -> TableConcept:
    return TableConcept(name, compiled(asked), compiled(named), kind, bare)


AMOUNT, PRICE, QUANTITY, DAY, DURATION, WEIGHT, AGE, CLOCK = (
    "amount",
    "price", "quantity", "day", "duration", "weight", "age", "clock",
)  # fmt: skip
PERSON = "person"

_PEOPLE = (
    r"氏名|名前|社员|担当|姓名|员工|人员|职员|负责人|責任者|スタッフ|メンバー|^名$"
    r"|\b(?:names?|employees?|staff|persons?|members?|owner|manager|contact)\b"
)

CONCEPTS: tuple[TableConcept, ...] = (
    _concept(
        PERSON,
        r"誰|だれ|どなた|人(?!数|员|力|事)|谁|何位|\b(?:who|whose|people|persons?|everyone|everybody|anyone)\b",
        _PEOPLE,
        bare=True,
    ),
    _concept(
        PERSON,
        r"社员名?|从业员|职员|スタッフ|メンバー|员工|人员|同事|\b(?:employees?|staff|workers?|colleagues?|members?)\b",
        _PEOPLE,
    ),
    _concept(
        "contact",
        r"担当者名?|责任者|负责人|联系人|\b(?:contacts?|contact persons?)\b",
        r"担当|责任者|负责人|联系人|\bcontact\b",
    ),
    _concept(
        AMOUNT,
        r"いくら|何円|何元|金额|多少钱|多少元|\b(?:how much|amounts?)\b",
        r"价|金额|料金|値段|费|コスト|额$|\b(?:prices?|costs?|amounts?|fees?|rates?)\b",
        bare=True,
    ),
    _concept(
        PRICE,
        r"値段|お値段|価格|料金|単価|费用|价钱|价格|售价|单价|\b(?:prices?|priced|costs?|fees?)\b",
        r"价|金额|料金|値段|费|コスト|额$|\b(?:prices?|costs?|amounts?|fees?|rates?)\b",
    ),
    _concept(
        QUANTITY,
        r"数量|个数|在库数?|ストック|库存量?|存货|存量|いくつ|\b(?:quantity|quantities|qty|stock|inventory|on hand|units)\b",
        r"数量|个数|在库|库存|存货|存量|\b(?:quantity|qty|stock|on hand|units|inventory)\b",
    ),
    _concept(
        DAY,
        r"いつ|何日|何月何日|日付|日にち|什么时候|何时|哪(?:一)?天|几号|几月几[号日]|日期|\b(?:when|(?:what|which) (?:day|date)s?|dates?)\b",
        r"日付|日期|日$|月日|年月日|期限|\b(?:dates?|day|deadline|due)\b",
        ValueKind.DATE,
    ),
    _concept(
        CLOCK,
        r"何时(?!间|候)|几点|开始时刻|时刻|\b(?:what time|start time|end time)\b",
        r"时刻|时间|\btimes?\b",
        ValueKind.TIME,
    ),
    _concept("weekday", r"何曜日?|星期几|周几|\b(?:day of the week|weekday)\b", r"曜|星期|周|\b(?:weekday|day)\b"),
    _concept("month", r"何月(?!何日)|どの月|哪(?:个|一个)?月|几月(?!几)|\b(?:what|which) months?\b", r"月|\bmonths?\b"),
    _concept("year", r"何年度?|どの年度?|哪(?:一)?年度?|\b(?:what|which) (?:fiscal )?years?\b", r"年|\byears?\b"),
    _concept(
        "department",
        r"部署名?|部门|所属|课(?:は|が|で)|何部|\b(?:departments?|divisions?|teams?|sections?)\b",
        r"部署|部门|所属|课|\b(?:departments?|divisions?|teams?|dept|sections?)\b",
    ),
    _concept(
        "item",
        r"商品名?|制品名?|物料|材料|原料|品目|品名|品物|备品|物品|产品|货品|\b(?:items?|products?|goods|articles?)\b",
        r"商品|制品|品名|品目|品$|物品|产品|货品|名称|\b(?:items?|products?|descriptions?|articles?)\b",
    ),
    _concept(
        "vendor",
        r"取引先|业者|仕入れ?先|购入先|発注先|ベンダー|サプライヤー|供应商|供货商|厂商|\b(?:vendors?|suppliers?)\b",
        r"取引先|业者|仕入れ?先|购入先|発注先|ベンダー|供应商|供货商|厂商|\b(?:vendors?|suppliers?)\b",
    ),
    _concept("customer", r"顧客|得意先|客先|客户|\b(?:customers?|clients?)\b", r"顧客|得意先|客先|客户|\b(?:customers?|clients?)\b"),
    _concept("company", r"会社名?|社名|何社|企业|公司|\b(?:compan(?:y|ies)|firms?)\b", r"会社|社名|企业|公司|取引先|供应商|\b(?:company|firm|vendor|supplier)\b", bare=True),
    _concept(
        "phone",
        r"电话番号?|内线番号?|电话号?码?|分机号?码?|\b(?:phone(?: number)?s?|telephone(?: number)?|extensions?(?: number)?|ext)\b",
        r"电话|内线|分机|\b(?:tel|phone|telephone|ext|extension)\b",
    ),
    _concept("place", r"どこ|场所|哪里|哪儿|何处|\b(?:where|locations?|places?)\b", r"场所|所在|地点|地址|住所|位置|会场|倉库|仓库|\b(?:locations?|places?|sites?|address|office|room)\b"),
    _concept("warehouse", r"倉库|仓库|\b(?:warehouses?|depots?)\b", r"倉库|仓库|保管|\b(?:warehouse|depot|location)\b"),
    _concept("branch", r"支店|店舗|拠点|营业所|事业所|分店|门店|分公司|\b(?:branch(?:es)?|stores?|shops?|offices?)\b", r"支店|店舗|拠点|营业所|事业所|店|分店|门店|分公司|\b(?:branch|store|shop|office)\b"),
    _concept("sales", r"売り?上げ?高?|销售额?|营业额|\b(?:sales|revenue|turnover)\b", r"売り?上げ?|销售|营业额|\b(?:sales|revenue|turnover)\b"),
    _concept("budget", r"予算额?|预算额?|\bbudget(?:ed|s)?\b", r"予算|预算|计划|\b(?:budget|plan)\b"),
    _concept("actual", r"実績|实际|支出|\b(?:actual|spent|spends?|spending)\b", r"実績|实际|支出|\b(?:actual|spent)\b"),
    _concept("joined", r"入社|入职|\b(?:joined|hired|started|hires?|join|start)\b", r"入社|入职|\b(?:hired?|joined|start)\b"),
    _concept("title", r"役职|肩书き?|职位|职务|\b(?:job titles?|positions?)\b", r"役职|肩书|职位|职务|职称|\b(?:title|position|role)\b"),
    _concept(WEIGHT, r"重さ|重量|\bweigh(?:t|ts|s)?\b", r"重|\bweight\b"),
    _concept(AGE, r"年齢|年龄|何歳|几岁|\b(?:age|how old)\b", r"年齢|年龄|歳|\bage\b"),
    _concept(DURATION, r"何时间|时间数?|时长|期间|工时|\b(?:how long|hours|duration)\b", r"时间|时长|期间|日数|天数|工时|\b(?:hours|duration|length|days)\b"),
)  # fmt: skip

COUNT = compiled(
    r"何(?P<counter>人|名|件|个所?|社|种类|品种|品目|种|台|本|枚|册|回|[かヶケ箇]所|店舗|店|拠点|部署|部门|课|行|つ|点|度|机|席|室|部屋|校|组)(?!目)"
    r"|何(?P<days>日)(?=间|あ|出|働|休|勤|入)|いくつ(?=あ|の|で|[？?]|$)|(?P<number>回数|次数|件数)(?=が|は|最|を|[？?]|$)|(?P<people>人数|头数)"
    r"|(?:多少|(?<!哪)几)(?P<zh>个|人|名|位|家|种|款|台|次|天|件|项|条|本|间|份|辆|张|支|箱)"
    r"|\bhow many (?:days|times)\b|\bhow many\b|\bnumber of\b|\bcount of\b|\bheadcount\b"
)
SUM = compiled(
    r"合计|总计|总和|(?<!平均)総计|总额|加总|累计|(?:全部|すべて|全て)?足す(?:と)?|足し合わせると?|足した|合算(?:すると)?|通年で?|年间で(?=い|何|合|どれ)|合わせて|あわせて|全部で|トータル|总共|一共|共计|加起来|总数|总(?=销|售|売|予算|预算|数|量|支|收|成本|费|库存|在库|金|产|工时|时间)"
    r"|\b(?:in )?totals?\b|\bsum\b|\boverall\b|\baltogether\b|\bcombined\b|\bin all\b|\badd(?:s|ed)? up\b"
)
MEAN = compiled(r"平均(?:して|すると|値)?|\b(?:on )?average\b|\bmean\b")
DIFFERENCE = compiled(
    r"(?:いくら|どれ(?:だけ|くらい|ほど)|何[\p{L}]{1,2})(?:の)?[違差]|(?:の)?差额|の差|差[はがを]|(?:何|いくら|どれ(?:だけ|くらい|ほど)?)[\p{L}]{0,3}?(?:高|安|多|少な|长|短|大き|小さ|重|轻)[いく]|相差|差多少|差几|差是"
    r"|(?:贵|便宜|多|少|高|低|长|短|重|轻)(?:\p{Han}?了|出)?(?:多少|几)|\bdifference\b|\bby how (?:much|many)\b"
    r"|\bhow (?:much|many) (?:\p{L}{1,20} )?(?:more|less|fewer|higher|lower|cheaper|longer|shorter|larger|smaller|bigger)\b(?! than \d)"
)
RATIO = compiled(
    r"何倍|何%|何パーセント|何割|割合|比率|占比|百分之几|几倍|占了?多少|\bhow many times\b|\b(?:what|which) (?:percent(?:age)?|share|proportion|fraction)\b"
    r"|\bratio\b"
)
WHICH = compiled(r"どれ|どの|何々|哪些|哪个|哪种|哪几|\bwhich\b")
BUYS = compiled(
    r"住|泊(?!料|费)|晚(?=$|[，、的])|買|購入|购|注文|発注|頼|订|用意|仕入れ(?:る|た)|采购|借|\b(?:buy|buying|bought|purchas(?:e|ing)|order(?:ing)?|need|cost of|price of|for)\b"
)
EACH = compiled(
    r"ごと|别(?=の|に)|それぞれ|各(?=部|店|支|社|月|课|品|倉|仓|人)|每(?:个|一个|家)?|分别|\b(?:each|per|by|every)\b(?! \d)"
)
OF_A_TIME = compiled(  # 平均每月, 月平均, a month on average
    r"每个?[月天日周季]度?|毎[月日週]|(?:ひと|1か|1ヶ|一个)月(?:あたり|当たり)?|\b(?:per|a|each|every) (?:month|quarter|week|day)\b|\b(?:month|quarter|week|dai)ly\b"
)
NEGATION = compiled(
    r"以外|除[いくき外]|を除|除了|除外|不含|不包括|不(?:是|在|属)|没有|でない|ではない|じゃない|ない(?!か)|\bexcept(?:ing)?\b|\bexclud(?:ing|ed?|es)\b|\bother than\b"
    r"|\bwithout\b|\bnot\b|\bn't\b|\bisn't\b|\baren't\b|\bnon\b|\bnever\b"
)
SUPERLATIVE = compiled(
    r"(?:(?:一|1)番(?:目に)?|いちばん|最も|もっとも)(?P<ja>長く(?:勤め|働|在籍)|古くから|最近|先に|後に|高|安|低|多|少な?|大き|小さ|长|短|早|遅|新し|古|重|轻|若|速|远|近|广|狭)[いくかしきなさ]{0,2}"
    r"|(?P<longest>(?:工龄|资历|司龄|在职时间)最[长老])|最(?P<zh>年轻|便宜|高|低|安|多|少|大|小|贵|长|短|早|晚|新|旧|古|重|轻|遅|迟|快|慢|速)(?:値|额|的|の|い|し(?=い)|限)?"
    r"|\b(?P<first>first to|(?:joined|hired|started|arrived|came)(?= [^?]{0,30}\b(?P<when>first|last)\b))|\b(?P<en>longest[- ]serving|most recently|(?:most|least) (?:expensive|costly|recent|experienced)|highest|lowest|cheapest|priciest|largest|biggest|greatest|smallest|fewest|longest|shortest"
    r"|earliest|latest|newest|oldest|youngest|heaviest|lightest|maximum|minimum|max|min|most|least|top)\b"
)
# Of an adjective: whether the largest is meant, and what it is said of.
ADJECTIVES: dict[str, tuple[bool, str]] = {
    word: (largest, of)
    for largest, of, words in (
        (True, PRICE, "高|贵|most expensive|most costly|priciest"),
        (False, PRICE, "安|便宜|least expensive|least costly|cheapest"),
        (True, "", "大|大き|highest|largest|biggest|greatest|maximum|max|top|速|快|广"),
        (False, "", "低|小|小さ|lowest|smallest|minimum|min|狭|慢"),
        (True, QUANTITY, "多|most"),
        (False, QUANTITY, "少|少な|fewest|least"),
        (True, DURATION, "长|longest|远"),
        (False, DURATION, "短|shortest|近"),
        (
            False,
            DAY,
            "早|古|旧|長く勤め|長く働|長く在籍|古くから|先に|earliest|oldest|most experienced|longest-serving|longest serving|first|first to",
        ),
        (True, DAY, "晚|迟|遅|新|新し|最近|後に|latest|newest|most recent|most recently|last"),
        (True, WEIGHT, "重|heaviest"),
        (False, WEIGHT, "轻|lightest"),
        (False, AGE, "若|年轻|youngest"),
    )
    for word in words.split("|")
}
ADJECTIVES = {compiled(word).pattern: value for word, value in ADJECTIVES.items()}


# Han words that ask and bind and carry no topic; kana never does.
WEAK = compiled(
    by_first_character(
        r"番号|号码|シフト|班次|教|知|一覧表?|表|中で?|内で|全体|全部|全员|全て|場合|场合|合|何|現在|现在|当社|弊社|我们|我司|本公司|公司|的|是|有|在|了|和|与|及|里|请问|请|哪些|哪个|哪一个|哪一|哪|个|些|几"
        r"|多少|什么|为|被|由|其|所有|各|从|到|之|于|对|把|列出|名单|分别|位|名(?=は|を|$)|人(?=は|が|を|の|$)|方(?=は|が|を|の|$)|者(?=は|が|を|$)|値|额|数(?=は|を|$)|記载|登録|载|目前|需要|这|那"
        r"|日(?=は|を|に|が|も)|取り?扱い?|还|剩余?|带班|番|挙|买|购|年间|月间|类(?=的|$)|上(?=[早白中晚夜]班)|值(?=了|几|班|日)|类別?|次数|回数|件数|使|出|入|働|行(?=わ|っ)|持|属|要|能|可以|高|安|低|多|少|贵|便宜|円|元|时(?=に)|回(?=す)|担当(?=して|す|の)|勤务(?=して|す)|超|以上|以下|未满|以内|前(?=に)|后(?=に)"
        r"|の名前|名前(?=も|と)|氏名(?=も|と)|时候|当(?=\p{Han}{0,6}时)|比|万(?=元|円|$)|名称(?=は|$)|情报|データ|ファイル|シート|リスト|テーブル"
    )
)
WEAK_ENGLISH = frozenset(
    """all any each list table tables name names tell show give find number many much total out according please
    get we us our ours currently current now there one ones with about between among over under above below
    than least more less also only just data sheet file record records row rows column value values does cost
    costs worth work works working make made need needed used total overall whole company's me following long
    not listed entry entries per and or across cheaper higher lower same both given exactly anyone someone
    person's sold kept held hold holds stored store stores belong belongs across contain contains include includes
    offer offers sell sells supply supplies provide provides charge charges earn earns paid pay pays live lives
    based located assigned scheduled serve serves report reports employ employs employed take takes run runs sit
    sits buy buys bought order ordered available existing different various single entire mentioned first last
    goes go went came come did drop dropped drops fall fell fallen rise rose grew grow won win added shift shifts duty recorded registered show shows doing done kind type types kinds""".split()  # noqa: SIM905  # a list of 90 quoted words is harder to read
)
