import type { Chunk } from "./cut";
import type { Links } from "./parse";

/** Finished chunks that were put on the page together, and the nodes of them. */
export interface Piece {
  chunks: readonly Chunk[];
  nodes: readonly Node[];
}

const LABEL = /\[((?:[^[\]\\]|\\[\s\S]){1,999})\](:?)/g;

/** A label as a definition has it: neither blanks nor case tell two of them apart. */
function folded(label: string): string {
  return label.trim().replace(/\s+/g, " ").toLowerCase().toUpperCase().toLowerCase();
}

/**
 * Who refers to what in a text. A definition may come behind what refers to it, and with it what is on the page already
 * gets its address; one that nobody refers to is words like all others.
 */
export class References {
  /** What is defined so far; whoever reads a chunk adds to it. */
  readonly links = Object.create(null) as Links;
  readonly #known = new Set<string>();
  readonly #used = new Set<string>();
  readonly #waiting = new Map<string, Piece[]>();
  #changed = new Set<Piece>();
  #defining: { label: string; piece: Piece }[] = [];

  /** Take what was just read and put on the page. */
  add(piece: Piece): void {
    for (const { raw } of piece.chunks) this.#read(raw, piece);
    if (!piece.chunks.some(({ raw }) => raw.includes("]:"))) return;
    for (const label of Object.keys(this.links)) if (!this.#known.has(label)) this.#define(label, piece);
  }

  #read(raw: string, piece: Piece): void {
    for (const { 1: written = "", 2: colon, index } of raw.matchAll(LABEL)) {
      const label = folded(written);
      const defines = colon && /(?:^|\n) {0,3}$/.test(raw.slice(Math.max(0, index - 4), index));
      if (!defines) this.#used.add(label);
      if (this.#known.has(label)) continue;
      const waiting = this.#waiting.get(label);
      if (!waiting) this.#waiting.set(label, [piece]);
      else if (waiting.at(-1) !== piece) waiting.push(piece);
    }
  }

  #define(label: string, piece: Piece): void {
    this.#known.add(label);
    this.#defining.push({ label, piece });
    for (const each of this.#waiting.get(label) ?? []) this.#changed.add(each);
    this.#waiting.delete(label);
  }

  /** What has to be read again, for what has been defined since; each is given once. */
  changed(): Set<Piece> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  /** At the end of the text: the definitions that nobody refers to, and where they stand. */
  unused(): { labels: Set<string>; pieces: Set<Piece> } {
    const unused = this.#defining.filter(({ label }) => !this.#used.has(label));
    this.#defining = [];
    return {
      labels: new Set(unused.map(({ label }) => label)),
      pieces: new Set(unused.map(({ piece }) => piece)),
    };
  }
}
