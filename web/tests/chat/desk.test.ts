import { beforeEach, afterEach, describe, expect, it, vi } from "vitest";
import { Problem } from "../../src/api/problem";
import type { Account, Turn } from "../../src/api/types";
import { attachments } from "../../src/chat/attachments.svelte";
import { desk } from "../../src/chat/desk.svelte";
import { Line } from "../../src/chat/queue";
import { session } from "../../src/state/session.svelte";
import { thread } from "../../src/state/thread.svelte";

const OFFLINE = new Problem(0, "offline", "");
let arrive: (chat: string | null) => void;
let fail: (error: unknown) => void;

function account(user: string): Account {
  return { user: { id: user } } as Account;
}
/** Write in the field, and let what is kept be kept. */
function write(text: string): void {
  desk.text = text;
  desk.keep();
  vi.advanceTimersByTime(1000);
}
function reload(chat: string | null): void {
  window.dispatchEvent(new Event("pagehide"));
  desk.open("elsewhere");
  desk.open(chat);
}
const kept = (name: string) => localStorage.getItem(`parlance.of.ada.desk.${name}`);
function attach(name: string, state: "ready" | "uploading" = "ready"): void {
  const file = state === "ready" ? `file-${name}` : "";
  attachments.list.push({
    id: name,
    name,
    size: 5,
    state,
    share: 1,
    reason: "",
    kind: "text",
    file,
    part: null,
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  session.account = account("nobody");
  desk.open(null);
  [localStorage, sessionStorage].forEach((store) => store.clear());
  session.account = account("ada");
  desk.open("A");
  vi.spyOn(thread, "send").mockImplementation(
    () => new Promise((resolve, reject) => ([arrive, fail] = [resolve, reject])),
  );
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("a message on its way", () => {
  it("leaves the field at once, and what is typed meanwhile stays", async () => {
    write("first");
    attach("a.txt");
    const done = desk.send();
    expect([desk.text, desk.sending, attachments.list]).toEqual(["", true, []]);
    write("second thought");
    arrive("A");
    await done;
    expect([desk.text, desk.sending]).toEqual(["second thought", false]);
    expect(kept("A")).toContain('"text":"second thought"');
  });

  it.each([OFFLINE, new TypeError("cut off")])(
    "comes back before what was typed, when it fails: %s",
    async (error) => {
      write("first");
      attach("a.txt");
      const done = desk.send().catch((thrown: unknown) => thrown);
      write("second");
      fail(error);
      expect(await done).toBe(error === OFFLINE ? null : error);
      expect([desk.text, desk.sending]).toEqual(["first\n\nsecond", false]);
      expect(attachments.ready.map((one) => one.name)).toEqual(["a.txt"]);
    },
  );

  it("is not lost by a reload before it has arrived", () => {
    write("first");
    void desk.send();
    write("second");
    expect(kept("A")).toContain("first\\n\\nsecond");
  });

  it("changes nothing of the chat that the reader went to", async () => {
    write("for A");
    const done = desk.send();
    write("more for A");
    desk.open("B");
    expect(desk.sending).toBe(false);
    write("for B");
    arrive("A");
    await done;
    expect(desk.text).toBe("for B");
    desk.open("A");
    expect(desk.text).toBe("more for A");
  });

  it("stands in its chat again when it failed while the reader was elsewhere", async () => {
    write("for A");
    const done = desk.send();
    desk.open("B");
    fail(OFFLINE);
    await done;
    expect([desk.text, desk.problem]).toEqual(["", null]);
    desk.open("A");
    expect(desk.text).toBe("for A");
  });

  it("is not said again to whoever comes back while it is on its way", async () => {
    write("for A");
    const done = desk.send();
    desk.open("B");
    desk.open("A");
    expect([desk.text, desk.sending]).toEqual(["", true]);
    arrive("A");
    await done;
    expect([desk.text, desk.sending, kept("A")]).toEqual(["", false, null]);
  });

  it("begins a chat that takes along how answers are wanted, wherever the reader is", async () => {
    desk.open(null);
    desk.instructions = "Be brief.";
    write("new");
    const done = desk.send();
    desk.open("B");
    arrive("N");
    await done;
    expect(kept("new")).toBeNull();
    desk.open("N");
    expect([desk.text, desk.instructions]).toEqual(["", "Be brief."]);
  });

  it("goes back into its line when it fails, and out of it when it arrives after the reader left", async () => {
    const next = { id: "n", text: "queued", files: [], parts: [] };
    desk.line = new Line([next]);
    let done = desk.next();
    expect(desk.line.waiting).toEqual([]);
    fail(new Problem(503, "busy", ""));
    await done;
    expect([desk.line.waiting, desk.line.held, desk.text]).toEqual([[next], true, ""]);
    desk.line = desk.line.release();
    done = desk.next();
    desk.open("B");
    arrive("A");
    await done;
    desk.open("A");
    expect(desk.line.waiting).toEqual([]);
  });
});

describe("a draft", () => {
  it("of a new chat is there after another chat was opened, here and in a tab that had nothing", () => {
    desk.open(null);
    write("a long one");
    desk.open("B");
    reload("B");
    expect(kept("new")).toContain("a long one");
    // This tab looks at a new chat and has read nothing there; another tab writes; this one goes on.
    localStorage.clear();
    desk.open(null);
    localStorage.setItem("parlance.of.ada.desk.new", JSON.stringify({ text: "by another tab" }));
    desk.open("B");
    expect(kept("new")).toContain("by another tab");
  });

  it("of a new chat is not erased by the page that opens another one first", async () => {
    localStorage.setItem("parlance.of.ada.desk.new", JSON.stringify({ text: "a long one" }));
    vi.resetModules();
    const state = await import("../../src/state/session.svelte");
    state.session.account = account("ada");
    const { desk: fresh } = await import("../../src/chat/desk.svelte");
    fresh.open("B");
    window.dispatchEvent(new Event("pagehide"));
    fresh.open(null);
    expect(fresh.text).toBe("a long one");
  });

  it("keeps its files over a reload, and says of one that was not uploaded whole", () => {
    attach("a.txt");
    attach("b.txt", "uploading");
    write("with files");
    reload("A");
    expect(attachments.ready).toMatchObject([{ name: "a.txt", file: "file-a.txt", size: 5, kind: "text" }]);
    const lost = attachments.list.find((one) => one.name === "b.txt");
    expect(lost).toMatchObject({ state: "failed" });
    expect(lost?.reason).not.toBe("");
    expect(attachments.busy).toBe(false);
  });

  it("is kept when a file alone was added or taken off", () => {
    attach("a.txt");
    attachments.onchange();
    vi.advanceTimersByTime(1000);
    expect(kept("A")).toContain("file-a.txt");
    vi.stubGlobal("fetch", async () => new Response("null"));
    attachments.remove("a.txt");
    vi.advanceTimersByTime(1000);
    expect(kept("A")).toBeNull();
  });

  it("keeps a question that is being changed, until it was sent or left", () => {
    desk.change("q1", "another wording");
    reload("A");
    expect(desk.edit).toEqual({ turn: "q1", text: "another wording" });
    desk.open("B");
    expect(desk.edit).toBeNull();
    desk.changed({ id: "q1", chat: "A" } as Turn);
    desk.open("A");
    expect(desk.edit).toBeNull();
  });
});

describe("what is kept of one person", () => {
  it("is gone after signing out", async () => {
    write("my salary");
    vi.stubGlobal("fetch", async () => new Response("null"));
    await session.signOut();
    window.dispatchEvent(new Event("pagehide"));
    expect(JSON.stringify({ ...localStorage, ...sessionStorage })).not.toContain("my salary");
    session.account = account("bob");
    desk.open("A");
    expect(desk.text).toBe("");
  });

  it("is there again for the same one after the session had ended, and gone for another one", () => {
    write("my salary");
    session.ended();
    session.account = account("ada");
    desk.open("A");
    expect(desk.text).toBe("my salary");
    session.ended();
    session.account = account("bob");
    desk.open("A");
    expect(desk.text).toBe("");
    expect(JSON.stringify({ ...localStorage, ...sessionStorage })).not.toContain("my salary");
  });

  it("is not written where its message arrives after somebody else has come", async () => {
    write("my salary");
    const done = desk.send();
    session.ended();
    session.account = account("bob");
    desk.open("A");
    fail(OFFLINE);
    await done;
    expect([desk.text, desk.problem]).toEqual(["", null]);
    expect(JSON.stringify({ ...localStorage })).not.toContain("my salary");
  });

  it("is nobody's any more where it stood before it was anybody's", () => {
    localStorage.setItem("parlance.desk.new", "{}");
    localStorage.setItem("parlance.prefs", "{}");
    session.account = account("bob");
    desk.open(null);
    expect(Object.keys(localStorage)).toEqual(["parlance.prefs"]);
  });
});
