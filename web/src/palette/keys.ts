/**
 * Shortcuts as text: `mod+shift+o`, in the order mod, ctrl, alt, shift, key. `mod` is ⌘ on a Mac and Ctrl elsewhere.
 */

/** What of a keyboard event a shortcut looks at. */
export type Pressed = Pick<KeyboardEvent, "key" | "code" | "metaKey" | "ctrlKey" | "altKey" | "shiftKey">;

export const MAC = /mac|iphone|ipad/i.test(navigator.platform);

const NAMES: Record<string, string> = {
  " ": "space",
  arrowup: "up",
  arrowdown: "down",
  arrowleft: "left",
  arrowright: "right",
};
const HELD = new Set([
  "Shift",
  "Control",
  "Alt",
  "Meta",
  "AltGraph",
  "CapsLock",
  "Dead",
  "Process",
  "Unidentified",
]);

/** What browsers and text fields need for themselves: it is not given to actions. */
const TAKEN = new Set(
  [
    "a",
    "c",
    "v",
    "x",
    "z",
    "y",
    "shift+z",
    "n",
    "shift+n",
    "t",
    "shift+t",
    "w",
    "shift+w",
    "q",
    "r",
    "shift+r",
    "l",
    "p",
    "f",
  ].map((rest) => `mod+${rest}`),
);
const ALONE = /^(?:f[0-9]{1,2})$/;

/** The name of the key: by its place where it is a letter or digit and the layout gives another script or a symbol. */
function keyOf(event: Pressed): string {
  const plain = event.key.toLowerCase();
  const place = /^(?:Key([A-Z])|Digit([0-9]))$/.exec(event.code);
  if (place && (event.altKey || event.shiftKey || !/^[\x21-\x7e]$/.test(plain)) && !/^[a-z]$/.test(plain))
    return (place[1] ?? place[2] ?? "").toLowerCase();
  return NAMES[plain] ?? plain;
}

/** The shortcut that was pressed; empty while only keys such as Shift are held. */
export function pressed(event: Pressed, mac = MAC): string {
  if (HELD.has(event.key)) return "";
  const key = keyOf(event);
  // A symbol such as `?` is typed with Shift on one layout and without on another: there Shift says nothing.
  const shifted = event.shiftKey && !(key.length === 1 && !/[a-z0-9]/.test(key));
  const parts = [
    (mac ? event.metaKey : event.ctrlKey) && "mod",
    mac && event.ctrlKey && "ctrl",
    !mac && event.metaKey && "meta",
    event.altKey && "alt",
    shifted && "shift",
    key,
  ];
  return parts.filter(Boolean).join("+");
}

/** Whether a shortcut may be given to an action: it holds a key that types nothing, and is nobody else's. */
export function allowed(shortcut: string): boolean {
  if (!shortcut || TAKEN.has(shortcut)) return false;
  const parts = shortcut.split("+");
  return parts.includes("mod") || parts.includes("ctrl") || parts.includes("alt") || ALONE.test(shortcut);
}

const SIGNS_MAC: Record<string, string> = {
  mod: "⌘",
  ctrl: "⌃",
  alt: "⌥",
  shift: "⇧",
  meta: "⌘",
  enter: "↩",
  escape: "⎋",
  backspace: "⌫",
};
const SIGNS: Record<string, string> = {
  mod: "Ctrl",
  ctrl: "Ctrl",
  alt: "Alt",
  shift: "Shift",
  meta: "Meta",
  enter: "Enter",
  escape: "Esc",
};
const ARROWS: Record<string, string> = { up: "↑", down: "↓", left: "←", right: "→", space: "␣" };

/** A shortcut for people: `⌘⇧O`, or `Ctrl+Shift+O`. */
export function shown(shortcut: string, mac = MAC): string {
  if (!shortcut) return "";
  const signs = mac ? SIGNS_MAC : SIGNS;
  const keys = shortcut.replace(/\+\+$/, "+plus").split("+");
  const parts = keys.map(
    (key) => signs[key] ?? ARROWS[key] ?? (key === "plus" ? "+" : key[0]?.toUpperCase() + key.slice(1)),
  );
  return parts.join(mac ? "" : "+");
}

/** Whether the reader is putting text in: then a key without ⌘, Ctrl or Alt is text. */
export function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (
    target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  )
    return true;
  return (
    target instanceof HTMLInputElement &&
    !["button", "checkbox", "radio", "submit", "range"].includes(target.type)
  );
}
