/** A stretch of a text, in units of its string. */
export interface Stretch {
  start: number;
  stop: number;
}

export interface Line extends Stretch {
  /** The first sign that is not blank. */
  sign: string;
}

/** Fenced code, by the numbers of its first and last lines, and where the words between its fences are. */
export interface Code {
  first: number;
  last: number;
  words: Stretch;
}

/** A fence: its line, its marks, and whether nothing stands behind them, so that it can close. */
interface Fence {
  at: number;
  mark: string;
  bare: boolean;
}

/** What fences make of lines: the code, how many that only open stand in it, and whether the last is closed. */
interface Told {
  found: Code[];
  odd: number;
  open: boolean;
}

export const ATX = /^ {0,3}#{1,6}[ \t]+/;
/** Behind backticks stands none on their line (CommonMark 4.5): "```npm i``` installs it" is no fence. */
const FENCE = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})(.*)$/;

export function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start <= text.length;) {
    const end = text.indexOf("\n", start);
    const stop = end < 0 ? text.length : end;
    let at = start;
    while (at < stop && (text[at] === " " || text[at] === "\t")) at++;
    lines.push({ start, stop, sign: at < stop ? (text[at] ?? "") : "" });
    start = stop + 1;
  }
  return lines;
}

/** Fenced code of a whole text. A fence that is never closed holds nothing. */
export function fencesOf(text: string, lines: readonly Line[]): Map<number, Code> {
  return byFirst(told(lines, fencesIn(text, lines)).found);
}

/**
 * Code of a Markdown passage that was cut out of its document, and perhaps out of the midst of a fence: then it begins
 * with code whose fence stands before it, or ends with code whose fence stands behind it. `depth`: how many titles it
 * stands under.
 */
export function codeOf(text: string, lines: readonly Line[], depth: number): Map<number, Code> {
  const fences = fencesIn(text, lines);
  if (!fences.length && hugged(text, lines)) return byFirst([codeFrom(lines, 0, lines.length - 1, 0, 0)]);
  const [outside, inside] = [told(lines, fences), toldFromWithin(lines, fences)];
  const within = inside !== null && begunWithin(text, lines, { outside, inside, fences, depth });
  const { found, open } = within ? inside : outside;
  const behind = found.at(-1)?.last ?? -1;
  const left = open ? fences.find(({ at }) => at > behind) : undefined;
  if (left) found.push(codeFrom(lines, left.at, lines.length - 1, 1, 0));
  return byFirst(found);
}

/** Lines with `#` that can be no headings of a passage: the server begins a passage at each heading that opens a
 * section, under fewer titles than its level. */
export function misplacedIn(text: string, lines: readonly Line[], depth: number): Set<number> {
  const found = new Set<number>();
  let leading = true;
  lines.forEach((line, at) => {
    const level = line.sign === "#" ? levelOf(text, line) : 0;
    if (level && (!leading || (!at && level <= depth))) found.add(at);
    leading &&= !line.sign || (level > 0 && !found.has(at));
  });
  return found;
}

function levelOf(text: string, { start, stop }: Line): number {
  return ATX.exec(text.slice(start, stop))?.[0].trim().length ?? 0;
}

/** Whether a line with `#` stands close below other words, as remarks in code do: a section's heading stands first. */
function hugged(text: string, lines: readonly Line[]): boolean {
  return lines.some((line, at) => {
    const sign = lines[at - 1]?.sign;
    return line.sign === "#" && !!sign && sign !== "#" && levelOf(text, line) > 0;
  });
}

function fencesIn(text: string, lines: readonly Line[]): Fence[] {
  return lines.flatMap((line, at) => {
    if (line.sign !== "`" && line.sign !== "~") return [];
    const [, mark, rest] = FENCE.exec(text.slice(line.start, line.stop)) ?? [];
    return mark ? [{ at, mark, bare: !rest?.trim() }] : [];
  });
}

function told(lines: readonly Line[], fences: readonly Fence[]): Told {
  const found: Code[] = [];
  let [odd, opened]: [number, Fence | null] = [0, null];
  for (const fence of fences) {
    if (!opened) opened = fence;
    else if (!fence.mark.startsWith(opened.mark)) continue;
    else if (fence.bare) {
      found.push(codeFrom(lines, opened.at, fence.at, 1, 1));
      opened = null;
    } else odd++;
  }
  return { found, odd, open: opened !== null };
}

/** The same where the text begins in code: the first fence that can close closes it. */
function toldFromWithin(lines: readonly Line[], fences: readonly Fence[]): Told | null {
  const closing = fences.findIndex(({ bare }) => bare);
  const fence = fences[closing];
  if (!fence) return null;
  const rest = told(lines, fences.slice(closing + 1));
  const found = [codeFrom(lines, 0, fence.at, 0, 1), ...rest.found];
  return { found, odd: closing + rest.odd, open: rest.open };
}

interface Ways {
  outside: Told;
  inside: Told;
  fences: readonly Fence[];
  depth: number;
}

/** Whether a passage begins in code: by fences that only open, by what is left open, and else by how it looks. */
function begunWithin(
  text: string,
  lines: readonly Line[],
  { outside, inside, fences, depth }: Ways,
): boolean {
  if (outside.odd !== inside.odd) return inside.odd < outside.odd;
  if (!outside.open || inside.open) return false;
  const at = fences[0]?.at ?? 0;
  const [before, behind] = [lines[at - 1]?.sign, lines[at + 1]?.sign];
  if (!at) return !behind;
  if (lines.slice(at + 1).every(({ sign }) => !sign)) return true;
  if (!before !== !behind) return !behind;
  return [...misplacedIn(text, lines, depth)].some((one) => one < at);
}

/** Code of these lines, of which so many at its ends are fences. */
function codeFrom(lines: readonly Line[], first: number, last: number, above: number, below: number): Code {
  const start = lines[first + above]?.start ?? lines[last]?.stop ?? 0;
  const stop = lines[last - below]?.stop ?? start;
  return { first, last, words: { start, stop: Math.max(start, stop) } };
}

function byFirst(found: readonly Code[]): Map<number, Code> {
  return new Map(found.map((one) => [one.first, one]));
}
