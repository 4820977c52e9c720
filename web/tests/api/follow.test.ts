import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { follow } from "../../src/api/follow";
import { hearNews, type News } from "../../src/api/news";
import type { Block } from "../../src/api/sse";

const encoder = new TextEncoder();
let asked: (string | null)[] = [];
let lines: ReadableStreamDefaultController<Uint8Array>[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  [asked, lines] = [[], []];
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function serve(answer: () => Response | Error) {
  vi.stubGlobal("fetch", async (_: string, init: { headers: Record<string, string> }) => {
    asked.push(init.headers["last-event-id"] ?? null);
    const made = answer();
    if (made instanceof Error) throw made;
    return made;
  });
}
const line = () =>
  new Response(new ReadableStream<Uint8Array>({ start: (controller) => void lines.push(controller) }));
const say = (at: number, text: string) => lines[at]?.enqueue(encoder.encode(text));

it("begins a line anew that has been silent for too long, behind the last whole event", async () => {
  serve(line);
  const heard: Block[] = [];
  const waited: number[] = [];
  const end = new AbortController();
  const listener = { heard: (block: Block) => heard.push(block), waiting: (ms: number) => waited.push(ms) };
  const done = follow("runs.read", { run: "r" }, listener, end.signal);
  await vi.advanceTimersByTimeAsync(0);
  say(0, "id: 7\nevent: delta\ndata: {}\n\n");
  await vi.advanceTimersByTimeAsync(40_000);
  say(0, ": heartbeat\n\n");
  await vi.advanceTimersByTimeAsync(40_000);
  expect(asked).toEqual([null]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toEqual([null, "7"]);
  say(1, "id: 8\nevent: ended\ndata: {}\n\n");
  await vi.advanceTimersByTimeAsync(0);
  await done;
  expect(heard.map((block) => block.id)).toEqual(["7", "8"]);
  expect(waited).toEqual([0, 500, 0]);
});

it("tells that the server is away and that it is back, and wakes each other only then", async () => {
  const news: News[] = [];
  const deaf = hearNews((one) => news.push(one));
  let away = true;
  serve(() => (away ? new TypeError("refused") : line()));
  const ends = [new AbortController(), new AbortController()];
  const all = ends.map((end) => follow("feeds.read", {}, { heard: () => undefined }, end.signal));
  await vi.advanceTimersByTimeAsync(20_000);
  const tries = asked.length;
  expect(news.every((one) => one === "lost")).toBe(true);
  expect(tries).toBeLessThan(20);
  away = false;
  await vi.advanceTimersByTimeAsync(16_000);
  expect(news.filter((one) => one === "reached")).toHaveLength(1);
  expect(lines).toHaveLength(2);
  for (const end of ends) end.abort();
  for (const controller of lines) controller.close();
  await vi.advanceTimersByTimeAsync(1_000);
  await Promise.all(all);
  deaf();
});
