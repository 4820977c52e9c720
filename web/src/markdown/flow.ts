import { tooLong, tooMuch } from "./bounds";
import { calmed } from "./calm";
import { calmedBefore, linked, refaced, type Cites } from "./cites";
import { cleaned } from "./clean";
import { codeBox, dress, fill, showTurning } from "./code";
import { codeOf, Cutter, texOf, type Chunk } from "./cut";
import { decorated, plainText } from "./decorate";
import { illustrate } from "./diagram";
import { make } from "./make";
import { loadMaths, mathsReady, setFormula } from "./maths";
import { parsed } from "./parse";
import { patched } from "./patch";
import { References, type Piece } from "./references";

/** How long the page may be held up at once (milliseconds): what is left is done in the next turns. */
const SLICE = 24;
let patience = SLICE;
/** Those with something left to do. */
const waiting = new Set<Flow>();

/** Do something, and have all texts whole behind it, however long that takes: paper shows no more than is there. */
export function hurried(run: () => void): void {
  patience = Infinity;
  try {
    run();
    for (const flow of [...waiting]) flow.hurry();
  } finally {
    patience = SLICE;
  }
}
/** The open end is read again no sooner than so many times as long as the last reading took. */
const REST = 4;
/** So many characters of small chunks are cleaned together. */
const JOINED = 2_000;
/** So many characters of finished chunks stand in one part: a browser passes over the parts that are not seen, so that
    the end of a long text grows as quickly as its beginning. */
const PART = 4_000;

/** Whether a chunk may be cleaned together with others: without markup nothing of it can stay open. */
function joins(chunk: Chunk): boolean {
  return chunk.kind === "text" && !chunk.raw.includes("<") && !tooMuch(chunk.raw);
}

/** Whether a chunk may refer to definitions, or have some. */
function refers(chunk: Chunk): boolean {
  return chunk.kind === "text" && chunk.raw.includes("[") && !tooMuch(chunk.raw);
}

/** Whether a chunk may have definitions: then it needs a place on the page also where nothing of it is seen. */
function defines(chunk: Chunk): boolean {
  return refers(chunk) && chunk.raw.includes("]:");
}

/**
 * A text in an element, while it grows. Finished chunks are put there once; only the open end is read anew. A text that
 * is whole at once is put there in slices, if it is long.
 */
export class Flow {
  readonly #host: HTMLElement;
  #cutter = new Cutter();
  #source = "";
  #streaming = true;
  #queue: Chunk[] = [];
  #tail: Node[] = [];
  #part: HTMLElement | null = null;
  #filled = 0;
  #box: HTMLElement | null = null;
  #references = new References();
  /** What is to be read once more, and which definitions are to be seen in it. */
  #mending: { piece: Piece; shown?: ReadonlySet<string> }[] = [];
  #later: ReturnType<typeof setTimeout> | undefined;
  #due = 0;
  #gone = false;
  #cites: Cites | null = null;

  constructor(host: HTMLElement) {
    this.#host = host;
    host.replaceChildren();
  }

  /** What the numbers in the text lead to, as far as it is known: those that stand there already are told. */
  cite(cites: Cites | null): void {
    const others = (this.#cites === null) !== (cites === null);
    this.#cites = cites;
    if (!this.#source) return;
    if (cites && !others) return refaced(this.#host, cites, this.#source);
    if (!others) return;
    const source = this.#source;
    this.#afresh("");
    this.#source = "";
    this.show(source, this.#streaming);
  }

  /** Show this text from now on. */
  show(source: string, streaming: boolean): void {
    if (!source.startsWith(this.#source) || !this.#streaming) this.#afresh(source);
    this.#source = source;
    this.#streaming = streaming;
    if (tooLong(source)) return this.#whole();
    this.#queue.push(...this.#cutter.feed(source, !streaming));
    this.#work();
  }

  /** Do at once what is left. */
  hurry(): void {
    this.#due = 0;
    this.#work();
  }

  /** Nothing more comes; what is under way is let go. */
  end(): void {
    clearTimeout(this.#later);
    waiting.delete(this);
    this.#gone = true;
  }

  /** Whether all of the text stands there. */
  get settled(): boolean {
    return !this.#queue.length && !this.#later;
  }

  #afresh(source: string): void {
    if (source === this.#source) return;
    this.#host.replaceChildren();
    [this.#cutter, this.#queue, this.#tail, this.#box] = [new Cutter(), [], [], null];
    [this.#references, this.#mending, this.#part, this.#filled, this.#due] = [
      new References(),
      [],
      null,
      0,
      0,
    ];
  }

  #whole(): void {
    this.#queue = [];
    this.#tail = patched(
      this.#host,
      [...this.#host.childNodes],
      [...plainText(this.#source).childNodes],
      null,
    );
  }

  #work(): void {
    clearTimeout(this.#later);
    this.#later = undefined;
    waiting.delete(this);
    if (this.#gone) return;
    const start = performance.now();
    while (this.#queue.length) {
      if (performance.now() - start > patience) return this.#again(0);
      this.#finish(this.#next());
    }
    const wait = this.#due - performance.now();
    if (this.#streaming && wait > 0 && this.#cutter.open.kind === "text") return this.#again(wait);
    this.#refer();
    for (;;) {
      if (performance.now() - start > patience && this.#mending.length) return this.#again(0);
      const mending = this.#mending.shift();
      if (!mending) break;
      this.#mend(mending.piece, mending.shown);
    }
    if (!this.#streaming) return;
    this.#open(this.#cutter.open);
    const cost = performance.now() - start;
    this.#due = cost > 4 ? performance.now() + cost * REST : 0;
  }

  #again(wait: number): void {
    waiting.add(this);
    this.#later = setTimeout(() => this.#work(), wait);
  }

  /** Chunks to be put there at once: of prose without markup several, as to clean many small ones costs much. */
  #next(): Chunk[] {
    const taken = this.#queue.splice(0, 1);
    const [first] = taken;
    // Not beyond the end of a part: a text has the same parts however it came.
    const room = Math.min(JOINED, PART - this.#filled);
    for (let size = first && joins(first) ? first.raw.length : room; size < room;) {
      const [chunk] = this.#queue;
      if (!chunk || !joins(chunk)) break;
      size += chunk.raw.length;
      taken.push(chunk);
      this.#queue.shift();
    }
    return taken;
  }

  /** What definitions have changed since. */
  #refer(): void {
    const unused = this.#streaming ? null : this.#references.unused();
    const pieces = new Set([...this.#references.changed(), ...(unused?.pieces ?? [])]);
    for (const piece of pieces) this.#mending.push({ piece, ...(unused && { shown: unused.labels }) });
  }

  /** Read a piece again, in the place where it stands. */
  #mend(piece: Piece, shown?: ReadonlySet<string>): void {
    const [parent, behind] = [piece.nodes[0]?.parentNode, piece.nodes.at(-1)?.nextSibling ?? null];
    if (!parent || piece.nodes.some((node) => node.parentNode !== parent)) return;
    const fresh = this.#prose(piece.chunks, true, shown);
    piece.nodes = patched(parent, piece.nodes, fresh.length ? fresh : [document.createTextNode("")], behind);
    for (const node of piece.nodes) if (node instanceof HTMLElement) this.#dress(node);
  }

  /** Chunks that are as they will be. */
  #finish(chunks: Chunk[]): void {
    const fresh =
      chunks.length > 1 ? this.#prose(chunks) : chunks.flatMap((chunk) => this.#nodes(chunk, true));
    const nodes = this.#put(fresh.length || !chunks.some(defines) ? fresh : [document.createTextNode("")]);
    if (nodes.length && chunks.some(refers)) this.#references.add({ chunks, nodes });
    [this.#tail, this.#box] = [[], null];
    for (const chunk of chunks) this.#filled += chunk.raw.length;
    if (this.#filled >= PART) [this.#part, this.#filled] = [null, 0];
    for (const node of nodes) if (node instanceof HTMLElement) this.#dress(node);
  }

  /** Put nodes where the open end stands. */
  #put(fresh: Node[]): Node[] {
    if (!this.#part && fresh.length) {
      this.#part = make("div", { class: "part" });
      this.#host.append(this.#part);
    }
    return this.#part ? patched(this.#part, this.#tail, fresh, null) : [];
  }

  /** The open end. */
  #open(chunk: Chunk): void {
    if (chunk.kind === "code" && this.#box) return fill(this.#box, codeOf(chunk).text);
    const nodes = this.#nodes(chunk, false);
    this.#tail = this.#put(nodes);
    const [first] = this.#tail;
    this.#box = chunk.kind === "code" && first instanceof HTMLElement ? first : null;
    if (this.#box) fill(this.#box, codeOf(chunk).text);
  }

  #nodes(chunk: Chunk, done: boolean): Node[] {
    if (chunk.kind === "code") {
      const { language, text } = codeOf(chunk);
      return [codeBox(text, language, done)];
    }
    if (tooMuch(chunk.raw)) return [...plainText(chunk.raw).childNodes];
    if (chunk.kind === "maths" && chunk.closed) return [formula(texOf(chunk))];
    const raw = done ? chunk.raw : chunk.kind === "maths" ? "" : this.#calmed(chunk.raw);
    return this.#prose([{ ...chunk, raw }], done);
  }

  #calmed(raw: string): string {
    return this.#cites ? calmedBefore(raw, calmed) : calmed(raw);
  }

  #prose(chunks: readonly Chunk[], done = true, shown?: ReadonlySet<string>): Node[] {
    const known = this.#references.links;
    // What an open end defines may be half of an address yet: nothing that follows may know of it.
    const links = done ? known : Object.assign(Object.create(null), known);
    try {
      const html = chunks.map((chunk) => parsed(chunk.raw, links, shown)).join("\n");
      const clean = cleaned(html);
      const root = this.#cites ? linked(clean, chunks, this.#cites, this.#source) : clean;
      return [...decorated(root, done).childNodes];
    } catch (error) {
      // A parser that gives up on what somebody wrote must not take the conversation with it.
      if (!(error instanceof Error)) throw error;
      return chunks.flatMap((chunk) => [...plainText(chunk.raw).childNodes]);
    }
  }

  /** What is brought only when a text has it: colours, formulas, diagrams. */
  #dress(node: HTMLElement): void {
    const boxes = node.matches(".code") ? [node] : [...node.querySelectorAll<HTMLElement>(".code")];
    for (const box of boxes) {
      if (box.dataset["language"] === "mermaid") void illustrate(box);
      else void dress(box);
    }
    if (mathsReady() || !(node.matches(".maths") || node.querySelector(".maths"))) return;
    loadMaths().then(
      () => this.#formulas(),
      () => undefined, // It did not come, as when the server is away: the TeX stays, which says the same.
    );
  }

  #formulas(): void {
    if (this.#gone) return;
    for (const code of this.#host.querySelectorAll("code.maths")) setFormula(code);
  }
}

/** A formula in a block of its own. */
function formula(tex: string): Node {
  const code = make("code", { class: "maths display" }, tex);
  const box = make("div", { class: "formula-box" }, code);
  if (mathsReady()) setFormula(code);
  else showTurning(code);
  return box;
}
