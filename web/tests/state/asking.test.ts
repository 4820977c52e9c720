import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Turn } from "../../src/api/types";
import { thread } from "../../src/state/thread.svelte";
import { sayingOf } from "../../src/state/thread/fold";

interface Asked {
  path: string;
  body: Record<string, unknown>;
  answer: (body: unknown, status?: number) => void;
  lose: () => void;
}

/** What was asked and waits for the test to answer it: whatever is not about asking is answered at once. */
let waiting: Asked[];
let asked: string[];
const HELD = /chats\.(send|edit|regenerate|continue)|messages\.send|turns\./;
const WISH = { models: ["m"], sampling: {} };
const saying = (text: string) => ({ text, files: [], parts: [] });
const sent = (chat: string, n: string) => ({
  chat,
  turn: `q${n}`,
  answer: `a${n}`,
  run: `r${n}`,
  answers: [{ turn: `a${n}`, run: `r${n}`, model: "m" }],
});

function turnsOf(chat: string): Turn[] {
  const base = { chat, state: "complete" as const, created: 1 };
  const item = (content: string) => [
    { id: "message-1", item: { type: "message" as const, role: "user" as const, content } },
  ];
  return [
    { ...base, id: `${chat}1`, role: "user", parent: null, items: item(`asked in ${chat}`) },
    { ...base, id: `${chat}2`, role: "assistant", parent: `${chat}1`, items: item(`answered in ${chat}`) },
  ];
}

function here(path: string): unknown {
  const chat = new URLSearchParams(path.split("?")[1]).get("chat") ?? "";
  const row = { id: chat, title: chat, head: `${chat}2` };
  if (path.startsWith("chats.read")) return { chat: row, turns: turnsOf(chat) };
  return path.startsWith("chats.update") ? row : null;
}

beforeEach(() => {
  [waiting, asked] = [[], []];
  sessionStorage.clear();
  vi.stubGlobal("fetch", (url: string, init: RequestInit = {}) => {
    const path = url.slice(url.indexOf("v1/") + 3);
    asked.push(path);
    // An answer that is followed never says anything here.
    if (path.startsWith("runs.read")) return new Promise(() => undefined);
    const gives = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
    if (!HELD.test(path)) return Promise.resolve(gives(here(path)));
    return new Promise<Response>((resolve, reject) => {
      const body = JSON.parse(String(init.body)) as Record<string, unknown>;
      const answer = (value: unknown, status = 200) => resolve(gives(value, status));
      waiting.push({ path, body, answer, lose: () => reject(new TypeError("lost")) });
    });
  });
});
afterEach(() => {
  thread.close();
  vi.unstubAllGlobals();
});

const shown = () => thread.path.map(sayingOf);
async function held(n = 1): Promise<Asked> {
  await vi.waitFor(() => expect(waiting).toHaveLength(n));
  return waiting[n - 1]!;
}

describe("a chat that is left while something of it is on its way", () => {
  const deeds: [string, () => Promise<unknown>][] = [
    ["send", () => thread.send(saying("for A"), WISH)],
    ["edit", () => thread.edit(thread.path[0]!, saying("for A"), WISH)],
    ["regenerate", () => thread.regenerate(thread.path[1]!, WISH)],
    ["continue", () => thread.resume(thread.path[1]!, WISH)],
    ["rate", () => thread.rate(thread.path[1]!, 1)],
    ["delete", () => thread.remove(thread.path[1]!)],
  ];
  it.each(deeds)("changes nothing of the next one: %s", async (_, deed) => {
    await thread.open("A");
    const done = deed();
    const one = await held();
    await thread.open("B");
    const before = [...thread.turns.values()];
    one.answer(sent("A", "x"));
    await done;
    expect(thread.id).toBe("B");
    expect(shown()).toEqual(["asked in B", "answered in B"]);
    expect([...thread.turns.values()]).toEqual(before);
    expect(thread.lives.size).toBe(0);
    void thread.send(saying("for B"), WISH);
    expect((await held(2)).body).toMatchObject({ chat: "B", parent: "B2" });
  });

  it("does not open itself again where it was a new one, and says which it is", async () => {
    await thread.open(null);
    const done = thread.send(saying("new"), WISH);
    const one = await held();
    await thread.open("B");
    one.answer(sent("N", "x"));
    expect(await done).toBe("N");
    expect(thread.id).toBe("B");
    await thread.open(null);
    expect(shown()).toEqual([]);
  });

  it("stops what a temporary one asked for", async () => {
    thread.temporary = true;
    const done = thread.send(saying("secret"), WISH);
    const one = await held();
    await thread.open("B");
    one.answer({ run: "r1", model: "m" });
    await done;
    expect(shown()).toEqual(["asked in B", "answered in B"]);
    expect(asked).toContain("runs.stop");
  });
});

it("takes back the question of a temporary chat that could not be asked", async () => {
  thread.temporary = true;
  const done = thread.send(saying("secret"), WISH);
  (await held()).lose();
  await expect(done).rejects.toMatchObject({ offline: true });
  expect(shown()).toEqual([]);
});

describe("what is asked again", () => {
  it.each([
    ["lost", (one: Asked) => one.lose()],
    ["a gateway's failure", (one: Asked) => one.answer({}, 502)],
  ])("has the same id where its answer was %s, and shows what the server has of it", async (_, fail) => {
    await thread.open("A");
    const first = thread.send(saying("once"), WISH);
    fail(await held());
    await expect(first).rejects.toThrow();
    const second = thread.send(saying("once"), { ...WISH, models: ["other"] });
    const again = await held(2);
    expect(again.body["client_id"]).toBe(waiting[0]!.body["client_id"]);
    const read = asked.filter((path) => path.startsWith("chats.read")).length;
    again.answer(sent("A", "x"));
    await second;
    expect(asked.filter((path) => path.startsWith("chats.read"))).toHaveLength(read + 1);
    await vi.waitFor(() => expect(shown()).toEqual(["asked in A", "answered in A"]));
  });

  it("has another id when it was answered or refused, and when it says something else", async () => {
    await thread.open("A");
    const say = (text: string) => thread.send(saying(text), WISH).catch(() => undefined);
    let done = say("yes");
    (await held(1)).answer({ code: "quota_exceeded" }, 429);
    await done;
    done = say("yes");
    (await held(2)).lose();
    await done;
    done = say("no");
    (await held(3)).answer(sent("A", "x"));
    await done;
    void say("no");
    await held(4);
    expect(new Set(waiting.map((one) => one.body["client_id"])).size).toBe(4);
  });
});
