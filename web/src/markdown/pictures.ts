/** Where a diagram says how something looks: a statement of that kind to the end of its line, a directive, and what stands before it. */
const STYLING =
  /(?<=^|[\n;])[ \t]*(?:style|classDef|linkStyle|rect|Update\w+Style)\b[^\n]*|%%\{[\s\S]*?\}%%|^\s*---[ \t]*\r?\n[\s\S]*?\n---/g;

/**
 * A diagram without addresses of pictures: its frame may fetch none, and need not try. What is written in it stays as it
 * is, also where that is "Short URL (slug)".
 */
export function withoutPictures(text: string): string {
  return text
    .replace(STYLING, (styling) => styling.replace(/\burl(?=\s*\()/gi, "none"))
    .replace(/(@\{[^}]*?)\bimg(?=["']?\s*:)/gi, "$1form");
}
