"""Rule packs: a company's YAML file, its includes, and the packs that ship. Errors name line and column."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from checks.document.days import named_day
from checks.findings import Level
from checks.kinds.approval import ApprovalRule
from checks.kinds.field import FieldRule
from checks.kinds.filename import FilenameRule
from checks.kinds.registry import KINDS
from checks.kinds.table import TableRule
from checks.kinds.whole.condition import ConditionRule
from checks.packs.imports import prh, term_list, textlint_pattern, vale
from checks.packs.imports.textlint import reading as textlintrc
from checks.packs.lists import with_lists
from checks.packs.pack import Doctype, Pack, merged
from checks.packs.yaml_lines import LoadedYaml, load_yaml, validated
from checks.patterns import PatternDialect
from checks.rules import Rule, RulePart
from core.errors import RulesBad

YAML_SUFFIXES = (".yaml", ".yml")
LIST_SUFFIXES = (".csv", ".tsv", ".xlsx")
MOST_RULES = 5000


class Include(RulePart):
    """Rules of another file: prh, Vale, textlint's configuration or pattern rule, a term list, another
    pack."""

    prh: str | None = None
    vale: str | None = None
    pattern: str | None = None
    textlint: str | None = None
    terms: str | None = None
    pack: str | None = None
    level: Level | None = None
    fix: Literal["safe", "suggest", "none"] | None = None
    for_: list[str] = Field([], alias="for")
    ignore: list[str] = []


class PackFile(RulePart):
    """A pack as it stands in its file; the rules are read one by one."""

    version: Literal[1] = 1
    pack: str = Field(min_length=1, max_length=120)
    title: dict[Literal["ja", "en", "zh"], str] = {}
    note: str = ""
    dialect: PatternDialect = PatternDialect.PYTHON
    include: list[Include] = []
    doctypes: dict[str, Doctype] = {}
    allow_judge_error: bool = False
    rules: list[dict[str, Any]] = []


def shipped() -> list[str]:
    """The names of the packs that ship."""
    folder = resources.files("checks").joinpath("shipped")
    return sorted(file.name.removesuffix(".yaml") for file in folder.iterdir() if file.name.endswith(".yaml"))


def load_packs(sources: Sequence[str | Path]) -> Pack:
    """One pack of all those: names of shipped packs, YAML files, term lists, folders of Vale styles. Raises
    RulesBad."""
    packs = [load_pack(source) for source in sources]
    if not packs:
        raise RulesBad(place="--rules", problem="no rules are named", fix=_known())
    return packs[0] if len(packs) == 1 else merged(" + ".join(pack.name for pack in packs), packs)


def load_pack(source: str | Path) -> Pack:
    """The pack of that name or file. Raises RulesBad."""
    text = str(source)
    if text in shipped():
        return _shipped(text)
    path = Path(source)
    if not path.exists():
        raise RulesBad(place=text, problem="there is no pack and no file of that name", fix=_known())
    return read_pack(path)


@functools.cache
def _shipped(name: str) -> Pack:
    """Read once: those that ship do not change while the program runs, and to read one takes 10 to 50 ms."""
    folder = resources.files("checks").joinpath("shipped")
    with resources.as_file(folder.joinpath(f"{name}.yaml")) as path:
        return read_pack(path)


def _known() -> str:
    return f"Name a file, or one of {', '.join(shipped())}."


def read_pack(path: Path, above: tuple[Path, ...] = ()) -> Pack:
    """The pack in that file or folder, told by its content."""
    if path.is_dir():
        return vale.read_style(path)
    if path.name.endswith(".ini"):
        return vale.read_ini(path)
    if path.suffix.lower() in LIST_SUFFIXES:
        return term_list.read_terms(path)
    loaded = load_yaml(path)
    data = loaded.data
    if not isinstance(data, dict):
        problem = "this is no rule pack: a mapping with `pack` and `rules` is expected"
        raise loaded.bad((), problem)
    if textlintrc.is_textlintrc(data):
        return textlintrc.read_textlintrc(path, loaded, load_pack)
    if "extends" in data:
        return vale.read_rule_file(path, loaded)
    if "patterns" in data and "pack" not in data:
        return textlint_pattern.read_patterns(loaded)
    if "pack" not in data and _looks_like_prh(data):
        return prh.read_prh(path, loaded)
    return _own(path, loaded, above)


def _looks_like_prh(data: dict[str, Any]) -> bool:
    rules = data.get("rules")
    if "imports" in data or "targets" in data:
        return True
    return isinstance(rules, list) and any(
        isinstance(rule, str) or (isinstance(rule, dict) and "expected" in rule and "kind" not in rule)
        for rule in rules
    )


def _own(path: Path, loaded: LoadedYaml, above: tuple[Path, ...]) -> Pack:
    if path.resolve() in above:
        raise loaded.bad(("include",), "this pack includes itself", "Take one of the includes out.")
    head = validated(PackFile, loaded, (), loaded.data)
    packs = [
        _included(path, include, loaded, number, (*above, path.resolve()))
        for number, include in enumerate(head.include)
    ]
    rules = [_rule(data, number, head, loaded, path.parent) for number, data in enumerate(head.rules)]
    if len(rules) > MOST_RULES:
        raise loaded.bad(("rules",), f"{len(rules)} rules; the limit is {MOST_RULES}")
    seen: dict[str, int] = {}
    for number, rule in enumerate(rules):
        if rule.id in seen:
            problem = f"the id {rule.id} is taken by an earlier rule"
            raise loaded.bad(("rules", number, "id"), problem, "Give it another.")
        seen[rule.id] = number
        for index, name in enumerate(rule.for_):
            if name not in head.doctypes:
                problem = f"there is no doctype {name}"
                raise loaded.bad(
                    ("rules", number, "for", index), problem, "Add it under doctypes, or correct it."
                )
    own = Pack(
        head.pack, tuple(rules), head.doctypes, title={str(key): text for key, text in head.title.items()}
    )
    whole = merged(head.pack, [own, *packs]) if packs else own
    _fields_are_known(rules, whole, loaded)
    return whole


def _fields_are_known(rules: list[Rule], pack: Pack, loaded: LoadedYaml) -> None:
    """Refuse a condition on a field that no rule reads: it would never hold, and nobody would notice."""
    known = sorted(rule.name for rule in pack.rules if isinstance(rule, FieldRule))
    for number, rule in enumerate(rules):
        for key, name in _fields_named(rule):
            if name not in known:
                problem = f"no rule of this pack reads a field {name}"
                fix = (
                    f"It is one of {', '.join(known)}." if known else "Add a rule of kind field of that name."
                )
                raise RulesBad(place=loaded.key_place(("rules", number, *key)), problem=problem, fix=fix)


def _fields_named(rule: Rule) -> Iterator[tuple[tuple[str, ...], str]]:
    """The fields on which a rule depends, each with where the pack names it."""
    if isinstance(rule, ApprovalRule):
        yield from ((("when", name), name) for name in rule.when)
    elif isinstance(rule, ConditionRule):
        yield from ((("if", "field", name), name) for name in rule.if_.field)
    elif isinstance(rule, FilenameRule):
        yield from ((("equals", group), name) for group, name in rule.equals.items())
    elif isinstance(rule, FieldRule):
        for key in ("equals", "not_before", "not_after"):
            name = getattr(rule.require, key)
            if name is not None and (key == "equals" or named_day(name, datetime.date.today()) is None):
                yield ("require", key), name
    elif isinstance(rule, TableRule):
        for key in ("not_before", "not_after"):
            for column, name in getattr(rule, key).items():
                if named_day(name, datetime.date.today()) is None:
                    yield (key, column), name


def _rule(data: dict[str, Any], number: int, head: PackFile, loaded: LoadedYaml, folder: Path) -> Rule:
    where = ("rules", number)
    kind = data.get("kind")
    model = KINDS.get(str(kind))
    if model is None:
        if kind is None:
            raise loaded.bad(where, "the key kind is missing", f"It is one of {', '.join(sorted(KINDS))}.")
        problem = f"there is no kind {kind}"
        raise loaded.bad((*where, "kind"), problem, f"It is one of {', '.join(sorted(KINDS))}.")
    if "dialect" in model.model_fields and "dialect" not in data:
        data = {**data, "dialect": head.dialect}
    rule = validated(model, loaded, where, with_lists(data, loaded, where, folder))
    if rule.kind_name == "judged" and rule.level is Level.ERROR and not head.allow_judge_error:
        if "level" in data:
            problem = "a judged rule may not be an error"
            fix = "Make it a warning, or set allow_judge_error: true in the pack."
            raise loaded.bad((*where, "level"), problem, fix)
        rule = rule.model_copy(update={"level": Level.WARNING})
    return rule


def _included(path: Path, include: Include, loaded: LoadedYaml, number: int, above: tuple[Path, ...]) -> Pack:
    given = {
        name: value
        for name in ("prh", "vale", "pattern", "textlint", "terms", "pack")
        if (value := getattr(include, name))
    }
    if len(given) != 1:
        raise loaded.bad(
            ("include", number), "one of prh, vale, pattern, textlint, terms or pack is expected here"
        )
    name, value = next(iter(given.items()))
    if name == "pack" and value in shipped():
        pack = load_pack(value)
    else:
        file = path.parent / value
        if not file.exists():
            problem, fix = f"there is no file {value}", "The path counts from this pack's folder."
            raise loaded.bad(("include", number, name), problem, fix)
        if name == "pack":
            pack = read_pack(file, above)
        elif name == "prh":
            pack = prh.read_prh(file, load_yaml(file))
        elif name == "pattern":
            pack = textlint_pattern.read_patterns(load_yaml(file))
        elif name == "textlint":
            pack = textlintrc.read_textlintrc(file, load_yaml(file), load_pack)
        elif name == "terms":
            pack = term_list.read_terms(file)
        elif file.is_dir():
            pack = vale.read_style(file)
        else:
            pack = (
                vale.read_ini(file) if file.suffix == ".ini" else vale.read_rule_file(file, load_yaml(file))
            )
    changed: dict[str, Any] = {"for_": include.for_} if include.for_ else {}
    changed |= {key: getattr(include, key) for key in ("level", "fix") if getattr(include, key) is not None}
    rules = [rule.model_copy(update=changed) for rule in pack.rules if rule.id not in include.ignore]
    return Pack(pack.name, tuple(rules), pack.doctypes, pack.broken, pack.warnings, pack.title)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a pack, for editors."""
    schema = PackFile.model_json_schema(by_alias=True)
    definitions: dict[str, Any] = schema.setdefault("$defs", {})
    choices = []
    for kind, model in sorted(KINDS.items()):
        kind_schema = model.model_json_schema(by_alias=True, ref_template="#/$defs/{model}")
        definitions |= kind_schema.pop("$defs", {})
        kind_schema["properties"]["kind"] = {"const": kind}
        kind_schema["required"] = sorted({*kind_schema.get("required", []), "id", "kind"})
        definitions[f"kind_{kind}"] = kind_schema
        choices.append({"$ref": f"#/$defs/kind_{kind}"})
    definitions["list_file"] = {
        "type": "object", "properties": {"file": {"type": "string"}, "column": {"type": "string"}},
        "required": ["file"], "additionalProperties": False,
        "description": "A list beside the pack: CSV, TSV, Excel or a text with a value a line",
    }  # fmt: skip
    for definition in definitions.values():
        _may_be_files(definition)
    schema["properties"]["rules"] = {"type": "array", "items": {"oneOf": choices}}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Shoko rule pack", **schema}


def _may_be_files(schema: dict[str, Any]) -> None:
    """Let each list of texts be a file as well."""
    properties = schema.get("properties", {})
    for holder, key in [
        *((properties, name) for name in properties),
        *((value, "additionalProperties") for value in properties.values() if isinstance(value, dict)),
    ]:
        value = holder.get(key)
        if (
            isinstance(value, dict)
            and value.get("type") == "array"
            and value.get("items") == {"type": "string"}
        ):
            kept = {name: value.pop(name) for name in ("default", "description", "title") if name in value}
            holder[key] = {"anyOf": [value, {"$ref": "#/$defs/list_file"}], **kept}
