import type { Turn } from "../../api/types";

/** The turns of a chat by their ids, oldest first. */
export type Turns = ReadonlyMap<string, Turn>;

/** Turns by their ids. Ids and times grow together, so that this order is that of their making. */
export function byId(turns: Iterable<Turn>): Map<string, Turn> {
  return new Map([...turns].map((turn) => [turn.id, turn]));
}

/** The way from the root to this turn; of none, or of one that is not there, nothing. */
export function pathTo(turns: Turns, leaf: string | null | undefined): Turn[] {
  const way: Turn[] = [];
  let at = leaf ? turns.get(leaf) : undefined;
  while (at && way.length < turns.size) {
    way.push(at);
    at = at.parent ? turns.get(at.parent) : undefined;
  }
  return way.reverse();
}

/** The turns under each turn (under `""`: the roots), oldest first. */
export function children(turns: Turns): Map<string, Turn[]> {
  const under = new Map<string, Turn[]>();
  for (const turn of turns.values()) {
    const parent = turn.parent && turns.has(turn.parent) ? turn.parent : "";
    const beside = under.get(parent);
    if (beside) beside.push(turn);
    else under.set(parent, [turn]);
  }
  return under;
}

/** The end of the branch that is shown when a turn is chosen: its newest child, that one's newest child, and so on. */
export function newestLeaf(under: ReadonlyMap<string, Turn[]>, start: string): string {
  let at = start;
  for (let child = under.get(at)?.at(-1); child; child = under.get(at)?.at(-1)) at = child.id;
  return at;
}

/** A turn and all that hangs under it. */
export function subtree(under: ReadonlyMap<string, Turn[]>, top: string): Set<string> {
  const found = new Set<string>([top]);
  for (const id of found) for (const child of under.get(id) ?? []) found.add(child.id);
  return found;
}

/**
 * What stands in one place of the tree, as the arrows go through it: turns of one operation (several models asked
 * at once) are one choice, and stand side by side.
 */
export function choices(under: ReadonlyMap<string, Turn[]>, turn: Turn): Turn[][] {
  const groups = new Map<string, Turn[]>();
  for (const each of under.get(turn.parent ?? "") ?? under.get("") ?? []) {
    const key = each.role === "assistant" && each.sent ? `sent ${each.sent}` : each.id;
    const group = groups.get(key);
    if (group) group.push(each);
    else groups.set(key, [each]);
  }
  return [...groups.values()];
}

/** Which of the choices a turn is in, from 0; -1 when it is in none. */
export function chosen(groups: readonly Turn[][], turn: Turn): number {
  return groups.findIndex((group) => group.some((each) => each.id === turn.id));
}

/** The head of a chat that loses a turn with all under it: the same if it stays, else the newest leaf beside or above. */
export function headWithout(turns: Turns, head: string | null, top: string): string | null {
  const gone = subtree(children(turns), top);
  if (head && !gone.has(head)) return head;
  const left = byId([...turns.values()].filter((turn) => !gone.has(turn.id)));
  const parent = turns.get(top)?.parent ?? "";
  return newestLeaf(children(left), parent) || null;
}

/** One row of the map of branches: a turn, how deep it is drawn, and whether it is a fork. */
export interface Row {
  turn: Turn;
  /** Grows at forks only: a chat without branches is one straight line. */
  depth: number;
  forks: boolean;
  /** Whether the branch that is shown goes through it. */
  shown: boolean;
}

/** The whole tree as rows from the top down; each branch of a fork goes one step to the right. */
export function rows(turns: Turns, head: string | null): Row[] {
  const under = children(turns);
  const shown = new Set(pathTo(turns, head).map((turn) => turn.id));
  const found: Row[] = [];
  const todo = (under.get("") ?? []).map((turn) => ({ turn, depth: 0 })).reverse();
  if (todo.length > 1) for (const each of todo) each.depth = 1;
  for (let next = todo.pop(); next; next = todo.pop()) {
    const below = under.get(next.turn.id) ?? [];
    const forks = below.length > 1;
    found.push({ ...next, forks, shown: shown.has(next.turn.id) });
    for (const turn of [...below].reverse()) todo.push({ turn, depth: next.depth + (forks ? 1 : 0) });
  }
  return found;
}

/** Every end of a branch, oldest first. */
export function leaves(turns: Turns): Turn[] {
  const under = children(turns);
  return [...turns.values()].filter((turn) => !under.has(turn.id));
}

/** Where two branches part: what they share, and what each has alone. */
export function parting(
  turns: Turns,
  one: string,
  other: string,
): { shared: Turn[]; one: Turn[]; other: Turn[] } {
  const [left, right] = [pathTo(turns, one), pathTo(turns, other)];
  let at = 0;
  while (at < left.length && left[at]?.id === right[at]?.id) at++;
  return { shared: left.slice(0, at), one: left.slice(at), other: right.slice(at) };
}
