// What patterns made of lines.

import { h, button, icon } from "../lib/dom.js";
import { count, plural } from "../lib/format.js";
import { painted, broken, colours } from "./spans.js";

// verdicts tells of each pattern how it fares, or what is wrong with it and where.
export function verdicts(answer, numbers, look) {
  const alone = answer.patterns.length === 1;
  return h("ol", { class: "verdicts" }, answer.patterns.map((p, i) => h("li", { class: p.error ? "bad" : "" },
    !alone && h("span", { class: "number", title: `Pattern ${numbers[i]}` }, numbers[i]),
    p.error ? mistake(p) : h("div", null,
      h("p", null, answer.tried > 0 && h("strong", null, `${count(p.hits)} of ${plural(answer.tried, "line")}`), answer.tried > 0 && ". ",
        p.fields.length ? ["Fields: ", p.fields.join(", ")] : "It sets no field: write %{PATTERN:field}."),
      p.warnings.map((w) => h("p", { class: "warned" }, icon("warning"), h("span", null, w)))))));
}

function mistake(p) {
  const text = [...p.pattern];
  const at = Math.min(Math.max(p.column - 1, 0), text.length);
  return h("div", { role: "alert" },
    h("p", null, p.error),
    p.column > 0 && h("pre", { class: "place" }, text.slice(Math.max(0, at - 40), at).join(""), h("span", { class: "stop", "aria-hidden": "true" }), h("span", { class: "rest" }, text.slice(at, at + 60).join(""))));
}

// summary is the count, and the switch that hides what matched.
export function summary(answer, lines, only, onchange) {
  const missed = answer.tried - answer.matched;
  return h("div", { class: "sum" },
    h("h2", null, `${count(answer.matched)} of ${plural(lines.length, "line")} ${answer.matched === 1 ? "matches" : "match"}`),
    h("div", { class: "meter", role: "img", "aria-label": `${answer.matched} of ${lines.length}` }, h("span", { style: { width: `${lines.length ? answer.matched / lines.length * 100 : 0}%` } })),
    missed > 0 && h("label", { class: "check" }, h("input", { type: "checkbox", id: "only", checked: only, onchange: (e) => onchange(e.target.checked) }), `Only the ${plural(missed, "miss", "misses")}`),
    answer.tried < lines.length && h("p", { class: "warned" }, icon("warning"), h("span", null, `The patterns take so long that ${plural(lines.length - answer.tried, "line was", "lines were")} not tried. Anchor them with ^, and avoid one repetition inside another.`)));
}

// results shows line by line what became of it.
export function results(answer, lines, numbers, { only, look }) {
  const colour = colours();
  return h("ol", { class: "results" }, answer.lines.map((r, i) => (only && r.pattern >= 0 ? null :
    h("li", { class: r.pattern >= 0 ? "hit" : "miss", value: i + 1, dataset: { line: i + 1 } },
      r.pattern >= 0 ? hit(lines[i], r, numbers, answer.patterns.length, colour) : miss(lines[i], r, numbers, answer.patterns.length, look)))));
}

function head(i, words, kind) { return h("header", null, h("span", { class: `tag ${kind}` }, words), i); }

function hit(line, r, numbers, patterns, colour) {
  const text = [...line];
  return [
    patterns > 1 && head(null, `pattern ${numbers[r.pattern]}`, "good"),
    h("pre", { class: "text" }, painted(line, r.spans, colour)),
    r.error && h("p", { class: "warned" }, icon("warning"), h("span", null, r.error)),
    r.spans.length ? h("dl", { class: "got" }, r.spans.map((s) => h("div", { dataset: { field: s.field }, class: `s${colour(s.field)}` },
      h("dt", null, s.field), h("dd", null, text.slice(s.begin, s.end).join("") || h("span", { class: "soft" }, "empty"), s.type !== "string" && h("span", { class: "tag" }, s.type === "int" ? "integer" : "float")))))
      : h("p", { class: "soft" }, "It matches, and gives no field."),
  ];
}

function miss(line, r, numbers, patterns, look) {
  if (r.error) return [head(null, "given up", "bad"), h("pre", { class: "text" }, line), h("p", null, r.error + ". In the filter the event gets the tag _groktimeout.")];
  if (!r.miss) return [head(null, "no match", "bad"), h("pre", { class: "text" }, line)];
  const m = r.miss;
  return [
    head(patterns > 1 ? h("span", { class: "soft" }, `pattern ${numbers[m.pattern]} came furthest`) : null, `no match, column ${count(m.column)}`, "bad"),
    h("pre", { class: "text" }, broken(line, m.column)),
    h("p", { class: "why" }, "Wanted here: ", wanted(m, look), m.inside.length > 0 && [", a part of ", m.inside.map((name, i) => [i > 0 && " → ", reference(name, look)])],
      ". ", m.near ? ["There stands ", h("code", null, m.near), "."] : "The line ends there."),
  ];
}

// wanted names the element, and what it takes in words.
function wanted(m, look) {
  const ref = /^%\{(\w+)(.*)\}$/s.exec(m.element);
  if (ref) return [h("code", null, "%{", h("button", { type: "button", class: "ref", onclick: () => look(ref[1]), title: `Show ${ref[1]}` }, ref[1]), ref[2], "}"), m.wanted && ` (${lower(m.wanted)})`];
  if (m.wanted.startsWith("the text ")) return m.wanted;
  return [h("code", null, m.element), m.wanted && ` (${m.wanted})`];
}

const lower = (text) => (/^[A-Z][a-z ]/.test(text) ? text[0].toLowerCase() + text.slice(1) : text);

function reference(name, look) { return h("button", { type: "button", class: "ref", onclick: () => look(name), title: `Show ${name}` }, name); }

// follow marks, while the mouse or the focus is on a field, its text in the line, and the other way round.
export function follow(el) {
  const mark = (event) => {
    const on = event.target.closest?.("[data-field]");
    for (const old of el.querySelectorAll(".lit")) old.classList.remove("lit");
    const li = on?.closest("li");
    if (li) for (const same of li.querySelectorAll("[data-field]")) if (same.dataset.field === on.dataset.field) same.classList.add("lit");
  };
  el.addEventListener("mouseover", mark);
  el.addEventListener("mouseleave", () => { for (const old of el.querySelectorAll(".lit")) old.classList.remove("lit"); });
}

// proposals offers the patterns that were found for the lines.
export function proposals(found, use) {
  if (!found.proposals.length) return h("div", { class: "empty" }, h("h2", null, "There is no line to learn from"), h("p", null, "Paste some lines first, the more the better: up to 500 are looked at."));
  return h("ol", { class: "proposals" }, found.proposals.map((p) => h("li", null,
    h("p", null, h("strong", null, `matches ${count(p.lines)} of ${plural(found.lines, "line")}`)),
    h("pre", null, p.pattern), h("p", { class: "soft" }, "for instance"), h("pre", { class: "soft" }, p.example),
    button({ class: "primary small", icon: "check", onclick: () => use([p.pattern]) }, "Use this"))),
    found.proposals.length > 1 && h("li", null, button({ onclick: () => use(found.proposals.map((p) => p.pattern)) }, "Use all, in this order")));
}
