// How long a file may be silent before something is wrong, learned from when it wrote before. Nothing is asked for or drawn here.
//
// Of the time before its last line it is known, at three scales, in which steps of time it wrote at all. From coarse to fine: where it has
// pauses at a scale that come back, they are what is usual. Pauses that come back at the same time of day, as over night, count at that
// time of day only. What happened once is taken for a fault of that day, not for a habit.

const second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;

// scales are what is looked at: spans before the last line, in steps.
export const scales = [
  { name: "weeks", span: 14 * day, step: 15 * minute },
  { name: "day", span: day, step: minute },
  { name: "minutes", span: 10 * minute, step: 10 * second },
];

const least = minute;       // silence that is never told of
const factor = 1.5;         // over the longest usual pause
const slack = 30 * minute;  // for what comes at a time of day
const near = hour;          // within which two times of day are one

// learn makes a rhythm of the steps in which something was written: { weeks: [ms, …], day, minutes }, sorted. It is { allowed, longest, times,
// few, scale, daily }: allowed is the silence that is no reason to worry, longest the longest pause that is usual, times how many
// pauses that is taken from, few whether they are too few to be sure of, scale the one they were found at, null where there were none.
export function learn(steps) {
  const weeks = pauses(steps.weeks, scales[0].step), day = pauses(steps.day, scales[1].step);
  const daily = steps.weeks?.length > 1 ? recurring(weeks, days(steps.weeks)) : [];
  const habits = new Set(daily.flatMap((d) => d.members));
  const irregular = weeks.filter((p) => !habits.has(p));
  const coarse = usual(irregular);
  if (coarse) return { ...coarse, scale: scales[0], daily };
  const middle = steps.day?.length >= 10 && usual(day.filter((p) => !daily.some((d) => sameTime(d.clock, clockOf(p.at)))));
  if (middle) return { ...middle, scale: scales[1], daily };
  const fine = (steps.minutes ?? []).slice(1).map((t, i) => t - steps.minutes[i]).sort((a, b) => b - a);
  if (fine.length >= 5) {
    const longest = fine[fine.length >= 20 ? 1 : 0];
    return { longest, times: fine.length, few: false, allowed: Math.max(least, 3 * longest), scale: scales[2], daily };
  }
  if (daily.length) { // it writes now and then, at its times of day
    const longest = Math.max(...daily.map((d) => d.longest));
    return { longest, times: habits.size, few: false, allowed: 1.1 * longest + slack, scale: scales[0], daily };
  }
  const all = [...irregular, ...day].map((p) => p.length);
  const longest = Math.max(0, ...all);
  if (!longest) return { longest: 0, times: 0, few: true, allowed: Infinity, scale: null, daily };
  return { longest, times: all.length, few: true, allowed: Math.max(10 * minute, 3 * longest), scale: irregular.length ? scales[0] : scales[1], daily };
}

// pauses are the times between two steps with lines that have a step without between them.
function pauses(steps, step) {
  const out = [];
  for (let i = 1; i < (steps ?? []).length; i++) {
    if (steps[i] - steps[i - 1] > step) out.push({ at: steps[i - 1], length: steps[i] - steps[i - 1], step });
  }
  return out;
}

// usual is the longest pause, of enough of them, without those that happened once: { longest, times, few, allowed }, or null.
function usual(list) {
  if (list.length < 4) return null;
  const sorted = list.map((p) => p.length).sort((a, b) => b - a);
  const dropped = sorted.length >= 100 ? 2 : sorted.length >= 12 ? 1 : 0;
  const longest = sorted[dropped];
  return { longest, times: sorted.length, few: false, allowed: Math.max(least, factor * longest + list[0].step) };
}

const clockOf = (t) => ((t % day) + day) % day;
const sameTime = (a, b) => { const d = Math.abs(a - b); return Math.min(d, day - d) <= near; };
const dayOf = (t) => Math.floor(t / day);
const days = (steps) => Math.max(1, Math.round((steps.at(-1) - steps[0]) / day));

// recurring groups pauses that begin at the same time of day on at least two days and every third day: [{ clock, longest, days, members }].
function recurring(list, observed) {
  const wanted = Math.max(2, Math.ceil(observed / 3));
  const groups = [];
  for (const p of list) {
    if (groups.some((g) => g.members.includes(p))) continue;
    const members = list.filter((o) => sameTime(clockOf(o.at), clockOf(p.at)) && o.length >= p.length / 2 && o.length <= p.length * 2.5 + slack);
    const on = new Set(members.map((o) => dayOf(o.at))).size;
    if (on >= wanted) groups.push({ clock: clockOf(p.at), longest: Math.max(...members.map((o) => o.length)), days: on, members });
  }
  return groups;
}

// judge says how a file fares: { state, silence, allowed, until, daily }. The states: good; quiet, which is silent as usual at this time of
// day; bad; unsure, which is silent for long, but little is known; new, of which nothing is known.
export function judge(rhythm, last, now) {
  const silence = Math.max(0, now - last);
  const daily = rhythm.daily.filter((d) => sameTime(d.clock, clockOf(last))).sort((a, b) => b.longest - a.longest)[0] ?? null;
  const atThisTime = daily ? 1.1 * daily.longest + slack : 0;
  const allowed = Math.max(rhythm.allowed, atThisTime);
  const state = silence <= least ? "good" : !rhythm.scale ? "new" : silence <= rhythm.allowed ? "good" : silence <= atThisTime ? "quiet" : rhythm.few ? "unsure" : "bad";
  return { state, silence, allowed, until: last + allowed, daily };
}

// justWrote tells of a file that wrote so lately that nothing needs to be known of it.
export const justWrote = (last, now) => now - last <= least;
