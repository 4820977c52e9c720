import type { Turn } from "../api/types";
import { choices, chosen } from "../state/thread/tree";

/** A place in the tree where the arrows go: which of how many is shown, and one turn of each. */
export interface Fork {
  at: number;
  turns: Turn[];
}

/** A question with the answers that stand under it, side by side if several models were asked at once. */
export interface Pair {
  id: string;
  question: Turn | null;
  asked: Fork;
  answers: Turn[];
  answered: Fork;
}

const NOWHERE: Fork = { at: 0, turns: [] };

function fork(under: ReadonlyMap<string, Turn[]>, turn: Turn): { fork: Fork; group: Turn[] } {
  const beside = under.get(turn.parent ?? "") ?? [];
  if (beside.length < 2) return { fork: NOWHERE, group: [turn] };
  const groups = choices(under, turn);
  const at = chosen(groups, turn);
  return {
    fork: groups.length > 1 ? { at, turns: groups.flatMap((group) => group.slice(0, 1)) } : NOWHERE,
    group: groups[at] ?? [turn],
  };
}

/** A path as it is read: pairs of questions and answers. Pairs that are the same as before stay the same objects. */
export function pairsOf(
  path: readonly Turn[],
  under: ReadonlyMap<string, Turn[]>,
  before: readonly Pair[],
): Pair[] {
  const old = new Map(before.map((pair) => [pair.id, pair]));
  const found: Pair[] = [];
  for (const turn of path) {
    const { fork: place, group } = fork(under, turn);
    const open = found.at(-1);
    if (turn.role === "assistant" && open && open.answers.length === 0)
      [open.answers, open.answered] = [group, place];
    else if (turn.role === "assistant")
      found.push({ id: turn.id, question: null, asked: NOWHERE, answers: group, answered: place });
    else found.push({ id: turn.id, question: turn, asked: place, answers: [], answered: NOWHERE });
  }
  return found.map((pair) => {
    const known = old.get(pair.id);
    return known && same(known, pair) ? known : pair;
  });
}

function same(one: Pair, other: Pair): boolean {
  const alike = (left: readonly Turn[], right: readonly Turn[]) =>
    left.length === right.length && left.every((turn, at) => turn === right[at]);
  return (
    one.question === other.question &&
    alike(one.answers, other.answers) &&
    one.asked.at === other.asked.at &&
    alike(one.asked.turns, other.asked.turns) &&
    one.answered.at === other.answered.at &&
    alike(one.answered.turns, other.answered.turns)
  );
}
