/** A stretch of words that both texts have, or one of them alone. */
export interface Piece {
  in: "both" | "one" | "other";
  text: string;
}

/** More than so many changes are told as one: the work grows with their square. */
const MOST_CHANGES = 800;

/** A text as words with the space behind them; scripts without spaces by the letter. */
export function wordsOf(text: string): string[] {
  return (
    text.match(
      /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|\n|[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+[^\S\n]*|[^\S\n]+/gu,
    ) ?? []
  );
}

/** What two texts share and where they differ, in the order of reading (Myers, An O(ND) Difference Algorithm, 1986). */
export function difference(one: string, other: string): Piece[] {
  const [a, b] = [wordsOf(one), wordsOf(other)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let [endA, endB] = [a.length, b.length];
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) [endA, endB] = [endA - 1, endB - 1];
  const middle = edits(a.slice(start, endA), b.slice(start, endB));
  const both = (words: string[]): Piece[] => words.map((text) => ({ in: "both", text }));
  return joined([...both(a.slice(0, start)), ...middle, ...both(a.slice(endA))]);
}

function edits(a: string[], b: string[]): Piece[] {
  const trace = traced(a, b);
  if (!trace)
    return [
      { in: "one", text: a.join("") },
      { in: "other", text: b.join("") },
    ];
  const found: Piece[] = [];
  let [x, y] = [a.length, b.length];
  for (let d = trace.length - 1; d >= 0; d--) {
    const ends = trace[d] ?? new Map<number, number>();
    const k = x - y;
    const at = (diagonal: number) => ends.get(diagonal) ?? -1;
    const down = k === -d || (k !== d && at(k - 1) < at(k + 1));
    const before = down ? k + 1 : k - 1;
    const fromX = d ? at(before) : 0;
    const fromY = d ? fromX - before : 0;
    while (x > fromX && y > fromY) {
      x--;
      y--;
      found.push({ in: "both", text: a[x] ?? "" });
    }
    if (!d) break;
    if (down) found.push({ in: "other", text: b[--y] ?? "" });
    else found.push({ in: "one", text: a[--x] ?? "" });
  }
  return found.reverse();
}

/** How far each diagonal was reached before each number of changes; null where there are too many. */
function traced(a: string[], b: string[]): Map<number, number>[] | null {
  const trace: Map<number, number>[] = [];
  const ends = new Map<number, number>([[1, 0]]);
  for (let d = 0; d <= Math.min(a.length + b.length, MOST_CHANGES); d++) {
    trace.push(new Map(ends));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (ends.get(k - 1) ?? -1) < (ends.get(k + 1) ?? -1));
      let x = down ? (ends.get(k + 1) ?? 0) : (ends.get(k - 1) ?? 0) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      ends.set(k, x);
      if (x >= a.length && x - k >= b.length) return trace;
    }
  }
  return null;
}

function joined(pieces: Piece[]): Piece[] {
  const found: Piece[] = [];
  for (const piece of pieces) {
    const last = found.at(-1);
    if (last?.in === piece.in) last.text += piece.text;
    else if (piece.text) found.push({ ...piece });
  }
  return found;
}
