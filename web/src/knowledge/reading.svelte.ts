import { address, API, read } from "../api/call";
import { Problem, problemOf } from "../api/problem";
import type { BaseView, ChunkPage, ChunkView, DocumentView } from "../api/types";
import { isMarkdown, shapesOf, solidOf, type Shape } from "../passages/shapes";
import { Places } from "../state/places";
import { hearFeed } from "../state/thread/feed";
import { passagesOf, sectionsOf, type Passage, type Stretch } from "./sections";

const PAGE = 199;
/** Milliseconds between two looks at a document that is still being read, where the feed tells nothing of it. */
const LOOK = 4_000;

/** A document that is open: its text, and its passages as they come. */
export class Reading {
  document = $state.raw<DocumentView | null>(null);
  base = $state.raw<BaseView | null>(null);
  text = $state.raw<string | null>(null);
  chunks = $state.raw<ChunkView[]>([]);
  problem = $state.raw<Problem | null>(null);
  places = $derived(new Places(this.text ?? ""));
  /** Whether lines with `#` are headings. */
  marks = $derived(this.document?.media_type === "text/markdown" || isMarkdown(this.document?.name ?? ""));
  shapes: Shape[] = $derived(shapesOf(this.text ?? "", { marks: this.marks }));
  sections: Stretch[] = $derived(sectionsOf(this.text ?? "", undefined, solidOf(this.shapes)));
  passages: Passage[] = $derived(passagesOf(this.chunks, this.places));
  readonly #id: string;
  #left = new AbortController();
  /** Counts the looks at it: what an earlier one says is not believed any more. */
  #looks = 0;
  /** When what is here, or on its way, was changed; null: none is. */
  #read: number | null = null;

  constructor(id: string) {
    this.#id = id;
  }

  /** Read it, and again when it has changed; returns what ends it. */
  listen(): () => void {
    queueMicrotask(() => void this.again());
    const stop = hearFeed((entry) => {
      if (entry.t === "missed" || (entry.t === "document" && entry.document === this.#id)) void this.again();
    });
    const look = setInterval(() => {
      if (moving(this.document) && !document.hidden) void this.again();
    }, LOOK);
    return () => {
      stop();
      clearInterval(look);
      this.#left.abort();
    };
  }

  /** Read what it is; of one that is ready, what it says, where it is otherwise than when that was read last. */
  async again(): Promise<void> {
    const look = ++this.#looks;
    await this.#tried(async (signal) => {
      const told = await read<DocumentView>("documents.read", { document: this.#id }, signal);
      if (look !== this.#looks) return;
      this.document = told;
      if (!this.base) this.base = await read<BaseView>("bases.read", { base: told.base }, signal);
      if (look !== this.#looks) return;
      if (told.state !== "ready" || told.changed === this.#read) return;
      const turn = (this.#read = told.changed);
      try {
        await this.#take(turn, signal);
      } catch (error) {
        if (this.#read !== turn) return; // Another reading has taken its place.
        this.#read = null;
        throw error;
      }
    });
  }

  /** What it says. What is shown stays until all that takes its place is here; there may be none that has a place yet. */
  async #take(turn: number, signal: AbortSignal): Promise<void> {
    const text = await textOf(this.#id, signal);
    if (turn !== this.#read) return;
    const first = !this.chunks.length;
    if (first) this.text = text;
    let chunks: ChunkView[] = [];
    let cursor: string | null | undefined = "";
    do {
      const fields = { document: this.#id, cursor: cursor ?? "", limit: PAGE };
      const page: ChunkPage = await read<ChunkPage>("chunks.list", fields, signal);
      if (turn !== this.#read) return;
      chunks = [...chunks, ...page.chunks];
      if (first) this.chunks = chunks;
      cursor = page.cursor;
    } while (cursor);
    [this.text, this.chunks] = [text, chunks];
  }

  /** A passage is otherwise now. */
  put(chunk: ChunkView): void {
    this.chunks = this.chunks.map((one) => (one.id === chunk.id ? chunk : one));
  }

  /** A passage is gone. */
  drop(id: string): void {
    this.chunks = this.chunks.filter((one) => one.id !== id);
  }

  async #tried(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.#left;
    try {
      await work(signal);
      this.problem = null;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    }
  }
}

/** Whether something is done with a document that makes it another: it is read, or cut anew while it is found as before. */
function moving(told: DocumentView | null): boolean {
  if (!told || told.state === "failed") return false;
  return told.state !== "ready" || (told.remarked ?? []).some(({ code }) => code === "recutting");
}

/** The text that was read in a document. Throws `Problem`. */
export async function textOf(document: string, signal: AbortSignal): Promise<string> {
  const path = `${API}documents/${encodeURIComponent(document)}/content?part=text`;
  const answer = await fetch(address(path), { credentials: "same-origin", signal });
  if (!answer.ok) throw await problemOf(answer);
  return answer.text();
}
