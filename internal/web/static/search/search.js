// The page Search: one state, which is the address; each change of it searches anew.

import { $, h, button, replace, announce } from "../lib/dom.js";
import { getJSON, problemPanel } from "../lib/net.js";
import { readState, writeState, urlOf, onState, remember, recall } from "../lib/state.js";
import { suggest } from "../lib/suggest.js";
import { count, plural, clockOf } from "../lib/format.js";
import { addKeys, typing } from "../shell.js";
import { QueryBar } from "./querybar.js";
import { TimePicker } from "./timepicker.js";
import { FieldList } from "./fieldlist.js";
import { Histogram } from "./histogram.js";
import { Hits, keyOf } from "./hits.js";
import { DocumentView } from "./document.js";
import { note } from "../lib/copy.js";
import { flatten } from "./fieldset.js";
import { Session, QueryFault, most } from "./session.js";
import { Live } from "./live.js";
import { showAround } from "./around.js";
import { showLinks, showExport } from "./share.js";
import { emptyPanel } from "./empty.js";
import { pills, toggleFilter, readFilters, writeFilters } from "./filters.js";
import { resolve, write } from "./time.js";
import { indices, patternsOf, searchIn } from "./request.js";
import { openDialog } from "../lib/dialog.js";

const refreshes = [[0, "Off"], [5, "5 s"], [10, "10 s"], [30, "30 s"], [60, "1 min"], [300, "5 min"]];

class SearchPage {
  constructor(settings) {
    this.settings = settings;
    this.defaults = { q: "", index: settings.index, from: "now-1h", to: "now", f: [], columns: [], sort: "@timestamp:desc", split: "", refresh: 0, live: false, doc: "", around: "" };
    this.state = readState(this.defaults);
    this.wrap = recall("wrap", true);
    this.bar = new QueryBar({ onrun: (q) => this.apply({ q }, { again: true }), fields: () => this.session.fields, values: (f, b) => this.session.values(f, b) });
    this.session = new Session((query, signal) => this.bar.check(query, signal));
    this.time = new TimePicker({ onchange: (from, to) => this.apply({ from, to }) });
    this.documents = new DocumentView({
      onfilter: (field, value, not) => this.filter({ field, value, not }), oncolumn: (name) => this.column(name),
      onaround: (hit) => this.apply({ around: keyOf(hit) }, { search: false }), link: (hit) => this.linkTo(hit),
    });
    this.fields = new FieldList({
      oncolumn: (name) => this.column(name), onfilter: (field, value, not) => this.filter({ field, value, not }),
      top: (name) => this.session.top(name, this.found?.hits ?? []), onsplit: (split) => this.apply({ split }),
    });
    this.hits = new Hits({
      documents: this.documents, onsort: (sort) => this.apply({ sort }), oncolumns: (columns) => this.apply({ columns }, { search: false }),
      onopen: (doc) => this.apply({ doc }, { search: false, replace: true }), onmore: () => this.more(),
    });
    this.live = new Live({ context: () => this.context(), ondocument: (hit) => this.showDocument(hit) });
    this.build();
    this.histogram = new Histogram(this.histogramBox, { onselect: (from, to) => this.apply({ from: write(from), to: write(to) }) });
    this.keys();
    onState(() => this.take(readState(this.defaults)));
    this.take(this.state);
  }

  build() {
    this.index = h("input", { class: "input", id: "index", size: 14, spellcheck: "false", title: "The indices to search" });
    suggest(this.index, () => this.indexSuggestions(), { onpick: () => this.apply({ index: this.index.value.trim() }) });
    this.index.addEventListener("change", () => this.apply({ index: this.index.value.trim() }));
    this.index.addEventListener("keydown", (e) => { if (e.key === "Enter") this.apply({ index: this.index.value.trim() }, { again: true }); });
    this.refresh = h("select", { class: "select", id: "refresh", onchange: () => this.apply({ refresh: Number(this.refresh.value) }, { search: false }) }, refreshes.map(([s, text]) => h("option", { value: s }, text)));
    this.liveButton = button({ icon: "play", id: "live", title: "Live tail (l)", "aria-pressed": "false", onclick: () => this.apply({ live: !this.state.live }) }, "Live");
    this.filters = h("div", { class: "filters" });
    this.problem = h("div", { id: "problem" });
    this.status = h("div", { class: "status", id: "status" });
    this.histogramBox = h("section", { class: "panel histogram-panel", "aria-label": "Documents by time" });
    this.empty = h("div");
    this.wrapButton = button({ icon: "lines", class: "small quiet", id: "wrap", label: "Lines in full (w)", "aria-pressed": String(this.wrap), onclick: () => this.toggleWrap() });
    this.fieldsButton = button({ icon: "fields", id: "fields-open", "aria-expanded": "false", "aria-controls": "fields", onclick: () => this.toggleFields() }, "Fields");
    this.results = h("section", { class: "results panel", "aria-label": "Documents" },
      h("div", { class: "results-head" }, this.status, h("span", { class: "spacer" }), this.resetColumns = button({ icon: "close", class: "small quiet", id: "reset-columns", hidden: true, onclick: () => this.apply({ columns: [] }, { search: false }) }, "Usual columns"), this.wrapButton),
      h("div", { class: "progress", "aria-hidden": "true" }), this.empty, this.hits.root);
    this.main = h("div", { class: "columns" }, this.fields.root, h("div", { class: "middle" }, this.histogramBox, this.results));
    replace($("#main"), h("h1", { class: "unseen" }, "Search"), this.bar.root,
      this.toolbar = h("div", { class: "toolbar" },
        this.fieldsButton,
        h("div", { class: "labelled" }, h("label", { for: "index", class: "wide-only" }, "Index"), this.index),
        this.time.root,
        h("div", { class: "labelled" }, h("label", { for: "refresh", class: "wide-only" }, "Refresh"), this.refresh, button({ icon: "refresh", class: "square", id: "again", label: "Search again (r)", onclick: () => this.search() })),
        h("span", { class: "spacer" }),
        this.liveButton,
        button({ icon: "download", id: "export", class: "compact", title: "Export (e)", "aria-label": "Export", onclick: () => this.export() }, "Export"),
        button({ icon: "share", id: "share", class: "compact", title: "Share (s)", "aria-label": "Share", onclick: () => this.share() }, "Share")),
      this.filters, this.problem, this.main);
  }

  // apply changes the state, and with it the address and what is seen.
  apply(changes, { search = true, again = false, replace: over = false } = {}) {
    if (changes.filters) changes = { ...changes, f: writeFilters(changes.filters) };
    delete changes.filters;
    const before = JSON.stringify(this.state);
    this.state = { ...this.state, ...changes };
    if (JSON.stringify(this.state) === before && !again) return;
    writeState(this.state, this.defaults, { replace: over });
    this.take(this.state, { search });
  }

  // take makes the page what a state says.
  take(state, { search = true } = {}) {
    if (!/.:(asc|desc)$/.test(state.sort)) state.sort = this.defaults.sort;
    this.state = state;
    this.list = readFilters(state.f);
    if (this.bar.text !== state.q) this.bar.set(state.q);
    this.index.value = state.index;
    this.time.set(state.from, state.to);
    this.refresh.value = String(refreshes.some(([s]) => s === state.refresh) ? state.refresh : 0);
    replace(this.filters, pills(this.list, (filters) => this.apply({ filters })));
    this.liveButton.setAttribute("aria-pressed", String(state.live));
    this.toolbar.classList.toggle("tailing", state.live);
    document.title = (state.q ? state.q.slice(0, 60) + " · " : "") + "Search · Castor";
    this.toggleLive(state.live);
    clearInterval(this.timer);
    if (state.refresh && !state.live) this.timer = setInterval(() => document.hidden || this.busy || this.search({ quiet: true }), state.refresh * 1000);
    if (search && !state.live) this.search();
    else this.draw();
    this.around();
  }

  context() {
    const { q, index } = this.state;
    return { index, query: q, filters: this.list, fields: this.session.fields, columns: this.state.columns, marks: this.found?.marks ?? (() => null) };
  }

  async search({ quiet = false } = {}) {
    const { q, index, from, to, sort, split } = this.state;
    const run = this.running = {};
    this.busy = true;
    this.results.classList.toggle("busy", true);
    const slow = setTimeout(() => !quiet && this.main.classList.add("waiting"), 400);
    try {
      const found = await this.session.run({ query: q, index, from, to, filters: this.list, sort, split }, { bars: this.histogram?.bars() ?? 60, force: this.force, size: quiet && this.found ? Math.min(1000, Math.max(100, this.found.hits.length)) : undefined });
      if (run !== this.running) return;
      this.found = { ...found, at: new Date() };
      replace(this.problem, found.warning && problemPanel(found.warning, () => this.search()));
      this.draw();
      if (!quiet) announce(`${plural(found.total, "document")} found`);
    } catch (err) {
      if (run !== this.running || err.name === "AbortError") return;
      this.fail(err);
    } finally {
      clearTimeout(slow);
      if (run === this.running) {
        this.busy = false;
        this.results.classList.remove("busy");
        this.main.classList.remove("waiting");
      }
    }
  }

  // fail shows what went wrong, above what was found before.
  fail(err) {
    const stale = this.found && h("p", { class: "soft stale" }, `What stands below was found at ${clockOf(this.found.at)}.`);
    if (err instanceof QueryFault) {
      replace(this.problem, h("div", { class: "query-problem" }, h("p", { role: "alert" }, h("strong", null, err.what), " ", err.todo),
        button({ id: "anyway", class: "small", onclick: () => { this.force = err.query; this.search(); } }, "Search all the same")), stale);
      return;
    }
    replace(this.problem, problemPanel(explained(err, this.session.fields), () => this.search()), stale);
    if (!this.found) replace(this.status, "");
  }

  columns() {
    if (this.state.columns.length) return this.state.columns;
    return usualColumns(this.found?.hits ?? []);
  }

  draw() {
    const { found, state, session } = this;
    if (!found || state.live) return;
    const columns = this.columns();
    const present = new Map();
    for (const hit of found.hits) for (const name of flatten(hit._source ?? {}).keys()) present.set(name, (present.get(name) ?? 0) + 1);
    this.fields.show({ fields: session.fields, columns, present, shownDocs: found.hits.length, split: state.split });
    this.histogramBox.hidden = !found.buckets.length;
    this.histogram.show(found);
    this.hits.show({ hits: found.hits, columns, chosen: state.columns.length > 0, sort: state.sort, fields: session.fields, marks: found.marks, open: state.doc, total: found.total, most, wrap: this.wrap });
    this.hits.root.hidden = found.total === 0;
    this.resetColumns.hidden = state.columns.length === 0;
    if (found.total > 0) this.empty.replaceChildren();
    else if (this.emptyFor !== found) {
      this.emptyFor = found;
      replace(this.empty, emptyPanel({ query: state.q, index: state.index, filters: this.list, range: found.range }, session.fields, found.shards, (c) => this.apply(c)));
    }
    replace(this.status, h("strong", null, count(found.total)), ` ${found.total === 1 ? "document" : "documents"}`, h("span", { class: "soft" }, ` · ${count(found.took)} ms · ${clockOf(found.at)}`), h("span", { class: "soft source" }, ` · ${this.settings.source}`));
  }

  async more() {
    try {
      const more = await this.session.more(this.found.hits.length);
      const known = new Set(this.found.hits.map(keyOf));
      this.found.hits.push(...more.filter((d) => !known.has(keyOf(d))));
      if (!more.length) this.found.total = this.found.hits.length;
      this.draw();
    } catch (err) {
      if (err.name !== "AbortError") this.fail(err);
    }
  }

  filter(filter) {
    document.querySelector("dialog[open]")?.close();
    this.apply({ filters: toggleFilter(this.list, filter), live: this.state.live });
  }

  column(name) {
    const now = this.state.columns.length ? this.state.columns : this.columns();
    this.apply({ columns: now.includes(name) ? now.filter((c) => c !== name) : [...now, name] }, { search: false });
  }

  toggleWrap() {
    this.wrap = !this.wrap;
    remember("wrap", this.wrap);
    this.wrapButton.setAttribute("aria-pressed", String(this.wrap));
    this.draw();
  }

  toggleFields(open = !this.main.classList.contains("fields-shown")) {
    this.main.classList.toggle("fields-shown", open);
    this.fieldsButton.setAttribute("aria-expanded", String(open));
  }

  toggleLive(on) {
    if (on === Boolean(this.tailing)) return on && this.relive();
    this.tailing = on;
    this.live.end();
    if (on) {
      this.main.replaceWith(this.live.root);
      this.relive();
    } else if (this.live.root.isConnected) this.live.root.replaceWith(this.main);
  }

  // relive begins the tail anew, for what it asks has changed.
  relive() {
    const asked = JSON.stringify([this.state.q, this.state.index, this.state.f]);
    if (this.relived === asked && this.live.root.isConnected && this.live.stop) return;
    this.relived = asked;
    this.live.end();
    const old = this.live;
    this.live = new Live({ context: () => this.context(), ondocument: (hit) => this.showDocument(hit) });
    old.root.replaceWith(this.live.root);
    const begin = async () => {
      const checked = await this.bar.check(this.state.q);
      await this.session.loadFields(this.state.index);
      this.found = { ...this.found ?? { hits: [], total: 0, buckets: [], at: new Date(), took: 0 }, marks: this.session.marksFor(this.state.q, checked.tree) };
      replace(this.problem);
    };
    const live = this.live;
    begin().catch((err) => err.name === "AbortError" || this.fail(err)).finally(() => live === this.live && this.tailing && live.start());
  }

  showDocument(hit) {
    openDialog("Document", this.documents.view(hit, { columns: this.state.columns, marks: this.found?.marks ?? (() => null), fields: this.session.fields }), { class: "wide" });
  }

  // around opens or closes the lines around a document, which the address names.
  async around() {
    const wanted = this.state.around;
    if (this.aroundOf === wanted) return;
    this.aroundOf = wanted;
    this.closeAround?.();
    if (!wanted) return;
    try {
      const hit = this.found?.hits.find((d) => keyOf(d) === wanted) ?? await this.document(wanted);
      if (this.aroundOf !== wanted) return;
      await this.session.loadFields(this.state.index);
      // The lines before and after may be in another day's index than the document.
      this.closeAround = showAround(hit, { index: patternsOf([hit._index])[0].pattern, fields: this.session.fields, marks: this.found?.marks ?? (() => null), onclose: () => { this.closeAround = null; if (this.state.around === wanted) this.apply({ around: "" }, { search: false, replace: true }); } });
    } catch (err) {
      if (err.name !== "AbortError") replace(this.problem, problemPanel(err));
    }
  }

  async document(key) {
    const [index, id] = [key.slice(0, key.indexOf("/")), key.slice(key.indexOf("/") + 1)];
    const answer = await searchIn(index, { size: 1, query: { ids: { values: [id] } } });
    if (!answer.hits.hits.length) throw new Error(`There is no document ${id} in ${index}`);
    return answer.hits.hits[0];
  }

  // linkTo is the address of a document alone: its moment, its index, opened.
  linkTo(hit) {
    const at = new Date(flatten(hit._source ?? {}).get("@timestamp")?.[0]).getTime();
    const time = Number.isNaN(at) ? { from: "all", to: "now" } : { from: write(at), to: write(at + 1000) };
    return urlOf({ ...this.defaults, ...time, index: hit._index, f: writeFilters([{ field: "_id", value: hit._id, not: false }]), doc: keyOf(hit) }, { ...this.defaults, index: "" });
  }

  share() {
    const base = { ...this.state, live: false, around: "" };
    const moving = new URL(urlOf(base, this.defaults), location.href).href;
    let fixed = moving;
    try {
      const range = resolve(base.from, base.to);
      if (range) fixed = new URL(urlOf({ ...base, from: new Date(range.from).toISOString(), to: new Date(range.to).toISOString(), refresh: 0 }, this.defaults), location.href).href;
    } catch { /* the time cannot be read, which the page says already */ }
    showLinks({ moving, fixed });
  }

  export() {
    if (!this.session.done || !this.found || this.state.live) return note("Search first: the export saves what was found.");
    showExport({ index: this.state.index, query: this.session.done.body.query, sort: this.state.sort, total: this.found.total, columns: this.columns() });
  }

  async indexSuggestions() {
    const names = await indices({ seconds: 10 }).catch(() => []);
    const typed = this.index.value;
    const at = typed.lastIndexOf(",") + 1;
    const word = typed.slice(at).trim().replace(/\*.*$/, "");
    const entries = patternsOf(names).flatMap((p) => [{ text: p.pattern, hint: p.n > 1 ? plural(p.n, "index", "indices") : "" }]).concat(names.map((n) => ({ text: n })))
      .filter((e, i, all) => e.text.includes(word) && all.findIndex((o) => o.text === e.text) === i).slice(0, 20);
    return { from: at, to: typed.length, entries };
  }

  keys() {
    addKeys([["/", "To the query"], ["j · k", "Next, previous document"], ["Enter", "Open the document, or close it"], ["a", "Lines around the document"], ["t", "Time"], ["[ · ]", "Earlier, later"], ["-", "Twice the time"],
      ["r", "Search again"], ["f", "Find a field"], ["l", "Live tail"], ["w", "Lines in full, or the first of each"], ["e", "Export"], ["s", "Share"]]);
    const does = {
      "/": () => this.bar.focus(), j: () => this.hits.step(1), k: () => this.hits.step(-1), t: () => this.time.show(), "[": () => this.time.shift(-1), "]": () => this.time.shift(1), "-": () => this.time.widen(),
      r: () => this.search(), f: () => { this.toggleFields(true); this.fields.focus(); }, l: () => this.apply({ live: !this.state.live }), w: () => this.toggleWrap(), e: () => this.export(), s: () => this.share(),
      a: () => { const hit = this.hits.current(); if (hit) this.apply({ around: keyOf(hit) }, { search: false }); },
      Escape: () => this.state.doc && this.apply({ doc: "" }, { search: false, replace: true }),
    };
    document.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event) || document.querySelector("dialog[open], :popover-open")) return;
      if (Object.hasOwn(does, event.key)) {
        event.preventDefault();
        does[event.key]();
      }
    });
  }
}

// usualColumns are those that a reader of logs wants first, of what the documents have.
function usualColumns(hits) {
  const counts = new Map();
  for (const hit of hits) for (const name of flatten(hit._source ?? {}).keys()) counts.set(name, (counts.get(name) ?? 0) + 1);
  const pick = (names) => names.map((n) => [n, counts.get(n) ?? 0]).filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]).slice(0, 1).map(([n]) => n);
  const columns = [...pick(["host.name", "host", "host.hostname", "hostname"]), ...pick(["type", "service.name", "event.dataset", "program"]), ...pick(["message", "event.original"])];
  return columns.length ? columns : [...counts.keys()].filter((n) => n !== "@timestamp" && n !== "@version").slice(0, 4);
}

// explained adds to what an engine says about a query what to do.
function explained(err, fields) {
  const text = err.detail ?? "";
  if (err.status === 400 && /field expansion|too many fields|maxClauseCount|too_many_clauses|max_clause/i.test(text)) {
    err.what = `These indices have ${count(fields.list.length)} fields: too many to look for a word in all of them.`;
    err.todo = "Name the field: message:word.";
  } else if (err.status === 400 && /parse|number_format|For input string|failed to create query/i.test(text)) {
    err.what = "The search engine cannot take the query.";
    err.todo = "Its own words say which part; “?” beside the query shows how to write it.";
  } else if (err.status === 400) {
    err.what = "The search engine refuses the search.";
    err.todo = "Its own words say why.";
  }
  return err;
}

getJSON("settings").then((settings) => new SearchPage(settings), (err) => replace($("#main"), problemPanel(err, () => location.reload())));
