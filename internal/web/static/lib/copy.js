// The clipboard, and short messages.

import { h, announce } from "./dom.js";

// copy puts a text into the clipboard, where the browser lets it.
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = h("textarea", { class: "unseen", value: text });
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    const done = document.execCommand("copy"); // for pages by plain http from another machine, which have no clipboard of their own
    area.remove();
    if (!done) return note(`${what} could not be copied: the browser does not let the page.`);
  }
  note(`${what} is copied.`);
}

let noted;

// note shows a short message for a moment.
export function note(text) {
  noted?.remove();
  const el = noted = h("div", { class: "note" }, text);
  (document.querySelector("dialog[open]") ?? document.body).append(el);
  announce(text);
  setTimeout(() => el.remove(), 3000);
}
