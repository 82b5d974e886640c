// Pipelines: what this castor-indexer does at the moment, and what keeps it from doing it.

import { $, h, icon, button, replace, update, announce } from "../lib/dom.js";
import { every, problemPanel } from "../lib/net.js";
import { openDialog } from "../lib/dialog.js";
import { bytes, count, duration, ago, plural, clockOf } from "../lib/format.js";
import { node } from "../lib/node.js";
import { addKeys, typing } from "../shell.js";
import { Graph } from "./graph.js";
import { Letters } from "./letters.js";
import { openPlugin, findPlugin } from "./detail.js";
import { tiles, queueOf, trendOf, perSecond, current } from "./figures.js";

const seconds = 2; // between looks
const remembered = 45; // looks by which a trend is told
const main = $("#main");

const title = h("div", { class: "row" }), about = h("p", { class: "soft" }), rates = h("p", { class: "big" }), seen = h("span", { class: "soft", id: "seen" });
const end = h("div", { class: "row end" });
const top = h("header", { class: "node" }, title, about, rates, end);
const alarms = h("div", { id: "alarms" });
const list = h("div", { class: "pipelines" });
const fault = h("div");
replace(main, top, fault, alarms, list);

const sections = new Map();
let paused = false, shapes = {}, runs = "";

async function look() {
  if (paused) return;
  try {
    const [stats, health] = await Promise.all([node("_node/stats"), node("_health_report")]);
    const now = Object.entries(stats.pipelines).map(([id, p]) => id + p.ephemeral_id).join();
    if (now !== runs) { shapes = (await node("_castor/pipelines")).pipelines; runs = now; }
    replace(fault);
    main.classList.remove("stale");
    show(stats, health.indicators.pipelines.indicators);
  } catch (err) {
    if (!fault.firstChild || fault.dataset.what !== err.message) { fault.dataset.what = err.message; replace(fault, problemPanel(err, look)); }
    main.classList.add("stale");
  }
}

function show(stats, health) {
  head(stats);
  alarm(stats, health);
  const ids = Object.keys(stats.pipelines);
  for (const [id, s] of sections) if (!ids.includes(id)) { s.el.remove(); sections.delete(id); }
  if (!ids.length) { replace(list, h("div", { class: "empty" }, h("h2", null, "No pipeline"), h("p", null, "This program has none yet: it is starting, or was given no configuration (-f FILE, or pipelines.yml)."))); return; }
  if (!sections.size) replace(list);
  for (const id of ids) {
    if (!sections.has(id)) { sections.set(id, new Section(id)); list.append(sections.get(id).el); }
    sections.get(id).show(stats.pipelines[id], health[id], shapes[id]);
  }
}

const colours = { green: "good", yellow: "warn", red: "bad" };
const words = { green: "works", yellow: "look at it", red: "does not work" };
const sign = (status) => h("span", { class: `tag ${colours[status] ?? ""}` }, status === "green" ? icon("check") : icon("warning"), words[status] ?? status);

function head(stats) {
  const mem = stats.jvm?.mem ?? {};
  const parts = [`${stats.castor?.program ?? ""} ${stats.castor?.version ?? ""}`, `up ${duration(stats.jvm?.uptime_in_millis ?? 0)}`, `processor ${stats.process?.cpu?.percent ?? 0} %`, `heap ${bytes(mem.heap_used_in_bytes ?? 0)}`];
  update(title, h("h1", null, stats.name), sign(stats.status));
  update(about, parts.join(" · "));
  update(rates, h("b", null, perSecond(current(stats.flow, "input_throughput"))), " in, ", h("b", null, perSecond(current(stats.flow, "output_throughput"))), " out");
  seen.textContent = clockOf(new Date());
  if (!end.firstChild) replace(end, seen, pauseButton());
}

function pauseButton() { return button({ icon: paused ? "play" : "pause", class: "quiet", id: "pause", label: paused ? "Go on (p)" : "Hold still (p)", onclick: pause }); }

function pause() {
  paused = !paused;
  const old = $("#pause"), next = pauseButton();
  const had = document.activeElement === old;
  old?.replaceWith(next);
  if (had) next.focus();
  announce(paused ? "The figures hold still." : "The figures go on.");
  if (!paused) look();
}

// alarm lists all that is not green, over all pipelines, with what to do.
function alarm(stats, health) {
  const all = Object.entries(health).flatMap(([id, p]) => (p.diagnosis ?? []).map((d, i) => ({ ...d, pipeline: id, severity: p.impacts?.[i]?.severity ?? 2 }))).sort((a, b) => a.severity - b.severity);
  const text = JSON.stringify(all.map((d) => [d.pipeline, d.cause]));
  if (alarms.dataset.text === text) return;
  alarms.dataset.text = text;
  replace(alarms, all.length > 0 && h("ul", { class: "alarms", role: "alert" }, all.map((d) => h("li", { class: d.severity === 1 ? "bad" : "warn" },
    icon("warning"), h("div", null, h("strong", null, Object.keys(health).length > 1 ? `${d.pipeline}: ${first(d.cause)}` : first(d.cause)), h("p", null, first(d.action) + "."))))));
}

const first = (text) => (text ? text[0].toUpperCase() + text.slice(1) : "");

const states = { running: ["good", "running"], reloading: ["warn", "reloading"], finished: ["", "finished"], failed: ["bad", "failed"] };

// Section is one pipeline.
class Section {
  constructor(id) {
    Object.assign(this, { id, past: [], dialog: null, stats: {} });
    this.title = h("div", { class: "row" });
    this.tiles = h("dl", { class: "tiles" });
    this.reload = h("div");
    this.graph = new Graph({ open: (plugin) => this.plugin(plugin), unfold: (arm) => condition(arm) });
    this.letters = new Letters(id);
    this.table = h("details", { class: "as-table" });
    this.el = h("section", { class: "panel pipeline", id: "pipeline-" + id, "aria-label": `Pipeline ${id}` }, this.title, this.reload, this.tiles, this.graph.scroll, this.table, this.letters.el);
  }

  show(stats, health, shape) {
    this.stats = stats;
    const [tone, word] = states[stats.state] ?? ["", stats.state];
    update(this.title, h("h2", null, this.id), h("span", { class: `tag ${tone}` }, word), health && health.status !== "green" && sign(health.status),
      stats.pipeline && h("span", { class: "soft" }, `${plural(stats.pipeline.workers, "worker")}, batches of ${count(stats.pipeline.batch_size)}`));
    replace(this.reload, reloads(stats.reloads));
    const runs = Boolean(stats.plugins?.inputs?.length);
    this.tiles.hidden = this.graph.scroll.hidden = this.table.hidden = !runs;
    if (runs) {
      const q = queueOf(stats);
      if (q) this.past = [...this.past, { t: Date.now(), n: q.ready }].slice(-remembered);
      update(this.tiles, tiles(stats, trendOf(this.past)).map((t) => h("div", { class: t.tone ?? "", dataset: { tile: t.label } }, h("dt", null, t.label), h("dd", null, h("b", null, t.value), h("span", null, t.note)))));
      if (shape) this.graph.show(shape, stats);
      this.asTable();
    }
    this.letters.show(stats);
    if (this.dialog && !this.dialog()) this.dialog = null;
  }

  plugin(id) {
    const found = findPlugin(this.stats, id);
    if (!found) return;
    this.dialog = openPlugin(this.id, id, placeOf(this.graph.shape, id), () => findPlugin(this.stats, id));
  }

  // asTable is the graph as a table, for those who want the figures side by side.
  asTable() {
    const t = this.table;
    if (!t.firstChild) replace(t, h("summary", null, "As a table"), h("div", { class: "scroll" }));
    if (!t.open) { t.ontoggle ??= () => this.asTable(); return; }
    const p = this.stats.plugins;
    update($(".scroll", t), h("table", { class: "flow" }, h("thead", null, h("tr", null, ["Plugin", "id", "in", "out", "rate", "time", "µs/event", "health"].map((x) => h("th", { scope: "col" }, x)))),
      h("tbody", null, ["inputs", "filters", "outputs"].flatMap((kind) => p[kind].map((x) => h("tr", null, h("th", { scope: "row" }, x.name), h("td", { class: "text" }, x.id), h("td", null, x.events.in === undefined ? "" : count(x.events.in)), h("td", null, count(x.events.out)),
        h("td", null, perSecond(current(x.flow, "throughput"))), h("td", null, kind === "inputs" ? "" : `${(current(x.flow, "worker_utilization") ?? 0).toFixed(1)} %`), h("td", null, kind === "inputs" ? "" : ((current(x.flow, "worker_millis_per_event") ?? 0) * 1000).toFixed(1)),
        h("td", { class: "text" }, x.health ? (x.health.status === "green" ? "works" : x.health.reason) : "")))))));
  }
}

// reloads tells of the last change of the configuration.
function reloads(r) {
  if (!r || (!r.successes && !r.failures)) return null;
  const good = r.last_success_timestamp && new Date(r.last_success_timestamp), bad = r.last_failure_timestamp && new Date(r.last_failure_timestamp);
  if (bad && (!good || bad > good)) {
    return h("div", { class: "refused" }, h("p", null, icon("warning"), h("strong", null, `The change of its configuration ${ago(Date.now() - bad)} was not taken; the one before runs on.`)), h("pre", null, r.last_error?.message ?? ""));
  }
  return h("p", { class: "soft" }, `Its configuration was changed ${ago(Date.now() - good)}${r.failures ? `; ${plural(r.failures, "change was", "changes were")} refused since the start` : ""}.`);
}

// placeOf finds where the configuration has a plugin.
function placeOf(shape, id) {
  const walk = (steps) => { for (const s of steps ?? []) { const found = s.plugin === id ? s.place : (s.arms ?? []).map((a) => walk(a.steps)).find(Boolean); if (found) return found; } return ""; };
  return shape ? walk(shape.inputs) || walk(shape.filters) || walk(shape.outputs) : "";
}

function condition(arm) { openDialog("Condition", [h("pre", { class: "condition-text" }, arm.condition), arm.place && h("p", { class: "soft" }, arm.place)]); }

addKeys([["p", "Hold the figures still, or let them go on"]]);
document.addEventListener("keydown", (event) => {
  if (event.key !== "p" || event.ctrlKey || event.metaKey || event.altKey || typing(event) || $("dialog[open]") || event.defaultPrevented) return;
  pause();
});
every(seconds, look);
