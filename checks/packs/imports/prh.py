"""prh dictionaries: `rules`, `imports` and `specs`, with prh's own rules for merging and its JavaScript
regex."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checks.document.document import Zone
from checks.findings import Level, RuleResult
from checks.kinds.terms import ListedTerm, TermsRule, union
from checks.packs.pack import Pack, broken_rule
from checks.packs.yaml_lines import LoadedYaml, load_yaml, validated
from checks.patterns import PatternBad
from checks.rules import RulePart, RuleScope
from core.errors import RulesBad

DEEPEST = 20
_TERM_KEYS = ("expected", "regexpMustEmpty", "options", "specs", "prh", "note")
# textlint-rule-prh leaves links, emphasis and quotations alone: they are other people's words.
SCOPE = RuleScope(
    zones=sorted(set(Zone) - {Zone.COMMENT, Zone.CODE, Zone.QUOTE}), skip=["code", "link", "emphasis"]
)


class _Import(RulePart):
    path: str
    disableImports: bool = False  # noqa: N815  # prh's own spelling
    ignoreRules: list[Any] = []  # noqa: N815  # prh's own spelling


@dataclass
class _Reading:
    """What is read on the way: the file from which all counts, and the terms that are refused by name."""

    name: str
    broken: list[RuleResult] = field(default_factory=list)

    def refuse(self, expected: str, error: RulesBad) -> None:
        """Leave a term out, and say why; those behind it are read all the same."""
        number = sum(rule.id.startswith(f"{self.name}.{expected}") for rule in self.broken)
        rule_id = f"{self.name}.{expected}" + (f"-{number + 1}" if number else "")
        self.broken.append(broken_rule(rule_id, str(error), "terms"))


def read_prh(path: Path, loaded: LoadedYaml, *, level: Level = Level.ERROR) -> Pack:
    """The dictionary as a pack with one rule; a term that is wrong costs itself alone. Raises RulesBad where
    the file is no dictionary, or none of its terms can be read."""
    reading = _Reading(path.stem)
    terms = _terms(path, loaded, (path.resolve(),), reading)
    if not terms and reading.broken:
        raise loaded.bad((), f"none of its terms can be read: {reading.broken[0].why}")
    if not terms:
        raise loaded.bad((), "this dictionary has no rules", "Add rules, or imports.")
    rule = TermsRule(id=reading.name, level=level, rules=terms, scope=SCOPE, fix="safe")
    return Pack(reading.name, (rule,), broken=tuple(reading.broken))


def _terms(path: Path, loaded: LoadedYaml, above: tuple[Path, ...], reading: _Reading) -> list[ListedTerm]:
    data = loaded.data
    if not isinstance(data, dict):
        raise loaded.bad((), "a mapping with `rules` or `imports` is expected")
    # Other keys, such as `meta`, are passed over as prh passes them over.
    terms = []
    rules = data.get("rules") or []
    if not isinstance(rules, list):
        raise loaded.bad(("rules",), "a list is expected here")
    for number, rule in enumerate(rules):
        try:
            terms.append(_term(rule, number, loaded))
        except RulesBad as error:
            named = rule.get("expected") if isinstance(rule, dict) else rule
            reading.refuse(str(named or number + 1)[:60], error)
    if data.get("disableImports") is True:
        return terms
    known = {term.expected for term in terms}
    for number, import_ in enumerate(_imports(data.get("imports"), loaded)):
        for term in _imported(path, import_, number, loaded, above, reading):
            if term.expected not in known:  # a dictionary's own word stands above an imported one
                terms.append(term)
        known |= {term.expected for term in terms}
    return terms


def _term(rule: Any, number: int, loaded: LoadedYaml) -> ListedTerm:
    where = ("rules", number)
    if isinstance(rule, str):
        return validated(ListedTerm, loaded, where, {"expected": rule})
    if not isinstance(rule, dict):
        raise loaded.bad(where, "a word or a mapping with `expected` is expected here")
    given = {key: value for key, value in rule.items() if key in _TERM_KEYS and value is not None}
    chosen = given.get("options")
    options = chosen if isinstance(chosen, dict) else {}
    bounded = bool(options.get("wordBoundary", rule.get("wordBoundary", False)))
    given["options"] = {"wordBoundary": bounded}
    patterns = rule.get("patterns") or rule.get("pattern")
    if patterns:
        given["pattern"] = (
            [str(pattern) for pattern in patterns] if isinstance(patterns, list) else str(patterns)
        )
    if isinstance(given.get("specs"), list):
        given["specs"] = [
            {key: spec[key] for key in ("from", "to") if key in spec} if isinstance(spec, dict) else spec
            for spec in given["specs"]
        ]
    for key in ("expected", "prh", "note", "regexpMustEmpty"):
        if key in given:
            given[key] = str(given[key])
    return validated(ListedTerm, loaded, where, given)


def _imports(value: Any, loaded: LoadedYaml) -> list[_Import]:
    if value is None:
        return []
    given = value if isinstance(value, list) else [value]
    imports = []
    for number, entry in enumerate(given):
        where = ("imports", number) if isinstance(value, list) else ("imports",)
        given_keys = {"path": entry} if isinstance(entry, str) else entry
        if isinstance(given_keys, dict):
            given_keys = {key: value for key, value in given_keys.items() if key in _Import.model_fields}
        imports.append(validated(_Import, loaded, where, given_keys))
    return imports


def _imported(
    path: Path,
    wanted: _Import,
    number: int,
    loaded: LoadedYaml,
    above: tuple[Path, ...],
    reading: _Reading,
) -> list[ListedTerm]:
    file = (path.parent / wanted.path).resolve()
    if file in above or len(above) > DEEPEST:
        raise loaded.bad(("imports", number), f"{wanted.path} imports itself", "Take one of the imports out.")
    if not file.exists():
        raise loaded.bad(
            ("imports", number), f"there is no file {wanted.path}", "The path counts from this file."
        )
    inner = load_yaml(file, wanted.path)
    if wanted.disableImports and isinstance(inner.data, dict):
        inner = LoadedYaml(inner.name, {**inner.data, "imports": None}, inner.node)
    terms = _terms(file, inner, (*above, file), reading)
    return [term for term in terms if not any(_ignored(term, rule, loaded) for rule in wanted.ignoreRules)]


def _ignored(term: ListedTerm, rule: Any, loaded: LoadedYaml) -> bool:
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
    sources = [str(source) for source in given] if isinstance(given, list) else [str(given)]
    try:
        wanted = union(sources, term.expected, term.options.wordBoundary)
    except PatternBad:
        return False
    return wanted.source == term.compiled.source
