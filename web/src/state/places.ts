const STEP = 4096;
const PAIRS = /[\ud800-\udfff]/;

/**
 * From the offsets that the server counts in (code points) to those of this language's strings (UTF-16 units), and back,
 * within one text. Where every character is one unit they are the same; else the way is looked up every so often.
 */
export class Places {
  readonly #text: string;
  /** The unit at which every `STEP`-th code point begins; null where none takes two units. */
  readonly #steps: number[] | null;

  constructor(text: string) {
    this.#text = text;
    this.#steps = PAIRS.test(text) ? steps(text) : null;
  }

  /** The unit at which this code point begins; the end of the text for what lies behind it. */
  units(point: number): number {
    const wanted = Math.max(0, point);
    if (!this.#steps) return Math.min(wanted, this.#text.length);
    const step = Math.min(Math.floor(wanted / STEP), this.#steps.length - 1);
    let at = this.#steps[step] ?? 0;
    for (let left = wanted - step * STEP; left > 0 && at < this.#text.length; left--)
      at += width(this.#text, at);
    return at;
  }

  /** How many code points begin before this unit. */
  points(unit: number): number {
    const wanted = Math.min(Math.max(0, unit), this.#text.length);
    if (!this.#steps) return wanted;
    let step = 0;
    for (let high = this.#steps.length - 1; step < high;) {
      const middle = (step + high + 1) >> 1;
      if ((this.#steps[middle] ?? 0) <= wanted) step = middle;
      else high = middle - 1;
    }
    let point = step * STEP;
    for (let at = this.#steps[step] ?? 0; at < wanted; at += width(this.#text, at)) point++;
    return point;
  }
}

/** How many units the character that begins here takes. A half of a pair without the other one is a character too. */
function width(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

function steps(text: string): number[] {
  const found: number[] = [];
  let point = 0;
  for (let at = 0; at < text.length; at += width(text, at)) if (point++ % STEP === 0) found.push(at);
  return found;
}
