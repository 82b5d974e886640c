// Dead letters: what outputs refused for good, why, and sending it again.

import { h, icon, button, replace, unpressed } from "../lib/dom.js";
import { openDialog } from "../lib/dialog.js";
import { problemPanel } from "../lib/net.js";
import { count, plural, stamp, ago, bytes } from "../lib/format.js";
import { node } from "../lib/node.js";

// Letters is the part of one pipeline's section that shows them.
export class Letters {
  constructor(id) {
    Object.assign(this, { id, path: "_castor/dead_letters/" + encodeURIComponent(id), known: -1, data: null, fault: null });
    this.el = h("section", { class: "letters", "aria-label": `Dead letters of ${id}` });
  }

  // show brings the part up to date with the pipeline's figures. What is in the queue is read only when their number changed, or
  // while they are being sent.
  async show(stats) {
    const entries = stats.dead_letter_queue?.entries ?? 0;
    const running = this.data?.replay?.state === "running";
    if (entries === this.known && !running && !this.fault) return;
    if (entries === 0 && this.known <= 0 && !running) { this.known = 0; replace(this.el); return; }
    this.known = entries;
    await this.load();
  }

  async load() {
    try {
      this.data = (await node("_castor/dead_letters?pipeline=" + encodeURIComponent(this.id))).pipelines[this.id] ?? null;
      this.known = this.data?.entries ?? 0;
      this.fault = null;
    } catch (err) { this.fault = err; }
    this.draw();
  }

  draw() { unpressed(this.el, () => this.redraw()); }

  // redraw keeps the focus on the button that had it.
  redraw() {
    const text = JSON.stringify([this.data, this.fault?.message]);
    if (text === this.drawn) return;
    this.drawn = text;
    const had = this.el.contains(document.activeElement) ? document.activeElement.textContent : null;
    this.fill();
    if (had) [...this.el.querySelectorAll("button")].find((b) => b.textContent === had && !b.disabled)?.focus();
  }

  fill() {
    const d = this.data;
    if (this.fault) { replace(this.el, h("h3", null, "Dead letters"), problemPanel(this.fault, () => this.load())); return; }
    if (!d || (!d.entries && !d.replay)) { replace(this.el); return; }
    const busy = d.replay?.state === "running";
    replace(this.el,
      h("header", { class: "row" }, h("h3", null, d.entries ? plural(d.entries, "dead letter") : "No dead letters"),
        d.entries > 0 && h("span", { class: "soft" }, `${bytes(d.queue_size_in_bytes)} on disk. ${d.dropped_events ? plural(d.dropped_events, "more was", "more were") + " dropped because the queue is full." : ""}`),
        d.entries > 0 && h("div", { class: "row end" },
          button({ icon: "refresh", class: "small", disabled: busy, dataset: { do: "replay-all" }, onclick: () => this.replay({ all: true }) }, "Send all again"),
          button({ class: "small", disabled: busy, onclick: () => this.purge({ all: true }, d.entries) }, "Delete all …"))),
      d.replay && this.account(d.replay),
      d.entries > 0 && h("p", { class: "soft" }, "An output refused these for good. Mend what the reason names, such as a mapping or a closed index, then send them again: they go to the outputs as they are, without the filters."),
      d.partial && h("p", { class: "warned" }, icon("warning"), `Only the oldest ${count(d.groups.reduce((n, g) => n + g.count, 0))} are counted below.`),
      d.groups.length > 0 && h("ol", { class: "kinds" }, d.groups.map((g) => this.kind(g, busy))));
  }

  kind(g, busy) {
    const choice = { kind: g.kind, plugin: g.plugin_id, field: g.field, status: g.status };
    for (const k of Object.keys(choice)) if (!choice[k]) delete choice[k];
    const last = new Date(g.last);
    return h("li", null,
      h("div", { class: "kind-head" }, h("strong", { class: "kind-count" }, count(g.count)),
        h("div", { class: "kind-what" },
          h("p", { class: "reason" }, g.reason),
          h("p", { class: "soft" }, [g.status > 0 && `status ${g.status}`, g.index && `index ${g.index}`, g.field && `field ${g.field}`, g.plugin_id && `output ${g.plugin_id}`].filter(Boolean).join(" · ")),
          h("p", { class: "soft" }, h("time", { datetime: g.last, title: stamp(last) }, `the last ${ago(Date.now() - last)}`), g.count > 1 && `, the first ${ago(Date.now() - new Date(g.first))}`))),
      h("div", { class: "row" },
        button({ icon: "lines", class: "small", onclick: () => this.look(choice, g) }, "Look"),
        button({ icon: "refresh", class: "small", disabled: busy, dataset: { do: "replay" }, onclick: () => this.replay(choice) }, "Send again"),
        button({ class: "small", disabled: busy, onclick: () => this.purge(choice, g.count) }, "Delete …")));
  }

  // account tells how the last replay goes or went.
  account(r) {
    const done = `${plural(r.sent, "letter")} sent again` + (r.refused_again ? `, ${count(r.refused_again)} refused again` : "");
    const words = { running: `Sending: ${done} so far.`, done: `${done}.`, stopped: `Stopped: ${done}; the others are still here.`, failed: `It broke off: ${done}.` }[r.state];
    return h("p", { class: `account ${r.state === "done" && r.refused_again ? "stopped" : r.state}`, role: "status" }, h("span", null, words, r.message && " " + r.message),
      r.state === "running" ? button({ class: "small", onclick: () => this.ask("DELETE", "/replay") }, "Stop") : h("span", { class: "soft" }, ago(Date.now() - new Date(r.ended_at))));
  }

  // ask sends a request and shows what is then.
  async ask(method, path, body) {
    try {
      await node(this.path + path, { method, body });
    } catch (err) {
      openDialog("This did not work", problemPanel(err));
    }
    await this.load();
  }

  replay(choice) { return this.ask("POST", "/replay", choice); }

  purge(choice, n) {
    const close = openDialog("Delete dead letters", [
      h("p", null, `${plural(n, "dead letter")} will be gone for good. The events are nowhere else any more.`),
      h("div", { class: "dialog-end" }, button({ onclick: () => close(), autofocus: true }, "Keep them"),
        button({ class: "danger", dataset: { do: "purge" }, onclick: () => { close(); this.ask("DELETE", "", choice); } }, "Delete them"))]);
  }

  // look shows some letters in full.
  async look(choice, g) {
    const body = h("div", null, h("p", { class: "soft" }, "Reading …"));
    openDialog(plural(g.count, "dead letter"), body, { class: "wide" });
    try {
      const { letters } = await node(this.path + "?" + new URLSearchParams({ ...choice, limit: 20 }));
      replace(body, letters.length === 0 && h("p", null, "There are none of this kind any more."),
        letters.length < g.count && h("p", { class: "soft" }, `The oldest ${letters.length} of ${count(g.count)}; castor-indexer dlq show writes all.`),
        h("ol", { class: "letter-list" }, letters.map((l) => h("li", null,
          h("p", { class: "soft" }, stamp(new Date(l.time)), l.index && ` · ${l.index}`), h("p", { class: "reason" }, l.reason), h("pre", null, JSON.stringify(l.event, null, 2))))));
    } catch (err) {
      replace(body, problemPanel(err));
    }
  }
}
