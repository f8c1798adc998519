"""Vale styles: a folder of rules, one rule file, or `.vale.ini` with its styles, levels and vocabulary."""

from __future__ import annotations

import configparser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import regex

from checks.findings import RuleResult
from checks.packs.imports.vale_more import MORE, why_not
from checks.packs.imports.vale_rules import EXTENSIONS, ValeRule
from checks.packs.imports.vale_spelling import Spelling, place_of, wanted, why_not_spelled, words_of
from checks.packs.pack import Pack, broken_rule, merged
from checks.packs.yaml_lines import LoadedYaml, load_yaml, validated
from checks.patterns import Pattern, PatternBad, PatternDialect
from core.errors import RulesBad

_LEVELS = {"suggestion": "info", "warning": "warning", "error": "error"}
_COMMON = {"extends", "message", "level", "scope", "link", "description", "limit", "action", "code", "vocab",
           "exceptions", "ignorecase"}  # fmt: skip
_OWN = {
    "existence": {"tokens", "raw", "nonword", "append"},
    "substitution": {"swap", "nonword", "capitalize", "pos"},
    "occurrence": {"token", "max", "min"},
    "repetition": {"tokens", "max", "alpha"},
    "consistency": {"either", "nonword"},
    "conditional": {"first", "second"},
    "capitalization": {"match", "style", "threshold", "indicators", "prefix"},
    "sequence": {"tokens"},
    "metric": {"formula", "condition"},
    "readability": {"metrics", "grade"},
    "spelling": {
        "aff",
        "append",
        "custom",
        "dic",
        "dicpath",
        "dictionaries",
        "filters",
        "ignore",
        "threshold",
    },
}
_OF_WORDS = ("existence", "substitution", "conditional", "capitalization", "spelling")  # heed a vocabulary
_CJK = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")


def read_style(folder: Path, *, vocabulary: Sequence[str] = (), style: str = "") -> Pack:
    """A folder of rules as a pack; a folder of styles as all of them. Raises RulesBad."""
    ini = folder / ".vale.ini"
    if ini.exists() and not style:
        return read_ini(ini)
    files = sorted(file for file in folder.iterdir() if file.suffix in (".yml", ".yaml"))
    if not files:
        inner = sorted(
            inside for inside in folder.iterdir() if inside.is_dir() and not inside.name.startswith(".")
        )
        packs = [
            read_style(inside, vocabulary=vocabulary, style=inside.name)
            for inside in inner
            if any(inside.glob("*.yml"))
        ]
        if not packs:
            fix = "Name a folder with .yml rules of Vale."
            raise RulesBad(place=str(folder), problem="there are no rules in this folder", fix=fix)
        return merged(folder.name, packs)
    rules: list[ValeRule] = []
    broken: list[RuleResult] = []
    warnings: list[str] = []
    for file in files:
        read = read_rule_file(
            file, load_yaml(file), vocabulary=vocabulary, style=style or folder.name, styles=folder.parent
        )
        rules += [rule for rule in read.rules if isinstance(rule, ValeRule)]
        broken += read.broken
        warnings += read.warnings
    return Pack(style or folder.name, tuple(rules), broken=tuple(broken), warnings=tuple(warnings))


def read_rule_file(
    path: Path,
    loaded: LoadedYaml,
    *,
    vocabulary: Sequence[str] = (),
    style: str = "",
    styles: Path | None = None,
) -> Pack:
    """One rule as a pack; `styles` is the folder in which its style lies. A kind that is not supported is
    refused by name; a bad file raises RulesBad."""
    data = loaded.data
    if not isinstance(data, dict):
        raise loaded.bad((), "a mapping with `extends` is expected")
    style = style or path.resolve().parent.name
    rule_id = f"{style}.{path.stem}"
    extends = str(data.get("extends", ""))
    styles = styles or path.resolve().parent.parent
    if why := why_not(extends, data):
        return Pack(rule_id, broken=(broken_rule(rule_id, why, f"vale.{extends}"),))
    model = EXTENSIONS.get(extends) or MORE.get(extends) or {"spelling": Spelling}.get(extends)
    if model is None:
        known = ", ".join([*EXTENSIONS, *MORE, "spelling"])
        raise loaded.bad(("extends",), f"Vale has no kind {extends}", f"Kinds: {known}.")
    for key in data:
        if key not in _COMMON | _OWN[extends]:
            raise loaded.bad(
                (key,), f"there is no key {key} in {extends}", "Check its spelling, or leave it out."
            )
    if "message" not in data:
        raise loaded.bad((), "the key message is missing", "Add message.")
    if data.get("pos"):
        why = "Vale's key pos needs its English tagger, which is not here"
        return Pack(rule_id, broken=(broken_rule(rule_id, why, f"vale.{extends}"),))
    fields = _fields(data, extends, rule_id, vocabulary, loaded)
    if extends == "spelling":
        if why := why_not_spelled(data, styles, path.resolve().parent):
            return Pack(rule_id, broken=(broken_rule(rule_id, why, "vale.spelling"),))
        fields |= _spelled(data, styles, path.resolve().parent)
    rule = validated(model, loaded, (), fields)
    try:
        _compile(rule)
    except PatternBad as error:
        raise loaded.bad(("extends",), f"a pattern of {rule_id} does not compile: {error}") from error
    return Pack(rule_id, (rule,), warnings=tuple(_lint(rule_id, data, extends)))


def _spelled(data: dict[str, Any], styles: Path, folder: Path) -> dict[str, Any]:
    """What a rule of spelling takes of its keys: where its dictionaries lie, and the words that it passes."""
    return {
        "places": [place_of(name, data, styles, folder) for name in wanted(data)],
        "ignored": words_of(data, styles, folder),
        "custom": data.get("custom", False),
        "filters": [str(source) for source in data.get("filters") or []],
    }


def _fields(
    data: dict[str, Any], extends: str, rule_id: str, vocabulary: Sequence[str], loaded: LoadedYaml
) -> dict[str, Any]:
    level = str(data.get("level", "warning"))
    if level not in _LEVELS:
        raise loaded.bad(("level",), f"there is no level {level}", "Levels: suggestion, warning, error.")
    scope = data.get("scope", "text")
    fields: dict[str, Any] = {
        "id": rule_id,
        "level": _LEVELS[level],
        "vale_message": str(data["message"]),
        "vale_scope": [str(part) for part in scope] if isinstance(scope, list) else [str(scope)],
        "ignorecase": data.get("ignorecase", False),
        "exceptions": [str(exception) for exception in data.get("exceptions") or []],
        "action": data.get("action") or {},
        "limit": data.get("limit") or 0,
        "link": str(data.get("link") or ""),
    }
    if extends in _OF_WORDS and data.get("vocab", True):
        # Where words have no bounds, a word of the vocabulary would switch the rule off inside others.
        fields["vocabulary"] = [] if data.get("nonword") else list(vocabulary)
    for key in (_OWN[extends] if extends != "spelling" else set[str]()) & set(data):
        value = data[key]
        if key == "swap" and isinstance(value, dict):
            lists = {k: v if isinstance(v, list) else [v] for k, v in value.items()}
            value = {str(k): "|".join(str(item) for item in v) for k, v in lists.items()}
        elif key == "either" and isinstance(value, dict):
            value = {str(k): str(v) for k, v in value.items()}
        elif extends == "sequence" and isinstance(value, list):
            value = [{k: v for k, v in token.items() if k != "tag"} for token in value]
        elif key in ("tokens", "raw", "indicators") and isinstance(value, list):
            value = [str(item) for item in value]
        if key != "pos":
            fields[key] = value
    return fields


def _compile(rule: ValeRule) -> None:
    for name in ("compiled",):
        pattern = getattr(rule, name, None)
        if isinstance(pattern, Pattern):
            pattern.compiled  # noqa: B018  # compiling is the question
    for name in ("token", "first", "second"):
        source = getattr(rule, name, None)
        if source:
            Pattern(source, PatternDialect.DOTNET).compiled  # noqa: B018  # compiling is the question
    patterns = getattr(rule, "_patterns", []) if rule.kind_name == "vale.sequence" else []
    for pattern in patterns:
        pattern.compiled  # noqa: B018  # compiling is the question
    tokens = [] if rule.kind_name == "vale.sequence" else getattr(rule, "tokens", [])
    for source in [*tokens, *rule.exceptions]:
        if rule.kind_name != "vale.existence":
            Pattern(source, PatternDialect.DOTNET).compiled  # noqa: B018  # compiling is the question


def _lint(rule_id: str, data: dict[str, Any], extends: str) -> list[str]:
    """Tokens that can never match, which Vale passes in silence."""
    if data.get("nonword") or extends not in ("existence", "substitution"):
        return []
    warnings = []
    tokens = [str(token) for token in data.get("tokens") or data.get("swap") or []]
    for token in tokens:
        if _CJK.search(token):
            warnings.append(f"{rule_id}: {token} stands among words without spaces; add nonword: true")
        elif regex.search(r"(?<!\\)(?:\\[^\w\s]|[!;:,])$", token):
            warnings.append(f"{rule_id}: {token} ends in a mark, where no word ends; add nonword: true")
    return warnings


def read_ini(path: Path) -> Pack:
    """`.vale.ini`: StylesPath, MinAlertLevel, Vocab, and of each section BasedOnStyles and `Style.Rule =
    …`."""
    parser = configparser.ConfigParser(
        strict=False, interpolation=None, delimiters=("=",), comment_prefixes=("#", ";"), allow_no_value=True
    )
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # the documented way to keep case
    try:
        parser.read_string("[*top]\n" + path.read_text(encoding="utf-8"), source=path.name)
    except (configparser.Error, UnicodeDecodeError) as error:
        raise RulesBad(
            place=path.name, problem=str(error).replace("\n", " "), fix="Correct the file."
        ) from error
    top = parser["*top"]
    styles = path.parent / (top.get("StylesPath") or "styles")
    vocabularies = _list(top.get("Vocab") or "")
    accepted, rejected = _vocabulary(styles, vocabularies)
    least = {"suggestion": 0, "warning": 1, "error": 2}.get((top.get("MinAlertLevel") or "suggestion"), 0)
    packs, changes, warnings = [], dict[str, str](), list[str]()
    named: list[str] = []
    for section in parser.sections():
        for key, value in parser[section].items():
            if key == "BasedOnStyles":
                named += [name for name in _list(value) if name not in named]
            elif "." in key and value is not None:
                changes[key] = value.strip()
    if top.get("Packages"):
        warnings.append(f"{path.name}: Packages are not fetched; copy the styles into {styles.name}")
    for style in named:
        if style == "Vale":
            packs.append(_own_style(accepted, rejected, styles))
        elif (styles / style).is_dir():
            packs.append(read_style(styles / style, vocabulary=accepted, style=style))
        else:
            fix = f"Copy it into {styles}, or take it out of BasedOnStyles."
            raise RulesBad(place=path.name, problem=f"there is no style {style}", fix=fix)
    pack = merged(path.resolve().parent.name, packs)
    broken = tuple(rule for rule in pack.broken if changes.get(rule.id, "").upper() != "NO")
    rules = []
    for rule in pack.rules:
        change = changes.get(rule.id, "")
        if change.upper() == "NO":
            continue
        if change in _LEVELS:
            rule = rule.model_copy(update={"level": _LEVELS[change]})
        if {"info": 0, "warning": 1, "error": 2}[str(rule.level)] >= least:
            rules.append(rule)
    return Pack(pack.name, tuple(rules), broken=broken, warnings=(*pack.warnings, *warnings))


def _list(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _vocabulary(styles: Path, names: list[str]) -> tuple[list[str], list[str]]:
    accepted: list[str] = []
    rejected: list[str] = []
    for name in names:
        for folder in (styles / "config" / "vocabularies" / name, styles / "Vocab" / name):
            for words, file in ((accepted, folder / "accept.txt"), (rejected, folder / "reject.txt")):
                if file.exists():
                    lines = file.read_text(encoding="utf-8").splitlines()
                    words += [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return accepted, rejected


def _own_style(accepted: list[str], rejected: list[str], styles: Path) -> Pack:
    """Vale's own style: spelling, words twice, words of the vocabulary in their written form, and those that
    are rejected."""
    rules: list[ValeRule] = [
        EXTENSIONS["repetition"].model_validate(
            {
                "id": "Vale.Repetition",
                "level": "error",
                "vale_message": "'%s' is repeated!",
                "tokens": [r"[^\s]+"],
                "alpha": True,
            }
        )
    ]
    broken = []
    if why := why_not_spelled({}, styles, styles):
        broken.append(broken_rule("Vale.Spelling", why, "vale.spelling"))
    else:
        rules.append(
            Spelling.model_validate(
                {
                    "id": "Vale.Spelling",
                    "level": "error",
                    "vale_message": "Did you really mean '%s'?",
                    "vocabulary": accepted,
                    **_spelled({}, styles, styles),
                }
            )
        )
    plain = [word for word in accepted if not regex.search(r"[()\[\]|?*+\\]", word)]
    if plain:
        swap = {f"(?i){regex.escape(word)}": word for word in plain}
        rules.append(
            EXTENSIONS["substitution"].model_validate(
                {
                    "id": "Vale.Terms",
                    "level": "error",
                    "vale_message": "Use '%s' instead of '%s'.",
                    "swap": swap,
                }
            )
        )
    if rejected:
        rules.append(
            EXTENSIONS["existence"].model_validate(
                {
                    "id": "Vale.Avoid",
                    "level": "error",
                    "vale_message": "Avoid using '%s'.",
                    "tokens": rejected,
                    "ignorecase": True,
                }
            )
        )
    return Pack("Vale", tuple(rules), broken=tuple(broken))
