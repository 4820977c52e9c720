/** Something that can be done from the palette, a shortcut, or both. */
export interface Action {
  /** Stable, as `chat.new`: shortcuts are kept under it. */
  id: string;
  /** A function, so that it speaks the language of the moment. */
  title: string | (() => string);
  /** As `mod+k` or `mod+shift+o`; `mod` is ⌘ on a Mac and Ctrl elsewhere. */
  shortcut?: string;
  run: () => void;
  /** Whether it makes sense now; always, if not said. */
  when?: () => boolean;
}

const actions = new Map<string, Action>();

/** Offer an action; returns what takes it back (in an `$effect`, return that). A second one of an id takes its place. */
export function register(action: Action): () => void {
  actions.set(action.id, action);
  return () => {
    if (actions.get(action.id) === action) actions.delete(action.id);
  };
}

/** Every action there is, in the order they were offered. */
export function all(): Action[] {
  return [...actions.values()];
}

/** Those that make sense now. */
export function offered(): Action[] {
  return all().filter((action) => action.when?.() ?? true);
}

export function titleOf(action: Action): string {
  return typeof action.title === "string" ? action.title : action.title();
}
