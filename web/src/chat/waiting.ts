import type { Notice } from "../api/types";
import { language, t } from "../words";
import { compact } from "./figures";

/** What is known of an answer that has not begun. Times are in milliseconds. */
export interface Waiting {
  model: string;
  notice: Notice | null;
  /** How long this has been so. */
  waited: number;
  /** Tokens of the prompt, as counted here; null while unknown. */
  tokens: number | null;
}

const ENDINGS: Record<
  string,
  "chat.ordinalOne" | "chat.ordinalTwo" | "chat.ordinalFew" | "chat.ordinalOther"
> = {
  one: "chat.ordinalOne",
  two: "chat.ordinalTwo",
  few: "chat.ordinalFew",
};

/** As `3rd`. */
export function ordinal(n: number): string {
  const rule = new Intl.PluralRules(language(), { type: "ordinal" }).select(n);
  return t(ENDINGS[rule] ?? "chat.ordinalOther", { n });
}

/** As `20 s` or `3 min`. */
export function duration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  return seconds < 120
    ? t("chat.seconds", { n: seconds })
    : t("chat.minutes", { n: Math.round(seconds / 60) });
}

/** How far, where that is known; else how long it has been so. */
function progress(fraction: number | null, waited: number): string {
  if (fraction === null) return t("chat.for", { time: duration(waited) });
  return t("chat.percent", { n: Math.floor(fraction * 100) });
}

/** What happens before the first word, in words; never a share that nobody told. */
export function waitingWords({ model, notice, waited, tokens }: Waiting): string {
  switch (notice?.t) {
    case "queued": {
      const place =
        notice.position <= 1 ? t("chat.next") : t("chat.inLine", { place: ordinal(notice.position) });
      const time =
        notice.wait_ms > 0 ? t("chat.about", { time: duration(notice.wait_ms) }) : progress(null, waited);
      return t("chat.comma", { one: place, two: time });
    }
    case "loading":
      return t("chat.comma", {
        one: t("chat.loadingModel", { model }),
        two: progress(notice.fraction, waited),
      });
    case "reading": {
      const what = tokens ? t("chat.readingTokens", { tokens: compact(tokens) }) : t("chat.reading");
      return t("chat.comma", { one: what, two: progress(notice.fraction, waited) });
    }
    case "searching":
      return t("chat.comma", {
        one: t("chat.searching", { count: notice.bases }),
        two: progress(null, waited),
      });
    case "progressed": {
      const share = notice.total ? (notice.done ?? 0) / notice.total : null;
      return t("chat.comma", { one: notice.label, two: progress(share, waited) });
    }
    default:
      return t("chat.comma", { one: t("chat.waitingFor", { model }), two: progress(null, waited) });
  }
}
