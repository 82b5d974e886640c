// The address of the search for a log's lines.

import { urlOf } from "../lib/state.js";
import { writeFilters } from "../search/filters.js";

// searchLink shows the last hour of a log, or the hour before it fell silent.
export function searchLink(log, now, index, usual) {
  const filters = [{ field: log.hostField.name, value: log.host, not: false }];
  if (log.path !== null) {
    const paths = [...log.paths.keys()];
    filters.push({ field: log.pathField.name, value: paths[0], not: false });
  }
  const silent = now - log.last > 3600e3;
  const time = silent ? { from: new Date(log.last - 3600e3).toISOString(), to: new Date(log.last + 1000).toISOString() } : { from: "now-1h", to: "now" };
  return "./" + urlOf({ index, f: writeFilters(filters), ...time }, { index: usual, f: [], from: "now-1h", to: "now" }).replace(/^[^?]*/, "");
}
