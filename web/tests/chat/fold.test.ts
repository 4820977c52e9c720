import { describe, expect, it } from "vitest";
import type { RunEvent, Turn } from "../../src/api/types";
import { Folding, leadOf, sayingOf } from "../../src/state/thread/fold";
import { Growth, shownLength } from "../../src/state/thread/flush";

const BEFORE: Turn = { id: "t", chat: "c", role: "assistant", state: "running", created: 1_000_000 };
type Told = RunEvent extends infer Each ? (Each extends unknown ? Omit<Each, "n"> : never) : never;

function folded(events: Told[], before = BEFORE): Turn {
  const folding = new Folding();
  events.forEach((event, at) => folding.add({ ...event, n: at + 1 } as RunEvent));
  return folding.turn(before, leadOf(before));
}

describe("folding a run into its turn", () => {
  it("keeps thoughts, text and calls in the server's order, whatever the order they came in", () => {
    const turn = folded([
      { t: "started", model: "m" },
      { t: "delta", text: "He" },
      { t: "tool_called", item: 0, id: "x", name: "look" },
      { t: "delta", text: "hm", lane: "reasoning" },
      { t: "delta", text: '{"a":', lane: "arguments", item: 0 },
      { t: "delta", text: "llo" },
      { t: "delta", text: "1}", lane: "arguments", item: 0 },
      { t: "finished", reason: "tool_calls" },
      { t: "usage", prompt: 4, completion: 2 },
      { t: "ended", outcome: "complete", at: 9 } as Told,
    ]);
    expect(turn.items).toEqual([
      { id: "reasoning-1", item: { type: "reasoning", text: "hm" }, status: "complete" },
      { id: "message-1", item: { type: "message", role: "assistant", content: "Hello" }, status: "complete" },
      {
        id: "call-1",
        item: { type: "tool_call", id: "x", name: "look", arguments: '{"a":1}' },
        status: "complete",
      },
    ]);
    expect(turn).toMatchObject({ state: "complete", ended: 9, usage: { prompt: 4, completion: 2 } });
  });

  it("keeps what it rests on as the server keeps it, of the first answer only", () => {
    const passage = { number: 1, base: "b", document: "d", chunk: "c", content: "Tea.", start: 0, stop: 4 };
    const citations = [{ number: 1, document: "d", chunk: "c", start: 0, stop: 4, sure: true }];
    const turn = folded([
      { t: "retrieved", passages: [passage], bases: [{ id: "b", name: "Leaves" }], remarks: ["loosened"] },
      { t: "delta", text: "Tea [1]." },
      { t: "cited", start: 0, stop: 8, citations, at: 3 } as Told,
      { t: "cited", start: 0, stop: 8, citations, choice: 1 },
    ]);
    expect(turn.evidence).toEqual({
      passages: [passage],
      bases: [{ id: "b", name: "Leaves" }],
      threshold: 0,
      remarks: ["loosened"],
      cited: [{ t: "cited", start: 0, stop: 8, citations }],
    });
  });

  it("is running and partial until its end", () => {
    const turn = folded([{ t: "delta", text: "Half" }]);
    expect(turn.state).toBe("running");
    expect(turn.items?.[0]?.status).toBe("partial");
  });

  it("is cut where its length ended it, and failed as the end says", () => {
    expect(
      folded([
        { t: "delta", text: "a" },
        { t: "finished", reason: "length" },
        { t: "ended", outcome: "complete" },
      ]).state,
    ).toBe("cut");
    const error = { kind: "upstream", message: "Gone." };
    expect(folded([{ t: "ended", outcome: "failed", error }])).toMatchObject({
      state: "failed",
      error,
      items: [],
    });
  });

  it("takes a whole answer, but not beside one that was streamed", () => {
    const whole: Told = {
      t: "whole",
      choices: [{ items: [{ type: "message", role: "assistant", content: "All" }], reason: "stop" }],
      usage: { t: "usage", prompt: 3 },
    };
    const turn = folded([whole, { t: "ended", outcome: "complete" }]);
    expect(sayingOf(turn)).toBe("All");
    expect(turn.usage?.prompt).toBe(3);
    expect(sayingOf(folded([{ t: "delta", text: "Streamed" }, whole]))).toBe("Streamed");
  });

  it("shows a refusal as what was said, and leaves other choices to others", () => {
    const turn = folded([
      { t: "delta", text: "No.", lane: "refusal" },
      { t: "delta", text: "other", choice: 1 },
    ]);
    expect(turn.items?.map((each) => each.item)).toEqual([
      { type: "message", role: "assistant", content: "No.", foreign: { refusal: true } },
    ]);
  });

  it("keeps the earlier rounds of tools before what the run says", () => {
    const before: Turn = {
      ...BEFORE,
      items: [
        { id: "call-1", item: { type: "tool_call", id: "x", name: "look", arguments: "{}" } },
        { id: "result-1", item: { type: "tool_result", id: "x", content: "42" } },
        { id: "message-1", item: { type: "message", role: "assistant", content: "It" } },
      ],
    };
    const turn = folded([{ t: "delta", text: "It is 42." }], before);
    expect(turn.items?.map((each) => each.id)).toEqual(["call-1", "result-1", "message-1"]);
    expect(sayingOf(turn)).toBe("It is 42.");
  });
});

describe("whole words", () => {
  it("holds back a word that is not whole, and only that", () => {
    expect(shownLength("Two wor")).toBe(4);
    expect(shownLength("Two words ")).toBe(10);
    expect(shownLength("")).toBe(0);
  });

  it("shows Chinese letter by letter and a very long word as it comes", () => {
    expect(shownLength("你好世")).toBe(3);
    expect(shownLength("x".repeat(500))).toBe(500);
    expect(shownLength("x".repeat(99) + "\ud83d")).toBe(99);
  });

  it("never takes back what was shown while nothing came", () => {
    const growth = new Growth();
    expect(growth.next("message-1", "Two wor", false)).toBe("Two ");
    expect(growth.next("message-1", "Two wor", true)).toBe("Two wor");
    expect(growth.next("message-1", "Two word", false)).toBe("Two wor");
    expect(growth.next("message-1", "Two words and", false)).toBe("Two words ");
    expect(growth.next("message-2", "One an", false)).toBe("One ");
    // An answer that is told anew begins anew.
    expect(growth.next("message-2", "Another one", false)).toBe("Another ");
    expect(growth.next("message-2", "A b", false)).toBe("A ");
  });
});
