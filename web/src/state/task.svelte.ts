import { Problem } from "../api/problem";
import { inShort } from "../words";

/** Something that is done on a press of a button: whether it is under way, and what went wrong. */
export class Task {
  busy = $state(false);
  problem = $state<Problem | null>(null);
  /** The same as `busy`, for nobody to follow: an effect that runs something would be begun anew by its end. */
  #under = false;

  /** Do it, unless it is under way. Gives whether it was done; a `Problem` is kept, anything else is thrown. */
  async run(work: () => Promise<unknown>): Promise<boolean> {
    if (this.#under) return false;
    this.#under = this.busy = true;
    this.problem = null;
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
      return false;
    } finally {
      this.#under = this.busy = false;
    }
  }

  /** What is wrong with one field, if that is what the server said. */
  of(field: string): string {
    return this.problem?.field === field ? inShort(this.problem) : "";
  }
}

/** Something that is read when a page opens, and again when it changed. */
export class Reading<T> {
  value = $state.raw<T | null>(null);
  problem = $state<Problem | null>(null);
  readonly #read: () => Promise<T>;

  constructor(read: () => Promise<T>) {
    this.#read = read;
    void this.again();
  }

  /** Read it again; what was there stays until the answer comes. */
  async again(): Promise<void> {
    try {
      this.value = await this.#read();
      this.problem = null;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    }
  }
}
