import { describe, expect, it } from "vitest";
import type { Turn } from "../../src/api/types";
import { firstShown, GROUP, groupsOf, guessed, guessedOf } from "../../src/chat/groups";
import type { Pair } from "../../src/chat/pairs";

const NOWHERE = { at: 0, turns: [] };

function turn(id: string, role: Turn["role"], text: string): Turn {
  const item = { type: "message" as const, role, content: text };
  return { id, chat: "c", role, state: "complete", created: 0, items: [{ id: "message-1", item }] };
}

function pair(id: string, question = "Why?", ...answers: string[]): Pair {
  return {
    id,
    question: turn(id, "user", question),
    asked: NOWHERE,
    answers: answers.map((text, at) => turn(`${id}-${at}`, "assistant", text)),
    answered: NOWHERE,
  };
}

describe("pairs in groups", () => {
  const pairs = Array.from({ length: 2 * GROUP + 3 }, (_, at) => pair(`p${at}`));

  it("keeps their order, each once", () => {
    const groups = groupsOf(pairs, []);
    expect(groups.map((group) => group.at)).toEqual([0, 1, 2]);
    expect(groups.flatMap((group) => group.pairs)).toEqual(pairs);
  });

  it("changes only the group in which something changed", () => {
    const before = groupsOf(pairs, []);
    const after = groupsOf([...pairs, pair("new")], before);
    expect(after[0]).toBe(before[0]);
    expect(after[1]).toBe(before[1]);
    expect(after[2]).not.toBe(before[2]);
    expect(groupsOf(pairs, before)).toEqual(before);
  });

  it("shows so many groups at the end, each of them whole", () => {
    const groups = groupsOf(pairs, []);
    expect(firstShown(0, 2)).toBe(0);
    expect(groups.slice(firstShown(groups.length, 1)).flatMap((group) => group.pairs)).toHaveLength(3);
    expect(groups.slice(firstShown(groups.length, 2)).flatMap((group) => group.pairs)).toHaveLength(
      GROUP + 3,
    );
    expect(firstShown(groups.length, 5_000)).toBe(0);
  });

  it("takes a group for as high as its pairs are", () => {
    const [first] = groupsOf(pairs, []);
    expect(guessedOf(first!)).toBe(GROUP * guessed(pairs[0]!));
  });

  it("takes a long answer for higher than a short one, and answers side by side for one", () => {
    const short = guessed(pair("a", "Why?", "So."));
    const long = guessed(pair("b", "Why?", "So. ".repeat(500)));
    expect(long).toBeGreaterThan(short * 3);
    expect(guessed(pair("c", "Why?", "So.", "Also so."))).toBe(short);
  });
});
