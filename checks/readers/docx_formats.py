"""Effective format in Word: defaults, table, paragraph and character styles, direct format, theme fonts, and
what automatic numbering writes. python-docx resolves none of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from checks.document.document import Format, ParagraphFormat

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
DEEPEST = 20  # styles upon styles
_OFF = ("0", "false", "off")
_SCRIPTS = {"ja": "Jpan", "zh-CN": "Hans", "zh-SG": "Hans", "zh-TW": "Hant", "zh-HK": "Hant", "ko": "Hang"}
_COUNTING = (
    "japaneseCounting", "chineseCounting", "chineseCountingThousand", "taiwaneseCounting",
    "taiwaneseCountingThousand", "ideographTraditional", "japaneseDigitalTenThousand",
)  # fmt: skip
_KATAKANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
_IROHA = "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセスン"


def value(element: Any, name: str) -> str:
    """The `w:val` of a child; empty where it is missing."""
    child = None if element is None else element.find(W + name)
    return "" if child is None else str(child.get(W + "val", ""))


def flag(element: Any, name: str) -> bool | None:
    """An on-off child: None where it is missing."""
    child = None if element is None else element.find(W + name)
    return None if child is None else child.get(W + "val", "1") not in _OFF


@dataclass
class Style:
    """A style: its elements, and the one it is based on."""

    id: str
    name: str
    kind: str
    based_on: str
    run: Any = None
    paragraph: Any = None
    outline: int = -1  # 0 is a heading of level 1


@dataclass
class ListLevel:
    """A level of a numbering."""

    start: int = 1
    form: str = "decimal"
    text: str = ""
    suffix: str = "\t"


@dataclass
class Formats:
    """What a document's styles, theme and numbering say; it computes what applies at a place."""

    styles: dict[str, Style] = field(default_factory=dict)
    default_run: Any = None
    default_paragraph: Any = None
    default_style: str = ""
    fonts: dict[str, str] = field(default_factory=dict)  # of the theme: majorEastAsia …
    numbers: dict[str, dict[int, ListLevel]] = field(default_factory=dict)
    abstract: dict[str, str] = field(default_factory=dict)
    by_style: dict[str, tuple[str, int]] = field(default_factory=dict)
    counters: dict[str, dict[int, int]] = field(default_factory=dict)
    _started: set[str] = field(default_factory=set)
    _overrides: dict[str, dict[int, int]] = field(default_factory=dict)
    _cache: dict[Any, Any] = field(default_factory=dict)

    def chain(self, style_id: str) -> list[Style]:
        """A style and those it is based on, the deepest first."""
        inherited: list[Style] = []
        while style_id in self.styles and len(inherited) < DEEPEST:
            style = self.styles[style_id]
            if style in inherited:
                break
            inherited.append(style)
            style_id = style.based_on
        return inherited[::-1]

    @cached_property
    def hidden(self) -> frozenset[str]:
        """The styles whose text is not shown."""
        return frozenset(name for name in self.styles if self._is_hidden(name))

    def _is_hidden(self, style_id: str) -> bool:
        marks = (flag(style.run, "vanish") for style in reversed(self.chain(style_id)))
        return next((mark for mark in marks if mark is not None), False)

    def name(self, style_id: str) -> str:
        """A style's name as a person sees it."""
        style = self.styles.get(style_id or self.default_style)
        return style.name if style else style_id

    def outline(self, style_id: str) -> int:
        """The outline level of a style from 0; -1 for text."""
        return next((style.outline for style in reversed(self.chain(style_id)) if style.outline >= 0), -1)

    def run(self, paragraph_style: str, run_properties: Any, table_style: str = "") -> Format:
        """The effective format of a run."""
        key = ("run", paragraph_style, table_style)
        if key not in self._cache:
            base = self._run_of(Format(), self.default_run)
            for style in self.chain(table_style):
                base = self._run_of(base, style.run)
            for style in self.chain(paragraph_style or self.default_style):
                base = self._run_of(base, style.run)
            self._cache[key] = base
        form: Format = self._cache[key]
        if run_properties is None or len(run_properties) == 0:
            return form
        for style in self.chain(value(run_properties, "rStyle")):
            form = self._run_of(form, style.run)
        return self._run_of(form, run_properties)

    def _run_of(self, base: Format, properties: Any) -> Format:
        if properties is None:
            return base
        changed: dict[str, Any] = {}
        fonts = properties.find(W + "rFonts")
        if fonts is not None:
            for slot, names in (("latin_font", ("ascii", "hAnsi")), ("east_asian_font", ("eastAsia",))):
                for name in names:
                    themed = self.fonts.get(fonts.get(f"{W}{name}Theme", ""), "")
                    given = themed or fonts.get(W + name, "")
                    if given:
                        changed[slot] = given
                        break
        size = value(properties, "sz")
        if size.replace(".", "").isdigit():
            changed["size"] = float(size) / 2
        for name, key in (("b", "bold"), ("i", "italic")):
            if (on := flag(properties, name)) is not None:
                changed[key] = on
        if underline := value(properties, "u"):
            changed["underline"] = underline != "none"
        if color := value(properties, "color"):
            changed["color"] = "" if color == "auto" else color.upper()
        return replace(base, **changed) if changed else base

    def paragraph(self, style_id: str, properties: Any, table_style: str = "") -> ParagraphFormat:
        """The effective format of a paragraph."""
        key = ("paragraph", style_id, table_style)
        if key not in self._cache:
            base = _paragraph_of(ParagraphFormat(), self.default_paragraph)
            for style in [*self.chain(table_style), *self.chain(style_id or self.default_style)]:
                base = _paragraph_of(base, style.paragraph)
            self._cache[key] = base
        form: ParagraphFormat = self._cache[key]
        return _paragraph_of(form, properties)

    def numbering(self, style_id: str, properties: Any) -> tuple[str, int] | None:
        """The numbering and its level (from 0) that a paragraph has, directly or by its style."""
        direct = None if properties is None else properties.find(W + "numPr")
        elements = [direct] if direct is not None else []
        for style in reversed(self.chain(style_id or self.default_style)):
            num_pr = None if style.paragraph is None else style.paragraph.find(W + "numPr")
            if num_pr is not None:
                elements.append(num_pr)
        number = next((own for element in elements if (own := value(element, "numId"))), "")
        if number == "0" or number not in self.numbers:
            return None
        level = next((own for element in elements if (own := value(element, "ilvl"))), "")
        if not level and style_id in self.by_style and direct is None:
            return number, self.by_style[style_id][1]
        return number, int(level) if level.isdigit() else 0

    def number(self, number: str, level: int) -> str:
        """What the numbering writes before the next paragraph of that level; counts on."""
        levels = self.numbers[number]
        counters = self.counters.setdefault(self.abstract.get(number, number), {})
        if number not in self._started:
            self._started.add(number)
            for depth, start in self._overrides.get(number, {}).items():
                counters[depth] = start - 1
        for deeper in [depth for depth in counters if depth > level]:
            del counters[deeper]
        spec = levels.get(level, ListLevel())
        counters[level] = counters.get(level, spec.start - 1) + 1
        for above in range(level):
            counters.setdefault(above, levels.get(above, ListLevel()).start)
        if spec.form == "bullet":
            # Word's round bullet is the letter o of another font, and others are letters of symbol fonts.
            own = len(spec.text) == 1 and ord(spec.text) < 0xF000 and not spec.text.isalnum()
            return (spec.text if own else "•") + spec.suffix
        text = spec.text
        for depth in range(9):
            if f"%{depth + 1}" in text:
                form = levels.get(depth, ListLevel()).form
                text = text.replace(f"%{depth + 1}", numeral(counters.get(depth, 1), form))
        return text + spec.suffix if text else ""


def _paragraph_of(base: ParagraphFormat, properties: Any) -> ParagraphFormat:
    if properties is None:
        return base
    changed: dict[str, Any] = {}
    if align := value(properties, "jc"):
        changed["align"] = {"start": "left", "end": "right"}.get(align, align)
    if (on := flag(properties, "pageBreakBefore")) is not None:
        changed["page_break_before"] = on
    indent = properties.find(W + "ind")
    if indent is not None:
        for names, key in ((("left", "start"), "indent_left"), (("right", "end"), "indent_right")):
            for name in names:
                if (given := indent.get(W + name)) is not None:
                    changed[key] = _points(given)
        if (first := indent.get(W + "firstLine")) is not None:
            changed["indent_first"] = _points(first)
        if (hanging := indent.get(W + "hanging")) is not None:
            changed["indent_first"] = -_points(hanging)
        if (chars := indent.get(W + "firstLineChars")) is not None:
            changed["indent_first_chars"] = _number(chars) / 100
    spacing = properties.find(W + "spacing")
    if spacing is not None:
        for name, key in (("before", "space_before"), ("after", "space_after")):
            if (given := spacing.get(W + name)) is not None:
                changed[key] = _points(given)
        if (line := spacing.get(W + "line")) is not None:
            rule = spacing.get(W + "lineRule", "auto")
            changed["line"] = _number(line) / 240 if rule == "auto" else _points(line)
            changed["line_rule"] = rule
    return replace(base, **changed) if changed else base


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _points(text: str) -> float:
    return _number(text) / 20  # twentieths of a point


def read_formats(styles: Any, theme: Any, settings: Any, numbering: Any) -> Formats:
    """The formats of those parts, each None where the document has none."""
    formats = Formats()
    language = ""
    if settings is not None and (lang := settings.find(W + "themeFontLang")) is not None:
        language = lang.get(W + "eastAsia", "")
    formats.fonts = _theme_fonts(theme, language)
    if styles is not None:
        defaults = styles.find(W + "docDefaults")
        if defaults is not None:
            formats.default_run = defaults.find(f"{W}rPrDefault/{W}rPr")
            formats.default_paragraph = defaults.find(f"{W}pPrDefault/{W}pPr")
        for element in styles.iter(W + "style"):
            style = _style(element)
            formats.styles[style.id] = style
            if style.kind == "paragraph" and element.get(W + "default", "0") not in _OFF:
                formats.default_style = style.id
    if numbering is not None:
        _read_numbering(formats, numbering)
    return formats


def _style(element: Any) -> Style:
    paragraph = element.find(W + "pPr")
    outline = value(paragraph, "outlineLvl")
    name = value(element, "name")
    level = int(outline) if outline.isdigit() and int(outline) < 9 else -1
    lowered = name.lower()
    for prefix in ("heading ", "見出し ", "标题 ", "標題 "):
        if level < 0 and lowered.startswith(prefix) and lowered[len(prefix) :].strip().isdigit():
            level = int(lowered[len(prefix) :]) - 1
    return Style(
        element.get(W + "styleId", ""), name, element.get(W + "type", ""), value(element, "basedOn"),
        element.find(W + "rPr"), paragraph, level,
    )  # fmt: skip


def _theme_fonts(theme: Any, language: str) -> dict[str, str]:
    fonts: dict[str, str] = {}
    if theme is None:
        return fonts
    script = next((script for prefix, script in _SCRIPTS.items() if language.startswith(prefix)), "Jpan")
    for size in ("major", "minor"):
        element = theme.find(f".//{A}{size}Font")
        if element is None:
            continue
        latin, east = element.find(A + "latin"), element.find(A + "ea")
        latin_name = "" if latin is None else latin.get("typeface", "")
        east_name = "" if east is None else east.get("typeface", "")
        if not east_name:
            scripts = {font.get("script"): font.get("typeface", "") for font in element.findall(A + "font")}
            east_name = scripts.get(script) or latin_name
        for slot in ("Ascii", "HAnsi"):
            fonts[f"{size}{slot}"] = latin_name
        fonts[f"{size}EastAsia"] = east_name
    return fonts


def _read_numbering(formats: Formats, numbering: Any) -> None:
    abstracts: dict[str, dict[int, ListLevel]] = {}
    for element in numbering.findall(W + "abstractNum"):
        levels: dict[int, ListLevel] = {}
        identity = element.get(W + "abstractNumId", "")
        for level_element in element.findall(W + "lvl"):
            depth = int(level_element.get(W + "ilvl", "0"))
            levels[depth] = _level(level_element)
            if style := value(level_element, "pStyle"):
                formats.by_style[style] = (identity, depth)
        abstracts[identity] = levels
    for element in numbering.findall(W + "num"):
        identity = element.get(W + "numId", "")
        abstract = value(element, "abstractNumId")
        levels = dict(abstracts.get(abstract, {}))
        overrides: dict[int, int] = {}
        for override in element.findall(W + "lvlOverride"):
            depth = int(override.get(W + "ilvl", "0"))
            if (start := value(override, "startOverride")).isdigit():
                overrides[depth] = int(start)
            inner = override.find(W + "lvl")
            if inner is not None:
                levels[depth] = _level(inner)
        formats.numbers[identity] = levels
        formats.abstract[identity] = abstract
        formats._overrides[identity] = overrides


def _level(element: Any) -> ListLevel:
    start = value(element, "start")
    suffix = {"space": " ", "nothing": ""}.get(value(element, "suff"), "\t")
    return ListLevel(int(start) if start.isdigit() else 1, value(element, "numFmt") or "decimal",
                 value(element, "lvlText"), suffix)  # fmt: skip


def numeral(number: int, form: str) -> str:
    """A number as that numbering form writes it."""
    if form in ("decimal", "decimalHalfWidth", "numberInDash"):
        return str(number)
    if form == "decimalZero":
        return f"{number:02d}"
    if form in ("decimalFullWidth", "decimalFullWidth2"):
        return "".join(chr(ord(digit) + 0xFEE0) for digit in str(number))
    if form in _COUNTING:
        return _kanji(number)
    if form in ("ideographDigital", "japaneseLegal"):
        return "".join("〇一二三四五六七八九"[int(digit)] for digit in str(number))
    if form in ("aiueo", "aiueoFullWidth"):
        return _KATAKANA[(number - 1) % len(_KATAKANA)]
    if form in ("iroha", "irohaFullWidth"):
        return _IROHA[(number - 1) % len(_IROHA)]
    if form == "decimalEnclosedCircle" and 1 <= number <= 20:
        return chr(0x2460 + number - 1)
    if form in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (number - 1) % 26) * (1 + (number - 1) // 26)
        return letter.upper() if form == "upperLetter" else letter
    if form in ("lowerRoman", "upperRoman"):
        return _roman(number) if form == "upperRoman" else _roman(number).lower()
    return "" if form == "none" else str(number)


def _kanji(number: int) -> str:
    digits = "〇一二三四五六七八九"
    if number <= 10:
        return "十" if number == 10 else digits[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return ("" if tens == 1 else digits[tens]) + "十" + (digits[ones] if ones else "")
    return "".join(digits[int(digit)] for digit in str(number))


def _roman(number: int) -> str:
    signs = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"),
             (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))  # fmt: skip
    text = ""
    for size, sign in signs:
        while number >= size and len(text) < 30:
            text, number = text + sign, number - size
    return text
