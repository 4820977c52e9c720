import { SvelteMap } from "svelte/reactivity";
import { act, read } from "../api/call";
import { hearNews } from "../api/news";
import { Problem } from "../api/problem";
import type { Chat, FeedEntry, OpenChat, Sent, Turn } from "../api/types";
import { hearFeed } from "./thread/feed";
import { Live } from "./thread/live.svelte";
import { answerTurn, askUnsaved, newId, questionTurn, unsaved, type Saying, type Wish } from "./thread/local";
import { once } from "./thread/once";
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
  /** Another one whenever what is open is left: what was asked before arrives elsewhere. */
  #visit = {};

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
    this.#visit = {};
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
      if (error.status === 404 && this.id === id) this.problem = error;
    }
  }

  /** Whether what was asked in a visit arrives in it. What arrives for a chat that was left changes nothing of the one
      that is open; where it is the same one again, its turns are looked at once more. */
  #still(visit: object, chat: string): boolean {
    if (visit === this.#visit) return true;
    if (chat === this.id) this.#soon();
    return false;
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

  /** Say something at the end of what is shown. Gives the chat it is in, whatever is open by then. Throws `Problem`. */
  async send(saying: Saying, wish: Wish, folder: string | null = null): Promise<string | null> {
    const parent = this.path.at(-1)?.id ?? null;
    if (this.temporary) return this.#temporary(parent, saying, wish);
    const fields = { ...(this.id ? {} : { folder }), parent, ...wish };
    return this.#asked("chats.send", { chat: this.id, ...saying }, fields, (sent) => {
      this.#arrived(sent, questionTurn(sent, parent, saying), sent.turn);
    });
  }

  /** Say something else in place of an earlier question. Throws `Problem`. */
  async edit(turn: Turn, saying: Saying, wish: Wish): Promise<void> {
    if (this.temporary) {
      await this.#temporary(turn.parent ?? null, saying, wish);
      return;
    }
    await this.#asked("chats.edit", { turn: turn.id, ...saying }, wish, (sent) => {
      this.#arrived(sent, questionTurn(sent, turn.parent ?? null, saying), sent.turn);
    });
  }

  /** Answer once more, beside the answers there are. Throws `Problem`. */
  async regenerate(turn: Turn, wish: Wish): Promise<void> {
    if (this.temporary) {
      const question = turn.role === "user" ? turn : this.turns.get(turn.parent ?? "");
      if (question) await this.#temporaryAnswers(question, wish);
      return;
    }
    const { models, ...rest } = wish;
    await this.#asked("chats.regenerate", { turn: turn.id, models }, rest, (sent) => {
      this.#arrived(sent, null, sent.answers[0]?.turn ?? "");
    });
  }

  /** Go on with an answer that is not whole. Throws `Problem`. */
  async resume(turn: Turn, wish: Wish): Promise<void> {
    const { sampling, think, instructions } = wish;
    await this.#asked("chats.continue", { turn: turn.id }, { sampling, think, instructions }, (sent) => {
      this.#put({ ...turn, state: "running", run: sent.run, error: null, ended: null });
      this.#attend();
    });
  }

  /** Ask for something with the id of `what`; `arrived` hears of it as long as the chat is open. Gives that chat. */
  async #asked(operation: string, what: object, how: object, arrived: (sent: Sent) => void): Promise<string> {
    const [visit, question] = [this.#visit, JSON.stringify([operation, what])];
    const { id, again } = once.id(question);
    this.#asking++;
    try {
      const sent = await act<Sent>(operation, { ...what, ...how, client_id: id });
      once.answered(question);
      if (!this.#still(visit, sent.chat)) return sent.chat;
      if (again) this.#arrivedBefore(sent);
      else arrived(sent);
      return sent.chat;
    } catch (error) {
      once.failed(question, error);
      throw error;
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

  /** What was asked a second time may have been done at the first: only the server knows where, and how far it is. */
  #arrivedBefore(sent: Sent): void {
    [this.id, this.head] = [sent.chat, null];
    void this.#read(sent.chat, sent.answer || sent.turn);
  }

  /** Stop one answer, or all. What was said is kept. Throws `Problem`. */
  async stop(turn?: Turn): Promise<void> {
    const ending = turn ? [this.lives.get(turn.id)] : [...this.lives.values()];
    if (this.temporary) await Promise.all(ending.map((live) => act("runs.stop", { run: live?.turn.run })));
    else if (this.id) await act("chats.stop", { chat: this.id, ...(turn ? { turn: turn.id } : {}) });
  }

  /** Delete a turn and all that hangs under it. Throws `Problem`. */
  async remove(turn: Turn): Promise<void> {
    const visit = this.#visit;
    if (!this.temporary) await act("turns.delete", { turn: turn.id });
    if (!this.#still(visit, turn.chat)) return;
    const head = headWithout(this.turns, this.head, turn.id);
    const gone = subtree(this.under, turn.id);
    this.head = head;
    this.turns = byId([...this.turns.values()].filter((each) => !gone.has(each.id)));
    this.#attend();
  }

  /** Say what an answer is worth: 1, -1, or 0 to take it back. Throws `Problem`. */
  async rate(turn: Turn, rating: number, note: string | null = null): Promise<void> {
    const visit = this.#visit;
    await act("turns.rate", { turn: turn.id, rating, note });
    if (this.#still(visit, turn.chat)) this.#put({ ...(this.turns.get(turn.id) ?? turn), rating, note });
  }

  // -- a chat of which nothing is written down ------------------------------------------------------------------------

  async #temporary(parent: string | null, saying: Saying, wish: Wish): Promise<null> {
    const [visit, head] = [this.#visit, this.head];
    const question = questionTurn(unsaved(newId()), parent, saying);
    this.#put(question);
    this.head = question.id;
    try {
      await this.#temporaryAnswers(question, wish);
    } catch (error) {
      // It was not said: whoever says it again says it in this place.
      if (visit === this.#visit) {
        this.turns = byId([...this.turns.values()].filter((turn) => turn.id !== question.id));
        this.head = head;
      }
      throw error;
    }
    return null;
  }

  async #temporaryAnswers(question: Turn, wish: Wish): Promise<void> {
    const visit = this.#visit;
    const answers = await askUnsaved(question, pathTo(this.turns, question.id), wish);
    if (visit !== this.#visit) {
      // They are stopped with the chat that was left. Where that fails, nobody reads them.
      await Promise.allSettled(answers.map(({ run }) => act("runs.stop", { run })));
      return;
    }
    this.#put(...answers);
    this.head = answers[0]?.id ?? question.id;
    this.#attend();
  }
}

/** The chat that is open. */
export const thread = new Thread();
