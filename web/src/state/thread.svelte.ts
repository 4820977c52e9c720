import { SvelteMap } from "svelte/reactivity";
import { act, read } from "../api/call";
import { hearNews } from "../api/news";
import { Problem } from "../api/problem";
import type { Chat, FeedEntry, OpenChat, Sent, Turn } from "../api/types";
import { hearFeed } from "./thread/feed";
import { Live } from "./thread/live.svelte";
import { answerTurn, askUnsaved, newId, questionTurn, unsaved, type Saying, type Wish } from "./thread/local";
import { byId, children, headWithout, newestLeaf, pathTo, subtree, type Turns } from "./thread/tree";

/** Milliseconds in which several changes of a chat are looked at once. */
const CALM = 250;

class Thread {
  /** Of a chat that is kept; null for a new one and for a temporary one. */
  id = $state<string | null>(null);
  chat = $state.raw<Chat | null>(null);
  turns = $state.raw<Turns>(new Map());
  /** The last turn of the branch that is shown here. */
  head = $state<string | null>(null);
  /** Whether nothing of this chat is written down. */
  temporary = $state(false);
  loading = $state(false);
  /** Why the chat cannot be shown. */
  problem = $state.raw<Problem | null>(null);
  /** The answers on their way, by their turns. */
  lives = new SvelteMap<string, Live>();
  /** Hears of each answer that has ended here or in another tab, once. */
  onended: ((turn: Turn, firstAt: number) => void) | null = null;

  path = $derived(pathTo(this.turns, this.head));
  under = $derived(children(this.turns));
  /** Those that are answering what is shown. */
  answering = $derived.by(() => {
    const last = this.path.at(-1);
    if (last?.role !== "assistant") return [];
    return [...this.lives.values()].filter((live) => live.turn.parent === last.parent);
  });

  #opening: AbortController | null = null;
  #calm: ReturnType<typeof setTimeout> | undefined;
  /** Turns that this tab has just asked for: the feed tells of them before the server has answered. */
  #asking = 0;

  /** Follow the feed; returns what ends it, and closes what is open. */
  listen(): () => void {
    const stop = hearFeed((entry) => this.#told(entry));
    const deaf = hearNews((news) => {
      if (news === "reached" && this.problem?.offline) void this.again();
    });
    return () => {
      stop();
      deaf();
      this.close();
    };
  }

  /** Show a chat (null: a new one), perhaps the branch with one turn in it. Does not throw: see `problem`. */
  async open(id: string | null, turn: string | null = null): Promise<void> {
    if (id !== null && id === this.id && !this.problem) {
      if (turn) this.look(turn);
      return;
    }
    this.close();
    this.id = id;
    if (id !== null) await this.#read(id, turn);
  }

  /** Forget what is shown. Answers go on by themselves, but those of a temporary chat are stopped with it. */
  close(): void {
    this.#opening?.abort();
    clearTimeout(this.#calm);
    if (this.temporary) void this.stop();
    for (const live of this.lives.values()) live.close();
    this.lives.clear();
    [this.id, this.chat, this.turns, this.head] = [null, null, new Map(), null];
    [this.temporary, this.loading, this.problem] = [false, false, null];
  }

  /** Read the chat again. */
  async again(): Promise<void> {
    if (this.id) await this.#read(this.id, this.head);
  }

  async #read(id: string, turn: string | null): Promise<void> {
    this.#opening?.abort();
    const opening = (this.#opening = new AbortController());
    this.loading = this.turns.size === 0;
    try {
      const open = await read<OpenChat>("chats.read", { chat: id }, opening.signal);
      if (opening.signal.aborted) return;
      const first = this.chat === null;
      this.chat = open.chat;
      this.turns = byId(open.turns);
      if (first || !this.head || !this.turns.has(this.head)) this.head = open.chat.head ?? null;
      if (turn && this.turns.has(turn) && !this.path.some((each) => each.id === turn)) this.look(turn);
      this.problem = null;
      this.#attend();
    } catch (error) {
      if (opening.signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    } finally {
      if (this.#opening === opening) this.loading = false;
    }
  }

  /** Follow every answer that runs and is not followed yet; let go of those that do not run any more. */
  #attend(): void {
    for (const [id, live] of this.lives) {
      if (this.turns.get(id)?.run === live.turn.run && this.turns.get(id)?.state === "running") continue;
      live.close();
      this.lives.delete(id);
    }
    for (const turn of this.turns.values())
      if (turn.state === "running" && turn.run && !this.lives.has(turn.id)) this.#follow(turn);
  }

  #follow(turn: Turn): void {
    const live = new Live(turn, {
      ended: (whole) => {
        this.#put(whole);
        this.lives.delete(turn.id);
        this.onended?.(whole, live.firstAt);
      },
      lost: () => void this.#lost(live),
    });
    this.lives.set(turn.id, live);
    void live.start();
  }

  /** A run is not to be had any more: what the server has of its answer is what there is. */
  async #lost(live: Live): Promise<void> {
    const { id } = live.turn;
    this.lives.delete(id);
    if (this.temporary) this.#put({ ...live.turn, state: "interrupted" });
    else await this.again();
    const now = this.turns.get(id);
    if (now && now.state !== "running") this.onended?.(now, 0);
  }

  #put(...turns: Turn[]): void {
    this.turns = byId([...this.turns.values(), ...turns]);
  }

  // -- what other tabs do ---------------------------------------------------------------------------------------------

  #told(entry: FeedEntry): void {
    if (entry.t === "missed") return this.#soon();
    if (!("chat" in entry) || entry.chat !== this.id) return;
    if (entry.t === "chat" && entry.change === "deleted") {
      this.problem = new Problem(404, "chat_not_found", "");
    } else if (entry.t === "chat") {
      if (this.chat && entry.title) this.chat = { ...this.chat, title: entry.title };
      this.#soon();
    } else if (entry.t === "answer_begun") {
      if (this.turns.get(entry.turn)?.run !== entry.run) this.#soon();
    } else if (entry.t === "answer_ended" && entry.title) {
      if (this.chat) this.chat = { ...this.chat, title: entry.title };
      else this.#soon();
    }
  }

  #soon(): void {
    clearTimeout(this.#calm);
    this.#calm = setTimeout(() => void this.#compare(), CALM);
  }

  /** Whether the chat's head is one that is known here: then its row has changed, and its turns have not. */
  async #compare(): Promise<void> {
    const id = this.id;
    if (!id) return;
    // What is being asked moves the head: it is looked at behind the answer to that.
    if (this.#asking) return this.#soon();
    try {
      const row = await act<Chat>("chats.update", { chat: id });
      if (this.id !== id) return;
      const moved = this.chat?.head !== row.head;
      const known = row.head ? this.turns.has(row.head) : this.turns.size === 0;
      this.chat = row;
      if (!known) {
        this.head = null;
        await this.again();
      } else if (moved && row.head) this.head = row.head;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 404) this.problem = error;
    }
  }

  // -- branches -------------------------------------------------------------------------------------------------------

  /** Show the branch with this turn in it, here only. */
  look(turn: string): void {
    this.head = newestLeaf(this.under, turn);
  }

  /** Choose the branch that is shown, here and for the other tabs. Throws `Problem`. */
  async choose(turn: string): Promise<void> {
    this.look(turn);
    if (this.chat) this.chat = { ...this.chat, head: this.head };
    if (this.id) await act("chats.update", { chat: this.id, head: turn });
  }

  // -- asking ---------------------------------------------------------------------------------------------------------

  /** Say something at the end of what is shown. Gives the chat it is in. Throws `Problem`; then nothing was said. */
  async send(saying: Saying, wish: Wish, folder: string | null = null): Promise<string | null> {
    const parent = this.path.at(-1)?.id ?? null;
    if (this.temporary) return this.#temporary(parent, saying, wish);
    const fields = { chat: this.id, parent, ...(this.id ? {} : { folder }) };
    const sent = await this.#asked("chats.send", { ...fields, ...saying, ...wish });
    this.#arrived(sent, questionTurn(sent, parent, saying), sent.turn);
    return sent.chat;
  }

  /** Say something else in place of an earlier question. Throws `Problem`. */
  async edit(turn: Turn, saying: Saying, wish: Wish): Promise<void> {
    if (this.temporary) {
      await this.#temporary(turn.parent ?? null, saying, wish);
      return;
    }
    const sent = await this.#asked("chats.edit", { turn: turn.id, ...saying, ...wish });
    this.#arrived(sent, questionTurn(sent, turn.parent ?? null, saying), sent.turn);
  }

  /** Answer once more, beside the answers there are. Throws `Problem`. */
  async regenerate(turn: Turn, wish: Wish): Promise<void> {
    if (this.temporary) {
      const question = turn.role === "user" ? turn : this.turns.get(turn.parent ?? "");
      if (question) await this.#temporaryAnswers(question, wish);
      return;
    }
    const sent = await this.#asked("chats.regenerate", { turn: turn.id, ...wish });
    this.#arrived(sent, null, sent.answers[0]?.turn ?? "");
  }

  /** Go on with an answer that is not whole. Throws `Problem`. */
  async resume(turn: Turn, wish: Wish): Promise<void> {
    const { sampling, think, instructions } = wish;
    const sent = await this.#asked("chats.continue", { turn: turn.id, sampling, think, instructions });
    const going: Turn = { ...turn, state: "running", run: sent.run, error: null, ended: null };
    this.#put(going);
    this.#attend();
  }

  async #asked(operation: string, fields: object): Promise<Sent> {
    this.#asking++;
    try {
      return await act<Sent>(operation, { ...fields, client_id: newId() });
    } finally {
      this.#asking--;
    }
  }

  #arrived(sent: Sent, question: Turn | null, marked: string): void {
    this.id = sent.chat;
    const answers = sent.answers.map((answer) => answerTurn(sent, answer, marked));
    this.#put(...(question ? [question] : []), ...answers);
    this.head = sent.answer || sent.turn;
    if (this.chat) this.chat = { ...this.chat, head: this.head };
    else void this.#compare();
    this.#attend();
  }

  /** Stop one answer, or all. What was said is kept. Throws `Problem`. */
  async stop(turn?: Turn): Promise<void> {
    const ending = turn ? [this.lives.get(turn.id)] : [...this.lives.values()];
    if (this.temporary) await Promise.all(ending.map((live) => act("runs.stop", { run: live?.turn.run })));
    else if (this.id) await act("chats.stop", { chat: this.id, ...(turn ? { turn: turn.id } : {}) });
  }

  /** Delete a turn and all that hangs under it. Throws `Problem`. */
  async remove(turn: Turn): Promise<void> {
    if (!this.temporary) await act("turns.delete", { turn: turn.id });
    const head = headWithout(this.turns, this.head, turn.id);
    const gone = subtree(this.under, turn.id);
    this.head = head;
    this.turns = byId([...this.turns.values()].filter((each) => !gone.has(each.id)));
    this.#attend();
  }

  /** Say what an answer is worth: 1, -1, or 0 to take it back. Throws `Problem`. */
  async rate(turn: Turn, rating: number, note: string | null = null): Promise<void> {
    await act("turns.rate", { turn: turn.id, rating, note });
    this.#put({ ...(this.turns.get(turn.id) ?? turn), rating, note });
  }

  // -- a chat of which nothing is written down ------------------------------------------------------------------------

  async #temporary(parent: string | null, saying: Saying, wish: Wish): Promise<null> {
    const question = questionTurn(unsaved(newId()), parent, saying);
    this.#put(question);
    this.head = question.id;
    await this.#temporaryAnswers(question, wish);
    return null;
  }

  async #temporaryAnswers(question: Turn, wish: Wish): Promise<void> {
    const answers = await askUnsaved(question, pathTo(this.turns, question.id), wish);
    this.#put(...answers);
    this.head = answers[0]?.id ?? question.id;
    this.#attend();
  }
}

/** The chat that is open. */
export const thread = new Thread();
