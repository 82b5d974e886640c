// Small boxes that hang at a button: the browser closes them by Escape and by a click elsewhere.

import { h } from "./dom.js";

// popover opens content below an anchor, with the focus on its first field, and returns how to close it.
export function popover(anchor, content, { label, class: kind = "", focus = true, onclose } = {}) {
  const box = h("div", { class: `popover ${kind}`, popover: "auto", role: "dialog", "aria-label": label }, content);
  (anchor.closest("dialog") ?? document.body).append(box);
  const place = () => {
    const a = anchor.getBoundingClientRect();
    const below = innerHeight - a.bottom - 12, above = a.top - 12;
    const up = below < Math.min(box.scrollHeight, 260) && above > below;
    box.style.setProperty("max-height", Math.max(160, up ? above : below) + "px");
    box.style.setProperty("left", Math.max(8, Math.min(a.left, innerWidth - box.offsetWidth - 8)) + "px");
    box.style.setProperty("top", (up ? Math.max(8, a.top - box.offsetHeight - 5) : a.bottom + 5) + "px");
  };
  const close = () => box.hidePopover();
  box.addEventListener("toggle", (event) => {
    if (event.newState === "open") return;
    removeEventListener("resize", place);
    const inside = box.contains(document.activeElement) || document.activeElement === document.body;
    anchor.setAttribute("aria-expanded", "false");
    box.remove();
    if (inside && anchor.isConnected) anchor.focus({ preventScroll: true });
    onclose?.();
  });
  box.showPopover();
  place();
  anchor.setAttribute("aria-expanded", "true");
  addEventListener("resize", place);
  if (focus) box.querySelector("[autofocus], input, select, textarea, button")?.focus({ preventScroll: true });
  return { box, close, place };
}
