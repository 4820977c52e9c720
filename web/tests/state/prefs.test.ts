import { beforeEach, describe, expect, it } from "vitest";
import { choose, prefs, understood } from "../../src/state/prefs.svelte";

describe("understood", () => {
  const first = understood(null);

  it("begins as the system likes it", () => {
    expect(first).toMatchObject({
      theme: "system",
      language: "system",
      announce: true,
      sendKey: "enter",
      shortcuts: {},
    });
  });

  it("takes what makes sense and the first choice for the rest", () => {
    const kept = {
      theme: "dark",
      size: "huge",
      announce: "yes",
      rail: false,
      skipped: ["model"],
      shortcuts: [],
      more: 1,
    };
    expect(understood(JSON.stringify(kept))).toEqual({
      ...first,
      theme: "dark",
      rail: false,
      skipped: ["model"],
    });
  });

  it.each(["", "{", "null", "7", '"text"', "[]"])("survives %s", (kept) => {
    expect(understood(kept)).toEqual(first);
  });
});

describe("choose", () => {
  beforeEach(() => localStorage.clear());

  it("is kept for the next time", () => {
    choose("theme", "dark");
    choose("shortcuts", { "chat.new": "mod+j" });
    expect(prefs.theme).toBe("dark");
    expect(understood(localStorage.getItem("parlance.prefs"))).toMatchObject({
      theme: "dark",
      shortcuts: { "chat.new": "mod+j" },
    });
  });

  it("holds where the browser keeps nothing", () => {
    const keep = Storage.prototype.setItem;
    Storage.prototype.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    try {
      choose("size", "large");
    } finally {
      Storage.prototype.setItem = keep;
    }
    expect(prefs.size).toBe("large");
  });
});
