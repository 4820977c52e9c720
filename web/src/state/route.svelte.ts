/** Where the reader is. `chat` without a `chat` is a new one. */
export interface Route {
  name: "chat" | "bases" | "document" | "settings" | "sign-in" | "sign-up" | "welcome" | "shared" | "missing";
  params: Record<string, string>;
}

/** The path of the page's `<base>`, with a slash at its end. */
function base(): string {
  return new URL(".", document.baseURI).pathname;
}

/** What can be looked at of a base besides its documents. */
const BASE_PARTS = new Set(["search", "graph"]);

/** What a path below the base with its query means. */
export function parsed(path: string, search = ""): Route {
  const parts = path.split("/").filter(Boolean).map(decoded);
  const params: Record<string, string> = Object.fromEntries(new URLSearchParams(search));
  const [first = "", second = ""] = parts;
  if (parts.length === 0) return { name: "chat", params };
  if (first === "c" && parts.length === 2) return { name: "chat", params: { ...params, chat: second } };
  if (first === "bases" && (parts.length <= 2 || (parts.length === 3 && BASE_PARTS.has(parts[2] ?? ""))))
    return { name: "bases", params: { ...params, base: second, part: parts[2] ?? "" } };
  if (first === "documents" && parts.length === 2)
    return { name: "document", params: { ...params, document: second } };
  if (first === "settings" && parts.length <= 2)
    return { name: "settings", params: { ...params, page: second || "look" } };
  if (first === "parlance" && second === "share" && parts.length === 3)
    return { name: "shared", params: { token: parts[2] ?? "" } };
  if (parts.length === 1 && (first === "sign-in" || first === "sign-up" || first === "welcome"))
    return { name: first, params };
  return { name: "missing", params };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function here(): Route {
  const root = base();
  const path = location.pathname;
  // The sub-path of a proxy may have been typed without the slash behind it.
  return parsed(`${path}/`.startsWith(root) ? path.slice(root.length) : path.slice(1), location.search);
}

/** Where the reader is now. */
export const route: Route = $state({ name: "chat", params: {} });

function arrive(): void {
  const now = here();
  route.name = now.name;
  route.params = now.params;
}

/** The whole path for a path below the base, to be put into a link: `href("c/" + id)`. */
export function href(path: string): string {
  return base() + path.replace(/^\//, "");
}

/** Go to a path below the base; `replace` leaves no step back. */
export function go(path: string, options: { replace?: boolean } = {}): void {
  const target = href(path);
  if (options.replace) history.replaceState(null, "", target);
  else history.pushState(null, "", target);
  arrive();
}

/** A click on a link of ours goes there without loading the page again; with a key held the browser has it. */
function clicked(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element | null)?.closest?.("a[href]");
  if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute("download")) return;
  if (link.origin !== location.origin || !link.pathname.startsWith(base())) return;
  const path = link.pathname.slice(base().length);
  if (parsed(path).name === "missing" || link.dataset["reload"] !== undefined) return;
  event.preventDefault();
  go(path + link.search);
}

/** Begin to follow the address; returns what ends it. */
export function startRouting(): () => void {
  arrive();
  window.addEventListener("popstate", arrive);
  document.addEventListener("click", clicked);
  return () => {
    window.removeEventListener("popstate", arrive);
    document.removeEventListener("click", clicked);
  };
}
