import { tellNews } from "./news";
import { Problem, problemOf } from "./problem";

/** Below what the native API stands; relative, because a proxy may have put us under a sub-path. */
export const API = "parlance/v1/";

/** The address of a route or file, below the page's `<base>`. */
export function address(path: string): string {
  return new URL(path, document.baseURI).href;
}

function query(fields: Record<string, unknown>): string {
  const pairs = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  return pairs.length
    ? "?" + new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString()
    : "";
}

async function answered(path: string, init: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(address(API + path), { credentials: "same-origin", ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    tellNews("lost");
    throw new Problem(0, "offline", "The server cannot be reached.");
  }
  tellNews(answer.status === 401 ? "unauthenticated" : "reached");
  if (!answer.ok) throw await problemOf(answer);
  return answer;
}

async function value<T>(answer: Response): Promise<T> {
  const text = await answer.text();
  return (text ? JSON.parse(text) : null) as T;
}

/** Ask for something that changes nothing. Throws `Problem`, or `AbortError` when `signal` says so. */
export async function read<T>(operation: string, fields: object = {}, signal?: AbortSignal): Promise<T> {
  const init: RequestInit = signal ? { signal } : {};
  return value<T>(await answered(operation + query(fields as Record<string, unknown>), init));
}

/** Have something done. Throws `Problem`. */
export async function act<T = null>(
  operation: string,
  fields: object = {},
  signal?: AbortSignal,
): Promise<T> {
  const init: RequestInit = {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(fields),
  };
  if (signal) init.signal = signal;
  return value<T>(await answered(operation, init));
}

/** An open stream of server-sent events. Throws `Problem`; null when nothing is left to tell (204). */
export async function stream(
  operation: string,
  fields: object,
  last: string,
  signal: AbortSignal,
): Promise<Response | null> {
  const headers: Record<string, string> = { accept: "text/event-stream" };
  if (last) headers["last-event-id"] = last;
  const answer = await answered(operation + query(fields as Record<string, unknown>), { headers, signal });
  return answer.status === 204 ? null : answer;
}
