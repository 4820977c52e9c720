import { afterEach, expect, it, vi } from "vitest";
import { threads } from "../../src/state/threads.svelte";

afterEach(() => vi.unstubAllGlobals());

it("reads the list once when an effect begins to listen, and not again because of its own answer", async () => {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (url: string) => {
    asked.push(url.slice(url.indexOf("v1/") + 3).split("?")[0] ?? "");
    if (url.includes("feeds.read")) return new Response(null, { status: 204 });
    return new Response(
      JSON.stringify(url.includes("tags") ? { tags: [] } : url.includes("folders") ? [] : { chats: [] }),
    );
  });
  const stop = $effect.root(() => {
    $effect(() => threads.listen());
  });
  for (let turn = 0; turn < 20; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  stop();
  expect(asked.filter((one) => one === "chats.list")).toEqual(["chats.list"]);
  expect(asked.filter((one) => one === "folders.list")).toEqual(["folders.list"]);
});
