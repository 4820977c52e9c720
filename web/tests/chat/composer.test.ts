import { describe, expect, it } from "vitest";
import { meaning, type Press } from "../../src/chat/keys";
import { filledIn, slashed, variables } from "../../src/chat/prompts.svelte";
import { Line, partsOf } from "../../src/chat/queue";

function press(more: Partial<Press> = {}): Press {
  const plain = {
    isComposing: false,
    keyCode: 13,
    shiftKey: false,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
  };
  return { key: "Enter", ...plain, ...more };
}

describe("Enter", () => {
  it("sends, and with Shift or Alt breaks the line", () => {
    expect(meaning(press(), "enter", false)).toBe("send");
    expect(meaning(press({ shiftKey: true }), "enter", false)).toBeNull();
    expect(meaning(press({ altKey: true }), "enter", false)).toBeNull();
    expect(meaning(press({ key: "a", keyCode: 65 }), "enter", false)).toBeNull();
  });

  it("never sends while an input method composes", () => {
    expect(meaning(press({ isComposing: true }), "enter", false)).toBeNull();
    expect(meaning(press({ isComposing: true, ctrlKey: true }), "mod-enter", false)).toBeNull();
    // Safari ends the composition before the key comes, and says so by this code alone.
    expect(meaning(press({ keyCode: 229 }), "enter", false)).toBeNull();
  });

  it("sends with the other key where that was chosen, and on touch screens", () => {
    expect(meaning(press(), "mod-enter", false)).toBeNull();
    expect(meaning(press({ metaKey: true }), "mod-enter", false)).toBe("send");
    expect(meaning(press(), "enter", true)).toBeNull();
    expect(meaning(press({ ctrlKey: true }), "enter", true)).toBe("send");
  });
});

describe("the line of next messages", () => {
  const next = (id: string) => ({ id, text: `say ${id}`, files: [], parts: [] });

  it("goes in order, and can be changed and taken back", () => {
    const line = new Line().add(next("a")).add(next("b")).change("b", "other").remove("a");
    expect(line.first?.text).toBe("other");
    expect(line.remove("b").first).toBeNull();
  });

  it("holds when an answer was not whole, until the reader says so", () => {
    const line = new Line().add(next("a"));
    expect(line.ended("complete").first?.id).toBe("a");
    for (const state of ["stopped", "failed", "cut", "interrupted"])
      expect(line.ended(state).first).toBeNull();
    expect(line.ended("stopped").release().first?.id).toBe("a");
  });

  it("is not held when nothing is in it", () => {
    expect(new Line().ended("stopped").add(next("a")).first?.id).toBe("a");
    expect(new Line([next("a")], true).remove("a").held).toBe(false);
  });

  it("keeps pictures of a question that is said again", () => {
    const image = { type: "image" as const, data: "AA==", media_type: "image/png" };
    const content = [{ type: "text" as const, text: "this" }, image];
    expect(partsOf([{ id: "message-1", item: { type: "message", role: "user", content } }])).toEqual([image]);
  });
});

describe("prompts", () => {
  it("ask for each variable once and fill it in everywhere", () => {
    const text = "Say {{ what }} in {{language}}, and {{what}} again.";
    expect(variables(text)).toEqual(["what", "language"]);
    expect(filledIn(text, { what: "moon", language: "中文" })).toBe("Say moon in 中文, and moon again.");
    expect(filledIn("{{a}} {{b}}", { a: "" })).toBe(" {{b}}");
  });

  it("come for a slash alone", () => {
    expect(slashed("/")).toBe("");
    expect(slashed("/sum")).toBe("sum");
    expect(slashed("see /sum")).toBeNull();
    expect(slashed("/sum it")).toBeNull();
  });
});
