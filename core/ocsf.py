"""The log in the form that security programs read: one event of the Open Cybersecurity Schema Framework a
line (OCSF 1.5). What OCSF has no field for stands under `unmapped`."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from core.models import AuditEntry
from core.version import VERSION

SCHEMA = "1.5.0"
INFORMATIONAL, SUCCESS, FAILURE = 1, 1, 2
OTHER = 99

# Class, category and the activities of what comes after the dot; https://schema.ocsf.io/1.5.0/classes
AUTHENTICATION = (3002, 3, {"opened": 1, "refused": 1, "closed": 2})
ACCOUNT = (3001, 3, {"added": 1, "enabled": 2, "changed": 3, "disabled": 5, "erased": 6, "locked": 9})
ACCESS = (3005, 3, {"given": 1, "revoked": 2, "made": 1, "readers": 1})
GROUP = (3006, 3, {"given": 1, "removed": 5, "joined": 3, "left": 4, "added": 6})
FILES = (
    6006, 6,
    {"uploaded": 1, "downloaded": 2, "published": 3, "changed": 3, "erased": 4, "read": 14, "retried": 3},
)  # fmt: skip
API = (6003, 6, {"added": 1, "made": 1, "asked": 2, "read": 2, "answered": 2, "changed": 3, "removed": 4})
CLASSES = {
    "session": AUTHENTICATION,
    "account": ACCOUNT,
    "user": ACCOUNT,
    "password": (3001, 3, {"changed": 3}),
    "link": ACCESS,
    "key": ACCESS,
    "grant": ACCESS,
    "group": GROUP,
    "document": FILES,
}


def event(entry: AuditEntry, name: str) -> dict[str, Any]:
    """The OCSF event of an entry; `name` is that of who did it."""
    noun, _, verb = entry.action.partition(".")
    class_uid, category, activities = CLASSES.get(noun, API)
    activity = activities.get(verb, OTHER)
    failed = verb in ("refused", "locked")
    made: dict[str, Any] = {
        "category_uid": category,
        "class_uid": class_uid,
        "activity_id": activity,
        "type_uid": class_uid * 100 + activity,
        "time": int(entry.at.astimezone(UTC).timestamp() * 1000),
        "severity_id": 2 if failed else INFORMATIONAL,
        "status_id": FAILURE if failed else SUCCESS,
        "message": entry.action,
        "metadata": {
            "version": SCHEMA,
            "product": {"name": "Shoko", "vendor_name": "Shoko", "version": VERSION},
            "log_name": "audit",
            "sequence": entry.number,
            "uid": entry.hash,
        },
        "actor": {"user": {"uid": entry.user_id, "name": name}},
        "unmapped": {
            "action": entry.action,
            "subject": entry.subject,
            "detail": entry.detail,
            "previous_hash": entry.previous_hash,
        },
    }
    if class_uid in (3001, 3002):
        made["user"] = {"uid": entry.subject, "name": name if entry.subject == entry.user_id else ""}
    if class_uid == 6006:
        shown = str(entry.detail.get("name", ""))
        made["file"] = {"uid": entry.subject, "name": shown or entry.subject, "type_id": 1}
    return made
