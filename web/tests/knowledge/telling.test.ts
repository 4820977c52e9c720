import { expect, test } from "vitest";
import type { BaseView, DocumentView, ModelCard } from "../../src/api/types";
import { hears, unread } from "../../src/knowledge/telling";

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
