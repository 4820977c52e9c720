const KEY = "parlance.timing";
const MOST = 400;

/** When the first text of an answer came, by the server's clock; the server keeps no such time, so this browser does. */
const times = new Map<string, number>(kept());

function kept(): [string, number][] {
  try {
    const told: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(told) ? (told as [string, number][]) : [];
  } catch {
    return []; // Then no older answer has its time.
  }
}

/** Microseconds; 0 where nobody saw it come. */
export function firstAt(turn: string): number {
  return times.get(turn) ?? 0;
}

export function remember(turn: string, at: number): void {
  if (!at) return;
  times.set(turn, at);
  try {
    localStorage.setItem(KEY, JSON.stringify([...times].slice(-MOST)));
  } catch {
    // A full or forbidden store: it holds until the page is closed.
  }
}
