"""Mail: single messages, Outlook's files, boxes of many; the earlier mails of a thread are kept apart from
the newest."""
