import type { BaseView, DocumentView, ModelCard } from "../api/types";
import { capable } from "../state/models.svelte";
import { session } from "../state/session.svelte";
import { ago, bytes, explained, t, type Explained, type Key } from "../words";

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

/** How far a document is read, from 0 to 1; null where nobody knows. */
export function shareOf({ state, done = 0, pages = 0 }: DocumentView): number | null {
  return state === "parsing" && pages ? Math.min(done / pages, 1) : null;
}

/** Why something of knowledge did not go well, by the code that is kept with it. */
export function why(problem: string, words: string): Explained {
  return explained({ status: 422, kind: "invalid", code: problem, message: words, hint: "", retryAfter: 0 });
}
