// A document in full: each field with its values and what can be done with them, and the JSON as it is in the index.

import { h, button, icon, replace } from "../lib/dom.js";
import { copy } from "../lib/copy.js";
import { bytes } from "../lib/format.js";
import { digitsOf } from "../lib/json.js";
import { flatten } from "./fieldset.js";
import { shown, plain } from "./text.js";

const short = 4000;      // characters of a value that are shown at first
const longest = 100000;  // and at most: browsers take long to lay out more in one piece

export class DocumentView {
  // The callbacks: onfilter(field, value, not), oncolumn(name), onaround(hit), link(hit).
  constructor(callbacks) { Object.assign(this, callbacks); }

  // view draws a hit; columns are those of the table.
  view(hit, { columns, marks, fields }) {
    const tab = { name: "fields" };
    const body = h("div", { class: "doc-body" });
    const tabs = ["fields", "json"].map((name) => h("button", { type: "button", role: "tab", class: "tab", onclick: () => show(name) }, name === "fields" ? "Fields" : "JSON"));
    const show = (name) => {
      tab.name = name;
      tabs.forEach((t, i) => t.setAttribute("aria-selected", ["fields", "json"][i] === name ? "true" : "false"));
      replace(body, name === "fields" ? this.table(hit, columns, marks, fields) : json(hit));
    };
    show("fields");
    return h("div", { class: "doc" },
      h("div", { class: "doc-head" },
        h("div", { role: "tablist", "aria-label": "How to show the document", class: "tabs" }, tabs),
        h("span", { class: "soft doc-id" }, `${hit._index} · `, shown(hit._id, { limit: 80 })),
        h("div", { class: "doc-buttons" },
          h("button", { type: "button", class: "button small", onclick: () => this.onaround(hit) }, icon("lines"), h("span", null, "Lines around")),
          h("button", { type: "button", class: "button small", onclick: () => copy(new URL(this.link(hit), location.href).href, "The link") }, icon("share"), h("span", null, "Copy link")),
          h("button", { type: "button", class: "button small", onclick: () => copy(JSON.stringify(hit._source, null, 2), "The document") }, icon("copy"), h("span", null, "Copy JSON")))),
      body);
  }

  table(hit, columns, marks, fields) {
    const rows = [...[...flatten(hit._source ?? {})].sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b)), ["_index", [hit._index]], ["_id", [hit._id]]];
    return h("dl", { class: "doc-fields" }, rows.map(([name, values]) => h("div", { class: "doc-row" },
      h("dt", null, h("span", null, breakable(name)),
        !name.startsWith("_") && button({ icon: "columns", class: "quiet small", label: columns.includes(name) ? `Take ${name} out of the table` : `Put ${name} into the table`, "aria-pressed": columns.includes(name) ? "true" : "false", onclick: () => this.oncolumn(name) })),
      h("dd", null, values.length === 0 ? h("span", { class: "soft" }, "[ ] (empty)") : values.slice(0, 200).map((v) => this.value(name, v, marks, fields)),
        values.length > 200 && h("p", { class: "soft" }, `and ${values.length - 200} more values; JSON shows all`)))));
  }

  value(name, value, marks, fields) {
    const text = plain(value);
    const box = h("div", { class: `value value-${value === null ? "null" : digitsOf(value) ? "number" : typeof value}` }, shown(text, { marks: marks(name), limit: short }));
    const more = text.length > short && h("button", { type: "button", class: "link", onclick: (e) => {
      replace(box, shown(text, { marks: marks(name), limit: longest }));
      if (text.length <= longest) e.currentTarget.remove();
      else e.currentTarget.replaceWith(h("span", { class: "link-end soft" }, `The first ${bytes(longest)}; “Copy JSON” has all`));
    } }, `Show all (${bytes(text.length)})`);
    const filterable = value !== null && text.length <= 1000 && (name.startsWith("_") || fields.get(name)?.searchable);
    return h("div", { class: "doc-value" }, box, more,
      filterable && h("div", { class: "doc-filters" },
        button({ icon: "plus", class: "quiet small", label: `Filter for ${name}: ${text.slice(0, 80)}`, onclick: () => this.onfilter(name, value, false) }),
        button({ icon: "minus", class: "quiet small", label: `Filter out ${name}: ${text.slice(0, 80)}`, onclick: () => this.onfilter(name, value, true) })));
  }
}

const first = ["@timestamp", "message"];
const rank = (name) => { const i = first.indexOf(name); return i < 0 ? first.length : i; };
const breakable = (name) => name.split(/(?<=[._-])/).flatMap((part, i) => (i ? [h("wbr"), part] : [part]));

function json(hit) {
  const text = JSON.stringify(hit._source, null, 2);
  return h("pre", { class: "json", tabindex: 0 }, shown(text, { limit: longest }));
}
