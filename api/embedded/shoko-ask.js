// <shoko-ask>: the question box in a page of the intranet. It is a frame of Shoko's own page, so that this
// page's scripts see neither questions nor answers, and its content security policy needs
// `script-src` and `frame-src` for Shoko's address alone. Attributes: lang (ja, en, zh), height (pixels),
// key (of a program, made for this page; who sees the page sees it), label.
"use strict";

const HOME = new URL(document.currentScript.src).origin;

class ShokoAsk extends HTMLElement {
  static observedAttributes = ["lang", "height", "key", "label"];

  connectedCallback() {
    this.frame = document.createElement("iframe");
    this.listener = (event) => this.heard(event);
    window.addEventListener("message", this.listener);
    this.drawn();
    this.replaceChildren(this.frame);
  }

  disconnectedCallback() {
    window.removeEventListener("message", this.listener);
  }

  attributeChangedCallback() {
    if (this.frame) this.drawn();
  }

  drawn() {
    const language = (this.getAttribute("lang") || document.documentElement.lang || "en").slice(0, 2);
    const address = `${HOME}/embed?lang=${encodeURIComponent(language)}`;
    this.frame.title = this.getAttribute("label") || "Shoko";
    this.frame.width = "100%";
    this.frame.height = String(parseInt(this.getAttribute("height"), 10) || 420);
    this.frame.referrerPolicy = "no-referrer";
    this.frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms allow-popups");
    if (this.frame.getAttribute("src") !== address) this.frame.setAttribute("src", address);
  }

  heard(event) {
    if (event.origin !== HOME || event.source !== this.frame.contentWindow) return;
    const key = this.getAttribute("key");
    if (event.data === "shoko-ready" && key) event.source.postMessage({ shokoKey: key }, HOME);
  }
}

if (!customElements.get("shoko-ask")) customElements.define("shoko-ask", ShokoAsk);
