/** Pixels that stay around what is brought into view. */
const AROUND = 8;

/** Brings a place into view in each box up to and with `outer` that scrolls; nothing outside of that is moved. */
export function reveal(place: Element, outer: Element): void {
  for (let at = place.parentElement; at && outer.contains(at); at = at.parentElement) {
    if (at.scrollWidth > at.clientWidth + 1 || at.scrollHeight > at.clientHeight + 1) into(place, at);
  }
}

/** Brings the first mark of every table into view within it, but of those that were `shown`: a reader may have moved them. */
export function revealMarks(within: Element, shown = new WeakSet<Element>()): void {
  for (const frame of within.querySelectorAll("[role=group]")) {
    const mark = frame.querySelector("mark");
    if (!mark || shown.has(frame)) continue;
    shown.add(frame);
    reveal(mark, frame);
  }
}

/** The box that moves what is in it up and down; itself where none does. */
export function paneOf(place: Element): Element {
  for (let at = place.parentElement; at; at = at.parentElement)
    if (/auto|scroll/.test(getComputedStyle(at).overflowY) && at.clientHeight < innerHeight + 1) return at;
  return place;
}

function into(place: Element, frame: Element): void {
  const [inner, outer] = [place.getBoundingClientRect(), frame.getBoundingClientRect()];
  if (!inner.width && !inner.height) return;
  const [left, top] = [outer.left + frame.clientLeft, outer.top + frame.clientTop];
  frame.scrollLeft += by(inner.left, inner.right, left, left + frame.clientWidth);
  frame.scrollTop += by(inner.top, inner.bottom, top, top + frame.clientHeight);
}

/** How far to go, so that it is between these ends; its beginning counts where it is too long. */
function by(start: number, stop: number, least: number, most: number): number {
  const room = most - least - 2 * AROUND;
  if (start < least || (stop > most && stop - start > room)) return start - least - AROUND;
  return stop > most ? stop - most + AROUND : 0;
}
