import english from "./errors.en";
import { codeWords, language, t, type Key } from "./speak.svelte";

/** What `api/problem.ts` throws, as far as it is told to people. */
export interface Told {
  status: number;
  /** The last word of the problem's type; empty where something other than our server answered. */
  kind?: string;
  code: string;
  message: string;
  hint: string;
  retryAfter: number;
}

const KINDS: Record<number, string> = {
  400: "invalid",
  401: "unauthenticated",
  403: "forbidden",
  404: "missing",
  409: "conflict",
  413: "too_large",
  422: "invalid",
  429: "over_budget",
  500: "internal",
  502: "upstream",
  503: "busy",
  504: "timed_out",
  507: "over_budget",
};

/** What went wrong, in words. */
export interface Explained {
  /** One sentence of what went wrong. */
  what: string;
  /** One of what to do about it; may be empty. */
  hint: string;
  /** The server's own words, where others stand in their place: they are English. */
  detail: string;
  /** Whether `what` says no more than of which kind it is. */
  vague: boolean;
}

/** A failure in the language that is spoken: by its code, else by its kind. In English the server speaks for itself. */
export function explained(problem: Told): Explained {
  const clear = { hint: "", detail: "", vague: false };
  if (problem.status === 0) return { ...clear, what: t("errors.offline") };
  const hint = problem.retryAfter > 0 ? t("errors.retry", { seconds: Math.ceil(problem.retryAfter) }) : "";
  const foreign = language() !== "en";
  const detail = foreign ? [problem.message, problem.hint].filter(Boolean).join(" ") : "";
  if (problem.code in english) return { ...clear, what: t(`errors.${problem.code}` as Key), hint, detail };
  if (!foreign) return { ...clear, what: problem.message || t("errors.unknown"), hint: hint || problem.hint };
  const coded = codeWords()[problem.code];
  if (coded) return { ...clear, what: coded, hint, detail };
  const kind = `kind_${problem.kind || KINDS[problem.status] || ""}`;
  return { what: t(`errors.${kind in english ? kind : "unknown"}` as Key), hint, detail, vague: true };
}

/** The same in one line; the server's own words are behind it where nothing else says what exactly it was. */
export function inShort(problem: Told): string {
  const { what, hint, detail, vague } = explained(problem);
  return [what, hint, vague ? detail : ""].filter(Boolean).join(" ");
}
