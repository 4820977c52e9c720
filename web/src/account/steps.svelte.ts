import { read } from "../api/call";
import type { Chat } from "../api/types";
import { models } from "../state/models.svelte";
import { choose, prefs } from "../state/prefs.svelte";
import { session } from "../state/session.svelte";

export const STEPS = ["model", "message", "account"] as const;
export type Step = (typeof STEPS)[number];

/** The built-in engine, which is no language model. */
const BUILT_IN = "quote";

/** What of the first run is still to be done. */
export class Steps {
  /** Whether there is a chat; null while it is not known. */
  chatted = $state<boolean | null>(null);

  done(step: Step): boolean {
    if (prefs.skipped.includes(step)) return true;
    if (step === "model") return models.chat.some((card) => card.engine !== BUILT_IN);
    if (step === "message") return this.chatted === true;
    return !session.local;
  }

  /** Whether all is known that `left` goes by: before, a step would be shown that goes a moment later. */
  get known(): boolean {
    return this.chatted !== null && (models.loaded || models.problem !== null || !session.can("chat"));
  }

  get left(): Step[] {
    return STEPS.filter((step) => !this.done(step));
  }

  skip(step: Step): void {
    choose("skipped", [...prefs.skipped, step]);
  }

  /** See whether there is a chat. Throws `Problem`. */
  async look(): Promise<void> {
    this.chatted = (await read<{ chats: Chat[] }>("chats.list", { limit: 1 })).chats.length > 0;
  }
}
