import { threads, UNREAD } from "../state/threads.svelte";

/** Milliseconds that chats which are there wait for the folders above them. */
export const PATIENCE = 1_000;

/**
 * When a rail draws what: nothing that is drawn moves under a pointer. The chats wait for the folders above them, but not
 * for long, and not for folders that do not come; those that come after all stay folded until the reader opens them.
 *
 * It lives as long as the component that makes it.
 */
export class Drawn {
  /** Whether the chats were drawn before the folders were known. */
  late = $state(false);
  #waited = $state(false);
  readonly #known = $derived(threads.folders !== UNREAD);
  /** Whether the chats may be drawn; where no folders stand above them, always. */
  readonly chats = $derived(this.#known || this.#waited || threads.view.kind !== "all");

  constructor() {
    $effect(() => this.#wait());
    $effect(() => this.#refused());
    $effect(() => this.#latch());
  }

  #wait(): (() => void) | undefined {
    if (this.chats || !threads.loaded || threads.problem || threads.missing) return;
    const clock = setTimeout(() => (this.#waited = true), PATIENCE);
    return () => clearTimeout(clock);
  }

  /** Nothing comes any more. Without a connection both are read again, unless the chats are there already. */
  #refused(): void {
    const { chats } = threads;
    const problem = threads.problem ?? threads.missing;
    if (problem && (!problem.offline || chats.length)) this.#waited = true;
  }

  /** Another view has no folders: the way back from it draws all anew. */
  #latch(): void {
    if (threads.view.kind !== "all") this.late = false;
    else if (!this.#known && this.#waited && threads.chats.length) this.late = true;
  }
}
