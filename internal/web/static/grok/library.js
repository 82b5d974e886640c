// The library of patterns: what there is, what each matches, an example.

import { h, button, replace, $ } from "../lib/dom.js";
import { openDialog } from "../lib/dialog.js";
import { problemPanel } from "../lib/net.js";
import { plural } from "../lib/format.js";
import { node } from "../lib/node.js";

const fetched = new Map(); // by field names: the list

// patternsOf gives the library.
export async function patternsOf(ecs) {
  if (!fetched.has(ecs)) fetched.set(ecs, (await node("_castor/grok/library?ecs=" + encodeURIComponent(ecs))).patterns);
  return fetched.get(ecs);
}

// setsFields tells whether a pattern makes fields by itself, so that it needs no name for one.
export function setsFields(name, list, depth = 0) {
  const found = list.find((p) => p.name === name);
  if (!found || depth > 8) return false;
  if (/%\{\w+:|\(\?<\w/.test(found.pattern)) return true;
  return [...found.pattern.matchAll(/%\{(\w+)\}/g)].some(([, n]) => setsFields(n, list, depth + 1));
}

// usual are those that are needed most; they come first where nothing is searched for.
const usual = ["IP", "HOSTNAME", "IPORHOST", "INT", "NUMBER", "WORD", "NOTSPACE", "DATA", "GREEDYDATA", "QUOTEDSTRING", "LOGLEVEL", "TIMESTAMP_ISO8601", "HTTPDATE", "SYSLOGTIMESTAMP", "SYSLOGBASE",
  "COMBINEDAPACHELOG", "URI", "PATH", "USERNAME", "UUID"];

// search gives the patterns that hold all words, those first whose name does.
export function search(list, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [...usual.map((name) => list.find((p) => p.name === name)).filter(Boolean), ...list.filter((p) => !usual.includes(p.name))];
  const whole = (p) => `${p.name} ${p.about} ${p.pattern} ${p.example}`.toLowerCase();
  const rank = (p) => {
    const name = p.name.toLowerCase();
    return name === text.toLowerCase() ? 0 : words.every((w) => name.includes(w)) ? 1 : words.every((w) => p.about.toLowerCase().includes(w)) ? 2 : 3;
  };
  return list.filter((p) => words.every((w) => whole(p).includes(w))).map((p) => [rank(p), p]).sort((a, b) => a[0] - b[0]).map(([, p]) => p);
}

const most = 60; // shown at once

// openLibrary shows it. insert(name) is called for a pattern to be used, attempt(pattern) to try one on its example.
export async function openLibrary({ ecs, query = "", own = [], insert, attempt }) {
  const results = h("div", { class: "lib-results" });
  const told = h("p", { class: "soft", role: "status" });
  const field = h("input", { class: "input lib-query", type: "search", value: query, placeholder: "Search: ip, iso date, apache, ASA-…", "aria-label": "Search the patterns", autofocus: true, oninput: () => draw() });
  let list = [], shown = most;
  const look = (name) => { field.value = name; shown = most; draw(); $(".dialog-body", field.closest("dialog"))?.scrollTo(0, 0); field.focus(); };
  const draw = () => {
    const found = search(list, field.value.trim());
    told.textContent = `${plural(found.length, "pattern")}${ecs === "disabled" ? " with Logstash's own field names" : " with the names of the Elastic Common Schema"}`;
    replace(results, found.slice(0, shown).map((p) => entry(p, { look, insert: (name) => { close(); insert(name); }, attempt: (x) => { close(); attempt(x); } })),
      found.length === 0 && h("div", { class: "empty" }, h("h2", null, "No pattern holds all these words"), h("p", null, "Try fewer, or propose a pattern from your lines: Propose does that.")),
      found.length > shown && button({ onclick: () => { shown += 200; draw(); } }, `${found.length - shown} more`));
  };
  const close = openDialog("Patterns", [field, told, results], { class: "wide" });
  try {
    list = [...own, ...await patternsOf(ecs)];
    draw();
  } catch (err) {
    replace(results, problemPanel(err));
  }
}

function entry(p, { look, insert, attempt }) {
  return h("article", { class: "lib-entry" },
    h("header", null, h("h3", { class: "mono" }, p.name), !p.stock && h("span", { class: "tag accent" }, "your own"),
      h("div", { class: "lib-do" },
        p.example && button({ class: "small", onclick: () => attempt(p), label: `Try ${p.name} on its example` }, "Try"),
        button({ class: "small", onclick: () => insert(p.name), label: `Insert ${p.name}` }, "Insert"))),
    p.about && h("p", null, p.about),
    p.example && h("pre", { class: "lib-example", title: "An example" }, p.example),
    h("pre", { class: "lib-pattern", title: "The definition" }, linked(p.pattern, look)));
}

// linked makes the patterns that a definition refers to reachable.
export function linked(text, look) {
  const out = [];
  let at = 0;
  for (const m of text.matchAll(/%\{(\w+)([^}]*)\}/g)) {
    out.push(text.slice(at, m.index), "%{", h("button", { type: "button", class: "ref", onclick: () => look(m[1]), title: `Show ${m[1]}` }, m[1]), m[2], "}");
    at = m.index + m[0].length;
  }
  out.push(text.slice(at));
  return out.filter((x) => x !== "");
}
