// What the figures of /_node/stats say, in words.

import { count, short, duration, plural } from "../lib/format.js";

// perSecond is 1.2k/s; small rates keep a digit.
export function perSecond(rate) {
  if (rate === undefined || rate === null) return "–";
  return (rate > 0 && rate < 10 ? Number(rate.toPrecision(2)).toString() : short(Math.round(rate))) + "/s";
}

export const current = (flow, name) => flow?.[name]?.current;

// plugins gives the inputs, filters and outputs of a pipeline with their types.
export function plugins(stats) {
  const p = stats.plugins ?? {};
  return ["input", "filter", "output"].flatMap((type) => (p[type + "s"] ?? []).map((x) => ({ type, ...x })));
}

// describe gives what a plugin's box shows: { type, health, rate, note, share, words }.
export function describe(stats, id) {
  const p = plugins(stats).find((x) => x.id === id);
  if (!p) return { type: "", health: "green", rate: "", note: "", share: 0, words: "" };
  const rate = perSecond(current(p.flow, "throughput"));
  const share = current(p.flow, "worker_utilization") ?? 0;
  const health = p.health?.status ?? (faults(p) > 0 ? "yellow" : p.dropped > 0 ? "yellow" : "green");
  const note = notes(p, share)[0] ?? "";
  const words = [rate, ...notes(p, share), p.health && p.health.status !== "green" && p.health.reason].filter(Boolean).join("; ");
  return { type: p.type, health, rate, note, share, words };
}

// faults are events on which a filter failed; of those that count matches, as Logstash has it, failures are what did not match.
const faults = (p) => (p.type === "filter" && p.matches === undefined ? p.failures ?? 0 : 0);

// notes are what else is worth a word, the most important first.
function notes(p, share) {
  const out = [];
  if (p.health && p.health.status !== "green") out.push(p.health.status === "red" ? "does not work" : "waits");
  const q = p.queue;
  if (q?.error) out.push("the queue is not known");
  else if (q) out.push(q.messages_ready > 0 ? `${short(q.messages_ready)} waiting${q.oldest_age_in_millis === null ? "" : ", " + duration(q.oldest_age_in_millis)}` : "queue empty");
  if (p.dropped > 0) out.push(`${short(p.dropped)} dropped`);
  if (p.type === "output" && p.failures > 0) out.push(`${short(p.failures)} refused`);
  if (p.retries > 0) out.push(plural(p.retries, "retry", "retries"));
  if (faults(p) > 0) out.push(`${short(p.failures)} failed`);
  if (p.matches + p.failures > 0) out.push(`${share100(p.matches, p.matches + p.failures)} match`);
  if (share >= 1) out.push(`${Math.round(share)} % of time`);
  return out;
}

export function share100(n, of) {
  const s = n / of * 100;
  return (s === 100 || s === 0 ? s : s > 99.9 ? "99.9" : s < 0.1 ? "<0.1" : s.toFixed(s > 99 || s < 1 ? 1 : 0)) + " %";
}

// queueOf sums what waits in the queues of a pipeline's inputs; null where none knows.
export function queueOf(stats) {
  const known = plugins(stats).filter((p) => p.queue && !p.queue.error).map((p) => p.queue);
  if (!known.length) return null;
  const ages = known.map((q) => q.oldest_age_in_millis).filter((a) => a !== null && a !== undefined);
  const sum = (name) => known.reduce((n, q) => n + (q[name] ?? 0), 0);
  return { ready: sum("messages_ready"), leased: sum("messages_leased"), oldest: ages.length ? Math.max(...ages) : null };
}

// lagOf is the largest lag of the pipeline's inputs or outputs, in milliseconds; null where nothing passed lately.
export function lagOf(stats, type) {
  const all = plugins(stats).filter((p) => p.type === type && p.lag).map((p) => p.lag.median_in_millis);
  return all.length ? Math.max(...all) : null;
}

// age is a lag for people.
export function age(ms) { return ms < 0 ? `${duration(-ms)} ahead` : duration(ms); }

// tiles are the figures at a pipeline's top: [{ label, value, note, tone }].
export function tiles(stats, trend) {
  const q = queueOf(stats), inLag = lagOf(stats, "input"), outLag = lagOf(stats, "output");
  const retries = plugins(stats).reduce((n, p) => n + (p.retries ?? 0), 0);
  const letters = stats.dead_letter_queue?.entries;
  const held = current(stats.flow, "queue_backpressure") ?? 0, busy = current(stats.flow, "worker_utilization") ?? 0;
  const inputs = Math.max(1, stats.plugins?.inputs?.length ?? 1);
  return [
    { label: "In", value: perSecond(current(stats.flow, "input_throughput")), note: `${count(stats.events?.in ?? 0)} since its start` },
    { label: "Out", value: perSecond(current(stats.flow, "output_throughput")), note: `${count(stats.events?.out ?? 0)} since its start` },
    q ? { label: "Waiting in the queue", value: count(q.ready), note: q.ready ? [q.oldest === null ? "" : `the oldest is ${age(q.oldest)} old`, trend].filter(Boolean).join("; ") : `${count(q.leased)} taken and under way`, tone: trend.startsWith("grows") ? "warn" : "" }
      : { label: "Under way", value: plural(stats.queue?.events_count ?? 0, "batch", "batches"), note: "between input and confirmation" },
    { label: "Lag", value: outLag === null && inLag === null ? "–" : age(outLag ?? inLag), note: outLag === null && inLag === null ? "no event in the last minute" : [outLag !== null && "from an event's time to its confirmation", inLag !== null && `the input has it after ${age(inLag)}`].filter(Boolean).join("; "), tone: inLag < -5000 || outLag < -5000 ? "warn" : "" },
    { label: "Workers busy", value: `${Math.round(busy)} %`, note: held / inputs >= 0.5 ? `the inputs are held back ${Math.min(100, Math.round(held / inputs * 100))} % of the time; ${slowest(stats)}` : slowest(stats), tone: held / inputs >= 0.8 ? "warn" : "" },
    { label: "Retries", value: short(retries), note: retries ? "events that an output wrote again" : "none since its start" },
    letters === undefined ? { label: "Refused for good", value: short(plugins(stats).reduce((n, p) => n + (p.dropped ?? 0), 0)), note: "there is no dead-letter queue" }
      : { label: "Dead letters", value: count(letters), note: letters ? "refused for good; they are kept, see below" : "nothing is refused for good", tone: letters ? "warn" : "" },
  ];
}

// slowest names the plugin that takes most of the time.
function slowest(stats) {
  const all = plugins(stats).filter((p) => p.type !== "input").map((p) => [p.name, current(p.flow, "worker_utilization") ?? 0]).sort((a, b) => b[1] - a[1]);
  return all.length && all[0][1] > 0 ? `${all[0][0]} takes most (${all[0][1] < 1 ? "<1" : Math.round(all[0][1])} %)` : "they wait for events";
}

// trendOf tells how a queue moves, of [{ t, n }] over the last minutes.
export function trendOf(samples) {
  if (samples.length < 3) return "";
  const first = samples[0], last = samples.at(-1), seconds = (last.t - first.t) / 1000;
  if (seconds < 12) return "";
  const rate = (last.n - first.n) / seconds;
  if (Math.abs(rate) < 0.2 || Math.abs(last.n - first.n) < Math.max(5, 0.02 * first.n)) return "steady";
  return rate > 0 ? `grows by ${perSecond(rate)}` : `empty in ${duration(last.n / -rate * 1000)}`;
}
