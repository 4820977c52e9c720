import { session, type Scope } from "./session.svelte";

/** A page of the settings: in which part of the list it stands, and what one needs to see it. */
export interface Page {
  name: PageName;
  part: "own" | "people" | "server";
  scope?: Scope;
}

const ALL = [
  { name: "look", part: "own" },
  { name: "shortcuts", part: "own" },
  { name: "profile", part: "own" },
  { name: "security", part: "own" },
  { name: "keys", part: "own" },
  { name: "models", part: "own" },
  { name: "usage", part: "own" },
  { name: "users", part: "people", scope: "admin" },
  { name: "groups", part: "people", scope: "admin" },
  { name: "sign-up", part: "people", scope: "admin" },
  { name: "budgets", part: "people", scope: "admin" },
  { name: "audit", part: "people", scope: "admin" },
  { name: "connections", part: "server", scope: "operate" },
  { name: "queue", part: "server" },
  { name: "server", part: "server" },
  { name: "configuration", part: "server", scope: "operate" },
  { name: "tenants", part: "server", scope: "operate" },
  { name: "backups", part: "server", scope: "operate" },
] as const;

export type PageName = (typeof ALL)[number]["name"];

/** The pages that this caller may see. */
export function pages(): Page[] {
  return (ALL as readonly Page[]).filter((page) => !page.scope || session.can(page.scope));
}

/** The page of that name, if this caller may see it. */
export function pageNamed(name: string): Page | undefined {
  return pages().find((page) => page.name === name);
}
