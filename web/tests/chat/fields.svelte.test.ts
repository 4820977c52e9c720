import { flushSync, mount, unmount, type Component } from "svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Chat, Turn } from "../../src/api/types";
import { desk } from "../../src/chat/desk.svelte";
import { prompts } from "../../src/chat/prompts.svelte";
import Question from "../../src/chat/Question.svelte";
import Slash from "../../src/chat/Slash.svelte";
import { view } from "../../src/chat/view.svelte";
import Row from "../../src/rail/Row.svelte";

let target: HTMLElement;
let shown: object;

beforeEach(() => {
  // What jsdom does not have.
  const media = { matches: false, addEventListener: vi.fn(), removeEventListener: vi.fn() };
  vi.stubGlobal("matchMedia", () => media);
  vi.stubGlobal("CSS", { escape: (text: string) => text });
  Element.prototype.scrollIntoView = vi.fn();
  document.body.append((target = document.createElement("div")));
});
afterEach(async () => {
  await unmount(shown);
  target.remove();
  vi.unstubAllGlobals();
});

function show<P extends Record<string, unknown>>(what: Component<P, object>, props: P): object {
  shown = mount(what, { target, props });
  flushSync();
  return shown;
}
/** Enter that ends a composition: in Safari it comes behind its end, with this code alone. */
const ENDS = { key: "Enter", keyCode: 229, bubbles: true, cancelable: true };
const ENTER = { ...ENDS, keyCode: 13 };

it("does not rename a chat by the Enter that ends a composition", () => {
  const chat = { id: "c", tenant: "t", user: "u", created: 1, updated: 1, title: "Before" } satisfies Chat;
  const onrenamed = vi.fn();
  show(Row, { chat, renaming: true, ask: () => undefined, onrenamed });
  const field = target.querySelector("input");
  field?.dispatchEvent(new KeyboardEvent("keydown", ENDS));
  expect(onrenamed).not.toHaveBeenCalled();
  field?.dispatchEvent(new KeyboardEvent("keydown", ENTER));
  expect(onrenamed).toHaveBeenCalledOnce();
});

it("does not put in a prompt by the Enter that ends a composition", () => {
  prompts.list = [{ id: "p", name: "sum", text: "Sum it up." }];
  desk.text = "/s";
  const slash = show(Slash, { id: "list" }) as { key: (event: KeyboardEvent) => boolean };
  expect(slash.key(new KeyboardEvent("keydown", ENDS))).toBe(false);
  expect(desk.text).toBe("/s");
  expect(slash.key(new KeyboardEvent("keydown", ENTER))).toBe(true);
  expect(desk.text).toBe("Sum it up.");
});

it("shows a question that is being changed as it was left, until it is left on purpose", () => {
  const content = "as it was asked";
  const items = [{ id: "message-1", item: { type: "message" as const, role: "user" as const, content } }];
  const turn: Turn = { id: "q", chat: "c", role: "user", state: "complete", created: 1, items };
  desk.edit = { turn: "q", text: "as it was left" };
  view.editing = "q";
  show(Question, { turn, fork: { turns: [turn], at: 0 } });
  const field = target.querySelector("textarea");
  expect(field?.value).toBe("as it was left");
  if (field) field.value = "changed more";
  field?.dispatchEvent(new Event("input", { bubbles: true }));
  expect(desk.edit).toEqual({ turn: "q", text: "changed more" });
  field?.dispatchEvent(new KeyboardEvent("keydown", { ...ENDS, key: "Escape" }));
  expect(view.editing).toBe("q");
  field?.dispatchEvent(new KeyboardEvent("keydown", { ...ENTER, key: "Escape", keyCode: 27 }));
  expect([view.editing, desk.edit]).toEqual(["", null]);
});
