import type { Citation, Cited, Evidence, Exhibit, NamedBase, Turn } from "../api/types";
import type { Cite, Cites } from "../markdown/cites";
import { Places } from "../state/places";
import { href } from "../state/route.svelte";
import { t } from "../words";

/** What a number in an answer leads to: a passage, and where it is known the very words. */
export interface Source {
  exhibit: Exhibit;
  citation: Citation | null;
}

/** What a mark with this number that stands at this unit of the answer cites; null where there is no such passage. */
export function sourceAt(evidence: Evidence, number: number, at: number, text: string): Source | null {
  const exhibit = evidence.passages?.find((one) => one.number === number);
  if (!exhibit) return null;
  const places = placesOf(text);
  const point = places.points(at);
  const cited = (evidence.cited ?? []).find(
    (one) => one.start <= point && point < one.stop && one.citations?.some((each) => each.number === number),
  );
  const citation = cited?.citations?.find((each) => each.number === number) ?? null;
  if (!cited || !citation?.sure || !saidAgain(text.slice(places.units(cited.start), at), number))
    return { exhibit, citation };
  return { exhibit, citation: { ...citation, ...wholeOf(exhibit), sure: false } };
}

/** Whether a number stood before in what is cited, with words behind it: only the first was looked at. Answers from
 * before such sentences came in parts have this. */
function saidAgain(before: string, number: number): boolean {
  const mark = `[${number}]`;
  const at = before.indexOf(mark);
  return at >= 0 && /[\p{L}\p{N}]/u.test(before.slice(at).replace(/\[\d+\]/g, ""));
}

function wholeOf({ start, stop }: Exhibit): Pick<Citation, "start" | "stop"> {
  return { start, stop };
}

let last: { text: string; places: Places } | null = null;

/** The places of the text that was asked about last: its marks are asked about one after the other. */
function placesOf(text: string): Places {
  if (last?.text !== text) last = { text, places: new Places(text) };
  return last.places;
}

/** The address of a source: marked where its words are certain, else shown as the passage that it is. */
export function addressOf({ exhibit, citation }: Source): string {
  const { start, stop } = citation ?? exhibit;
  const sure = citation?.sure === true;
  const place = exhibit.exact === false ? "" : `?${sure ? "at" : "passage"}=${start}-${stop}`;
  return href(`documents/${encodeURIComponent(exhibit.document)}${place}`);
}

/** The page that a passage ends on, where it is another than the one it begins on. */
export function lastPage({
  page,
  page_starts: starts,
}: Pick<Exhibit, "page" | "page_starts">): number | null {
  return page && starts?.length ? page + starts.length : null;
}

/** Where a source is, as people say it: the document and its page. */
export function whereOf({ exhibit, citation }: Source): string {
  const first = citation?.page ?? exhibit.page;
  const last = citation ? citation.last_page : lastPage(exhibit);
  const pages = first && last ? t("chat.citedPages", { first, last }) : "";
  return [citation?.name || exhibit.name, pages || (first ? t("chat.citedPage", { page: first }) : "")]
    .filter(Boolean)
    .join(", ");
}

/** What the numbers of an answer lead to. */
export function citesOf(evidence: Evidence): Cites {
  return {
    link(number: number, at: number, text: string): Cite | null {
      const source = sourceAt(evidence, number, at, text);
      if (!source) return null;
      const label = t("chat.citation", { number, where: whereOf(source) });
      return { href: addressOf(source), label, sure: source.citation?.sure === true };
    },
  };
}

/** The numbers that sentences cite, each once, in the order of the passages. */
export function citedNumbers(evidence: Evidence): number[] {
  const all = (evidence.cited ?? []).flatMap((one: Cited) =>
    (one.citations ?? []).map((each) => each.number),
  );
  return [...new Set(all)].sort((one, other) => one - other);
}

/** A stretch of a passage's own words, in units of them, and whether it is what a citation rests on. */
export interface Part {
  text: string;
  marked: boolean;
}

/** The words of a passage with those marked that are cited for certain. */
export function partsOf(exhibit: Exhibit, citations: readonly Citation[]): Part[] {
  const { content } = exhibit;
  const places = new Places(content);
  const spans =
    exhibit.exact === false ? [] : citations.filter((one) => one.sure && one.number === exhibit.number);
  const bounds = spans
    .map(({ start, stop }) => ({
      start: places.units(start - exhibit.start),
      stop: places.units(stop - exhibit.start),
    }))
    .filter(({ start, stop }) => stop > start)
    .sort((one, other) => one.start - other.start);
  const parts: Part[] = [];
  let at = 0;
  for (const { start, stop } of bounds) {
    if (start > at) parts.push({ text: content.slice(at, start), marked: false });
    const begin = Math.max(start, at);
    const before = parts.at(-1);
    if (stop > begin && before?.marked && start <= at) before.text += content.slice(begin, stop);
    else if (stop > begin) parts.push({ text: content.slice(begin, stop), marked: true });
    at = Math.max(at, stop);
  }
  if (at < content.length) parts.push({ text: content.slice(at), marked: false });
  return parts;
}

/** The list of sources that goes along with an answer that is copied; empty where it cites none. */
export function sourcesText(turn: Turn): string {
  const evidence = turn.evidence;
  if (!evidence) return "";
  return citedNumbers(evidence)
    .flatMap((number) => {
      const exhibit = evidence.passages?.find((one) => one.number === number);
      return exhibit ? [`[${number}] ${whereOf({ exhibit, citation: null })}`] : [];
    })
    .join("\n");
}

/** The bases that the question before this place of the chat stood on. */
export function footingOf(path: readonly Turn[]): readonly NamedBase[] {
  return path.findLast((turn) => turn.role === "user")?.footing?.bases ?? [];
}
