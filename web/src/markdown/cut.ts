import { Markup } from "./markup";

/** A piece of a text that can be shown by itself. `closed` says whether a fence or formula has its end. */
export interface Chunk {
  kind: "text" | "code" | "maths";
  /** The source of it, fences and all. */
  raw: string;
  /** Where that begins in the whole text, in units. */
  at: number;
  closed: boolean;
}

/** A chunk that grows longer than this is cut at the next item of its list. */
const LONG = 8_000;
/** A chunk whose HTML is never closed ends here. */
const LONGEST_HTML = 20_000;

const FENCE = /^( {0,3})(`{3,}|~{3,})([^\n]*)$/;
/** Of a line without the blanks before it; no two parts of it can take the same signs, so that it cannot be slow. */
const INNER_FENCE = /^(?:(?:[-*+]|\d{1,9}[.)])[ \t]+|>[ \t]*)*(`{3,}|~{3,})/;
const ITEM = /^[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)/;
const MATHS = /^ {0,3}(\$\$|\\\[)/;
const CLOSER: Record<string, string> = { $$: "$$", "\\[": "\\]" };

function bare(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

/** Whether a line ends the fence that `mark` began. */
function ends(line: string, mark: string): boolean {
  const told = line.trim();
  return told.length >= mark.length && told === (mark[0] ?? "").repeat(told.length);
}

/**
 * Cuts a growing text into chunks; each is given out once, when nothing that follows can change it. What is open stays
 * in `open`. Works line by line and goes on where it stopped, so that a long text costs no more than its length.
 */
export class Cutter {
  #source = "";
  #start = 0;
  #seen = 0;
  #kind: Chunk["kind"] | null = null;
  #mark = "";
  #inner = "";
  #quoted = false;
  #blank = false;
  #list = false;
  #markup = new Markup();
  #out: Chunk[] = [];

  /** Take the text as it is now, which begins with what it was; `ended` when nothing follows. */
  feed(source: string, ended: boolean): Chunk[] {
    this.#source = source;
    this.#out = [];
    for (;;) {
      const end = source.indexOf("\n", this.#seen);
      if (end < 0) break;
      this.#line(bare(source.slice(this.#seen, end)), end + 1);
    }
    if (ended) {
      if (this.#seen < source.length) this.#line(bare(source.slice(this.#seen)), source.length);
      this.#give(source.length, false);
    }
    return this.#out;
  }

  /** What is not given out yet. */
  get open(): Chunk {
    const raw = this.#source.slice(this.#start);
    return { kind: this.#kind ?? "text", raw, at: this.#start, closed: false };
  }

  #line(line: string, next: number): void {
    const at = this.#seen;
    this.#seen = next;
    if (this.#kind === "code") {
      if (ends(line, this.#mark)) this.#give(next, true);
    } else if (this.#kind === "maths") this.#formula(line, next);
    else this.#prose(line, at, next);
  }

  #formula(line: string, next: number): void {
    if (line.trimEnd().endsWith(this.#mark)) this.#give(next, true);
    // A formula has no empty line in it: then it was none, and must not swallow the rest of the text.
    else if (!line.trim()) [this.#kind, this.#blank] = ["text", true];
  }

  #prose(line: string, at: number, next: number): void {
    if (this.#inner) return this.#within(line);
    if (this.#markup.verbatim && this.#together(at)) return this.#markup.line(line);
    if (!line.trim()) {
      if (this.#kind) this.#blank = true;
      else this.#start = next;
      return;
    }
    if (this.#begins(line, at, next)) return;
    if (this.#kind && this.#parts(line, at)) this.#give(at, true);
    this.#kind = "text";
    this.#blank = false;
    this.#list ||= ITEM.test(line);
    const fence = INNER_FENCE.exec(line.trimStart());
    if (fence) [this.#inner, this.#quoted] = [fence[1] ?? "", line.trimStart().startsWith(">")];
    else this.#markup.line(line);
  }

  /** Whether the chunk may go on for the sake of its markup. */
  #together(at: number): boolean {
    return at - this.#start < LONGEST_HTML;
  }

  /** A line in the fence of an item or quote. */
  #within(line: string): void {
    const quoted = line.trimStart().startsWith(">");
    if (ends(line.replace(/^[ \t>]+/, ""), this.#inner) || (this.#quoted && !quoted)) this.#inner = "";
  }

  /** Whether a fence or formula begins here that stands by itself. */
  #begins(line: string, at: number, next: number): boolean {
    if (this.#markup.inside && this.#together(at)) return false;
    const fence = FENCE.exec(line);
    const inItem = this.#list && /^ {2}/.test(line);
    if (fence && !inItem && !(fence[2]?.startsWith("`") && fence[3]?.includes("`"))) {
      this.#give(at, true);
      [this.#kind, this.#mark] = ["code", fence[2] ?? ""];
      return true;
    }
    const maths = MATHS.exec(line);
    if (!maths || inItem) return false;
    const closer = CLOSER[maths[1] ?? ""] ?? "";
    const rest = line.slice(maths[0].length).trimEnd();
    if (rest.includes(closer) && rest.indexOf(closer) !== rest.length - closer.length) return false;
    this.#give(at, true);
    [this.#kind, this.#mark] = ["maths", closer];
    if (rest.endsWith(closer)) this.#give(next, true);
    return true;
  }

  /** Whether a line begins a chunk of its own. */
  #parts(line: string, at: number): boolean {
    if (this.#markup.inside && this.#together(at)) return false;
    if (this.#list && /^[-*+\d]/.test(line) && ITEM.test(line)) return at - this.#start > LONG;
    if (!this.#blank) return false;
    if (this.#list) return !/^(?: {2}|\t)/.test(line);
    return !(
      /^(?: {4}|\t)/.test(line) && /^(?: {4}|\t)/.test(this.#source.slice(this.#start, this.#start + 4))
    );
  }

  #give(end: number, closed: boolean): void {
    const raw = this.#source.slice(this.#start, end);
    if (raw.trim()) this.#out.push({ kind: this.#kind ?? "text", raw, at: this.#start, closed });
    this.#start = end;
    this.#kind = null;
    [this.#inner, this.#mark, this.#blank, this.#list] = ["", "", false, false];
    this.#markup = new Markup();
  }
}

/** Language and text of a chunk of code. */
export function codeOf(chunk: Chunk): { language: string; text: string } {
  const head = chunk.raw.indexOf("\n");
  if (head < 0) return { language: "", text: "" };
  const [, indent = "", mark = "", info = ""] = FENCE.exec(bare(chunk.raw.slice(0, head))) ?? [];
  let text = chunk.raw.slice(head + 1);
  if (chunk.closed) text = withoutLast(text);
  else {
    const last = text.slice(text.trimEnd().lastIndexOf("\n") + 1).trim();
    // The end of a fence that is still being written, and belongs to no code.
    if (last && last === (mark[0] ?? "").repeat(last.length)) text = withoutLast(text);
  }
  if (indent) text = text.replace(new RegExp(`^ {1,${indent.length}}`, "gm"), "");
  return { language: (info.trim().split(/[\s{,]/)[0] ?? "").toLowerCase(), text };
}

/** A text without its last line that has something in it. */
function withoutLast(text: string): string {
  const line = text.trimEnd().lastIndexOf("\n");
  return line < 0 ? "" : text.slice(0, text[line - 1] === "\r" ? line - 1 : line);
}

/** The TeX of a chunk of maths. */
export function texOf(chunk: Chunk): string {
  return chunk.raw
    .trim()
    .replace(/^(?:\$\$|\\\[)/, "")
    .replace(/(?:\$\$|\\\])$/, "")
    .trim();
}
