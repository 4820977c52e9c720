import english from "./en";

/** The languages that there are words in. */
export type Language = "en" | "zh";
export const LANGUAGES: Record<Language, string> = { en: "English", zh: "中文" };

type Catalogue = typeof english;
/** Every sentence by its room and name, as `chat.stop`. */
export type Key = {
  [Room in keyof Catalogue & string]: `${Room}.${keyof Catalogue[Room] & string}`;
}[keyof Catalogue & string];
type Codes = Readonly<Record<string, string>>;
export type Values = Record<string, string | number>;

const spoken = $state<{ language: Language; words: Catalogue; codes: Codes }>({
  language: "en",
  words: english,
  codes: {},
});

/** Speak a language from now on; resolves when its words are there. */
export async function speak(language: Language): Promise<void> {
  const zh = language === "zh" ? await import("./zh") : null;
  spoken.words = zh?.default ?? english;
  spoken.codes = zh?.codes ?? {};
  spoken.language = language;
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}

/** The language that is spoken now. */
export function language(): Language {
  return spoken.language;
}

/** What the server's codes mean, where it is not the server itself that says it. */
export function codeWords(): Codes {
  return spoken.codes;
}

/** The tag for `Intl`: the browser's own of that language, so that its region's dates and numbers are kept. */
export function locale(): string {
  return navigator.languages.find((tag) => tag.toLowerCase().startsWith(spoken.language)) ?? spoken.language;
}

/** What the browser asks for, among what there is. */
export function preferred(tags: readonly string[] = navigator.languages): Language {
  for (const tag of tags) {
    if (tag.toLowerCase().startsWith("zh")) return "zh";
    if (tag.toLowerCase().startsWith("en")) return "en";
  }
  return "en";
}

/**
 * A sentence in the language that is spoken.
 *
 * `{name}` is a value; `{name:turn|turns}` is the word that goes with that number.
 */
export function t(key: Key, values: Values = {}): string {
  const dot = key.indexOf(".");
  const room = spoken.words[key.slice(0, dot) as keyof Catalogue] as Record<string, string>;
  return filled(room[key.slice(dot + 1)] ?? key, values, locale());
}

/** Put values into a sentence; exported for the tests. */
export function filled(sentence: string, values: Values, tag: string): string {
  return sentence.replace(
    /\{(\w+)(?::([^|{}]*)\|([^{}]*))?\}/g,
    (whole, name: string, one?: string, many?: string) => {
      const value = values[name];
      if (value === undefined) return whole;
      if (one === undefined)
        return typeof value === "number" ? new Intl.NumberFormat(tag).format(value) : value;
      return (new Intl.PluralRules(tag).select(Number(value)) === "one" ? one : many) ?? "";
    },
  );
}
