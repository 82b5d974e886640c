// Grok: patterns and lines in, fields out, and where a pattern fails.

import { $, h, button, replace, announce } from "../lib/dom.js";
import { problemPanel } from "../lib/net.js";
import { openDialog } from "../lib/dialog.js";
import { plural } from "../lib/format.js";
import { copy } from "../lib/copy.js";
import { node } from "../lib/node.js";
import { addKeys, typing } from "../shell.js";
import { openLibrary, patternsOf, setsFields } from "./library.js";
import { verdicts, summary, results, follow, proposals } from "./results.js";
import { snippet, definitionsOf } from "./snippet.js";

const main = $("#main");
const most = { patterns: 50, lines: 500 }; // as the API has it

const example = {
  patterns: ["^%{COMBINEDAPACHELOG}$", "^%{TIMESTAMP_ISO8601:time} +%{LOGLEVEL:level} +%{NUMBER:seconds:float} s +%{GREEDYDATA:text}$"],
  lines: [
    '203.0.113.9 - jane [23/Nov/2026:12:34:56 +0000] "GET /img/logo.png?v=3 HTTP/1.1" 200 5316 "https://example.com/start" "Mozilla/5.0 (X11; Linux x86_64)"',
    "2026-11-23 12:34:57.250 WARN 0.731 s slow answer from the stock service",
    "2026-11-23 12:34:58.016 INFO fast s order 4711 is paid",
  ],
};

// What was typed lives in the address, behind #: it makes a link, and no server is told.
const blank = { patterns: [], lines: [], definitions: "", ecs: "disabled", all: false, events: false };

function readHash() {
  const q = new URLSearchParams(location.hash.slice(1));
  return { patterns: q.getAll("p"), lines: q.getAll("l"), definitions: q.get("d") ?? "", ecs: ["v1", "v8"].includes(q.get("ecs")) ? q.get("ecs") : "disabled", all: q.has("all"), events: q.has("events") };
}

function hashOf(s) {
  const q = new URLSearchParams();
  for (const p of s.patterns) q.append("p", p);
  for (const l of s.lines) q.append("l", l);
  if (s.definitions) q.set("d", s.definitions);
  if (s.ecs !== "disabled") q.set("ecs", s.ecs);
  if (s.all) q.set("all", "");
  if (s.events) q.set("events", "");
  const text = q.toString();
  return text ? "#" + text : "";
}

// The fields.
const area = (id, label, rows, hint) => h("div", { class: "field" }, h("label", { for: id }, label),
  h("textarea", { class: "input mono", id, rows, wrap: "off", spellcheck: "false", autocapitalize: "off", autocomplete: "off", placeholder: hint, oninput: () => changed(250) }));

const patternsField = area("patterns", "Patterns", 4, "^%{COMBINEDAPACHELOG}$\none a line; the first that matches is taken");
const linesField = area("lines", "Lines", 8, "Paste lines of a log here.");
const definitionsField = area("definitions", "Your own definitions", 3, "ORDER ORD-\\d+\nname, blank, regular expression");
const patterns = $("textarea", patternsField), lines = $("textarea", linesField), definitions = $("textarea", definitionsField);
const own = h("details", { class: "own" }, h("summary", null, "Your own definitions"), definitionsField);
const ecs = h("select", { class: "select", id: "ecs", onchange: () => changed(0) },
  h("option", { value: "disabled" }, "Logstash's own (ecs_compatibility disabled)"), h("option", { value: "v1" }, "Elastic Common Schema (v1)"), h("option", { value: "v8" }, "Elastic Common Schema (v8)"));
const all = h("input", { type: "checkbox", id: "all", onchange: () => changed(0) });
const events = h("input", { type: "checkbox", id: "events", onchange: () => changed(0) });
const said = h("div", { id: "verdicts" });
const found = h("section", { id: "found", "aria-label": "Results" });
follow(found);

function patternList() { return patterns.value.split("\n").map((text, i) => ({ text, number: i + 1 })).filter((p) => p.text.trim()); }

// lineList splits the lines: each for itself, or those between empty ones together.
function lineList() {
  const text = lines.value.replace(/\r\n?/g, "\n");
  return (events.checked ? text.split(/\n(?:[ \t]*\n)+/).map((e) => e.replace(/^\n+|\n+$/g, "")) : text.split("\n")).filter((l) => l.trim());
}

const now = () => ({ patterns: patternList().map((p) => p.text), lines: lineList(), definitions: definitions.value.trim() ? definitions.value : "", ecs: ecs.value, all: all.checked, events: events.checked });

function show(s) {
  patterns.value = s.patterns.join("\n");
  lines.value = s.lines.join(s.events ? "\n\n" : "\n");
  definitions.value = s.definitions;
  own.open ||= Boolean(s.definitions);
  [ecs.value, all.checked, events.checked] = [s.ecs, s.all, s.events];
}

let timer = 0, control = null, last = null, only = false;

// changed tries what is typed once nothing more is typed for a while.
function changed(wait) {
  clearTimeout(timer);
  timer = setTimeout(() => { keep(); run(); }, wait);
}

function keep() { history.replaceState(null, "", location.pathname + location.search + hashOf(now())); }

async function run() {
  control?.abort();
  const s = now(), list = patternList();
  if (!list.length || !s.lines.length) {
    replace(said);
    if (!list.length) { replace(found, welcome(s)); return; }
  }
  if (list.length > most.patterns || s.lines.length > most.lines) {
    replace(found, problem(`At most ${most.patterns} patterns and ${most.lines} lines are tried at once; here are ${list.length} and ${s.lines.length}.`, "Take some away."));
    return;
  }
  const { signal } = control = new AbortController();
  found.setAttribute("aria-busy", "true");
  try {
    const answer = await node("_castor/grok", { method: "POST", signal, body: { patterns: s.patterns, lines: s.lines, definitions: s.definitions, ecs: s.ecs, all_captures: s.all } });
    last = { answer, s, numbers: list.map((p) => p.number) };
    draw();
    announce(`${answer.matched} of ${plural(s.lines.length, "line")} match`);
  } catch (err) {
    if (err.name === "AbortError") return;
    replace(found, problemPanel(err, run));
  }
  found.removeAttribute("aria-busy");
}

function draw() {
  const { answer, s, numbers } = last;
  replace(said, verdicts(answer, numbers, look), answer.warnings.map((w) => h("p", { class: "warned" }, w)));
  if (!s.lines.length) replace(found, h("div", { class: "empty" }, h("h2", null, "No lines yet"), h("p", null, "Paste some lines of the log: ones that should match, and ones that should not."), button({ onclick: () => lines.focus() }, "To the lines")));
  else if (answer.patterns.every((p) => p.error)) replace(found, h("div", { class: "empty" }, h("h2", null, answer.patterns.length > 1 ? "No pattern can be tried" : "The pattern cannot be tried"), h("p", null, "Beside it stands what is wrong, and where.")));
  else replace(found, summary(answer, s.lines, only && answer.matched < answer.tried, (on) => { only = on; draw(); $("#only")?.focus(); }), results(answer, s.lines, numbers, { only: only && answer.matched < answer.tried, look }));
}

function welcome(s) {
  return h("div", { class: "empty" },
    h("h2", null, s.lines.length ? "No pattern yet" : "Try a pattern"),
    s.lines.length ? h("p", null, "Write one, take one of the library, or have one proposed that fits your lines.")
      : h("p", null, "Write a pattern, paste lines of a log, and see the fields that it makes; and for a line that it does not match, the place where it stops."),
    h("div", { class: "row" },
      s.lines.length ? button({ class: "primary", onclick: propose }, "Propose a pattern") : button({ class: "primary", id: "example", onclick: () => { show({ ...blank, ...example }); changed(0); } }, "Show an example"),
      button({ icon: "search", onclick: () => library() }, "Open the library")));
}

function problem(what, todo) { return h("section", { class: "problem", role: "alert" }, h("div", null, h("strong", null, what), h("p", null, todo))); }

// library opens the list of patterns; look does so at one.
function library(query = "") {
  openLibrary({ ecs: ecs.value, query, insert, own: definitionsOf(definitions.value).map((d) => ({ ...d, about: "", example: "", stock: false })),
    attempt: (p) => { show({ ...now(), patterns: [`%{${p.name}${needsName(p.name) ? ":" + fieldFor(p.name) : ""}}`], lines: p.example.split("\n"), events: p.example.includes("\n") && events.checked }); changed(0); } });
}

const look = (name) => library(name);
let stock = [];
const needsName = (name) => !setsFields(name, stock);
const fieldFor = (name) => name.toLowerCase();

// insert puts a pattern where the caret was, with a name for its field, selected, where it makes none by itself.
function insert(name) {
  const at = patterns.selectionStart ?? patterns.value.length;
  const text = needsName(name) ? `%{${name}:${fieldFor(name)}}` : `%{${name}}`;
  patterns.focus();
  patterns.setRangeText(text, at, patterns.selectionEnd ?? at, "end");
  if (needsName(name)) patterns.setSelectionRange(at + name.length + 3, at + text.length - 1);
  changed(0);
}

async function propose() {
  const s = now();
  const body = h("div", null, h("p", { class: "soft" }, "Looking …"));
  const close = openDialog("Proposed patterns", body, { class: "wide" });
  try {
    const found = await node("_castor/grok/discover", { method: "POST", body: { lines: s.lines.slice(0, most.lines), definitions: s.definitions, ecs: s.ecs } });
    replace(body, proposals(found, (list) => { close(); show({ ...now(), patterns: list }); changed(0); patterns.focus(); }));
  } catch (err) {
    replace(body, problemPanel(err, () => { close(); propose(); }));
  }
}

function showSnippet() {
  const s = now();
  if (!s.patterns.length) return;
  const text = snippet(s);
  openDialog("For a configuration", [h("pre", { class: "snippet", id: "snippet" }, text), h("div", { class: "dialog-end" }, button({ icon: "copy", class: "primary", onclick: () => copy(text, "The filter") }, "Copy"))], { class: "wide" });
}

replace(main, h("div", { class: "grok" },
  h("section", { class: "panel enter", "aria-label": "Patterns and lines" },
    h("div", { class: "row head" }, h("h1", null, "Grok"),
      h("div", { class: "row" },
        button({ icon: "search", id: "library", onclick: () => library() }, "Library"),
        button({ icon: "fields", id: "propose", onclick: propose }, "Propose"),
        button({ icon: "copy", id: "config", onclick: showSnippet, title: "The patterns as a filter for a configuration" }, "As filter"),
        button({ icon: "share", id: "link", onclick: () => { keep(); copy(location.href, "The link"); } }, "Link"))),
    patternsField, said, linesField,
    h("label", { class: "check" }, events, "Empty lines divide events of several lines"),
    h("div", { class: "row options" },
      h("label", { class: "pick", for: "ecs" }, "Field names"), ecs,
      h("label", { class: "check" }, all, "%{PATTERN} without a name sets a field too")),
    own),
  found));

addKeys([["l", "The library of patterns"], ["/", "To the patterns"]]);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event) || $("dialog[open]")) return;
  if (event.key === "l") { event.preventDefault(); library(); }
  if (event.key === "/") { event.preventDefault(); patterns.focus(); }
});
window.addEventListener("hashchange", () => { show(readHash()); run(); });
patternsOf("disabled").then((list) => { stock = list; }, () => { /* the library says so when it is opened */ });
show(readHash());
run();
