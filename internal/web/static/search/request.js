// The requests to the search engine: Elasticsearch's API, in the part that Elasticsearch 7 to 9, OpenSearch and the embedded store share.

import { getJSON, Problem } from "../lib/net.js";

export const timeField = "@timestamp";

// searchIn asks for hits or aggregations.
export function searchIn(index, body, options = {}) {
  checkIndex(index);
  return getJSON(`es/${encodeURIComponent(index)}/_search?ignore_unavailable=true&allow_no_indices=true`, { method: "POST", body, ...options });
}

export function checkIndex(index) {
  if (index === "") throw new Problem("No index is named.", { todo: "Write the indices to search, such as logstash-*." });
  if (/^[_+-]/.test(index) || /[\\/?"<>|\s#]/.test(index) || index !== index.toLowerCase()) {
    throw new Problem(`“${index}” is no name of an index.`, { todo: "Names have small letters, digits, - _ and ., and * for any; several are joined by commas: logstash-*,app-2026.11.*" });
  }
}

// capabilities are the fields there are, with their types.
export function capabilities(index, options) {
  checkIndex(index);
  return getJSON(`es/${encodeURIComponent(index)}/_field_caps?fields=*&ignore_unavailable=true&allow_no_indices=true`, options);
}

// indices are the names of all indices, aliases and data streams.
export async function indices(options) {
  const found = await getJSON("es/_resolve/index/*", options);
  return [...found.data_streams ?? [], ...found.aliases ?? [], ...found.indices ?? []].map((i) => i.name).filter((n) => !n.startsWith("."));
}

// patternsOf joins names that differ in their date or number alone: logstash-2026.11.23 is of logstash-*.
export function patternsOf(names) {
  const counts = new Map();
  for (const name of names) {
    const pattern = name.replace(/-\d{4}([.-]\d{2}){0,3}(-\d{6})?$|-\d{6}$/, "-*");
    counts.set(pattern, (counts.get(pattern) ?? 0) + 1);
  }
  return [...counts].map(([pattern, n]) => ({ pattern, n })).sort((a, b) => a.pattern.localeCompare(b.pattern));
}

// queryOf joins the words in the bar, the range of time and the filters.
export function queryOf({ query, range, filters = [] }, fields) {
  const filter = [], must_not = [];
  if (query.trim()) filter.push({ query_string: { query, analyze_wildcard: true } });
  filter.push(range ? { range: { [timeField]: { gte: range.from, lte: range.to, format: "epoch_millis" } } } : { exists: { field: timeField } });
  for (const f of filters) (f.not ? must_not : filter).push(clause(f, fields));
  return { bool: { filter, must_not } };
}

// clause finds documents by a value of a field, or by having one.
export function clause({ field, value }, fields) {
  if (value === undefined) return { exists: { field } };
  if (field === "_id") return { ids: { values: [value] } };
  const exact = field === "_index" ? field : fields.exact(field);
  if (!exact || (exact !== field && String(value).length > 256)) return { match_phrase: { [field]: value } };
  return { term: { [exact]: value } };
}

// sortOf is the order of the hits: by a field, and then by their place in their index.
export function sortOf(sort, fields) {
  const [field, order] = splitSort(sort);
  const by = field === timeField ? field : fields.exact(field) ?? field;
  const type = fields.get(field)?.type ?? "keyword";
  const list = [{ [by]: { order, unmapped_type: field === timeField ? "date" : type === "text" ? "keyword" : type, missing: "_last" } }];
  if (field !== timeField) list.push({ [timeField]: { order: "desc", unmapped_type: "date" } });
  return [...list, { _seq_no: field === timeField ? order : "desc" }];
}

export function splitSort(sort) {
  const at = sort.lastIndexOf(":");
  return [sort.slice(0, at), sort.slice(at + 1)];
}

// histogramOf counts by time, and by a field's most frequent values where one is given.
export function histogramOf(range, interval, by) {
  const zone = /^[A-Z][\w+-]*(\/[\w+-]+)*$/.exec(Intl.DateTimeFormat().resolvedOptions().timeZone)?.[0].replace("Etc/Unknown", "UTC") ?? "UTC";
  const out = {
    date_histogram: {
      field: timeField, fixed_interval: `${interval / 1000}s`, min_doc_count: 0, time_zone: interval >= 86400e3 ? zone : "UTC",
      extended_bounds: { min: range.from, max: range.to },
    },
  };
  if (by) out.aggs = { by: { terms: { field: by, size: 5 } } };
  return out;
}

// shardProblem tells of an answer that is not whole.
export function shardProblem(answer) {
  const s = answer._shards ?? {};
  if (answer.timed_out) return new Problem("The search engine ran out of time: some documents are missing here.", { todo: "Take a shorter time range." });
  if (!s.failed) return null;
  const reason = s.failures?.[0]?.reason;
  return new Problem(`${s.failed} of ${s.total} shards could not be searched: their documents are missing here.`, {
    todo: "Look at the health of the cluster.", detail: [reason?.reason, reason?.caused_by?.reason].filter(Boolean).join(": "),
  });
}
