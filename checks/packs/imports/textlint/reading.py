"""`.textlintrc`: rules and presets with their options, as a pack. What has no counterpart here is told by
name and
never passed in silence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from checks.findings import Level, RuleResult
from checks.kinds.style.characters import CharactersRule
from checks.packs.imports import prh
from checks.packs.imports.textlint.rule import TextlintRule, finder_of
from checks.packs.pack import Pack, broken_rule
from checks.packs.yaml_lines import LoadedYaml, load_yaml
from checks.rules import Rule
from core.errors import RulesBad

Options = dict[str, Any]
# What each preset switches on, with the options that it gives.
PRESETS: dict[str, dict[str, Any]] = {
    "preset-ja-technical-writing": {
        "sentence-length": {"max": 100}, "max-comma": {"max": 3}, "max-ten": {"max": 3},
        "max-kanji-continuous-len": {"max": 6}, "arabic-kanji-numbers": True,
        "no-mix-dearu-desumasu": {"preferInBody": "ですます", "preferInList": "である", "strict": False},
        "ja-no-mixed-period": {"periodMark": "。"}, "no-double-negative-ja": True, "no-dropping-the-ra": True,
        "no-doubled-conjunctive-particle-ga": True, "no-doubled-conjunction": True,
        "no-doubled-joshi": {"min_interval": 1}, "no-nfd": True, "no-invalid-control-character": True,
        "no-zero-width-spaces": True, "no-exclamation-question-mark": True, "no-hankaku-kana": True,
        "ja-no-weak-phrase": True, "ja-no-successive-word": True, "ja-no-abusage": True,
        "ja-no-redundant-expression": True, "ja-unnatural-alphabet": True, "no-unmatched-pair": True,
    },
    "preset-japanese": {
        "max-ten": {"max": 3}, "no-doubled-conjunctive-particle-ga": True, "no-doubled-conjunction": True,
        "no-double-negative-ja": True, "no-doubled-joshi": {"min_interval": 1},
        "sentence-length": {"max": 100},
        "no-dropping-the-ra": True, "no-mix-dearu-desumasu": True, "no-nfd": True,
        "no-invalid-control-character": True, "no-zero-width-spaces": True,
    },
    "preset-ja-spacing": {
        "ja-nakaguro-or-halfwidth-space-between-katakana": True, "ja-no-space-around-parentheses": True,
        "ja-no-space-around-slash": True, "ja-no-space-between-full-width": True,
        "ja-space-between-half-and-full-width": {"space": "never"}, "ja-space-after-exclamation": True,
        "ja-space-after-question": True, "ja-space-around-code": True, "ja-space-around-link": True,
    },
    "preset-jtf-style": dict.fromkeys((
        "1.1.1.本文", "1.1.3.箇条書き", "1.2.2.ピリオド(.)とカンマ(,)", "2.1.8.算用数字",
        "2.1.9.アルファベット",
        "2.1.10.算用数字の位取りの表記", "2.2.2.算用数字と漢数字の使い分け", "2.2.3.一部の助数詞の表記",
        "3.1.1.全角文字と半角文字の間", "3.1.2.全角文字どうし", "3.2.カタカナ語間のスペースの有無",
        "3.3.かっこ類と隣接する文字の間のスペースの有無", "4.1.1.句点(。)", "4.1.3.ピリオド(.)、カンマ(,)",
        "4.2.1.感嘆符(！)", "4.2.2.疑問符(？)", "4.2.4.中黒(・)", "4.2.5.波線(〜)", "4.2.6.ハイフン(-)",
        "4.2.7.コロン(：)", "4.2.8.セミコロン(;)", "4.2.9.ダッシュ(-)", "4.3.1.丸かっこ（）",
        "4.3.2.大かっこ［］",
        "4.3.3.かぎかっこ「」", "4.3.4.二重かぎかっこ『』", "4.3.5.二重引用符", "4.3.6.中かっこ{ }",
        "4.3.7.山かっこ<>",
    ), True),
}  # fmt: skip
_CHARACTERS = {
    "no-nfd": "decomposed",
    "no-zero-width-spaces": "zero_width",
    "no-invalid-control-character": "control",
}
_SHIPPED = {"1.1.3": ("1.1.3", "1.1.3-mark"), "2.1.6": ("2.1.6",), "2.2.3": ("2.2.3",)}
_LEVELS = {"error": Level.ERROR, "warning": Level.WARNING, "info": Level.INFO}


def is_textlintrc(data: Any) -> bool:
    """Whether that content is a `.textlintrc`: its rules are a mapping of names."""
    return isinstance(data, dict) and "pack" not in data and isinstance(data.get("rules"), dict)


def names_files(data: Any) -> bool:
    """Whether a `.textlintrc` names files of dictionaries."""
    rules = data.get("rules") if isinstance(data, dict) else None
    options = rules.get("prh") if isinstance(rules, dict) else None
    return isinstance(options, dict) and bool(options.get("rulePaths"))


def read_textlintrc(path: Path, loaded: LoadedYaml, load: Callable[[str], Pack]) -> Pack:
    """The file as a pack; `load` reads a pack that ships. Raises RulesBad."""
    rules: list[Rule] = []
    broken: list[RuleResult] = []
    for name, options in _switched_on(loaded):
        level = _LEVELS.get(str(options.get("severity", "")), Level.ERROR)
        base = name.rsplit("/", 1)[-1].removeprefix("textlint-rule-")
        made = _rules(base, name, options, level, path, load)
        if made is None:
            broken.append(broken_rule(name, "textlint's rule has no counterpart here", "textlint"))
        for rule in made or []:
            rules.append(rule)
    if not rules:
        raise loaded.bad(
            ("rules",), "none of these rules has a counterpart", "See docs/checks.md for those that have."
        )
    ignored = [key for key in ("filters", "plugins") if loaded.data.get(key)]
    warnings = tuple(f"{path.name}: {key} are left aside" for key in ignored)
    return Pack(path.name, tuple(rules), broken=tuple(broken), warnings=warnings)


def _switched_on(loaded: LoadedYaml) -> Iterator[tuple[str, Options]]:
    """The rules that are on, those of presets by the preset's name and theirs, with their options."""
    for key, given in loaded.data["rules"].items():
        name = str(key).rsplit("/", 1)[-1].removeprefix("textlint-rule-")
        preset = PRESETS.get(name.lower())
        if given is False or given is None:
            continue
        if preset is None:
            if not isinstance(given, dict) and given is not True:
                raise loaded.bad(("rules", key), "true, false or a mapping of options is expected here")
            yield name, given if isinstance(given, dict) else {}
            continue
        changed = given if isinstance(given, dict) else {}
        for rule in {**preset, **changed}:
            own, own_preset = changed.get(rule), preset.get(rule, {})
            if own is False or (own is None and not own_preset):
                continue
            options = own if isinstance(own, dict) else own_preset if isinstance(own_preset, dict) else {}
            yield f"{name.removeprefix('preset-')}/{rule}", options


def _rules(
    base: str, name: str, options: Options, level: Level, path: Path, load: Callable[[str], Pack]
) -> list[Rule] | None:
    """What stands for one rule; None where nothing does."""
    number = base.split(".")[0].isdigit() and next(
        (key for key in _SHIPPED if base.startswith(f"{key}.")), ""
    )
    if number:
        ours = {rule.id: rule for rule in load("jtf").rules}
        return [
            ours[name].model_copy(update={"id": f"jtf-style/{name}", "level": level})
            for name in _SHIPPED[number]
        ]
    if base == "prh":
        return _dictionaries(options, level, path)
    if base in _CHARACTERS:
        return [CharactersRule.model_validate({"id": name, "level": level, "forbid": [_CHARACTERS[base]]})]
    if finder_of(base) is None:
        return None
    # Its fixes are textlint's own: made on request, as `textlint --fix` makes them.
    return [TextlintRule(id=name, name=base, options=options, level=level, fix="safe")]


def _dictionaries(options: Options, level: Level, path: Path) -> list[Rule]:
    rules: list[Rule] = []
    for given in options.get("rulePaths") or []:
        file = path.parent / str(given)
        if not file.exists():
            problem, fix = f"there is no file {given}", "The path counts from the folder of this file."
            raise RulesBad(place=path.name, problem=problem, fix=fix)
        rules += prh.read_prh(file, load_yaml(file), level=level).rules
    return rules
