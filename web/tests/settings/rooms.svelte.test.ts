import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Problem } from "../../src/api/problem";
import type { Storage } from "../../src/api/types";
import { fullness, inFigures, Rooms } from "../../src/settings/server/rooms.svelte";

const room = (more: Partial<Storage> = {}): Storage => ({ used: 300, reserved: 0, documents: 1, ...more });
let asked: string[];
let answers: (() => void)[];

beforeEach(() => {
  [asked, answers] = [[], []];
  vi.stubGlobal("fetch", (url: string) => {
    const tenant = new URL(url).searchParams.get("tenant") ?? "";
    asked.push(tenant);
    const [body, status] = tenant === "gone" ? [{ code: "tenant_not_found" }, 404] : [room(), 200];
    return new Promise((resolve) =>
      answers.push(() => resolve(new Response(JSON.stringify(body), { status }))),
    );
  });
});
afterEach(() => vi.unstubAllGlobals());

async function answered(): Promise<void> {
  answers.shift()?.();
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}

it("reads the rooms of tenants one after the other, each once, and goes on behind one that fails", async () => {
  const rooms = new Rooms();
  void rooms.want(["a", "gone", "b"]);
  expect(asked).toEqual(["a"]);
  await answered();
  await answered();
  void rooms.want(["a", "gone", "b", "c"]);
  for (let turn = 0; turn < 4; turn++) await answered();
  expect(asked).toEqual(["a", "gone", "b", "gone", "c"]);
  expect(Object.keys(rooms.known).sort()).toEqual(["a", "b", "c", "gone"]);
  expect(rooms.known["gone"]).toBeInstanceOf(Problem);
});

it("asks for nothing more when nobody looks any more", async () => {
  const rooms = new Rooms();
  void rooms.want(["a", "b"]);
  rooms.leave();
  await answered();
  expect(asked).toEqual(["a"]);
});

it("says how full a room is, where it has a bound", () => {
  expect(fullness(room())).toBeNull();
  expect(fullness(room({ quota: null }))).toBeNull();
  expect(fullness(room({ quota: 1000, reserved: 200 }))).toBe(0.5);
  expect(fullness(room({ quota: 100 }))).toBe(1);
  expect(fullness(room({ used: 0, quota: 0 }))).toBe(1);
});

it("tells a room in figures", () => {
  expect(inFigures(room())).toBe("300 bytes for documents are used, without a bound · 1 document");
  const own = room({ used: 1_500_000, documents: 1200, quota: 10_000_000, own: true });
  expect(inFigures(own)).toBe(
    "1.5 MB of 10 MB for documents are used · 1,200 documents · as set for this tenant",
  );
});
