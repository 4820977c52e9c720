import { read } from "../api/call";
import { Problem } from "../api/problem";
import type { BasePage, BaseView } from "../api/types";
import { emptyWithOwner } from "./owner";
import { joined } from "./rows";
import { session } from "./session.svelte";
import { hearFeed } from "./thread/feed";

const PAGE = 100;

class Bases {
  /** The reader's own bases and those of the whole tenant, newest first. */
  list = $state.raw<BaseView[]>([]);
  cursor = $state("");
  loaded = $state(false);
  problem = $state.raw<Problem | null>(null);
  #owner: string | null = null;
  #last = 0;

  /** Whether this caller has any: a guest keeps nothing. */
  get offered(): boolean {
    return session.can("chat") && !session.account?.guest;
  }

  /** Be as at first, for whoever comes next; what is asked already arrives nowhere. */
  empty(): void {
    this.#last++;
    [this.list, this.cursor, this.loaded, this.problem] = [[], "", false, null];
    this.#owner = null;
  }

  /** Read the list where it was not read for this person yet. Does not throw: see `problem`. */
  async want(): Promise<void> {
    const owner = session.account?.user?.id ?? "";
    if (!this.offered || (owner === this.#owner && (this.loaded || !this.problem))) return;
    if (owner !== this.#owner) [this.list, this.cursor, this.loaded] = [[], "", false];
    this.#owner = owner;
    await this.refresh();
  }

  /** Keep the list as it is on the server, for as long as it is shown; returns what ends it. */
  listen(): () => void {
    queueMicrotask(() => void this.want());
    return hearFeed((entry) => {
      if (entry.t === "missed" || (entry.t === "list" && entry.what === "bases")) void this.refresh();
    });
  }

  /** Read the list again. */
  async refresh(): Promise<void> {
    await this.#take("", []);
  }

  /** The next page. */
  async more(): Promise<void> {
    if (this.cursor) await this.#take(this.cursor, this.list);
  }

  /** What is known of a base by its id. */
  find(id: string): BaseView | undefined {
    return this.list.find((base) => base.id === id);
  }

  /** A base was made or changed here. */
  put(base: BaseView): void {
    const there = this.list.some((one) => one.id === base.id);
    this.list = there ? this.list.map((one) => (one.id === base.id ? base : one)) : [base, ...this.list];
  }

  /** A base is gone. */
  drop(id: string): void {
    this.list = this.list.filter((base) => base.id !== id);
  }

  async #take(cursor: string, before: BaseView[]): Promise<void> {
    const turn = ++this.#last;
    try {
      const page = await read<BasePage>("bases.list", { cursor, limit: PAGE });
      if (turn !== this.#last) return;
      this.list = joined(before, page.bases);
      this.cursor = page.cursor ?? "";
      [this.loaded, this.problem] = [true, null];
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (turn === this.#last) this.problem = error;
    }
  }
}

/** The knowledge bases that the reader may ask. */
export const bases = new Bases();
emptyWithOwner(() => bases.empty());
