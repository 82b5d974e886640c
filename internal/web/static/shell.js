// What all pages have: the switch between light and dark, and the list of keys.

import { $, button, h, announce } from "./lib/dom.js";
import { openDialog } from "./lib/dialog.js";

const themes = [["", "system", "as the system"], ["light", "sun", "light"], ["dark", "moon", "dark"]];

function themeNow() { return document.documentElement.dataset.theme ?? ""; }

function setTheme(name) {
  if (name) document.documentElement.dataset.theme = name;
  else delete document.documentElement.dataset.theme;
  try { localStorage.setItem("castor.theme", name); } catch { /* lasts as long as the page, then */ }
}

function themeButton() {
  const [, icon, words] = themes.find(([name]) => name === themeNow()) ?? themes[0];
  const made = button({ icon, class: "quiet", id: "theme", label: `Colours: ${words}`, onclick: () => {
    const at = themes.findIndex(([name]) => name === themeNow());
    setTheme(themes[(at + 1) % themes.length][0]);
    const next = themeButton();
    made.replaceWith(next);
    next.focus();
    announce(next.title);
  } });
  return made;
}

// keys are what the page's keyboard does; a page adds its own by addKeys.
const keys = [["?", "These keys"], ["g s · g p · g h · g g", "Go to Search, Pipelines, Hosts, Grok"]];

// addKeys tells the help of a page's keys: [["/", "To the query"], …].
export function addKeys(list) { keys.unshift(...list); }

function showKeys() {
  openDialog("Keys", h("dl", { class: "keys" }, keys.map(([key, what]) => [
    h("dt", null, key.split(" ").map((k) => (k === "·" ? " · " : h("kbd", null, k)))), h("dd", null, what)])));
}

// typing tells whether a key is meant for a field.
export function typing(event) {
  const t = event.target;
  return t.isContentEditable || ["TEXTAREA", "SELECT"].includes(t.tagName) || (t.tagName === "INPUT" && !["checkbox", "radio", "button"].includes(t.type));
}

let awaiting = 0; // until when the second key of "g s" may come

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event) || document.querySelector("dialog[open]")) return;
  if (Date.now() < awaiting) {
    awaiting = 0;
    const page = { s: "./", p: "./pipelines", h: "./hosts", g: "./grok" }[event.key];
    if (page) { event.preventDefault(); event.stopImmediatePropagation(); location.assign(page); }
    return;
  }
  if (event.key === "g") awaiting = Date.now() + 1500;
  if (event.key === "?") { event.preventDefault(); showKeys(); }
});

$("#bar-end").append(button({ icon: "help", class: "quiet", id: "keys", label: "Keys (?)", onclick: showKeys }), themeButton());
