import type { BaseView, DocumentView, ModelCard } from "../api/types";
import { capable } from "../state/models.svelte";
import { session } from "../state/session.svelte";
import { ago, bytes, explained, t, type Explained, type Key } from "../words";

const MISFITS = new Set(["embedder_dimension", "embedder_changed"]);

/** How a base stands, in a few words each. */
export function standing(base: BaseView): string[] {
  const own = base.user === session.account?.user?.id;
  return [
    base.access === "tenant" ? t(own ? "knowledge.shared" : "knowledge.sharedBy") : t("knowledge.ownOnly"),
    base.embedder ? t("knowledge.embeddedBy", { model: base.embedder }) : t("knowledge.wordsOnly"),
    base.coming === null || base.coming === undefined
      ? ""
      : base.coming
        ? t("knowledge.coming", { model: base.coming })
        : t("knowledge.comingWords"),
  ].filter(Boolean);
}

/** Whether another model goes by the name of a base's embedder by now, whose vectors do not fit those of the base. */
export function misfits({ embedder, coming, problem }: BaseView): boolean {
  return MISFITS.has(problem ?? "") && !!embedder && coming == null;
}

/** What is wrong with a base, in words; empty where nothing is. */
export function troubleOf(base: BaseView): string {
  if (misfits(base)) return t("knowledge.embedderChanged", { model: base.embedder ?? "" });
  if (!base.problem) return "";
  const { what, hint } = why(base.problem, base.words ?? "");
  return [t("knowledge.embedFailed"), what, hint].filter(Boolean).join(" ");
}

/** Whether files of sound are written down in a base: by the model that it names, else by any that does so. */
export function hears(base: BaseView, models: readonly ModelCard[]): boolean {
  const { transcriber } = base.options;
  return transcriber == null ? models.some((card) => capable(card, "transcribe")) : transcriber !== "";
}

/** What a document is doing or waits for, in words; of one that is ready, what is in it. */
export function stateOf(document: DocumentView): string {
  const { state, done = 0, pages = 0, chunks = 0, size = 0 } = document;
  if (state === "parsing")
    return pages ? t("knowledge.readingPage", { done, pages }) : t("knowledge.state_parsing");
  const going = embeddedOf(document);
  if (going) return t("knowledge.embeddingPassages", going);
  if (state !== "ready") return t(`knowledge.state_${state}` as Key);
  return [
    document.enabled === false ? t("knowledge.off") : "",
    t("knowledge.passages", { count: chunks }),
    pages ? t("knowledge.pages", { count: pages }) : "",
    size ? bytes(size) : "",
    ago(document.created),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** Whether a document counts as read although no word of it was, as a scan where nothing reads pictures. */
export function unread({ state, chunks = 0 }: DocumentView): boolean {
  return state === "ready" && !chunks;
}

/** How many of so many passages have vectors, of a document that is being embedded; null where nobody knows. */
function embeddedOf({ state, embedded = 0, to_embed = 0 }: DocumentView): Going | null {
  return state === "embedding" && to_embed ? { done: Math.min(embedded, to_embed), count: to_embed } : null;
}
type Going = { done: number; count: number };

/** How far a document is read or embedded. */
export interface Progress {
  /** From 0 to 1. */
  share: number;
  /** What goes on with which document. */
  label: string;
  /** The same in figures: a share alone says little of a long document. */
  words: string;
}

/** How far the document of this name is read or embedded; null where nobody knows. */
export function progressOf(document: DocumentView, name: string): Progress | null {
  const { state, done = 0, pages = 0 } = document;
  const words = stateOf(document);
  if (state === "parsing" && pages)
    return { share: Math.min(done / pages, 1), label: t("knowledge.progressOf", { name }), words };
  const going = embeddedOf(document);
  return going && { share: going.done / going.count, label: t("knowledge.embeddingOf", { name }), words };
}

/** Why something of knowledge did not go well, by the code that is kept with it. */
export function why(problem: string, words: string): Explained {
  return explained({ status: 422, kind: "invalid", code: problem, message: words, hint: "", retryAfter: 0 });
}
