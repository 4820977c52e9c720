import { address, API } from "../api/call";
import { Problem, problemOf } from "../api/problem";
import type { PageBox } from "../api/types";

/** Widths in pixels of pictures that are asked for: few, so that a browser has most of them already. */
const WIDTHS = [400, 700, 1000, 1400, 2000];

/** The address of a page's picture that is sharp in so many pixels. */
export function sheetAddress(document: string, page: number, pixels: number): string {
  const width = WIDTHS.find((each) => each >= pixels) ?? WIDTHS.at(-1);
  return address(`${API}documents/${encodeURIComponent(document)}/pages/${page}?width=${width}`);
}

/** How many times the width of its place a page may be drawn in: 1 fits it. */
export const ZOOMS = [1, 1.5, 2, 3, 4];

/** The next larger size, or the next smaller; the same where there is none. */
export function zoomed(zoom: number, larger: boolean): number {
  const all = ZOOMS.filter((each) => (larger ? each > zoom : each < zoom));
  return (larger ? all[0] : all.at(-1)) ?? zoom;
}

/** Why a picture did not come: the browser does not tell, so it is asked for once more. */
export async function whyNot(url: string): Promise<Problem> {
  try {
    const answer = await fetch(url, { credentials: "same-origin" });
    return answer.ok ? new Problem(0, "offline", "The picture broke off.") : await problemOf(answer);
  } catch {
    return new Problem(0, "offline", "The server cannot be reached.");
  }
}

/** A box in shares of the page as a place in style sheets. */
export function styleOf({ left, top, right, bottom }: PageBox): string {
  const share = (part: number) => `${Math.round(part * 1e6) / 1e4}%`;
  return `left:${share(left)};top:${share(top)};width:${share(right - left)};height:${share(bottom - top)}`;
}

/** The page that somebody means who typed a number; null where there is no such page. */
export function pageIn(typed: string, pages: number): number | null {
  const number = Number(typed.trim());
  return Number.isInteger(number) && number >= 1 && number <= pages ? number : null;
}
