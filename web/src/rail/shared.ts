import { address } from "../api/call";
import { Problem, problemOf } from "../api/problem";

/** What a link to a thread shows: no operation gives it, for it needs no account. */
export interface SharedChat {
  title: string;
  created: number;
  turns: {
    role: string;
    text: string;
    created: number;
    model?: string;
    attachments?: number;
    sources?: number;
  }[];
  expires?: number;
}

/** What is at a link. Throws `Problem`. */
export async function shared(token: string): Promise<SharedChat> {
  const path = address(`parlance/share/${encodeURIComponent(token)}`);
  const answer = await fetch(path, { headers: { accept: "application/json" }, cache: "no-store" }).catch(
    () => {
      throw new Problem(0, "offline", "");
    },
  );
  if (!answer.ok) throw await problemOf(answer);
  return (await answer.json()) as SharedChat;
}
