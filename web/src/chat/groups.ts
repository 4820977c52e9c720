import { sayingOf } from "../state/thread/fold";
import type { Turn } from "../api/types";
import type { Pair } from "./pairs";

/** Pairs that are laid out, or passed over, as one: a browser has to look at a few dozen of these, and not at each
    of a thousand pairs, in every frame. */
export const GROUP = 16;

/** Neighbouring pairs of a thread. */
export interface Group {
  /** Its place among the groups, from the top down. */
  at: number;
  pairs: Pair[];
}

/** The pairs in groups. Those with the same pairs as before stay the same objects. */
export function groupsOf(pairs: readonly Pair[], before: readonly Group[]): Group[] {
  const found: Group[] = [];
  for (let first = 0; first < pairs.length; first += GROUP) {
    const at = found.length;
    const own = pairs.slice(first, first + GROUP);
    const known = before[at];
    const same = known?.pairs.length === own.length && own.every((pair, n) => pair === known.pairs[n]);
    found.push(known && same ? known : { at, pairs: own });
  }
  return found;
}

/** The first group that is shown when so many at the end are. */
export function firstShown(groups: number, shown: number): number {
  return Math.max(0, groups - shown);
}

const LINE = 28;
const LETTERS = 68;
/** What is around the text of a turn: its head, its foot, and the space behind it. */
const AROUND = 72;

/** About how high a pair is before it was seen once, in pixels: the bar for scrolling tells of the whole then. */
export function guessed(pair: Pair): number {
  const answers = Math.max(0, ...pair.answers.map(highOf));
  return Math.round(answers + (pair.question ? highOf(pair.question) : 0));
}

/** The same of a group. */
export function guessedOf(group: Group): number {
  return group.pairs.reduce((sum, pair) => sum + guessed(pair), 0);
}

function highOf(turn: Turn): number {
  return AROUND + LINE * Math.max(1, Math.ceil(sayingOf(turn).length / LETTERS));
}
