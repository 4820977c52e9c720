import { ATTRIBUTES } from "./clean";

const TAG = /<(\/?)([a-zA-Z][^\s/>]*)((?:"[^"]*"|'[^']*'|[^"'>])*)>?/g;
const PARAGRAPH = /<(\/?)p(?=[\s>])/gi;
const ATTRIBUTE = /([^\s"'<>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'=<>`]+))?/g;
const KEPT = new Set(ATTRIBUTES.split(" "));
const PLAIN = /^[a-z][a-z0-9]*$/;
/** Within these other elements are known. */
const DRAWN = /<(?:svg|math)(?=[\s/>])/i;
const none = new Map<string, boolean>();
/** Tags without an end and without words: nothing is lost with them. */
const DROPPED = new Set(["base", "link", "meta"]);

/**
 * HTML that somebody wrote, without the attributes that are not kept anyway, and without style sheets. It is made safe
 * behind this (`clean.ts`): to parse a handler or a style there is harmless, but the browser tells of each on its console
 * as of an attack on the page's policy, and a console that is full of those hides what matters.
 */
export function tamed(html: string): string {
  const drawn = DRAWN.test(html);
  return html.replace(TAG, (whole, slash: string, written: string, inside: string) => {
    const name = written.toLowerCase();
    if (!drawn && !inside.trim() && isNone(name)) return whole.replace("<", "&lt;").replace(">", "&gt;");
    if (DROPPED.has(name)) return "";
    // What stands in either is text to the parser, and goes with it.
    if (name === "style") return `<${slash}script>`;
    return slash ? `</${name}>` : `<${name}${attributes(name, inside)}>`;
  });
}

/**
 * Whether no element is called so: then it was meant as text, as the `<T>` of a program or of a form to fill in is, and
 * would be gone without a word.
 */
function isNone(name: string): boolean {
  if (!PLAIN.test(name)) return false;
  const known = none.get(name) ?? document.createElement(name) instanceof HTMLUnknownElement;
  none.set(name, known);
  return known;
}

function attributes(tag: string, inside: string): string {
  let kept = "";
  for (const [, written = "", quoted = ""] of inside.matchAll(ATTRIBUTE)) {
    const name = written.toLowerCase();
    if (!KEPT.has(name) || (name === "src" && tag !== "img")) continue;
    const value = /^["']/.test(quoted) ? quoted.slice(1, -1) : quoted;
    kept += ` ${name}="${value.replaceAll('"', "&quot;")}"`;
  }
  return kept;
}

/**
 * A block of HTML whose paragraphs are boxes where they are not ended, or not begun, in the block itself. Empty lines
 * stand between then, and what is between them is a paragraph of its own, which a parser lets no other have in it.
 */
export function paired(html: string): string {
  const open: number[] = [];
  const alone = new Set<number>();
  for (const { 1: slash, index } of html.matchAll(PARAGRAPH)) {
    if (!slash) open.push(index);
    else if (open.pop() === undefined) alone.add(index);
  }
  for (const index of open) alone.add(index);
  return html.replace(PARAGRAPH, (tag, slash: string, index: number) =>
    alone.has(index) ? `<${slash}div` : tag,
  );
}
