import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { DocumentView } from "../../src/api/types";
import { Documents } from "../../src/knowledge/documents.svelte";

const STRIDE = 2_000;
const view = (id: string, more: Partial<DocumentView> = {}): DocumentView => ({
  ...{ id, base: "b", name: `${id}.txt`, source: "upload", state: "embedding", created: 1, changed: 1 },
  ...more,
});
/** What the server has, and what was asked of it. */
let there: DocumentView[];
let asked: URLSearchParams[];
/** What an answer waits for. */
let gate: Promise<void>;
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  [there, asked, gate] = [[], [], Promise.resolve()];
  vi.stubGlobal("fetch", (url: string) => {
    if (!url.includes("documents.list")) return Promise.resolve(new Response(null, { status: 204 }));
    const fields = new URL(url).searchParams;
    asked.push(fields);
    const state = fields.get("state");
    const documents = there.filter((one) => !state || one.state === state);
    return gate.then(() => new Response(JSON.stringify({ documents })));
  });
});
afterEach(() => {
  stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function listed(told: boolean): Promise<Documents> {
  const list = new Documents("b", told);
  stop = list.listen();
  await vi.advanceTimersByTimeAsync(0);
  asked = [];
  return list;
}

it("looks how far documents are embedded, of which the feed says nothing, and at nothing else", async () => {
  there = [view("tea", { embedded: 0, to_embed: 9 }), view("rice", { state: "ready" })];
  const list = await listed(true);
  there = [view("tea", { embedded: 4, to_embed: 9 }), view("new")];
  await vi.advanceTimersByTimeAsync(STRIDE);
  expect(asked.map((fields) => fields.get("state"))).toEqual(["embedding"]);
  expect(list.items).toEqual([there[0], view("rice", { state: "ready" })]);
});

it("looks no more where none is being embedded", async () => {
  there = [view("tea", { state: "ready" }), view("rice", { state: "parsing" })];
  await listed(true);
  await vi.advanceTimersByTimeAsync(3 * STRIDE);
  expect(asked).toEqual([]);
});

it("believes the feed before a look that was late", async () => {
  there = [view("tea", { to_embed: 9 })];
  const list = await listed(true);
  let answer = () => {};
  gate = new Promise((resolve) => (answer = resolve));
  await vi.advanceTimersByTimeAsync(STRIDE);
  expect(asked).toHaveLength(1);
  list.hear({ t: "document", document: "tea", base: "b", state: "waiting" });
  answer();
  await vi.advanceTimersByTimeAsync(0);
  expect(list.items[0]?.state).toBe("waiting");
});

it("forgets the figures of a former time when a document is embedded once more", async () => {
  there = [view("tea", { state: "waiting", embedded: 9, to_embed: 9 })];
  const list = await listed(true);
  list.hear({ t: "document", document: "tea", base: "b", state: "embedding" });
  expect(list.items[0]).toMatchObject({ state: "embedding", embedded: 0, to_embed: 0 });
  list.put(view("tea", { embedded: 3, to_embed: 9 }));
  list.hear({ t: "document", document: "tea", base: "b", state: "embedding" });
  expect(list.items[0]).toMatchObject({ embedded: 3, to_embed: 9 });
});

it("reads all again in a base of somebody else, whose feed tells this reader nothing", async () => {
  there = [view("tea", { to_embed: 9 })];
  const list = await listed(false);
  there = [view("tea", { embedded: 5, to_embed: 9 })];
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked.map((fields) => fields.get("state"))).toEqual([""]);
  expect(list.items).toEqual(there);
});
