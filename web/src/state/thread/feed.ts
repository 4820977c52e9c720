import { follow } from "../../api/follow";
import { Problem } from "../../api/problem";
import type { FeedEntry } from "../../api/types";
import { emptyWithOwner } from "../owner";

type Hear = (entry: FeedEntry) => void;

const listeners = new Set<Hear>();
let line: AbortController | null = null;

/**
 * Hear what changes among the reader's chats; returns what ends it. All of a tab share one stream, because a browser
 * opens six connections to one server and no more. After a broken line, what was missed is told, or `missed`.
 */
export function hearFeed(hear: Hear): () => void {
  listeners.add(hear);
  if (!line) open();
  return () => {
    listeners.delete(hear);
    if (listeners.size) return;
    line?.abort();
    line = null;
  };
}

// What one person is told is no other's: whoever goes on listening hears the next one's.
emptyWithOwner(() => {
  line?.abort();
  line = null;
});

function open(): void {
  const here = new AbortController();
  line = here;
  const listener = {
    heard: (block: { data: string }) => {
      const entry = JSON.parse(block.data) as FeedEntry;
      for (const hear of [...listeners]) hear(entry);
    },
  };
  follow("feeds.read", {}, listener, here.signal)
    .catch((error: unknown) => {
      // Whoever is signed out is told so by every other call; the feed opens again with the next listener.
      if (!(error instanceof Problem)) throw error;
    })
    .finally(() => {
      if (line === here) line = null;
    });
}
