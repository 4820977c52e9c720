/** How well something fits what was typed, and which of its characters do. */
export interface Match {
  score: number;
  at: number[];
}

const STARTS = 8;
const FOLLOWS = 5;
const WORD = /[\s/.:_\-()]/;

/**
 * Whether the letters of `query` stand in `text` in that order, and how well: letters at the beginning of words and
 * letters that follow each other count more, gaps count less. Several words may stand in any order. Null: no match.
 */
export function match(query: string, text: string): Match | null {
  const words = folded(query).split(/\s+/).filter(Boolean);
  const within = folded(text);
  const all: Match = { score: 0, at: [] };
  for (const word of words) {
    const found = within.includes(word) ? whole(word, within) : scattered(word, within);
    if (!found) return null;
    all.score += found.score;
    all.at.push(...found.at);
  }
  all.score -= within.length / 50;
  all.at = [...new Set(all.at)].sort((one, other) => one - other);
  return all;
}

/** Without case and accents, and as long as it was, so that places stay true. */
function folded(text: string): string {
  return Array.from(text, (sign) => {
    const plain = sign.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    return plain.length === sign.length ? plain : sign;
  }).join("");
}

function starts(text: string, at: number): boolean {
  return at === 0 || WORD.test(text[at - 1] ?? "");
}

function whole(word: string, text: string): Match {
  let best = text.indexOf(word);
  for (let at = best; at >= 0; at = text.indexOf(word, at + 1))
    if (starts(text, at)) {
      best = at;
      break;
    }
  const score = 20 + word.length * FOLLOWS + (starts(text, best) ? STARTS * 2 : 0) - best / 20;
  return { score, at: Array.from({ length: word.length }, (_, index) => best + index) };
}

function scattered(word: string, text: string): Match | null {
  const found: Match = { score: 0, at: [] };
  let from = 0;
  for (const letter of word) {
    let at = text.indexOf(letter, from);
    if (at < 0) return null;
    for (let next = at; next >= 0 && next < from + 24; next = text.indexOf(letter, next + 1))
      if (next === from || starts(text, next)) {
        at = next;
        break;
      }
    found.score += starts(text, at)
      ? STARTS
      : at === from && from > 0
        ? FOLLOWS
        : 1 - Math.min(at - from, 10) / 5;
    found.at.push(at);
    from = at + 1;
  }
  return found.score > word.length * 3 ? found : null;
}

/** The items that fit, best first; those that fit equally stay in their order. */
export function ranked<T>(
  query: string,
  items: readonly T[],
  text: (item: T) => string,
): { item: T; at: number[] }[] {
  if (!query.trim()) return items.map((item) => ({ item, at: [] }));
  return items
    .map((item) => ({ item, found: match(query, text(item)) }))
    .filter((one): one is { item: T; found: Match } => one.found !== null)
    .sort((one, other) => other.found.score - one.found.score)
    .map(({ item, found }) => ({ item, at: found.at }));
}
