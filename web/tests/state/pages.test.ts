import { afterEach, expect, it } from "vitest";
import type { Account } from "../../src/api/types";
import { pageNamed, pages } from "../../src/state/pages";
import { session, type Scope } from "../../src/state/session.svelte";

function may(...scopes: Scope[]) {
  session.account = {
    tenant: "t",
    scopes,
    user: null,
    groups: [],
    session: "s",
    key: null,
    guest: false,
    recovery_codes: 0,
  };
}
afterEach(() => session.ended());

it("shows everybody their own pages and nobody else's", () => {
  may("chat");
  expect(pageNamed("look")).toBeDefined();
  expect(pageNamed("users")).toBeUndefined();
  expect(pageNamed("backups")).toBeUndefined();
});

it("shows an administrator the people and an operator the server", () => {
  may("chat", "admin");
  expect(pageNamed("users")?.part).toBe("people");
  expect(pageNamed("tenants")).toBeUndefined();
  may("chat", "operate");
  expect(pages().filter((page) => page.part === "server")).toHaveLength(6);
});

it("knows who needed no account", () => {
  may("chat");
  expect(session.local).toBe(false);
  session.account = { ...(session.account as Account), session: null };
  expect(session.local).toBe(true);
});
