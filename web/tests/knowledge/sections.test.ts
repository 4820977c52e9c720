import { describe, expect, it } from "vitest";
import type { ChunkView } from "../../src/api/types";
import { passagesOf, piecesOf, rewritten, sectionsOf, touching } from "../../src/knowledge/sections";
import { Places } from "../../src/state/places";

function chunk(place: number, start: number, stop: number, more: Partial<ChunkView> = {}): ChunkView {
  return {
    id: `c${place}`,
    document: "d",
    place,
    content: "x".repeat(stop - start),
    span: { start, stop },
    ...more,
  };
}

describe("sectionsOf", () => {
  it.each([
    ["lines", "A line of some words.\n".repeat(900)],
    ["one line", "x".repeat(10_001)],
    ["one line of pairs", "😀".repeat(5_000)],
    ["a short text", "short"],
    ["nothing", ""],
  ])("cuts %s without losing or halving anything", (_, text) => {
    const cut = sectionsOf(text, 999).map(({ start, stop }) => text.slice(start, stop));
    expect(cut.join("")).toBe(text);
    for (const each of cut)
      expect([each.length > 0, each.length <= 1_000, encodeURIComponent(each).length > 0]).toEqual([
        true,
        true,
        true,
      ]);
  });

  it("cuts behind a line where there is one", () => {
    const text = "A line of some words.\n".repeat(900);
    for (const { stop } of sectionsOf(text)) expect(text[stop - 1]).toBe("\n");
  });
});

describe("passages", () => {
  const text = "茶😀 is grown in Assam. Coffee is grown in Kerala.";
  const passages = passagesOf(
    [chunk(1, 21, 48), chunk(0, 0, 21), chunk(2, 0, 48, { searched: false })],
    new Places(text),
  );

  it("stand where the server counted, in the order of the text, without those that are not searched", () => {
    expect(passages.map((one) => text.slice(one.start, one.stop))).toEqual([
      "茶😀 is grown in Assam.",
      " Coffee is grown in Kerala.",
    ]);
  });

  it("are found by the section that they touch", () => {
    const found = (start: number, stop: number) =>
      touching(passages, { start, stop }).map((one) => one.chunk.id);
    expect([found(0, 10), found(10, 30), found(24, 30), found(23, 24)]).toEqual([
      ["c0"],
      ["c0", "c1"],
      ["c1"],
      ["c1"],
    ]);
  });
});

describe("piecesOf", () => {
  const text = "One two three four.";
  const passages = passagesOf([chunk(0, 0, 8), chunk(1, 4, 19, { enabled: false })], new Places(text));
  const all = { start: 0, stop: text.length };

  it("cuts at passages and at what is marked, and joins to the whole again", () => {
    const pieces = piecesOf(text, all, passages, { start: 8, stop: 13 });
    expect(pieces.map((one) => one.text)).toEqual(["One ", "two ", "three", " four."]);
    expect(pieces.map((one) => one.begins.map((each) => each.chunk.id))).toEqual([["c0"], ["c1"], [], []]);
    expect(pieces.map((one) => one.marked)).toEqual([false, false, true, false]);
    expect(pieces.map((one) => one.off)).toEqual([false, true, true, true]);
  });

  it("marks nothing beyond a section", () => {
    const part = piecesOf(text, { start: 4, stop: 10 }, passages, { start: 0, stop: 6 });
    expect(part.map((one) => [one.text, one.marked])).toEqual([
      ["tw", true],
      ["o th", false],
    ]);
  });
});

describe("rewritten", () => {
  it("is told by the length of what a passage says", () => {
    expect(rewritten(chunk(0, 0, 2, { content: "😀茶" }))).toBe(false);
    expect(rewritten(chunk(0, 0, 2, { content: "tea" }))).toBe(true);
  });
});
