// The monitoring API of the program that serves these pages.

import { getJSON, Problem } from "./net.js";

const titles = { 400: "This cannot be done as it was asked.", 403: "This is not allowed.", 404: "There is no such thing here (any more).", 409: "Something else is at work." };
const advice = { 401: "Sign in again: reload the page.", 404: "Reload the page; it may be of another version than the program by now.", 500: "Castor's log has more." };

// node asks the API, as getJSON does.
export async function node(path, options) {
  try {
    return await getJSON("../" + path, options);
  } catch (err) {
    if (!(err instanceof Problem) || !err.status) throw err;
    throw new Problem(titles[err.status] ?? err.what, { ...err, todo: advice[err.status] ?? "" });
  }
}
