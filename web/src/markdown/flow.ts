import { tooLong, tooMuch } from "./bounds";
import { calmed } from "./calm";
import { cleaned } from "./clean";
import { codeBox, dress, fill, showTurning } from "./code";
import { codeOf, Cutter, texOf, type Chunk } from "./cut";
import { decorated, plainText } from "./decorate";
import { illustrate } from "./diagram";
import { make } from "./make";
import { loadMaths, mathsReady, setFormula } from "./maths";
import { parsed, type Links } from "./parse";
import { patched } from "./patch";

/** How long the page may be held up at once (milliseconds): what is left is done in the next turns. */
const SLICE = 24;
/** The open end is read again no sooner than so many times as long as the last reading took. */
const REST = 4;
/** So many characters of small chunks are cleaned together. */
const JOINED = 2_000;

/** Whether a chunk may be cleaned together with others: without markup nothing of it can stay open. */
function joins(chunk: Chunk): boolean {
  return chunk.kind === "text" && !chunk.raw.includes("<") && !tooMuch(chunk.raw);
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
  #box: HTMLElement | null = null;
  #links: Links = {};
  #later: ReturnType<typeof setTimeout> | undefined;
  #due = 0;
  #gone = false;

  constructor(host: HTMLElement) {
    this.#host = host;
    host.replaceChildren();
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

  /** Nothing more comes; what is under way is let go. */
  end(): void {
    clearTimeout(this.#later);
    this.#gone = true;
  }

  /** Whether all of the text stands there. */
  get settled(): boolean {
    return !this.#queue.length && !this.#later;
  }

  #afresh(source: string): void {
    if (source === this.#source) return;
    this.#host.replaceChildren();
    [this.#cutter, this.#queue, this.#tail, this.#box, this.#links] = [new Cutter(), [], [], null, {}];
    this.#due = 0;
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
    if (this.#gone) return;
    const start = performance.now();
    while (this.#queue.length) {
      if (performance.now() - start > SLICE) return this.#again(0);
      this.#finish(this.#next());
    }
    if (!this.#streaming) return;
    const wait = this.#due - performance.now();
    if (wait > 0 && this.#cutter.open.kind === "text") return this.#again(wait);
    this.#open(this.#cutter.open);
    const cost = performance.now() - start;
    this.#due = cost > 4 ? performance.now() + cost * REST : 0;
  }

  #again(wait: number): void {
    this.#later = setTimeout(() => this.#work(), wait);
  }

  /** Chunks to be put there at once: of prose without markup several, as to clean many small ones costs much. */
  #next(): Chunk[] {
    const taken = this.#queue.splice(0, 1);
    const [first] = taken;
    for (let size = first && joins(first) ? first.raw.length : JOINED; size < JOINED;) {
      const [chunk] = this.#queue;
      if (!chunk || !joins(chunk)) break;
      size += chunk.raw.length;
      taken.push(chunk);
      this.#queue.shift();
    }
    return taken;
  }

  /** Chunks that are as they will be. */
  #finish(chunks: Chunk[]): void {
    const fresh =
      chunks.length > 1 ? this.#prose(chunks) : chunks.flatMap((chunk) => this.#nodes(chunk, true));
    const nodes = patched(this.#host, this.#tail, fresh, null);
    [this.#tail, this.#box] = [[], null];
    for (const node of nodes) if (node instanceof HTMLElement) this.#dress(node);
  }

  /** The open end. */
  #open(chunk: Chunk): void {
    if (chunk.kind === "code" && this.#box) return fill(this.#box, codeOf(chunk).text);
    const nodes = this.#nodes(chunk, false);
    this.#tail = patched(this.#host, this.#tail, nodes, null);
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
    const raw = done ? chunk.raw : chunk.kind === "maths" ? "" : calmed(chunk.raw);
    return this.#prose([{ ...chunk, raw }], done);
  }

  #prose(chunks: Chunk[], done = true): Node[] {
    try {
      const html = chunks.map((chunk) => parsed(chunk.raw, this.#links)).join("\n");
      return [...decorated(cleaned(html), done).childNodes];
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
