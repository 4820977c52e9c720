import type { Chat } from "../api/types";

/** The latest of chats, newest first, each title once: of two that are called the same, nobody could tell which is which. */
export function suggested(chats: readonly Chat[], most: number): Chat[] {
  const titles = new Set<string>();
  const fresh = chats.filter(({ title = "" }) => {
    const known = titles.has(title.trim());
    titles.add(title.trim());
    return !known;
  });
  return fresh.slice(0, most);
}
