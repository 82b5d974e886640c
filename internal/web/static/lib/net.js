// Requests, and what went wrong with them in words: what happened, and what to do.

import { h, icon, button } from "./dom.js";
import { parse } from "./json.js";

// Problem is an error for the person at the page.
export class Problem extends Error {
  // what happened; todo: what to do about it; detail: the other side's own words; status: of HTTP, 0 without an answer.
  constructor(what, { todo = "", detail = "", status = 0, body = null } = {}) {
    super(what);
    Object.assign(this, { what, todo, detail, status, body });
  }
}

// getJSON asks for a path below this page and decodes the answer. Anything but success is a Problem; a request that was
// given up by its signal is an AbortError. seconds bounds the wait.
export async function getJSON(path, { method = "GET", body, signal, seconds = 60 } = {}) {
  const answer = await request(path, { method, signal, seconds, body: body === undefined ? undefined : JSON.stringify(body), kind: "application/json" });
  const data = decode(answer.text);
  if (data === undefined) throw new Problem("The answer cannot be read.", { todo: "Does a proxy stand between, which answers instead?", detail: answer.text.slice(0, 300), status: answer.status });
  return data;
}

// getText posts a form and gives the answer as it is.
export async function getText(path, form, { signal, seconds = 60 } = {}) {
  return (await request(path, { method: "POST", body: form.toString(), kind: "application/x-www-form-urlencoded", signal, seconds })).text;
}

async function request(path, { method, body, kind, signal, seconds }) {
  const timeout = AbortSignal.timeout(seconds * 1000);
  const both = signal ? AbortSignal.any([signal, timeout]) : timeout;
  let answer, text;
  try {
    answer = await fetch(path, {
      method, signal: both, cache: "no-store",
      headers: { Accept: "application/json", "X-Castor-Request": "1", ...(body === undefined ? {} : { "Content-Type": kind }) }, body,
    });
    text = await answer.text();
  } catch (err) {
    if (signal?.aborted) throw new DOMException("given up", "AbortError");
    if (timeout.aborted) throw new Problem(`No answer within ${seconds} seconds.`, { todo: "Try again, or ask for less: a shorter time range, fewer words with *." });
    throw new Problem("Castor does not answer.", { todo: "Is castor-indexer still running, and this machine connected? The page tries again when you do.", detail: String(err.message ?? err) });
  }
  if (!answer.ok) throw refusal(answer, decode(text), text);
  return { status: answer.status, text };
}

function decode(text) {
  try { return parse(text); } catch { return undefined; }
}

const advice = {
  401: "Sign in again: reload the page.",
  403: "The user that Castor searches as may lack the right to read these indices.",
  404: "Is there such an index? The list of indices shows those there are.",
  408: "Try again, or ask for less.",
  413: "Make the query shorter.",
  429: "The search engine has too much to do: wait a moment and try again.",
  502: "Is the search engine running, and are --search.hosts right? Castor's log has more.",
  503: "The search engine is starting, or has too much to do: wait a moment and try again.",
  504: "Ask for less: a shorter time range, fewer words with *.",
};

function refusal(answer, data, text) {
  const detail = reasonOf(data) || text.slice(0, 300);
  if (data?.error?.what) return new Problem(data.error.what, { todo: data.error.todo, detail, status: answer.status, body: data });
  return new Problem(titles[answer.status] ?? `The request was refused (${answer.status}).`, { todo: advice[answer.status] ?? "", detail, status: answer.status, body: data });
}

const titles = {
  401: "Castor asks who you are.", 403: "This is not allowed.", 404: "There is no such thing.", 502: "The search engine does not answer.",
  503: "The search engine cannot answer now.", 504: "The search engine did not answer in time.", 429: "The search engine is too busy.",
};

// reasonOf finds the words in an error of Elasticsearch, OpenSearch or Castor: those of the whole chain of causes, each once.
export function reasonOf(data) {
  const error = data?.error;
  if (!error) return "";
  if (typeof error === "string") return error;
  if (error.message) return error.message;
  const chain = [];
  for (let e = error.failed_shards?.[0]?.reason ?? error.root_cause?.[0] ?? error; e?.reason; e = e.caused_by) chain.push(e.reason);
  return chain.filter((r, i) => !chain.some((other, k) => k !== i && other.includes(r) && (other !== r || k < i))).join("\n") || (error.reason ?? "");
}

// problemPanel shows any error; retry, if given, is what its button does.
export function problemPanel(err, retry) {
  const p = err instanceof Problem ? err : new Problem("The page made a mistake.", { todo: "Reload it. If it happens again, please report the words below.", detail: String(err?.stack ?? err) });
  return h("section", { class: "problem", role: "alert" },
    icon("warning"),
    h("div", null,
      h("strong", null, p.what),
      p.todo && h("p", null, p.todo),
      p.detail && h("details", { open: p.detail.length < 300 }, h("summary", null, "In its own words"), h("pre", null, p.detail.slice(0, 4000))),
      retry && button({ icon: "refresh", onclick: retry }, "Try again")));
}

// every calls f now and then each so many seconds, one call at a time, and not while the tab is hidden. It returns how to stop.
export function every(seconds, f) {
  let timer = 0, stopped = false;
  const round = async () => {
    if (!document.hidden) await f();
    if (!stopped) timer = setTimeout(round, seconds * 1000);
  };
  round();
  return () => { stopped = true; clearTimeout(timer); };
}
