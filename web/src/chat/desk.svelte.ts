import { hearNews } from "../api/news";
import { Problem } from "../api/problem";
import type { Sampling, Turn } from "../api/types";
import { models } from "../state/models.svelte";
import { prefs } from "../state/prefs.svelte";
import { thread } from "../state/thread.svelte";
import { newId, type Saying, type Wish } from "../state/thread/local";
import { attachments } from "./attachments.svelte";
import { Line, type Next } from "./queue";

/** What is kept of a chat in this browser: the message that is not sent, and how answers are wanted. */
interface Kept {
  text: string;
  models: string[];
  sampling: Sampling;
  think: boolean | string | null;
  instructions: string;
  at: number;
}

const PREFIX = "parlance.desk.";
const QUEUE = "parlance.queue.";
const MOST_KEPT = 200;
const PAUSE = 300;

/** Where a message is written, and how its answer is wanted; one for the open chat. */
class Desk {
  text = $state("");
  models = $state<string[]>([]);
  sampling = $state<Sampling>({});
  think = $state<boolean | string | null>(null);
  /** What goes before every prompt of this chat, behind the instructions of its folder. */
  instructions = $state("");
  line = $state.raw(new Line());
  sending = $state(false);
  /** Why the last message was not sent. */
  problem = $state.raw<Problem | null>(null);
  /** The folder that a new chat is going to be in. */
  folder = $state<string | null>(null);

  /** What it is kept under; null: it is not. */
  #key: string | null = "new";
  #later: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    // A page that is left or reloaded does not wait for its timers.
    window.addEventListener("pagehide", () => this.#keepNow());
  }

  /** The models that are asked: those that were chosen here, else the one that answered last, else the usual one. */
  get chosen(): string[] {
    if (this.models.length) return this.models;
    const last = thread.path.findLast((turn) => turn.model)?.model;
    // Whoever is quicker than the list of models is believed to have chosen one that is still there.
    const there = (id: string) => !models.loaded || models.find(id) !== undefined;
    const usual = [last, prefs.model].find((id) => id && there(id)) ?? models.chat[0]?.id;
    return usual ? [usual] : [];
  }

  /** Whether a picture goes along that a chosen model cannot see; gives those models. */
  get blind(): string[] {
    if (!attachments.pictures) return [];
    return this.chosen.filter((id) => !(models.find(id)?.capabilities ?? []).includes("vision"));
  }

  get wish(): Wish {
    const { chosen: models, think, instructions } = this;
    return { models, sampling: $state.snapshot(this.sampling), think, instructions };
  }

  /** Take up what was left in this chat. */
  open(chat: string | null): void {
    this.#keepNow();
    const key = (this.#key = chat ?? "new");
    const kept = read<Partial<Kept>>(localStorage, PREFIX + key) ?? {};
    this.text = kept.text ?? "";
    this.models = kept.models ?? [];
    this.sampling = kept.sampling ?? {};
    this.think = kept.think ?? null;
    this.instructions = kept.instructions ?? "";
    this.line = new Line(read<Next[]>(sessionStorage, QUEUE + key) ?? [], true);
    [this.problem, this.sending] = [null, false];
    attachments.clear();
  }

  /** Go on in a chat of which nothing is kept; what is written for a new one goes along. */
  openTemporary(): void {
    const { text } = this;
    this.open(null);
    write(localStorage, PREFIX + "new", null);
    this.#key = null;
    this.text = text;
  }

  /** Keep what stands here, soon. */
  keep(): void {
    clearTimeout(this.#later);
    this.#later = setTimeout(() => this.#keepNow(), PAUSE);
  }

  #keepNow(): void {
    clearTimeout(this.#later);
    if (this.#key === null) return;
    const { text, think, instructions } = this;
    const [models, sampling] = [[...this.models], { ...this.sampling }];
    const kept: Kept = { text, models, sampling, think, instructions, at: Date.now() };
    const empty = !text && !models.length && think === null && !Object.keys(sampling).length && !instructions;
    write(localStorage, PREFIX + this.#key, empty ? null : kept);
    write(sessionStorage, QUEUE + this.#key, this.line.waiting.length ? this.line.waiting : null);
    forgetOldest();
  }

  /** Send what is written, or put it into the line behind the answer that is being given. */
  async send(): Promise<string | null> {
    const saying = this.#taken();
    if (!saying) return null;
    if (thread.answering.length) {
      this.line = this.line.add({ id: newId(), ...saying });
      this.#cleared();
      return null;
    }
    return this.say(saying, () => this.#cleared());
  }

  /** What is written with what goes along; null where there is nothing, or something is still on its way. */
  #taken(): Saying | null {
    if (this.sending || attachments.busy || this.blind.length) return null;
    const ready = attachments.ready;
    if (!this.text.trim() && !ready.length) return null;
    const parts = ready.flatMap((one) => (one.part ? [$state.snapshot(one.part)] : []));
    return { text: this.text.trim(), files: ready.flatMap((one) => (one.file ? [one.file] : [])), parts };
  }

  #cleared(): void {
    this.text = "";
    attachments.clear();
    this.keep();
  }

  /** Say something now. What goes wrong is in `problem`, and nothing that was written is lost. */
  async say(saying: Saying, said: () => void): Promise<string | null> {
    this.sending = true;
    this.problem = null;
    try {
      const chat = await thread.send(saying, this.wish, this.folder);
      said();
      if (chat && this.#key === "new") this.#moved(chat);
      return chat;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
      return null;
    } finally {
      this.sending = false;
    }
  }

  /** A new chat has got its id: what is kept of it goes along. */
  #moved(chat: string): void {
    write(localStorage, PREFIX + "new", null);
    this.#key = chat;
    this.folder = null;
    this.keep();
  }

  /** An answer has ended: the next in the line goes, where nothing holds it. */
  ended(turn: Turn): void {
    this.line = this.line.ended(turn.state);
    if (!thread.answering.length) void this.next();
  }

  /** What only waits for the server goes when it is reached again, if the reader is still here. */
  #whenReached(): void {
    const key = this.#key;
    const deaf = hearNews((news) => {
      if (news !== "reached") return;
      deaf();
      if (this.#key !== key) return;
      this.line = this.line.release();
      void this.next();
    });
  }

  /** Send the next of the line. */
  async next(): Promise<void> {
    const next = this.line.first;
    if (!next || this.sending || thread.answering.length) return;
    const { text, files, parts } = next;
    await this.say({ text, files, parts }, () => (this.line = this.line.remove(next.id)));
    if (this.problem) this.line = new Line(this.line.waiting, true);
    if (this.problem?.offline) this.#whenReached();
    this.keep();
  }
}

/** What the reader writes at. */
export const desk = new Desk();

function read<T>(store: Storage, key: string): T | null {
  try {
    return JSON.parse(store.getItem(key) ?? "null") as T | null;
  } catch {
    return null; // Nothing was kept that can be read.
  }
}

function write(store: Storage, key: string, value: unknown): void {
  try {
    if (value === null) store.removeItem(key);
    else store.setItem(key, JSON.stringify(value));
  } catch {
    // A full or forbidden store: then it holds until the page is closed.
  }
}

function forgetOldest(): void {
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  if (keys.length <= MOST_KEPT) return;
  const aged = keys.map((key) => ({ key, at: read<Kept>(localStorage, key)?.at ?? 0 }));
  for (const { key } of aged.sort((one, other) => one.at - other.at).slice(0, keys.length - MOST_KEPT))
    write(localStorage, key, null);
}
