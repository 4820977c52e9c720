import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { ChunkView, DocumentView } from "../../src/api/types";
import { Reading } from "../../src/knowledge/reading.svelte";

const TEXT = "Tea is picked in spring.";
const LOOK = 4_000;
/** What the server has by now. */
let told: DocumentView;
let chunks: string[];
let text: string;
/** What the next answer with chunks waits for; and how often they were asked for. */
let gate: Promise<void>;
let asked: number;
let failing: boolean;
let stop: () => void = () => undefined;

const view = (changed: number, more: Partial<DocumentView> = {}): DocumentView => ({
  ...{ id: "d", base: "b", name: "tea.txt", source: "upload", state: "ready", created: 1, changed },
  ...more,
});
const chunk = (id: string, place: number) =>
  ({ id, place, content: TEXT, span: { start: 0, stop: TEXT.length } }) as unknown as ChunkView;
const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });

beforeEach(() => {
  vi.useFakeTimers();
  [told, chunks, text, gate, asked, failing] = [view(1), ["old"], TEXT, Promise.resolve(), 0, false];
  vi.stubGlobal("fetch", async (url: string) => {
    if (url.includes("documents.read")) return json(told);
    if (url.includes("bases.read")) return json({ id: "b", name: "Tea" });
    if (url.includes("/content")) return new Response(text);
    if (!url.includes("chunks.list")) return new Response(null, { status: 204 });
    asked++;
    if (failing) return json({ status: 503 }, 503);
    const answer = chunks.map(chunk);
    await gate;
    return json({ chunks: answer });
  });
});
afterEach(() => {
  stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function opened(): Promise<Reading> {
  const reading = new Reading("d");
  stop = reading.listen();
  await vi.advanceTimersByTimeAsync(0);
  return reading;
}
const ids = (reading: Reading) => reading.chunks.map(({ id }) => id);

it("takes in the passages of a document that was cut anew, and nothing where it is as it was", async () => {
  const reading = await opened();
  expect(ids(reading)).toEqual(["old"]);
  await reading.again();
  expect(asked).toBe(1);
  [told, chunks] = [view(2), ["new", "newer"]];
  await reading.again();
  expect(ids(reading)).toEqual(["new", "newer"]);
});

it("shows what was there until all of the new is", async () => {
  const reading = await opened();
  let open = () => {};
  gate = new Promise((resolve) => (open = resolve));
  [told, chunks, text] = [view(2), ["new"], `${TEXT} And in autumn.`];
  const again = reading.again();
  await vi.advanceTimersByTimeAsync(0);
  expect([asked, ids(reading), reading.text]).toEqual([2, ["old"], TEXT]);
  open();
  await again;
  expect([ids(reading), reading.text]).toEqual([["new"], text]);
});

it("believes the later of two readings, whichever comes first", async () => {
  const reading = await opened();
  let open = () => {};
  gate = new Promise((resolve) => (open = resolve));
  [told, chunks] = [view(2), ["late"]];
  const late = reading.again();
  await vi.advanceTimersByTimeAsync(0);
  gate = Promise.resolve();
  [told, chunks] = [view(3), ["latest"]];
  await reading.again();
  open();
  await late;
  expect(ids(reading)).toEqual(["latest"]);
});

it("tries again what it could not read", async () => {
  const reading = await opened();
  [told, chunks, failing] = [view(2), ["new"], true];
  await reading.again();
  expect([ids(reading), reading.problem?.status]).toEqual([["old"], 503]);
  failing = false;
  await reading.again();
  expect([ids(reading), reading.problem]).toEqual([["new"], null]);
});

it("looks by itself while it is cut anew, for those whom the feed tells nothing", async () => {
  told = view(1, { remarked: [{ words: "", code: "recutting" }] });
  const reading = await opened();
  [told, chunks] = [view(2), ["new"]];
  await vi.advanceTimersByTimeAsync(LOOK);
  expect(ids(reading)).toEqual(["new"]);
});
