// Hosts: every shipper and file with its last line; what has been silent for longer than is usual with it stands on top, with the reason.

import { $, h, icon, button, replace, announce, unpressed } from "../lib/dom.js";
import { getJSON, every, problemPanel } from "../lib/net.js";
import { readState, writeState, onState } from "../lib/state.js";
import { count, plural, short, duration, ago, stamp, clockOf } from "../lib/format.js";
import { addKeys, typing } from "../shell.js";
import { checkIndex } from "../search/request.js";
import { Source, logsOf, recent } from "./source.js";
import { Watch } from "./watch.js";
import { looks, reason, todo } from "./words.js";
import { openLog } from "./detail.js";
import { searchLink } from "./link.js";

const seconds = 10;            // between looks
const kept = 14 * 24 * 3600e3; // how long a silent file is listed
const main = $("#main");

const settings = await getJSON("settings").catch(() => ({ index: "logstash-*" }));
const defaults = { index: settings.index, q: "", only: false };
let state = readState(defaults);

const head = h("div", { class: "row sums", id: "sums" }), seen = h("span", { class: "soft", id: "seen" });
const index = h("input", { class: "input", id: "index", size: 14, spellcheck: "false", onchange: () => apply({ index: index.value.trim() }) });
const filter = h("input", { class: "input", id: "filter", type: "search", placeholder: "Host or file", "aria-label": "Show only hosts and files with this in their name", oninput: () => apply({ q: filter.value }, true) });
const only = h("input", { type: "checkbox", id: "only", onchange: () => apply({ only: only.checked }) });
const end = h("div", { class: "row end" });
const fault = h("div"), banner = h("div", { id: "banner" }), list = h("ol", { class: "hosts", id: "hosts" }), note = h("div");
replace(main,
  h("div", { class: "row hosts-head" }, h("h1", null, "Hosts"), head, end),
  h("div", { class: "row tools" }, h("label", { for: "index" }, "Index"), index, filter, h("label", { class: "check" }, only, "Only what needs a look")),
  fault, banner, list, note);

let watch = null, paused = false, stop = null;
const opened = new Map(); // hosts opened and closed by hand

function apply(changes, over = false) {
  const anew = changes.index !== undefined && changes.index !== state.index;
  state = { ...state, ...changes };
  writeState(state, defaults, { replace: over });
  if (anew) begin();
  else draw();
}

// begin looks at the indices of the state anew.
function begin() {
  [index.value, filter.value, only.checked] = [state.index, state.q, state.only];
  stop?.();
  watch?.end();
  watch = null;
  replace(banner); replace(note); replace(head);
  replace(list, h("li", { class: "empty" }, h("p", null, "Looking through two weeks …")));
  try { checkIndex(state.index); } catch (err) { replace(fault, problemPanel(err)); replace(list); return; }
  const mine = watch = new Watch(new Source(state.index), kept, draw);
  stop = every(seconds, async () => {
    if (paused && mine.logs) return;
    try {
      await mine.look();
      if (mine !== watch) return;
      replace(fault);
      main.classList.remove("stale");
      draw();
    } catch (err) {
      if (err.name === "AbortError" || mine !== watch) return;
      replace(fault, problemPanel(err, () => begin()));
      if (mine.logs) main.classList.add("stale");
      else replace(list);
    }
  });
}

function draw() {
  unpressed(list, fill);
}

function fill() {
  if (!watch?.logs) return;
  seen.textContent = clockOf(new Date());
  if (!end.firstChild) replace(end, seen, pauseButton());
  const hosts = watch.hosts();
  if (!hosts.length) { replace(list, nothing()); replace(head); replace(banner); return; }
  const tally = { good: 0, quiet: 0, bad: 0, unsure: 0, new: 0, future: 0, waiting: 0 };
  for (const host of hosts) for (const log of host.logs) tally[log.verdict.state]++;
  replace(head, h("span", { class: "soft" }, `${plural(hosts.length, "host")}, ${plural(watch.logs.size, "log")}`),
    tally.bad > 0 && chip("bad", "warning", `${count(tally.bad)} silent`), tally.unsure + tally.future > 0 && chip("warn", "help", `${count(tally.unsure + tally.future)} to look at`),
    tally.bad + tally.unsure + tally.future + tally.waiting === 0 && watch.stalled() === null && chip("good", "check", "all as usual"), tally.waiting > 0 && h("span", { class: "soft" }, `${count(tally.waiting)} being judged`));
  stalled();
  const shown = hosts.map((host) => ({ ...host, logs: host.logs.filter((log) => wanted(host, log)) })).filter((host) => host.logs.length);
  const focus = document.activeElement?.closest?.("[data-key]")?.dataset.key;
  replace(list, shown.map((host) => hostItem(host, shown.length)),
    !shown.length && h("li", { class: "empty" }, h("h2", null, state.only && !state.q ? "Nothing needs a look" : "No host or file of this name"), h("p", null, state.only && !state.q ? "Every file writes in its usual rhythm." : `There ${watch.logs.size === 1 ? "is one log" : `are ${count(watch.logs.size)} logs`} under other names.`),
      button({ onclick: () => { filter.value = ""; only.checked = false; apply({ q: "", only: false }); } }, "Show all")));
  if (focus) list.querySelector(`[data-key="${CSS.escape(focus)}"] :is(summary, .path)`)?.focus({ preventScroll: true });
  replace(note, watch.cut && h("p", { class: "warned" }, icon("warning"), "There are more hosts or files than one answer of the search engine holds; some are not shown. Name an index with fewer."),
    watch.late && h("p", { class: "warned" }, icon("warning"), "The search engine gave only a part of its answer: some shards failed or were too slow."));
}

const chip = (tone, name, text) => h("span", { class: `tag ${tone}` }, icon(name), text);

function wanted(host, log) {
  if (state.only && !["bad", "unsure", "future"].includes(log.verdict.state)) return false;
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  const text = `${host.name} ${log.path ?? ""}`.toLowerCase();
  return words.every((w) => text.includes(w));
}

// stalled tells when not a file, but everything has stopped.
function stalled() {
  const late = watch.stalled();
  const text = late === null ? "" : String(Math.floor(late / 60e3));
  if (banner.dataset.text === text) return;
  banner.dataset.text = text;
  replace(banner, late !== null && h("section", { class: "problem", role: "alert" }, icon("warning"), h("div", null,
    h("strong", null, `Nothing has come in for ${duration(late)}, from any host.`),
    h("p", null, "Not a single file has died, but the way here: broker, indexer or search engine. The page Pipelines says which. Below, each file is judged by that moment."),
    h("a", { class: "button", href: "./pipelines" }, "Pipelines"))));
}

function hostItem(host, of) {
  const [tone, name, words] = looks[host.state];
  const auto = host.state === "bad" || host.state === "unsure" || host.state === "future" || of <= 12 || state.q;
  const open = opened.has(host.key) ? opened.get(host.key) : Boolean(auto);
  return h("li", { class: `host ${tone}`, dataset: { key: host.key, host: host.name, state: host.state } },
    h("details", { open, ontoggle: (e) => { if (e.target.open !== open) { opened.set(host.key, e.target.open); draw(); } } },
      h("summary", null, h("span", { class: `sign ${tone}`, title: words }, icon(name), h("span", { class: "unseen" }, words)), h("h2", null, host.name),
        h("span", { class: "last" }, `last line ${ago(host.silence)}`), h("span", { class: "rate" }, rate(host.recent)), h("span", { class: "soft" }, plural(host.logs.length, "log"))),
      host.dead && h("p", { class: "host-why" }, `Nothing comes from this host any more: all its ${plural(host.judged, "log")} are silent for longer than usual. ${todo(host.logs[0], false).join(" ")}`),
      open && h("ul", { class: "logs" }, host.logs.map((log) => logItem(host, log))))); // of hundreds of hosts only what is looked at is drawn
}

function logItem(host, log) {
  const v = log.verdict, [tone, name, words] = looks[v.state];
  const telling = v.state !== "good" || v.silence > 60e3;
  return h("li", { class: `log ${tone}`, dataset: { key: log.key, state: v.state } },
    h("span", { class: `sign ${tone}`, title: words }, icon(name), h("span", { class: "unseen" }, words)),
    h("button", { type: "button", class: "path", onclick: () => open(host, log), title: "Its rhythm, and why it is judged so" }, log.path ?? "lines without a file", log.paths.size > 1 && h("span", { class: "soft" }, ` (${log.paths.size} files)`)),
    h("time", { class: "last", datetime: new Date(log.last).toISOString(), title: stamp(new Date(log.last)) }, v.state === "future" ? `in ${duration(-v.ahead)}` : ago(v.silence)),
    h("span", { class: "rate" }, rate(log.recent)),
    h("a", { class: "button small", href: searchLink(log, watch.now(), state.index, defaults.index) }, icon("search"), h("span", null, "Lines")),
    telling && h("p", { class: "why" }, reason(log, v, watch.now()), v.state === "bad" && !host.dead && host.alive && ` The host lives: ${host.alive.path ?? "another source"} wrote ${ago(host.alive.verdict.silence)}.`));
}

// rate is the lines of the last minutes, for a minute or a second.
function rate(n) {
  const perMinute = n / (recent / 60e3);
  if (!n) return "–";
  return perMinute >= 600 ? `${short(Math.round(perMinute / 60))}/s` : `${perMinute < 10 ? Number(perMinute.toPrecision(2)) : Math.round(perMinute)}/min`;
}

function open(host, log) { openLog({ host, log, watch, index: state.index, usual: defaults.index }); }

function nothing() {
  if (!watch.total) return h("li", { class: "empty" }, h("h2", null, "No line in two weeks"), h("p", null, "There is nothing of the last two weeks in ", h("b", null, state.index), ". Is that the right index? Does a shipper send, and does the indexer take it? The page Pipelines shows it."), h("a", { class: "button", href: "./pipelines" }, "Pipelines"));
  return h("li", { class: "empty" }, h("h2", null, "No line names its host"), h("p", null, `There are ${count(watch.total)} documents, but none of the fields that shippers set: host (text) with path, or host.name with log.file.path.`), h("a", { class: "button", href: "./" }, "Search"));
}

function pauseButton() { return button({ icon: paused ? "play" : "pause", class: "quiet", id: "pause", label: paused ? "Go on (p)" : "Hold still (p)", onclick: pause }); }

function pause() {
  paused = !paused;
  const old = $("#pause"), next = pauseButton(), had = document.activeElement === old;
  old?.replaceWith(next);
  if (had) next.focus();
  announce(paused ? "The list holds still." : "The list goes on.");
}

addKeys([["/", "To the name of a host or file"], ["p", "Hold the list still, or let it go on"]]);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || typing(event) || $("dialog[open]")) return;
  if (event.key === "p") pause();
  if (event.key === "/") { event.preventDefault(); filter.focus(); }
});
onState(() => { state = readState(defaults); begin(); });
begin();
