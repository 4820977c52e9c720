import { flushSync } from "svelte";

/** Milliseconds of a frame that may go into setting text as prose: the rest of it is for scrolling. */
const BUDGET = 6;
const MARGIN = "1200px 0px";

/** Tells elements, each once, that they come near to what is seen; a few in each frame, the latest first. */
export class Nearing {
  #told = new Map<Element, () => void>();
  #coming: Element[] = [];
  #asked = 0;
  #eyes: IntersectionObserver | null = null;
  readonly #root: () => Element | null;

  constructor(root: () => Element | null) {
    this.#root = root;
  }

  /** Tell `near` when this element comes near; returns what ends it. */
  watch(element: Element, near: () => void): () => void {
    this.#eyes ??= new IntersectionObserver((seen) => this.#seen(seen), {
      root: this.#root(),
      rootMargin: MARGIN,
    });
    this.#told.set(element, near);
    this.#eyes.observe(element);
    return () => {
      this.#told.delete(element);
      this.#eyes?.unobserve(element);
    };
  }

  /** Tell all of them at once. */
  all(): void {
    const told = [...this.#told];
    this.#told.clear();
    this.#coming = [];
    for (const [element] of told) this.#eyes?.unobserve(element);
    flushSync(() => {
      for (const [, near] of told) near();
    });
  }

  close(): void {
    cancelAnimationFrame(this.#asked);
    this.#eyes?.disconnect();
  }

  #seen(seen: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of seen) {
      this.#coming = this.#coming.filter((each) => each !== target);
      if (isIntersecting && this.#told.has(target)) this.#coming.push(target);
    }
    this.#ask();
  }

  #ask(): void {
    if (!this.#asked && this.#coming.length) this.#asked = requestAnimationFrame(() => this.#work());
  }

  #work(): void {
    this.#asked = 0;
    const begun = performance.now();
    while (performance.now() - begun < BUDGET) {
      const element = this.#coming.pop();
      if (!element) return;
      const near = this.#told.get(element);
      this.#told.delete(element);
      this.#eyes?.unobserve(element);
      if (near) flushSync(near);
    }
    this.#ask();
  }
}
