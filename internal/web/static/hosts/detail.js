// One log: when it wrote, and why it is judged as it is.

import { h, svg, icon, replace } from "../lib/dom.js";
import { openDialog } from "../lib/dialog.js";
import { problemPanel } from "../lib/net.js";
import { count, plural, stamp, duration, short } from "../lib/format.js";
import { searchLink } from "./link.js";
import { looks, reason, todo } from "./words.js";

const views = [["2 hours", 2 * 3600e3, 60e3], ["1 day", 24 * 3600e3, 15 * 60e3], ["2 weeks", 14 * 24 * 3600e3, 3 * 3600e3]];

export function openLog({ host, log, watch, index, usual }) {
  const v = log.verdict, [tone, name, words] = looks[v.state];
  const control = new AbortController();
  const charts = views.map(([label, span, step]) => {
    const box = h("div", { class: "chart-box" }, h("p", { class: "soft" }, "…"));
    const now = watch.now();
    watch.source.counts(log, now - span, now, step, control.signal).then((bars) => replace(box, chart(bars, now - span, now, step, log.last, label)), (err) => { if (err.name !== "AbortError") replace(box, problemPanel(err)); });
    return h("section", null, h("h3", null, label), box);
  });
  openDialog(log.path ?? "Lines without a file", [
    h("p", { class: "row" }, h("span", { class: `tag ${tone}` }, icon(name), words), h("span", { class: "soft" }, host.name)),
    h("p", { class: "verdict" }, reason(log, v, watch.now())),
    log.rhythm?.scale && h("p", { class: "soft" }, rule(log, v)),
    ["bad", "unsure"].includes(v.state) && h("div", { class: "todo" }, h("h3", null, "What to look at"), h("ul", null, todo(log, !host.dead).map((t) => h("li", null, t)))),
    h("dl", { class: "facts" }, [
      ["Last line", stamp(new Date(log.last))], ["Lines in two weeks", count(log.count)], [log.hostField.name, log.host],
      log.pathField && [log.pathField.name, [...log.paths.keys()].slice(0, 5).join(", ") + (log.paths.size > 5 ? `, and ${log.paths.size - 5} more` : "")],
    ].filter(Boolean).map(([k, x]) => h("div", null, h("dt", null, k), h("dd", null, x)))),
    charts,
    h("div", { class: "dialog-end" }, h("a", { class: "button primary", href: searchLink(log, watch.now(), index, usual) }, icon("search"), h("span", null, "Its lines"))),
  ], { class: "wide", onclose: () => control.abort() });
}

// rule says by which number it is judged.
function rule(log, v) {
  const r = log.rhythm;
  const base = `Longer than ${duration(r.allowed)} is no longer usual: ${r.few ? "three times" : r.longest <= 60e3 ? "a minute, or three times" : "half as much again as"} its longest usual pause of ${duration(r.longest)}, of ${plural(r.times, "pause")} looked at.`;
  const daily = v.daily ? ` At this time of day pauses of up to ${duration(v.daily.longest)} were seen on ${plural(v.daily.days, "day")}, so it is given until ${stamp(new Date(v.until), false)}.` : "";
  return base + daily;
}

// chart draws bars over time, with the silence since the last line.
function chart(bars, from, to, step, last, label) {
  const width = 780, height = 64, most = Math.max(1, ...bars.map((b) => b.n));
  const x = (t) => (t - from) / (to - from) * width;
  const words = `Lines in ${label}: ${plural(bars.reduce((n, b) => n + b.n, 0), "line")}, at most ${count(most)} in ${duration(step)}; the last ${stamp(new Date(last), false)}.`;
  return [svg("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": words },
    last < to && svg("rect", { class: "silence", x: Math.max(0, x(last)), y: 0, width: width - Math.max(0, x(last)), height }),
    bars.map((b) => svg("rect", { class: "bar", x: x(b.t), width: Math.max(1, step / (to - from) * width - 0.5), y: height - 3 - b.n / most * (height - 6), height: 3 + b.n / most * (height - 6) }))),
  h("p", { class: "axis soft" }, h("span", null, stamp(new Date(from), false)), h("span", null, `at most ${short(most)} in ${duration(step)}`), h("span", null, "now"))];
}
