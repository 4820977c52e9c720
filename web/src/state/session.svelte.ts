import { act, read } from "../api/call";
import { hearNews } from "../api/news";
import { Problem } from "../api/problem";
import type { Account } from "../api/types";
import { forgetKept } from "./kept";
import { tellOwner } from "./owner";

export type Scope = Account["scopes"][number];

/** Where the tabs of a browser, which share one session, tell each other whose it is. */
const WHOSE = "parlance.whose";

class Session {
  /** Who asks; null while it is not known, and when signed out. */
  account = $state<Account | null>(null);
  /** Whether one must sign in to go on. */
  signedOut = $state(false);
  /** What was ended from elsewhere while it was used: a session, or the owner's way in without one. */
  cut = $state<"session" | "local" | null>(null);
  /** Why nothing is known: the server did not answer, or otherwise than it should. */
  problem = $state<Problem | null>(null);
  #doubted = false;
  #leaving = false;

  constructor() {
    hearNews((news) => news === "unauthenticated" && this.account && void this.#doubt());
    window.addEventListener("storage", ({ key, newValue }) => {
      if (key === WHOSE && newValue !== null && this.account && newValue !== this.owner)
        void this.#replaced();
    });
  }

  /** Whose all is that is shown; empty: of nobody who has an account. */
  get owner(): string {
    return this.account?.user?.id ?? "";
  }

  /** A call was told that nobody asks. A wrong password is told so too: what is true is found out once. */
  async #doubt(): Promise<void> {
    if (this.#doubted) return;
    this.#doubted = true;
    await this.load();
    this.#doubted = false;
  }

  /** Somebody else has come in beside whoever is shown, whose calls would be theirs by now: all goes before it is asked who. */
  async #replaced(): Promise<void> {
    tellOwner(null);
    this.account = null;
    await this.load();
  }

  /** Whether nobody had to sign in: a machine of one's own, with its built-in user. */
  get local(): boolean {
    return this.account !== null && this.account.session === null && this.account.key === null;
  }

  /** Whether an account waits for an admin to let it in. */
  get pending(): boolean {
    return this.account?.user?.role === "pending";
  }

  can(scope: Scope): boolean {
    return this.account?.scopes.includes(scope) ?? false;
  }

  /** Find out who asks. Does not throw: what went wrong is in `problem`. */
  async load(): Promise<void> {
    try {
      const account = await read<Account>("accounts.read");
      const owner = account.user?.id ?? "";
      tellOwner(owner); // Before anybody is shown: what was another's has gone by then.
      this.account = account;
      keepWhose(owner);
      this.signedOut = false;
      this.cut = null;
      this.problem = null;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.unauthenticated) this.ended();
      else this.problem = error;
    }
  }

  /** The server said that nobody is signed in. Whoever did not leave by themselves is told why all is gone. */
  ended(): void {
    if (this.account && !this.#leaving) this.cut = this.local ? "local" : "session";
    this.account = null;
    this.signedOut = true;
    this.problem = null;
  }

  /** Do what ends this session on purpose; what this browser keeps of anybody's goes with it. Throws what `work` throws; then nobody has left. */
  async leave(work: () => Promise<unknown>): Promise<void> {
    this.#leaving = true; // The server cuts the feed before it has answered.
    try {
      await work();
      this.ended();
      tellOwner(null);
      keepWhose(null);
      forgetKept();
    } finally {
      this.#leaving = false;
    }
  }

  /** Sign out here. Throws `Problem`. */
  async signOut(): Promise<void> {
    await this.leave(() => act("accounts.sign_out"));
  }
}

function keepWhose(owner: string | null): void {
  try {
    if (owner === null) localStorage.removeItem(WHOSE);
    else if (localStorage.getItem(WHOSE) !== owner) localStorage.setItem(WHOSE, owner);
  } catch {
    // A forbidden store: then other tabs find out when they next ask.
  }
}

/** Who asks, and what they may do. */
export const session = new Session();
