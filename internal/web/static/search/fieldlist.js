// The list of fields: those in the table, those that the shown documents have, and the rest; each with its most frequent values.

import { h, button, icon, replace, unpressed } from "../lib/dom.js";
import { short, count, plural } from "../lib/format.js";
import { problemPanel } from "../lib/net.js";
import { shown, plain } from "./text.js";

const letters = { text: "t", keyword: "k", number: "#", date: "d", boolean: "?", ip: "ip", geo: "geo", object: "{}", other: "…" };
const most = 120; // fields of a section that are drawn

export class FieldList {
  // The callbacks: oncolumn(name) adds or takes away, onfilter(field, value, not), top(name) gives { values, total, stats }, onsplit(name).
  constructor(callbacks) {
    Object.assign(this, callbacks, { open: null, word: "", data: null });
    this.search = h("input", { class: "input", id: "field-search", type: "search", placeholder: "Find a field", "aria-label": "Find a field (f)", oninput: () => { this.word = this.search.value.toLowerCase(); this.draw(); } });
    this.list = h("div", { class: "field-list" });
    this.root = h("aside", { class: "fields panel", id: "fields", "aria-label": "Fields" }, h("div", { class: "fields-head" }, this.search), this.list);
  }

  // show draws fields, the columns, in how many of the shown documents each field is, and by which one the histogram is split.
  show(data) {
    this.data = data;
    unpressed(this.list, () => this.draw());
  }

  draw() {
    if (!this.data) return;
    const { fields, columns, present, shownDocs, split } = this.data;
    const matches = fields.list.filter((f) => f.name.toLowerCase().includes(this.word));
    const unlisted = columns.filter((c) => !fields.has(c)).map((name) => ({ name, kind: "other", type: "unknown" }));
    const chosen = [...columns.map((c) => fields.get(c)).filter(Boolean), ...unlisted].filter((f) => f.name.toLowerCase().includes(this.word));
    const here = matches.filter((f) => present.has(f.name) && !columns.includes(f.name));
    const rest = matches.filter((f) => !present.has(f.name) && !columns.includes(f.name));
    const focus = document.activeElement?.closest?.("[data-field]")?.dataset.field;
    const section = (title, list, hint) => list.length > 0 && h("section", null,
      h("h3", null, title, " ", h("span", { class: "soft" }, count(list.length))),
      h("ul", null, list.slice(0, most).map((f) => this.item(f, columns, present, shownDocs, split))),
      list.length > most && h("p", { class: "soft more" }, `${plural(list.length - most, "more field")}: type a part of the name`, hint));
    replace(this.list, section("In the table", chosen), section("In these documents", here), section("Other fields", rest),
      !matches.length && h("p", { class: "soft more" }, this.word ? `No field’s name has “${this.word}”.` : "There are no fields: no index, or no document in it."));
    if (focus) this.list.querySelector(`[data-field="${CSS.escape(focus)}"] .field-name`)?.focus({ preventScroll: true });
  }

  item(f, columns, present, shownDocs, split) {
    const open = this.open === f.name;
    const inTable = columns.includes(f.name);
    return h("li", { class: "field", dataset: { field: f.name } },
      h("div", { class: "field-row" },
        h("button", { type: "button", class: "field-name", "aria-expanded": open ? "true" : "false", title: `${f.name} (${f.types?.join(", ") ?? f.type})`, onclick: () => { this.open = open ? null : f.name; this.draw(); } },
          h("span", { class: `kind kind-${f.kind}`, "aria-hidden": "true" }, letters[f.kind] ?? "…"), h("span", { class: "name" }, breakable(f.name)), h("span", { class: "unseen" }, ` (${f.type})`)),
        button({ icon: inTable ? "minus" : "plus", class: "quiet small", label: inTable ? `Take ${f.name} out of the table` : `Put ${f.name} into the table`, onclick: () => this.oncolumn(f.name) })),
      open && this.details(f, present.get(f.name) ?? 0, shownDocs, split));
  }

  details(f, docs, shownDocs, split) {
    // What was counted before stays until the new counts are there, so that nothing flickers when the page searches by itself.
    const box = h("div", { class: "top-values" }, this.counted?.name === f.name ? this.topOf(f, this.counted.top, split) : h("p", { class: "soft" }, "Counting …"));
    const show = (...parts) => unpressed(box, () => replace(box, ...parts));
    const load = () => this.top(f.name).then((top) => { this.counted = { name: f.name, top }; show(this.topOf(f, top, split)); }, (err) => { if (err.name !== "AbortError") show(problemPanel(err, load)); });
    load();
    return h("div", { class: "field-details" }, h("p", { class: "soft" }, f.types?.length > 1 ? `Of unlike types: ${f.types.join(", ")}. ` : `${f.type}. `, `In ${count(docs)} of ${plural(shownDocs, "shown document")}.`), box);
  }

  topOf(f, top, split) {
    if (!top.values.length && !top.stats) return h("p", { class: "soft" }, top.why ?? "No document of this search has it.");
    return [
      top.stats && h("dl", { class: "stats" }, Object.entries(top.stats).map(([k, v]) => [h("dt", null, k), h("dd", null, v)])),
      h("ul", null, top.values.map(({ key, n, show }) => h("li", { class: "top-value" },
        h("div", { class: "top-text" }, h("span", { class: "value", title: (show ?? plain(key)).slice(0, 500) }, shown(show ?? plain(key), { limit: 200 })), h("span", { class: "share" }, percent(n, top.of))),
        h("div", { class: "meter", "aria-hidden": "true" }, h("i", { style: { width: Math.max(.5, (100 * n) / Math.max(1, top.of)) + "%" } })),
        h("div", { class: "top-buttons" },
          button({ icon: "plus", class: "quiet small", label: `Only ${f.name}: ${plain(key).slice(0, 80)} (${plural(n, "document")})`, onclick: () => this.onfilter(f.name, key, false) }),
          button({ icon: "minus", class: "quiet small", label: `Not ${f.name}: ${plain(key).slice(0, 80)}`, onclick: () => this.onfilter(f.name, key, true) }))))),
      h("p", { class: "soft" }, top.sample ? `Of the ${plural(top.of, "shown document")}: this text has no form that can be counted.` : top.other > 0 ? `${short(top.other)} with other values.` : null),
      top.splits && h("button", { type: "button", class: "button small", onclick: () => this.onsplit(split === f.name ? "" : f.name) }, icon("lines"), h("span", null, split === f.name ? "One colour in the histogram" : "Colour the histogram by this")),
    ];
  }

  focus() { this.search.focus(); this.search.select(); }
}

function percent(n, of) {
  const p = (100 * n) / Math.max(1, of);
  return p >= 10 || p === 0 ? `${Math.round(p)}%` : p < .1 ? "<0.1%" : `${p.toFixed(1)}%`;
}

// breakable lets a long name break at its dots.
function breakable(name) { return name.split(/(?<=[._-])/).flatMap((part, i) => (i ? [h("wbr"), part] : [part])); }
