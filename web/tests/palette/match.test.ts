import { describe, expect, it } from "vitest";
import { match, ranked } from "../../src/palette/match";

const best = (query: string, titles: string[]) =>
  ranked(query, titles, (title) => title).map(({ item }) => item);

describe("match", () => {
  it("finds letters in their order and says where", () => {
    expect(match("nc", "New chat")?.at).toEqual([0, 4]);
    expect(match("chat", "New chat")?.at).toEqual([4, 5, 6, 7]);
    expect(match("xyz", "New chat")).toBeNull();
  });

  it("takes several words in any order", () => {
    expect(match("chat new", "New chat")?.at).toEqual([0, 1, 2, 4, 5, 6, 7]);
    expect(match("chat old", "New chat")).toBeNull();
  });

  it("asks for neither case nor accents, and reads Chinese", () => {
    expect(match("ECOLE", "Une école")?.at).toEqual([4, 5, 6, 7, 8]);
    expect(match("对话", "新对话")?.at).toEqual([1, 2]);
  });

  it("is not fooled by letters strewn over a long text", () => {
    expect(match("zqk", "a puzzle in a long line, then the aquatic sports, and at last a duck")).toBeNull();
  });
});

describe("ranked", () => {
  it("puts whole words first, then beginnings, then the rest", () => {
    expect(best("mod", ["Commodore", "Settings: Models", "my old dog"])).toEqual([
      "Settings: Models",
      "Commodore",
      "my old dog",
    ]);
    expect(best("new", ["Renew the key", "New chat"])).toEqual(["New chat", "Renew the key"]);
  });

  it("keeps the order where nothing is asked or all fits equally", () => {
    expect(best("", ["b", "a"])).toEqual(["b", "a"]);
    expect(best("same", ["same 1", "same 2"])).toEqual(["same 1", "same 2"]);
  });
});
