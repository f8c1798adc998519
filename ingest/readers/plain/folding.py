"""What a page shows after a click, and what was filled into its fields: accordions, tabs, boxes, lists. Pure.

A text that a button of the page opens is part of the page, though it is folded when the page is saved; one
that nothing opens is hidden.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ingest.readers.office.package import Element

FIELDS = ("input", "select", "textarea")
LONGEST_ACTION = 30  # characters of a button that only does something: Search, Copy, 送信
NEAR = 3  # elements around a folded one in which its button stands
_TOGGLES = (
    "aria-expanded",
    "aria-controls",
    "data-toggle",
    "data-bs-toggle",
    "data-target",
    "data-bs-target",
)
_FOLDS = re.compile(
    r"accordion|collaps|expand|tab-?pane|tab-?content|tabs?__|panel|faq|toggle|answer|details|disclosure|spoiler",
    re.I,
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "summary", "dt")
_ACTIONS = ("submit", "reset", "search")
_TYPED = ("", "text", "number", "date", "datetime-local", "month", "week", "time", "email", "tel", "url")
TICKED, UNTICKED, PRESSED, UNPRESSED = "☒", "☐", "◉", "○"


def opens_text(button: Element) -> bool:
    """Whether a button is the title of what it opens, or a sentence of the page."""
    if any(button.get(name) is not None for name in _TOGGLES) or _FOLDS.search(button.get("class", "")):
        return True
    if any(above.tag in _HEADINGS for above in button.iterancestors()):
        return True
    text = " ".join("".join(map(str, button.itertext())).split())
    return button.get("type", "") not in _ACTIONS and (
        len(text) > LONGEST_ACTION or text.endswith(("?", "？"))
    )


def is_opened(element: Element) -> bool:
    """Whether a click on the page opens a folded element."""
    if element.get("hidden", "").casefold() == "until-found" or element.get("role") == "tabpanel":
        return True
    if _FOLDS.search(f"{element.get('class', '')} {element.get('id', '')}"):
        return True
    before = element.getprevious()
    for _ in range(NEAR):
        if before is None:
            break
        if _is_toggle(before) or any(map(_is_toggle, before.iterdescendants("button", "a", "summary"))):
            return True
        before = before.getprevious()
    name = element.get("id", "")
    return bool(name) and name in _controlled(element.getroottree().getroot())


def _is_toggle(element: Element) -> bool:
    if not isinstance(element.tag, str):
        return False
    marked = any(element.get(name) is not None for name in _TOGGLES)
    return (
        marked
        or element.tag == "summary"
        or (element.tag == "button" and element.get("type") not in _ACTIONS)
    )


@lru_cache(maxsize=1)  # of the page that is being read: it is asked for each of its folded elements
def _controlled(root: Element) -> set[str]:
    """The names of what the page's buttons open."""
    return {
        name.lstrip("#")
        for toggle in root.iter("button", "a", "label", "div", "li", "span")
        for key in ("aria-controls", "data-target", "data-bs-target")
        for name in toggle.get(key, "").split()
    }


def shown_field(field: Element) -> str:
    """What a field shows: whether it is ticked, what was chosen or typed; else nothing."""
    if field.tag == "select":
        chosen = [option for option in field.iter("option") if option.get("selected") is not None]
        return ", ".join(" ".join("".join(map(str, option.itertext())).split()) for option in chosen)
    if field.tag == "textarea":
        return "".join(map(str, field.itertext()))
    kind = field.get("type", "").casefold()
    ticked = field.get("checked") is not None
    space = "" if (field.tail or " ")[:1].isspace() else " "
    if kind == "checkbox":
        return (TICKED if ticked else UNTICKED) + space
    if kind == "radio":
        return (PRESSED if ticked else UNPRESSED) + space
    return field.get("value", "") if kind in _TYPED else ""
