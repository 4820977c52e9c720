import { Problem } from "../api/problem";

/** A list that comes in pages: the first when it opens, the rest on asking. */
export class Paged<T> {
  items = $state.raw<T[]>([]);
  cursor = $state("");
  loaded = $state(false);
  problem = $state<Problem | null>(null);
  readonly #page: (cursor: string) => Promise<{ items: T[]; cursor: string | null | undefined }>;

  constructor(page: (cursor: string) => Promise<{ items: T[]; cursor: string | null | undefined }>) {
    this.#page = page;
    void this.again();
  }

  /** From the start. */
  async again(): Promise<void> {
    await this.#take("", []);
  }

  /** The next page behind what is there. */
  async more(): Promise<void> {
    await this.#take(this.cursor, this.items);
  }

  async #take(cursor: string, before: T[]): Promise<void> {
    try {
      const page = await this.#page(cursor);
      this.items = [...before, ...page.items];
      this.cursor = page.cursor ?? "";
      this.loaded = true;
      this.problem = null;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    }
  }
}
