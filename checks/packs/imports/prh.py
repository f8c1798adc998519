"""prh dictionaries: `rules`, `imports` and `specs`, with prh's own rules for merging and its JavaScript
regex."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from checks.document.document import Zone
from checks.findings import Level
from checks.kinds.terms import Term, Terms, union
from checks.packs.pack import Pack
from checks.packs.yaml_lines import LoadedYaml, load_yaml, validated
from checks.patterns import PatternBad
from checks.rules import Part, Scope
from core.errors import RulesBad

DEEPEST = 20
# textlint-rule-prh leaves links, emphasis and quotations alone: they are other people's words.
SCOPE = Scope(
    zones=sorted(set(Zone) - {Zone.COMMENT, Zone.CODE, Zone.QUOTE}), skip=["code", "link", "emphasis"]
)


class _Import(Part):
    path: str
    disableImports: bool = False  # noqa: N815  # prh's own spelling
    ignoreRules: list[Any] = []  # noqa: N815  # prh's own spelling


def read_prh(path: Path, loaded: LoadedYaml, *, level: Level = Level.ERROR) -> Pack:
    """The dictionary as a pack with one rule. Raises RulesBad, also where a spec fails."""
    terms = _terms(path, loaded, (path.resolve(),))
    if not terms:
        raise loaded.bad((), "this dictionary has no rules", "Add rules, or imports.")
    name = path.stem
    rule = Terms(id=name, level=level, rules=terms, scope=SCOPE, fix="safe")
    return Pack(name, (rule,))


def _terms(path: Path, loaded: LoadedYaml, above: tuple[Path, ...]) -> list[Term]:
    data = loaded.data
    if not isinstance(data, dict):
        raise loaded.bad((), "a mapping with `rules` or `imports` is expected")
    for key in data:
        if key not in ("version", "imports", "targets", "rules"):
            raise loaded.bad((key,), f"prh knows no key {key}", "Check its spelling, or leave it out.")
    terms = []
    rules = data.get("rules") or []
    if not isinstance(rules, list):
        raise loaded.bad(("rules",), "a list is expected here")
    for number, rule in enumerate(rules):
        terms.append(_term(rule, number, loaded))
    for number, one in enumerate(_imports(data.get("imports"), loaded)):
        known = {term.expected for term in terms}
        for term in _imported(path, one, number, loaded, above):
            if term.expected not in known:  # a dictionary's own word stands above an imported one
                terms.append(term)
    return terms


def _term(rule: Any, number: int, loaded: LoadedYaml) -> Term:
    where = ("rules", number)
    if isinstance(rule, str):
        return validated(Term, loaded, where, {"expected": rule})
    if not isinstance(rule, dict):
        raise loaded.bad(where, "a word or a mapping with `expected` is expected here")
    given = {key: value for key, value in rule.items() if value is not None}
    given.pop("patterns", None)
    patterns = rule.get("patterns") or rule.get("pattern")
    if patterns is not None:
        given["pattern"] = [str(one) for one in patterns] if isinstance(patterns, list) else str(patterns)
    if "expected" in given:
        given["expected"] = str(given["expected"])
    return validated(Term, loaded, where, given)


def _imports(value: Any, loaded: LoadedYaml) -> list[_Import]:
    if value is None:
        return []
    given = value if isinstance(value, list) else [value]
    found = []
    for number, one in enumerate(given):
        where = ("imports", number) if isinstance(value, list) else ("imports",)
        found.append(validated(_Import, loaded, where, {"path": one} if isinstance(one, str) else one))
    return found


def _imported(
    path: Path, one: _Import, number: int, loaded: LoadedYaml, above: tuple[Path, ...]
) -> list[Term]:
    file = (path.parent / one.path).resolve()
    if file in above or len(above) > DEEPEST:
        raise loaded.bad(("imports", number), f"{one.path} imports itself", "Take one of the imports out.")
    if not file.exists():
        raise loaded.bad(
            ("imports", number), f"there is no file {one.path}", "The path counts from this file."
        )
    inner = load_yaml(file, one.path)
    if one.disableImports and isinstance(inner.data, dict):
        inner = LoadedYaml(inner.name, {**inner.data, "imports": None}, inner.node)
    terms = _terms(file, inner, (*above, file))
    return [term for term in terms if not any(_ignored(term, rule, loaded) for rule in one.ignoreRules)]


def _ignored(term: Term, rule: Any, loaded: LoadedYaml) -> bool:
    if isinstance(rule, str):
        return rule in (term.expected, *term.sources)
    if not isinstance(rule, dict):
        raise RulesBad(place=loaded.place(("imports",)), problem="ignoreRules takes words or mappings",
                       fix="Write {expected: …} or {pattern: …}.")  # fmt: skip
    if "expected" in rule and str(rule["expected"]) != term.expected:
        return False
    if "pattern" not in rule:
        return "expected" in rule
    given = rule["pattern"]
    sources = [str(one) for one in given] if isinstance(given, list) else [str(given)]
    try:
        wanted = union(sources, term.expected, term.options.wordBoundary)
    except PatternBad:
        return False
    return wanted.source == term.compiled.source
