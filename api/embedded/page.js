// The question box in its frame: asks the API in the rights of who is signed in, or of the key that the page
// around gave it. Everything that comes is shown as text; nothing of it becomes HTML.
"use strict";

const TEXTS = {
  ja: {
    label: "文書に質問する", ask: "質問する", busy: "調べています…", none: "文書には書かれていません。近い箇所：",
    signin: "サインインすると質問できます。", open: "Shoko を開く", failed: "回答できませんでした。",
    differs: "別の写しと内容が異なります：", written: "回答（引用で確認済み）", page: "原本で確認",
  },
  en: {
    label: "Ask the documents", ask: "Ask", busy: "Looking…", none: "Not in the documents. The nearest places:",
    signin: "Sign in to ask.", open: "Open Shoko", failed: "That could not be answered.",
    differs: "Another copy differs here:", written: "Answer, checked against the quotes", page: "See the original",
  },
  zh: {
    label: "向文件提问", ask: "提问", busy: "正在查找…", none: "文件中没有记载。最接近的内容：",
    signin: "登录后即可提问。", open: "打开 Shoko", failed: "无法回答。",
    differs: "另一份副本此处不同：", written: "回答（已与引文核对）", page: "查看原文",
  },
};
const asked = new URLSearchParams(location.search).get("lang");
const language = Object.hasOwn(TEXTS, asked) ? asked : "en";
const text = TEXTS[language];
const settings = JSON.parse(document.getElementById("settings").textContent);
const form = document.querySelector("form");
const box = document.querySelector("textarea");
const answer = document.getElementById("answer");
let key = "";
let running = null;

document.documentElement.lang = language;
document.querySelector("label span").textContent = text.label;
document.querySelector("button").textContent = text.ask;
box.placeholder = text.label;

window.addEventListener("message", (event) => {
  const given = event.data && event.data.shokoKey;
  if (event.source !== window.parent || !settings.origins.includes(event.origin)) return;
  if (typeof given === "string") key = given;
});
for (const origin of settings.origins) window.parent.postMessage("shoko-ready", origin);

function add(parent, tag, content, style) {
  const made = document.createElement(tag);
  if (content) made.textContent = content;
  if (style) made.className = style;
  parent.append(made);
  return made;
}

function say(content, style) {
  answer.replaceChildren();
  add(answer, "p", content, style).setAttribute("role", "status");
}

function quotes(event) {
  answer.replaceChildren();
  if (!event.answers) add(answer, "p", text.none, "note");
  for (const one of event.citations) {
    const card = add(answer, "section");
    add(card, "blockquote", one.quote);
    add(card, "cite", `[${one.mark}] ${one.title || one.document} · ${one.place.shown}`);
    for (const copy of one.copies) {
      for (const other of copy.differences) {
        add(card, "p", `${text.differs} ${copy.document}${other.text ? ` — ${other.text}` : ""}`, "differs");
      }
    }
  }
}

function sentence(event) {
  let prose = document.getElementById("prose");
  if (!prose) {
    add(answer, "h2", text.written);
    prose = add(answer, "p");
    prose.id = "prose";
  }
  prose.textContent += `${event.text} ${event.marks.map((mark) => `[${mark}]`).join("")} `;
}

function happened(name, event) {
  if (name === "quotes") quotes(event);
  if (name === "sentence") sentence(event);
  if (name === "error") say(event.message || text.failed, "note");
  if (name === "done") {
    if (event.faq_id && event.answer) {
      add(answer, "h2", text.written);
      add(answer, "p", event.answer);
    }
    link(text.page);
  }
}

function link(label) {
  const made = add(answer, "a", label);
  made.href = settings.screens;
  made.target = "_blank";
  made.rel = "noopener noreferrer";
}

async function told(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    rest += value || "";
    const events = rest.replaceAll("\r\n", "\n").split("\n\n");
    rest = events.pop();
    for (const one of events) {
      const lines = one.split("\n");
      const name = lines.find((line) => line.startsWith("event:"));
      const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trimStart());
      if (name && data.length) happened(name.slice(6).trim(), JSON.parse(data.join("\n")));
    }
    if (done) return;
  }
}

async function ask(question) {
  if (running) running.abort();
  running = new AbortController();
  say(text.busy, "busy");
  const headers = { "Content-Type": "application/json" };
  if (key) headers.Authorization = `Bearer ${key}`;
  try {
    const response = await fetch("/api/questions", {
      method: "POST", headers, body: JSON.stringify({ question, stream: true }),
      credentials: key ? "omit" : "same-origin", signal: running.signal,
    });
    if (response.status === 401) {
      say(text.signin, "note");
      link(text.open);
    } else if (!response.ok) {
      const body = await response.json();
      say((body.error && body.error.message) || text.failed, "note");
    } else {
      await told(response);
    }
  } catch (error) {
    if (error.name !== "AbortError") say(text.failed, "note");
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const question = box.value.trim();
  if (question) ask(question);
});
box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});
