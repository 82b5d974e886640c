// Texts of strangers on the page: what cannot be seen or would turn the line around is shown by name, what the query found is marked.

import { h } from "../lib/dom.js";
import { digitsOf } from "../lib/json.js";

// Characters that are invisible, or rule the direction of what follows.
// eslint-disable-next-line no-control-regex
const hidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

// shown gives nodes for a text: at most limit characters of it, with the places that marks find marked.
export function shown(text, { marks = null, limit = Infinity } = {}) {
  const cut = text.length > limit;
  if (cut) text = text.slice(0, limit);
  const out = [];
  let at = 0;
  for (const [from, to] of marks ? marks(text) : []) {
    out.push(...visible(text.slice(at, from)), h("mark", null, visible(text.slice(from, to))));
    at = to;
  }
  out.push(...visible(text.slice(at)));
  if (cut) out.push(h("span", { class: "cut" }, "…"));
  return out;
}

function visible(text) {
  const out = [];
  let at = 0;
  for (const m of text.matchAll(hidden)) {
    if (m.index > at) out.push(text.slice(at, m.index));
    out.push(control(m[0]));
    at = m.index + m[0].length;
  }
  if (at < text.length) out.push(text.slice(at));
  return out;
}

function control(c) {
  const code = c.codePointAt(0);
  const name = code < 32 ? String.fromCodePoint(0x2400 + code) : `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  return h("span", { class: "control", title: `The character U+${code.toString(16).toUpperCase().padStart(4, "0")}` }, name);
}

// plain is a value as one text.
export function plain(value) {
  if (value === null) return "null";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(plain).join(", ");
  return typeof value === "object" ? digitsOf(value) ?? JSON.stringify(value) : String(value);
}

// marksOf makes of a query's tree what finds its words in the text of a field: a function (field) → (text) → [[from, to], …], or null
// where the field has none.
export function marksOf(tree) {
  const found = [];
  collect(tree, false, found);
  const cache = new Map();
  return (field) => {
    if (!cache.has(field)) {
      const parts = found.filter((f) => f.test(field)).map((f) => f.pattern);
      cache.set(field, parts.length ? finder(parts) : null);
    }
    return cache.get(field);
  };
}

function collect(node, not, out) {
  if (!node || not) return;
  if (node.kind === "bool") {
    [...node.must, ...node.should].forEach((n) => collect(n, not, out));
    return;
  }
  const pattern = patternOf(node);
  if (pattern) out.push({ pattern, test: tester(node.field) });
}

function tester(name) {
  if (!name) return () => true;
  const base = name.replace(/\.(keyword|raw)$/, "");
  if (!/[*?]/.test(base)) return (field) => field === base || field === name;
  const r = new RegExp("^" + base.split("*").map(escape).join(".*") + "$");
  return (field) => r.test(field);
}

const escape = (s) => s.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const word = "\\p{L}\\p{N}_";
const bounded = (p) => `(?<![${word}])${p}(?![${word}])`;

function patternOf(node) {
  switch (node.kind) {
    case "term": case "phrase": {
      const words = node.text.match(/[\p{L}\p{N}_]+(?:[.'’:][\p{L}\p{N}_]+)*/gu) ?? [];
      if (!words.length) return null;
      const gap = node.kind === "phrase" ? `[^${word}]{1,8}` : `[^${word}]{0,3}`;
      return bounded(words.map(escape).join(gap));
    }
    case "wildcard":
      if (/^[*?\\]*$/.test(node.text)) return null;
      return bounded(node.text.replace(/\\(.)|([*?])|([^*?\\])/gsu, (_, plainly, wild, c) => (wild ? (wild === "*" ? `[${word}.:@/-]*?` : `[${word}]`) : escape(plainly ?? c))) + `(?![${word}])`);
    case "fuzzy":
      return bounded(escape(node.text));
  }
  return null;
}

function finder(patterns) {
  let r;
  try { r = new RegExp(patterns.join("|"), "giu"); } catch { return () => []; }
  return (text) => {
    const out = [];
    for (const m of text.matchAll(r)) {
      if (m[0]) out.push([m.index, m.index + m[0].length]);
      if (out.length === 200) break;
    }
    return out;
  };
}
