// What `.gitignore` and `.parlanceignore` leave out, by the rules of git; the same as `parlance index` has them in
// src/parlance/cli/ignoring.py. Patterns of files further down come later, and of those that fit the last one counts.

/** Read in this order: ours may take in again what git leaves out. */
export const RULE_FILES = [".gitignore", ".parlanceignore"] as const;
/** Bytes read of such a file. */
export const MOST_RULES = 1024 * 1024;

const POSIX: Record<string, string> = {
  alnum: "a-zA-Z0-9",
  alpha: "a-zA-Z",
  blank: " \\t",
  digit: "0-9",
  lower: "a-z",
  punct: "!-\\/:-@\\[-`\\{-~",
  space: " \\t\\n\\r\\f\\v",
  upper: "A-Z",
  xdigit: "0-9A-Fa-f",
};

/** One line: `within` is the folder of its file, with a `/` behind it, or empty. */
export interface Pattern {
  within: string;
  regex: RegExp;
  back: boolean;
  foldersOnly: boolean;
}

/** Whether a file or folder is left out. */
export function leftOut(patterns: readonly Pattern[], path: string, isFolder: boolean): boolean {
  for (const pattern of patterns.toReversed()) {
    if ((pattern.foldersOnly && !isFolder) || !path.startsWith(pattern.within)) continue;
    if (pattern.regex.test(path.slice(pattern.within.length))) return !pattern.back;
  }
  return false;
}

/** The patterns of one file's text. */
export function patternsOf(text: string, within: string): Pattern[] {
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  return lines.map((line) => parsed(line.replace(/\r$/, ""), within)).filter((one) => one !== null);
}

/** A line as a pattern; null for one that says nothing, or cannot fit anything. */
export function parsed(line: string, within = ""): Pattern | null {
  line = line.replace(/(?<!\\) +$/, "");
  if (!line || line.startsWith("#")) return null;
  const back = line.startsWith("!");
  if (back) line = line.slice(1);
  const foldersOnly = line.endsWith("/");
  if (foldersOnly) line = line.slice(0, -1);
  if (!line) return null;
  const source = regexOf(line);
  if (source === null) return null;
  try {
    return { within, regex: new RegExp(`^(?:${source})$`, "su"), back, foldersOnly };
  } catch {
    return null;
  }
}

function literal(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/-]/, (sign) => (sign === "-" ? "\\x2d" : `\\${sign}`));
}

/** The pattern over a path below the folder of its file; null where it can fit nothing. */
function regexOf(pattern: string): string | null {
  let made = pattern.includes("/") ? "" : "(?:.*/)?";
  let at = 0;
  const characters = [...pattern.replace(/^\//, "")];
  const rest = (from: number) => characters.slice(from).join("");
  while (at < characters.length) {
    const begins = at === 0 || characters[at - 1] === "/";
    if (begins && rest(at).startsWith("**/")) {
      made += "(?:.*/)?";
      at += 3;
    } else if (begins && at && rest(at) === "**") {
      made += ".+";
      at += 2;
    } else {
      const piece = pieceAt(characters, at);
      if (!piece) return null;
      made += piece[0];
      at = piece[1];
    }
  }
  return made;
}

/** One character, or what stands for some, and where the next begins. */
function pieceAt(characters: readonly string[], at: number): [string, number] | null {
  const character = characters[at] ?? "";
  if (character === "*") {
    while (characters[at] === "*") at++;
    return ["[^/]*", at];
  }
  if (character === "?") return ["[^/]", at + 1];
  if (character === "[") return choiceAt(characters, at + 1);
  if (character !== "\\") return [literal(character), at + 1];
  const escaped = characters[at + 1];
  return escaped === undefined ? null : [literal(escaped), at + 2];
}

/** What stands in brackets; never a `/`. Null where they do not close. */
function choiceAt(characters: readonly string[], at: number): [string, number] | null {
  const not = characters[at] === "!" || characters[at] === "^";
  if (not) at++;
  const first = at;
  let made = "";
  while (at < characters.length && (characters[at] !== "]" || at === first)) {
    const named = /^\[:([a-z]+):\]/.exec(characters.slice(at).join(""));
    if (named) {
      const known = POSIX[named[1] ?? ""];
      if (known === undefined) return null;
      made += known;
      at += named[0].length;
      continue;
    }
    const [low, behind] = oneAt(characters, at);
    at = behind;
    if (characters[at] === "-" && !["", "]"].includes(characters[at + 1] ?? "")) {
      const [high, end] = oneAt(characters, at + 1);
      at = end;
      if (low <= high) made += `${literal(low)}-${literal(high)}`;
    } else made += literal(low);
  }
  if (at >= characters.length) return null;
  if (!made) return [not ? "[^/]" : "(?!)", at + 1];
  return [`(?!/)[${not ? "^" : ""}${made}]`, at + 1];
}

function oneAt(characters: readonly string[], at: number): [string, number] {
  const escaped = characters[at] === "\\" && at + 1 < characters.length ? 1 : 0;
  return [characters[at + escaped] ?? "", at + 1 + escaped];
}
