"""`@textlint-rule/pattern`: patterns with a message and no replacement."""

from __future__ import annotations

import re
from typing import Any

from checks.findings import Level
from checks.kinds.pattern import PatternRule
from checks.kinds.terms import quoted
from checks.packs.pack import Pack
from checks.packs.yaml_lines import LoadedYaml, validated
from checks.patterns import PatternDialect
from checks.rules import RuleScope

_REGEX = re.compile(r"^/(.*)/([gimsuy]*)$", re.DOTALL)


def read_patterns(loaded: LoadedYaml) -> Pack:
    """The file as a pack, a rule for each pattern. Raises RulesBad."""
    entries = loaded.data.get("patterns")
    if not isinstance(entries, list):
        raise loaded.bad(("patterns",), "a list is expected here")
    name = loaded.name.rsplit(".", 1)[0]
    rules = [_rule(name, entry, number, loaded) for number, entry in enumerate(entries)]
    return Pack(name, tuple(rules))


def _rule(name: str, entry: Any, number: int, loaded: LoadedYaml) -> PatternRule:
    where = ("patterns", number)
    if not isinstance(entry, dict) or "pattern" not in entry:
        raise loaded.bad(where, "a mapping with `pattern` and `message` is expected here")
    for key in entry:
        if key not in ("pattern", "message"):
            raise loaded.bad((*where, key), f"there is no key {key} here", "Keys are pattern and message.")
    source = str(entry["pattern"])
    match = _REGEX.match(source)
    data = {
        "id": f"{name}.{number + 1}",
        "kind": "pattern",
        "pattern": match[1] if match else quoted(source),
        "ignore_case": bool(match and "i" in match[2]),
        "dialect": PatternDialect.JS,
        "message": str(entry.get("message") or ""),
        "level": Level.ERROR,
        "fix": "none",
        "scope": RuleScope(skip=["code"]),
    }
    return validated(PatternRule, loaded, where, data)
