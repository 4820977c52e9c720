/** A place after which a text may be shown: behind white space, and around any letter of a script without spaces. */
const BOUNDARY = /[\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}。，、；：？！]/u;
const LONGEST_WORD = 64;

/**
 * How much of a growing text to show: up to the end of its last whole word. A word longer than a line is shown as it
 * comes, and so is code without spaces.
 */
export function shownLength(text: string): number {
  for (let at = text.length; at > 0 && text.length - at < LONGEST_WORD; at--)
    if (BOUNDARY.test(text.charAt(at - 1))) return at;
  // A pair of surrogates is not cut in two.
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last < 0xdc00 ? text.length - 1 : text.length;
}

/** What is shown of texts while they grow: whole words, and never less than was shown before. */
export class Growth {
  #id = "";
  #length = 0;

  /** How much to show of this text now; half a word too when nothing comes after it (`late`). */
  next(id: string, text: string, late: boolean): string {
    if (id !== this.#id || text.length < this.#length) [this.#id, this.#length] = [id, 0];
    this.#length = late ? text.length : Math.max(this.#length, shownLength(text));
    return text.slice(0, this.#length);
  }
}

/** Calls `run` once in the next frame, however often it is asked; in a hidden tab, where no frames come, soon. */
export class Frame {
  #asked = false;
  readonly #run: () => void;

  constructor(run: () => void) {
    this.#run = run;
  }

  ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    const go = () => {
      this.#asked = false;
      this.#run();
    };
    if (document.hidden) setTimeout(go, 250);
    else requestAnimationFrame(go);
  }
}
