import { flushSync } from "svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Problem } from "../../src/api/problem";
import type { Chat, Folder } from "../../src/api/types";
import { Drawn, PATIENCE } from "../../src/rail/drawn.svelte";
import { threads, UNREAD } from "../../src/state/threads.svelte";

const CHAT = { id: "spade", tenant: "t", user: "u", created: 1, updated: 1 } as Chat;
const FOLDER = { id: "shed", tenant: "t", user: "u", name: "Shed", created: 1, updated: 1 } as Folder;
const REFUSED = new Problem(500, "internal", "It broke.");
const OFFLINE = new Problem(0, "offline", "Nobody is there.");
let drawn: Drawn;
let end: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  [threads.folders, threads.chats, threads.loaded] = [UNREAD, [], false];
  [threads.problem, threads.missing, threads.view] = [null, null, { kind: "all" }];
  end = $effect.root(() => void (drawn = new Drawn()));
  flushSync();
});
afterEach(() => {
  end();
  vi.useRealTimers();
});

/** What has come in, with all that follows from it. */
function come(
  what: Partial<Pick<typeof threads, "chats" | "folders" | "problem" | "missing" | "loaded" | "view">>,
): void {
  Object.assign(threads, what);
  flushSync();
}
const chats = () => come({ chats: [CHAT], problem: null, loaded: true });
function pass(ms: number): void {
  vi.advanceTimersByTime(ms);
  flushSync();
}
const found = () => [drawn.chats, drawn.late];

it("lets the chats wait for the folders above them", () => {
  chats();
  pass(PATIENCE - 1);
  expect(found()).toEqual([false, false]);
  come({ folders: [FOLDER] });
  expect(found()).toEqual([true, false]);
  pass(PATIENCE);
  expect(found()).toEqual([true, false]);
});

it("lets nothing wait for the chats", () => {
  come({ folders: [] });
  pass(PATIENCE);
  chats();
  expect(found()).toEqual([true, false]);
});

it("draws the chats when they have waited long enough, and has the folders folded that come then", () => {
  pass(10 * PATIENCE);
  chats();
  expect(drawn.chats).toBe(false);
  pass(PATIENCE);
  expect(found()).toEqual([true, true]);
  come({ folders: [FOLDER] });
  expect(found()).toEqual([true, true]);
});

it("draws all anew on the way back from another view", () => {
  chats();
  pass(PATIENCE);
  come({ folders: [FOLDER] });
  come({ view: { kind: "archived" }, chats: [], loaded: false });
  expect(found()).toEqual([true, false]);
  chats();
  come({ view: { kind: "all" }, chats: [], loaded: false });
  chats();
  expect(found()).toEqual([true, false]);
});

it("says that there are no chats as late, and folds nothing for that", () => {
  come({ loaded: true });
  expect(drawn.chats).toBe(false);
  pass(PATIENCE);
  come({ folders: [FOLDER] });
  expect(found()).toEqual([true, false]);
});

it.each([
  ["before the chats", () => (come({ missing: REFUSED }), chats())],
  ["after them", () => (chats(), come({ missing: REFUSED }))],
  ["after them, for want of a connection", () => (chats(), come({ missing: OFFLINE }))],
])("waits for no folders that failed %s", (_, fail) => {
  fail();
  expect(drawn.chats).toBe(true);
});

it("waits anew when both are read again after a connection came back", () => {
  come({ problem: OFFLINE, missing: OFFLINE, loaded: true });
  pass(2 * PATIENCE);
  come({ missing: null });
  chats();
  expect(drawn.chats).toBe(false);
  come({ folders: [FOLDER] });
  expect(found()).toEqual([true, false]);
});

it("keeps what is drawn when something else fails later", () => {
  come({ folders: [FOLDER] });
  chats();
  come({ problem: REFUSED });
  come({ problem: null });
  expect(found()).toEqual([true, false]);
});

it("waits for nobody in a rail that opens when the folders are known", () => {
  come({ folders: [FOLDER] });
  chats();
  let other: Drawn | undefined;
  const stop = $effect.root(() => void (other = new Drawn()));
  expect([other?.chats, other?.late]).toEqual([true, false]);
  stop();
});
