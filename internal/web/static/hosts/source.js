// What the search engine knows of hosts and files: by aggregations, which Elasticsearch 7 to 9, OpenSearch and the embedded store share.

import { searchIn, capabilities, timeField } from "../search/request.js";
import { Fields } from "../search/fieldset.js";
import { hostFields, fileFields } from "../lib/origin.js";
import { scales } from "./rhythm.js";
import { familyOf } from "./families.js";

const mostHosts = 1000, mostFiles = 500; // of a host
export const recent = 5 * 60e3;          // by which the rate is told
const slow = 100;                        // seconds for a look over days

// Source reads from some indices.
export class Source {
  constructor(index) { Object.assign(this, { index, pairs: null }); }

  // fields finds which fields say host and file; several pairs where shippers of several kinds write.
  async fields(signal) {
    const fields = new Fields(await capabilities(this.index, { signal }));
    const exact = (names) => names.map((name) => ({ name, exact: fields.has(name) && fields.exact(name) })).filter((f) => f.exact);
    this.hosts = exact(hostFields);
    this.files = exact(fileFields);
    this.known = fields.list.length > 0;
  }

  // survey gives every host and file with lines since a time: [{ host, hostField, path, pathField, last, count, recent }]; path is null for
  // lines that name no file. total is the number of documents, named of those that name a host.
  async survey(since, now, signal) {
    const leaf = { last: { max: { field: timeField } }, recent: { filter: { range: { [timeField]: { gte: now - recent, lte: now, format: "epoch_millis" } } } } };
    const aggs = {};
    this.hosts.forEach((host, i) => {
      const inner = { ...leaf };
      this.files.forEach((file, k) => { inner["f" + k] = { terms: { field: file.exact, size: mostFiles }, aggs: leaf }; });
      inner.none = { filter: { bool: { must_not: this.files.map((f) => ({ exists: { field: f.exact } })) } }, aggs: leaf };
      const before = this.hosts.slice(0, i).map((f) => ({ exists: { field: f.exact } })); // a document counts for the first field that it has
      aggs["h" + i] = { filter: { bool: { must_not: before } }, aggs: { by: { terms: { field: host.exact, size: mostHosts }, aggs: inner } } };
    });
    const answer = await searchIn(this.index, {
      size: 0, track_total_hits: true, timeout: "90s",
      query: { range: { [timeField]: { gte: since, lte: now + 24 * 3600e3, format: "epoch_millis" } } },
      aggs: { ...aggs, newest: { max: { field: timeField } } },
    }, { signal, seconds: slow });
    const rows = [];
    let more = 0;
    this.hosts.forEach((host, i) => {
      const by = answer.aggregations?.["h" + i]?.by;
      more += by?.sum_other_doc_count ?? 0;
      for (const b of by?.buckets ?? []) {
        const add = (path, pathField, x) => { if (x.doc_count > 0) rows.push({ host: String(b.key), hostField: host, path, pathField, last: x.last.value, count: x.doc_count, recent: x.recent.doc_count }); };
        this.files.forEach((file, k) => { for (const f of b["f" + k].buckets) add(String(f.key), file, f); more += b["f" + k].sum_other_doc_count ?? 0; });
        add(null, null, b.none);
      }
    });
    return { rows, total: answer.hits.total?.value ?? 0, newest: answer.aggregations?.newest?.value ?? null, cut: more > 0, late: answer.timed_out || answer._shards?.failed > 0 };
  }

  // where chooses the lines of a log: a host's, and of its files, or those without one.
  where(log) {
    const filter = [{ term: { [log.hostField.exact]: log.host } }], must_not = [];
    if (log.path === null) must_not.push(...this.files.map((f) => ({ exists: { field: f.exact } })));
    else filter.push({ terms: { [log.pathField.exact]: [...log.paths.keys()].slice(0, 500) } });
    return { filter, must_not };
  }

  // steps gives in which steps of time a log wrote before its last line, for rhythm.js.
  async steps(log, signal) {
    const { filter, must_not } = this.where(log);
    const from = log.last - scales[0].span;
    const aggs = {};
    for (const s of scales) {
      aggs[s.name] = { filter: { range: { [timeField]: { gt: log.last - s.span, format: "epoch_millis" } } }, aggs: { at: { date_histogram: { field: timeField, fixed_interval: s.step / 1000 + "s", min_doc_count: 1 } } } };
    }
    const answer = await searchIn(this.index, {
      size: 0, track_total_hits: false, timeout: "60s", aggs,
      query: { bool: { must_not, filter: [...filter, { range: { [timeField]: { gte: from, lte: log.last, format: "epoch_millis" } } }] } },
    }, { signal, seconds: 70 });
    return Object.fromEntries(scales.map((s) => [s.name, (answer.aggregations?.[s.name]?.at.buckets ?? []).map((b) => b.key)]));
  }

  // counts gives the lines of logs by time: [{ t, n }].
  async counts(log, from, to, step, signal) {
    const { filter, must_not } = this.where(log);
    const answer = await searchIn(this.index, {
      size: 0, track_total_hits: false, timeout: "60s", aggs: { at: { date_histogram: { field: timeField, fixed_interval: step / 1000 + "s", min_doc_count: 1 } } },
      query: { bool: { must_not, filter: [...filter, { range: { [timeField]: { gte: from, lte: to, format: "epoch_millis" } } }] } },
    }, { signal, seconds: 70 });
    return (answer.aggregations?.at.buckets ?? []).map((b) => ({ t: b.key, n: b.doc_count }));
  }
}

// logsOf joins the files of one log: a list of { key, host, hostField, path, pathField, paths: Map(path → last), last, count, recent }.
export function logsOf(rows) {
  const logs = new Map();
  for (const r of rows) {
    const name = r.path === null ? null : familyOf(r.path);
    const key = JSON.stringify([r.hostField.name, r.host, r.pathField?.name ?? "", name]);
    const log = logs.get(key);
    if (!log) { logs.set(key, { key, host: r.host, hostField: r.hostField, path: name, pathField: r.pathField, paths: new Map(r.path === null ? [] : [[r.path, r.last]]), last: r.last, count: r.count, recent: r.recent }); continue; }
    log.paths.set(r.path, r.last);
    log.last = Math.max(log.last, r.last);
    log.count += r.count;
    log.recent += r.recent;
  }
  // The newest file first, which names a log of one file as it is.
  for (const log of logs.values()) {
    log.paths = new Map([...log.paths].sort((a, b) => b[1] - a[1]));
    if (log.paths.size === 1) log.path = [...log.paths.keys()][0];
  }
  return logs;
}
