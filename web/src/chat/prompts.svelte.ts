import { hearOwner } from "../state/owner";

/** A text that is used again. `{{name}}` in it is asked for when it is put in. */
export interface Prompt {
  id: string;
  name: string;
  text: string;
}

/** Each person's own, of this browser; they stay when that person signs out. */
const KEY = "parlance.prompts";
const VARIABLE = /\{\{\s*([^{}\n]{1,60}?)\s*\}\}/g;

/** The names of what has to be filled in, each once, in the order of the text. */
export function variables(text: string): string[] {
  const names = [...text.matchAll(VARIABLE)].map((match) => match[1] ?? "");
  return names.filter((name, at) => name && names.indexOf(name) === at);
}

/** The text with its variables filled in; what has no value stays as it is written. */
export function filledIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(VARIABLE, (whole, name: string) => values[name] ?? whole);
}

/** What `/` asks for: the word behind it, where nothing else stands in the field; else null. */
export function slashed(text: string): string | null {
  return /^\/(\S*)$/.exec(text)?.[1] ?? null;
}

/** Those of one person. Where prompts stood before they were anybody's, the first to come has them, and nobody after. */
function kept(owner: string): Prompt[] {
  try {
    const former = localStorage.getItem(KEY);
    if (former !== null && localStorage.getItem(keyOf(owner)) === null)
      localStorage.setItem(keyOf(owner), former);
    localStorage.removeItem(KEY);
    const told: unknown = JSON.parse(localStorage.getItem(keyOf(owner)) ?? "[]");
    if (!Array.isArray(told)) return [];
    return told.filter(
      (one: Partial<Prompt>) => typeof one?.name === "string" && typeof one.text === "string" && one.id,
    );
  } catch {
    return []; // Nothing was kept that can be read; the next one that is saved takes its place.
  }
}

function keyOf(owner: string): string {
  return `${KEY}.of.${owner}`;
}

class Prompts {
  list = $state<Prompt[]>([]);
  #owner: string | null = null;

  constructor() {
    hearOwner((owner) => {
      this.#owner = owner;
      this.list = owner === null ? [] : kept(owner);
    });
  }

  /** Those whose name has the word in it; those that begin with it first. */
  matching(word: string): Prompt[] {
    const low = word.toLowerCase();
    const place = (one: Prompt) => one.name.toLowerCase().indexOf(low);
    return this.list.filter((one) => place(one) >= 0).sort((one, other) => place(one) - place(other));
  }

  save(prompt: Prompt): void {
    const at = this.list.findIndex((one) => one.id === prompt.id);
    if (at >= 0) this.list[at] = prompt;
    else this.list.push(prompt);
    this.#keep();
  }

  remove(id: string): void {
    this.list = this.list.filter((one) => one.id !== id);
    this.#keep();
  }

  #keep(): void {
    if (this.#owner === null) return;
    try {
      localStorage.setItem(keyOf(this.#owner), JSON.stringify(this.list));
    } catch {
      // A full or forbidden store: the library holds until the page is closed.
    }
  }
}

/** The reader's own prompts, in this browser. */
export const prompts = new Prompts();
