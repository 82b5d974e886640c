// Suggestions below a text field: a list to choose from with arrows and Enter, as the pattern "combobox" has it.

import { h, replace } from "./dom.js";

let serial = 0;

// suggest attaches suggestions to a field. find(text, caret) gives, now or later, { from, to, entries: [{ text, show?, hint?, after? }] }
// or null: an entry's text replaces the field's characters from from to to.
export function suggest(field, find, { onpick } = {}) {
  const id = `suggestions-${++serial}`;
  const list = h("ul", { class: "suggestions", id, role: "listbox", "aria-label": "Suggestions", popover: "manual" });
  document.body.append(list);
  let found = null, at = -1, asked = 0;
  for (const [k, v] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id, autocomplete: "off", autocapitalize: "off", spellcheck: "false" })) field.setAttribute(k, v);

  const close = () => {
    asked++;
    found = null;
    at = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
    if (list.matches(":popover-open")) list.hidePopover();
  };

  const light = (i) => {
    at = i;
    [...list.children].forEach((li, k) => li.setAttribute("aria-selected", k === i ? "true" : "false"));
    if (i < 0) field.removeAttribute("aria-activedescendant");
    else {
      field.setAttribute("aria-activedescendant", `${id}-${i}`);
      list.children[i].scrollIntoView({ block: "nearest" });
    }
  };

  const pick = (i) => {
    const { from, to, entries } = found;
    const entry = entries[i];
    const text = entry.text + (entry.after ?? "");
    field.focus();
    field.setRangeText(text, from, to, "end");
    close();
    field.dispatchEvent(new Event("input", { bubbles: true }));
    onpick?.(entry);
  };

  const show = async () => {
    const mine = ++asked;
    const result = await find(field.value, field.selectionStart ?? field.value.length);
    if (mine !== asked) return;
    if (!result?.entries.length || document.activeElement !== field) return close();
    found = result;
    replace(list, result.entries.map((e, i) => h("li", { id: `${id}-${i}`, role: "option", "aria-selected": "false",
      onpointerdown: (event) => { event.preventDefault(); pick(i); } }, h("span", null, e.show ?? e.text), e.hint && h("span", { class: "soft" }, e.hint))));
    const r = field.getBoundingClientRect();
    if (!list.matches(":popover-open")) list.showPopover();
    list.style.setProperty("left", Math.max(8, Math.min(r.left, innerWidth - list.offsetWidth - 8)) + "px");
    list.style.setProperty("top", r.bottom + 4 + "px");
    list.style.setProperty("max-height", Math.max(120, innerHeight - r.bottom - 16) + "px");
    field.setAttribute("aria-expanded", "true");
    light(-1);
  };

  field.addEventListener("input", (event) => { if (event.isTrusted || event.detail === "suggest") show(); });
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && !found && !event.altKey) return show();
    if (!found) return;
    const n = found.entries.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      light(at < 0 ? (step > 0 ? 0 : n - 1) : at + step < 0 || at + step >= n ? -1 : at + step);
    } else if ((event.key === "Enter" && at >= 0) || (event.key === "Tab" && !event.shiftKey && at >= 0)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      pick(at);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopImmediatePropagation();
      close();
    }
  }, { capture: true }); // before the field's own keys
  return { close };
}
