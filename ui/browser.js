// What the page does by itself in the browser: keys, marks that light up their quote, copy, print, and the
// words of Streamlit's own widgets in the reader's language. It reads the page and asks nobody for anything.
(() => {
  const page = window.shoko ?? (window.shoko = {});
  page.words = WORDS;
  document.documentElement.lang = LANGUAGE;
  if (page.began) { page.localise(document.body); return; }
  page.began = true;

  const box = () => document.querySelector('[data-testid="stChatInputTextArea"], .st-key-search-words input');
  const writing = (at) => at.closest?.('input, textarea, select, [contenteditable="true"]');
  const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  const quoteOf = (mark) => document.querySelector(`[class*="st-key-quote-${mark}"]`);
  function light(mark) {
    const card = quoteOf(mark);
    if (!card) return;
    card.scrollIntoView({ behavior: still() ? "auto" : "smooth", block: "nearest" });
    card.classList.remove("lit");
    void card.offsetWidth;  // the flash begins anew
    card.classList.add("lit");
    card.querySelector("button")?.click();
  }

  // A long quote is folded: the button behind it opens and closes it.
  function turn(button) {
    const quote = button.previousElementSibling;
    const opened = !quote.classList.toggle("folded");
    [button.textContent, button.dataset.fold] = [button.dataset.fold, button.textContent];
    button.setAttribute("aria-expanded", String(opened));
    if (!opened) quote.scrollIntoView({ behavior: "auto", block: "nearest" });
  }

  // A page's picture grows inside its frame, and stays so when another page is opened.
  const ZOOMS = [1, 1.5, 2, 3];
  let zoomed = 0;
  function zoom(step) {
    zoomed = Math.min(ZOOMS.length - 1, Math.max(0, zoomed + step));
    document.documentElement.style.setProperty("--zoom", ZOOMS[zoomed]);
  }
  function zoomAt(picture, event) {
    const frame = picture.closest(".st-key-page-picture");
    const before = picture.getBoundingClientRect();
    const [across, down] = [(event.clientX - before.left) / before.width, (event.clientY - before.top) / before.height];
    zoom(zoomed ? -zoomed : 2);
    const after = picture.getBoundingClientRect();
    frame.scrollLeft += after.left + across * after.width - event.clientX;
    frame.scrollTop += after.top + down * after.height - event.clientY;
  }

  // Where a page is laid out from its text, it goes to the quote; and another page, question or answer begins
  // at its top, while what only grows or is drawn anew stays where it is.
  let marked = "", pictured = "", place = "", told = "", laid = null, reached = 0;
  document.addEventListener("scroll", (event) => { if (event.target === laid) reached = laid.scrollTop; }, true);
  function settle() {
    const text = document.querySelector(".page-text");
    const mark = text?.querySelector("mark");
    const now = mark ? `${text.textContent.length} ${mark.textContent}` : "";
    if (mark && now !== marked) {
      text.scrollTop += mark.getBoundingClientRect().top - text.getBoundingClientRect().top - 90;
      reached = text.scrollTop;
    } else if (mark && text !== laid) {
      text.scrollTop = reached;  // the same text, drawn anew
    }
    [marked, laid] = [now, text];
    const top = document.querySelector(".quote-top");
    const picture = document.querySelector(".st-key-page-picture img");
    if (!top) pictured = "";
    else if (picture?.complete && picture.naturalHeight && top.dataset.of !== pictured) {
      pictured = top.dataset.of;
      const frame = picture.closest(".st-key-page-picture");
      frame.scrollTop = Number(top.dataset.top) * picture.getBoundingClientRect().height - frame.clientHeight / 3;
    }
    const said = document.querySelector(".st-key-said, .st-key-invitation")?.textContent ?? "";
    if (said && said !== told) document.querySelector(".st-key-invitation, .st-key-said").scrollIntoView({ block: "nearest" });
    told = said;
    const head = document.querySelector(".stHtml h1.asked, .stHtml h1.title");
    if (!head) return;
    const here = `${location.pathname} ${head.textContent}`;
    if (place && here !== place) document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
    place = here;
  }
  let due = 0;
  document.addEventListener("load", (event) => { if (event.target.closest?.(".st-key-page-picture")) settle(); }, true);
  new MutationObserver(() => { due ||= requestAnimationFrame(() => { due = 0; settle(); }); })
    .observe(document.body, { childList: true, subtree: true, characterData: true });

  // An answer on its way is looked at again and again by Streamlit's own timer. Where that stands still, the page
  // is drawn anew.
  const STILL = 5000;
  let looks = "", moved = Date.now();
  (function watch() {
    const button = document.querySelector(".st-key-look-again button");
    const now = button ? `${document.querySelector(".looks")?.dataset.looks}` : "";
    if (now !== looks || !button) { looks = now; moved = Date.now(); }
    else if (Date.now() - moved > STILL) { moved = Date.now(); button.click(); }
    setTimeout(watch, 1000);
  })();

  // The clipboard of the modern kind is there on https and on this computer alone; offices have plain http.
  async function copy(text) {
    if (navigator.clipboard && window.isSecureContext) {
      try { await navigator.clipboard.writeText(text); return true; } catch { /* the old way below */ }
    }
    const held = document.createElement("textarea");
    held.value = text;
    held.style.position = "fixed";
    held.style.opacity = "0";
    document.body.append(held);
    held.select();
    const done = document.execCommand("copy");
    held.remove();
    return done;
  }

  document.addEventListener("click", async (event) => {
    const mark = event.target.closest?.("[data-mark]");
    if (mark) { light(mark.dataset.mark); return; }
    const fold = event.target.closest?.("[data-fold]");
    if (fold) { turn(fold); return; }
    const step = event.target.closest?.("[data-zoom]");
    if (step) { zoom(Number(step.dataset.zoom)); return; }
    const picture = event.target.closest?.(".st-key-page-picture img");
    if (picture) { zoomAt(picture, event); return; }
    const button = event.target.closest?.(".st-key-copy button, .st-key-print button");
    if (!button) return;
    if (button.closest(".st-key-print")) { window.print(); return; }
    const text = document.getElementById("copy-text")?.textContent ?? "";
    const said = document.getElementById("copy-said");
    if (said) said.textContent = (await copy(text)) ? said.dataset.done : said.dataset.failed;
  });

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if ((event.key === "Enter" || event.key === " ") && event.target.matches?.("[data-mark], [data-fold], [data-zoom]")) {
      event.preventDefault();
      event.target.click();
    } else if (event.key === "/" && !writing(event.target) && box()) {
      event.preventDefault();
      box().focus();
    } else if (event.key === "Escape" && !writing(event.target)) {
      document.querySelector(".st-key-page-close button")?.click();
    }
  });

  // Streamlit speaks English: each text and label of its own that is known is said in the reader's language.
  const NAMES = ["aria-label", "title", "placeholder", "alt"];
  function said(text) {
    const whole = page.words[text];
    if (whole !== undefined) return whole;
    for (const [english, ours] of page.patterns ?? []) {
      const found = text.match(english);
      if (found) return ours.replace("{}", found[1] ?? "");
    }
    return undefined;
  }
  function localiseOne(element) {
    // Streamlit puts headings of sections into a list of links: to a screen reader it is a group of links.
    if (element.matches('[data-testid="stSidebarNavItems"]')) element.setAttribute("role", "group");
    if (element.matches('[data-testid="stSidebarNavItems"] li')) element.setAttribute("role", "none");
    for (const name of NAMES) {
      const ours = element.hasAttribute(name) ? said(element.getAttribute(name)) : undefined;
      if (ours !== undefined && ours !== element.getAttribute(name)) element.setAttribute(name, ours);
    }
    if (element.closest(".stHtml, [data-testid=stMarkdownContainer]") && !element.closest("[data-testid=stFileUploader]")) return;
    for (const child of element.childNodes) {
      if (child.nodeType !== Node.TEXT_NODE) continue;
      const ours = said(child.data.trim());
      if (ours !== undefined && ours !== child.data) child.data = ours;
    }
  }
  page.localise = (root) => {
    if (root.nodeType !== Node.ELEMENT_NODE) return;
    page.patterns = Object.entries(page.words).filter(([english]) => english.includes("{}"))
      .map(([english, ours]) => [new RegExp("^" + english.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace("{}", "(.+)") + "$"), ours]);
    localiseOne(root);
    root.querySelectorAll("*").forEach(localiseOne);
  };
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "attributes") localiseOne(change.target);
      else if (change.type === "characterData") { if (change.target.parentElement) localiseOne(change.target.parentElement); }
      else change.addedNodes.forEach((node) => {
        if (node.nodeType === Node.ELEMENT_NODE) { localiseOne(node); node.querySelectorAll("*").forEach(localiseOne); }
      });
    }
  }).observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: NAMES });
  page.localise(document.body);
})();
