/** Elements that may have empty lines in them; a paragraph only if it says how it is set, as bare ones are rarely ended. */
const TAG = /<(\/?)(details|div|table|section|figure|center|ul|ol|dl|blockquote|p)(?=[\s>])([^<>]*)>/gi;
/** What is text to its end, empty lines and all. */
const VERBATIM = /^ {0,3}<(?:(!--)|(pre|script|style|textarea)(?=[\s>]|$))/i;
const INLINE_CODE = /`+[^`]+`+/g;

/** The HTML that is open behind a line of Markdown. */
export class Markup {
  #open: string[] = [];
  #end = "";

  /** Whether what follows stands in an element. */
  get inside(): boolean {
    return this.#open.length > 0;
  }

  /** Whether what follows is text, or a comment. */
  get verbatim(): boolean {
    return this.#end !== "";
  }

  /** Take the next line. */
  line(line: string): void {
    if (this.#end) {
      if (line.toLowerCase().includes(this.#end)) this.#end = "";
      return;
    }
    const [begun, comment, name] = VERBATIM.exec(line) ?? [];
    if (begun) {
      const end = comment ? "-->" : `</${name?.toLowerCase()}>`;
      // Two dashes may be those of the beginning: `<!-->` is a whole comment.
      if (!line.toLowerCase().includes(end, comment ? begun.length - 2 : begun.length)) this.#end = end;
      return;
    }
    for (const [, slash, tag = "", inside = ""] of line.replace(INLINE_CODE, "").matchAll(TAG))
      this.#tag(tag.toLowerCase(), slash === "/", inside);
  }

  #tag(name: string, ends: boolean, inside: string): void {
    if (!ends && (name !== "p" || inside.trim())) this.#open.push(name);
    const at = ends ? this.#open.lastIndexOf(name) : -1;
    if (at >= 0) this.#open.length = at;
  }
}
