import { address, API } from "../api/call";
import { Problem } from "../api/problem";

/** What became of a file of chats. */
export interface Imported {
  imported: number;
  skipped: number;
  refused: { place: number; title: string; reason: string; code?: string }[];
}

/** Hand a file of chats in; `sent` hears how much is there, from 0 to 1. Throws `Problem`. */
export function bring(file: File, sent: (share: number) => void): Promise<Imported> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address(`${API}chats.import`));
    request.upload.onprogress = (event) => sent(event.total ? event.loaded / event.total : 0);
    request.onerror = () => reject(new Problem(0, "offline", ""));
    request.onload = () => {
      const told = parsed(request.responseText);
      if (request.status < 300) resolve(told as unknown as Imported);
      else
        reject(
          new Problem(request.status, text(told["code"]), text(told["detail"]) || request.statusText, {
            hint: text(told["hint"]),
          }),
        );
    };
    request.send(file);
  });
}

function parsed(body: string): Record<string, unknown> {
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    return {}; // A proxy that answers for the server does so in HTML.
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Where a file of one chat, or of all, is fetched. */
export function exportOf(format: "json" | "markdown", chat?: string): string {
  return address(`${API}chats.export?${new URLSearchParams({ format, ...(chat ? { chat } : {}) })}`);
}
