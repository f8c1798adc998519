"""Made tables of an office in three languages, as the files that people keep them in."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date

from docx import Document
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

Rows = Sequence[Sequence[object]]


def _merge_down(sheet: Worksheet, column: int, first: int, last: int) -> None:
    """Merge the empty cells of a column with the one above them."""
    start = first
    for row in range(first + 1, last + 2):
        filled = row > last or sheet.cell(row, column).value is not None
        if filled:
            if row - 1 > start:
                sheet.merge_cells(start_row=start, start_column=column, end_row=row - 1, end_column=column)
            start = row


def _saved(book: Workbook) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def roster_ja() -> bytes:
    """Names and extensions, with two storeys of headers and merged departments."""
    book = Workbook()
    sheet = book.active
    sheet.title = "名簿"
    sheet.append(["社員名簿（2026年4月1日現在）"])
    sheet.append(["所属", None, "氏名", "役職", "連絡先", None, "入社日", "勤務地"])
    sheet.append(["部", "課", None, None, "内線", "携帯", None, None])
    for area in ("A2:B2", "C2:C3", "D2:D3", "E2:F2", "G2:G3", "H2:H3"):
        sheet.merge_cells(area)
    rows: Rows = [
        ["総務部", "庶務課", "青木 誠", "部長", 1101, "090-1111-0001", date(2001, 4, 1), "本社"],
        [None, None, "石田 久美子", "課長", 1102, "090-1111-0002", date(2008, 4, 1), "本社"],
        [None, "人事課", "上野 大輔", "課長", 1103, "090-1111-0003", date(2010, 10, 1), "本社"],
        [None, None, "江口 綾", "一般", 1104, "090-1111-0004", date(2022, 4, 1), "本社"],
        ["営業部", "第一営業課", "岡本 浩二", "部長", 1201, "090-1111-0005", date(1999, 4, 1), "本社"],
        [None, None, "加納 優", "主任", 1202, "090-1111-0006", date(2015, 4, 1), "大阪"],
        [None, None, "木下 智子", "一般", 1203, "090-1111-0007", date(2023, 4, 1), "大阪"],
        [None, "第二営業課", "久保 隆", "課長", 1204, "090-1111-0008", date(2007, 4, 1), "福岡"],
        [None, None, "小松 亮", "一般", 1205, "090-1111-0009", date(2024, 4, 1), "福岡"],
        ["製造部", "組立課", "坂井 正", "部長", 1301, "090-1111-0010", date(1998, 4, 1), "千葉"],
        [None, None, "島田 健", "主任", 1302, "090-1111-0011", date(2012, 4, 1), "千葉"],
        [None, "品質課", "杉山 恵", "課長", 1303, "090-1111-0012", date(2009, 4, 1), "千葉"],
    ]
    for row in rows:
        sheet.append(list(row))
    for column in (1, 2):
        _merge_down(sheet, column, 4, 3 + len(rows))
    return _saved(book)


def prices_ja() -> bytes:
    """A price list with prices by quantity, and the vendors on a sheet of their own."""
    book = Workbook()
    sheet = book.active
    sheet.title = "単価表"
    sheet.append(["消耗品単価表　2026年度上期"])
    sheet.append(["分類", "品番", "品名", "単位", "単価（円）", None, None, "仕入先", "納期（日）"])
    sheet.append([None, None, None, None, "1～9", "10～49", "50以上", None, None])
    for area in ("A2:A3", "B2:B3", "C2:C3", "D2:D3", "E2:G2", "H2:H3", "I2:I3"):
        sheet.merge_cells(area)
    rows: Rows = [
        ["用紙", "YP-01", "コピー用紙A4", "箱", 2480, 2300, 2150, "丸福紙業", 2],
        [None, "YP-02", "コピー用紙A3", "箱", 3120, 2950, 2800, "丸福紙業", 3],
        [None, "YP-03", "ラベルシート", "冊", 1890, 1750, 1600, "東都事務機", 5],
        ["トナー", "TN-11", "トナー黒", "本", 9800, 9200, 8900, "東都事務機", 4],
        [None, "TN-12", "トナー青", "本", 12600, 11900, 11500, "東都事務機", 7],
        ["清掃", "CL-21", "ゴミ袋90L", "束", 640, 590, 540, "みなと商会", 1],
        [None, "CL-22", "床用洗剤", "本", 1480, 1390, 1300, "みなと商会", 3],
    ]
    for row in rows:
        sheet.append(list(row))
    _merge_down(sheet, 1, 4, 3 + len(rows))
    vendors = book.create_sheet("仕入先一覧")
    vendors.append(["会社名", "担当者", "電話番号", "所在地", "支払条件"])
    for vendor in [
        ["丸福紙業", "西村", "03-1234-0001", "東京都", "月末締め翌月末払い"],
        ["東都事務機", "野口", "06-1234-0002", "大阪府", "20日締め翌月10日払い"],
        ["みなと商会", "浜口", "045-123-0003", "神奈川県", "月末締め翌月末払い"],
    ]:
        vendors.append(vendor)
    return _saved(book)


def _word(title: str, rows: Rows, merged: Sequence[tuple[int, int, int, int]] = ()) -> bytes:
    document = Document()
    document.add_heading(title, 1)
    table = document.add_table(rows=len(rows), cols=len(rows[0]))
    table.style = "Table Grid"
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            table.cell(number, column).text = str(text)
    for top, left, bottom, right in merged:
        table.cell(top, left).merge(table.cell(bottom, right))
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


def shifts_ja() -> bytes:
    """Who sits at the reception on which day of a month."""
    names = ["森", "原田", "水野", "大西", "川村"]
    rows: list[list[object]] = [
        ["日付", "曜日", "早番", "", "遅番", "", "備考"],
        ["", "", "受付", "電話", "受付", "電話", ""],
    ]
    for day in range(1, 15):
        early, phone = names[day % 5], names[(day + 1) % 5]
        late, other = names[(2 * day) % 5], names[(day * day + 3) % 5]
        note = "棚卸し" if day == 10 else ""
        rows.append([f"9月{day}日", "火水木金土日月"[(day - 1) % 7], early, phone, late, other, note])
    return _word(
        "受付シフト表 2026年9月", rows, [(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 0, 3), (0, 4, 0, 5), (0, 6, 1, 6)]
    )


def sales_ja() -> bytes:
    """Sales by branch and quarter over two years, in thousands of yen, with a row of totals."""
    book = Workbook()
    sheet = book.active
    sheet.title = "支店別売上"
    sheet.append(["支店別売上高（単位：千円）"])
    sheet.append(["支店", "2024年度", None, None, None, "2025年度", None, None, None])
    sheet.append([None, *("第1四半期", "第2四半期", "第3四半期", "第4四半期") * 2])
    for area in ("A2:A3", "B2:E2", "F2:I2"):
        sheet.merge_cells(area)
    rows = [
        ["札幌", 5200, 4800, 5100, 6300, 5400, 5000, 5250, 6600],
        ["仙台", 3900, 3700, 4100, 4500, 4000, 3600, 4200, 4700],
        ["名古屋", 8100, 7900, 8300, 9000, 8200, 8050, 8600, 9400],
        ["広島", 2800, 2600, 2750, 3100, 2900, 2650, 2700, 3250],
    ]
    for row in rows:
        sheet.append(row)
    sheet.append(["合計", *(sum(int(row[n]) for row in rows) for n in range(1, 9))])
    return _saved(book)


def leave_ja() -> str:
    """Days of leave by years of service, a form's numbers, as Markdown."""
    return """# 休暇と手当

## 年次有給休暇の付与日数

| 勤続年数 | 付与日数 |
|---|---|
| 6か月 | 10日 |
| 1年6か月 | 11日 |
| 2年6か月 | 12日 |
| 3年6か月 | 14日 |
| 4年6か月 | 16日 |

## 出張の日当と宿泊費

| 役職 | 日当 | 宿泊費（東京・大阪） | 宿泊費（その他） |
|---|---|---|---|
| 役員 | 4,000円 | 18,000円 | 16,000円 |
| 部長 | 3,000円 | 14,000円 | 12,000円 |
| 課長 | 2,500円 | 12,500円 | 11,000円 |
| 一般 | 2,000円 | 11,000円 | 9,800円 |
"""


def inventory_en() -> str:
    """A stock list as CSV."""
    return """SKU,Item,Category,Warehouse,Quantity,Unit price,Last counted
PX-100,Hand drill,Tools,Leeds,42,$89.50,2026-03-12
PX-101,Impact driver,Tools,Leeds,17,$129.00,2026-03-12
PX-205,Safety helmet,Protection,Bristol,310,$14.20,2026-02-27
PX-206,Ear defenders,Protection,Bristol,125,$21.75,2026-02-27
PX-207,Work gloves,Protection,Leeds,980,$3.40,2026-03-05
PX-310,Extension cable,Electrical,Cardiff,64,$27.90,2026-01-30
PX-311,Work light,Electrical,Cardiff,23,$45.00,2026-01-30
PX-312,Battery pack,Electrical,Leeds,71,$59.99,2026-03-09
"""


def budget_en() -> str:
    """A budget with two storeys of headers, as HTML."""
    rows = [
        ("Marketing", 420, 395, 450, 461),
        ("Research", 1280, 1302, 1400, 1355),
        ("Facilities", 310, 298, 330, 342),
        ("People", 275, 281, 290, 288),
    ]
    body = "".join(
        f"<tr><td>{name}</td>{''.join(f'<td>{value:,}</td>' for value in values)}</tr>"
        for name, *values in rows
    )
    return (
        "<html><body><h1>Budget report</h1><table><caption>Budget by department (in thousands of dollars)"
        "</caption><tr><th rowspan=2>Department</th><th colspan=2>2024</th><th colspan=2>2025</th></tr>"
        "<tr><th>Planned</th><th>Spent</th><th>Planned</th><th>Spent</th></tr>"
        f"{body}</table></body></html>"
    )


def staff_en() -> bytes:
    """A staff directory in Word."""
    rows: Rows = [
        ["Name", "Department", "Job title", "Extension", "Start date", "Office"],
        ["Alice Munro", "Finance", "Controller", "4011", "12 January 2015", "Dublin"],
        ["Brian Keane", "Finance", "Accountant", "4012", "3 June 2019", "Dublin"],
        ["Clara Voss", "Legal", "Counsel", "4021", "1 September 2020", "Cork"],
        ["Dmitri Orlov", "Engineering", "Lead engineer", "4031", "15 March 2012", "Cork"],
        ["Elena Petrova", "Engineering", "Engineer", "4032", "7 May 2021", "Cork"],
        ["Farid Haddad", "Engineering", "Engineer", "4033", "2 October 2023", "Galway"],
        ["Grace Lin", "Support", "Support agent", "4041", "20 April 2022", "Galway"],
    ]
    return _word("Staff directory", rows)


def rota_en() -> bytes:
    """A rota: people and days, the shift in the cell."""
    rows: Rows = [
        ["Name", "1 Oct", "2 Oct", "3 Oct", "4 Oct", "5 Oct", "6 Oct"],
        ["Nora", "Night", "Night", "Off", "Day", "Day", "Off"],
        ["Owen", "Day", "Off", "Night", "Night", "Off", "Night"],
        ["Priya", "Off", "Day", "Day", "Off", "Night", "Day"],
    ]
    return _word("Warehouse rota, October 2026", rows)


def stock_zh() -> str:
    """A stock list in Chinese as Markdown."""
    return """# 办公用品库存表

截至2026年3月31日。

| 编号 | 物品名称 | 类别 | 存放仓库 | 库存数量（件） | 单价（元） |
|---|---|---|---|---|---|
| B001 | 中性笔 | 文具 | 东区仓库 | 1,200 | 1.5 |
| B002 | 笔记本 | 文具 | 东区仓库 | 460 | 8 |
| B003 | 订书机 | 文具 | 西区仓库 | 75 | 26 |
| B004 | 显示器 | 电子设备 | 西区仓库 | 32 | 899 |
| B005 | 键盘 | 电子设备 | 东区仓库 | 88 | 129 |
| B006 | 投影仪 | 电子设备 | 西区仓库 | 6 | 4,280 |
"""


def duty_zh() -> bytes:
    """Who is on duty, in Word."""
    names = ["王芳", "李强", "赵敏", "陈刚"]
    rows: list[list[object]] = [["日期", "星期", "白班", "夜班", "带班领导"]]
    for day in range(1, 11):
        rows.append(
            [
                f"5月{day}日", "五六日一二三四"[(day - 1) % 7], names[day % 4], names[(day // 2) % 4],
                "刘主任" if day % 3 else "孙经理",
            ]
        )  # fmt: skip
    return _word("2026年5月值班表", rows)


def contacts_zh() -> bytes:
    """Contacts by department with merged cells, in Excel."""
    book = Workbook()
    sheet = book.active
    sheet.title = "通讯录"
    sheet.append(["公司内部通讯录"])
    sheet.append(["部门", "姓名", "职务", "分机号", "入职日期", "月薪（元）"])
    rows: Rows = [
        ["市场部", "周洁", "经理", 801, date(2014, 7, 1), 21000],
        [None, "吴昊", "专员", 802, date(2021, 3, 15), 9800],
        [None, "郑爽", "专员", 803, date(2022, 9, 1), 9200],
        ["财务部", "冯丽", "经理", 811, date(2012, 5, 20), 22500],
        [None, "蒋文", "会计", 812, date(2018, 11, 5), 12300],
        ["技术部", "沈涛", "总监", 821, date(2011, 2, 14), 35000],
        [None, "韩雪", "工程师", 822, date(2019, 6, 10), 18600],
        [None, "杨帆", "工程师", 823, date(2020, 8, 24), 17400],
        [None, "朱琳", "工程师", 824, date(2023, 1, 9), 15800],
    ]
    for row in rows:
        sheet.append(list(row))
    _merge_down(sheet, 1, 3, 2 + len(rows))
    return _saved(book)


DOCUMENTS: dict[str, Callable[[], bytes | str]] = {
    "社員名簿.xlsx": roster_ja,
    "消耗品単価表.xlsx": prices_ja,
    "受付シフト表.docx": shifts_ja,
    "支店別売上高.xlsx": sales_ja,
    "休暇と手当.md": leave_ja,
    "inventory.csv": inventory_en,
    "budget.html": budget_en,
    "staff-directory.docx": staff_en,
    "rota.docx": rota_en,
    "办公用品库存表.md": stock_zh,
    "值班表.docx": duty_zh,
    "通讯录.xlsx": contacts_zh,
}
