"""Makes the pictures of the screens in docs/pictures/ again: python tests/ui/screenshots.py [MODEL [NAME …]]

The pictures show the sample library. MODEL is a chat model, `auto`, or `none`: then answers are quotes. With
names (`check-en`) those alone are made.
"""

import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from office import CHROMIUM, FLAGS, LOCALES, SAMPLES, Office, running_office
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from ui.language import words_of

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
QUESTIONS = {
    "ja": "年次有給休暇は、勤続6か月で何日付与されますか。",
    "en": "Within how many business days after a trip must an expense claim be submitted?",
    "zh": "员工账户的密码长度至少要多少位？",
}
# A document in each language, and the rules that it is checked by.
CHECKED = {
    "ja": ("work-rules.pdf", ["business-ja", "jtf", "koyobun", "ja-technical"]),
    "en": ("travel-expense-policy.pdf", ["english-report", "confidentiality"]),
    "zh": ("information-security-policy.pdf", ["business-zh", "gbt9704"]),
}
MILLISECONDS = 240_000


def main(model: str, names: list[str]) -> None:
    """Make them all, or those of these names."""

    def wanted(name: str) -> bool:
        return not names or name in names

    documents = sorted(file.name for file in SAMPLES.glob("*.pdf"))
    expect.set_options(timeout=MILLISECONDS)
    with (
        TemporaryDirectory() as folder,
        running_office(Path(folder) / "data", documents, model=model) as office,
    ):
        if model != "none":
            while not office.http.get("/health").json()["chat_ready"]:
                pass
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for language in QUESTIONS:
                page = opened(browser, office, language)
                if wanted(f"ask-{language}"):
                    ask(page, language)
                    picture(page, f"ask-{language}")
                if wanted(f"check-{language}"):
                    check(page, office, language)
                    picture(page, f"check-{language}")
                page.context.close()
            page = opened(browser, office, "en")
            if wanted("documents-en"):
                page.get_by_role("link", name=words_of("en")("pages.documents")).click()
                expect(page.locator("[class*=st-key-document-]")).to_have_count(len(documents))
                expect(page.get_by_test_id("stFileUploaderDropzone")).to_be_visible()
                settled(page)
                picture(page, "documents-en")
            for name in filter(lambda name: wanted(f"{name}-en"), ("drafts", "models")):
                page.get_by_role("link", name=words_of("en")(f"pages.{name}"), exact=True).click()
                title = words_of("en")(f"pages.{name}")
                expect(page.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible()
                settled(page)
                picture(page, f"{name}-en")
            browser.close()


def opened(browser: Browser, office: Office, language: str) -> Page:
    """The screens in that language."""
    context = browser.new_context(locale=LOCALES[language], viewport={"width": 1280, "height": 800})
    context.set_default_timeout(MILLISECONDS)
    page = context.new_page()
    page.goto(office.link())
    expect(page.get_by_test_id("stChatInputTextArea")).to_be_visible()
    return page


def ask(page: Page, language: str) -> None:
    """Ask, and open the page of the first quote."""
    page.get_by_test_id("stChatInputTextArea").fill(QUESTIONS[language])
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=words_of(language)("ask.again"))).to_be_visible()
    page.get_by_role("button", name="[1]").click()
    expect(page.get_by_test_id("stImage")).to_be_visible()
    settled(page)


def check(page: Page, office: Office, language: str) -> None:
    """Open a check of a sample, and the place of a finding in it."""
    name, packs = CHECKED[language]
    files = {"file": (name, (SAMPLES / name).read_bytes())}
    made = office.http.post("/api/checks", files=files, data={"pack": packs, "language": language}).json()
    page.goto(f"{office.screens}/checks?check={made['id']}")
    expect(page.get_by_test_id("stImage")).to_be_visible()
    places = page.locator("[class*=st-key-place-] button")
    if places.count():
        places.first.click()
        expect(page.locator("[class*=st-key-finding-][class*=-open]")).to_have_count(1)
    settled(page)
    page.locator(".checked").evaluate("title => title.scrollIntoView({ block: 'start' })")
    settled(page)


def picture(page: Page, name: str) -> None:
    """Keep what is seen, in few colours: a small file."""
    seen = Image.open(BytesIO(page.screenshot())).convert("RGB")
    seen.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
        PICTURES / f"{name}.png", optimize=True
    )


def settled(page: Page) -> None:
    """Wait until pictures are loaded and nothing moves; the mouse rests where it marks nothing."""
    page.mouse.move(640, 790)
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible()
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0)
    page.wait_for_function("[...document.images].every(image => image.complete)")
    page.wait_for_timeout(800)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "none", sys.argv[2:])
