// A pipeline drawn: lines by SVG, the parts as buttons over them, so that the keyboard and screen readers reach each.

import { h, svg, replace } from "../lib/dom.js";
import { layout } from "./layout.js";
import { describe } from "./figures.js";

// Graph keeps a drawing and writes new figures into it.
export class Graph {
  // open(id) is called for a plugin, unfold(arm) for a condition.
  constructor({ open, unfold }) {
    Object.assign(this, { open, unfold, shape: null, wide: 0, parts: new Map() });
    this.el = h("div", { class: "graph", role: "group", "aria-label": "The way of an event" });
    this.scroll = h("div", { class: "graph-scroll" }, this.el);
    new ResizeObserver(() => this.draw()).observe(this.scroll);
  }

  // show draws the shape if it is another one, and the figures.
  show(shape, stats) {
    this.stats = stats;
    if (JSON.stringify(shape) !== JSON.stringify(this.shape)) {
      this.shape = shape;
      this.drawn = 0;
      this.draw();
    }
    this.update();
  }

  draw() {
    const wide = this.scroll.clientWidth;
    if (!this.shape || !wide || wide === this.drawn) return;
    this.drawn = wide;
    const focused = this.el.contains(document.activeElement) ? document.activeElement.dataset.plugin : null;
    const l = layout(this.shape, wide);
    this.el.style.setProperty("width", l.width + "px");
    this.el.style.setProperty("height", l.height + "px");
    this.parts.clear();
    replace(this.el,
      svg("svg", { width: l.width, height: l.height, viewBox: `0 0 ${l.width} ${l.height}`, "aria-hidden": "true", focusable: "false" }, l.lines.map(line)),
      l.boxes.map((b) => this.part(b)));
    if (focused) this.parts.get(focused)?.el.focus();
    this.update();
  }

  part(b) {
    const place = { left: b.x + "px", top: b.y + "px", width: b.width + "px", height: b.height + "px" };
    if (b.arm) {
      const words = b.arm.condition ? (b.otherwise ? "else if " : "if ") : "else";
      if (!b.arm.condition) return h("span", { class: "condition", style: place }, words);
      return h("button", { type: "button", class: "condition", style: place, title: b.arm.condition, onclick: () => this.unfold(b.arm) }, h("b", null, words), h("span", null, b.arm.condition));
    }
    const id = b.step.plugin;
    const rate = h("span", { class: "rate" }), note = h("span", { class: "note-text" }), bar = h("span", { class: "share" });
    const el = h("button", { type: "button", class: "part", style: place, dataset: { plugin: id }, onclick: () => this.open(id) },
      h("span", { class: "name" }, b.step.name), rate, h("span", { class: "id", title: id }, id), note, h("span", { class: "track" }, bar));
    this.parts.set(id, { el, rate, note, bar, name: b.step.name });
    return el;
  }

  update() {
    if (!this.stats) return;
    for (const [id, part] of this.parts) {
      const d = describe(this.stats, id);
      part.el.dataset.type = d.type;
      part.el.dataset.health = d.health;
      part.rate.textContent = d.rate;
      part.note.textContent = d.note;
      part.note.title = d.note;
      part.bar.style.setProperty("width", Math.min(100, d.share) + "%");
      part.el.setAttribute("aria-label", `${d.type} ${part.name} ${id}: ${d.words}`);
      part.el.title = d.words;
    }
  }
}

// line draws a way with rounded corners, and an arrow's head where it leads on.
function line({ points, kind, arrow }) {
  const out = [svg("path", { class: "line " + kind, d: rounded(points) })];
  const [x, y] = points.at(-1), [px, py] = points.at(-2);
  if (arrow) out.push(svg("path", { class: "head " + kind, d: y === py ? (x > px ? `M${x - 6} ${y - 4}L${x} ${y}L${x - 6} ${y + 4}` : `M${x + 6} ${y - 4}L${x} ${y}L${x + 6} ${y + 4}`) : `M${x - 4} ${y - 6}L${x} ${y}L${x + 4} ${y - 6}` }));
  return out;
}

function rounded(points) {
  const r = 7;
  let d = `M${points[0]}`;
  for (let i = 1; i < points.length; i++) {
    const [ax, ay] = points[i - 1], [bx, by] = points[i], next = points[i + 1];
    if (!next) { d += `L${bx} ${by}`; break; }
    const [cx, cy] = next;
    const a = Math.min(r, Math.hypot(bx - ax, by - ay) / 2), c = Math.min(r, Math.hypot(cx - bx, cy - by) / 2);
    if (!a || !c) { d += `L${bx} ${by}`; continue; }
    d += `L${bx - Math.sign(bx - ax) * a} ${by - Math.sign(by - ay) * a}Q${bx} ${by} ${bx + Math.sign(cx - bx) * c} ${by + Math.sign(cy - by) * c}`;
  }
  return d;
}
