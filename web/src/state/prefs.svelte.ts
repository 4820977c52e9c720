import { LANGUAGES, preferred, speak, type Language } from "../words";

const KEY = "parlance.prefs";

/** What a reader chose, in this browser. */
export interface Prefs {
  theme: "system" | "light" | "dark";
  contrast: "system" | "more";
  language: "system" | Language;
  /** How large everything is. */
  size: "small" | "normal" | "large" | "larger";
  /** How long a line of prose may be. */
  measure: "narrow" | "normal" | "wide";
  face: "sans" | "serif";
  /** How documents are opened that have pages. */
  reading: "page" | "text";
  /** Whether a screen reader hears finished sentences of an answer. */
  announce: boolean;
  /** Whether a note comes when an answer is done while the tab is hidden. */
  notify: boolean;
  sendKey: "enter" | "mod-enter";
  /** The keys of actions that were given others; empty: none. */
  shortcuts: Record<string, string>;
  /** Whether the rail is open on wide screens. */
  rail: boolean;
  /** The model that was chosen last; empty: the server's default. */
  model: string;
  /** Steps of the first run that were waved away. */
  skipped: string[];
}

const FIRST: Prefs = {
  theme: "system",
  contrast: "system",
  language: "system",
  size: "normal",
  measure: "normal",
  face: "sans",
  reading: "page",
  announce: true,
  notify: false,
  sendKey: "enter",
  shortcuts: {},
  rail: true,
  model: "",
  skipped: [],
};

const CHOICES: { [Name in keyof Prefs]?: readonly Prefs[Name][] } = {
  theme: ["system", "light", "dark"],
  contrast: ["system", "more"],
  language: ["system", ...(Object.keys(LANGUAGES) as Language[])],
  size: ["small", "normal", "large", "larger"],
  measure: ["narrow", "normal", "wide"],
  face: ["sans", "serif"],
  reading: ["page", "text"],
  sendKey: ["enter", "mod-enter"],
};

/** What was kept, with the first choice for whatever is missing or makes no sense. */
export function understood(kept: string | null): Prefs {
  const prefs = structuredClone(FIRST);
  let told: unknown;
  try {
    told = JSON.parse(kept ?? "{}");
  } catch {
    return prefs;
  }
  if (typeof told !== "object" || told === null) return prefs;
  for (const name of Object.keys(FIRST) as (keyof Prefs)[]) take(prefs, name, (told as Partial<Prefs>)[name]);
  return prefs;
}

function take<Name extends keyof Prefs>(prefs: Prefs, name: Name, value: unknown): void {
  const before = FIRST[name];
  if (typeof value !== typeof before || value === null || Array.isArray(value) !== Array.isArray(before))
    return;
  const choices = CHOICES[name] as readonly unknown[] | undefined;
  if (choices && !choices.includes(value)) return;
  prefs[name] = value as Prefs[Name];
}

function kept(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // A browser may forbid it: then choices hold until the page is closed.
  }
}

/** The choices; change one by `choose`, so that it is kept. */
export const prefs: Prefs = $state(understood(kept()));

/** Make a choice, keep it, and do as it says. */
export function choose<Name extends keyof Prefs>(name: Name, value: Prefs[Name]): void {
  prefs[name] = value;
  try {
    localStorage.setItem(KEY, JSON.stringify(prefs));
  } catch {
    // As above: a full or forbidden store loses the choice with the page, and nothing else.
  }
  if (name === "language") void speak(chosenLanguage());
}

/** The language to speak: the chosen one, or what the browser asks for. */
export function chosenLanguage(): Language {
  return prefs.language === "system" ? preferred() : prefs.language;
}

/** Do as another tab of this browser chose. */
export function followOtherTabs(): void {
  window.addEventListener("storage", (event) => {
    if (event.key !== KEY) return;
    Object.assign(prefs, understood(event.newValue));
    void speak(chosenLanguage());
  });
}
