/**
 * The open end of a text that is still being written, made fit to be shown: what is begun is closed, and what cannot be
 * told yet is held back, so that nothing flickers from one reading to another with the next word.
 */
export function calmed(written: string): string {
  const comment = written.lastIndexOf("<!--");
  const tail = comment < 0 || written.includes("-->", comment + 2) ? written : written.slice(0, comment);
  const start = tail.lastIndexOf("\n") + 1;
  const [before, line] = [tail.slice(0, start), tail.slice(start)];
  const held = heldTable(tail);
  if (held !== null) return held;
  if (/^[ \t]*(?:[-*+>#=~`|\\$]+|\d{1,9}[.)]?|[-=]+|`{3,}[^\n]*|~{3,}[^\n]*)[ \t]*$/.test(line))
    return before;
  if (/^ {0,3}(?:\$\$|\\\[)/.test(line)) return before;
  const paragraph = Math.max(tail.lastIndexOf("\n\n") + 2, 0);
  return tail.slice(0, paragraph) + closed(tail.slice(paragraph));
}

/** A table whose second line is not whole: its first lines would be a paragraph for a moment. */
function heldTable(tail: string): string | null {
  const at = Math.max(tail.lastIndexOf("\n\n") + 2, 0);
  const lines = tail.slice(at < 2 ? 0 : at).split("\n");
  if (!lines[0]?.trimStart().startsWith("|") || lines.length > 2) return null;
  const second = lines[1] ?? "";
  if (lines.length === 2 && !/^[ \t|:-]*$/.test(second)) return null;
  return tail.slice(0, at < 2 ? 0 : at);
}

/** One paragraph with its open code, link, formula and emphasis closed. */
function closed(text: string): string {
  const code = openCode(text);
  if (code) return text + code;
  let calm = text.replace(/!?\[([^\]\n]*)(?:\](?:\([^)\n]*)?)?$/, (whole, label: string) =>
    /^!?\[[ xX]?\]?$/.test(whole) ? "" : whole.startsWith("!") ? "" : label,
  );
  calm = calm.replace(/<[a-zA-Z/!][^>\n]*$/, "");
  calm = calm.replace(/(?:\$(?![\s$\d])|\\\()[^$\n]*$/, (open) => (isOpenMaths(calm, open) ? "" : open));
  calm = calm.replace(/(?:\s|^)[*_~]{1,3}$/, "");
  for (const mark of ["**", "~~", "*"])
    if (isOpen(calm, mark)) calm = calm.trimEnd().replace(/\*$/, "") + mark;
  return calm;
}

/** What closes the code that is open at the end; empty if none is. */
function openCode(text: string): string {
  let open = "";
  for (const [run] of text.matchAll(/`+/g)) {
    if (!open) open = run;
    else if (run === open) open = "";
  }
  return open;
}

function isOpenMaths(text: string, open: string): boolean {
  if (open.startsWith("\\(")) return !open.includes("\\)");
  const before = text.slice(0, text.length - open.length);
  return (before.match(/(?<!\\)\$/g)?.length ?? 0) % 2 === 0 && /[\\^_={}]/.test(open);
}

function isOpen(text: string, mark: string): boolean {
  const plain = text.replace(/`[^`]*`/g, "").replace(/^[ \t]*\*[ \t]/gm, "");
  if (mark === "*") {
    const single = plain.replaceAll("**", "").match(/(?<![\s\\])\*|\*(?!\s)/g)?.length ?? 0;
    return single % 2 === 1 && /\*\S[^*]*$/.test(plain);
  }
  return (
    (plain.split(mark).length - 1) % 2 === 1 &&
    new RegExp(`${mark === "**" ? "\\*\\*" : mark}\\S`).test(plain)
  );
}
