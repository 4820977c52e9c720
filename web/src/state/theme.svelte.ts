import { prefs } from "./prefs.svelte";

const NAMES = ["theme", "contrast", "size", "measure", "face"] as const;

/** Put the choices of the look on the document, as `public/theme.js` did before the first paint. Call once, in an effect. */
export function applyTheme(): void {
  const root = document.documentElement;
  for (const name of NAMES) {
    if (prefs[name] === "system") delete root.dataset[name];
    else root.dataset[name] = prefs[name];
  }
}

const dark = matchMedia("(prefers-color-scheme: dark)");
const system = $state({ dark: dark.matches });
dark.addEventListener("change", () => (system.dark = dark.matches));

/** Whether the page is dark now (for what cannot use the tokens, as diagrams). */
export const theme = {
  get dark(): boolean {
    return prefs.theme === "system" ? system.dark : prefs.theme === "dark";
  },
};
