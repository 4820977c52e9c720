import type { Span } from "../api/types";

/** What was noted of documents, as `key=value`, a line each; what is none of these is left out. */
export function metadataIn(lines: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const line of lines.split("\n")) {
    const at = line.indexOf("=");
    const key = line.slice(0, Math.max(0, at)).trim();
    if (key) found[key] = line.slice(at + 1).trim();
  }
  return found;
}

/** A stretch of a document as it stands in an address: `12-40`. */
export function placeOf({ start, stop }: Pick<Span, "start" | "stop">): string {
  return `${start}-${stop}`;
}

/** The stretch that an address tells; null where it tells none. */
export function placeIn(told: string | undefined): { start: number; stop: number } | null {
  const [, start = "", stop = ""] = /^(\d{1,9})-(\d{1,9})$/.exec(told ?? "") ?? [];
  return start && Number(stop) > Number(start) ? { start: Number(start), stop: Number(stop) } : null;
}
