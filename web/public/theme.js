// Before the first paint: what this browser's reader chose to look at. `state/theme.svelte.ts` does the same afterwards.
(function () {
  var chosen = {};
  try {
    chosen = JSON.parse(localStorage.getItem("parlance.prefs") || "{}") || {};
  } catch {
    // A browser that keeps nothing, or something broken: as the system likes it.
  }
  var root = document.documentElement;
  ["theme", "contrast", "size", "measure", "face"].forEach(function (name) {
    if (typeof chosen[name] === "string" && chosen[name] !== "system") root.dataset[name] = chosen[name];
  });
})();
