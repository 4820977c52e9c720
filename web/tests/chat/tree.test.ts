import { describe, expect, it } from "vitest";
import type { Turn } from "../../src/api/types";
import {
  byId,
  children,
  choices,
  chosen,
  headWithout,
  newestLeaf,
  parting,
  pathTo,
  rows,
  subtree,
} from "../../src/state/thread/tree";

function turn(id: string, parent: string | null, role: Turn["role"] = "user", sent = ""): Turn {
  return { id, parent, role, sent, chat: "c", state: "complete", created: 0 };
}

// q1 ─ a1 ─ q2 ─ a2a | a2b (asked together) | a3 (regenerated)
//    └ (edited) q1b ─ a1b
const TURNS = byId([
  turn("q1", null),
  turn("a1", "q1", "assistant", "s1"),
  turn("q2", "a1"),
  turn("a2a", "q2", "assistant", "s2"),
  turn("a2b", "q2", "assistant", "s2"),
  turn("q1b", null),
  turn("a1b", "q1b", "assistant", "s3"),
  turn("a3", "q2", "assistant", "s4"),
]);
const ids = (turns: Turn[]) => turns.map((each) => each.id);

describe("the tree of a chat", () => {
  it("goes from the root to the head", () => {
    expect(ids(pathTo(TURNS, "a2b"))).toEqual(["q1", "a1", "q2", "a2b"]);
    expect(pathTo(TURNS, null)).toEqual([]);
    expect(pathTo(TURNS, "nobody")).toEqual([]);
  });

  it("ends where turns go in a ring", () => {
    const ring = byId([turn("x", "y"), turn("y", "x")]);
    expect(pathTo(ring, "x")).toHaveLength(2);
  });

  it("shows the newest branch of a turn that is chosen", () => {
    expect(newestLeaf(children(TURNS), "q1")).toBe("a3");
    expect(newestLeaf(children(TURNS), "")).toBe("a1b");
  });

  it("takes what was asked at once as one choice", () => {
    const groups = choices(children(TURNS), TURNS.get("a2b")!);
    expect(groups.map(ids)).toEqual([["a2a", "a2b"], ["a3"]]);
    expect(chosen(groups, TURNS.get("a3")!)).toBe(1);
    expect(choices(children(TURNS), TURNS.get("q1b")!).map(ids)).toEqual([["q1"], ["q1b"]]);
  });

  it("stays at its head, or goes beside or above what was deleted", () => {
    expect(headWithout(TURNS, "a1b", "q2")).toBe("a1b");
    expect(headWithout(TURNS, "a3", "a3")).toBe("a2b");
    expect(headWithout(TURNS, "a3", "q1")).toBe("a1b");
    expect(headWithout(byId([turn("q", null)]), "q", "q")).toBeNull();
    expect(subtree(children(TURNS), "q2")).toEqual(new Set(["q2", "a2a", "a2b", "a3"]));
  });

  it("draws the map with one step to the right at each fork", () => {
    const drawn = rows(TURNS, "a2a").map((row) => `${row.depth}${row.shown ? "*" : ""} ${row.turn.id}`);
    expect(drawn).toEqual(["1* q1", "1* a1", "1* q2", "2* a2a", "2 a2b", "2 a3", "1 q1b", "1 a1b"]);
  });

  it("finds where two branches part", () => {
    const { shared, one, other } = parting(TURNS, "a2a", "a3");
    expect([ids(shared), ids(one), ids(other)]).toEqual([["q1", "a1", "q2"], ["a2a"], ["a3"]]);
    expect(ids(parting(TURNS, "a1b", "a3").other)).toEqual(["q1", "a1", "q2", "a3"]);
  });
});
