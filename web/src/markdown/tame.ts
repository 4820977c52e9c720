import { ATTRIBUTES } from "./clean";

const TAG = /<(\/?)([a-zA-Z][^\s/>]*)((?:"[^"]*"|'[^']*'|[^"'>])*)>?/g;
const PARAGRAPH = /<(\/?)p(?=[\s>])/gi;
const ATTRIBUTE = /([^\s"'<>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'=<>`]+))?/g;
const KEPT = new Set(ATTRIBUTES.split(" "));
/** Tags without an end and without words: nothing is lost with them. */
const DROPPED = new Set(["base", "link", "meta"]);

/**
 * HTML that somebody wrote, without the attributes that are not kept anyway, and without style sheets. It is made safe
 * behind this (`clean.ts`): to parse a handler or a style there is harmless, but the browser tells of each on its console
 * as of an attack on the page's policy, and a console that is full of those hides what matters.
 */
export function tamed(html: string): string {
  return html.replace(TAG, (_, slash: string, written: string, inside: string) => {
    const name = written.toLowerCase();
    if (DROPPED.has(name)) return "";
    // What stands in either is text to the parser, and goes with it.
    if (name === "style") return `<${slash}script>`;
    return slash ? `</${name}>` : `<${name}${attributes(name, inside)}>`;
  });
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
