import { hearNews } from "../api/news";
import { Problem } from "../api/problem";
import type { NamedBase, Sampling, Turn } from "../api/types";
import { bases } from "../state/bases.svelte";
import { afresh } from "../state/afresh";
import { forgetKept } from "../state/kept";
import { models } from "../state/models.svelte";
import { emptyWithOwner } from "../state/owner";
import { prefs } from "../state/prefs.svelte";
import { session } from "../state/session.svelte";
import { thread } from "../state/thread.svelte";
import { newId, type Saying, type Wish } from "../state/thread/local";
import { attachments, keptOf, type Attachment, type KeptFile } from "./attachments.svelte";
import { footingOf } from "./evidence";
import {
  BLANK,
  draftAt,
  joined,
  keepDraft,
  keepLine,
  lineAt,
  type Draft,
  type Edit,
  type Place,
} from "./drafts";
import { Line, type Next } from "./queue";

const PAUSE = 300;

/** A message on its way. Until it has arrived it is kept with what is written, so that a reload loses nothing. */
interface Going {
  saying: Saying;
  files: Attachment[];
  /** Of the line, if it comes from there. */
  next: Next | null;
  place: Place | null;
  visit: number;
  /** What else was written there when the reader went elsewhere. */
  rest: { text: string; files: KeptFile[] };
}

/** What is known of one person's messages besides what is shown. */
class Behind {
  /** Where it is kept; null: it is not. */
  place: Place | null = null;
  /** What was read there or written there last: what has not changed here is not written over another tab's. */
  last = "";
  /** What is being sent, by its chat. */
  readonly goings = new Map<string, Going>();
  later: ReturnType<typeof setTimeout> | undefined;
}

/** Where a message is written, and how its answer is wanted; one for the open chat. */
class Desk {
  text = $state("");
  models = $state<string[]>([]);
  sampling = $state<Sampling>({});
  think = $state<boolean | string | null>(null);
  /** What goes before every prompt of this chat, behind the instructions of its folder. */
  instructions = $state("");
  /** The bases that are asked; null: those that the question before was asked of. */
  bases = $state.raw<string[] | null>(null);
  /** Whether the answer says nothing but what is in them. */
  strict = $state(true);
  /** The question that is being changed. */
  edit = $state.raw<Edit | null>(null);
  line = $state.raw(new Line());
  sending = $state(false);
  /** Why the last message was not sent. */
  problem = $state.raw<Problem | null>(null);
  /** The folder that a new chat is going to be in. */
  folder = $state<string | null>(null);

  #behind = new Behind();
  /** Counts how often a chat was opened: a new one that was left is not this one. Whoever comes next goes on with it. */
  #visit = 0;

  /** The models that are asked: those that were chosen here, else the one that answered last, else the usual one. */
  get chosen(): string[] {
    if (this.models.length) return this.models;
    const last = thread.path.findLast((turn) => turn.model)?.model;
    // Whoever is quicker than the list of models is believed to have chosen one that is still there.
    const there = (id: string) => !models.loaded || models.find(id) !== undefined;
    const usual = [last, prefs.model].find((id) => id && there(id)) ?? models.chat[0]?.id;
    return usual ? [usual] : [];
  }

  /** The bases that the next question is asked of. */
  get asked(): NamedBase[] {
    const before = footingOf(thread.path);
    if (this.bases === null) return [...before];
    return this.bases.map((id) => ({
      id,
      name: bases.find(id)?.name ?? before.find((one) => one.id === id)?.name ?? "…",
    }));
  }

  /** Ask a base too, or not any more. */
  turnBase(id: string, on: boolean): void {
    const others = this.asked.map((one) => one.id).filter((one) => one !== id);
    this.bases = on ? [...others, id] : others;
    this.keep();
  }

  /** Whether a picture goes along that a chosen model cannot see; gives those models. */
  get blind(): string[] {
    if (!attachments.pictures) return [];
    return this.chosen.filter((id) => !(models.find(id)?.capabilities ?? []).includes("vision"));
  }

  get wish(): Wish {
    const { chosen: models, think, instructions, bases } = this;
    const grounds = bases?.length ? { grounds: { strict: this.strict } } : {};
    const sourced = bases ? { bases, ...grounds } : {};
    return { models, sampling: $state.snapshot(this.sampling), think, instructions, ...sourced };
  }

  /** Take up what was left in this chat. */
  open(chat: string | null): void {
    const owner = session.account?.user?.id ?? "";
    this.#leave(owner);
    this.#behind.place = { owner, chat: chat ?? "new" };
    const [draft, going] = [draftAt(this.#behind.place), this.#behind.goings.get(this.#behind.place.chat)];
    const { text, files } = going?.rest ?? draft;
    this.text = text;
    attachments.restore(files);
    [this.models, this.sampling, this.think] = [draft.models, draft.sampling, draft.think];
    [this.instructions, this.edit] = [draft.instructions, draft.edit];
    [this.bases, this.strict] = [draft.bases, draft.strict];
    const waiting = lineAt(this.#behind.place).filter((next) => next.id !== going?.next?.id);
    this.line = new Line(waiting, true);
    [this.problem, this.sending] = [null, going !== undefined];
    this.#behind.last = this.#told();
  }

  #leave(owner: string): void {
    this.#visit++;
    this.keepNow();
    const going = this.#going;
    if (going) going.rest = { text: this.text, files: keptOf(attachments.list) };
    this.#behind.goings.delete("");
    if (owner === this.#behind.place?.owner) return;
    if (this.#behind.place?.owner !== undefined) this.#behind.goings.clear();
    forgetKept(owner);
  }

  /** Be as at first, for whoever comes next. What is kept of this one is forgotten elsewhere. */
  empty(): void {
    this.#visit++;
    attachments.clear();
    clearTimeout(this.#behind.later);
    this.#behind = new Behind();
    afresh(this, new Desk());
  }

  /** Go on in a chat of which nothing is kept; what is written for a new one goes along. */
  openTemporary(): void {
    const { text } = this;
    const fresh = this.#behind.place?.chat === "new" && !this.sending;
    this.open(null);
    if (fresh && this.#behind.place) keepDraft(this.#behind.place, BLANK);
    [this.#behind.place, this.sending, this.edit] = [null, false, null];
    this.text = text;
    attachments.clear();
  }

  /** Keep what stands here, soon. */
  keep(): void {
    clearTimeout(this.#behind.later);
    this.#behind.later = setTimeout(() => this.keepNow(), PAUSE);
  }

  /** What stands here, with what is on its way. */
  get #draft(): Draft {
    const { edit, think, instructions, bases, strict } = this;
    const field = this.#going?.next ? undefined : this.#going;
    const text = joined(field?.saying.text ?? "", this.text);
    const files = keptOf([...(field?.files ?? []), ...attachments.list]);
    const [chosen, sampling] = [$state.snapshot(this.models), $state.snapshot(this.sampling)];
    return { ...BLANK, text, files, edit, models: chosen, sampling, think, instructions, bases, strict };
  }

  get #waiting(): readonly Next[] {
    const next = this.#going?.next;
    return next ? [next, ...this.line.waiting] : this.line.waiting;
  }

  get #going(): Going | undefined {
    return this.#behind.goings.get(this.#behind.place?.chat ?? "");
  }

  #told(): string {
    return JSON.stringify([this.#draft, this.#waiting]);
  }

  /** Keep it at once. */
  keepNow(): void {
    clearTimeout(this.#behind.later);
    // Nothing is written down of somebody who has signed out.
    if (!this.#behind.place || this.#behind.place.owner !== (session.account?.user?.id ?? "")) return;
    const told = this.#told();
    if (told === this.#behind.last) return;
    this.#behind.last = told;
    keepDraft(this.#behind.place, this.#draft);
    keepLine(this.#behind.place, this.#waiting);
  }

  /** A question is being changed: what it says by now is kept. */
  change(turn: string, text: string): void {
    this.edit = { turn, text };
    this.keep();
  }

  /** A question is not being changed any more, in whatever chat it is. */
  changed(turn: Turn): void {
    if (this.edit?.turn === turn.id) {
      this.edit = null;
      this.keep();
    } else if (this.#behind.place) {
      const place = { ...this.#behind.place, chat: turn.chat };
      const draft = draftAt(place);
      if (draft.edit?.turn === turn.id) keepDraft(place, { ...draft, edit: null });
    }
  }

  /** Send what is written, or put it into the line behind the answer that is being given. */
  async send(): Promise<string | null> {
    const saying = this.#taken();
    if (!saying) return null;
    const files = attachments.hand();
    this.text = "";
    if (!thread.answering.length) return this.#say(saying, files, null);
    this.line = this.line.add({ id: newId(), ...saying });
    this.keep();
    return null;
  }

  /** What is written with what goes along; null where there is nothing, or something is still on its way. */
  #taken(): Saying | null {
    if (this.sending || attachments.busy || attachments.failed || this.blind.length) return null;
    const ready = attachments.ready;
    if (!this.text.trim() && !ready.length) return null;
    const parts = ready.flatMap((one) => (one.part ? [$state.snapshot(one.part)] : []));
    return { text: this.text.trim(), files: ready.flatMap((one) => (one.file ? [one.file] : [])), parts };
  }

  /** Say something now. What goes wrong is in `problem`; then what was written is back where it was. */
  async #say(saying: Saying, files: Attachment[], next: Next | null): Promise<string | null> {
    const rest = { text: "", files: [] };
    const going: Going = { saying, files, next, place: this.#behind.place, visit: this.#visit, rest };
    this.#behind.goings.set(going.place?.chat ?? "", going);
    [this.sending, this.problem] = [true, null];
    this.keepNow();
    try {
      const chat = await thread.send(saying, this.wish, this.folder);
      const where = this.#over(going);
      if (where === "here") this.#sent(going, chat);
      else if (where === "elsewhere" && going.place) sentElsewhere(going, going.place, chat);
      return chat;
    } catch (error) {
      // Elsewhere it is kept as what is not sent, and stands there again.
      if (this.#over(going) === "here") this.#unsent(going, error);
      if (!(error instanceof Problem)) throw error;
      return null;
    }
  }

  /** A message is not on its way any more. Gives where the reader is; of who has left, nothing is known any more. */
  #over(going: Going): "here" | "elsewhere" | "left" {
    const chat = going.place?.chat ?? "";
    if (this.#behind.goings.get(chat) !== going) return "left";
    this.#behind.goings.delete(chat);
    return chat === (this.#behind.place?.chat ?? "") ? "here" : "elsewhere";
  }

  #sent(going: Going, chat: string | null): void {
    this.sending = false;
    if (chat && going.place?.chat === "new" && going.visit === this.#visit) this.#moved(going.place, chat);
    this.keepNow();
  }

  #unsent({ saying, files, next }: Going, error: unknown): void {
    this.sending = false;
    this.problem = error instanceof Problem ? error : null;
    if (next) this.line = new Line([next, ...this.line.waiting], true);
    else {
      this.text = joined(saying.text, this.text);
      attachments.giveBack(files);
    }
    this.keepNow();
    if (next && this.problem?.offline) this.#whenReached();
  }

  /** A new chat has got its id: what is kept of it goes along, but for what another tab has left there since. */
  #moved(place: Place, chat: string): void {
    const ours = JSON.stringify([draftAt(place), lineAt(place)]) === this.#behind.last;
    if (ours) keepDraft(place, BLANK);
    if (ours) keepLine(place, []);
    this.#behind.place = { ...place, chat };
    [this.folder, this.#behind.last] = [null, ""];
  }

  /** An answer has ended: the next in the line goes, where nothing holds it. */
  ended(turn: Turn): void {
    this.line = this.line.ended(turn.state);
    if (!thread.answering.length) void this.next();
  }

  /** What only waits for the server goes when it is reached again, if the reader is still here. */
  #whenReached(): void {
    const visit = this.#visit;
    const deaf = hearNews((news) => {
      if (news !== "reached") return;
      deaf();
      if (this.#visit !== visit) return;
      this.line = this.line.release();
      void this.next();
    });
  }

  /** Send the next of the line. */
  async next(): Promise<void> {
    const next = this.line.first;
    if (!next || this.sending || thread.answering.length) return;
    this.line = this.line.remove(next.id);
    const { text, files, parts } = next;
    await this.#say({ text, files, parts }, [], next);
  }
}

/** What was sent is not kept any more where it was written; what else was written there is. */
function sentElsewhere({ rest, next }: Going, place: Place, chat: string | null): void {
  const draft = draftAt(place);
  const more = rest.text || rest.files.length;
  // A new chat takes along how its answers are wanted.
  if (place.chat === "new" && chat)
    keepDraft({ ...place, chat }, { ...draft, text: "", files: [], edit: null });
  keepDraft(place, place.chat === "new" && !more ? BLANK : { ...draft, ...rest });
  keepLine(
    place,
    lineAt(place).filter((each) => each.id !== next?.id),
  );
}

/** What the reader writes at. */
export const desk = new Desk();
emptyWithOwner(() => desk.empty());
attachments.onchange = () => desk.keep();
// A page that is left or reloaded does not wait for its timers.
window.addEventListener("pagehide", () => desk.keepNow());
