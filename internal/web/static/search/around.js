// The lines around one: those of the same host and file before and after it, whatever the query is.

import { h, button, replace } from "../lib/dom.js";
import { openDialog } from "../lib/dialog.js";
import { problemPanel } from "../lib/net.js";
import { hostFields, fileFields } from "../lib/origin.js";
import { searchIn, clause, timeField } from "./request.js";
import { flatten } from "./fieldset.js";
import { shown, plain } from "./text.js";
import { keyOf, timeText, severity } from "./hits.js";

const step = 20;

// stream are the fields that say where a document's line came from, with their values.
function stream(hit) {
  const values = flatten(hit._source ?? {});
  const pick = (names) => names.filter((n) => values.get(n)?.length === 1).slice(0, 1).map((n) => ({ field: n, value: values.get(n)[0] }));
  return [...pick(hostFields), ...pick(fileFields)];
}

// showAround opens a dialog.
export function showAround(hit, { index, fields, marks, onclose }) {
  const from = stream(hit);
  const list = h("ol", { class: "lines" });
  const state = { before: [], after: [], done: {} };
  const control = new AbortController();
  const anchor = h("li", { class: "anchor", "aria-current": "true" }, line(hit, marks, step));
  const head = h("div"), foot = h("div");

  const load = async (side) => {
    const known = new Set([hit, ...state.before, ...state.after].map(keyOf));
    const edge = (side === "before" ? state.before[0] : state.after.at(-1)) ?? hit;
    const at = new Date(edge._source[timeField]).getTime();
    const order = side === "before" ? "desc" : "asc";
    // Lines of the same moment may be on either side: all of them are read, and put in order here.
    const same = state[side].filter((d) => new Date(d._source[timeField]).getTime() === at).length + 1;
    const answer = await searchIn(index, {
      size: Math.min(10000, step + same + 200), sort: [{ [timeField]: { order, unmapped_type: "date" } }, { _seq_no: order }], track_total_hits: false,
      query: { bool: { filter: [...from.map((f) => clause(f, fields)), { range: { [timeField]: { [side === "before" ? "lte" : "gte"]: edge._source[timeField] } } }] } },
    }, { signal: control.signal });
    const all = [...answer.hits.hits, edge].filter((d, i, a) => a.findIndex((o) => keyOf(o) === keyOf(d)) === i).sort(inOrder);
    const cut = all.findIndex((d) => keyOf(d) === keyOf(edge));
    const fresh = (side === "before" ? all.slice(0, cut) : all.slice(cut + 1)).filter((d) => !known.has(keyOf(d)));
    const taken = side === "before" ? fresh.slice(-step) : fresh.slice(0, step);
    state.done[side] = fresh.length <= step;
    if (side === "before") state.before.unshift(...taken);
    else state.after.push(...taken);
    return taken;
  };

  const more = (side, place) => {
    const run = () => load(side).then((taken) => {
      const items = taken.map((d) => h("li", null, line(d, marks)));
      const scroller = list.closest(".dialog-body"), height = scroller?.scrollHeight ?? 0;
      if (side === "before") list.prepend(...items);
      else list.append(...items);
      if (side === "before" && scroller) scroller.scrollTop += scroller.scrollHeight - height;
      replace(place, state.done[side] ? h("p", { class: "soft end" }, side === "before" ? "There are no earlier lines." : "There are no later lines.")
        : button({ icon: side === "before" ? "up" : "down", onclick: run }, `${step} ${side === "before" ? "earlier" : "later"}`));
    }, (err) => { if (err.name !== "AbortError") replace(place, problemPanel(err, run)); });
    replace(place, h("p", { class: "soft end" }, "Reading …"));
    return run();
  };

  list.append(anchor);
  const title = from.length ? `Lines around, of ${from.map((f) => plain(f.value)).join(" · ")}` : "Documents around, of the whole index";
  const close = openDialog(title, [
    !from.length && h("p", { class: "soft" }, "The document names neither host nor file, so these are all documents of its time."),
    head, list, foot,
  ], { class: "full around", onclose: () => { control.abort(); onclose?.(); } });
  Promise.all([more("before", head), more("after", foot)]).then(() => anchor.scrollIntoView({ block: "center" }));
  return close;
}

function line(hit, marks) {
  const values = flatten(hit._source ?? {});
  const text = ["message", "event.original"].map((n) => values.get(n)).find(Boolean)?.map(plain).join("\n") ?? JSON.stringify(hit._source);
  return h("div", { class: `line ${severity(values)}` }, h("time", null, timeText(values.get(timeField)?.[0])), h("pre", null, shown(text, { marks: marks("message"), limit: 5000 })));
}

// inOrder sorts by time, and lines of the same moment by their place in the file, which Castor's ids hold, or by the order of indexing.
export function inOrder(a, b) {
  const t = new Date(a._source[timeField]) - new Date(b._source[timeField]);
  if (t) return t;
  const p = place(a._id, b._id);
  return p || (a.sort && b.sort ? a.sort.at(-1) - b.sort.at(-1) : 0);
}

// place compares two ids by the first part that differs: file-offset, in base 36.
function place(a, b) {
  const x = a.split("-"), y = b.split("-");
  if (x.length < 2 || x[0] !== y[0]) return 0;
  for (let i = 1; i < Math.min(x.length, y.length); i++) {
    if (x[i] === y[i]) continue;
    const [m, mm = 0] = x[i].split("."), [n, nn = 0] = y[i].split(".");
    return parseInt(m, 36) - parseInt(n, 36) || mm - nn;
  }
  return 0;
}
