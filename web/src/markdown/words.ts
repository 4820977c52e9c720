import { tooMuch } from "./bounds";
import { codeOf, Cutter, texOf, type Chunk } from "./cut";
import { escaped, parsed, type Links } from "./parse";

/** A longer text is not read for its words alone: it stays as it was written until it is set. */
const LONGEST = 60_000;
/** A text without any of these is its own words. */
const MARKS = /[*_`#<>[\]|~$\\&!]|^[ \t]*(?:[-+=]|\d{1,9}[.)])/m;
/** A break that is meant, while those of the source are made blanks. */
const BREAK = "\u2028";

/** What can be read of a text when it is set, without its marks; so it is found and copied before it is set. */
export function wordsOf(source: string): string {
  if (source.length > LONGEST) return source;
  if (!MARKS.test(source)) return source.replace(/(?<!\n)\n(?!\n)/g, " ");
  const chunks = new Cutter().feed(source, true);
  const links = Object.create(null) as Links;
  // What is defined behind that which refers to it is known the second time.
  if (source.includes("]:")) for (const chunk of chunks) htmlOf(chunk, links);
  const place = document.createElement("template");
  place.innerHTML = chunks.map((chunk) => htmlOf(chunk, links)).join("\n");
  return readable(place.content);
}

function htmlOf(chunk: Chunk, links: Links): string {
  if (chunk.kind === "code") return `<pre>${escaped(codeOf(chunk).text)}</pre>`;
  if (tooMuch(chunk.raw)) return `<pre>${escaped(chunk.raw)}</pre>`;
  if (chunk.kind === "maths" && chunk.closed) return `<pre>${escaped(texOf(chunk))}</pre>`;
  try {
    return parsed(chunk.raw, links);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `<pre>${escaped(chunk.raw)}</pre>`;
  }
}

function readable(root: DocumentFragment): string {
  for (const hidden of root.querySelectorAll("script, style, template, noscript")) hidden.remove();
  for (const image of root.querySelectorAll("img")) image.replaceWith(image.alt);
  for (const end of root.querySelectorAll("br")) end.replaceWith(BREAK);
  for (const block of root.querySelectorAll("p, h3, h4, h5, h6, td, th, summary"))
    block.textContent = (block.textContent ?? "").trim().replace(/\s*\n\s*/g, " ");
  const text = root.textContent ?? "";
  return text
    .replace(/[ \t]*\u2028[ \t\n]*/g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}
