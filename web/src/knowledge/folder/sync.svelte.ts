import { read } from "../../api/call";
import { Problem } from "../../api/problem";
import type { BaseUsage, DocumentPage, DocumentView } from "../../api/types";
import { emptyWithOwner } from "../../state/owner";
import { uploads } from "../uploads.svelte";
import { Arrivals } from "./arrivals.svelte";
import { Delivery, type About, type Going, type Outcome, type Shown, type Told, type Work } from "./delivery";
import { digestOfFile, noDigests } from "./digest";
import { looked, MOST_FILES, MOST_LOOKED, type Found, type Given, type Look } from "./look";
import { folderName, foldersIn, planned, unfit, versionsOf, type Plan, type Said } from "./plan";

const UNTOLD = { reason: "", why: "", file: null } as const;
const QUIET: readonly Outcome[] = ["added", "changed", "unchanged"];

/** As many documents as a page of a list may have. */
const WIDE = 199;

/** One folder on its way into one base: looked through, shown, and then brought in step. */
export class FolderSync implements Shown {
  phase = $state<"looking" | "shown" | "going" | "done" | "stopped">("looking");
  problem = $state.raw<Problem | null>(null);
  /** Why nothing can be shown. */
  refused = $state<"" | "none" | "tooMany">("");
  plan = $state.raw<Plan | null>(null);
  /** What the base calls the folder. */
  called = $state("");
  /** Whether documents go whose files are gone. */
  prune = $state(false);
  hashed = $state(0);
  toHash = $state(0);
  going = $state.raw<readonly Going[]>([]);
  /** What is to be told by its name: all but what is added, replaced or unchanged. */
  told = $state.raw<readonly Told[]>([]);
  counts = $state.raw<Partial<Record<Outcome, number>>>({});
  sentBytes = $state(0);
  toSend = $state.raw({ files: 0, bytes: 0 });
  sentFiles = $state(0);
  /** How many newer versions are waited for. */
  following = $state(0);
  /** Bytes that one file may have; 0 where nobody says. */
  largest = 0;
  there: readonly DocumentView[] = [];
  /** What was added and is being read: of what cannot be, the summary is told too. */
  readonly arrivals = new Arrivals((name, reason) => {
    this.counts = { ...this.counts, added: Math.max(0, (this.counts.added ?? 0) - 1) };
    this.tell(name, "failed", { reason });
  });
  readonly base: string;
  readonly name: string;
  #look: Look | null = null;
  readonly #digests = noDigests();
  #stop = new AbortController();

  constructor(base: string, name: string, user: string) {
    [this.base, this.name] = [base, name];
    this.called = folderName(name, user);
  }

  /** The names of the folders that are in the base, with how much they put there. */
  get known(): Map<string, number> {
    return foldersIn(this.there);
  }

  /** Look through what is given, and compare it with the base. Nothing is changed. */
  async show(given: () => Promise<Given>): Promise<void> {
    await this.#doing(async (signal) => {
      this.phase = "looking";
      const look = await looked(await given());
      if (!look.files.length && !look.left.length) return void (this.refused = "none");
      if (look.files.length > MOST_FILES || look.files.length + look.left.length > MOST_LOOKED)
        return void (this.refused = "tooMany");
      this.#look = look;
      await this.#compare(look, signal);
    });
    if (this.phase === "looking") this.phase = "shown";
  }

  /** Compare as if the base called the folder so. */
  rename(called: string): void {
    this.called = called;
    if (this.#look) this.#plan(this.#look);
  }

  /** Do what was shown. */
  async apply(): Promise<void> {
    const { plan } = this;
    if (!plan) return;
    const { renamed, added, changed, outdated, removed, unchanged, skipped, kept } = plan;
    const stay = kept.length + (this.prune ? 0 : removed.length);
    this.counts = { unchanged: unchanged.length, skipped: skipped.length, kept: stay };
    this.told = plan.failed.map(unread);
    await this.#run({ renamed, files: [...added, ...changed], outdated, removed: this.prune ? removed : [] });
  }

  /** Go on where it was broken off, with what was agreed to. */
  async goOn(): Promise<void> {
    const look = this.#look;
    if (!look) return;
    const agreed = this.prune && this.plan ? this.plan.removed.map((gone) => gone.id) : [];
    this.phase = "looking";
    await this.#doing((signal) => this.#compare(look, signal));
    if (this.phase !== "looking" || !this.plan) return;
    const { renamed, added, changed, outdated, removed } = this.plan;
    const failed = this.plan.failed.map(unread);
    this.told = [...this.told.filter((one) => one.outcome !== "failed"), ...failed];
    const still = removed.filter((gone) => agreed.includes(gone.id));
    await this.#run({ renamed, files: [...added, ...changed], outdated, removed: still });
  }

  /** Send some that failed once more. */
  async again(which: readonly Told[]): Promise<void> {
    if (!this.plan) return;
    const files = which.flatMap((one) => (one.file ? [one.file] : []));
    const names = files.map((file) => file.name);
    const outdated = versionsOf(this.plan, names);
    this.told = this.told.filter((one) => !which.includes(one));
    await this.#run({ renamed: [], files, outdated, removed: [] });
  }

  /** Send nothing more. What has arrived stays. */
  stop(): void {
    this.#stop.abort();
  }

  /** Send nothing more, and hear of nothing that was sent. */
  leave(): void {
    this.stop();
    this.arrivals.end();
  }

  /** How many were to be sent and were not. */
  get left(): number {
    return this.toSend.files - this.sentFiles;
  }

  async #compare(look: Look, signal: AbortSignal): Promise<void> {
    this.largest = (await read<BaseUsage>("bases.usage", { base: this.base }, signal)).largest ?? 0;
    const fit = look.files.filter((file) => !unfit(file, this.largest) && !this.#digests.get(file.name));
    [this.toHash, this.hashed] = [fit.length, 0];
    for (const { file, name } of fit) {
      this.#digests.set(name, await digestOr(file, signal));
      this.hashed++;
    }
    this.there = await documentsOf(this.base, signal);
    this.#plan(look);
  }

  #plan(look: Look): void {
    this.plan = planned(this.called, look, this.there, this.#digests, this.largest);
  }

  /** Do something that can be broken off; a `Problem` is kept and ends it. */
  async #doing(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#stop = new AbortController();
    this.problem = null;
    try {
      await work(this.#stop.signal);
    } catch (error) {
      if (error instanceof Problem) this.problem = error;
      else if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
      this.phase = "stopped";
    }
  }

  async #run(work: Work): Promise<void> {
    this.phase = "going";
    const bytes = work.files.reduce((sum, file) => sum + file.size, 0);
    [this.toSend, this.sentBytes, this.sentFiles] = [{ files: work.files.length, bytes }, 0, 0];
    await this.#doing(async () => {
      const delivery = new Delivery(this.base, this.called, this, this.#stop);
      await delivery.run(work, (name) => this.#known(name));
    });
    [this.going, this.following] = [[], 0];
    if (this.phase === "going") this.phase = "done";
    await this.arrivals.look();
  }

  /** The document that has a file's bytes already and may be read yet. */
  #known(name: string): string | undefined {
    const digest = this.#digests.get(name);
    const has = (one: DocumentView) => one.sha256 === digest && one.source !== "address";
    return digest ? this.there.find((one) => has(one) && one.state !== "failed")?.id : undefined;
  }

  // -- what its delivery tells -----------------------------------------------------------------------------------------

  tell(name: string, outcome: Outcome, about: About = {}): void {
    if (outcome !== "failed") this.counts = { ...this.counts, [outcome]: (this.counts[outcome] ?? 0) + 1 };
    if (!QUIET.includes(outcome)) this.told = [...this.told, { name, outcome, ...UNTOLD, ...about }];
  }

  begun({ name, size }: Found): Going {
    const going: Going = $state({ name, size, share: 0, waits: false });
    this.going = [...this.going, going];
    return going;
  }

  ended(going: Going, sent: boolean): void {
    this.going = this.going.filter((one) => one !== going);
    if (!sent) return;
    this.sentFiles++;
    this.sentBytes += going.size;
  }

  follows(count: number): void {
    this.following = count;
  }

  come(document: DocumentView): void {
    uploads.oncome?.(document);
  }

  arrived(document: DocumentView, name: string): void {
    this.arrivals.put(document, name);
  }

  gone(document: string): void {
    folders.ondrop?.(document);
  }
}

/** What could not be read before it came to anything. */
function unread({ name, why, document }: Said): Told {
  const { problem = "", words = "" } = document ?? {};
  return { name, outcome: "failed", ...UNTOLD, why, reason: document ? words || problem : "" };
}

/** All documents of a base. Throws `Problem`. */
async function documentsOf(base: string, signal: AbortSignal): Promise<DocumentView[]> {
  const all: DocumentView[] = [];
  let cursor = "";
  do {
    const page = await read<DocumentPage>("documents.list", { base, cursor, limit: WIDE }, signal);
    all.push(...page.documents);
    cursor = page.cursor ?? "";
  } while (cursor);
  return all;
}

async function digestOr(file: File, signal: AbortSignal): Promise<string | null> {
  try {
    return await digestOfFile(file, signal);
  } catch {
    signal.throwIfAborted();
    return null; // it is told with the plan
  }
}

class Folders {
  /** By base. */
  #all = $state<Record<string, FolderSync>>({});
  /** Hears of each document that is gone. */
  ondrop: ((document: string) => void) | null = null;

  of(base: string): FolderSync | null {
    return this.#all[base] ?? null;
  }

  /** Look through a folder for a base; false while another one is on its way there. */
  take(base: string, name: string, user: string, given: () => Promise<Given>): boolean {
    const there = this.of(base);
    if (there?.phase === "going") return false;
    there?.leave();
    const made = new FolderSync(base, name, user);
    this.#all[base] = made;
    void made.show(given);
    return true;
  }

  /** Show none any more: whoever comes next is another. */
  empty(): void {
    for (const base of Object.keys(this.#all)) this.close(base);
  }

  /** Show it no more. */
  close(base: string): void {
    this.of(base)?.leave();
    delete this.#all[base];
  }
}

/** The folders that this tab brings into bases, whatever page is open. */
export const folders = new Folders();
emptyWithOwner(() => folders.empty());
