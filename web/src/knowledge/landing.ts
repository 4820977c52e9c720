/**
 * Keeps the focus of whoever works by keys or by voice where one view takes the place of another: what had it goes, and
 * the browser would begin again at the top of the page.
 */
export class Landing {
  /** What both views stand in; it can be focused by a script. */
  box: HTMLElement | undefined;
  /** How the focus stood in what is about to go; null: it was elsewhere. */
  #held: "keys" | "pointer" | null = null;

  /** Before the old view goes: see whether the focus is in it. */
  leave(): void {
    const active = document.activeElement;
    const inside = active !== null && this.box?.contains(active);
    this.#held = inside ? (active.matches(":focus-visible") ? "keys" : "pointer") : null;
  }

  /** The new view is there, and perhaps nothing is in it yet: what matches has the focus, else what it stands in. */
  arrive(selector = ""): void {
    if (!this.#held || document.activeElement !== document.body) return;
    const place = selector ? this.box?.querySelector<HTMLElement>(selector) : null;
    (place ?? this.box)?.focus({ preventScroll: !place || this.#held === "pointer" });
  }

  /** What the reader came for is there: it has the focus, unless they went elsewhere meanwhile. */
  land(selector: string): void {
    if (!this.#held || document.activeElement !== this.box) return;
    this.box?.querySelector<HTMLElement>(selector)?.focus({ preventScroll: this.#held === "pointer" });
    this.#held = null;
  }
}
