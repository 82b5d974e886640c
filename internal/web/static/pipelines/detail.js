// One plugin in full: its figures, its health, and events as they pass it.

import { h, button, replace, update } from "../lib/dom.js";
import { openDialog } from "../lib/dialog.js";
import { Problem, problemPanel, reasonOf } from "../lib/net.js";
import { count, duration, plural, stamp } from "../lib/format.js";
import { perSecond, share100, plugins, age } from "./figures.js";

const windows = [["current", "now"], ["last_1_minute", "1 min"], ["last_5_minutes", "5 min"], ["last_15_minutes", "15 min"], ["lifetime", "since the start"]];

// openPlugin shows it. find gives its figures as they are at the moment; what is returned brings the dialog up to date.
export function openPlugin(pipeline, id, place, find) {
  const first = find();
  const figures = h("div");
  const watch = watching(`${pipeline}/${id}`, first.type);
  const show = () => { const p = find(); if (p) update(figures, body(p, place)); };
  show();
  let open = true;
  openDialog(`${first.name} · ${id}`, [figures, watch.el], { class: "wide", onclose: () => { open = false; watch.stop(); } });
  return () => { if (open) show(); return open; };
}

function body(p, place) {
  return [
    p.health && p.health.status !== "green" && h("p", { class: `tag ${p.health.status === "red" ? "bad" : "warn"} wrap` }, p.health.reason),
    h("dl", { class: "facts" }, facts(p, place).map(([k, v]) => h("div", null, h("dt", null, k), h("dd", null, v)))),
    p.patterns?.length > 0 && patterns(p.patterns),
    h("div", { class: "scroll" }, h("table", { class: "flow" }, h("thead", null, h("tr", null, h("td"), windows.map(([, w]) => h("th", { scope: "col" }, w)))),
      h("tbody", null, rows(p).map(([label, name, show]) => h("tr", null, h("th", { scope: "row" }, label), windows.map(([w]) => h("td", null, p.flow?.[name]?.[w] === undefined ? "–" : show(p.flow[name][w])))))))),
  ];
}

function rows(p) {
  return [["Events", "throughput", perSecond], p.type !== "input" && ["Share of the workers' time", "worker_utilization", (v) => `${v < 10 ? Number(v.toPrecision(2)) : Math.round(v)} %`],
    p.type !== "input" && ["Time for an event", "worker_millis_per_event", (v) => (v < 1 ? `${Number((v * 1000).toPrecision(3))} µs` : `${Number(v.toPrecision(3))} ms`)]].filter(Boolean);
}

function facts(p, place) {
  const out = [["Kind", p.type]];
  if (place) out.push(["In the configuration", place]);
  if (p.events?.in !== undefined) out.push(["Events in", count(p.events.in)]);
  out.push([p.type === "output" ? "Confirmed" : "Events out", count(p.events?.out ?? 0)]);
  if (p.queue) out.push(...queue(p.queue));
  if (p.lag) out.push(["Lag in the last minute", `${age(p.lag.median_in_millis)} in the middle, ${age(p.lag.max_in_millis)} at most`]);
  if (p.type === "input") out.push(["Held back", duration(p.events?.queue_push_duration_in_millis ?? 0)]);
  if (p.matches !== undefined) out.push(["Matched", `${count(p.matches)}, and ${count(p.failures)} not${p.matches + p.failures ? ` (${share100(p.matches, p.matches + p.failures)} match)` : ""}`]);
  else if (p.type === "filter" && p.failures) out.push(["Failed by a fault in Castor", count(p.failures)]);
  if (p.type === "output") out.push(["Refused for good", count(p.failures ?? 0)], ["Written again", count(p.retries ?? 0)]);
  if (p.dropped) out.push(["Dropped", count(p.dropped)]);
  return out;
}

function queue(q) {
  if (q.error) return [["Queue", q.error]];
  return [["Waiting in the queue", count(q.messages_ready)], ["Taken, not confirmed", count(q.messages_leased)],
    q.oldest_age_in_millis !== null && ["The oldest waits since", age(q.oldest_age_in_millis)], ["Measured", stamp(new Date(q.measured_at), false)]].filter(Boolean);
}

function patterns(list) {
  return h("div", { class: "scroll" }, h("table", { class: "flow patterns" }, h("thead", null, h("tr", null, ["Pattern", "hits", "misses", "given up", "time"].map((t) => h("th", { scope: "col" }, t)))),
    h("tbody", null, list.map((x) => h("tr", null, h("th", { scope: "row" }, h("code", null, x.pattern ?? x.expr ?? "")), [x.hits, x.misses, x.timeouts].map((n) => h("td", null, count(n ?? 0))), h("td", null, duration(x.duration_in_millis ?? 0)))))));
}

const shown = 10; // events that a watch brings

// watching is the button that shows passing events, and the events.
function watching(plugin, type) {
  const list = h("ol", { class: "letter-list" });
  const told = h("p", { class: "soft", role: "status" });
  let control = null;
  const stop = () => { control?.abort(); control = null; };
  const start = async () => {
    stop();
    const mine = control = new AbortController();
    replace(list);
    told.textContent = "Waiting for events …";
    let n = 0;
    try {
      for await (const e of events(plugin, mine.signal)) {
        if (e._tap) continue;
        n++;
        list.prepend(h("li", null, h("pre", null, JSON.stringify(e, null, 2))));
        told.textContent = `${plural(n, "event")} of ${shown}`;
      }
      told.textContent = n ? `${plural(n, "event")}, as they ${type === "output" ? "were given to it" : "left it"}.` : "No event passed within a minute.";
    } catch (err) {
      if (!mine.signal.aborted) { told.textContent = ""; replace(list, h("li", null, problemPanel(err))); }
    }
  };
  return { stop, el: h("div", { class: "watch" }, h("div", { class: "row" }, button({ icon: "play", id: "watch", onclick: start }, `Show ${shown} passing events`), told), list) };
}

// events reads the tap line by line.
async function* events(plugin, signal) {
  const answer = await fetch("../_castor/tap?" + new URLSearchParams({ plugin, limit: shown, wait: 60 }), { signal, cache: "no-store" });
  if (!answer.ok) throw new Problem("The events cannot be shown.", { detail: reasonOf(await answer.json().catch(() => null)), status: answer.status });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const l of lines) if (l) yield JSON.parse(l);
  }
}

export const findPlugin = (stats, id) => plugins(stats).find((p) => p.id === id);
