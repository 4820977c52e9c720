// A folder's way into a base: files are sent a few at a time, and older versions go when newer ones are read.
import { act, read } from "../../api/call";
import { Problem } from "../../api/problem";
import type { DocumentView } from "../../api/types";
import { inShort } from "../../words";
import { send, type Sending } from "../sending";
import { reasonOf } from "../uploads.svelte";
import type { Found } from "./look";
import type { Gone, Plan, Why } from "./plan";

export type Outcome =
  "added" | "changed" | "renamed" | "removed" | "unchanged" | "kept" | "skipped" | "failed";

/** What became of a file or document: `reason` is a sentence, `why` the name of one. */
export interface Told {
  name: string;
  outcome: Outcome;
  reason: string;
  why: Why | "changedAway" | "olderStays";
  /** What can be tried again. */
  file: Found | null;
}

/** Of what became of something, what is beside its name and its end. */
export type About = Partial<Omit<Told, "name" | "outcome">>;

/** A file that is being sent; `share` from 0 to 1; `waits` while the server asks to. */
export interface Going {
  name: string;
  size: number;
  share: number;
  waits: boolean;
}

/** What is to be done. */
export interface Work {
  renamed: Plan["renamed"];
  files: readonly Found[];
  outdated: ReadonlyMap<string, readonly Gone[]>;
  removed: readonly Gone[];
}

/** Who is told how far it is. */
export interface Shown {
  tell(name: string, outcome: Outcome, about?: About): void;
  /** A file begins to be sent; what is given back is changed as it goes on. */
  begun(file: Found): Going;
  /** It is sent, or will not be. */
  ended(going: Going, sent: boolean): void;
  /** So many newer versions are waited for. */
  follows(count: number): void;
  come(document: DocumentView): void;
  /** A file became a document, which is read from now on. */
  arrived(document: DocumentView, name: string): void;
  gone(document: string): void;
}

/** Files sent at once: more would only wait for one another, and a browser opens six lines to one server. */
const AT_ONCE = 3;
const ATTEMPTS = 6;
/** Milliseconds. */
const LONGEST_WAIT = 60_000;
const LOOK_AGAIN = 1_000;
const TOO_LARGE = 413;
const MISSING = 404;
/** What ends everything: signed out, without the leave to write, or without the base, no other file can do better. */
const FATAL = [401, 403, MISSING];

/** One way of one folder. `folder` is what the base calls it; `stop` ends it before its end. */
export class Delivery {
  readonly #base: string;
  readonly #folder: string;
  readonly #shown: Shown;
  readonly #stop: AbortController;

  constructor(base: string, folder: string, shown: Shown, stop: AbortController) {
    [this.#base, this.#folder, this.#shown, this.#stop] = [base, folder, shown, stop];
  }

  get #signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Do it. `there` gives the document that has a file's bytes already, by its name. Throws `Problem`, or `AbortError`
      when it was stopped. */
  async run(work: Work, there: (name: string) => string | undefined): Promise<void> {
    for (const { gone, file } of work.renamed) await this.#rename(gone, file);
    const sent = await this.#send(work);
    await this.#replace(work, (name) => sent.get(name) ?? there(name));
    for (const gone of work.removed) await this.#remove(gone, true);
  }

  async #rename(gone: Gone, file: Found): Promise<void> {
    const fields = { document: gone.id, folder: this.#folder, path: file.name };
    try {
      this.#shown.come(await act<DocumentView>("documents.move_file", fields, this.#signal));
      this.#shown.tell(file.name, "renamed");
    } catch (error) {
      this.#shown.tell(file.name, "failed", { reason: refusal(error) });
    }
  }

  /** Remove a document of the folder, unless somebody made it theirs meanwhile. `tell`: whether it is worth a word.
   *  Gives whether it is gone. */
  async #remove(gone: Gone, tell: boolean): Promise<boolean> {
    const fields = { document: gone.id, folder: this.#folder };
    try {
      await act("documents.remove_file", fields, this.#signal);
    } catch (error) {
      const reason = refusal(error, MISSING);
      if (reason) {
        this.#shown.tell(gone.name, "kept", { reason });
        return false;
      }
    }
    this.#shown.gone(gone.id);
    if (tell) this.#shown.tell(gone.name, "removed");
    return true;
  }

  /** Send files, a few at a time; gives the documents that they became, by their names. */
  async #send({ files, outdated }: Work): Promise<Map<string, string>> {
    const left = files.toReversed();
    const sent = new Map<string, string>();
    const line = async () => {
      for (let file = left.pop(); file; file = left.pop()) {
        const { name } = file;
        const document = await this.#one(file);
        if (!document) continue;
        sent.set(name, document.id);
        this.#shown.come(document);
        if (!outdated.get(name)?.some((gone) => gone.name === name))
          this.#shown.tell(name, document.duplicate ? "unchanged" : "added");
        if (!document.duplicate && !outdated.has(name)) this.#shown.arrived(document, name);
      }
    };
    const lines = Array.from({ length: AT_ONCE }, line);
    try {
      await Promise.all(lines);
    } catch (error) {
      this.#stop.abort(); // what ends one line ends the others
      await Promise.allSettled(lines);
      throw error;
    }
    return sent;
  }

  /** The document that a file became; null where it did not go, which is told. Throws what would befall all. */
  async #one(file: Found): Promise<DocumentView | null> {
    const going = this.#shown.begun(file);
    let sent = false;
    try {
      const document = await this.#patiently(file, going);
      sent = true;
      return document;
    } catch (error) {
      if (!(error instanceof Problem) || FATAL.includes(error.status)) throw error;
      if (error.status === TOO_LARGE) this.#shown.tell(file.name, "skipped", { why: "large" });
      else if (!error.status && !(await isReadable(file.file)))
        this.#shown.tell(file.name, "failed", { why: "changedAway" });
      else this.#shown.tell(file.name, "failed", { reason: reasonOf(error), file });
      return null;
    } finally {
      this.#shown.ended(going, sent);
    }
  }

  /** Send it, and once more when the server says when. */
  async #patiently({ file, name }: Found, going: Going): Promise<DocumentView> {
    const fields = { base: this.#base, folder: this.#folder, path: name };
    for (let left = ATTEMPTS - 1; ; left--) {
      this.#signal.throwIfAborted();
      [going.share, going.waits] = [0, false];
      try {
        const sending = send(fields, file, (share) => (going.share = share));
        return await until(sending, this.#signal);
      } catch (error) {
        if (!(error instanceof Problem) || !error.retryAfter || !left) throw error;
        going.waits = true;
        await pause(Math.min(error.retryAfter * 1000, LONGEST_WAIT), this.#signal);
      }
    }
  }

  /** When a newer version is read, the one before it goes; where it cannot be read, that one stays. */
  async #replace({ outdated }: Work, now: (name: string) => string | undefined): Promise<void> {
    const waited = [...outdated].flatMap(([name, versions]) => {
      const id = now(name);
      return id === undefined ? [] : [{ name, versions, id }];
    });
    for (const [at, { name, versions, id }] of waited.entries()) {
      this.#shown.follows(waited.length - at);
      const reason = await unreadable(id, this.#signal);
      if (reason !== null) {
        this.#shown.tell(name, "failed", { why: "olderStays", reason });
        continue;
      }
      let stays = false;
      for (const gone of versions) if (!(await this.#remove(gone, false))) stays = true;
      if (!stays)
        for (const own of new Set(versions.map((gone) => gone.name))) this.#shown.tell(own, "changed");
    }
    this.#shown.follows(0);
  }
}

/** Why a document could not be read; null when it is ready. Throws `Problem`, or `AbortError`. */
async function unreadable(id: string, signal: AbortSignal): Promise<string | null> {
  for (;;) {
    try {
      const {
        state,
        words = "",
        problem = "",
      } = await read<DocumentView>("documents.read", { document: id }, signal);
      if (state === "ready") return null;
      if (state === "failed") return words || problem;
    } catch (error) {
      return refusal(error);
    }
    await pause(LOOK_AGAIN, signal);
  }
}

/** What the server says against one document, in a sentence; of one status nothing. Throws what is said of all. */
function refusal(error: unknown, fine = 0): string {
  if (!(error instanceof Problem) || error.status === 0 || error.status === 401) throw error;
  return error.status === fine ? "" : inShort(error);
}

async function isReadable(file: File): Promise<boolean> {
  return file
    .slice(0, 1)
    .arrayBuffer()
    .then(
      () => true,
      () => false,
    );
}

async function until(sending: Sending, signal: AbortSignal): Promise<DocumentView> {
  return await new Promise((resolve, reject) => {
    const stop = () => {
      sending.abort();
      reject(new DOMException("It was stopped.", "AbortError"));
    };
    signal.addEventListener("abort", stop, { once: true });
    sending.done.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new DOMException("It was stopped.", "AbortError"));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
  });
}
