import { describe, expect, it } from "vitest";
import type { Chat, Folder } from "../../src/api/types";
import { grouped, tree, within } from "../../src/state/threads.order";

const NOW = new Date(2026, 4, 20, 15, 0).getTime();
const at = (...parts: [number, number, number, number?]) =>
  new Date(...(parts as [number, number, number])).getTime() * 1000;

function chat(id: string, updated: number, more: Partial<Chat> = {}): Chat {
  return { id, tenant: "t", user: "u", created: updated, updated, ...more };
}
function folder(id: string, parent: string | null = null): Folder {
  return { id, tenant: "t", user: "u", name: id, created: 0, updated: 0, parent };
}

describe("threads under their days", () => {
  it("puts pinned ones first and the rest by the reader's days", () => {
    const chats = [
      chat("april", at(2026, 3, 2)),
      chat("today", at(2026, 4, 20)),
      chat("pinned", at(2020, 0, 1), { pinned: true }),
      chat("yesterday", at(2026, 4, 19)),
      chat("week", at(2026, 4, 15)),
      chat("days", at(2026, 4, 1)),
      chat("april too", at(2026, 3, 1)),
      chat("year", at(2025, 3, 2)),
    ];
    expect(grouped(chats, NOW).map((group) => [group.key, group.chats.map((one) => one.id)])).toEqual([
      ["pinned", ["pinned"]],
      ["today", ["today"]],
      ["yesterday", ["yesterday"]],
      ["week", ["week"]],
      ["days", ["days"]],
      ["2026-04", ["april", "april too"]],
      ["2025-04", ["year"]],
    ]);
  });

  it("has no heading without a thread", () => {
    expect(grouped([], NOW)).toEqual([]);
  });
});

describe("the tree of folders", () => {
  it("puts folders behind the one they are in, and loses none to a ring or a missing parent", () => {
    const folders = [
      folder("b", "a"),
      folder("a"),
      folder("c", "b"),
      folder("lost", "gone"),
      folder("x", "y"),
      folder("y", "x"),
    ];
    expect(tree(folders).map(({ folder: one, depth }) => `${depth} ${one.id}`)).toEqual([
      "0 a",
      "1 b",
      "2 c",
      "0 lost",
      "0 x",
      "0 y",
    ]);
    expect(within(folders, "a")).toEqual(new Set(["a", "b", "c"]));
  });
});
