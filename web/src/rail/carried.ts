import type { Chat } from "../api/types";

const KIND = "text/x-parlance-chat";

/** As much of a chat as it takes to move it, and to bring it back. */
export type Carried = Pick<Chat, "id" | "folder">;

/** Let a chat be dragged, and say of itself where it was: the list that it is let go at may no longer have it, or be
    another window's. */
export function carry(event: DragEvent, { id, folder = null }: Carried): void {
  event.dataTransfer?.setData(KIND, JSON.stringify({ id, folder }));
}

/** Whether a chat is what is dragged; which one, a browser says only when it is let go. */
export function carries(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes(KIND) ?? false;
}

/** The chat that is let go; null where it is none, or one of a page of another version. */
export function carried(event: DragEvent): Carried | null {
  try {
    const told = JSON.parse(event.dataTransfer?.getData(KIND) ?? "") as Partial<Carried> | null;
    return typeof told?.id === "string" ? { id: told.id, folder: told.folder ?? null } : null;
  } catch {
    return null;
  }
}

const WRITTEN = "input, textarea, [contenteditable]";

/**
 * A chat is held over a field, or let go there: the browser would put the address of its link into what is written. The
 * link itself can still be dragged out, to a window of its own.
 */
export function keptOut(event: DragEvent): void {
  if (!carries(event) || !(event.target as Element | null)?.closest?.(WRITTEN)) return;
  event.preventDefault();
  if (event.dataTransfer) event.dataTransfer.dropEffect = "none";
}
