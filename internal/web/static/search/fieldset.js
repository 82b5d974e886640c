// The fields that the indices have, and how each is searched exactly.

import { digitsOf } from "../lib/json.js";

const numbers = ["long", "integer", "short", "byte", "double", "float", "half_float", "scaled_float", "unsigned_long"];

const kindOf = (type) => numbers.includes(type) ? "number" : ["date", "date_nanos"].includes(type) ? "date"
  : ["text", "match_only_text", "pattern_text"].includes(type) ? "text" : ["keyword", "constant_keyword", "wildcard", "flattened"].includes(type) ? "keyword"
  : ["boolean", "ip"].includes(type) ? type : ["geo_point", "geo_shape"].includes(type) ? "geo" : ["object", "nested"].includes(type) ? "object" : "other";

export class Fields {
  // caps is the answer to _field_caps.
  constructor(caps) {
    this.all = new Map();
    this.indices = caps?.indices ?? [];
    const children = new Map();
    for (const [name, types] of Object.entries(caps?.fields ?? {})) {
      const list = Object.values(types).filter((t) => t.type !== "unmapped");
      if (!list.length || list.every((t) => t.metadata_field) || name.startsWith("_")) continue;
      const one = list.find((t) => kindOf(t.type) !== "object") ?? list[0];
      this.all.set(name, {
        name, type: one.type, kind: kindOf(one.type), types: list.map((t) => t.type),
        aggregatable: list.every((t) => t.aggregatable), searchable: list.some((t) => t.searchable),
      });
      children.set(name, one);
    }
    this.list = [...this.all.values()].filter((f) => f.kind !== "object" && !this.isVariant(f.name)).sort((a, b) => a.name.localeCompare(b.name));
  }

  get(name) { return this.all.get(name); }
  has(name) { return this.all.has(name); }

  // isVariant tells whether a field is another's other form, such as message.keyword.
  isVariant(name) {
    const at = name.lastIndexOf(".");
    const parent = at > 0 && this.all.get(name.slice(0, at));
    return Boolean(parent) && parent.kind !== "object";
  }

  // exact is the field's form that holds whole values: itself, its .keyword, or null for a text that has none.
  exact(name) {
    const f = this.all.get(name);
    if (!f || f.kind === "object") return f ? null : name;
    if (f.kind !== "text") return f.aggregatable ? name : null;
    for (const suffix of [".keyword", ".raw"]) {
      if (this.all.get(name + suffix)?.aggregatable) return name + suffix;
    }
    return f.aggregatable ? name : null;
  }

  // like are the names nearest to one that does not exist.
  like(name) {
    const low = name.toLowerCase();
    let best = null, least = Math.max(2, Math.floor(name.length / 3));
    for (const f of this.all.values()) {
      if (f.kind === "object" || Math.abs(f.name.length - name.length) > least) continue;
      const d = distance(low, f.name.toLowerCase(), least);
      if (d < least || (d === least && best === null)) [best, least] = [f.name, d];
    }
    return best;
  }
}

// distance counts the edits between two words, as far as most.
function distance(a, b, most) {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    if (Math.min(...next) > most) return most + 1;
    row = next;
  }
  return row[b.length];
}

// flatten lists a document's values by full names: [["geo.city", ["Athens"]], …], in the document's order.
export function flatten(source) {
  const out = new Map();
  const put = (name, value) => { if (out.has(name)) out.get(name).push(value); else out.set(name, [value]); };
  const walk = (prefix, value) => {
    if (Array.isArray(value)) {
      if (value.some((v) => v !== null && typeof v === "object" && !digitsOf(v))) value.forEach((v) => walk(prefix, v));
      else value.forEach((v) => put(prefix, v));
      if (!value.length) out.set(prefix, []);
    } else if (value !== null && typeof value === "object" && !digitsOf(value)) {
      for (const [k, v] of Object.entries(value)) walk(prefix ? `${prefix}.${k}` : k, v);
    } else put(prefix, value);
  };
  walk("", source);
  return out;
}
