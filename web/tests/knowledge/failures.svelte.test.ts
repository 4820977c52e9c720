import { flushSync, mount, unmount, type Component } from "svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { BaseView, DocumentView } from "../../src/api/types";
import Base from "../../src/knowledge/Base.svelte";
import Document from "../../src/knowledge/Document.svelte";
import Moving from "../../src/knowledge/Moving.svelte";
import { speak } from "../../src/words";

const LOOK = 2_000;
const BASE = { id: "b", name: "Tea", embedder: "one", coming: "two" } as BaseView;
const SAID = "The file has 12000001 bytes; 12000000 are allowed.";
let target: HTMLElement;
let shown: object;

beforeEach(() => {
  vi.useFakeTimers();
  document.body.append((target = document.createElement("div")));
});
afterEach(async () => {
  await unmount(shown);
  target.remove();
  await speak("en");
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function show<P extends Record<string, unknown>>(what: Component<P, object>, props: P): void {
  shown = mount(what, { target, props });
  flushSync();
}
/** What jsdom does not have. */
class Deaf {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}
const alert = () => target.querySelector("[role=alert]");

it("tells that it cannot see whether a base has gone over, once, and no more when it can", async () => {
  let down = true;
  vi.stubGlobal("fetch", async (url: string) => {
    if (url.includes("bases.usage")) return new Response(JSON.stringify({ to_embed: 0 }));
    if (down) return new Response("{}", { status: 503 });
    return new Response(JSON.stringify(BASE));
  });
  show(Moving, { base: BASE, ondone: () => undefined });
  await vi.advanceTimersByTimeAsync(LOOK);
  const told = alert();
  expect(told).not.toBeNull();
  await vi.advanceTimersByTimeAsync(LOOK);
  expect(alert()).toBe(told);
  down = false;
  await vi.advanceTimersByTimeAsync(LOOK);
  expect(alert()).toBeNull();
});

it("tells that a base could not be kept with its present model", async () => {
  vi.stubGlobal("ResizeObserver", Deaf);
  vi.stubGlobal("IntersectionObserver", Deaf);
  const usage = { states: {}, own: { used: 0 }, tenant: { used: 0, reserved: 0 }, to_embed: 9, embedded: 1 };
  vi.stubGlobal("fetch", async (url: string) => {
    if (url.includes("bases.change")) return new Response("{}", { status: 503 });
    if (url.includes("bases.usage")) return new Response(JSON.stringify(usage));
    if (url.includes("documents.list")) return new Response('{"documents":[]}');
    return new Response(JSON.stringify({ ...BASE, options: {}, writable: true }));
  });
  show(Base, { id: "b", part: "" });
  await vi.advanceTimersByTimeAsync(0);
  const stop = [...target.querySelectorAll("button")].find((one) =>
    one.textContent?.includes("Keep the present"),
  );
  expect(alert()).toBeNull();
  stop?.click();
  await vi.advanceTimersByTimeAsync(0);
  expect(alert()).not.toBeNull();
});

function failed(problem: string): void {
  const document = {
    id: "d",
    base: "b",
    name: "tea.txt",
    state: "failed",
    problem,
    words: SAID,
  } as DocumentView;
  const none = () => undefined;
  show(Document, {
    document,
    writable: false,
    picked: false,
    onpick: none,
    ondo: none,
    busy: false,
    label: "t",
  });
}

it("says why a document failed in one language, with the server's own words and figures behind it", async () => {
  await speak("zh");
  failed("document_too_large");
  const details = target.querySelector("details");
  expect(details?.textContent).toContain(SAID);
  details?.remove();
  expect(target.textContent).not.toContain(SAID);
});

it("shows the server's words at once where the page has none of its own", async () => {
  await speak("zh");
  failed("of_a_later_version");
  expect(target.querySelector("details")).toBeNull();
  expect(target.querySelector("[lang=en]")?.textContent).toBe(SAID);
});
