import { read } from "../api/call";
import { Problem } from "../api/problem";
import type { Chat } from "../api/types";
import { bases } from "../state/bases.svelte";
import { capable, models } from "../state/models.svelte";
import { choose } from "../state/prefs.svelte";
import { go } from "../state/route.svelte";
import { t } from "../words";
import { offered, titleOf } from "./actions";
import { shown } from "./keys";
import { bound } from "./shortcuts.svelte";

/** One line of the palette. */
export interface Entry {
  id: string;
  kind: "action" | "thread" | "model" | "base";
  title: string;
  /** Said more quietly behind it: the keys, or the state of a model. */
  note: string;
  run: () => void;
}

/** How many threads the palette knows by title; the rail's search finds all. */
const THREADS = 100;

export function actionEntries(): Entry[] {
  return offered().map((action) => ({
    id: action.id,
    kind: "action",
    title: titleOf(action),
    note: shown(bound(action)),
    run: action.run,
  }));
}

export function modelEntries(): Entry[] {
  return models.list
    .filter((card) => capable(card, "chat"))
    .map((card) => ({
      id: `model.${card.id}`,
      kind: "model",
      title: card.id,
      note: t(`settings.state_${card.state ?? "remote"}`),
      run: () => choose("model", card.id),
    }));
}

export function baseEntries(): Entry[] {
  return bases.list.map((base) => ({
    id: `base.${base.id}`,
    kind: "base",
    title: base.name,
    note: "",
    run: () => go(`bases/${base.id}`),
  }));
}

/** The newest threads. Without any when they cannot be had: the rest of the palette works without them. */
export async function threadEntries(signal: AbortSignal): Promise<Entry[]> {
  try {
    const page = await read<{ chats: Chat[] }>("chats.list", { limit: THREADS }, signal);
    return page.chats.map((chat) => ({
      id: `chat.${chat.id}`,
      kind: "thread",
      title: chat.title || t("palette.untitled"),
      note: "",
      run: () => go(`c/${chat.id}`),
    }));
  } catch (error) {
    if (error instanceof Problem || signal.aborted) return [];
    throw error;
  }
}
