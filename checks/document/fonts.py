"""Names of fonts: one font has several, in two widths and two languages."""

from __future__ import annotations

import re
import unicodedata

_ALIASES = {
    "msmincho": "ms明朝", "mspmincho": "msp明朝", "msgothic": "msゴシック", "mspgothic": "mspゴシック",
    "yumincho": "游明朝", "yugothic": "游ゴシック", "meiryo": "メイリオ", "hiraginominchopron": "ヒラギノ明朝pron",
    "hgpgothice": "hgpゴシックe", "bizudmincho": "bizud明朝", "bizudgothic": "bizudゴシック",
    "simsun": "宋体", "nsimsun": "新宋体", "simhei": "黑体", "fangsong": "仿宋", "kaiti": "楷体", "stsong": "华文宋体",
    "microsoftyahei": "微软雅黑", "fangsonggb2312": "仿宋gb2312", "kaitigb2312": "楷体gb2312", "pmingliu": "新細明體",
    "mingliu": "細明體", "microsoftjhenghei": "微軟正黑體", "dengxian": "等线", "fzxiaobiaosong-b05s": "方正小标宋简体",
    "fzxiaobiaosongb05s": "方正小标宋简体", "stfangsong": "华文仿宋",
}  # fmt: skip
_STYLES = re.compile(
    r"(?:[-,_ ]?(?:regular|bold|italic|oblique|medium|light|semibold|demibold|mt|psmt|roman|book)){1,8}$"
)


def font_key(name: str) -> str:
    """A font's name for comparing: without width, space, case, weight, and in one language."""
    folded = unicodedata.normalize("NFKC", name).lower().split(",")[0].strip()
    folded = re.sub(r"^[a-z]{6}\+", "", folded)
    stripped = _STYLES.sub("", folded) or folded
    squeezed = re.sub(r"[\s_-]+", "", stripped)
    return _ALIASES.get(squeezed, squeezed)


def same_font(name: str, allowed: list[str]) -> bool:
    """Whether a font is one of those."""
    return font_key(name) in {font_key(known) for known in allowed}
