// Taking a search elsewhere: a link to it, or all that it finds as a file.

import { h, button, replace, announce } from "../lib/dom.js";
import { getText, problemPanel } from "../lib/net.js";
import { openDialog } from "../lib/dialog.js";
import { count } from "../lib/format.js";
import { copy } from "../lib/copy.js";
import { timeField, splitSort } from "./request.js";

// showLinks offers the address with the time as it is written, and with the moment that it means now.
export function showLinks({ moving, fixed }) {
  const row = (label, note, url) => {
    const id = `link-${label.length}`;
    const field = h("input", { class: "input", id, readonly: true, value: url, onfocus: () => field.select() });
    return h("div", { class: "link-row" }, h("label", { for: id }, label), h("div", { class: "link-field" }, field, button({ icon: "copy", class: "primary", onclick: () => copy(url, "The link") }, "Copy")), h("p", { class: "soft" }, note));
  };
  openDialog("Share this search", [
    row("These documents", "The time is fixed: whoever opens the link sees what you see.", fixed),
    moving !== fixed && row("This search", "The time goes on: whoever opens the link sees the latest.", moving),
  ]);
}

// showExport asks what to put into the file. The program reads it from the engine page by page and the browser saves it as it comes.
export function showExport({ index, query, sort, total, columns }) {
  const id = (name) => `export-${name}`;
  const format = h("select", { class: "select", id: id("format"), onchange: () => draw() },
    h("option", { value: "ndjson" }, "NDJSON: a document a line, as it is in the index"), h("option", { value: "csv" }, "CSV: a table for spreadsheets"));
  const limit = h("input", { class: "input", id: id("limit"), type: "number", min: 1, value: Math.max(1, total), required: true });
  const order = h("select", { class: "select", id: id("order") }, h("option", { value: "asc" }, "oldest first"), h("option", { value: "desc" }, "newest first"));
  const [by, way] = splitSort(sort);
  order.value = by === timeField ? way : "asc";
  const wanted = h("textarea", { class: "input", id: id("columns"), rows: 3, spellcheck: "false", value: [timeField, ...columns].join("\n") });
  const safe = h("input", { type: "checkbox", id: id("safe"), checked: true });
  const table = h("div", { class: "export-table" },
    h("label", { for: id("columns") }, "Columns, one a line"), wanted,
    h("label", { class: "check" }, safe, "Keep cells from being formulas: an ' before = + - @ (for spreadsheets)"));
  const draw = () => { table.hidden = format.value !== "csv"; };
  draw();
  const fault = h("div");
  const wishes = () => {
    const list = [["index", index], ["query", JSON.stringify(query)], ["format", format.value], ["order", order.value], ["limit", limit.value]];
    if (format.value === "csv") list.push(...wanted.value.split("\n").map((c) => c.trim()).filter(Boolean).map((c) => ["column", c]), ["safe", String(safe.checked)]);
    return list;
  };
  // One document is tried first: what is wrong is said here, where a download could only break.
  const save = async (event) => {
    event.preventDefault();
    try {
      await getText("./export", new URLSearchParams([...wishes().filter(([n]) => n !== "limit"), ["limit", "1"]]));
    } catch (err) {
      replace(fault, problemPanel(err));
      return;
    }
    const sent = h("form", { method: "post", action: "./export", hidden: true }, wishes().map(([name, value]) => h("input", { type: "hidden", name, value })));
    document.body.append(sent);
    sent.submit();
    sent.remove();
    announce("The export begins; the browser shows how it goes.");
    close();
  };
  const form = h("form", { class: "export", onsubmit: save },
    h("p", null, `The search finds ${count(total)} ${total === 1 ? "document" : "documents"}. The file has all of them, more than the table shows, in the order of time.`),
    h("label", { for: id("format") }, "Format"), format,
    h("div", { class: "two" }, h("div", null, h("label", { for: id("limit") }, "At most"), limit), h("div", null, h("label", { for: id("order") }, "Order"), order)),
    table, fault,
    h("div", { class: "dialog-end" }, h("button", { type: "submit", class: "button primary", id: "export-run" }, "Save the file")));
  const close = openDialog("Export", form);
}
