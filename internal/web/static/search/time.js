// Times as people write them: now-15m, now/d, 2026-11-23, 2026-11-23 14:05, 14:05, yesterday; in the reader's own zone.

import { stamp, dayOf, clockOf } from "../lib/format.js";

const units = { s: 1e3, m: 60e3, h: 3600e3, d: 86400e3, w: 7 * 86400e3 };

export const presets = [
  ["now-5m", "Last 5 minutes"], ["now-15m", "Last 15 minutes"], ["now-1h", "Last hour"], ["now-4h", "Last 4 hours"], ["now-24h", "Last 24 hours"],
  ["now-7d", "Last 7 days"], ["now-30d", "Last 30 days"], ["now/d", "Today"], ["now-1y", "Last year"],
];

// parseTime gives milliseconds, or throws words. end says that the text ends a range: what is left out is filled up to its end.
export function parseTime(text, now, end) {
  text = text.trim();
  const low = text.toLowerCase();
  if (low === "today") return parseTime("now/d", now, end);
  if (low === "yesterday") return parseTime("now-1d/d", now, end);
  if (low.startsWith("now")) return relative(text, now, end);
  if (/^\d{12,14}$/.test(text)) return Number(text);
  const absolute = parseAbsolute(text, now, end);
  if (absolute === null) throw new Error(`“${text}” is no time. Write now-2h, now/d, 2026-11-23, 2026-11-23 14:05, 14:05 or yesterday.`);
  return absolute;
}

function relative(text, now, end) {
  const d = new Date(now);
  let rest = text.slice(3);
  while (rest) {
    const m = /^(?:([+-])(\d{1,6})([smhdwMy])|\/([smhdwMy]))/.exec(rest);
    if (!m) throw new Error(`“${text}”: after now come steps such as -15m, -2h, -1d or /d (s m h d w M y).`);
    if (m[4]) round(d, m[4], end);
    else step(d, (m[1] === "-" ? -1 : 1) * Number(m[2]), m[3]);
    rest = rest.slice(m[0].length);
  }
  return d.getTime();
}

// step moves by calendar for days and more, so that a day later is the same time of day.
function step(d, n, unit) {
  if (unit === "M") d.setMonth(d.getMonth() + n);
  else if (unit === "y") d.setFullYear(d.getFullYear() + n);
  else if (unit === "d") d.setDate(d.getDate() + n);
  else if (unit === "w") d.setDate(d.getDate() + 7 * n);
  else d.setTime(d.getTime() + n * units[unit]);
}

function round(d, unit, end) {
  if (unit === "y") d.setMonth(0, 1);
  if (unit === "M") d.setDate(1);
  if (unit === "w") d.setDate(d.getDate() - ((d.getDay() + 6) % 7));
  if ("yMwd".includes(unit)) d.setHours(0, 0, 0, 0);
  else if (unit === "h") d.setMinutes(0, 0, 0);
  else if (unit === "m") d.setSeconds(0, 0);
  else d.setMilliseconds(0);
  if (end) {
    step(d, 1, unit);
    d.setTime(d.getTime() - 1);
  }
}

function parseAbsolute(text, now, end) {
  const m = /^(?:(\d{4})-(\d{1,2})(?:-(\d{1,2}))?)?(?:[T ]?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i.exec(text);
  if (!m || (!m[1] && !m[4]) || (m[4] && m[1] && !m[3])) return null;
  const today = new Date(now);
  const [year, month, day] = m[1] ? [Number(m[1]), Number(m[2]), Number(m[3] ?? 1)] : [today.getFullYear(), today.getMonth() + 1, today.getDate()];
  const millis = m[7] ? Number((m[7] + "00").slice(0, 3)) : 0;
  const parts = [year, month - 1, day, Number(m[4] ?? 0), Number(m[5] ?? 0), Number(m[6] ?? 0), millis];
  const utc = Date.UTC(...parts);
  const check = new Date(utc);
  if (check.getUTCMonth() !== month - 1 || check.getUTCDate() !== day || parts[3] > 24 || parts[4] > 59 || parts[5] > 60) return null;
  let at = m[8] ? utc - offset(m[8]) : new Date(...parts).getTime();
  if (end) at += m[7] ? 0 : m[6] ? 999 : m[4] ? 59999 : 0;
  if (end && !m[4]) at = m[3] ? nextDay(at, 1) - 1 : new Date(year, month, 1).getTime() - 1;
  return at;
}

function nextDay(at, n) {
  const d = new Date(at);
  d.setDate(d.getDate() + n);
  return d.getTime();
}

function offset(zone) {
  if (/^z$/i.test(zone)) return 0;
  const [, sign, h, m] = /([+-])(\d{2}):?(\d{2})/.exec(zone);
  return (sign === "-" ? -1 : 1) * (Number(h) * 60 + Number(m)) * 60e3;
}

// resolve gives a range in milliseconds, both ends included; "all" as the beginning means all time, which is null.
export function resolve(from, to, now = Date.now()) {
  if (from === "all") return null;
  const range = { from: parseTime(from, now, false), to: parseTime(to, now, true) };
  if (range.from > range.to) throw new Error("The range ends before it begins: change its ends.");
  return range;
}

// describe is a range in words.
export function describe(from, to) {
  if (from === "all") return "All time";
  const preset = presets.find(([f]) => f === from);
  if (to === "now" && preset) return preset[1];
  const m = /^now-(\d+)([smhdwMy])$/.exec(from);
  if (to === "now" && m) return `Last ${m[1]} ${{ s: "second", m: "minute", h: "hour", d: "day", w: "week", M: "month", y: "year" }[m[2]]}${m[1] === "1" ? "" : "s"}`;
  try {
    const range = resolve(from, to);
    return between(range.from, range.to);
  } catch {
    return `${from} – ${to}`;
  }
}

// between is 2026-11-23 14:05 – 15:10.
export function between(from, to) {
  const a = new Date(from), b = new Date(to);
  const seconds = a.getSeconds() || (b.getSeconds() && b.getSeconds() !== 59) || to - from < 120e3;
  const clock = (d) => clockOf(d).slice(0, seconds ? 8 : 5);
  return dayOf(a) === dayOf(b) ? `${dayOf(a)} ${clock(a)} – ${clock(b)}` : `${dayOf(a)} ${clock(a)} – ${dayOf(b)} ${clock(b)}`;
}

// write is an absolute time as it stands in the address and in the fields, to the millisecond where it must.
export function write(ms) {
  const d = new Date(ms);
  return stamp(d, d.getMilliseconds() !== 0).replace(/:00$/, "");
}

const steps = [1e3, 2e3, 5e3, 10e3, 15e3, 30e3, 60e3, 120e3, 300e3, 600e3, 900e3, 1800e3, 3600e3, 7200e3, 10800e3, 21600e3, 43200e3, 86400e3, 2 * 86400e3, 7 * 86400e3, 30 * 86400e3, 90 * 86400e3, 365 * 86400e3];

// intervalFor is the width of a bar, so that at most so many stand in a range.
export function intervalFor(range, bars) {
  const wanted = (range.to - range.from) / bars;
  return steps.find((s) => s >= wanted) ?? steps.at(-1);
}
