import { address } from "../api/call";

/** Longer ones stay code, and so do those that take longer to draw (milliseconds). */
const LONGEST = 20_000;
const PATIENCE = 15_000;
const LARGEST = 2_000_000;

/** A drawing, or why there is none. */
export type Drawn = { svg: string; width: number; height: number } | { error: string };

interface Asked {
  text: string;
  dark: boolean;
  done: (drawn: Drawn) => void;
}

/**
 * Draws diagrams in a frame of its own, which has no origin, no network and nothing of ours: who wrote the diagram is
 * not known, and what draws it needs styles that this page does not allow.
 */
class Artist {
  #frame: HTMLIFrameElement | null = null;
  #ready = false;
  #queue: Asked[] = [];
  #busy: Asked | null = null;
  #clock: ReturnType<typeof setTimeout> | undefined;

  draw(text: string, dark: boolean): Promise<Drawn> {
    if (text.length > LONGEST) return Promise.resolve({ error: "" });
    return new Promise((done) => {
      this.#queue.push({ text, dark, done });
      this.#next();
    });
  }

  #open(): void {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts");
    frame.setAttribute("aria-hidden", "true");
    frame.tabIndex = -1;
    frame.className = "md-artist";
    frame.src = address("frames/diagram.html");
    window.addEventListener("message", this.#heard);
    document.body.append(frame);
    this.#frame = frame;
  }

  #next(): void {
    if (this.#busy || !this.#queue.length) return;
    this.#busy = this.#queue.shift() ?? null;
    this.#clock = setTimeout(() => this.#late(), PATIENCE);
    if (!this.#frame) this.#open();
    else if (this.#ready) this.#ask();
  }

  #ask(): void {
    if (this.#busy)
      this.#frame?.contentWindow?.postMessage({ text: this.#busy.text, dark: this.#busy.dark }, "*");
  }

  /** It has no origin, so that who speaks is known by its window alone. */
  readonly #heard = (event: MessageEvent): void => {
    if (!this.#frame || event.source !== this.#frame.contentWindow) return;
    const told = event.data as { ready?: boolean } & Record<string, unknown>;
    if (told.ready) {
      this.#ready = true;
      this.#ask();
    } else this.#over(drawnOf(told));
  };

  #over(drawn: Drawn): void {
    clearTimeout(this.#clock);
    const asked = this.#busy;
    this.#busy = null;
    asked?.done(drawn);
    this.#next();
  }

  /** One that draws for ever is put away with its frame. */
  #late(): void {
    window.removeEventListener("message", this.#heard);
    this.#frame?.remove();
    [this.#frame, this.#ready] = [null, false];
    this.#over({ error: "" });
  }
}

function drawnOf(told: Record<string, unknown>): Drawn {
  const { svg, width, height, error } = told;
  if (typeof svg !== "string" || svg.length > LARGEST)
    return { error: typeof error === "string" ? error.slice(0, 300) : "" };
  const side = (value: unknown) => Math.min(Math.max(Math.round(Number(value)) || 300, 16), 8_000);
  return { svg, width: side(width), height: side(height) };
}

/** The one that draws. */
export const artist = new Artist();

/** A drawing as the address of a picture: in a picture nothing runs and nothing is fetched. */
export function pictureOf(svg: string): string {
  return "data:image/svg+xml;charset=utf-8," + encodeURIComponent(svg);
}
