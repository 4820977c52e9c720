import { expect, test } from "vitest";
import type { BaseView, DocumentView, ModelCard } from "../../src/api/types";
import { hears, misfits, progressOf, stateOf, troubleOf, unread } from "../../src/knowledge/telling";

const base = (transcriber: string | null | undefined) => ({ options: { transcriber } }) as BaseView;
const card = (id: string, capability: string) => ({ id, capabilities: [capability] }) as ModelCard;

test("sound is taken where the base names a model for it, or there is one and the base wants none less", () => {
  const chats = [card("talk", "chat")];
  const both = [...chats, card("whisper-1", "transcribe")];
  expect(hears(base("whisper-1"), chats)).toBe(true);
  expect(hears(base(""), both)).toBe(false);
  for (const unsaid of [null, undefined]) {
    expect(hears(base(unsaid), both)).toBe(true);
    expect(hears(base(unsaid), chats)).toBe(false);
  }
});

test("a document that counts as read without a word is told apart from one that is still being read", () => {
  const document = (state: string, chunks?: number) => ({ state, chunks }) as DocumentView;
  expect(unread(document("ready"))).toBe(true);
  expect(unread(document("ready", 3))).toBe(false);
  expect(unread(document("waiting"))).toBe(false);
  expect(unread(document("failed"))).toBe(false);
});

test("a document that is being embedded says how many of its passages are, in figures and as a share", () => {
  const going = { state: "embedding", embedded: 384, to_embed: 1200 } as DocumentView;
  const words = "Being embedded: 384 of 1,200 passages";
  expect(stateOf(going)).toBe(words);
  expect(progressOf(going, "tea.txt")).toEqual({ share: 0.32, label: "How far tea.txt is embedded", words });
  expect(progressOf({ ...going, embedded: 1201 }, "tea.txt")?.share).toBe(1);
  expect(progressOf({ ...going, state: "ready" }, "tea.txt")).toBeNull();
});

test("where nobody knows how far a document is, its state alone is said", () => {
  const document = (more: object) => ({ state: "embedding", ...more }) as DocumentView;
  expect(stateOf(document({}))).toBe("Read; its passages are made ready for the search");
  expect(progressOf(document({}), "tea.txt")).toBeNull();
  expect(progressOf(document({ state: "parsing" }), "tea.txt")).toBeNull();
  const reading = progressOf(document({ state: "parsing", done: 1, pages: 4 }), "tea.txt");
  expect(reading).toEqual({
    ...{ share: 0.25, label: "How far tea.txt is read", words: "Being read: 1 of 4 pages" },
  });
});

test("a base misfits where another model has its embedder's name, until it is on its way to that one", () => {
  const base = (more: Partial<BaseView>) =>
    ({ embedder: "e5", problem: "embedder_dimension", words: "Choose it anew.", ...more }) as BaseView;
  expect(misfits(base({}))).toBe(true);
  expect(misfits(base({ coming: null }))).toBe(true);
  for (const more of [{ coming: "e5" }, { embedder: "" }, { problem: "" }, { problem: "model_not_found" }])
    expect(misfits(base(more))).toBe(false);
});

test("what is wrong with a base is told as what it is", () => {
  const base = (problem: string) => ({ embedder: "e5", problem, words: "There is none." }) as BaseView;
  expect(troubleOf(base(""))).toBe("");
  expect(troubleOf(base("embedder_dimension"))).toContain("Another model goes by the name e5 now");
  expect(troubleOf(base("embedder_changed"))).toBe(troubleOf(base("embedder_dimension")));
  expect(troubleOf(base("model_not_found"))).toBe("It could not be embedded anew. There is none.");
});
