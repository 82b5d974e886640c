// The table of documents. A row opens to the document in full.

import { h, button, icon, replace } from "../lib/dom.js";
import { stamp } from "../lib/format.js";
import { flatten } from "./fieldset.js";
import { shown, plain } from "./text.js";
import { timeField, splitSort } from "./request.js";

const cellLimit = 1200; // characters of a cell

export const keyOf = (hit) => `${hit._index}/${hit._id}`;

export class Hits {
  // The callbacks: onsort(sort), oncolumns(columns), onopen(key or ""), onmore(); documents is the DocumentView.
  constructor(callbacks) {
    Object.assign(this, callbacks, { rows: new Map(), at: "", data: null });
    this.head = h("tr");
    this.body = h("tbody");
    this.table = h("table", { class: "hits", id: "hits" }, h("thead", null, this.head), this.body);
    this.more = h("div", { class: "more-hits" });
    this.root = h("div", { class: "hits-box" }, h("div", { class: "hits-scroll", tabindex: -1 }, this.table), this.more);
  }

  // show draws hits; what stays from before keeps its place on the screen and its state.
  show(data) {
    const same = this.data && this.data.columns.join() === data.columns.join() && this.data.marks === data.marks && this.data.wrap === data.wrap && this.data.fields === data.fields;
    this.data = data;
    const old = same ? this.rows : new Map();
    this.rows = new Map();
    this.heads();
    this.table.classList.toggle("wrap", data.wrap);
    const list = [];
    for (const hit of data.hits) {
      const key = keyOf(hit);
      if (this.rows.has(key)) continue;
      const row = old.get(key) ?? this.row(hit, key);
      this.rows.set(key, row);
      row.hit = hit;
      list.push(row.main);
      if (data.open === key) {
        row.detail ??= this.detail(hit);
        list.push(row.detail);
      } else row.detail = null;
      row.main.classList.toggle("open", data.open === key);
      row.main.querySelector(".opener").setAttribute("aria-expanded", data.open === key ? "true" : "false");
    }
    reconcile(this.body, list);
    if (!this.rows.has(this.at)) this.at = "";
    this.drawMore();
  }

  heads() {
    const { columns, sort } = this.data;
    const [by, order] = splitSort(sort);
    const head = (name, title, sortable) => {
      const mine = by === name;
      return h("th", { scope: "col", "aria-sort": mine ? (order === "asc" ? "ascending" : "descending") : null, class: name === timeField ? "time-column" : null },
        h("div", null,
          sortable ? h("button", { type: "button", class: "sorter", title: `Sort by ${title}`, onclick: () => this.onsort(`${name}:${mine && order === "desc" ? "asc" : "desc"}`) }, title, mine && icon(order === "asc" ? "up" : "down")) : h("span", null, title),
          name !== timeField && this.data.chosen && h("span", { class: "head-buttons" },
            columns.indexOf(name) > 0 && button({ icon: "left", class: "quiet small", label: `Move ${title} to the left`, onclick: () => this.swap(name) }),
            button({ icon: "close", class: "quiet small", label: `Take ${title} out of the table`, onclick: () => this.oncolumns(columns.filter((c) => c !== name)) }))));
    };
    replace(this.head, h("th", { class: "opener-column" }, h("span", { class: "unseen" }, "Open")), head(timeField, "Time", true),
      columns.map((c) => head(c, c, this.data.fields.exact(c) !== null)));
  }

  swap(name) {
    const list = [...this.data.columns];
    const i = list.indexOf(name);
    [list[i - 1], list[i]] = [list[i], list[i - 1]];
    this.oncolumns(list);
  }

  row(hit, key) {
    const values = flatten(hit._source ?? {});
    const opener = h("button", { type: "button", class: "opener", "aria-label": "Open the document", "aria-expanded": "false" }, icon("right"));
    const time = values.get(timeField)?.[0];
    const main = h("tr", { class: `hit ${severity(values)}`, dataset: { key }, onclick: (event) => {
      if (event.target.closest("a, input") || String(getSelection()) !== "") return;
      this.at = key;
      this.onopen(this.data.open === key ? "" : key);
    } },
      h("td", { class: "opener-column" }, opener),
      h("td", { class: "time-column" }, h("time", null, timeText(time))),
      this.data.columns.map((c) => h("td", { class: kindClass(this.data.fields.get(c)), "data-label": c }, this.cell(c, values, hit))));
    return { main, detail: null, hit };
  }

  cell(column, values, hit) {
    const list = column === "_id" ? [hit._id] : column === "_index" ? [hit._index] : values.get(column);
    if (!list?.length) return h("span", { class: "nothing", "aria-label": "none" }, "–");
    const { fields, marks } = this.data;
    const text = list.map(plain).join(", ");
    if (fields.get(column)?.kind === "date" && list.length === 1) return timeText(list[0]);
    return h("div", { class: "cell" }, shown(text, { marks: marks(column), limit: cellLimit }));
  }

  detail(hit) {
    const { columns, marks, fields } = this.data;
    return h("tr", { class: "detail" }, h("td", { colspan: columns.length + 2 }, this.documents.view(hit, { columns: this.data.chosen ? columns : [], marks, fields })));
  }

  drawMore() {
    const { hits, total, most } = this.data;
    const left = total - this.rows.size;
    replace(this.more, hits.length > 0 && left > 0 && (this.rows.size >= most
      ? h("p", { class: "soft" }, `These are the first ${most.toLocaleString("en")}. For more of them narrow the search, or export all.`)
      : h("button", { type: "button", class: "button", id: "more", onclick: (e) => { e.currentTarget.disabled = true; this.onmore(); } }, "Show more")));
  }

  // step moves the mark that j and k move, and toggle opens the row that has it.
  step(n) {
    const keys = [...this.rows.keys()];
    if (!keys.length) return;
    const i = Math.max(0, Math.min(keys.length - 1, this.at ? keys.indexOf(this.at) + n : n > 0 ? 0 : keys.length - 1));
    this.at = keys[i];
    const { main } = this.rows.get(this.at);
    main.querySelector(".opener").focus({ preventScroll: true });
    main.scrollIntoView({ block: "nearest" });
  }

  current() { return this.rows.get(document.activeElement?.closest?.("tr.hit")?.dataset.key ?? this.at)?.hit; }
}

// reconcile makes the children those of a list and leaves those in place that are right.
function reconcile(parent, list) {
  let at = parent.firstChild;
  for (const el of list) {
    if (el === at) at = at.nextSibling;
    else parent.insertBefore(el, at);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

export function timeText(value) {
  const d = new Date(value);
  return value === undefined || value === null ? "–" : Number.isNaN(d.getTime()) ? String(value) : stamp(d);
}

const kindClass = (f) => (f?.kind === "number" ? "number" : null);

const levels = [["bad", /^(emerg\w*|alert|crit\w*|fatal|err|error|severe|panic)$/i], ["warn", /^(warn|warning)$/i]];

// severity colours a row's edge by its level or its HTTP status.
export function severity(values) {
  for (const name of ["level", "log.level", "loglevel", "severity", "log_level", "syslog_severity"]) {
    const v = values.get(name)?.[0];
    if (typeof v === "string") return levels.find(([, r]) => r.test(v))?.[0] ?? "";
  }
  const status = Number(values.get("response")?.[0] ?? values.get("http.response.status_code")?.[0] ?? values.get("status")?.[0]);
  return status >= 500 && status < 600 ? "bad" : status >= 400 && status < 500 ? "warn" : "";
}
