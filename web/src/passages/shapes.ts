import { ATX, codeOf, fencesOf, linesOf, misplacedIn, type Code, type Line, type Stretch } from "./fences";

export type { Stretch };

/** A row of a table: for each cell the stretches of its words, without the bars and what escapes them. */
export interface Row extends Stretch {
  cells: Stretch[][];
}

/** What is drawn by itself. Its `parts` are the words that are shown; the rest of it are marks and blanks. */
export type Shape =
  | (Stretch & { kind: "text"; parts: Stretch[] })
  | (Stretch & { kind: "code"; parts: Stretch[] })
  | (Stretch & { kind: "heading"; parts: Stretch[]; level: number })
  | (Stretch & { kind: "table"; titles: string[]; head: Row | null; rows: Row[] });

export type Table = Extract<Shape, { kind: "table" }>;

/** How a text is to be read. */
export interface Reading {
  /** Whether it is Markdown: then lines with `#` are headings, where they else may be anything. */
  marks?: boolean;
  /** The head of the table that its first rows belong to. */
  head?: string;
  /** For a passage of a document how many titles it stands under: it may be cut out of the midst of code. */
  cut?: number | null;
}

const RULE = /^:?-+:?$/;
const CLOSING = /[ \t]#+[ \t]*$/;
const UNDER = /^ {0,3}(?:=+|-+)[ \t]*$/;
const DASHES = /^ {0,3}-{3,}[ \t]*$/;
const NO_TITLE = /^ {0,3}(?:[-*+>|#=`~]|\d+[.)])/;

/**
 * A document's words as what they are: tables and headings where that is sure, and text. The shapes follow each other and
 * hold every unit of the text once, so that an offset is the same before and after.
 */
export function shapesOf(text: string, { marks = false, head = "", cut = null }: Reading = {}): Shape[] {
  if (!marks && !text.includes("|")) return text ? [textFrom(text, 0, text.length, [], false)] : [];
  const lines = linesOf(text);
  const passage = marks && cut !== null;
  const fenced = passage ? codeOf(text, lines, cut) : fencesOf(text, lines);
  const misplaced = passage ? misplacedIn(text, lines, cut) : new Set<number>();
  const front = marks ? frontOf(text, lines) : -1;
  const found: Shape[] = [];
  let from = 0;
  const put = (shape: Shape | null, next: number) => {
    if (!shape) return false;
    if (shape.start > from) found.push(textFrom(text, from, shape.start, found, true));
    found.push(shape);
    from = Math.min(next, text.length);
    return true;
  };
  for (let at = 0; at < lines.length; at++) {
    const code = fenced.get(at);
    if (code) {
      if (passage) put(codeAt(text, lines, code), lines[code.last]?.stop ?? 0);
      at = code.last;
      continue;
    }
    const line = lines[at];
    if (!line) break;
    const table = at ? tableAt(text, lines, at) : (restAt(text, lines, head) ?? tableAt(text, lines, at));
    if (table && put(table.shape, table.shape.stop)) at = table.last;
    else if (marks) {
      const apart = from === line.start || lines[at - 1]?.stop === from || !lines[at - 1]?.sign;
      const mark =
        at === front || (!at && front > 0)
          ? dashes(line, at)
          : at > front && !misplaced.has(at)
            ? markAt(text, lines, at, apart)
            : null;
      if (mark && put(mark.shape, mark.shape.stop)) at = mark.last;
    }
  }
  if (from < text.length) found.push(textFrom(text, from, text.length, found, false));
  return found;
}

function codeAt(text: string, lines: readonly Line[], { first, last, words }: Code): Shape {
  const [start, stop] = [lines[first]?.start ?? 0, lines[last]?.stop ?? text.length];
  return { kind: "code", start, stop, parts: words.stop > words.start ? [words] : [] };
}

/** Text between other shapes: the ends of lines beside those are not drawn. */
function textFrom(text: string, start: number, stop: number, before: Shape[], more: boolean): Shape {
  let [first, last] = [start, stop];
  if (before.length) while (first < last && text[first] === "\n") first++;
  if (more) while (last > first && text[last - 1] === "\n") last--;
  return { kind: "text", start, stop, parts: first < last ? [{ start: first, stop: last }] : [] };
}

/** A table that begins in this line: its head, a line of dashes with as many cells, and its rows. */
function tableAt(text: string, lines: readonly Line[], at: number): { shape: Table; last: number } | null {
  const [first, second] = [lines[at], lines[at + 1]];
  if (first?.sign !== "|" || second?.sign !== "|") return null;
  const [head, rule] = [rowOf(text, first), rowOf(text, second)];
  if (!head || !rule || !isRule(text, rule) || head.cells.length !== rule.cells.length) return null;
  return table(text, lines, at, at + 2, head, titlesOf(text, head));
}

/** The rest of a table whose head stands elsewhere: only in the first line, and where the first row is as wide as it. */
function restAt(text: string, lines: readonly Line[], above: string): { shape: Table; last: number } | null {
  const titles = titlesIn(above);
  const row = lines[0]?.sign === "|" ? rowOf(text, lines[0]) : null;
  if (!row || !titles.length || row.cells.length !== titles.length) return null;
  return table(text, lines, 0, 0, null, titles);
}

function table(
  text: string,
  lines: readonly Line[],
  at: number,
  below: number,
  head: Row | null,
  titles: string[],
): { shape: Table; last: number } {
  const rows: Row[] = [];
  let last = below - 1;
  for (let next = below; lines[next]?.sign === "|"; next++) {
    const row = rowOf(text, lines[next] as Line);
    if (!row) break;
    rows.push(row);
    last = next;
  }
  const [start, stop] = [lines[at]?.start ?? 0, lines[last]?.stop ?? 0];
  return { shape: { kind: "table", start, stop, titles, head, rows }, last };
}

/** A line that begins with a bar as a row; null for one that is indented like code, or has no cell. */
function rowOf(text: string, { start, stop }: Line): Row | null {
  let at = start;
  while (text[at] === " " || text[at] === "\t") at++;
  if (at - start > 3 || text[at] !== "|") return null;
  const cells: Stretch[][] = [];
  let [begun, escapes] = [++at, [] as number[]];
  for (; at < stop; at++) {
    if (text[at] === "\\" && text[at + 1] === "|" && at + 1 < stop) escapes.push(at++);
    else if (text[at] === "|") {
      cells.push(wordsOf(text, begun, at, escapes));
      [begun, escapes] = [at + 1, []];
    }
  }
  const rest = wordsOf(text, begun, stop, escapes);
  if (rest.length) cells.push(rest);
  return cells.length ? { start, stop, cells } : null;
}

/** The words of a stretch without the blanks around them, and without what escapes. */
function wordsOf(text: string, start: number, stop: number, without: readonly number[] = []): Stretch[] {
  let [first, last] = [start, stop];
  while (first < last && (text[first] === " " || text[first] === "\t")) first++;
  while (last > first && (text[last - 1] === " " || text[last - 1] === "\t")) last--;
  const parts: Stretch[] = [];
  for (const place of [...without, last]) {
    if (place > first) parts.push({ start: first, stop: Math.min(place, last) });
    first = Math.max(first, place + 1);
    if (place >= last) break;
  }
  return parts;
}

function isRule(text: string, row: Row): boolean {
  return row.cells.every((cell) => RULE.test(said(text, cell)));
}

function titlesOf(text: string, row: Row): string[] {
  return row.cells.map((cell) => said(text, cell));
}

/** The titles of the columns that a head alone says; none where it is no head. */
export function titlesIn(head: string): string[] {
  const shape = head ? tableAt(head, linesOf(head), 0)?.shape : null;
  return shape?.titles ?? [];
}

/** The words of stretches of a text. */
export function said(text: string, parts: readonly Stretch[]): string {
  return parts.map(({ start, stop }) => text.slice(start, stop)).join("");
}

/** What Markdown marks in this line: a heading, or a line of dashes, of which nothing is drawn. */
function markAt(
  text: string,
  lines: readonly Line[],
  at: number,
  apart: boolean,
): { shape: Shape; last: number } | null {
  const [line, next] = [lines[at], lines[at + 1]];
  if (!line) return null;
  const words = text.slice(line.start, line.stop);
  if (line.sign === "#") return hashed(text, line, words, at);
  if (line.sign === "-" && apart && DASHES.test(words)) return dashes(line, at);
  if (!line.sign || !apart || (next?.sign !== "=" && next?.sign !== "-")) return null;
  if (NO_TITLE.test(words) || !UNDER.test(text.slice(next.start, next.stop))) return null;
  const parts = wordsOf(text, line.start, line.stop);
  const level = next.sign === "=" ? 1 : 2;
  return { shape: { kind: "heading", start: line.start, stop: next.stop, parts, level }, last: at + 1 };
}

function hashed(text: string, line: Line, words: string, at: number): { shape: Shape; last: number } | null {
  const opening = ATX.exec(words)?.[0];
  if (!opening) return null;
  const closing = CLOSING.exec(words.slice(opening.length - 1))?.[0] ?? "";
  const parts = wordsOf(text, line.start + opening.length, line.stop - closing.length);
  const level = opening.trim().length;
  return parts.length
    ? { shape: { kind: "heading", start: line.start, stop: line.stop, parts, level }, last: at }
    : null;
}

/** A line of which nothing is drawn. */
function dashes({ start, stop }: Line, at: number): { shape: Shape; last: number } {
  return { shape: { kind: "text", start, stop, parts: [] }, last: at };
}

/** The line of dashes that ends the fields at the beginning of a document; -1 where there are none. */
function frontOf(text: string, lines: readonly Line[]): number {
  if (!text.startsWith("---\n")) return -1;
  const is = ({ start, stop }: Line, at: number) =>
    at > 0 && stop - start === 3 && text.startsWith("---", start);
  return lines.slice(0, 500).findIndex(is);
}

/** What of the shapes lies in a stretch: text is cut, rows stay whole, and a table keeps its titles. */
export function within(shapes: readonly Shape[], { start, stop }: Stretch): Shape[] {
  const touches = (one: Stretch) => one.start < stop && one.stop > start;
  const cut = (parts: readonly Stretch[]) =>
    parts
      .filter(touches)
      .map((one) => ({ start: Math.max(one.start, start), stop: Math.min(one.stop, stop) }));
  return shapes.filter(touches).map((shape) => {
    if (shape.start >= start && shape.stop <= stop) return shape;
    const ends = { start: Math.max(shape.start, start), stop: Math.min(shape.stop, stop) };
    if (shape.kind !== "table") return { ...shape, ...ends, parts: cut(shape.parts) };
    const head = shape.head && touches(shape.head) ? shape.head : null;
    return { ...shape, ...ends, head, rows: shape.rows.filter(touches) };
  });
}

/** What must not be cut through: a heading, a head with its line of dashes, a row. In order. */
export function solidOf(shapes: readonly Shape[]): Stretch[] {
  return shapes.flatMap((shape) => {
    if (shape.kind === "heading") return [{ start: shape.start, stop: shape.stop }];
    if (shape.kind !== "table") return [];
    const stop = shape.rows[0]?.start ?? shape.stop;
    return [...(shape.head ? [{ start: shape.start, stop }] : []), ...shape.rows];
  });
}

/** Every stretch that is shown, in order. */
export function partsIn(shapes: readonly Shape[]): Stretch[] {
  return shapes.flatMap((shape) =>
    shape.kind === "table"
      ? [...(shape.head ? shape.head.cells.flat() : []), ...shape.rows.flatMap((row) => row.cells.flat())]
      : shape.parts,
  );
}

/** Words that look the same from end to end. */
export interface Words {
  text: string;
  marked: boolean;
}

/** The words of a stretch, cut where what is marked begins and ends; the marks are in order. */
export function markedIn(text: string, { start, stop }: Stretch, marks: readonly Stretch[]): Words[] {
  const found: Words[] = [];
  let at = start;
  for (const mark of marks) {
    const [first, last] = [Math.max(mark.start, at), Math.min(mark.stop, stop)];
    if (last <= first) continue;
    if (first > at) found.push({ text: text.slice(at, first), marked: false });
    found.push({ text: text.slice(first, last), marked: true });
    at = last;
  }
  if (at < stop) found.push({ text: text.slice(at, stop), marked: false });
  return found;
}

/** What is marked of words that follow each other, as stretches of them all. */
export function marksOf(words: readonly Words[]): Stretch[] {
  let at = 0;
  return words.flatMap(({ text, marked }) => {
    const start = at;
    at += text.length;
    return marked ? [{ start, stop: at }] : [];
  });
}

/** So many units of a text around what is marked, or from its beginning; null for all of a short one. */
export function windowOf(text: string, mark: Stretch | null, most: number): Stretch | null {
  if (text.length <= most) return null;
  if (!mark) return { start: 0, stop: whole(text, most) };
  const room = Math.max(80, most - (mark.stop - mark.start)) / 2;
  const start = whole(text, Math.max(0, Math.floor(mark.start - room)));
  return { start, stop: whole(text, Math.min(text.length, Math.ceil(mark.stop + room))) };
}

/** A place that is not in the midst of a pair of surrogates. */
function whole(text: string, at: number): number {
  const unit = text.charCodeAt(at - 1);
  return unit >= 0xd800 && unit < 0xdc00 ? at - 1 : at;
}

/** What a passage stands under: the titles of sections above it, and the head of the table that it is cut out of. */
export function underOf(context: string): { path: string; head: string } {
  const at = context.startsWith("|") ? 0 : context.indexOf("\n|") + 1;
  const head = at || context.startsWith("|") ? context.slice(at) : "";
  return titlesIn(head).length
    ? { path: context.slice(0, context.length - head.length).trim(), head }
    : { path: context, head: "" };
}

/** How many titles are in the path of a passage; null where it has none of its own. */
export function depthOf(path: string | null): number | null {
  return path === null ? null : path.split(" > ").filter(Boolean).length;
}

/** Whether a document is Markdown, by its name; its title may stand behind. */
export function isMarkdown(name: string): boolean {
  return /\.(?:md|markdown|mdx)(?: \(.*\))?$/is.test(name);
}
