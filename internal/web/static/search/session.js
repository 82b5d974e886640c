// A search at work: the requests for one state of the page, the newest only, and what they gave.

import { Problem } from "../lib/net.js";
import { digitsOf } from "../lib/json.js";
import { count } from "../lib/format.js";
import { Fields, flatten } from "./fieldset.js";
import { marksOf, plain } from "./text.js";
import { resolve, intervalFor } from "./time.js";
import { other } from "./histogram.js";
import { capabilities, searchIn, queryOf, sortOf, histogramOf, shardProblem, timeField } from "./request.js";

const page = 100;
export const most = 10000; // Elasticsearch's index.max_result_window
const freshFor = 60e3;     // after which the fields are asked for anew

export class Session {
  // check(query, signal) reads a query: { tree } or { error }.
  constructor(check) {
    Object.assign(this, { check, fields: new Fields(null), fieldsOf: "", fieldsAt: 0, control: null });
  }

  // run searches, and gives { hits, total, range, buckets, interval, keys, took, marks, tree, warning, shards } or throws a Problem. A run
  // that is overtaken by another throws an AbortError.
  async run(state, { bars, force, size = page }) {
    this.control?.abort();
    const control = this.control = new AbortController();
    const { signal } = control;
    const [checked] = await Promise.all([this.check(state.query, signal), this.loadFields(state.index, signal)]);
    if (checked.error && force !== state.query) throw new QueryFault(state.query);
    const range = timeRange(state) ?? await this.wholeRange(state, signal);
    const body = { query: queryOf({ ...state, range: state.from === "all" ? null : range }, this.fields), sort: sortOf(state.sort, this.fields), size, track_total_hits: true, timeout: "60s" };
    const interval = range && intervalFor(range, bars);
    if (range) body.aggs = { histogram: histogramOf(range, interval, state.split && this.fields.exact(state.split)) };
    const answer = await searchIn(state.index, body, { signal, seconds: 90 });
    const marks = this.marksFor(state.query, checked.tree);
    this.done = { ...state, body, range, marks };
    return {
      hits: answer.hits.hits, total: answer.hits.total?.value ?? answer.hits.total ?? 0, took: answer.took, range, interval, marks, tree: checked.tree,
      shards: answer._shards?.total ?? 1, warning: shardProblem(answer), ...bucketsOf(answer.aggregations?.histogram, state.split),
    };
  }

  // marksFor keeps the same function for the same query, so that rows need not be drawn again.
  marksFor(query, tree) {
    if (this.marked?.query !== query) this.marked = { query, marks: marksOf(tree) };
    return this.marked.marks;
  }

  async loadFields(index, signal) {
    if (this.fieldsOf === index && Date.now() - this.fieldsAt < freshFor) return;
    const caps = await capabilities(index, { signal });
    const text = Object.keys(caps.fields ?? {}).length + (caps.indices ?? []).join();
    if (this.fieldsOf !== index || this.fieldsText !== text) this.fields = new Fields(caps);
    Object.assign(this, { fieldsOf: index, fieldsText: text, fieldsAt: Date.now() });
  }

  // wholeRange is from the first document to the last one.
  async wholeRange(state, signal) {
    const answer = await searchIn(state.index, { size: 0, track_total_hits: false, query: queryOf({ ...state, range: null }, this.fields),
      aggs: { first: { min: { field: timeField } }, last: { max: { field: timeField } } } }, { signal });
    const { first, last } = answer.aggregations ?? {};
    return first?.value ? { from: first.value, to: Math.max(last.value, first.value + 1000) } : null;
  }

  // more gives the next hits of the last run. Documents that came meanwhile may have moved others: those known are left out by the table.
  async more(from) {
    const { body, index } = this.done;
    const { aggs, ...rest } = body;
    const answer = await searchIn(index, { ...rest, from, size: Math.min(page, most - from), track_total_hits: false }, { signal: this.control.signal });
    return answer.hits.hits;
  }

  // top counts a field's values in the last run's documents: { values: [{ key, n, show }], of, other, stats, sample, splits, why }.
  async top(name, hits) {
    const f = this.fields.get(name);
    const exact = this.fields.exact(name);
    if (!exact || f?.kind === "geo") return sampleOf(name, hits);
    const aggs = { top: { terms: { field: exact, size: 8 } }, have: { filter: { exists: { field: name } } } };
    if (f?.kind === "number") for (const k of ["min", "max", "avg"]) aggs[k] = { [k]: { field: exact } };
    const answer = await searchIn(this.done.index, { size: 0, query: this.done.body.query, track_total_hits: false, aggs }, { signal: this.control.signal });
    const a = answer.aggregations ?? {};
    const values = (a.top?.buckets ?? []).map((b) => ({ key: f?.kind === "boolean" ? Boolean(b.key) : f?.kind === "date" ? b.key_as_string ?? b.key : b.key, n: b.doc_count, show: b.key_as_string }));
    const stats = f?.kind === "number" && a.min?.value !== null && a.min ? { least: figure(a.min.value), average: figure(a.avg.value), most: figure(a.max.value) } : null;
    return { values, of: a.have?.doc_count ?? 0, other: a.top?.sum_other_doc_count ?? 0, stats, splits: ["keyword", "text", "boolean", "number", "ip"].includes(f?.kind) };
  }

  // values are a field's most frequent ones that begin with a text, for suggestions.
  async values(name, beginning) {
    const exact = this.fields.exact(name);
    const kind = this.fields.get(name)?.kind;
    if (!exact || !this.done || !["keyword", "text", "boolean", "ip"].includes(kind)) return [];
    const include = beginning && kind !== "ip" && kind !== "boolean" ? { include: [...beginning].map((c) => (/\p{L}/u.test(c) ? `[${c.toLowerCase()}${c.toUpperCase()}]` : c.replace(/[.?+*|{}[\]()"\\#@&<>~^-]/g, "\\$&"))).join("") + ".*" } : {};
    const { range, index } = this.done;
    const answer = await searchIn(index, { size: 0, track_total_hits: false, query: queryOf({ query: "", range }, this.fields), aggs: { top: { terms: { field: exact, size: 8, ...include } } } }, { seconds: 10 });
    return (answer.aggregations?.top?.buckets ?? []).map((b) => ({ key: b.key_as_string ?? plain(b.key), n: b.doc_count })).filter((v) => String(v.key).length < 200);
  }
}

// QueryFault says that the query bar shows what is wrong.
export class QueryFault extends Problem {
  constructor(query) {
    super("The query cannot be read.", { todo: "Its place is marked below the query bar." });
    this.query = query;
  }
}

function timeRange(state) {
  try { return resolve(state.from, state.to); } catch (err) { throw new Problem(err.message, { todo: "Choose another time." }); }
}

function bucketsOf(histogram, split) {
  const buckets = (histogram?.buckets ?? []).map((b) => ({ t: b.key, n: b.doc_count, parts: (b.by?.buckets ?? []).map((p) => ({ key: p.key_as_string ?? plain(p.key), n: p.doc_count })) }));
  if (!split) return { buckets, keys: null };
  const sums = new Map();
  for (const b of buckets) for (const p of b.parts) sums.set(p.key, (sums.get(p.key) ?? 0) + p.n);
  const keys = [...sums].sort((a, b) => b[1] - a[1]).slice(0, 5).map(([k]) => k);
  const all = buckets.reduce((n, b) => n + b.n, 0), counted = keys.reduce((n, k) => n + sums.get(k), 0);
  return { buckets, keys: all > counted && keys.length ? [...keys, other] : keys };
}

const figure = (n) => rounded(Number(digitsOf(n) ?? n));
const rounded = (n) => (Number.isInteger(n) ? count(n) : Number(n.toPrecision(5)).toLocaleString("en"));

// sampleOf counts in the documents on the page, where the engine cannot.
function sampleOf(name, hits) {
  const counts = new Map();
  let of = 0;
  for (const hit of hits) {
    const list = flatten(hit._source ?? {}).get(name);
    if (!list?.length) continue;
    of++;
    for (const text of new Set(list.map(plain))) counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const values = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 8).filter(([k]) => k.length <= 1000).map(([key, n]) => ({ key, n }));
  return { values, of, other: 0, sample: true, why: "None of the shown documents has it." };
}
