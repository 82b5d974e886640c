// Why a log is judged as it is, in sentences.

import { duration, plural, stamp, ago } from "../lib/format.js";
import { scales } from "./rhythm.js";

const spans = new Map([[scales[0], "the last two weeks"], [scales[1], "the day before"], [scales[2], "the ten minutes before"]]);

export const looks = {
  good: ["good", "check", "writes"], quiet: ["", "moon", "quiet as usual"], bad: ["bad", "warning", "silent"], unsure: ["warn", "help", "silent, little is known"],
  new: ["", "help", "too few lines to judge"], future: ["warn", "clock", "clock is wrong"], waiting: ["", "clock", "not judged yet"],
};

// reason says in one sentence why.
export function reason(log, v, now) {
  const { rhythm } = log;
  switch (v.state) {
    case "future": return `Its newest line is ${duration(log.last - now)} in the future: the clock of the host is wrong, or the time zone of its date filter.`;
    case "waiting": return `Silent for ${duration(v.silence)}; its rhythm is being looked up.`;
    case "new": return `Silent for ${duration(v.silence)}; it wrote too little to have a rhythm.`;
    case "quiet": return `Silent for ${duration(v.silence)}, as on ${plural(v.daily.days, "day")} of the last two weeks at this time of day. It should write again by ${stamp(new Date(v.until), false)}.`;
    case "bad": return `Silent for ${duration(v.silence)}. ${usually(rhythm)}`;
    case "unsure": return `Silent for ${duration(v.silence)}. ${usually(rhythm)} That is little to judge by.`;
  }
  return v.silence < 2000 ? "It writes." : rhythm?.scale && v.silence > 60e3 ? `Silent for ${duration(v.silence)}, which is usual: ${usually(rhythm, true)}` : `The last line ${ago(v.silence)}.`;
}

function usually(r, inside = false) {
  const text = r.longest <= 60e3 && r.scale === scales[2]
    ? `In ${spans.get(r.scale)} its pauses were of ${duration(r.longest)} at most.`
    : r.few ? `Of ${plural(r.times, "pause")} in ${spans.get(r.scale)} the longest was ${duration(r.longest)}.`
      : `In ${spans.get(r.scale)} its usual pauses were of up to ${duration(r.longest)}.`;
  return inside ? text[0].toLowerCase() + text.slice(1) : text;
}

// todo is what to do about a silent log of a host that lives, or of one that does not.
export function todo(log, hostLives) {
  if (!hostLives) return ["Does the host run, and castor-shipper on it (systemctl status castor-shipper)?", "Does it reach the broker? Its own page /_health_report, or its log, says what it waits for."];
  if (log.path === null) return ["These lines come without a file, over the network for instance: does their sender run?"];
  return [
    "Is the file still written on the host? The program may have stopped, or writes under another name.",
    "May castor-shipper still read it? Its log says when it may not; castor-shipper offsets tells how far it has read.",
    "Does the shipper's configuration still name it?",
  ];
}
