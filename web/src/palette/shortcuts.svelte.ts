import { choose, prefs } from "../state/prefs.svelte";
import { offered, type Action } from "./actions";
import { allowed, MAC, pressed, typing } from "./keys";

/** The keys of an action: the reader's, else its own; empty: none. */
export function bound(action: Action): string {
  return prefs.shortcuts[action.id] ?? action.shortcut ?? "";
}

/** Give an action other keys; whoever had them loses them. Empty takes its own away. */
export function bind(action: Action, shortcut: string, actions: readonly Action[]): void {
  const mine = { ...prefs.shortcuts };
  for (const other of actions)
    if (shortcut && other.id !== action.id && bound(other) === shortcut) mine[other.id] = "";
  mine[action.id] = shortcut;
  if (shortcut === (action.shortcut ?? "")) delete mine[action.id];
  choose("shortcuts", mine);
}

/** Give everything the keys that it came with. */
export function unbindAll(): void {
  choose("shortcuts", {});
}

/** The action that a key press asks for. None while text is composed, or where the keys are text. */
export function wanted(event: KeyboardEvent, actions: readonly Action[], mac = MAC): Action | undefined {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return undefined;
  const keys = pressed(event, mac);
  if (!keys || (typing(event.target) && !allowed(keys))) return undefined;
  // On a European layout AltGr types signs, and browsers say Ctrl and Alt of it.
  if (event.getModifierState?.("AltGraph")) return undefined;
  return actions.find((action) => bound(action) === keys);
}

/** Listen for shortcuts; returns what ends it. */
export function listen(): () => void {
  function heard(event: KeyboardEvent) {
    // A dialog has the keyboard for itself, but for what opened it.
    const action = wanted(event, offered());
    if (!action || (document.querySelector("dialog[open]") && !action.id.startsWith("palette."))) return;
    event.preventDefault();
    action.run();
  }
  document.addEventListener("keydown", heard);
  return () => document.removeEventListener("keydown", heard);
}
