"""What a person with a screen reader, a keyboard alone or weak eyes meets: the pages through axe-core, in a
real browser, light and dark. No finding may be serious or worse."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from office import CHROMIUM, FLAGS, LOCALES, Office, running_office

from ui.language import words_of

pytestmark = pytest.mark.engines

AXE = Path(__file__).parents[2] / ".ci" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
try:
    from playwright.sync_api import Browser, Page, expect, sync_playwright
except ModuleNotFoundError:
    MISSING = "the Python package playwright is not installed: pip install -e '.[dev]'"
else:
    MISSING = "" if CHROMIUM else "there is no chromium on this computer: apt-get install chromium"
if not MISSING and not AXE.exists():
    MISSING = "axe-core is not there: npm install --no-save --prefix .ci/axe axe-core@4"
if MISSING and os.environ.get("CI") != "true":
    pytest.skip(MISSING, allow_module_level=True)

QUESTION = "年次有給休暇は、勤続6か月で何日付与されますか。"
NOTE = b"# A note\n\nTwo  blanks. We utilize it.\n"
PAGES = (
    "search", "documents", "news", "checks", "drafts", "faqs", "gaps", "upkeep", "spaces", "people",
    "folders", "keys", "models", "machine", "audit", "reports", "usage", "storage",
)  # fmt: skip
# Found in Streamlit's own widgets, where the screens cannot reach; each with what it is.
NOT_OURS: dict[str, str] = {}
MILLISECONDS = 180_000


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    assert not MISSING, MISSING
    with running_office(tmp_path_factory.mktemp("office") / "data", ("work-rules.pdf",)) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


# While a page is drawn anew, Streamlit fades what stood there before. Nobody is asked to read that, and its
# contrast would be measured: it is waited for, and no colour is caught half way.
AT_REST = "*, *::before, *::after { transition: none !important; animation: none !important }"
DRAWN = """() => !document.querySelector('[data-stale="true"], [data-testid="stStatusWidget"]')"""


def settled(page: "Page") -> None:
    """Wait until the page was at rest for half a second."""
    for _ in range(120):
        page.wait_for_function(DRAWN)
        page.wait_for_timeout(500)  # what is drawn late is to be judged too
        if page.evaluate(DRAWN):
            return
    raise AssertionError("the page was drawn again and again for a minute")


def serious(page: "Page") -> list[str]:
    """The serious and critical findings on the page when it is at rest."""
    settled(page)
    page.add_style_tag(content=AT_REST)
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE.read_text("utf-8"))
    report: dict[str, Any] = page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then(all => JSON.parse(JSON.stringify(all)))"
    )
    return [
        f"{flaw['id']}: {flaw['help']}: {json.dumps([node['html'][:160] for node in flaw['nodes'][:3]])}"
        for flaw in report["violations"]
        if flaw["impact"] in ("serious", "critical") and flaw["id"] not in NOT_OURS
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_finding(office: Office, browser: "Browser", scheme: Any) -> None:
    expect.set_options(timeout=MILLISECONDS)
    words = words_of("ja")
    context = browser.new_context(
        locale=LOCALES["ja"], color_scheme=scheme, viewport={"width": 1280, "height": 900}
    )
    context.set_default_timeout(MILLISECONDS)
    page = context.new_page()
    page.goto(office.link())
    box = page.get_by_test_id("stChatInputTextArea")
    expect(box).to_be_visible()
    findings = {"start": serious(page)}
    box.fill(QUESTION)
    box.press("Enter")
    expect(page.get_by_role("button", name=words("ask.again"))).to_be_visible()
    expect(page.get_by_test_id("stImage")).to_be_visible()
    findings["answer"] = serious(page)
    for name in PAGES:
        page.get_by_test_id("stSidebar").get_by_role("link", name=words(f"pages.{name}"), exact=True).click()
        title = words(f"pages.{name}") if name not in ("documents", "gaps", "usage", "storage") else None
        title = title or words(f"{name}.title")
        expect(page.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible()
        expect(page.locator("h1")).to_have_count(1)
        findings[name] = serious(page)
    check = office.http.post(
        "/api/checks", files={"file": ("note.md", NOTE)}, data={"pack": "english-report", "language": "ja"}
    ).json()
    page.goto(f"{office.screens}/checks?check={check['id']}")
    page.locator("[class*=st-key-place-] button").first.click()
    expect(page.locator(".checked-text mark.opened")).to_be_visible()
    findings["findings"] = serious(page)
    context.close()
    problems = [f"{name}: {problem}" for name, problems_of in findings.items() for problem in problems_of]
    assert not problems, "\n".join(problems)
