import { stream } from "./call";
import { hearNews } from "./news";
import { Problem } from "./problem";
import { Cutter, type Block } from "./sse";

/** Who follows a stream. */
export interface Listener {
  /** One block, in order, each once. */
  heard(block: Block): void;
  /** The line broke, and is tried again in so many milliseconds; 0 when it stands. */
  waiting?(ms: number): void;
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
/** Milliseconds without a word, three heartbeats of the server, after which a line counts as broken: a device that slept
    or changed its network is not told. */
const SILENCE = 45_000;

/**
 * Follow a stream of events to its end, over broken lines: each new try goes on behind the last whole event.
 *
 * `fields` are the query of the operation (`runs.read` wants `run`). Resolves when the server has nothing more to tell or
 * `signal` fires; throws `Problem` for what trying again does not mend.
 */
export async function follow(
  operation: string,
  fields: object,
  listener: Listener,
  signal: AbortSignal,
): Promise<void> {
  let last = "";
  let wait = 0;
  while (!signal.aborted) {
    try {
      const answer = await stream(operation, fields, last, signal);
      if (answer === null) return;
      listener.waiting?.(0);
      for await (const block of blocks(answer)) {
        wait = 0;
        if (block.id) last = block.id;
        listener.heard(block);
        if (block.event === "ended") return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Problem && !error.offline && error.status < 500 && error.status !== 429)
        throw error;
      if (!(error instanceof Problem) && !(error instanceof TypeError)) throw error;
    }
    if (signal.aborted) return;
    wait = Math.min(wait ? wait * 2 : FIRST_WAIT, LONGEST_WAIT);
    listener.waiting?.(wait);
    await pause(wait, signal);
  }
}

async function* blocks(answer: Response): AsyncGenerator<Block> {
  if (!answer.body) return;
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  const cutter = new Cutter();
  try {
    for (;;) {
      const { done, value } = await withinReason(reader.read());
      if (done) return;
      yield* cutter.feed(value);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** What comes, unless nothing does for too long. Throws `TypeError` then, as a line that breaks does. */
function withinReason<T>(coming: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TypeError("nothing was heard for too long")), SILENCE);
    coming.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    // Another call has got through, or the device is back: there is nothing to wait for any more.
    const deaf = hearNews((news) => news === "reached" && done());
    signal.addEventListener("abort", done, { once: true });
    window.addEventListener("online", done, { once: true });
    function done() {
      deaf();
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      window.removeEventListener("online", done);
      resolve();
    }
  });
}
