const PREFIX = "parlance.of.";
/** Where drafts stood before they were anybody's. */
const FORMER = ["parlance.desk.", "parlance.queue."];

function key(owner: string, name: string): string {
  return `${PREFIX}${owner}.${name}`;
}

/** What this browser keeps of one person under a name; null where nothing is kept that can be read. */
export function readKept<T>(store: Storage, owner: string, name: string): T | null {
  try {
    return JSON.parse(store.getItem(key(owner, name)) ?? "null") as T | null;
  } catch {
    return null; // Nothing was kept that can be read.
  }
}

/** Keep something of one person: whoever signs in here next does not come upon it. Null: keep it no more. */
export function writeKept(store: Storage, owner: string, name: string, value: unknown): void {
  try {
    if (value === null) store.removeItem(key(owner, name));
    else store.setItem(key(owner, name), JSON.stringify(value));
  } catch {
    // A full or forbidden store: then it holds until the page is closed.
  }
}

/** The names under which something of one person is kept. */
export function keptNames(store: Storage, owner: string): string[] {
  const begin = key(owner, "");
  return keys(store).flatMap((each) => (each.startsWith(begin) ? [each.slice(begin.length)] : []));
}

/** Forget what is kept of everybody, but of this person. */
export function forgetKept(owner: string | null = null): void {
  const ours = owner === null ? null : key(owner, "");
  for (const store of [localStorage, sessionStorage])
    for (const each of keys(store))
      if ([PREFIX, ...FORMER].some((begin) => each.startsWith(begin)) && !(ours && each.startsWith(ours)))
        store.removeItem(each);
}

function keys(store: Storage): string[] {
  try {
    return Object.keys(store);
  } catch {
    return []; // A forbidden store keeps nothing.
  }
}
