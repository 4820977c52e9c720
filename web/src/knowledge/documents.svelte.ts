import { act, read } from "../api/call";
import { Problem } from "../api/problem";
import type { DocumentPage, DocumentView, FeedEntry } from "../api/types";
import { joined } from "../state/rows";
import { hearFeed } from "../state/thread/feed";

export type State = DocumentView["state"];
/** What can be done with documents that are there. */
export type Deed = "on" | "off" | "retry" | "recut" | "reread" | "delete";

const PAGE = 50;
/** While a name is looked for, pages are as large as they may be. */
const WIDE = 199;
/** Milliseconds between two looks at what goes on in a base whose feed somebody else gets. */
const LOOK = 5_000;
/** The same where the feed tells of the base: it says that a document is being embedded, and not how far that is. */
const STRIDE = 2_000;
/** Milliseconds in which changes of one document are read once. */
const CALM = 400;
const MOVING: readonly State[] = ["waiting", "parsing", "embedding"];

/** The documents of one base, as far as they were read, and how they fare. */
export class Documents {
  items = $state.raw<DocumentView[]>([]);
  cursor = $state("");
  loaded = $state(false);
  problem = $state.raw<Problem | null>(null);
  /** Only those in this state; empty: all. */
  state = $state<State | "">("");
  /** Only those with this in their names. */
  sought = $state("");
  /** Whether all pages are being looked through for a name. */
  seeking = $state(false);
  readonly #base: string;
  readonly #told: boolean;
  #last = 0;
  #changed: string[] = [];
  #calm: ReturnType<typeof setTimeout> | undefined;
  #look: ReturnType<typeof setInterval> | undefined;

  /** `told`: whether this reader's feed tells of the base's documents. */
  constructor(base: string, told: boolean) {
    [this.#base, this.#told] = [base, told];
  }

  /** Those that are shown. */
  get shown(): DocumentView[] {
    const words = this.sought.trim().toLowerCase();
    if (!words) return this.items;
    return this.items.filter((one) => `${one.name}\n${one.title ?? ""}`.toLowerCase().includes(words));
  }

  /** Read them and hear what becomes of them; returns what ends it. */
  listen(): () => void {
    queueMicrotask(() => void this.again());
    const stop = hearFeed((entry) => this.hear(entry));
    const states: readonly State[] = this.#told ? ["embedding"] : MOVING;
    this.#look = setInterval(
      () => {
        if (document.hidden || !this.items.some((one) => states.includes(one.state))) return;
        void (this.#told ? this.#stride() : this.again());
      },
      this.#told ? STRIDE : LOOK,
    );
    return () => {
      stop();
      clearTimeout(this.#calm);
      clearInterval(this.#look);
      this.#last++;
    };
  }

  /** From the start, as far as it was read. */
  async again(): Promise<void> {
    await this.#take("", [], Math.min(Math.max(PAGE, this.items.length), WIDE));
  }

  /** The next page. */
  async more(): Promise<void> {
    if (this.cursor) await this.#take(this.cursor, this.items, PAGE);
  }

  /** Show those in one state only. */
  async filter(state: State | ""): Promise<void> {
    [this.state, this.items, this.cursor, this.loaded] = [state, [], "", false];
    await this.again();
    if (this.sought) await this.seek(this.sought);
  }

  /** Show those with this in their names; the pages that are not here yet are read for it. */
  async seek(words: string): Promise<void> {
    this.sought = words;
    if (this.seeking || !words.trim()) return;
    this.seeking = true;
    while (this.cursor && this.sought.trim() && !this.problem)
      await this.#take(this.cursor, this.items, WIDE);
    this.seeking = false;
  }

  async #take(cursor: string, before: DocumentView[], limit: number): Promise<void> {
    const turn = ++this.#last;
    const fields = { base: this.#base, cursor, limit, state: this.state };
    try {
      const page = await read<DocumentPage>("documents.list", fields);
      if (turn !== this.#last) return;
      this.items = joined(before, page.documents);
      this.cursor = page.cursor ?? "";
      [this.loaded, this.problem] = [true, null];
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (turn === this.#last) this.problem = error;
    }
  }

  /** A document came, or is otherwise than before. */
  put(document: DocumentView): void {
    if (document.base !== this.#base) return;
    const there = this.items.some((one) => one.id === document.id);
    if (there) this.items = this.items.map((one) => (one.id === document.id ? document : one));
    else if (!this.state || this.state === document.state) this.items = [document, ...this.items];
  }

  drop(id: string): void {
    this.items = this.items.filter((one) => one.id !== id);
  }

  /** Take in what the feed tells; what it does not tell is read, once for several. */
  hear(entry: FeedEntry): void {
    if (entry.t === "missed") void this.again();
    if (entry.t !== "document" || entry.base !== this.#base) return;
    const known = this.items.find((one) => one.id === entry.document);
    if (entry.state === "deleted") return this.drop(entry.document);
    if (known && entry.state === "parsing")
      return this.put({ ...known, state: "parsing", done: entry.done ?? 0, pages: entry.pages ?? 0 });
    if (known && MOVING.includes(entry.state)) this.put(begun(known, entry.state));
    else this.#read(entry.document);
  }

  /** How far those are that are being embedded. What has become of others is the feed's to tell: this may be late. */
  async #stride(): Promise<void> {
    const turn = this.#last;
    const fields = { base: this.#base, limit: WIDE, state: "embedding" };
    try {
      const { documents } = await read<DocumentPage>("documents.list", fields);
      if (turn !== this.#last) return;
      const now = (one: DocumentView) => documents.find(({ id }) => id === one.id) ?? one;
      this.items = this.items.map((one) => (one.state === "embedding" ? now(one) : one));
    } catch (error) {
      if (!(error instanceof Problem)) throw error; // There is another look soon, and the list itself stays.
    }
  }

  #read(id: string): void {
    if (!this.#changed.includes(id)) this.#changed.push(id);
    this.#calm ??= setTimeout(() => {
      const changed = this.#changed;
      [this.#calm, this.#changed] = [undefined, []];
      if (changed.length > 3) void this.again();
      else for (const one of changed) void this.#one(one);
    }, CALM);
  }

  async #one(id: string): Promise<void> {
    try {
      this.put(await read<DocumentView>("documents.read", { document: id }));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 404) this.drop(id);
    }
  }

  // -- what is done with some of them ----------------------------------------------------------------------------------

  /** Do something with each of these, one after the other. Throws the first `Problem`, behind the last of them. */
  async each(ids: readonly string[], what: Deed): Promise<void> {
    let first: Problem | null = null;
    for (const id of ids)
      try {
        await this.#do(id, what);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        first ??= error;
      }
    if (first) throw first;
  }

  async #do(id: string, what: Deed): Promise<void> {
    if (what === "delete") {
      await act("documents.delete", { document: id });
      this.drop(id);
    } else if (what === "retry" || what === "recut")
      this.put(await act<DocumentView>(`documents.${what}`, { document: id }));
    else if (what === "reread")
      this.put(await act<DocumentView>("documents.recut", { document: id, anew: true }));
    else this.put(await act<DocumentView>("documents.change", { document: id, enabled: what === "on" }));
  }
}

/** A document that is in this state from now on: figures of a former time in it are over. */
function begun(document: DocumentView, state: State): DocumentView {
  const over = state === document.state ? {} : { embedded: 0, to_embed: 0 };
  return { ...document, ...over, state };
}
