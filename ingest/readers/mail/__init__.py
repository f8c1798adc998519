"""Mail: single messages, Outlook's files, boxes of many; threads are told apart from what answers them."""
