import type { ChunkView } from "../api/types";
import type { Stretch } from "../passages/shapes";
import type { Places } from "../state/places";

export type { Stretch };

/** A passage of a document, in units of the document's string. */
export interface Passage extends Stretch {
  chunk: ChunkView;
}

/** What of a section looks the same from end to end. */
export interface Piece {
  at: number;
  text: string;
  /** The passages that begin here. */
  begins: Passage[];
  /** Whether it is what somebody came to see. */
  marked: boolean;
  /** Whether no search finds it. */
  off: boolean;
}

/** So much of a text is put on the page together, and its inside only when it comes near. */
const SECTION = 3_000;
const LINE = 70;

/** A text cut behind lines where there are some, and never through a pair of surrogates or through what is `solid`. */
export function sectionsOf(text: string, size = SECTION, solid: readonly Stretch[] = []): Stretch[] {
  const found: Stretch[] = [];
  let next = 0;
  for (let start = 0; start < text.length;) {
    let stop = Math.min(start + size, text.length);
    if (stop < text.length) {
      const line = text.lastIndexOf("\n", stop - 1) + 1;
      if (line > start + size / 4) stop = line;
      else if (isHigh(text.charCodeAt(stop - 1))) stop++;
      while ((solid[next]?.stop ?? Infinity) <= stop) next++;
      const one = solid[next];
      if (one && one.start < stop) stop = one.stop;
    }
    found.push({ start, stop });
    start = stop;
  }
  return found;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

/** How many lines a section takes, as good as one can tell without setting it. */
export function linesOf(text: string, { start, stop }: Stretch): number {
  let lines = 0;
  for (let at = start; at < stop;) {
    const end = text.indexOf("\n", at);
    const next = end < 0 || end >= stop ? stop : end + 1;
    lines += Math.max(1, Math.ceil((next - at) / LINE));
    at = next;
  }
  return lines;
}

/** Chunks as passages of the text, in its order; those that are only there for their parts are left out. */
export function passagesOf(chunks: readonly ChunkView[], places: Places): Passage[] {
  return chunks
    .filter((chunk) => chunk.searched !== false)
    .map((chunk) => ({
      chunk,
      start: places.units(chunk.span.start),
      stop: places.units(chunk.span.stop),
    }))
    .sort((one, other) => one.start - other.start || one.chunk.place - other.chunk.place);
}

/** Those of ordered passages that touch a section. Passages overlap by less than `back` of them. */
export function touching(passages: readonly Passage[], section: Stretch, back = 8): Passage[] {
  let low = 0;
  for (let high = passages.length; low < high;) {
    const middle = (low + high) >> 1;
    if ((passages[middle]?.start ?? 0) < section.start) low = middle + 1;
    else high = middle;
  }
  const found: Passage[] = [];
  for (let at = Math.max(0, low - back); at < passages.length; at++) {
    const passage = passages[at];
    if (!passage || passage.start >= section.stop) break;
    if (passage.stop > section.start) found.push(passage);
  }
  return found;
}

/**
 * Words that are shown, cut wherever a passage begins, what is marked begins or ends, or what is not found does. A passage
 * that begins between the words shown before, which end at `behind`, and these begins with these.
 */
export function piecesOf(
  text: string,
  words: Stretch,
  passages: readonly Passage[],
  mark: Stretch | null,
  behind = words.start,
): Piece[] {
  const inside = (at: number) => at > words.start && at < words.stop;
  const off = passages.filter((one) => one.chunk.enabled === false);
  const cuts = [
    ...passages.map((one) => one.start),
    ...off.map((one) => one.stop),
    ...(mark ? [mark.start, mark.stop] : []),
  ];
  const bounds = [...new Set([words.start, ...cuts.filter(inside), words.stop])].sort((a, b) => a - b);
  return bounds.slice(0, -1).map((at, n) => {
    const stop = bounds[n + 1] ?? words.stop;
    const from = n ? at : Math.min(behind, at);
    return {
      at,
      text: text.slice(at, stop),
      begins: passages.filter((one) => one.start >= from && one.start <= at),
      marked: mark !== null && at >= mark.start && stop <= mark.stop,
      off: off.some((one) => at >= one.start && stop <= one.stop),
    };
  });
}

/** Whether a passage says something else by now than the document at its place. */
export function rewritten(chunk: ChunkView): boolean {
  return [...chunk.content].length !== chunk.span.stop - chunk.span.start;
}
