import type { TurnItem } from "../api/types";
import type { Saying } from "../state/thread/local";

/** A message that waits until the answer before it is whole. */
export interface Next extends Saying {
  id: string;
}

/** A line of messages that are going to be sent one after the other. It holds when an answer was not whole. */
export class Line {
  readonly waiting: readonly Next[];
  readonly held: boolean;

  constructor(waiting: readonly Next[] = [], held = false) {
    this.waiting = waiting;
    this.held = held && waiting.length > 0;
  }

  add(next: Next): Line {
    return new Line([...this.waiting, next], this.held);
  }

  /** Take one out again; an empty line is not held. */
  remove(id: string): Line {
    return new Line(
      this.waiting.filter((next) => next.id !== id),
      this.held,
    );
  }

  change(id: string, text: string): Line {
    return new Line(
      this.waiting.map((next) => (next.id === id ? { ...next, text } : next)),
      this.held,
    );
  }

  /** An answer ended: what was stopped or broken makes the rest wait for a word of the reader. */
  ended(state: string): Line {
    return new Line(this.waiting, this.held || state !== "complete");
  }

  release(): Line {
    return new Line(this.waiting, false);
  }

  /** The next to send, where nothing holds it. */
  get first(): Next | null {
    return this.held ? null : (this.waiting[0] ?? null);
  }
}

/** What of a turn's items goes along when it is said again: everything but its text. */
export function partsOf(items: readonly TurnItem[]): Saying["parts"] {
  return items.flatMap(({ item }) =>
    item.type === "message" && Array.isArray(item.content)
      ? item.content.filter((part) => part.type !== "text" || part.source)
      : [],
  );
}
