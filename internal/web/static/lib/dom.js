// Elements without markup: every text becomes a text node, so that a log line stays a text whatever is in it.

const SVG = "http://www.w3.org/2000/svg";

// h makes an element: h("a", { class: "x", href: "./", onclick: f, dataset: { id: 1 }, style: { width: "3px" } }, "text", child, [more]).
// null, undefined and false are left out, as children and as attributes; true is an attribute without a value.
export function h(tag, props, ...children) { return fill(document.createElement(tag), props, children); }

// svg is h for drawings.
export function svg(tag, props, ...children) { return fill(document.createElementNS(SVG, tag), props, children); }

function fill(el, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) set(el, name, value);
  append(el, children);
  return el;
}

function set(el, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) el.addEventListener(name.slice(2), value);
  else if (name === "dataset") Object.assign(el.dataset, value);
  else if (name === "style") for (const [k, v] of Object.entries(value)) el.style.setProperty(k, v);
  else if (name === "value" || name === "checked" || name === "indeterminate") el[name] = value;
  else if ((name === "href" || name === "action") && !/^(\.|\?|#|assets\/|es\/)/.test(value)) throw new Error(`${name}=${value}: only this program's own pages`);
  else el.setAttribute(name, value === true ? "" : String(value));
}

export function append(el, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    el.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return el;
}

// replace gives an element new children, and returns it.
export function replace(el, ...children) {
  el.replaceChildren();
  return append(el, children);
}

// update is replace for what is shown again and again: only what differs is changed, so that a selection, a scrolled table and the focus stay. It is for
// elements without listeners, which it would leave as they were.
export function update(el, ...children) {
  become(el, append(document.createDocumentFragment(), children));
  return el;
}

function become(el, wanted) {
  const want = [...wanted.childNodes];
  while (el.childNodes.length > want.length) el.lastChild.remove();
  want.forEach((w, i) => {
    const has = el.childNodes[i];
    if (!has) el.append(w);
    else if (has.nodeName !== w.nodeName) has.replaceWith(w);
    else if (!(w instanceof Element)) { if (has.data !== w.data) has.data = w.data; }
    else {
      for (const a of [...has.attributes]) if (!w.hasAttribute(a.name)) has.removeAttribute(a.name);
      for (const a of w.attributes) if (has.getAttribute(a.name) !== a.value) has.setAttribute(a.name, a.value);
      become(has, w);
    }
  });
}

// unpressed calls f now, or once nothing in an element is pressed any more: a press whose button is replaced meanwhile is none.
export function unpressed(el, f) {
  if (el.matches(":active")) setTimeout(() => unpressed(el, f), 100);
  else f();
}

export const $ = (selector, root = document) => root.querySelector(selector);

// announce tells screen readers what changed.
export function announce(text) {
  const el = document.getElementById("announce");
  if (el) el.textContent = text;
}

// icons are drawn on a grid of 16.
const paths = {
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.4 10.4 14 14",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8 13 13M3 13l1.2-1.2M11.8 4.2 13 3",
  moon: "M13.5 9.6A5.8 5.8 0 0 1 6.4 2.5a5.8 5.8 0 1 0 7.1 7.1z",
  system: "M2 3h12v8H2zM6 14h4M8 11v3",
  close: "M4 4l8 8M12 4l-8 8",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  right: "M6 3.5 10.5 8 6 12.5",
  left: "M10 3.5 5.5 8l4.5 4.5",
  down: "M3.5 6 8 10.5 12.5 6",
  up: "M3.5 10 8 5.5l4.5 4.5",
  clock: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 4.8V8l2.3 1.6",
  refresh: "M13.5 8a5.5 5.5 0 1 1-1.7-4M13.5 1.8v2.9h-2.9",
  share: "M6.6 9.4a2.8 2.8 0 0 0 4 0l2.2-2.2a2.8 2.8 0 0 0-4-4l-.7.7M9.4 6.6a2.8 2.8 0 0 0-4 0L3.2 8.8a2.8 2.8 0 0 0 4 4l.7-.7",
  download: "M8 2v8M4.8 7 8 10.2 11.2 7M2.5 13.5h11",
  columns: "M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10",
  help: "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM6.2 6.2a1.9 1.9 0 1 1 2.6 1.8c-.5.2-.8.6-.8 1.1v.3M8 11.4v.2",
  warning: "M8 2 1.6 13.4h12.8zM8 6.4v3.2M8 11.4v.2",
  play: "M5 3.2v9.6L13 8z",
  pause: "M5.2 3.2v9.6M10.8 3.2v9.6",
  lines: "M2.5 4h11M2.5 8h11M2.5 12h7",
  fields: "M2.5 3.5h3v3h-3zM2.5 9.5h3v3h-3zM8 5h6M8 11h6",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  link: "M9 2.5h4.5V7M13.5 2.5 7.5 8.5M11.5 9.5v4h-9v-9h4",
  check: "M3 8.5 6.5 12 13 4.5",
};

// icon is decoration: what it stands for is said by a text or an aria-label beside it.
export function icon(name) {
  return svg("svg", { class: "icon", viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true", focusable: "false" },
    svg("path", { d: paths[name], fill: "none", stroke: "currentColor", "stroke-width": 1.5, "stroke-linecap": "round", "stroke-linejoin": "round" }));
}

// button makes one with an icon, a text or both; what has no text needs a label.
export function button({ icon: name, label, class: kind = "", ...props }, text) {
  return h("button", { type: "button", class: `button ${kind} ${text ? "" : "square"}`.trim(), "aria-label": text ? null : label, title: label, ...props }, name && icon(name), text && h("span", null, text));
}
