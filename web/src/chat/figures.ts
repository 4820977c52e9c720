import type { LedgerCut, ModelCard, Trimmed, Turn } from "../api/types";
import { language, locale, t, type Key } from "../words";

const formats = new Map<string, Intl.NumberFormat>();

/** Making one costs more than using it a hundred times. */
function format(digits: number): Intl.NumberFormat {
  const key = `${locale()} ${digits}`;
  const made = formats.get(key) ?? new Intl.NumberFormat(locale(), { maximumFractionDigits: digits });
  formats.set(key, made);
  return made;
}

/** As `412`, `6.1k`, `32k`: counts of tokens. */
export function compact(n: number): string {
  if (n < 1000) return format(0).format(n);
  const digits = n < 10_000 ? 1 : 0;
  return format(digits).format(n / 1000) + "k";
}

/** A number with so many decimals at the most. */
export function decimal(n: number, digits: number): string {
  return format(digits).format(n);
}

/** As `3.1 MB`. */
export function bytes(n: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let at = 0;
  for (; n >= 1000 && at < units.length - 1; at++) n /= 1000;
  return `${decimal(n, n < 10 && at ? 1 : 0)} ${units[at]}`;
}

/** Whether a model can answer at once, in words. The built-in one has nothing to load, and is none. */
export function stateOf(card: ModelCard): string {
  const state = card.engine === "quote" ? "quote" : (card.state ?? "remote");
  return t(`chat.state_${state}` as Key);
}

/** Seconds to the first text, and tokens in a second behind it; null where nobody measured. */
export function speed(turn: Turn, firstAt: number): { first: number | null; rate: number | null } {
  const usage = turn.usage;
  const tokens = usage?.completion ?? 0;
  const measured = usage?.completion_ns ? tokens / (usage.completion_ns / 1e9) : null;
  const before = usage?.prompt_ns ? ((usage.load_ns ?? 0) + usage.prompt_ns) / 1e9 : null;
  if (!firstAt) return { first: before, rate: measured };
  const writing = turn.ended ? (turn.ended - firstAt) / 1e6 : 0;
  const rate = measured ?? (writing > 0.05 && tokens > 1 ? tokens / writing : null);
  return { first: Math.max(0, firstAt - askedAt(turn)) / 1e6, rate };
}

/** When an answer was asked for, by the server's clock: its run's id begins with that time (UUID version 7). */
export function askedAt(turn: Turn): number {
  const id = turn.run?.replaceAll("-", "") ?? "";
  return /^[0-9a-f]{12}7[0-9a-f]{19}$/.test(id) ? parseInt(id.slice(0, 12), 16) * 1000 : turn.created;
}

/** The muted line under an answer, but its last item: model, tokens, seconds to the first, rate. */
export function metaLine(turn: Turn, firstAt: number): string[] {
  const line = turn.model ? [turn.model] : [];
  const tokens = turn.usage?.completion;
  if (tokens) line.push(t("chat.tokens", { n: tokens }));
  const { first, rate } = speed(turn, firstAt);
  if (first !== null)
    line.push(t("chat.toFirst", { n: decimal(Math.max(first, 0.01), first < 0.1 ? 2 : 1) }));
  if (rate !== null) line.push(t("chat.rate", { n: decimal(rate, rate < 10 ? 1 : 0) }));
  return line;
}

/** What the model saw of its context; without an engine's count only what the link is for. */
export function sawLine(turn: Turn, context: number | null | undefined): string {
  const prompt = turn.usage?.prompt;
  if (!prompt) return t("chat.whatItSaw");
  if (!context) return t("chat.saw", { n: compact(prompt) });
  return t("chat.sawOf", { n: compact(prompt), of: compact(context) });
}

/** Why something was left out: by the server's word for it, else in its own sentence. */
export function whyCut({ reason, why }: Pick<LedgerCut, "reason" | "why">): string {
  return reason ? t(`chat.why_${reason}`) : why;
}

/** What was left out of the prompt, and why. The server's own words for it are English. */
export function trimmedLine(trimmed: Trimmed): string {
  const why = whyCut(trimmed);
  if (language() === "en" || !trimmed.count) return t("chat.trimmed", { what: trimmed.what, why });
  return t("chat.trimmedSome", { n: trimmed.count, why });
}
