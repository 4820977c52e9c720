import type { Chat, Folder } from "../api/types";

/** Chats that stand under one heading: the pinned ones, those of a day or span, those of a month. */
export interface Group {
  /** `pinned`, `today`, `yesterday`, `week`, `days`, or a month as `2026-05`. */
  key: string;
  chats: Chat[];
}

const DAY = 86_400_000;

/** In the server's order: pinned first, then the newest change first. */
export function ordered(chats: readonly Chat[]): Chat[] {
  return [...chats].sort(
    (one, other) =>
      Number(other.pinned ?? false) - Number(one.pinned ?? false) ||
      other.updated - one.updated ||
      (one.id < other.id ? 1 : -1),
  );
}

/** Chats in their order under headings, by the days of the reader's clock; `now` in milliseconds. */
export function grouped(chats: readonly Chat[], now = Date.now()): Group[] {
  const groups: Group[] = [];
  for (const chat of ordered(chats)) {
    const key = chat.pinned ? "pinned" : spanOf(chat.updated / 1000, now);
    const last = groups.at(-1);
    if (last?.key === key) last.chats.push(chat);
    else groups.push({ key, chats: [chat] });
  }
  return groups;
}

function spanOf(then: number, now: number): string {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  if (then >= midnight) return "today";
  // A day of the clock's change is not 24 hours long: half a day before midnight is yesterday in any case.
  if (then >= new Date(midnight - DAY / 2).setHours(0, 0, 0, 0)) return "yesterday";
  if (then >= midnight - 7 * DAY) return "week";
  if (then >= midnight - 30 * DAY) return "days";
  const date = new Date(then);
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}`;
}

/** A folder with how deep it stands; those within another come behind it. */
export interface Placed {
  folder: Folder;
  depth: number;
}

/** The tree of folders as lines; one whose parent is not there, or that goes in a ring, stands at the top. */
export function tree(folders: readonly Folder[]): Placed[] {
  const known = new Set(folders.map((folder) => folder.id));
  const placed: Placed[] = [];
  const seen = new Set<string>();
  const put = (parent: string | null, depth: number) => {
    for (const folder of folders) {
      const above = folder.parent && known.has(folder.parent) ? folder.parent : null;
      if (above !== parent || seen.has(folder.id)) continue;
      seen.add(folder.id);
      placed.push({ folder, depth });
      put(folder.id, depth + 1);
    }
  };
  put(null, 0);
  for (const folder of folders) if (!seen.has(folder.id)) placed.push({ folder, depth: 0 });
  return placed;
}

/** A folder and all below it: none of them may become its parent. */
export function within(folders: readonly Folder[], top: string): Set<string> {
  const found = new Set([top]);
  for (let before = 0; before !== found.size;) {
    before = found.size;
    for (const folder of folders) if (folder.parent && found.has(folder.parent)) found.add(folder.id);
  }
  return found;
}
