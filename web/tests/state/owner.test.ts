import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Account, Chat, Folder, ModelCard, Turn } from "../../src/api/types";
import { desk } from "../../src/chat/desk.svelte";
import { prompts } from "../../src/chat/prompts.svelte";
import { view } from "../../src/chat/view.svelte";
import { uploads } from "../../src/knowledge/uploads.svelte";
import { palette } from "../../src/palette/palette.svelte";
import { opened } from "../../src/rail/opened.svelte";
import { bases } from "../../src/state/bases.svelte";
import { models } from "../../src/state/models.svelte";
import { session } from "../../src/state/session.svelte";
import { once } from "../../src/state/thread/once";
import { threads, UNREAD } from "../../src/state/threads.svelte";
import { notes, toast } from "../../src/ui/toast.svelte";

const CHAT = { id: "spade", tenant: "t", user: "ada", title: "Spade", created: 1, updated: 1 } as Chat;
const FOLDER = { id: "cellar", tenant: "t", user: "ada", name: "Cellar", created: 1, updated: 1 } as Folder;
let asks = "ada";
let answer: (path: string) => Promise<Response>;

beforeEach(async () => {
  localStorage.clear();
  answer = async () => json({});
  vi.stubGlobal("fetch", (url: string) => {
    const path = url.slice(url.indexOf("v1/") + 3).split("?")[0] ?? "";
    return path === "accounts.read" ? Promise.resolve(json(account(asks))) : answer(path);
  });
  asks = "ada";
  await session.load();
  fill();
});
afterEach(async () => {
  await session.signOut();
  vi.unstubAllGlobals();
});

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
const account = (id: string) =>
  ({ user: { id, name: id }, scopes: ["chat"], session: "s" }) as unknown as Account;

function fill(): void {
  [threads.chats, threads.folders, threads.tags] = [[CHAT], [FOLDER], [{ tag: "ripening", chats: 1 }]];
  [threads.view, threads.loaded] = [{ kind: "tag", tag: "ripening" }, true];
  [models.list, bases.list] = [[{ id: "mine" } as ModelCard], [{ id: "b", name: "Garden" } as never]];
  [opened.chat, opened.leaving] = [{ what: "delete", chat: CHAT }, FOLDER];
  [view.shown, view.turn] = ["rating", { id: "t" } as Turn];
  [desk.text, desk.instructions, desk.folder] = ["Dear Spade", "Be kind.", "cellar"];
  uploads.list = [{ id: "u", base: "b", name: "plan.txt", state: "failed" } as never];
  palette.open = true;
  prompts.save({ id: "p", name: "greet", text: "Greet them" });
  toast("Spade is deleted", { action: { label: "Undo", run: () => undefined } });
}

function left(): unknown[] {
  return [
    [threads.chats, threads.tags, threads.loaded, threads.view.kind, threads.folders === UNREAD],
    [models.list, bases.list, opened.chat, opened.leaving, view.shown, view.turn],
    [desk.text, desk.instructions, desk.folder, uploads.list, palette.open, prompts.list, [...notes]],
  ];
}
const NOTHING = [
  [[], [], false, "all", true],
  [[], [], null, null, "", null],
  ["", "", null, [], false, [], []],
];

it("leaves nothing of whoever signs out", async () => {
  await session.signOut();
  expect(left()).toEqual(NOTHING);
});

it("leaves nothing of one person to another who has come in beside them", async () => {
  asks = "grace";
  await session.load();
  expect(left()).toEqual(NOTHING);
});

it("keeps all for the same person, also where the session ended meanwhile", async () => {
  session.ended();
  await session.load();
  expect(threads.chats).toEqual([CHAT]);
  expect(desk.text).toBe("Dear Spade");
});

it("asks who is there when another tab tells of somebody else", async () => {
  asks = "grace";
  window.dispatchEvent(new StorageEvent("storage", { key: "parlance.whose", newValue: "grace" }));
  await vi.waitFor(() => expect(session.owner).toBe("grace"));
  expect(left()).toEqual(NOTHING);
});

it("shows nothing of one person while it cannot be found out who came in beside them", async () => {
  asks = "";
  vi.stubGlobal("fetch", async () => json({ code: "internal" }, 500));
  window.dispatchEvent(new StorageEvent("storage", { key: "parlance.whose", newValue: "grace" }));
  expect(session.account).toBeNull();
  expect(left()).toEqual(NOTHING);
  await vi.waitFor(() => expect(session.problem?.status).toBe(500));
  expect(session.account).toBeNull();
  vi.stubGlobal("fetch", async () => json(account("grace")));
  await session.load();
});

it("keeps no question of whoever has left, also where its answer comes late", async () => {
  once.id("Where is the spade?");
  expect(JSON.stringify({ ...sessionStorage })).toContain("spade");
  once.id("Where is the rake?");
  await session.signOut();
  once.answered("Where is the rake?");
  expect(JSON.stringify({ ...sessionStorage })).not.toContain("spade");
});

it("lets what was asked for one person arrive at no other", async () => {
  const late: (() => void)[] = [];
  answer = (path) =>
    new Promise((done) => {
      const body = { "folders.list": [FOLDER], "tags.list": { tags: [] }, "models.list": [{ id: "mine" }] }[
        path
      ];
      late.push(() =>
        done(path === "chats.update" ? json({ code: "chat_changed" }, 409) : json(body ?? { bases: [] })),
      );
    });
  const renamed = threads.rename(CHAT, "Rake").catch(() => undefined);
  const asked = Promise.all([threads.aside(), models.refresh(), bases.refresh(), renamed]);
  asks = "grace";
  await session.load();
  late.forEach((come) => come());
  await asked;
  expect(left()).toEqual(NOTHING);
  answer = async () => json({});
});

it("has a library of prompts for each person, and gives the one that was nobody's to the first", async () => {
  asks = "grace";
  await session.load();
  prompts.save({ id: "q", name: "part", text: "Say good bye" });
  asks = "ada";
  await session.load();
  expect(prompts.list.map((one) => one.name)).toEqual(["greet"]);
  localStorage.setItem("parlance.prompts", JSON.stringify([{ id: "o", name: "old", text: "Of before" }]));
  asks = "eve";
  await session.load();
  expect(prompts.list.map((one) => one.name)).toEqual(["old"]);
  asks = "zoe";
  await session.load();
  expect(prompts.list).toEqual([]);
});
