// The filters beside the query: chips that ask for a value of a field, or shut it out.

import { h, icon, button } from "../lib/dom.js";
import { parse } from "../lib/json.js";
import { shown, plain } from "./text.js";

// In the address a filter is JSON: ["+", field, value], ["-", field, value], or without value for any.

export function readFilters(texts) {
  return texts.flatMap((text) => {
    try {
      const [sign, field, value] = parse(text);
      return (sign === "+" || sign === "-") && typeof field === "string" && field ? [{ not: sign === "-", field, value }] : [];
    } catch { return []; }
  });
}

export const writeFilters = (filters) => filters.map((f) => JSON.stringify(f.value === undefined ? [f.not ? "-" : "+", f.field] : [f.not ? "-" : "+", f.field, f.value]));

// toggleFilter adds a filter, in place of its opposite.
export function toggleFilter(filters, filter) {
  const rest = filters.filter((f) => f.field !== filter.field || JSON.stringify(f.value) !== JSON.stringify(filter.value));
  return [...rest, filter];
}

// pills draws them; onchange takes the new list.
export function pills(filters, onchange) {
  if (!filters.length) return null;
  return h("ul", { class: "pills", "aria-label": "Filters" },
    filters.map((f, i) => {
      const text = f.value === undefined ? "exists" : plain(f.value);
      return h("li", { class: `pill ${f.not ? "not" : ""}` },
        h("button", { type: "button", class: "pill-text", title: f.not ? "Shut out; click to ask for it instead" : "Asked for; click to shut it out instead",
          onclick: () => onchange(filters.map((g, k) => (k === i ? { ...g, not: !g.not } : g))) },
        f.not && h("b", null, "not "), h("span", { class: "pill-field" }, f.field), f.value === undefined ? " " : ": ", h("span", { class: "pill-value" }, shown(text, { limit: 60 }))),
        button({ icon: "close", class: "quiet small", label: `Remove the filter ${f.field}: ${text.slice(0, 60)}`, onclick: () => onchange(filters.filter((_, k) => k !== i)) }));
    }),
    filters.length > 1 && h("li", null, h("button", { type: "button", class: "button small quiet", onclick: () => onchange([]) }, icon("close"), h("span", null, "All"))));
}
