"""Log lines as JSON objects, with the number of the request that they belong to.

A line of another library shows its unfilled template, and an exception shows where it came from and not what
it says: either may hold what somebody wrote. Shoko's own lines are filled, with states, ids and codes.
"""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime

OWN = "shoko"  # the loggers whose lines are shown whole
FRAMES = 12  # of an exception
_GIVEN = re.compile(r"[A-Za-z0-9_.-]{1,64}")

request_id: ContextVar[str] = ContextVar("request_id", default="")


def new_request_id(given: str | None = None) -> str:
    """The number of a request: the one that its sender gave, if it is fit for a log, else a new one."""
    return given if given and _GIVEN.fullmatch(given) else secrets.token_hex(8)


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        own = record.name.split(".")[0] == OWN
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": os.getpid(),
            "message": _own_message(record) if own else str(record.msg) if record.args else "",
        }
        if (number := request_id.get()) or (number := getattr(record, "request", "")):
            line["request"] = number
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])[-FRAMES:]
            line["at"] = [f"{os.path.basename(each.filename)}:{each.lineno} {each.name}" for each in frames]  # noqa: PTH119  # a text of the traceback
        return json.dumps(line, ensure_ascii=False)


def _own_message(record: logging.LogRecord) -> str:
    """The filled line, with the kind of an error in place of its text."""
    if not isinstance(record.args, tuple):
        return record.getMessage()
    values = (
        getattr(each, "code", type(each).__name__) if isinstance(each, BaseException) else each
        for each in record.args
    )
    return str(record.msg) % tuple(values)


def as_json() -> None:
    """Write this process's log as lines of JSON to the standard error, from now on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(OWN).setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):  # which write for themselves
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"  # its lines hold what is asked
