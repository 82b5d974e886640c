// A line with what was captured of it, each field in its colour; or with the place where a pattern could not go on.

import { h } from "../lib/dom.js";

// colours numbers the fields from 1 to 6 in the order in which they are asked for.
export function colours() {
  const known = new Map();
  return (field) => {
    if (!known.has(field)) known.set(field, known.size % 6 + 1);
    return known.get(field);
  };
}

// painted gives a line's text as nodes. Spans count in characters; one may stand inside another.
export function painted(line, spans, colour) {
  const text = [...line];
  const sorted = [...spans].sort((a, b) => a.begin - b.begin || b.end - a.end);
  const inside = (from, to) => {
    const out = [];
    let at = from;
    while (sorted.length && sorted[0].begin < to) {
      const s = sorted.shift();
      const end = Math.min(s.end, to);
      if (s.begin < at || s.begin >= end) continue; // took nothing, or crosses the one before
      out.push(text.slice(at, s.begin).join(""));
      out.push(h("span", { class: `cap s${colour(s.field)}`, dataset: { field: s.field }, title: s.field }, inside(s.begin, end)));
      at = end;
    }
    out.push(text.slice(at, to).join(""));
    return out.filter((x) => x !== "");
  };
  return inside(0, text.length);
}

// broken gives a line's text with the place marked at which something else was wanted; column counts characters from 1.
export function broken(line, column) {
  const text = [...line];
  const at = Math.min(column - 1, text.length);
  return [
    h("span", { class: "went" }, text.slice(0, at).join("")),
    h("span", { class: "stop", "aria-hidden": "true" }),
    h("span", { class: "rest" }, text.slice(at).join("")),
    at === text.length && h("span", { class: "line-end" }, "end of line"),
  ];
}
