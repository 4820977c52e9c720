import english from "./errors.en";
import { language, t, type Key } from "./speak.svelte";

/** What `api/problem.ts` throws, as far as it is told to people. */
export interface Told {
  status: number;
  code: string;
  message: string;
  hint: string;
  retryAfter: number;
}

const KINDS: Record<number, keyof typeof english> = {
  400: "kind_invalid",
  403: "kind_forbidden",
  404: "kind_missing",
  409: "kind_conflict",
  413: "kind_too_large",
  422: "kind_invalid",
  429: "kind_over_budget",
  500: "kind_internal",
  502: "kind_upstream",
  504: "kind_upstream",
  507: "kind_over_budget",
};

/**
 * One sentence of what went wrong and one of what to do, in the language that is spoken. The server speaks English: where
 * another language has no sentence for the code, it says of which kind the failure is, with the server's words behind.
 */
export function explained(problem: Told): { what: string; hint: string } {
  if (problem.status === 0) return { what: t("errors.offline"), hint: "" };
  const again = problem.retryAfter > 0 ? t("errors.retry", { seconds: Math.ceil(problem.retryAfter) }) : "";
  if (problem.code in english) return { what: t(`errors.${problem.code}` as Key), hint: again };
  if (language() === "en")
    return { what: problem.message || t("errors.unknown"), hint: again || problem.hint };
  const kind = t(`errors.${KINDS[problem.status] ?? "unknown"}`);
  return { what: kind, hint: again || [problem.message, problem.hint].filter(Boolean).join(" ") };
}
