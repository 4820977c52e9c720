/**
 * What is too much to be read as Markdown. Parsers of it are quadratic in what an attacker chooses: brackets that never
 * close, quotes in quotes, one line of a megabyte. What is beyond these bounds is shown as it was written.
 */
const BOUNDS = {
  length: 30_000,
  tableLength: 200_000,
  line: 20_000,
  signs: 4_000,
  nesting: 20,
  cells: 6_000,
  opening: 400,
  opened: 200,
};
/** A text beyond this is not read as Markdown at all. */
const WHOLE = 2_000_000;
/** How long a piece of plain text is. */
export const PIECE = 4_000;

const NESTED = /^(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])))+/;

export function tooLong(source: string): boolean {
  return source.length > WHOLE;
}

/** Whether a chunk is shown as plain text. */
export function tooMuch(raw: string): boolean {
  const table = /^[^\n]*\|[^\n]*\n[ \t|:-]+\n/.test(raw.slice(0, 4_000));
  if (raw.length > (table ? BOUNDS.tableLength : BOUNDS.length)) return true;
  if (table && count(raw, "|") > BOUNDS.cells) return true;
  if (!table && signs(raw) > BOUNDS.signs) return true;
  if (count(raw, "[") > BOUNDS.opening * 4 || count(raw, "<") > BOUNDS.opening * 4) return true;
  if (count(raw, "<") - 2 * count(raw, "</") > BOUNDS.opened) return true;
  return raw.split("\n").some(lineTooMuch);
}

function lineTooMuch(line: string): boolean {
  if (line.length > BOUNDS.line) return true;
  const marks = NESTED.exec(line)?.[0] ?? "";
  if (marks.replace(/[ \t\d]/g, "").length > BOUNDS.nesting) return true;
  const indent = /^[ \t]*/.exec(line)?.[0].length ?? 0;
  if (indent > 2 * BOUNDS.nesting && /^[-*+>\d]/.test(line.slice(indent))) return true;
  return /([[(*_~`!])\1{199,}/.test(line) || unclosed(line) > BOUNDS.opening;
}

/** How many brackets of a line are never closed. */
function unclosed(line: string): number {
  return Math.max(count(line, "[") - count(line, "]"), count(line, "(") - count(line, ")"), 0);
}

function signs(text: string): number {
  return text.match(/[*_~`[\]<>$\\]/g)?.length ?? 0;
}

function count(text: string, sign: string): number {
  let found = 0;
  for (let at = text.indexOf(sign); at >= 0; at = text.indexOf(sign, at + 1)) found++;
  return found;
}

/** Pieces of a long text, cut behind a line where there is one, and never through a pair of surrogates. */
export function pieces(text: string): string[] {
  const out: string[] = [];
  for (let at = 0; at < text.length;) {
    let end = Math.min(at + PIECE, text.length);
    const line = end < text.length ? text.lastIndexOf("\n", end - 1) + 1 : 0;
    if (line > at) end = line;
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last < 0xdc00) end--;
    out.push(text.slice(at, end));
    at = end;
  }
  return out;
}
