"""The words of feeds and mails about what is new, in three languages. Pure."""

from __future__ import annotations

from core.signs import visible
from ingest.records.news import News

TITLE = {"ja": "Shoko：新着と更新", "en": "Shoko: new and changed", "zh": "Shoko：新增与更新"}
NEW = {"ja": "新しい文書", "en": "New", "zh": "新增"}
CHANGED = {"ja": "更新（第{number}版）", "en": "Changed (version {number})", "zh": "更新（第{number}版）"}
FROM_DAY = {"ja": "{day} から施行", "en": "in force from {day}", "zh": "{day} 起生效"}
SUBJECT = {
    "ja": "Shoko：新着と更新 {count}件",
    "en": "Shoko: {count} new and changed documents",
    "zh": "Shoko：{count}个文件新增或更新",
}
FOOT = {
    "ja": "閲覧できるスペースの文書だけを載せています。配信の停止：{address}",
    "en": "Only documents of spaces that you read are listed. To end these mails: {address}",
    "zh": "仅列出您可以阅读的空间中的文件。停止发送：{address}",
}
MORE = {
    "ja": "ほかに{count}件あります。",
    "en": "{count} more are not listed.",
    "zh": "另有{count}个未列出。",
}
CODE_SUBJECT = {"ja": "Shoko：確認コード", "en": "Shoko: confirmation code", "zh": "Shoko：确认码"}
CODE = {
    "ja": "新着メールを始めるには、次のコードを Shoko の画面に入力してください（1時間有効）：{code}\n"
    "お心当たりがなければ、このメールは破棄してください。",
    "en": "To begin with mails about what is new, enter this code in Shoko (good for one hour): {code}\n"
    "If you did not ask for it, throw this mail away.",
    "zh": "要开始接收更新邮件，请在 Shoko 页面输入以下代码（一小时内有效）：{code}\n"
    "如非本人操作，请忽略此邮件。",
}


def kind_of(news: News, language: str) -> str:
    """Whether a document is new or changed, and from when on it counts."""
    text = (NEW if news.number == 1 else CHANGED)[language].format(number=news.number)
    if news.in_force_from is not None:
        text += " · " + FROM_DAY[language].format(day=news.in_force_from.isoformat())
    return text


def line_of(text: str) -> str:
    """A name or title on one line, without characters that no mail or feed can hold."""
    return " ".join(visible(text).split())
