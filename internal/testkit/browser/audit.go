package browser

import "strings"

// Audit fails the test for what keeps people from using what is seen: a control without a name, a field without a label, an id that stands
// twice, text with less than WCAG's contrast to what is behind it, a control that the keyboard does not reach, a picture
// without a word, a page that is wider than its window.
func (p *Page) Audit() {
	p.t.Helper()
	var faults []string
	p.Eval(audit, &faults)
	if len(faults) > 0 {
		p.t.Errorf("not everybody can use this page:\n  %s", strings.Join(faults, "\n  "))
	}
}

const audit = `(() => {
  const faults = [];
  const where = (e) => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + (typeof e.className === "string" && e.className ? "." + e.className.trim().replace(/\s+/g, ".") : "") + " “" + (e.textContent || "").trim().slice(0, 40) + "”";
  const dialog = document.querySelector("dialog[open]");
  const root = dialog ?? document.body;
  const seen = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && e.getClientRects().length > 0 && !e.closest(".unseen");

  const nameOf = (e) => (e.getAttribute("aria-label") ?? "") || (e.getAttribute("aria-labelledby") ?? "").split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? "").join(" ").trim()
    || [...(e.labels ?? [])].map((l) => l.textContent).join(" ").trim() || (e.matches("input, select, textarea") ? "" : e.textContent.trim()) || e.getAttribute("title") || "";
  for (const e of root.querySelectorAll("button, a[href], input:not([type=hidden]), select, textarea, summary, [role=button], [role=tab], [role=menuitem], [tabindex]:not([tabindex='-1'])")) {
    if (!seen(e)) continue;
    if (!nameOf(e)) faults.push("no name: " + where(e));
    if (e.tabIndex < 0 && !e.disabled && !e.closest("[role=tablist], [role=menu], [role=grid], [role=listbox]")) faults.push("not reached by the keyboard: " + where(e));
    if (e.tabIndex > 0) faults.push("an order of its own: " + where(e));
  }
  for (const e of root.querySelectorAll("img:not([alt]), svg:not([aria-hidden]):not([aria-label]):not([aria-labelledby]):not([role=presentation]), [role=img]:not([aria-label]):not([aria-labelledby])")) {
    if (seen(e) && !e.closest("[aria-hidden=true]")) faults.push("a picture without words: " + where(e));
  }
  const ids = new Set();
  for (const e of document.querySelectorAll("[id]")) { if (ids.has(e.id)) faults.push("the id stands twice: " + e.id); ids.add(e.id); }

  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  canvas.canvas.width = canvas.canvas.height = 1;
  const rgba = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
  const over = (top, under) => { const a = top[3]; return [0, 1, 2].map((i) => top[i] * a + under[i] * (1 - a)).concat(1); };
  const behind = (e) => {
    const layers = [];
    for (let x = e; x; x = x.parentElement) {
      const c = rgba(getComputedStyle(x).backgroundColor);
      if (c[3] > 0) layers.push(c);
      if (c[3] === 1 || x === dialog) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), over(rgba(getComputedStyle(document.body).backgroundColor), [255, 255, 255, 1]));
  };
  const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const told = new Set();
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const e = n.parentElement;
    if (!n.textContent.trim() || !seen(e) || e.closest("script, style, noscript, option, :disabled, [aria-disabled=true]")) continue;
    const style = getComputedStyle(e), back = behind(e);
    const text = over(rgba(e instanceof SVGElement ? style.fill : style.color), back);
    const [a, b] = [light(text), light(back)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05), size = parseFloat(style.fontSize), large = size >= 24 || size >= 18.66 && Number(style.fontWeight) >= 700;
    if (ratio < (large ? 3 : 4.5)) {
      const words = "contrast " + ratio.toFixed(2) + " of " + where(e);
      if (!told.has(words)) { told.add(words); faults.push(words); }
    }
  }
  if (!dialog && document.documentElement.scrollWidth > innerWidth + 1) faults.push("the page is " + document.documentElement.scrollWidth + " wide in a window of " + innerWidth);
  return faults;
})()`
