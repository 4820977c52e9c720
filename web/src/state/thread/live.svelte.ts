import { read } from "../../api/call";
import { follow } from "../../api/follow";
import { Problem } from "../../api/problem";
import type { Notice, RunEvent, Snapshot, Trimmed, Turn, TurnItem } from "../../api/types";
import type { Block } from "../../api/sse";
import { Folding, leadOf } from "./fold";
import { Frame, Growth } from "./flush";

/** Milliseconds after which half a word is shown, when nothing comes after it. */
const PATIENCE = 150;

/** What tells of an answer's sources. */
const SOURCED: ReadonlySet<string> = new Set(["retrieved", "cited"]);
/** Streams of one tab at once: a browser opens six connections to one server, and the feed and every call need some. */
const MOST_LINES = 3;
/** Milliseconds between two looks at an answer that no stream is free for. */
const LOOK = 700;
let lines = 0;

/** Who hears how a running answer fares. */
export interface Hearer {
  /** It is over, and this is the turn as the server keeps it. */
  ended(turn: Turn): void;
  /** Its run is not to be had any more: the turn has to be read again. */
  lost(turn: Turn, problem: Problem | null): void;
}

/** An answer on its way: its run is followed over broken lines until it ends, or until this is closed. */
export class Live {
  /** The turn as it is shown: whole words only, changed once in a frame at the most. */
  turn: Turn = $state.raw() as Turn;
  /** What the run waits for; null when nothing is known. */
  notice = $state.raw<Notice | null>(null);
  /** When this kind of notice came first, in milliseconds of this machine's clock. */
  since = $state(Date.now());
  /** Whether the model has said anything, or has begun to. */
  begun = $state(false);
  trimmed = $state.raw<Trimmed | null>(null);
  /** Milliseconds until a broken line is tried again; 0 while it stands. */
  broken = $state(0);
  /** Microseconds of the server's clock at which the first text came; 0 before. */
  firstAt = 0;

  #folding = new Folding();
  #hearer: Hearer;
  #lead: TurnItem["item"][];
  #before: Turn;
  #line = new AbortController();
  #growth = new Growth();
  #frame = new Frame(() => this.#show(false));
  #late: ReturnType<typeof setTimeout> | undefined;
  #over = false;

  constructor(turn: Turn, hearer: Hearer) {
    this.turn = turn;
    this.#before = turn;
    this.#hearer = hearer;
    this.#lead = leadOf(turn);
  }

  /** Begin to follow. Never throws: what goes wrong is told to the hearer. */
  async start(): Promise<void> {
    while (lines >= MOST_LINES && !this.#line.signal.aborted) {
      await this.#look();
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    }
    if (this.#line.signal.aborted) return;
    lines++;
    try {
      await this.#listen();
    } finally {
      lines--;
    }
  }

  /** Show what has been said by now; the stream tells the same from the start as soon as there is one. */
  async #look(): Promise<void> {
    try {
      const seen = await read<Snapshot>("runs.read", { run: this.#before.run }, this.#line.signal);
      if (seen.notice) this.#noticed(seen.notice);
      if (!seen.choices?.[0]?.items.length) return;
      const folding = new Folding();
      folding.add({ t: "whole", n: 1, choices: seen.choices });
      this.turn = folding.turn(this.#before, this.#lead);
      this.begun = (this.turn.items ?? []).length > 0;
    } catch (error) {
      // What goes wrong here goes wrong with the stream too, and is told then.
      if (!(error instanceof Problem) && !(error instanceof DOMException)) throw error;
    }
  }

  async #listen(): Promise<void> {
    const listener = {
      heard: (block: Block) => this.#heard(block),
      waiting: (ms: number) => (this.broken = ms),
    };
    let problem: Problem | null = null;
    try {
      await follow("runs.read", { run: this.#before.run ?? "" }, listener, this.#line.signal);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problem = error;
    }
    if (!this.#over && !this.#line.signal.aborted) this.#hearer.lost(this.#before, problem);
  }

  /** Follow no more; the answer itself goes on. */
  close(): void {
    this.#line.abort();
    clearTimeout(this.#late);
  }

  #heard(block: Block): void {
    if (block.event === "problem" || this.#over) return;
    if (block.event === "notice") return this.#noticed(JSON.parse(block.data) as Notice);
    const event = JSON.parse(block.data) as RunEvent;
    // A run that was taken over by another process is told anew, from its first event.
    if (event.n <= this.#folding.last) this.#folding = new Folding();
    this.#folding.add(event);
    this.trimmed = this.#folding.trimmed;
    this.firstAt = this.#folding.firstAt;
    this.begun ||= this.#folding.begun;
    if (event.t === "ended") this.#finish();
    else if (event.t === "delta" || event.t === "tool_called" || event.t === "whole" || SOURCED.has(event.t))
      this.#frame.ask();
  }

  #noticed(notice: Notice): void {
    if (notice.t !== this.notice?.t) this.since = Date.now();
    this.notice = notice;
  }

  #finish(): void {
    this.#over = true;
    clearTimeout(this.#late);
    this.turn = this.#folding.turn(this.#before, this.#lead);
    this.#hearer.ended(this.turn);
  }

  #show(late: boolean): void {
    if (this.#over) return;
    clearTimeout(this.#late);
    const turn = this.#folding.turn(this.#before, this.#lead);
    const last = turn.items?.at(-1);
    if (last?.item.type === "message" && typeof last.item.content === "string") {
      const text = last.item.content;
      const content = this.#growth.next(last.id, text, late);
      if (content.length < text.length) this.#late = setTimeout(() => this.#show(true), PATIENCE);
      turn.items = [...(turn.items ?? []).slice(0, -1), { ...last, item: { ...last.item, content } }];
    }
    this.turn = turn;
  }
}
