// The live tail: what the search finds, as it comes, the newest at the end, like tail -f.

import { h, button, replace, announce } from "../lib/dom.js";
import { every, problemPanel } from "../lib/net.js";
import { count, plural } from "../lib/format.js";
import { searchIn, queryOf, timeField } from "./request.js";
import { flatten } from "./fieldset.js";
import { shown, plain } from "./text.js";
import { keyOf, timeText, severity } from "./hits.js";
import { inOrder } from "./around.js";

const kept = 2000;     // lines on the page
const page = 500;      // documents of a look
const late = 60e3;     // a document that comes so late is still found
const between = 2;     // seconds
const usual = ["host.name", "host", "type"]; // stand before a line where no columns are chosen

export class Live {
  // context() gives { index, query, filters, fields, marks, columns }; ondocument(hit) opens one.
  constructor({ context, ondocument }) {
    Object.assign(this, { context, ondocument, seen: new Map(), paused: false, waiting: [], missed: [] });
    this.lines = h("ol", { class: "lines live-lines", tabindex: 0, "aria-label": "Live lines", onscroll: () => this.scrolled() });
    this.status = h("span", { class: "soft", id: "live-status" });
    this.pause = button({ icon: "pause", id: "live-pause", onclick: () => this.setPaused(!this.paused) }, "Pause");
    this.problem = h("div");
    this.root = h("section", { class: "panel live", "aria-label": "Live tail" },
      h("div", { class: "live-head" }, h("span", { class: "pulse", "aria-hidden": "true" }), h("h2", null, "Live"), this.status, h("span", { class: "spacer" }), this.pause,
        button({ icon: "close", id: "live-clear", onclick: () => { this.lines.replaceChildren(); this.drawStatus(); } }, "Clear")),
      this.problem, this.lines);
  }

  start() {
    this.control = new AbortController();
    this.since = Date.now() - 5 * 60e3;
    this.first = true;
    this.stop = every(between, () => this.look());
  }

  end() {
    this.stop?.();
    this.control?.abort();
  }

  async look() {
    const { index, query, filters, fields } = this.context();
    const range = { from: this.since, to: Date.now() + 3600e3 };
    try {
      const answer = await searchIn(index, { size: page, query: queryOf({ query, range, filters }, fields), track_total_hits: true,
        sort: [{ [timeField]: { order: "desc", unmapped_type: "date" } }, { _seq_no: "desc" }] }, { signal: this.control.signal, seconds: 30 });
      replace(this.problem);
      this.take(answer);
    } catch (err) {
      if (err.name !== "AbortError") replace(this.problem, problemPanel(err, () => this.look()));
    }
  }

  take(answer) {
    const hits = answer.hits.hits;
    const fresh = hits.filter((d) => !this.seen.has(keyOf(d))).sort(inOrder);
    const timeOf = (d) => new Date(d._source[timeField]).getTime();
    fresh.forEach((d) => this.seen.set(keyOf(d), timeOf(d)));
    // What has not been seen of the time that was asked for is more than a look can read.
    for (const [key, t] of this.seen) if (t < this.since) this.seen.delete(key);
    this.missed = this.missed.filter((m) => m.t >= this.since);
    const newest = hits[0] && timeOf(hits[0]);
    const unread = hits.length < page ? 0 : Math.max(0, (answer.hits.total?.value ?? 0) - this.seen.size - this.missed.reduce((n, m) => n + m.n, 0));
    if (unread) this.missed.push({ t: newest, n: unread });
    const skipped = this.first ? 0 : unread;
    if (newest) this.since = Math.max(this.since, Math.min(newest, Date.now()) - late);
    const show = this.first ? fresh.slice(-100) : fresh;
    this.first = false;
    if (skipped > 0) this.waiting.push({ skipped });
    this.waiting.push(...show.map((hit) => ({ hit })));
    if (!this.paused) this.flush();
    this.drawStatus();
  }

  flush() {
    const { marks, columns } = this.context();
    const atEnd = this.atEnd();
    this.lines.append(...this.waiting.splice(0).slice(-kept).map((w) => (w.skipped
      ? h("li", { class: "skipped" }, `${plural(w.skipped, "document")} more than could be read: narrow the search to see all`) : h("li", null, this.line(w.hit, marks, columns)))));
    while (this.lines.childElementCount > kept) this.lines.firstChild.remove();
    if (atEnd) this.lines.scrollTop = this.lines.scrollHeight;
  }

  line(hit, marks, columns) {
    const values = flatten(hit._source ?? {});
    const rest = (columns.length ? columns : usual).filter((c) => c !== "message").map((c) => values.get(c)).filter(Boolean).map((v) => h("span", { class: "tag" }, shown(v.map(plain).join(", "), { limit: 40 })));
    const text = values.get("message")?.map(plain).join("\n") ?? plain(hit._source);
    return h("div", { class: `line ${severity(values)}` }, h("time", null, timeText(values.get(timeField)?.[0]).slice(11)), rest,
      h("button", { type: "button", class: "line-text", title: "The document in full", onclick: () => this.ondocument(hit) }, shown(text, { marks: marks("message"), limit: 2000 })));
  }

  atEnd() { return this.lines.scrollHeight - this.lines.scrollTop - this.lines.clientHeight < 40; }

  scrolled() {
    const atEnd = this.atEnd();
    if (!atEnd && !this.paused && this.lines.childElementCount) this.setPaused(true, "scrolled");
    else if (atEnd && this.paused && this.why === "scrolled") this.setPaused(false);
  }

  setPaused(paused, why = "asked") {
    this.paused = paused;
    this.why = why;
    this.root.classList.toggle("paused", paused);
    replace(this.pause, [...button({ icon: paused ? "play" : "pause" }, paused ? "Go on" : "Pause").childNodes]);
    if (!paused) {
      this.flush();
      this.lines.scrollTop = this.lines.scrollHeight;
    }
    if (why === "asked") announce(paused ? "Paused" : "Going on");
    this.drawStatus();
  }

  drawStatus() {
    const waiting = this.waiting.filter((w) => w.hit).length;
    replace(this.status, this.paused ? (waiting ? `Paused, ${count(waiting)} new` : "Paused") : this.lines.childElementCount ? plural(this.lines.childElementCount, "line") : "Waiting for lines …");
  }
}
