type Hear = (owner: string | null) => void;

const listeners = new Set<Hear>();
let owner: string | null = null;

/** Hear whose things are shown here, now and whenever somebody else has come; null: nobody's. */
export function hearOwner(hear: Hear): void {
  listeners.add(hear);
  hear(owner);
}

/**
 * Have something of one person emptied before anybody else sees it: when they sign out, and when somebody else is there.
 * Every state of a module that holds what is a user's is handed in here; what lives in a component goes with it.
 */
export function emptyWithOwner(empty: () => void): void {
  listeners.add((next) => {
    if (next === null) empty();
  });
}

/** Tell who is there. A session that has only ended changes nothing: mostly the same person goes on. */
export function tellOwner(next: string | null): void {
  if (next === owner) return;
  if (owner !== null && next !== null) tell(null);
  tell(next);
}

function tell(next: string | null): void {
  owner = next;
  for (const hear of [...listeners]) hear(next);
}
