import { beforeEach, describe, expect, it } from "vitest";
import { go, href, parsed, route, startRouting } from "../../src/state/route.svelte";

function base(path: string) {
  document.head.innerHTML = `<base href="${path}">`;
}

beforeEach(() => {
  document.body.innerHTML = "";
  base("/");
  history.replaceState(null, "", "/");
});

describe("parsed", () => {
  it.each([
    ["", "", "chat", {}],
    ["c/abc", "", "chat", { chat: "abc" }],
    ["c/abc/", "?turn=t1", "chat", { chat: "abc", turn: "t1" }],
    ["c/a%20b", "", "chat", { chat: "a b" }],
    ["settings", "", "settings", { page: "look" }],
    ["settings/users", "", "settings", { page: "users" }],
    ["bases", "?part=search", "bases", { base: "", part: "" }],
    ["bases/b1", "", "bases", { base: "b1", part: "" }],
    ["bases/b1/search", "?q=tea", "bases", { base: "b1", part: "search", q: "tea" }],
    ["documents/d1", "?at=3-9&document=other", "document", { document: "d1", at: "3-9" }],
    ["bases/b1/other", "", "missing", {}],
    ["documents", "", "missing", {}],
    ["sign-in", "?back=x", "sign-in", { back: "x" }],
    ["sign-up", "", "sign-up", {}],
    ["welcome", "", "welcome", {}],
    ["parlance/share/sh_1", "", "shared", { token: "sh_1" }],
    ["parlance/share", "", "missing", {}],
    ["c", "", "missing", {}],
    ["c/a/b", "", "missing", {}],
    ["welcome/x", "", "missing", {}],
    ["elsewhere", "", "missing", {}],
    ["c/%E0%A4%A", "", "chat", { chat: "%E0%A4%A" }],
  ])("reads %s%s as %s", (path, search, name, params) => {
    expect(parsed(path, search)).toEqual({ name, params });
  });

  it("lets no query say which chat it is", () => {
    expect(parsed("c/mine", "?chat=other").params["chat"]).toBe("mine");
  });
});

describe("go", () => {
  it("changes the address and the route below a sub-path", () => {
    base("/ai/");
    go("c/one");
    expect(location.pathname).toBe("/ai/c/one");
    expect(route).toEqual({ name: "chat", params: { chat: "one" } });
    expect(href("settings/look")).toBe("/ai/settings/look");
  });

  it("leaves no step back when it replaces", () => {
    const before = history.length;
    go("welcome", { replace: true });
    expect(history.length).toBe(before);
    expect(route.name).toBe("welcome");
  });
});

describe("links", () => {
  function click(markup: string, init: MouseEventInit = {}): boolean {
    document.body.innerHTML = markup;
    const event = new MouseEvent("click", { bubbles: true, cancelable: true, ...init });
    document.querySelector("a")?.dispatchEvent(event);
    return event.defaultPrevented;
  }
  let stop = () => {};
  beforeEach(() => {
    stop();
    stop = startRouting();
    document.addEventListener("click", (event) => event.preventDefault(), { once: true });
  });

  it("goes to a page of ours without loading it again", () => {
    click('<a href="/settings/keys">k</a>');
    expect(route).toEqual({ name: "settings", params: { page: "keys" } });
  });

  it.each([
    ['<a href="https://else.example/c/x">x</a>', {}],
    ['<a href="/c/x" target="_blank">x</a>', {}],
    ['<a href="/c/x" download>x</a>', {}],
    ['<a href="/c/x" data-reload>x</a>', {}],
    ['<a href="/docs">x</a>', {}],
    ['<a href="/c/x">x</a>', { ctrlKey: true }],
    ['<a href="/c/x">x</a>', { button: 1 }],
  ])("leaves %s to the browser", (markup, init) => {
    click(markup, init);
    expect(route).toEqual({ name: "chat", params: {} });
  });
});
