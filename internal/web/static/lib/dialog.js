// Dialogs: the browser's own, which keeps the focus inside, closes by Escape and gives the focus back.

import { h, button } from "./dom.js";

// openDialog shows content under a title and returns how to close it; onclose is called when it has closed.
export function openDialog(title, content, { class: kind = "", onclose } = {}) {
  const close = () => dialog.close();
  const dialog = h("dialog", { class: `dialog ${kind}`, "aria-label": title },
    h("header", null, h("h2", null, title), button({ icon: "close", class: "quiet", label: "Close", onclick: close })),
    h("div", { class: "dialog-body" }, content));
  dialog.addEventListener("close", () => { dialog.remove(); onclose?.(); });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) close(); });
  document.body.append(dialog);
  dialog.showModal();
  return close;
}
