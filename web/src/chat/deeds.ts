import { Problem } from "../api/problem";
import type { Turn } from "../api/types";
import { thread } from "../state/thread.svelte";
import { sayingOf } from "../state/thread/fold";
import { toast } from "../ui";
import { inShort, t } from "../words";
import { desk } from "./desk.svelte";
import { sourcesText } from "./evidence";
import { keepFocus } from "./focus";

/** Do something with a turn; what goes wrong is told in passing. Gives whether it went well. */
export async function tried(deed: () => Promise<unknown>): Promise<boolean> {
  try {
    await deed();
    void keepFocus();
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    toast(error.offline ? t("chat.offline") : inShort(error), { kind: "error" });
    return false;
  }
}

/** Ask again, by the same models or another one. */
export function regenerate(turn: Turn, model?: string): Promise<boolean> {
  const models = model ? [model] : turn.role === "assistant" && turn.model ? [turn.model] : desk.chosen;
  return tried(() => thread.regenerate(turn, { ...desk.wish, models }));
}

export function resume(turn: Turn): Promise<boolean> {
  return tried(() => thread.resume(turn, desk.wish));
}

export function stop(turn?: Turn): Promise<boolean> {
  return tried(() => thread.stop(turn));
}

export function choose(turn: Turn): Promise<boolean> {
  return tried(() => thread.choose(turn.id));
}

/** Delete a turn with all under it; there is no way back, so that it has to be meant. */
export function remove(turn: Turn): Promise<boolean> {
  return tried(() => thread.remove(turn));
}

/** Copy what a turn says, as it was written, and what its numbers stand for. */
export async function copy(turn: Turn): Promise<void> {
  await copyText([sayingOf(turn), sourcesText(turn)].filter(Boolean).join("\n\n"));
}

export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Beyond one's own machine browsers have a clipboard for HTTPS pages only: this is the older way.
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "unseen";
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  toast(t("ui.copied"));
}
