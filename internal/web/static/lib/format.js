// Numbers and times for people.

const whole = new Intl.NumberFormat("en");
export const count = (n) => whole.format(n);

// short is 1.2k, 3.4M.
export function short(n) {
  for (const [size, letter] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]]) {
    if (Math.abs(n) >= size) return trim(n / size) + letter;
  }
  return trim(n);
}

function trim(n) { return String(Number(n.toFixed(Math.abs(n) < 10 ? 1 : 0))); }

// bytes is 1.2 MiB.
export function bytes(n) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let i = 0;
  for (; n >= 1024 && i < units.length - 1; i++) n /= 1024;
  return `${i ? n.toFixed(n < 10 ? 1 : 0) : n} ${units[i]}`;
}

const two = (n) => String(n).padStart(2, "0");

export const dayOf = (d) => `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
export const clockOf = (d) => `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;

// stamp is 2026-11-23 14:05:06.123 in the reader's own zone.
export function stamp(d, millis = true) {
  return `${dayOf(d)} ${clockOf(d)}${millis ? "." + String(d.getMilliseconds()).padStart(3, "0") : ""}`;
}

// duration is 850 ms, 12 s, 3 min, 4 h, 2 d.
export function duration(ms) {
  for (const [size, unit] of [[86400e3, "d"], [3600e3, "h"], [60e3, "min"], [1e3, "s"]]) {
    if (ms >= size) return trim(ms / size) + " " + unit;
  }
  return Math.round(ms) + " ms";
}

// ago is "just now", "12 s ago".
export function ago(ms) { return ms < 2000 ? "just now" : duration(ms) + " ago"; }

export const plural = (n, one, many = one + "s") => `${count(n)} ${n === 1 ? one : many}`;
