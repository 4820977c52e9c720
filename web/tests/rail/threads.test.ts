import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Problem } from "../../src/api/problem";
import type { Chat } from "../../src/api/types";
import { exportOf } from "../../src/rail/bring";
import { stepped } from "../../src/rail/keys";
import { Finding } from "../../src/state/threads.find.svelte";
import { threads } from "../../src/state/threads.svelte";

const asked: { path: string; body: unknown }[] = [];
let answer: (path: string) => { status?: number; body: unknown };

beforeEach(() => {
  asked.length = 0;
  vi.useFakeTimers();
  vi.stubGlobal("fetch", async (url: string, init: RequestInit = {}) => {
    const path = url.slice(url.indexOf("v1/") + 3);
    asked.push({ path, body: typeof init.body === "string" ? JSON.parse(init.body) : null });
    const { status = 200, body } = answer(path);
    return new Response(JSON.stringify(body), { status });
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function chat(id: string, updated: number, more: Partial<Chat> = {}): Chat {
  return { id, tenant: "t", user: "u", created: updated, updated, title: id, ...more };
}
const ids = () => threads.chats.map((one) => one.id);

describe("changes that are shown at once", () => {
  const chats = [chat("one", 3), chat("two", 2), chat("three", 1)];
  beforeEach(async () => {
    answer = () => ({ body: { chats, cursor: null } });
    threads.look({ kind: "all" });
    await vi.waitFor(() => expect(ids()).toEqual(["one", "two", "three"]));
    asked.length = 0;
  });

  it("renames before the answer, and takes it back when the server says no", async () => {
    answer = () => ({ status: 409, body: { code: "chat_changed", detail: "no" } });
    const change = threads.rename(chats[0]!, "new");
    expect(threads.chats[0]?.title).toBe("new");
    await expect(change).rejects.toBeInstanceOf(Problem);
    expect(threads.chats[0]?.title).toBe("one");
    expect(asked[0]).toEqual({ path: "chats.update", body: { chat: "one", title: "new" } });
  });

  it("puts a pinned one to the top", async () => {
    answer = () => ({ body: {} });
    await threads.pin(chats[2]!, true);
    expect(ids()).toEqual(["three", "one", "two"]);
  });

  it("takes out what is archived or deleted, and brings back what is not to be", async () => {
    answer = () => ({ body: {} });
    await threads.archive(chats[0]!, true);
    expect(ids()).toEqual(["two", "three"]);
    answer = () => ({ status: 500, body: {} });
    await expect(threads.remove(chats[1]!)).rejects.toBeInstanceOf(Problem);
    expect(ids()).toEqual(["two", "three"]);
  });

  it("takes what the feed tells, and reads the list once for many entries", async () => {
    threads.told({ t: "chat", chat: "two", change: "deleted" });
    expect(ids()).toEqual(["one", "three"]);
    threads.told({ t: "answer_begun", chat: "one", turn: "t", run: "r" });
    expect(threads.answering.has("one")).toBe(true);
    threads.told({ t: "answer_ended", chat: "one", turn: "t", state: "complete", title: "Told" });
    expect(threads.answering.size).toBe(0);
    expect(threads.chats[0]?.title).toBe("Told");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked.map((one) => one.path)).toEqual(["chats.list?limit=50&cursor="]);
  });
});

describe("looking for words", () => {
  it("asks once, when no more is typed", async () => {
    answer = () => ({
      body: { hits: [{ chat: "c", title: "t", turn: "x", excerpt: "e", created: 1 }], cursor: null },
    });
    const finding = new Finding();
    for (const words of ["f", "fo", "folder:work tea "]) finding.type(words);
    expect(finding.busy).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked.map((one) => one.path)).toEqual(["chats.search?query=folder%3Awork+tea&cursor="]);
    expect(finding.hits).toHaveLength(1);
    finding.type(" ");
    expect([finding.open, finding.hits.length, finding.busy]).toEqual([false, 0, false]);
  });
});

describe("the rest of the rail", () => {
  it("goes through the links with the arrow keys and stays at the ends", () => {
    const list = document.createElement("div");
    const links = ["a", "b", "c"].map((name) => Object.assign(document.createElement("a"), { href: name }));
    list.append(...links);
    document.body.append(list);
    const press = (target: HTMLElement, key: string) =>
      stepped({ key, target } as unknown as KeyboardEvent, list);
    expect(press(links[0]!, "ArrowDown")).toBe(true);
    expect(document.activeElement).toBe(links[1]);
    press(links[1]!, "End");
    press(links[2]!, "ArrowDown");
    expect(document.activeElement).toBe(links[2]);
    expect(press(links[2]!, "x")).toBe(false);
    list.remove();
  });

  it("fetches one chat or all", () => {
    expect(exportOf("markdown", "c 1")).toMatch(/chats\.export\?format=markdown&chat=c\+1$/);
    expect(exportOf("json")).toMatch(/chats\.export\?format=json$/);
  });
});

it("goes on telling that the folders could not be read when the chats come, and until they are", async () => {
  answer = (path) =>
    path.startsWith("folders")
      ? { status: 500, body: { code: "internal" } }
      : { body: { chats: [], tags: [] } };
  await threads.aside();
  await threads.refresh();
  expect([threads.problem, threads.missing?.code]).toEqual([null, "internal"]);
  answer = (path) => ({ body: path.startsWith("folders") ? [] : { chats: [], tags: [] } });
  threads.told({ t: "list", what: "chats" } as never);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(threads.missing).toBeNull();
});
