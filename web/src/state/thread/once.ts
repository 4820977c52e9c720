import { Problem } from "../../api/problem";
import { readKept, writeKept } from "../kept";
import { emptyWithOwner } from "../owner";
import { session } from "../session.svelte";
import { newId } from "./local";

const NAME = "unanswered";
const MOST = 20;

/**
 * Ids for what is asked. An id stays that of the same question until the server has answered it or refused it: an
 * answer that was lost on its way must not make whoever asks again ask twice. A reload forgets none.
 */
class Once {
  #owner: string | null = null;
  #ids = new Map<string, string>();

  /** The id to ask this with, and whether it was asked with it before. */
  id(question: string): { id: string; again: boolean } {
    this.#recall();
    const known = this.#ids.get(question);
    if (known) return { id: known, again: true };
    const id = newId();
    this.#ids.set(question, id);
    this.#keep();
    return { id, again: false };
  }

  /** It was answered. */
  answered(question: string): void {
    this.#ids.delete(question);
    this.#keep();
  }

  /** It failed: where the server may have done it all the same, its id stays. */
  failed(question: string, error: unknown): void {
    if (error instanceof Problem && !error.offline && error.status < 500) this.answered(question);
  }

  /** Know nothing of whoever was here, and write nothing that comes late for them. */
  empty(): void {
    this.#owner = null;
    this.#ids = new Map();
  }

  #recall(): void {
    const owner = session.account?.user?.id ?? "";
    if (owner === this.#owner && this.#ids.size) return;
    this.#owner = owner;
    this.#ids = new Map(readKept<[string, string][]>(sessionStorage, owner, NAME) ?? []);
  }

  #keep(): void {
    if (this.#owner === null) return;
    const latest = [...this.#ids].slice(-MOST);
    writeKept(sessionStorage, this.#owner, NAME, latest.length ? latest : null);
  }
}

/** What of this tab was asked and is not known to have arrived. */
export const once = new Once();
emptyWithOwner(() => once.empty());
