// What is known of the hosts: a survey of two weeks once, the last minutes again and again, and the rhythm of each log that falls silent.
import { logsOf } from "./source.js";
import { learn, judge, justWrote } from "./rhythm.js";

const short = 20 * 60e3;  // what is looked at again
const atOnce = 3;         // rhythms that are asked for at the same time
const anew = 15 * 60e3;   // after which the survey is made anew, for what came late

export class Watch {
  // changed is called when a rhythm is known.
  constructor(source, kept, changed) {
    Object.assign(this, { source, kept, changed, logs: null, skew: 0, control: new AbortController(), rhythms: new Map(), asked: new Set(), running: 0, surveyed: 0 });
  }

  end() { this.control.abort(); }

  // now is the time of the program's machine: the browser's clock may be wrong.
  now() { return Date.now() + this.skew; }

  async look() {
    const { signal } = this.control;
    if (!this.logs || Date.now() - this.surveyed > anew) {
      await this.tellTime();
      await this.source.fields(signal);
      const found = this.source.hosts.length ? await this.source.survey(this.now() - this.kept, this.now(), signal) : { rows: [], total: this.source.known ? 1 : 0, cut: false, late: false };
      Object.assign(this, { rows: new Map(found.rows.map((r) => [keyOf(r), r])), total: found.total, cut: found.cut, late: found.late, surveyed: Date.now() });
    } else {
      const found = await this.source.survey(this.now() - short, this.now(), signal);
      for (const r of this.rows.values()) r.recent = 0;
      for (const r of found.rows) {
        const known = this.rows.get(keyOf(r));
        if (known) Object.assign(known, { last: Math.max(known.last, r.last), recent: r.recent });
        else this.rows.set(keyOf(r), r);
      }
    }
    this.logs = logsOf(this.rows.values());
    for (const log of this.logs.values()) this.attach(log);
    this.learnMore();
  }

  async tellTime() {
    const answer = await fetch("settings", { method: "HEAD", cache: "no-store", signal: this.control.signal }).catch(() => null);
    const date = Date.parse(answer?.headers.get("Date") ?? "");
    if (!Number.isNaN(date) && Math.abs(date - Date.now()) > 5000) this.skew = date - Date.now();
  }

  // attach gives a log the rhythm that is known of it, as long as it wrote nothing since.
  attach(log) {
    const known = this.rhythms.get(log.key);
    if (known?.last === log.last) log.rhythm = known.rhythm;
  }

  // learnMore asks for the rhythms of silent logs, the latest silent ones first.
  learnMore() {
    const wanted = [...this.logs.values()].filter((log) => !log.rhythm && !justWrote(log.last, this.now()) && !this.asked.has(log.key + log.last)).sort((a, b) => b.last - a.last);
    while (this.running < atOnce && wanted.length) {
      const log = wanted.shift();
      this.running++;
      this.asked.add(log.key + log.last);
      this.source.steps(log, this.control.signal).then((steps) => {
        const rhythm = learn(steps);
        this.rhythms.set(log.key, { last: log.last, rhythm });
        const now = this.logs.get(log.key);
        if (now) this.attach(now);
      }, () => { setTimeout(() => this.asked.delete(log.key + log.last), 30e3); }).finally(() => {
        this.running--;
        if (this.control.signal.aborted) return;
        this.learnMore();
        this.redraw();
      });
    }
  }

  // redraw tells of what was learned, not more often than the eye follows.
  redraw() {
    if (this.pending) return;
    this.pending = setTimeout(() => { this.pending = 0; this.changed(); }, 150);
  }

  verdict(log, now) {
    if (log.last > now + 60e3) return { state: "future", silence: 0, ahead: now - log.last };
    if (justWrote(log.last, now)) return { state: "good", silence: Math.max(0, now - log.last) };
    if (!log.rhythm) return { state: "waiting", silence: now - log.last };
    return judge(log.rhythm, log.last, now);
  }

  // stalled is for how long nothing came from anybody, in milliseconds, where that is longer than usual; else null. Of a single log nobody can
  // tell whether it ended or the way here.
  stalled() {
    if (this.logs.size < 2) return null;
    const now = this.now();
    const newest = [...this.logs.values()].filter((log) => log.last <= now + 60e3).sort((a, b) => b.last - a.last)[0];
    if (!newest || this.verdict(newest, now).state !== "bad") return null;
    return now - newest.last;
  }

  // hosts gives the hosts with their logs and verdicts, what needs a look first: [{ key, name, state, logs, silence, recent, dead, judged, alive }].
  hosts() {
    const now = this.now() - (this.stalled() ?? 0);
    const hosts = new Map();
    for (const log of this.logs.values()) {
      log.verdict = this.verdict(log, now);
      const key = log.hostField.name + " " + log.host;
      if (!hosts.has(key)) hosts.set(key, { key, name: log.host, logs: [], recent: 0 });
      hosts.get(key).logs.push(log);
    }
    const list = [...hosts.values()].map((host) => this.sum(host, now));
    return list.sort((a, b) => rank[a.state] - rank[b.state] || a.name.localeCompare(b.name, "en", { numeric: true }));
  }

  sum(host) {
    host.logs.sort((a, b) => rank[a.verdict.state] - rank[b.verdict.state] || (a.path ?? "~").localeCompare(b.path ?? "~", "en", { numeric: true }));
    host.recent = host.logs.reduce((n, log) => n + log.recent, 0);
    host.silence = Math.min(...host.logs.map((log) => log.verdict.silence));
    host.alive = host.logs.filter((log) => log.verdict.state === "good").sort((a, b) => a.verdict.silence - b.verdict.silence)[0] ?? null;
    const judged = host.logs.filter((log) => ["good", "quiet", "bad"].includes(log.verdict.state));
    host.judged = judged.length;
    host.dead = judged.length > 0 && judged.every((log) => log.verdict.state === "bad");
    host.state = host.logs[0].verdict.state;
    return host;
  }
}

const rank = { bad: 0, future: 1, unsure: 2, waiting: 3, new: 4, good: 5, quiet: 6 };
const keyOf = (r) => JSON.stringify([r.hostField.name, r.host, r.pathField?.name ?? "", r.path]);
