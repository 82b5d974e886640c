// The choice of time: usual ranges, or a beginning and an end in words or from a calendar; and how often to look again.

import { h, button, icon, replace } from "../lib/dom.js";
import { popover } from "../lib/popover.js";
import { presets, describe, parseTime, resolve, write } from "./time.js";
import { stamp } from "../lib/format.js";

export class TimePicker {
  // onchange(from, to) takes both as they stand in the address.
  constructor({ onchange }) {
    Object.assign(this, { onchange, from: "", to: "" });
    this.words = h("span");
    this.open = h("button", { type: "button", class: "button", id: "time", "aria-haspopup": "dialog", "aria-expanded": "false", title: "Time (t)", onclick: () => this.show() }, icon("clock"), this.words, icon("down"));
    this.root = h("div", { class: "group" },
      button({ icon: "left", class: "square", label: "Earlier ([)", id: "earlier", onclick: () => this.shift(-1) }),
      this.open,
      button({ icon: "right", class: "square", label: "Later (])", id: "later", onclick: () => this.shift(1) }),
      button({ icon: "minus", class: "square", label: "Twice the time (-)", id: "wider", onclick: () => this.widen() }));
  }

  set(from, to) {
    Object.assign(this, { from, to });
    replace(this.words, describe(from, to));
  }

  choose(from, to) { this.close?.(); this.onchange(from, to); }
  absolute(from, to) { this.onchange(write(from), write(to)); }

  range() { try { return resolve(this.from, this.to); } catch { return null; } }

  shift(direction) {
    const r = this.range();
    if (r) this.absolute(r.from + direction * (r.to - r.from), r.to + direction * (r.to - r.from));
  }

  widen() {
    const r = this.range();
    const m = /^now-(\d+)([smhdwMy])$/.exec(this.from);
    if (m && this.to === "now") this.onchange(`now-${m[1] * 2}${m[2]}`, "now");
    else if (r) this.absolute(r.from - (r.to - r.from) / 2, r.to + (r.to - r.from) / 2);
  }

  show() {
    const preset = ([from, text]) => h("button", { type: "button", class: "menu-item", "aria-pressed": this.from === from && this.to === "now" ? "true" : "false", onclick: () => this.choose(from, "now") }, text);
    const from = this.edge("From", this.from === "all" ? "" : this.from, false), to = this.edge("To", this.to, true);
    const fault = h("p", { class: "fault-text", role: "alert" });
    const apply = (event) => {
      event.preventDefault();
      try {
        resolve(from.value(), to.value());
      } catch (err) {
        replace(fault, err.message);
        return;
      }
      this.choose(from.value(), to.value());
    };
    const made = popover(this.open, h("div", { class: "timebox" },
      h("div", { class: "presets" }, presets.map(preset), preset(["all", "All time"])),
      h("form", { class: "edges", onsubmit: apply }, from.root, to.root, fault,
        h("button", { type: "submit", class: "button primary" }, "Take this time"),
        h("p", { class: "soft" }, "Or write: now-90m, now-1d/d, yesterday, 14:05, 2026-11-23 14:05"))),
    { label: "Time", class: "time-popover", onclose: () => { this.close = null; } });
    this.close = made.close;
  }

  // edge is one end: a field, what it means, and a calendar.
  edge(label, value, end) {
    const id = "time-" + label.toLowerCase();
    const meaning = h("div", { class: "soft meaning" });
    const calendar = h("input", { type: "datetime-local", step: 1, class: "calendar", tabindex: -1, "aria-hidden": "true", onchange: () => { field.value = calendar.value.replace("T", " "); mean(); } });
    const mean = () => {
      try {
        const at = new Date(parseTime(field.value, Date.now(), end));
        replace(meaning, stamp(at, false));
        field.setAttribute("aria-invalid", "false");
      } catch (err) {
        replace(meaning, field.value ? err.message : "");
        field.setAttribute("aria-invalid", field.value ? "true" : "false");
      }
    };
    const field = h("input", { class: "input", id, value, autocomplete: "off", spellcheck: "false", oninput: mean });
    mean();
    const pick = button({ icon: "clock", class: "quiet", label: `Pick ${label.toLowerCase()} from a calendar`, onclick: () => { try { calendar.showPicker(); } catch { calendar.focus(); } } });
    return { root: h("div", { class: "edge" }, h("label", { for: id }, label), h("div", { class: "edge-field" }, field, pick, calendar), meaning), value: () => field.value.trim() };
  }
}
