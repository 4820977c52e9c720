/** What a call tells besides its answer: the server is reached again, it was not reached, or it knows nobody here. */
export type News = "reached" | "lost" | "unauthenticated";

type Hear = (news: News) => void;

const listeners = new Set<Hear>();
let away = false;

/** Hear it of every call; returns what ends it. */
export function hearNews(hear: Hear): () => void {
  listeners.add(hear);
  return () => void listeners.delete(hear);
}

/** Tell what a call has found. That the server is there is worth a word only after it was not: whoever waits to try
    again would be woken by every other's try. */
export function tellNews(news: News): void {
  if (away && news !== "lost") tell("reached");
  if (news !== "reached") tell(news);
}

function tell(news: News): void {
  away = news === "lost";
  for (const hear of [...listeners]) hear(news);
}
