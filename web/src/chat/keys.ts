import { composing } from "../ui/composing";

/** What of a key press decides. */
export interface Press {
  key: string;
  isComposing: boolean;
  keyCode: number;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/**
 * What a key means in the message field: to send, or nothing that is not the browser's.
 *
 * While an input method composes, Enter chooses a word. On a touch screen Enter breaks the line: there is a button to send.
 */
export function meaning(press: Press, sendKey: "enter" | "mod-enter", touch: boolean): "send" | null {
  if (press.key !== "Enter" || composing(press)) return null;
  if (press.shiftKey || press.altKey) return null;
  const mod = press.ctrlKey || press.metaKey;
  if (sendKey === "mod-enter" || touch) return mod ? "send" : null;
  return "send";
}
