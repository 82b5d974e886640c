// Sets the theme before anything is drawn, so that a dark page does not flash white. Not a module: those run late.
"use strict";
(() => {
  let theme = "";
  try { theme = localStorage.getItem("castor.theme") || ""; } catch { /* no storage: the system's theme */ }
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
})();
