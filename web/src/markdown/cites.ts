import { make } from "./make";
import type { Chunk } from "./cut";

/** Where a citation leads, and what it is called. `sure`: the words are at that place. */
export interface Cite {
  href: string;
  label: string;
  sure: boolean;
}

/** What the numbers in a text lead to. */
export interface Cites {
  /** Of a mark with this number that stands at this unit of the text; null where no passage has the number: then it is
      shown as it was written. */
  link(number: number, at: number, source: string): Cite | null;
}

/** A mark in the source of a text. */
interface Mark {
  text: string;
  at: number;
}

// The same marks as the server reads (`core/knowledge/asking/marks.py`).
const WORD = "(?:passages?|sources?|段落|来源|文档|资料)";
const JOIN = "(?:[,，、;；&\\-–—~～至到和与]|and)";
const NUMBERS = `\\d{1,4}(?:[ ]{0,2}${JOIN}[ ]{0,2}(?:${WORD}[ ]?)?\\d{1,4}){0,12}`;
const MARK_ALONE = `[\\[【［][ ]?\\^?(?:${WORD}[ ]?)?#?(?:${NUMBERS})[ ]?(?:†[^\\]】］\\n]{0,30})?[\\]】］]`;
const MARK = new RegExp(MARK_ALONE, "gi");
const LAST = new RegExp(`(?:[ \\t]*${MARK_ALONE})+$`, "i");
const BEGUN = new RegExp(`[ \\t]*[\\[【［][ ]?\\^?(?:${WORD}[ ]?)?#?[\\d ,，、;；&\\-–—~～]{0,40}$`, "i");
const RANGE = /(\d+)\s*[-–—~～至到]\s*(\d+)/;
const WIDEST = 20;
const CODE = /`[^`\n]+`/g;

/** The end of a text that still grows: half a mark is held back, and a whole one is none of the brackets that `calm`
    takes for half a link. */
export function calmedBefore(raw: string, calm: (text: string) => string): string {
  const held = raw.replace(BEGUN, "");
  const last = LAST.exec(held);
  return last ? calm(held.slice(0, last.index)) + last[0] : calm(held);
}

function marksIn({ raw, at }: Chunk): Mark[] {
  const plain = raw.replace(CODE, (code) => "`".repeat(code.length));
  return [...plain.matchAll(MARK)]
    .filter((found) => plain[found.index + found[0].length] !== "(")
    .map((found) => ({ text: found[0], at: at + found.index }));
}

/** Make links of the marks in what some chunks gave. The marks of a piece stand in the order of its source. */
export function linked(
  root: DocumentFragment,
  chunks: readonly Chunk[],
  cites: Cites,
  source: string,
): DocumentFragment {
  const marks = chunks.flatMap(marksIn);
  if (!marks.length) return root;
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  for (let node = walk.nextNode(); node; node = walk.nextNode())
    if (!node.parentElement?.closest("a, code, pre")) texts.push(node as Text);
  let next = 0;
  for (const text of texts) next = cut(text, marks, next, cites, source);
  return root;
}

function cut(text: Text, marks: readonly Mark[], from: number, cites: Cites, source: string): number {
  let next = from;
  const out: Node[] = [];
  let last = 0;
  for (const found of text.data.matchAll(MARK)) {
    const n = marks.findIndex((mark, at) => at >= next && mark.text === found[0]);
    const mark = marks[n];
    if (!mark) continue;
    next = n + 1;
    const made = marked(mark, cites, source);
    if (!made) continue;
    out.push(document.createTextNode(text.data.slice(last, found.index)), made);
    last = found.index + found[0].length;
  }
  if (out.length) text.replaceWith(...out, document.createTextNode(text.data.slice(last)));
  return next;
}

/** A mark as links, one for each number; null where none of them leads anywhere. */
function marked(mark: Mark, cites: Cites, source: string): HTMLElement | null {
  const pieces = numbersIn(mark.text).map((number) => ({
    number,
    cite: cites.link(number, mark.at, source),
  }));
  if (!pieces.some((piece) => piece.cite)) return null;
  const box = make("sup", { class: "cites" }, bracket("["));
  pieces.forEach(({ number, cite }, n) => {
    if (n) box.append(", ");
    box.append(cite ? anchor(number, mark.at, cite) : String(number));
  });
  box.append(bracket("]"));
  return box;
}

/** It is copied with what is selected, and not seen. */
function bracket(sign: string): HTMLElement {
  return make("span", { class: "bracket", "aria-hidden": "true" }, sign);
}

function anchor(number: number, at: number, cite: Cite): HTMLElement {
  const link = make(
    "a",
    { class: "cite", "data-cite": String(number), "data-at": String(at) },
    String(number),
  );
  face(link, cite);
  return link;
}

function face(link: HTMLElement, { href, label, sure }: Cite): void {
  if (link.getAttribute("href") !== href) link.setAttribute("href", href);
  if (link.getAttribute("aria-label") !== label) link.setAttribute("aria-label", label);
  link.classList.toggle("sure", sure);
}

/** What is known by now of the citations that stand there already. */
export function refaced(host: HTMLElement, cites: Cites, source: string): void {
  for (const link of host.querySelectorAll<HTMLElement>("a[data-cite]")) {
    const cite = cites.link(Number(link.dataset["cite"]), Number(link.dataset["at"]), source);
    if (cite) face(link, cite);
  }
}

/** The numbers of a mark, in order, each once; a range gives all that it spans. */
export function numbersIn(mark: string): number[] {
  const found: number[] = [];
  let rest = mark;
  for (let range = RANGE.exec(rest); range; range = RANGE.exec(rest)) {
    found.push(...listed(rest.slice(0, range.index)));
    const [low, high] = [Number(range[1]), Number(range[2])];
    const wide = high < low || high > low + WIDEST;
    found.push(...(wide ? [low, high] : Array.from({ length: high - low + 1 }, (_, n) => low + n)));
    rest = rest.slice(range.index + range[0].length);
  }
  found.push(...listed(rest));
  return [...new Set(found)];
}

function listed(text: string): number[] {
  // What a note behind a dagger says is no number of a passage.
  return [...text.replace(/†.*/, "").matchAll(/\d+/g)].map((one) => Number(one[0]));
}

/** A text without its marks, as it is read aloud. */
export function withoutMarks(text: string): string {
  return text.replace(new RegExp(`[ \\t]*${MARK_ALONE}(?!\\()`, "gi"), "");
}
