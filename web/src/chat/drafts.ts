import type { Sampling } from "../api/types";
import { keptNames, readKept, writeKept } from "../state/kept";
import type { KeptFile } from "./attachments.svelte";
import type { Next } from "./queue";

/** A question that is being changed, and what it says by now. */
export interface Edit {
  turn: string;
  text: string;
}

/** What is kept of a chat in this browser: the message that is not sent, and how answers are wanted. */
export interface Draft {
  text: string;
  files: KeptFile[];
  edit: Edit | null;
  models: string[];
  sampling: Sampling;
  think: boolean | string | null;
  instructions: string;
  /** The bases that are asked; null: those of the question before. */
  bases: string[] | null;
  /** Whether the answer says nothing but what is in them. */
  strict: boolean;
}

/** Where a draft is kept: whose it is, and of which chat (`new`: one that has not begun). */
export interface Place {
  owner: string;
  chat: string;
}

export const BLANK: Draft = {
  text: "",
  files: [],
  edit: null,
  models: [],
  sampling: {},
  think: null,
  instructions: "",
  bases: null,
  strict: true,
};

const DRAFT = "desk.";
const LINE = "queue.";
const MOST_KEPT = 200;

/** The draft that was left there. */
export function draftAt({ owner, chat }: Place): Draft {
  const kept = readKept<Partial<Draft> & { at?: number }>(localStorage, owner, DRAFT + chat) ?? {};
  delete kept.at;
  return { ...BLANK, ...kept };
}

export function keepDraft({ owner, chat }: Place, draft: Draft): void {
  const blank = JSON.stringify({ ...BLANK, ...draft }) === JSON.stringify(BLANK);
  writeKept(localStorage, owner, DRAFT + chat, blank ? null : { ...draft, at: Date.now() });
  if (!blank) forgetOldest(owner);
}

/** The messages that wait there, for as long as this tab is open. */
export function lineAt({ owner, chat }: Place): Next[] {
  return readKept<Next[]>(sessionStorage, owner, LINE + chat) ?? [];
}

export function keepLine({ owner, chat }: Place, waiting: readonly Next[]): void {
  writeKept(sessionStorage, owner, LINE + chat, waiting.length ? waiting : null);
}

/** A text that comes back before what was typed meanwhile. */
export function joined(before: string, typed: string): string {
  return [before, typed].filter(Boolean).join("\n\n");
}

function forgetOldest(owner: string): void {
  const names = keptNames(localStorage, owner).filter((name) => name.startsWith(DRAFT));
  if (names.length <= MOST_KEPT) return;
  const aged = names.map((name) => ({
    name,
    at: readKept<{ at: number }>(localStorage, owner, name)?.at ?? 0,
  }));
  for (const { name } of aged.sort((one, other) => one.at - other.at).slice(0, names.length - MOST_KEPT))
    writeKept(localStorage, owner, name, null);
}
