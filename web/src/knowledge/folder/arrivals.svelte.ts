import { read } from "../../api/call";
import { Problem } from "../../api/problem";
import type { DocumentView } from "../../api/types";
import { hearFeed } from "../../state/thread/feed";
import { why } from "../telling";

/** What a folder's files became and is being read: whether that goes well is known only after they were sent. */
export class Arrivals {
  /** How many are being read yet. */
  left = $state(0);
  // Nothing is drawn from it: `left` is.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #names = new Map<string, string>();
  readonly #failed: (name: string, reason: string) => void;
  #deaf: (() => void) | null = null;

  /** `failed` hears of each that could not be read, once. */
  constructor(failed: (name: string, reason: string) => void) {
    this.#failed = failed;
  }

  /** Follow one. */
  put({ id }: DocumentView, name: string): void {
    this.#names.set(id, name);
    this.left = this.#names.size;
    this.#deaf ??= hearFeed((entry) => {
      if (entry.t === "missed") void this.look();
      if (entry.t !== "document" || !this.#names.has(entry.document)) return;
      if (entry.state === "failed") void this.#one(entry.document);
      else if (entry.state === "ready" || entry.state === "deleted") this.#drop(entry.document);
    });
  }

  /** Look at those that are left: something may have been heard of before they were known. */
  async look(): Promise<void> {
    for (const id of [...this.#names.keys()]) await this.#one(id);
  }

  /** Hear of nothing more. */
  end(): void {
    this.#deaf?.();
    this.#deaf = null;
    this.#names.clear();
  }

  async #one(id: string): Promise<void> {
    try {
      const {
        state,
        problem = "",
        words = "",
      } = await read<DocumentView>("documents.read", { document: id });
      const name = this.#names.get(id);
      if (name === undefined || (state !== "failed" && state !== "ready")) return;
      this.#drop(id);
      const { what, hint } = why(problem, words);
      if (state === "failed") this.#failed(name, [what, hint].filter(Boolean).join(" "));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 404) this.#drop(id);
    }
  }

  #drop(id: string): void {
    this.#names.delete(id);
    this.left = this.#names.size;
  }
}
