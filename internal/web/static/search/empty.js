// What to say, and to offer, where a search finds nothing.

import { h, button, replace } from "../lib/dom.js";
import { plural, ago, stamp } from "../lib/format.js";
import { searchIn, queryOf, indices, patternsOf, timeField } from "./request.js";
import { write } from "./time.js";

// emptyPanel looks for the reason and draws it. apply(changes) changes the page's state.
export function emptyPanel(state, fields, shards, apply) {
  const box = h("div", { class: "empty", id: "empty" }, h("h2", null, "Nothing found"), h("p", null, "Looking for the reason …"));
  reason(state, fields, shards, apply).then((parts) => replace(box, parts), () => replace(box, h("h2", null, "Nothing found")));
  return box;
}

async function reason(state, fields, shards, apply) {
  if (shards === 0) return noIndex(state, apply);
  const any = Boolean(state.query.trim() || state.filters.length);
  const count = (query) => searchIn(state.index, { size: 0, track_total_hits: true, query, aggs: { newest: { max: { field: timeField } } } }, { seconds: 30 })
    .then((a) => ({ n: a.hits.total?.value ?? 0, newest: a.aggregations?.newest?.value }));
  const [later, here, all] = await Promise.all([
    count(queryOf({ ...state, range: null }, fields)),
    any ? count(queryOf({ query: "", filters: [], range: state.range }, fields)) : { n: 0 },
    count({ match_all: {} }),
  ]);
  if (all.n === 0) return noDocument(state);
  const offers = [];
  if (later.n > 0) {
    offers.push([`${plural(later.n, "document")} at other times; the newest ${later.newest > Date.now() ? "lies in the future, at" : ago(Date.now() - later.newest) + ","} ${stamp(new Date(later.newest), false)}.`,
      button({ icon: "clock", id: "go-newest", onclick: () => apply({ from: write(later.newest - 15 * 60e3), to: write(later.newest + 1000) }) }, "Go to the newest")]);
  }
  if (any && here.n > 0) {
    offers.push([`${plural(here.n, "document")} at this time without the query${state.filters.length ? " and the filters" : ""}.`,
      button({ icon: "close", id: "drop-query", onclick: () => apply({ q: "", filters: [] }) }, "Search without")]);
  }
  return [h("h2", null, "Nothing found"),
    offers.length ? offers.map(([text, act]) => h("div", { class: "offer" }, h("p", null, text), act))
      : h("p", null, any ? "No document matches, at any time. Look at the words and the filters: fields and values are suggested as you write." : "No document has this time.")];
}

async function noIndex(state, apply) {
  const names = await indices({ seconds: 20 }).catch(() => []);
  const patterns = patternsOf(names);
  if (!patterns.length) {
    return [h("h2", null, "There is no index yet"),
      h("p", null, "Nothing has been indexed here. Start a shipper that sends lines to the broker, and look again in a moment; the page Pipelines shows what arrives."),
      h("a", { class: "button", href: "./pipelines" }, "Pipelines")];
  }
  return [h("h2", null, "No index is called ", h("b", null, state.index)), h("p", null, "There are others:"),
    h("ul", { class: "choices" }, patterns.slice(0, 30).map((p) => h("li", null, h("button", { type: "button", class: "button", onclick: () => apply({ index: p.pattern }) }, h("span", null, p.pattern), p.n > 1 && h("span", { class: "soft" }, plural(p.n, "index", "indices"))))))];
}

function noDocument(state) {
  return [h("h2", null, "The indices ", h("b", null, state.index), " are empty"),
    h("p", null, "There is no document in them. Does a shipper send, and the indexer take from the broker? The page Pipelines shows it."),
    h("a", { class: "button", href: "./pipelines" }, "Pipelines")];
}
