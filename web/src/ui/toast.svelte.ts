import { emptyWithOwner } from "../state/owner";

/** A note that goes by itself; `action` is one thing to do about it. */
export interface Note {
  id: number;
  text: string;
  kind: "plain" | "error";
  action?: { label: string; run: () => void };
}

const LINGER = 6_000;
let count = 0;

export const notes = $state<Note[]>([]);
emptyWithOwner(() => notes.splice(0));

/** Say something in passing. One with an action stays until it is dismissed. */
export function toast(text: string, more: Partial<Pick<Note, "kind" | "action">> = {}): void {
  const note: Note = { id: ++count, text, kind: "plain", ...more };
  notes.push(note);
  if (notes.length > 3) notes.shift();
  if (!note.action) setTimeout(() => dismiss(note.id), LINGER);
}

export function dismiss(id: number): void {
  const at = notes.findIndex((note) => note.id === id);
  if (at >= 0) notes.splice(at, 1);
}
