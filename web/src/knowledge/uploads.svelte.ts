import type { Problem } from "../api/problem";
import type { DocumentView } from "../api/types";
import { emptyWithOwner } from "../state/owner";
import { newId } from "../state/thread/local";
import { toast } from "../ui";
import { inShort, t } from "../words";
import { MOST, type Brought } from "./bringing";
import { send, type Sending } from "./sending";

/** A file on its way into a base. `same`: the base has its bytes already, under the name of `document`. */
export interface Upload {
  id: string;
  base: string;
  name: string;
  size: number;
  state: "waiting" | "sending" | "failed" | "same";
  /** From 0 to 1. */
  share: number;
  /** Why it did not go, in a sentence. */
  reason: string;
  document: DocumentView | null;
}

/** At once: more would only wait for one another, and a browser opens six lines to one server. */
const AT_ONCE = 3;

class Uploads {
  /** What is not done yet, and what somebody has to know of. */
  list = $state<Upload[]>([]);
  /** How many of a base have arrived since nothing was under way there. */
  arrived = $state<Record<string, number>>({});
  /** Hears of each document that has come. */
  oncome: ((document: DocumentView) => void) | null = null;
  #files = new Map<string, File>();
  #requests = new Map<string, Sending>();

  /** Those of one base. */
  of(base: string): Upload[] {
    return this.list.filter((one) => one.base === base);
  }

  /** Take files into a base; a few go at a time. */
  take(base: string, files: readonly Brought[]): void {
    if (!this.of(base).some(underWay)) this.arrived[base] = 0;
    if (files.length > MOST) toast(t("knowledge.tooManyFiles", { count: MOST }), { kind: "error" });
    for (const { file, name } of files.slice(0, MOST)) {
      const id = newId();
      this.#files.set(id, file);
      this.list.push({
        id,
        base,
        name,
        size: file.size,
        state: "waiting",
        share: 0,
        reason: "",
        document: null,
      });
    }
    this.#next();
  }

  /** Try one once more. */
  again(id: string): void {
    const one = this.list.find((each) => each.id === id);
    if (!one || !this.#files.has(id)) return;
    [one.state, one.reason, one.share] = ["waiting", "", 0];
    this.#next();
  }

  /** Take one off the list, and send no more of it. */
  remove(id: string): void {
    this.#requests.get(id)?.abort();
    this.#gone(id);
    this.#next();
  }

  /** Take off what is told of a base and is over. */
  clear(base: string): void {
    for (const one of this.of(base)) if (!underWay(one)) this.#gone(one.id);
  }

  /** Send nothing more, and tell of nothing that was sent: whoever comes next is another. */
  empty(): void {
    const requests = [...this.#requests.values()];
    this.#files.clear();
    this.#requests.clear();
    [this.list, this.arrived] = [[], {}];
    for (const request of requests) request.abort();
  }

  #gone(id: string): void {
    this.#requests.delete(id);
    this.#files.delete(id);
    this.list = this.list.filter((one) => one.id !== id);
  }

  #next(): void {
    while (this.#requests.size < AT_ONCE) {
      const one = this.list.find((each) => each.state === "waiting");
      const file = one && this.#files.get(one.id);
      if (!one || !file) return;
      this.#send(one, file);
    }
  }

  #send(one: Upload, file: File): void {
    const begun = Date.now();
    const sending = send({ base: one.base, name: one.name }, file, (share) => (one.share = share));
    this.#requests.set(one.id, sending);
    one.state = "sending";
    sending.done.then(
      (document) => this.#come(one, document, begun),
      (problem: Problem) => this.#failed(one, reasonOf(problem)),
    );
  }

  #come(one: Upload, document: DocumentView, begun: number): void {
    this.#requests.delete(one.id);
    this.arrived[one.base] = (this.arrived[one.base] ?? 0) + 1;
    this.oncome?.(document);
    if (isSame(document, begun)) {
      [one.state, one.document] = ["same", document];
      this.#files.delete(one.id);
    } else this.#gone(one.id);
    this.#next();
  }

  #failed(one: Upload, reason: string): void {
    this.#requests.delete(one.id);
    [one.state, one.reason] = ["failed", reason];
    this.#next();
  }
}

/** What goes into bases from this tab, whatever page is open. */
export const uploads = new Uploads();
emptyWithOwner(() => uploads.empty());

/** Whether it waits or is being sent. */
export function underWay(one: Upload): boolean {
  return one.state === "waiting" || one.state === "sending";
}

/** Minutes by which two clocks may differ, in milliseconds. */
const APART = 600_000;

/** Whether what came back is a document that was there before: it is further than one can be that has just come, or was
    made before the file was sent. `begun` is by this machine's clock. */
export function isSame(document: DocumentView, begun: number): boolean {
  return document.state !== "waiting" || document.created / 1000 < begun - APART;
}

/** Why a file did not go, in a sentence. */
export function reasonOf(problem: Problem): string {
  return problem.status && !problem.code && !problem.kind ? t("chat.fileUnsent") : inShort(problem);
}
