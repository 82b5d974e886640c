// The histogram: how many documents when. Drag over it, or use the arrow keys and Enter, to choose a part of the time.

import { h, svg, replace, announce } from "../lib/dom.js";
import { count, short, clockOf, dayOf } from "../lib/format.js";
import { between } from "./time.js";

const height = 96, left = 44, bottom = 18, top = 8;

export class Histogram {
  // onselect(from, to) takes milliseconds, both ends included.
  constructor(root, { onselect }) {
    Object.assign(this, { root, onselect, data: null, at: -1, drag: null });
    this.tip = h("div", { class: "tip", hidden: true });
    this.box = h("div", {
      class: "histogram", tabindex: 0, role: "group", "aria-roledescription": "histogram",
      "aria-label": "Documents by time. Arrow keys move from bar to bar, Enter takes the bar's time, Shift with an arrow key extends.",
      onkeydown: (e) => this.key(e), onblur: () => this.focusBar(-1),
      onpointerdown: (e) => this.down(e), onpointermove: (e) => this.move(e), onpointerup: (e) => this.up(e), onpointercancel: () => this.cancel(), onpointerleave: () => this.drag || this.hover(-1),
    });
    this.legend = h("ul", { class: "legend" });
    append(root, this.box, this.tip, this.legend);
    new ResizeObserver(() => this.width !== this.box.clientWidth && this.draw()).observe(this.box);
  }

  // bars is how many fit.
  bars() { return Math.max(24, Math.min(96, Math.floor((this.box.clientWidth || 700) / 10))); }

  // show draws buckets: [{ t, n, parts: [{ key, n }] }], each so wide as interval, in a range.
  show(data) {
    this.data = data;
    this.at = -1;
    this.draw();
  }

  draw() {
    this.width = this.box.clientWidth;
    if (!this.data || !this.width) return;
    const { range, buckets, keys } = this.data;
    const from = Math.min(range.from, buckets[0]?.t ?? range.from), to = Math.max(range.to, this.endOf(buckets.length - 1) || range.to);
    this.x = (t) => left + ((t - from) / (to - from || 1)) * (this.width - left - 4);
    this.t = (x) => from + ((x - left) / (this.width - left - 4)) * (to - from);
    const most = Math.max(1, ...buckets.map((b) => b.n));
    const ceiling = nice(most);
    this.y = (n) => top + (1 - n / ceiling) * (height - top - bottom);
    const drawing = svg("svg", { width: this.width, height, viewBox: `0 0 ${this.width} ${height}`, "aria-hidden": "true" },
      [0, ceiling / 2, ceiling].filter((n) => Number.isInteger(n)).map((n) => [
        svg("line", { class: "grid", x1: left, x2: this.width, y1: this.y(n), y2: this.y(n) }),
        svg("text", { class: "tick", x: left - 6, y: this.y(n) + 4, "text-anchor": "end" }, short(n))]),
      this.ticks(from, to),
      buckets.map((b, i) => this.bar(b, i)),
      this.selection = svg("rect", { class: "selection", y: top, height: height - top - bottom, visibility: "hidden" }));
    replace(this.box, drawing);
    replace(this.legend, keys?.length ? keys.map((k, i) => h("li", null, h("span", { class: `swatch series-${k === other ? 6 : i + 1}` }), String(k).slice(0, 60))) : []);
  }

  bar(b, i) {
    const x = this.x(b.t) + .5, width = Math.max(1, this.x(this.endOf(i)) - this.x(b.t) - 1);
    const g = svg("g", { class: "hbar", "data-bar": i });
    let below = 0;
    for (const [k, n] of this.stack(b)) {
      if (n) g.append(svg("rect", { class: `series-${k + 1}`, x, width, y: this.y(below + n), height: Math.max(.8, this.y(below) - this.y(below + n)) }));
      below += n;
    }
    return g;
  }

  // stack is a bar's parts as [series, documents], the first value at the bottom, what has none of the values on top.
  stack(b) {
    const { keys } = this.data;
    if (!keys?.length) return [[0, b.n]];
    const parts = keys.map((key, i) => [i, b.parts.find((p) => p.key === key)?.n ?? 0]).filter(([i]) => keys[i] !== other);
    const rest = b.n - parts.reduce((sum, [, n]) => sum + n, 0);
    return rest > 0 ? [...parts, [5, rest]] : parts;
  }

  endOf(i) { return i < 0 ? 0 : (this.data.buckets[i + 1]?.t ?? this.data.buckets[i].t + this.data.interval); }

  ticks(from, to) {
    const wanted = Math.max(2, Math.floor((this.width - left) / 84));
    const step = tickSteps.find((s) => (to - from) / s <= wanted) ?? tickSteps.at(-1);
    const shift = new Date(from).getTimezoneOffset() * 60e3;
    const out = [];
    for (let t = Math.ceil((from - shift) / step) * step + shift; t <= to; t += step) {
      const x = this.x(t);
      if (x > this.width - 24) break;
      out.push(svg("line", { class: "grid", x1: x, x2: x, y1: height - bottom, y2: height - bottom + 4 }),
        svg("text", { class: "tick", x, y: height - 3, "text-anchor": x < left + 20 ? "start" : "middle" }, tickText(t, step)));
    }
    return out;
  }

  indexAt(event) {
    const t = this.t(event.clientX - this.box.getBoundingClientRect().left);
    return this.data.buckets.findIndex((b, i) => t >= b.t && t < this.endOf(i));
  }

  down(event) {
    if (!this.data || event.button !== 0) return;
    this.drag = { from: event.clientX - this.box.getBoundingClientRect().left, moved: false };
    this.box.setPointerCapture(event.pointerId);
  }

  move(event) {
    if (!this.data) return;
    if (!this.drag) return this.hover(this.indexAt(event));
    const x = this.clamp(event.clientX - this.box.getBoundingClientRect().left);
    this.drag.moved ||= Math.abs(x - this.drag.from) > 4;
    if (this.drag.moved) this.mark(Math.min(x, this.drag.from), Math.max(x, this.drag.from));
  }

  up(event) {
    const drag = this.drag;
    this.drag = null;
    if (!drag || !this.data) return;
    const x = this.clamp(event.clientX - this.box.getBoundingClientRect().left);
    this.cancel();
    if (drag.moved) this.select(this.t(Math.min(x, this.clamp(drag.from))), this.t(Math.max(x, this.clamp(drag.from))));
    else if (event.pointerType === "mouse") this.take(this.indexAt(event), this.indexAt(event));
  }

  cancel() {
    this.drag = null;
    this.selection?.setAttribute("visibility", "hidden");
    this.tip.hidden = true;
  }

  clamp(x) { return Math.max(left, Math.min(this.width - 4, x)); }

  mark(a, b) {
    this.selection.setAttribute("x", a);
    this.selection.setAttribute("width", b - a);
    this.selection.setAttribute("visibility", "visible");
    this.showTip((a + b) / 2, between(this.t(a), this.t(b)));
  }

  hover(i) {
    this.box.querySelectorAll(".hbar.lit").forEach((b) => b.classList.remove("lit"));
    const b = this.data?.buckets[i];
    if (!b) { this.tip.hidden = true; return; }
    this.box.querySelector(`[data-bar="${i}"]`)?.classList.add("lit");
    this.showTip((this.x(b.t) + this.x(this.endOf(i))) / 2, between(b.t, this.endOf(i) - 1), this.words(b));
  }

  words(b) {
    const { keys } = this.data;
    const all = `${count(b.n)} ${b.n === 1 ? "document" : "documents"}`;
    return keys?.length ? [all, ...this.stack(b).filter(([, n]) => n).map(([k, n]) => `${String(keys[k] ?? other).slice(0, 40)}: ${count(n)}`)] : [all];
  }

  showTip(x, title, lines = []) {
    replace(this.tip, h("strong", null, title), lines.map((l) => h("div", null, l)));
    this.tip.hidden = false;
    const half = this.tip.offsetWidth / 2;
    this.tip.style.setProperty("left", Math.max(half, Math.min(this.width - half, x)) + "px");
  }

  focusBar(i) {
    this.at = i;
    this.hover(i);
    const b = this.data?.buckets[i];
    if (b) announce(`${between(b.t, this.endOf(i) - 1)}: ${this.words(b).join(", ")}`);
  }

  key(event) {
    const n = this.data?.buckets.length ?? 0;
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (!n || (step === undefined && event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") { this.anchor = undefined; this.cancel(); return; }
    if (event.key === "Enter") {
      if (this.at >= 0) this.take(Math.min(this.at, this.anchor ?? this.at), Math.max(this.at, this.anchor ?? this.at));
      return;
    }
    this.anchor = event.shiftKey ? this.anchor ?? Math.max(0, this.at) : undefined;
    this.focusBar(Math.max(0, Math.min(n - 1, (this.at < 0 ? (step > 0 ? -1 : n) : this.at) + step)));
    if (this.anchor !== undefined) this.mark(this.x(this.data.buckets[Math.min(this.anchor, this.at)].t), this.x(this.endOf(Math.max(this.anchor, this.at))));
  }

  take(a, b) {
    if (a < 0 || b < 0) return;
    this.anchor = undefined;
    this.select(this.data.buckets[a].t, this.endOf(b) - 1);
  }

  select(from, to) {
    const { range } = this.data;
    from = Math.max(Math.round(from), range.from);
    to = Math.min(Math.round(to), range.to);
    if (to > from) this.onselect(from, to);
  }
}

export const other = "other";

const append = (el, ...children) => el.append(...children);

const tickSteps = [1e3, 5e3, 10e3, 30e3, 60e3, 300e3, 600e3, 900e3, 1800e3, 3600e3, 2 * 3600e3, 3 * 3600e3, 6 * 3600e3, 12 * 3600e3, 86400e3, 2 * 86400e3, 7 * 86400e3, 14 * 86400e3, 30 * 86400e3, 90 * 86400e3, 365 * 86400e3];

function tickText(t, step) {
  const d = new Date(t);
  if (step >= 86400e3) return dayOf(d).slice(step >= 30 * 86400e3 ? 0 : 5);
  if (step < 60e3) return clockOf(d);
  return d.getHours() === 0 && d.getMinutes() === 0 ? dayOf(d).slice(5) : clockOf(d).slice(0, 5);
}

// nice is the next round number above, so that half of it is whole too.
function nice(n) {
  if (n <= 2) return 2;
  const scale = 10 ** Math.floor(Math.log10(n));
  return [1, 2, 4, 6, 8, 10].map((m) => m * scale).find((v) => v >= n);
}
