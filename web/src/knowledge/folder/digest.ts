// The SHA-256 of a file, by which a base knows what it has. Browsers offer it only over HTTPS and on this machine itself,
// and only of bytes that are all in memory: what is large, and what is read over plain HTTP, is done here.

/** Bytes that a browser's own digest is given at once. */
const AT_ONCE = 32 * 1024 * 1024;
/** Bytes read at a time where we do it. */
const PIECE = 1024 * 1024;
const K = new Uint32Array(64);
const FIRST = new Uint32Array(8);

// The first bits of the roots of the first primes, by FIPS 180-4: square roots of eight, cube roots of sixty-four.
for (let found = 0, number = 2; found < 64; number++) {
  let prime = true;
  for (let by = 2; by * by <= number; by++) prime &&= number % by > 0;
  if (!prime) continue;
  if (found < 8) FIRST[found] = (Math.sqrt(number) % 1) * 2 ** 32;
  K[found++] = (Math.cbrt(number) % 1) * 2 ** 32;
}

/** A SHA-256 that is fed piece by piece. */
export class Sha256 {
  #state = Uint32Array.from(FIRST);
  #words = new Uint32Array(64);
  #block = new Uint8Array(64);
  #view = new DataView(this.#block.buffer);
  #held = 0;
  #length = 0;

  feed(piece: Uint8Array): this {
    this.#length += piece.length;
    for (let at = 0; at < piece.length;) {
      const taken = Math.min(64 - this.#held, piece.length - at);
      this.#block.set(piece.subarray(at, at + taken), this.#held);
      this.#held += taken;
      at += taken;
      if (this.#held === 64) this.#mix();
    }
    return this;
  }

  /** In hexadecimal; nothing can be fed any more. */
  digest(): string {
    const length = this.#length;
    this.#block[this.#held++] = 0x80;
    if (this.#held > 56) {
      this.#block.fill(0, this.#held);
      this.#mix();
    }
    this.#block.fill(0, this.#held);
    this.#view.setUint32(56, Math.floor(length / 2 ** 29));
    this.#view.setUint32(60, (length << 3) >>> 0);
    this.#mix();
    return [...this.#state].map((word) => word.toString(16).padStart(8, "0")).join("");
  }

  #mix(): void {
    this.#held = 0;
    const words = this.#words;
    const word = (at: number) => words[at] as number;
    for (let at = 0; at < 16; at++) words[at] = this.#view.getUint32(at * 4);
    for (let at = 16; at < 64; at++) {
      const early = word(at - 15);
      const late = word(at - 2);
      const a = turned(early, 7) ^ turned(early, 18) ^ (early >>> 3);
      const b = turned(late, 17) ^ turned(late, 19) ^ (late >>> 10);
      words[at] = word(at - 16) + a + word(at - 7) + b;
    }
    let [a, b, c, d, e, f, g, h] = this.#state as unknown as Eight;
    for (let at = 0; at < 64; at++) {
      const big = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
      const one = (h + big + ((e & f) ^ (~e & g)) + (K[at] as number) + word(at)) | 0;
      const small = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
      const two = (small + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    for (const [at, more] of [a, b, c, d, e, f, g, h].entries())
      this.#state[at] = (this.#state[at] as number) + more;
  }
}

type Eight = [number, number, number, number, number, number, number, number];

function turned(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

/** Of a text in UTF-8, in hexadecimal. */
export function digestOf(text: string): string {
  return new Sha256().feed(new TextEncoder().encode(text)).digest();
}

/** Of a file, in hexadecimal. Throws a `DOMException` where the file cannot be read, or `AbortError`. */
export async function digestOfFile(file: Blob, signal?: AbortSignal): Promise<string> {
  signal?.throwIfAborted();
  const own = globalThis.crypto.subtle as SubtleCrypto | undefined;
  if (own && file.size <= AT_ONCE) {
    const digest = await own.digest("SHA-256", new Uint8Array(await file.arrayBuffer()));
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  const sum = new Sha256();
  for (let at = 0; at < file.size; at += PIECE) {
    signal?.throwIfAborted();
    sum.feed(new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer()));
  }
  return sum.digest();
}

/** The SHA-256 of files by their names; null for one that cannot be read. */
export type Digests = Map<string, string | null>;

/** None yet. */
export function noDigests(): Digests {
  return new Map();
}
