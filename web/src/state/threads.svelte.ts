import { act, read } from "../api/call";
import { hearNews } from "../api/news";
import { Problem } from "../api/problem";
import type { Chat, ChatPage, FeedEntry, Folder, Tagged, TagList } from "../api/types";
import { emptyWithOwner } from "./owner";
import { hearFeed } from "./thread/feed";
import { ordered } from "./threads.order";

/** Which chats the rail shows. */
export type View =
  { kind: "all" } | { kind: "archived" } | { kind: "folder"; folder: string } | { kind: "tag"; tag: string };

const PAGE = 50;
const MOST = 200;
/** Milliseconds in which what the feed tells is gathered before the list is read again. */
const CALM = 300;
/** The folders before any were read: every answer is an array of its own. */
export const UNREAD: Folder[] = [];

class Threads {
  chats = $state.raw<Chat[]>([]);
  folders = $state.raw<Folder[]>(UNREAD);
  tags = $state.raw<Tagged[]>([]);
  view = $state.raw<View>({ kind: "all" });
  cursor = $state("");
  loaded = $state(false);
  problem = $state<Problem | null>(null);
  /** Why the folders and tags are not known as they are; the list of chats goes on without them. */
  missing = $state<Problem | null>(null);
  /** Chats in which an answer is being written. */
  answering = $state.raw<ReadonlySet<string>>(new Set());

  #reading: AbortController | null = null;
  #calm: ReturnType<typeof setTimeout> | undefined;
  /** Another one for each person: what was asked for somebody who has left arrives nowhere. */
  #owned = {};

  /** Be as at first, for whoever comes next. */
  empty(): void {
    this.#owned = {};
    clearTimeout(this.#calm);
    this.#reading?.abort();
    [this.chats, this.folders, this.tags, this.cursor] = [[], UNREAD, [], ""];
    [this.view, this.answering, this.loaded] = [{ kind: "all" }, new Set(), false];
    [this.problem, this.missing] = [null, null];
  }

  /** Read what there is and follow the feed; returns what ends it. */
  listen(): () => void {
    // In a turn of its own: an effect that calls this would follow what is read, and be called by its own answer.
    queueMicrotask(() => void Promise.all([this.refresh(), this.aside()]));
    const stop = hearFeed((entry) => this.told(entry));
    const deaf = hearNews((news) => {
      if (news !== "reached" || !(this.problem?.offline || this.missing?.offline)) return;
      if (this.missing?.offline) this.missing = null; // They are on their way again: the chats wait for them.
      void Promise.all([this.refresh(), this.aside()]);
    });
    return () => {
      stop();
      deaf();
      clearTimeout(this.#calm);
      this.#reading?.abort();
    };
  }

  /** Show other chats. */
  look(view: View): void {
    [this.view, this.chats, this.cursor, this.loaded] = [view, [], "", false];
    void this.refresh();
  }

  /** Read the list again, as far as it was read. Does not throw: see `problem`. */
  async refresh(): Promise<void> {
    await this.#page("", Math.min(Math.max(PAGE, this.chats.length), MOST), []);
  }

  /** The next page. Does not throw: see `problem`. */
  async more(): Promise<void> {
    if (this.cursor) await this.#page(this.cursor, PAGE, this.chats);
  }

  async #page(cursor: string, limit: number, before: readonly Chat[]): Promise<void> {
    this.#reading?.abort();
    const reading = (this.#reading = new AbortController());
    try {
      const page = await read<ChatPage>("chats.list", { ...this.#fields(), limit, cursor }, reading.signal);
      if (reading.signal.aborted) return;
      const known = new Set(before.map((chat) => chat.id));
      const fresh = page.chats.filter((chat) => !known.has(chat.id));
      this.chats = [...before, ...this.#same(fresh)];
      this.cursor = page.cursor ?? "";
      this.problem = null;
    } catch (error) {
      if (reading.signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    } finally {
      if (!reading.signal.aborted) this.loaded = true;
    }
  }

  /** What is as it was stays the same object, so that an open menu of it stays open. */
  #same(chats: Chat[]): Chat[] {
    const before = new Map(this.chats.map((chat) => [chat.id, chat]));
    return chats.map((chat) => {
      const old = before.get(chat.id);
      return old && JSON.stringify(old) === JSON.stringify(chat) ? old : chat;
    });
  }

  #fields(): object {
    const { view } = this;
    if (view.kind === "archived") return { archived: true };
    if (view.kind === "folder") return { folder: view.folder };
    return view.kind === "tag" ? { tag: view.tag } : {};
  }

  /** Read folders and tags again. Does not throw: the rail works without them. */
  async aside(): Promise<void> {
    const owned = this.#owned;
    try {
      const [folders, tags] = await Promise.all([read<Folder[]>("folders.list"), read<TagList>("tags.list")]);
      if (owned === this.#owned) [this.folders, this.tags, this.missing] = [folders, tags.tags, null];
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (owned === this.#owned) this.missing = error;
    }
  }

  // -- what the feed tells --------------------------------------------------------------------------------------------

  /** Take in what changed; what cannot be told from the entry is read, once for all that come together. */
  told(entry: FeedEntry): void {
    if (entry.t === "answer_begun") this.answering = new Set([...this.answering, entry.chat]);
    else if (entry.t === "answer_ended") this.#ended(entry.chat);
    if (entry.t === "chat" && entry.change === "deleted") {
      this.chats = this.chats.filter((chat) => chat.id !== entry.chat);
      return;
    }
    if (entry.t === "list" && entry.what !== "chats") {
      if (entry.what === "folders" || entry.what === "tags") void this.aside();
      return;
    }
    if (entry.t === "missed") void this.aside();
    if ("chat" in entry && "title" in entry && entry.title) this.#put(entry.chat, { title: entry.title });
    clearTimeout(this.#calm);
    this.#calm = setTimeout(() => this.#again(), CALM);
  }

  #again(): void {
    void this.refresh();
    if (this.missing) void this.aside();
  }

  #ended(chat: string): void {
    this.answering = new Set([...this.answering].filter((one) => one !== chat));
  }

  // -- changes, shown before the server has said yes ------------------------------------------------------------------

  /** Give a chat another title. Throws `Problem`; then it has its old one again. */
  rename(chat: Chat, title: string): Promise<void> {
    return this.#update(chat, { title });
  }

  pin(chat: Chat, pinned: boolean): Promise<void> {
    return this.#update(chat, { pinned });
  }

  /** Put a chat away, or take it out again; it leaves the list that is shown. */
  archive(chat: Chat, archived: boolean): Promise<void> {
    return this.#tried(
      () => this.#without(chat.id),
      () => act("chats.update", { chat: chat.id, archived }),
    );
  }

  move(chat: Chat, folder: string | null): Promise<void> {
    const leaves = this.view.kind === "folder" && this.view.folder !== folder;
    return this.#tried(
      () => (leaves ? this.#without(chat.id) : this.#put(chat.id, { folder })),
      () => act("chats.move", { chat: chat.id, folder }),
    );
  }

  /** Delete a chat for good. */
  remove(chat: Chat): Promise<void> {
    return this.#tried(
      () => this.#without(chat.id),
      () => act("chats.delete", { chat: chat.id }),
    );
  }

  #update(chat: Chat, change: Partial<Chat>): Promise<void> {
    return this.#tried(
      () => this.#put(chat.id, change),
      () => act("chats.update", { chat: chat.id, ...change }),
    );
  }

  async #tried(change: () => void, ask: () => Promise<unknown>): Promise<void> {
    const [before, owned] = [this.chats, this.#owned];
    change();
    try {
      await ask();
    } catch (error) {
      if (owned === this.#owned) this.chats = before;
      throw error;
    }
  }

  #put(id: string, change: Partial<Chat>): void {
    this.chats = ordered(this.chats.map((chat) => (chat.id === id ? { ...chat, ...change } : chat)));
  }

  #without(id: string): void {
    this.chats = this.chats.filter((chat) => chat.id !== id);
  }
}

/** The chats of the rail. */
export const threads = new Threads();
emptyWithOwner(() => threads.empty());
