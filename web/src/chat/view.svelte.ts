import { act, read } from "../api/call";
import type { FileView, Folder, Turn } from "../api/types";
import { emptyWithOwner } from "../state/owner";
import { keepFocus } from "./focus";

/** What is open over the chat: one thing at a time. */
type Shown = "" | "map" | "difference" | "wishes" | "library" | "rating" | "delete";

class View {
  shown = $state<Shown>("");
  /** The turn that it is about. */
  turn = $state.raw<Turn | null>(null);
  /** The question that is being changed. */
  editing = $state("");

  show(what: Shown, turn: Turn | null = null): void {
    this.turn = turn;
    this.shown = what;
  }

  close(): void {
    this.shown = "";
    void keepFocus();
  }
}

/** What is open. */
export const view = new View();

// Nothing is drawn from it: it only spares asking twice.
// eslint-disable-next-line svelte/prefer-svelte-reactivity
const known = new Map<string, Promise<FileView | null>>();

emptyWithOwner(() => {
  known.clear();
  [view.shown, view.turn, view.editing] = ["", null, ""];
});

/** What is known of a file; null when it is gone. */
export function fileOf(id: string): Promise<FileView | null> {
  const asked = known.get(id) ?? read<FileView>("files.read", { file: id }).catch(() => null);
  known.set(id, asked);
  return asked;
}

/** The folder of this id; null where there is none. Throws `Problem`. */
export async function folderOf(id: string | null | undefined): Promise<Folder | null> {
  if (!id) return null;
  return (await read<Folder[]>("folders.list")).find((folder) => folder.id === id) ?? null;
}

/** Give a folder other instructions. Throws `Problem`. */
export function instruct(folder: string, instructions: string): Promise<Folder> {
  return act<Folder>("folders.update", { folder, instructions });
}
