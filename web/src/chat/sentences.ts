import { withoutMarks } from "../markdown/cites";

const END = /[.!?…]["'”’)\]]*\s|[。！？][”’」』）]*|\n\s*\n/g;

/** Cuts a growing text into finished sentences and paragraphs, for those who hear it. Code is named and not read. */
export class Sentences {
  #read = 0;
  #coding = false;

  /** What has been finished of `text` since the last time; with `over` all that is left. `code` stands for a block. */
  finished(text: string, over: boolean, code: string): string[] {
    const found: string[] = [];
    const rest = text.slice(this.#read);
    let end = 0;
    for (const match of rest.matchAll(END)) {
      this.#tell(rest.slice(end, match.index + match[0].length), code, found);
      end = match.index + match[0].length;
    }
    if (over) {
      this.#tell(rest.slice(end), code, found);
      end = rest.length;
    }
    this.#read += end;
    return found;
  }

  #tell(piece: string, code: string, found: string[]): void {
    const parts = piece.split(/^[ \t]*(?:```|~~~).*$/m);
    parts.forEach((part, at) => {
      if (at > 0) {
        this.#coding = !this.#coding;
        if (this.#coding) found.push(code);
      }
      const plain = this.#coding ? "" : spoken(part);
      if (plain) found.push(plain);
    });
  }
}

/** A piece of Markdown as it is said: without its marks. */
export function spoken(piece: string): string {
  return withoutMarks(piece)
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/^\s*(?:#{1,6}|[-*+]|>|\|)\s+/gm, "")
    .replace(/(\*\*|__|`|~~)/g, "")
    .replace(/\s+/g, " ")
    .trim();
}
