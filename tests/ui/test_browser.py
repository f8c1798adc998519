"""The screens in a real browser, over a real server process, as an employee meets them."""

import os
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import docx
import pytest
from office import CHROMIUM, FLAGS, LOCALES, SAMPLES, Office, running_office
from PIL import Image

from ui.language import words_of

pytestmark = pytest.mark.engines

try:
    from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
except ModuleNotFoundError:
    MISSING = "the Python package playwright is not installed: pip install -e '.[dev]'"
else:
    MISSING = ""
if not CHROMIUM:
    MISSING = MISSING or "there is no chromium on this computer: apt-get install chromium"
if MISSING and os.environ.get("CI") != "true":
    pytest.skip(MISSING, allow_module_level=True)

DOCUMENTS = ("travel-expense-policy.pdf", "work-rules.pdf", "information-security-policy.pdf")
QUESTIONS = {
    "ja": ("年次有給休暇は、勤続6か月で何日付与されますか。", "10日を付与する"),
    "en": (
        "Within how many business days after a trip must an expense claim be submitted?",
        "within 10 business days after the end of the trip",
    ),
    "zh": ("员工账户的密码长度至少要多少位？", "密码长度不得少于12位"),
}
# A template, what is typed into its fields, the section that is looked up, and what the documents say there.
FORMS = {
    "ja": ("稟議書", {"件名": "年次有給休暇の付与", "起案者": "山田 花子"}, "目的", "勤続6か月で"),
    "en": (
        "Business report",
        {"Title": "travel expense claims", "To": "The board"},
        "Background",
        "The policy applies to all employees",
    ),
    "zh": (
        "工作报告",
        {"事由": "员工账户的密码长度", "呈送（部门或领导）": "信息部"},
        "基本情况",
        "密码长度不得少于12位",
    ),
}
READABLE = {"ja": "読みやすい日本語", "en": "Readable Japanese", "zh": "易读的日语"}  # a pack that finds much
MILLISECONDS = 180_000

Visit = Callable[..., "Page"]


@pytest.fixture(scope="module", autouse=True)
def _browser_is_there() -> None:
    """Where a browser is promised (CI) its absence is a failure; elsewhere the file was skipped above."""
    assert not MISSING, MISSING


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running_office(tmp_path_factory.mktemp("office") / "data", DOCUMENTS) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: "Browser", office: Office) -> Iterator[Visit]:
    """Open the screens in a browser of one's own. At the end: nobody asked another host for anything."""
    contexts: list[BrowserContext] = []
    hosts: set[str | None] = set()
    dialogs: list[str] = []

    def opened(language: str = "en", *, signed_in: bool = True, width: int = 1280) -> "Page":
        context = browser.new_context(
            locale=LOCALES[language], viewport={"width": width, "height": 800}, accept_downloads=True
        )
        contexts.append(context)
        context.set_default_timeout(MILLISECONDS)
        context.on("request", lambda request: hosts.add(_host(request.url)))
        page = context.new_page()
        page.on("websocket", lambda socket: hosts.add(_host(socket.url)))
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        if signed_in:
            page.goto(office.link())
            expect(question_box(page)).to_be_visible()
        return page

    expect.set_options(timeout=MILLISECONDS)
    yield opened
    for context in contexts:
        context.close()
    assert hosts <= {"127.0.0.1", None}
    assert not dialogs


def _host(address: str) -> str | None:
    """The host of an address; None where it is part of the page (data:, blob:)."""
    parts = urlsplit(address)
    return parts.hostname if parts.scheme in ("http", "https", "ws", "wss", "ftp") else None


def question_box(page: "Page") -> Any:
    return page.get_by_test_id("stChatInputTextArea")


def ask(page: "Page", question: str, language: str = "en") -> None:
    question_box(page).fill(question)
    question_box(page).press("Enter")
    expect(page.get_by_role("button", name=words_of(language)("ask.again"))).to_be_visible()


def quote_button(page: "Page", number: int = 1) -> Any:
    return page.get_by_role("button", name=f"[{number}]")


def test_the_link_that_the_server_prints_signs_in_and_a_reload_keeps_it(office: Office, visit: Visit) -> None:
    page = visit(signed_in=False)
    page.goto(office.sign_in)
    expect(page.get_by_text(words_of("en")("frame.signed_in", name="administrator"))).to_be_visible()
    assert urlsplit(page.url).netloc == urlsplit(office.screens).netloc
    page.reload()
    expect(page.get_by_text(words_of("en")("frame.signed_in", name="administrator"))).to_be_visible()
    cookie = next(cookie for cookie in page.context.cookies() if cookie["name"] == "shoko_session")
    assert cookie["httpOnly"]
    page.get_by_role("button", name=words_of("en")("frame.sign_out")).click()
    expect(page.get_by_label(words_of("en")("sign_in.link"))).to_be_visible()
    page.reload()
    expect(page.get_by_label(words_of("en")("sign_in.link"))).to_be_visible()


def test_a_link_may_be_pasted_once(office: Office, visit: Visit) -> None:
    link = office.link()
    page = visit("ja", signed_in=False)
    page.goto(office.screens)
    page.get_by_label(words_of("ja")("sign_in.link")).fill(link)
    page.get_by_role("button", name=words_of("ja")("sign_in.link_button")).click()
    expect(question_box(page)).to_be_visible()
    late = visit("ja", signed_in=False)
    late.goto(link)
    expect(late.get_by_role("alert")).to_contain_text(words_of("ja")("sign_in.used_up"))


@pytest.mark.parametrize("language", QUESTIONS)
def test_a_question_is_answered_and_its_quote_is_marked_on_the_page(visit: Visit, language: str) -> None:
    question, answer = QUESTIONS[language]
    words = words_of(language)
    page = visit(language)
    expect(question_box(page)).to_be_focused()
    page.keyboard.type(question)
    page.keyboard.press("Enter")
    expect(page.locator("blockquote").first).to_contain_text(answer)
    assert page.evaluate("document.documentElement.lang") == language
    quote_button(page).click()
    picture = page.get_by_test_id("stImage").locator("img")
    expect(picture).to_be_visible()
    assert re.fullmatch(
        re.escape(words("viewer.picture_marked", page=3, name="N")).replace("3", r"\d").replace("N", ".*"),
        picture.get_attribute("alt") or "",
    )
    picture.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('[data-testid=stImage] img').complete")
    seen = Image.open(BytesIO(picture.screenshot())).convert("RGB")
    yellow = sum(
        count
        for count, (r, g, b) in seen.getcolors(seen.width * seen.height) or []
        if r > 230 and b < 120 < g
    )
    assert yellow > 200
    expect(page.get_by_role("heading", name=question)).to_be_visible()  # it was not asked again


@pytest.mark.parametrize("width", [1280, 390])
def test_the_question_box_stays_where_it_is_when_the_answer_comes(visit: Visit, width: int) -> None:
    page = visit("ja", width=width)
    expect(page.locator("h1.title")).to_be_visible()
    expect(page.locator(".st-key-suggestions button").first).to_be_visible()
    expect(page.locator(".st-key-scope button").first).to_be_visible()
    page.evaluate(
        """() => {
            window.tops = []; window.mixed = false;
            const look = () => {
                const box = document.querySelector('.st-key-scope');
                tops.push(box ? box.getBoundingClientRect().top : -1);
                const start = document.querySelector('.st-key-start');
                mixed ||= !!document.querySelector('.st-key-answer') && !!start?.checkVisibility();
                requestAnimationFrame(look);
            };
            look();
        }"""
    )
    # A question on one line: a longer one makes the box grow while it is typed.
    ask(page, "有給休暇は何日ですか。", "ja")
    expect(page.get_by_role("button", name=words_of("ja")("ask.new"))).to_be_in_viewport()
    page.wait_for_function("!document.querySelector('.st-key-start')")
    seen = page.evaluate("tops.length")
    page.wait_for_function(f"tops.length > {seen}")  # it was looked at in every frame until now
    tops = page.evaluate("tops")
    assert max(tops) - min(tops) < 2, (min(tops), max(tops))
    assert not page.evaluate("mixed")


def test_what_is_not_in_the_documents_is_said(visit: Visit) -> None:
    page = visit("zh")
    ask(page, "谁赢得了火星国际象棋锦标赛？", "zh")
    expect(page.get_by_text(words_of("zh")("ask.not_found"), exact=True)).to_be_visible()


def test_enter_that_ends_a_conversion_does_not_send(visit: Visit) -> None:
    """Japanese and Chinese are typed through an input method: its Enter belongs to it."""
    page = visit("ja")
    question_box(page).fill("在宅勤務は、")
    question_box(page).dispatch_event(
        "keydown", {"key": "Enter", "code": "Enter", "isComposing": True, "keyCode": 229, "bubbles": True}
    )
    ask(page, "在宅勤務は、1週に何日までできますか。", "ja")
    expect(page.locator("h1.asked")).to_have_text("在宅勤務は、1週に何日までできますか。")
    expect(page.locator(".st-key-history button").nth(0)).to_contain_text("1週に何日")
    assert page.get_by_role("button", name="在宅勤務は、", exact=True).count() == 0


def test_a_pdf_is_uploaded_and_can_be_asked(visit: Visit, tmp_path: Path) -> None:
    words = words_of("en")
    page = visit()
    page.get_by_role("link", name=words("pages.documents"), exact=True).click()
    broken = tmp_path / "broken.gif"
    broken.write_bytes(b"GIF89a\x01\0\x01\0")
    page.locator("input[type=file]").set_input_files([SAMPLES / "pump-manual.pdf", broken])
    uploaded = page.locator("ul.uploaded")
    expect(uploaded).to_contain_text(words("upload.refused"))
    row = page.locator("[class*=st-key-document-]").filter(has_text="pump-manual.pdf")
    expect(row).to_contain_text(words("state.searchable"))
    with page.expect_download() as download:
        row.get_by_role("button", name=words("documents.download")).click()
    assert Path(download.value.path()).read_bytes() == (SAMPLES / "pump-manual.pdf").read_bytes()
    page.get_by_role("link", name=words("pages.ask"), exact=True).click()
    ask(page, "After how many hours of operation must the diaphragm of the AP-200 be replaced?")
    expect(page.locator("blockquote").first).to_contain_text("4,000")
    page.get_by_role("link", name=words("pages.documents"), exact=True).click()
    row.get_by_role("button", name=words("documents.erase")).click()
    row.get_by_role("button", name=words("documents.erase_yes")).click()
    expect(page.get_by_text(words("documents.erased", name="pump-manual.pdf"))).to_be_visible()


def test_the_language_can_be_switched_and_stays(visit: Visit) -> None:
    page = visit("en")
    for language in ("ja", "zh"):
        page.get_by_test_id("stSidebar").get_by_text(words_of(language)("language"), exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(words_of(language)("ask.title"))
    page.get_by_role("link", name=words_of("zh")("pages.documents"), exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(words_of("zh")("documents.title"))
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text(words_of("zh")("documents.title"))
    assert "lang=zh" in page.url


def test_nothing_of_a_document_or_a_question_is_run_or_drawn_as_markup(
    office: Office, visit: Visit, hostile_text: str, hostile_name: str
) -> None:
    office.upload(hostile_name, hostile_text.encode())
    office.wait_until_read()
    page = visit()
    question = "Colour of the *gate*? $x$ www.evil.com <b>b</b> :red[r] :smile: [l](http:e) and $y$"
    ask(page, question)
    expect(page.locator("h1.asked")).to_have_text(question)
    expect(page.locator("blockquote").first).to_have_text(hostile_text)
    expect(page.locator(".quote .title").first).to_have_text(hostile_name)
    main = page.get_by_test_id("stMain")
    assert main.locator(".stHtml :is(img, a, b, em, strong, code, .katex)").count() == 0
    assert main.locator(".stHtml script").filter(has_text="alert").count() == 0
    label = page.locator(".st-key-history button p").first
    shown = (label.text_content() or "").replace("\u2060", "")
    assert shown.rstrip("…") and question.startswith(shown.rstrip("…"))
    assert label.locator("*").count() == 0
    page.get_by_role("link", name=words_of("en")("pages.documents"), exact=True).click()
    expect(page.locator(".document .title").filter(has_text=hostile_name)).to_be_visible()
    office.erase(hostile_name)


@pytest.mark.parametrize("language", QUESTIONS)
def test_a_file_is_checked_and_its_finding_is_shown_on_the_page(visit: Visit, language: str) -> None:
    words = words_of(language)
    page = visit(language)
    page.get_by_role("link", name=words("pages.checks"), exact=True).click()
    page.locator("input[type=file]").first.set_input_files(SAMPLES / "work-rules.pdf")
    packs = page.locator(".st-key-check_packs_file input")
    packs.fill(READABLE[language])
    packs.press("Enter")
    page.keyboard.press("Escape")
    page.get_by_role("button", name=words("checks.go"), exact=True).click()
    expect(page.get_by_test_id("stImage")).to_be_visible()
    on_a_page = re.escape(words("checks.on_page", page=0)).replace("0", r"\d+")
    shown = page.get_by_role("button", name=re.compile(f"^{on_a_page}$")).first
    shown.click()
    expect(page.locator("[class*=st-key-finding-][class*=-open]")).to_have_count(1)
    expect(page.get_by_test_id("stImage").locator("img")).to_have_attribute(
        "alt", re.compile(re.escape("work-rules.pdf"))
    )
    page.get_by_role("button", name=words("checks.reports"), exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name=words("checks.html"), exact=True).click()
    assert "work-rules.pdf" in Path(download.value.path()).read_text("utf-8")


@pytest.mark.parametrize("language", FORMS)
def test_a_draft_is_made_from_a_form_and_its_word_file_holds_what_was_said(
    visit: Visit, language: str, tmp_path: Path
) -> None:
    words, (template, fields, section, quote) = words_of(language), FORMS[language]
    page = visit(language)
    page.get_by_role("link", name=words("pages.drafts"), exact=True).click()
    choice = page.locator(".st-key-draft_template input")
    choice.fill(template)
    choice.press("Enter")
    for label, value in fields.items():
        box = page.get_by_role("textbox", name=label, exact=True)
        box.fill(value)
        box.press("Tab")
    page.get_by_role("button", name=words("drafts.make"), exact=True).click()
    heading = page.get_by_role("heading", level=3, name=re.compile(f"^{section}"))
    written = page.locator("[class*=st-key-draft-section-]").filter(has=heading)
    expect(written.locator("blockquote").filter(has_text=quote).first).to_be_visible()
    written.get_by_role("button", name="[1]").click()
    expect(page.get_by_test_id("stImage")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name=words("drafts.download"), exact=True).click()
    file = tmp_path / download.value.suggested_filename
    assert file.suffix == ".docx"
    download.value.save_as(file)
    said = "\n".join("".join(element.itertext()) for element in docx.Document(str(file)).element.body)
    for value in (*fields.values(), quote):
        assert value in said


def test_on_a_phone_the_page_lies_over_the_answer_and_can_be_closed(visit: Visit) -> None:
    page = visit("ja", width=390)
    ask(page, QUESTIONS["ja"][0], "ja")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    quote_button(page).click()
    close = page.get_by_role("button", name=words_of("ja")("viewer.close"))
    expect(page.get_by_test_id("stImage")).to_be_in_viewport()
    expect(close).to_be_in_viewport()
    close.click()
    expect(page.locator("blockquote").first).to_be_visible()
    expect(page.get_by_test_id("stImage")).to_have_count(0)


def test_an_employee_sees_nothing_of_a_developers_menu(visit: Visit) -> None:
    page = visit()
    assert page.title() == words_of("en")("app.name")
    expect(page.get_by_test_id("stAppDeployButton")).to_have_count(0)
    expect(page.get_by_test_id("stMainMenu")).to_have_count(0)
    assert "Deploy" not in page.locator("body").inner_text()
    icon = page.locator("link[rel*=icon]").first.get_attribute("href") or ""
    assert _host(icon) in (None, "127.0.0.1") and "png" in icon
