// Files whose names differ in a date or a rotation's number alone are one log.

const date = /\d{4}([-_.]?)\d{2}\1\d{2}(?:[-_.T]?\d{2}(?:[-_.:]?\d{2}){0,2})?/g;

// familyOf gives the name under which a path is listed: /var/log/app-2026-11-23.log and app-2026-11-22.log are both app-*.log.
export function familyOf(path) {
  const at = path.lastIndexOf("/") + 1;
  const name = path.slice(at).replace(date, (m) => (plausible(m) ? "*" : m)).replace(/(\.(?:log|txt|out|err|json))\.\d{1,3}$/, "$1").replace(/\.(?:gz|bz2|xz|zst)$/, "");
  return path.slice(0, at) + name;
}

function plausible(text) {
  const digits = text.replace(/\D/g, "");
  const [y, m, d] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6, 8)].map(Number);
  return y >= 1990 && y < 2100 && m >= 1 && m <= 12 && d >= 1 && d <= 31;
}
