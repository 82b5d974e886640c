// The query bar: words in Lucene's syntax, with suggestions of fields and values, and with what is wrong said where it is.

import { h, button, icon, replace } from "../lib/dom.js";
import { getJSON } from "../lib/net.js";
import { openDialog } from "../lib/dialog.js";
import { suggest } from "../lib/suggest.js";
import { plural } from "../lib/format.js";

export class QueryBar {
  // onrun(text) is called by Enter; fields() gives the Fields; values(field, beginning) its most frequent values.
  constructor({ onrun, fields, values }) {
    Object.assign(this, { onrun, fields, values, checked: { text: null } });
    this.field = h("textarea", { class: "input query", id: "query", rows: 1, "aria-label": "Query, in Lucene's syntax", "aria-describedby": "query-note",
      placeholder: "Search: words, \"a phrase\", field:value, response:[500 TO *] …", onkeydown: (e) => this.key(e), oninput: () => this.changed() });
    this.clear = button({ icon: "close", class: "quiet small", label: "Clear the query", hidden: true, onclick: () => { this.set(""); this.changed(); this.run(); this.field.focus(); } });
    this.note = h("div", { class: "query-note", id: "query-note", role: "status" });
    this.root = h("form", { class: "querybar", role: "search", onsubmit: (e) => { e.preventDefault(); this.run(); } },
      h("div", { class: "query-box" }, icon("search"), this.field, this.clear, button({ icon: "help", class: "quiet small", label: "How to write queries", onclick: showSyntax })),
      h("button", { type: "submit", class: "button primary", id: "run" }, "Search"),
      this.note);
    this.suggestions = suggest(this.field, (text, caret) => this.find(text, caret));
  }

  get text() { return this.field.value; }

  set(text) {
    this.field.value = text;
    this.grow();
    this.say();
  }

  focus() { this.field.focus(); this.field.select(); }

  grow() {
    this.clear.hidden = this.field.value === "";
    this.field.style.setProperty("height", "auto");
    this.field.style.setProperty("height", Math.min(this.field.scrollHeight + 2, 160) + "px");
  }

  key(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && !event.defaultPrevented) {
      event.preventDefault();
      this.run();
    }
    if (event.key === "Escape") this.field.blur();
  }

  run() {
    this.suggestions.close();
    this.onrun(this.text);
  }

  changed() {
    this.grow();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(this.text).catch(() => {}), 250);
  }

  // check reads the query as the engine does: { tree } or { error }. What is found is shown below the bar, unless the text has changed since.
  async check(text, signal) {
    if (this.checked.text !== text) {
      const answer = text.trim() ? await getJSON("query?text=" + encodeURIComponent(text), { signal, seconds: 20 }) : { tree: null };
      this.checked = { text, ...answer };
    }
    if (this.text === text) this.explain();
    return this.checked;
  }

  explain() {
    const { text, error, tree } = this.checked;
    if (error) this.say(this.pointer(text, error));
    else {
      const doubts = this.doubts(tree);
      this.say(doubts.length ? h("div", { class: "doubt" }, icon("help"), h("div", null, doubts)) : null);
    }
    this.field.setAttribute("aria-invalid", error ? "true" : "false");
  }

  // pointer shows the query with a mark below the place.
  pointer(text, { column, message, hint }) {
    const lines = text.split("\n");
    let row = 0, col = column - 1;
    while (row < lines.length - 1 && col > [...lines[row]].length) col -= [...lines[row++]].length + 1;
    const chars = [...lines[row]];
    const from = Math.max(0, col - 60);
    return h("div", { class: "fault" },
      h("pre", { class: "pointer", "aria-hidden": "true" }, (from ? "…" : "") + chars.slice(from, col + 40).join("").replace(/\t/g, " "), "\n", " ".repeat(col - from + (from ? 1 : 0)), h("b", null, "▲")),
      h("p", null, h("strong", null, `Column ${column}: ${message}.`), hint && ` ${hint[0].toUpperCase()}${hint.slice(1)}.`));
  }

  say(what) { replace(this.note, what); }

  // doubts are about fields that there are not, and values that cannot be.
  doubts(tree) {
    const fields = this.fields();
    if (!fields.all.size) return [];
    const out = [];
    for (const { field, text, kind } of leaves(tree)) {
      if (!field || field.startsWith("_") || /[*?]/.test(field)) continue;
      const f = fields.get(field);
      if (!f) {
        const like = fields.like(field);
        out.push(h("p", null, "There is no field ", h("b", null, field), " here.", like && [" Did you mean ", h("button", { type: "button", class: "link", onclick: () => this.rename(field, like) }, like), "?"],
          !like && /^[a-z]+$/i.test(field) && " For the text with its colon write quotes around it."));
      } else if (f.kind === "number" && kind === "term" && !/^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) {
        out.push(h("p", null, h("b", null, field), ` has numbers: nothing matches “${text}”. Write ${field}:500, ${field}:>=500 or ${field}:[500 TO 599].`));
      }
      if (out.length === 3) break;
    }
    return out;
  }

  rename(from, to) {
    const quote = (s) => s.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    this.set(this.text.replace(new RegExp(`(^|[\\s(+\\-!])${quote(from)}(?=\\s*:)`, "g"), (_, before) => before + escaped(to)));
    this.run();
  }

  // find gives suggestions: values behind "field:", else fields by the word at the caret.
  async find(text, caret) {
    const head = text.slice(0, caret);
    if ((head.match(/(?<!\\)"/g) ?? []).length % 2) return null;
    const value = /(?:^|[\s(+\-!])([\p{L}\p{N}_@.-]+):("?)([^\s"():[\]{}]*)$/u.exec(head);
    if (value) return this.valuesOf(value[1], value[3], caret - value[3].length - value[2].length, caret);
    const word = /[\p{L}\p{N}_@.-]+$/u.exec(head)?.[0].replace(/^[-+]/, "") ?? "";
    if (!word || /^\d/.test(word)) return null;
    const low = word.toLowerCase();
    const rank = (name) => (name.toLowerCase().startsWith(low) ? 0 : name.toLowerCase().includes("." + low) ? 1 : 2);
    const entries = this.fields().list.filter((f) => f.searchable && f.name.toLowerCase().includes(low))
      .sort((a, b) => rank(a.name) - rank(b.name) || a.name.length - b.name.length).slice(0, 12)
      .map((f) => ({ text: escaped(f.name), show: f.name, hint: f.type, after: text[caret] === ":" ? "" : ":" }));
    return { from: caret - word.length, to: caret, entries };
  }

  async valuesOf(field, beginning, from, to) {
    await new Promise((done) => setTimeout(done, 200));
    if (this.field.selectionStart !== to) return null;
    const found = await this.values(field, beginning).catch(() => []);
    return { from, to, entries: found.map(({ key, n }) => ({ text: quoted(key), show: String(key), hint: plural(n, "document"), after: " " })) };
  }
}

// quoted is a value as it stands in a query.
function quoted(value) {
  const text = String(value);
  return /^[\p{L}\p{N}_.@]+$/u.test(text) && !/^(AND|OR|NOT|TO)$/.test(text) ? text : `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

// escaped is a field's name as it stands in a query.
const escaped = (name) => name.replace(/[\s:()"\\^[\]{}~*?/!&|<>=]/g, "\\$&");

// leaves are a query's parts that name a field or a value.
export function leaves(node) {
  if (!node) return [];
  if (node.kind === "bool") return [...node.must, ...node.should, ...node.not].flatMap(leaves);
  return [node];
}

const syntax = [
  ["failed payment", "either word, in any field: OR stands between words"],
  ["failed AND payment", "both; && and + do the same: +failed +payment"],
  ["failed NOT timeout", "without a word; also -timeout and !timeout"],
  ["\"read timed out\"", "these words in this order; \"read out\"~2 with two others between"],
  ["response:500", "in a field"],
  ["response:(500 OR 503)", "one of several"],
  ["level:ERROR AND NOT type:shop", "AND and OR have no precedence of their own: use parentheses"],
  ["response:[500 TO 599]", "from and to, both included; {500 TO 599} neither"],
  ["bytes:>10000", "also >=, < and <="],
  ["@timestamp:[now-1h TO now]", "times too"],
  ["host:web*", "* any characters, ? one; a leading * is slow"],
  ["user:jon~", "words that differ by a letter or two"],
  ["path:/\\/api\\/v[12].*/", "a regular expression on the whole word"],
  ["_exists_:referrer", "documents that have the field; NOT _exists_:referrer those without"],
  ["path:\\/cart\\?x", "a backslash takes a sign as it is: + - ! ( ) : ^ [ ] \" { } ~ * ? \\ /"],
];

function showSyntax() {
  openDialog("How to write queries", [
    h("table", { class: "syntax" }, h("tbody", null, syntax.map(([example, what]) => h("tr", null, h("th", { scope: "row" }, h("code", null, example)), h("td", null, what))))),
    h("p", { class: "soft" }, "Capitals matter in AND, OR, NOT and TO, not in the words of texts. A field that ends in .keyword holds the whole value, where capitals matter."),
  ], { class: "wide" });
}
