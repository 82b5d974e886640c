// The state of a page in its URL, so that a link shows what was seen and the browser's arrows work.

// readState gives the URL's parameters over the defaults. A default's type decides: number, boolean, array (repeated parameter) or text.
export function readState(defaults) {
  const params = new URLSearchParams(location.search);
  const out = {};
  for (const [name, def] of Object.entries(defaults)) {
    if (!params.has(name)) out[name] = Array.isArray(def) ? [...def] : def;
    else if (Array.isArray(def)) out[name] = params.getAll(name).filter((v) => v !== "");
    else if (typeof def === "number") out[name] = Number.isFinite(Number(params.get(name))) ? Number(params.get(name)) : def;
    else if (typeof def === "boolean") out[name] = params.get(name) !== "false";
    else out[name] = params.get(name);
  }
  return out;
}

// urlOf is the page's address with a state; what is as by default is left out.
export function urlOf(state, defaults) {
  const params = new URLSearchParams();
  for (const [name, def] of Object.entries(defaults)) {
    const value = state[name];
    if (value === undefined || same(value, def)) continue;
    if (Array.isArray(value)) (value.length ? value : [""]).forEach((v) => params.append(name, v));
    else params.set(name, String(value));
  }
  const query = params.toString();
  return location.pathname + (query ? "?" + query : "");
}

function same(a, b) { return Array.isArray(a) ? a.length === b.length && a.every((v, i) => v === b[i]) : a === b; }

// writeState puts the state into the address bar: as a new entry of the history, or in place of the last one.
export function writeState(state, defaults, { replace = false } = {}) {
  const url = urlOf(state, defaults);
  if (url === location.pathname + location.search) return;
  history[replace ? "replaceState" : "pushState"](null, "", url);
}

// onState calls f when the browser's arrows changed the URL.
export function onState(f) { window.addEventListener("popstate", f); }

// remember and recall keep small settings in this browser, where it lets them.
export function remember(key, value) {
  try { localStorage.setItem("castor." + key, JSON.stringify(value)); } catch { /* forgotten, then */ }
}

export function recall(key, otherwise) {
  try { return JSON.parse(localStorage.getItem("castor." + key)) ?? otherwise; } catch { return otherwise; }
}
