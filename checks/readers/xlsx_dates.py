"""Excel's built-in date formats of East Asia, which a file names by number alone: what each shows depends on
the language of the Excel that made it. Pure; it opens nothing.
"""

from __future__ import annotations

import datetime
import re
from typing import Any, Literal

from openpyxl.utils.datetime import from_excel

Region = Literal["ja", "zh"]
_JA = {
    27: "ge.m.d", 28: 'ggge"年"m"月"d"日"', 30: "m/d/yy", 31: 'yyyy"年"m"月"d"日"', 32: 'h"時"mm"分"',
    33: 'h"時"mm"分"ss"秒"', 34: 'yyyy"年"m"月"', 35: 'm"月"d"日"',
}  # fmt: skip
_JA |= {29: _JA[28], 36: _JA[27], 50: _JA[27], 51: _JA[28], 52: _JA[34], 53: _JA[35], 54: _JA[28]}
_JA |= {55: _JA[34], 56: _JA[35], 57: _JA[27], 58: _JA[28]}
_ZH = {
    27: 'yyyy"年"m"月"', 28: 'm"月"d"日"', 30: "m-d-yy", 31: 'yyyy"年"m"月"d"日"', 32: 'h"时"mm"分"',
    33: 'h"时"mm"分"ss"秒"',
}  # fmt: skip
_ZH |= {
    29: _ZH[28],
    34: _ZH[32],
    35: _ZH[33],
    36: _ZH[27],
    50: _ZH[27],
    51: _ZH[28],
    52: _ZH[27],
    53: _ZH[28],
}
_ZH |= {54: _ZH[28], 55: _ZH[32], 56: _ZH[33], 57: _ZH[27], 58: _ZH[28]}
_FORMATS: dict[Region, dict[int, str]] = {"ja": _JA, "zh": _ZH}
_KANA = re.compile("[ぁ-んァ-ヴ]")
_HAN = re.compile("[一-鿿]")
_JAPANESE_FONTS = re.compile("ＭＳ|MS P?(?:Gothic|Mincho)|游|Yu Gothic|Meiryo|メイリオ|HG", re.IGNORECASE)
_CHINESE_FONTS = re.compile(
    "宋体|等线|微软雅黑|仿宋|黑体|楷体|SimSun|DengXian|YaHei|FangSong|新細明體", re.IGNORECASE
)


def region_of(book: Any) -> Region:
    """Whose Excel made the workbook, by its fonts and its text; Japanese where nothing tells."""
    fonts = " ".join(str(font.name) for font in book._fonts)
    if _JAPANESE_FONTS.search(fonts) or _CHINESE_FONTS.search(fonts):
        return "ja" if _JAPANESE_FONTS.search(fonts) else "zh"
    texts = (
        cell.value
        for sheet in book.worksheets
        for row in sheet.iter_rows(max_row=200, max_col=50)
        for cell in row
        if isinstance(cell.value, str)
    )
    sample = "".join(text for text, _ in zip(texts, range(2000), strict=False))
    return "zh" if _HAN.search(sample) and not _KANA.search(sample) and _simplified(sample) else "ja"


def _simplified(text: str) -> bool:
    return re.search("[们这项为额单价号这时间应开发团]", text) is not None


def east_asian_date(value: Any, number: int, epoch: datetime.datetime, region: Region) -> tuple[Any, str]:
    """The value as a date and the format that shows it, for a cell of that format number; the value itself
    and no format where the number is none of these."""
    form = _FORMATS[region].get(number, "")
    if not form or isinstance(value, bool) or not isinstance(value, int | float):
        return value, ""
    try:
        return from_excel(value, epoch), form
    except (ValueError, OverflowError, TypeError):
        return value, ""
