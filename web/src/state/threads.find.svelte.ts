import { read } from "../api/call";
import { Problem } from "../api/problem";
import type { Hit, HitPage } from "../api/types";

/** Milliseconds after the last key before the server is asked. */
const PAUSE = 250;

/** What is looked for among titles and turns. */
export class Finding {
  words = $state("");
  hits = $state.raw<Hit[]>([]);
  cursor = $state("");
  busy = $state(false);
  problem = $state<Problem | null>(null);
  #clock: ReturnType<typeof setTimeout> | undefined;
  #asking: AbortController | null = null;

  get open(): boolean {
    return this.words.trim() !== "";
  }

  /** Look for other words; the server is asked when no more are typed. */
  type(words: string): void {
    this.words = words;
    clearTimeout(this.#clock);
    this.#asking?.abort();
    this.problem = null;
    if (!this.open) {
      [this.hits, this.cursor, this.busy] = [[], "", false];
      return;
    }
    this.busy = true;
    this.#clock = setTimeout(() => void this.#ask("", []), PAUSE);
  }

  async more(): Promise<void> {
    await this.#ask(this.cursor, this.hits);
  }

  async #ask(cursor: string, before: Hit[]): Promise<void> {
    const asking = (this.#asking = new AbortController());
    this.busy = true;
    try {
      const page = await read<HitPage>("chats.search", { query: this.words.trim(), cursor }, asking.signal);
      if (asking.signal.aborted) return;
      [this.hits, this.cursor] = [[...before, ...page.hits], page.cursor ?? ""];
    } catch (error) {
      if (asking.signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      [this.problem, this.hits] = [error, before];
    } finally {
      if (this.#asking === asking) this.busy = false;
    }
  }
}
