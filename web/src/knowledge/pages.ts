import { lastPage } from "../chat/evidence";
import type { Span } from "../api/types";
import { t } from "../words";

/** The page or the pages that a passage stands on, in words; empty where there are none. */
export function pagesOf(span: Span): string {
  const { page: first } = span;
  const last = lastPage(span);
  if (first && last) return t("knowledge.pagesFrom", { first, last });
  return first ? t("knowledge.page", { page: first }) : "";
}

/** The same in as few letters as can be. */
export function pagesShort(span: Span): string {
  const { page: first } = span;
  const last = lastPage(span);
  if (first && last) return t("knowledge.pagesShort", { first, last });
  return first ? t("knowledge.pageShort", { page: first }) : "";
}
