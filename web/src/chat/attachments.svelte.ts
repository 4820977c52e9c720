import { act, address, API } from "../api/call";
import { Problem } from "../api/problem";
import type { FileView } from "../api/types";
import { imagePart, newId, type Part } from "../state/thread/local";
import { inShort, t } from "../words";

/** A file on its way into a message. */
export interface Attachment {
  id: string;
  name: string;
  size: number;
  state: "uploading" | "ready" | "failed";
  /** From 0 to 1. */
  share: number;
  /** Why it cannot go along, in a sentence. */
  reason: string;
  /** Whether it is of a kind that models cannot be given, and a base perhaps can read. */
  document?: boolean;
  kind: FileView["kind"] | "";
  /** Its id on the server; of a temporary chat there is none. */
  file: string;
  /** What is sent of it in a temporary chat, in which no file is kept. */
  part: Part | null;
}

/** What is kept of an attachment with the draft it belongs to; without a `file`, one that was not uploaded whole. */
export type KeptFile = Pick<Attachment, "name" | "size" | "kind" | "file">;

const MOST = 20;

class Attachments {
  list = $state<Attachment[]>([]);
  /** Hears that there are others now, or that one is there. */
  onchange: () => void = () => undefined;
  #requests = new Map<string, XMLHttpRequest>();

  get busy(): boolean {
    return this.list.some((one) => one.state === "uploading");
  }

  /** Whether one cannot go along: a message that were sent without it would be answered as if it had been there. */
  get failed(): boolean {
    return this.list.some((one) => one.state === "failed");
  }

  get ready(): Attachment[] {
    return this.list.filter((one) => one.state === "ready");
  }

  get pictures(): boolean {
    return this.list.some((one) => one.kind === "image" && one.state !== "failed");
  }

  /** Take files; with `temporary` they are read here and not uploaded. */
  take(files: Iterable<File>, temporary: boolean): void {
    for (const file of [...files].slice(0, MOST - this.list.length)) {
      const one: Attachment = {
        id: newId(),
        name: file.name || t("chat.pasted"),
        size: file.size,
        state: "uploading",
        share: 0,
        reason: "",
        kind: "",
        file: "",
        part: null,
      };
      this.list.push(one);
      const kept = this.list[this.list.length - 1] ?? one;
      if (temporary) void this.#readHere(kept, file);
      else this.#upload(kept, file);
    }
    this.onchange();
  }

  #upload(one: Attachment, file: File): void {
    const request = new XMLHttpRequest();
    this.#requests.set(one.id, request);
    request.open("POST", address(`${API}files.upload?name=${encodeURIComponent(one.name)}`));
    if (file.type) request.setRequestHeader("content-type", file.type);
    request.upload.onprogress = (event) => (one.share = event.total ? event.loaded / event.total : 0);
    request.onerror = () => this.#failed(one, t("chat.fileUnsent"));
    request.onload = () => {
      this.#requests.delete(one.id);
      if (request.status !== 201) return this.#failed(one, reasonOf(request));
      const view = JSON.parse(request.responseText) as FileView;
      if (view.kind === "other") return this.#unreadable(one);
      [one.state, one.share, one.kind, one.file] = ["ready", 1, view.kind, view.id];
      this.onchange();
    };
    request.send(file);
  }

  async #readHere(one: Attachment, file: File): Promise<void> {
    try {
      if (file.type.startsWith("image/")) {
        one.part = imagePart(base64(new Uint8Array(await file.arrayBuffer())), file.type);
        one.kind = "image";
      } else {
        const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
        const source = { kind: "file" as const, id: one.id, name: one.name };
        one.part = { type: "text", text: `\n\n${one.name}:\n\n${text}\n`, source };
        one.kind = "text";
      }
      one.state = "ready";
    } catch {
      this.#unreadable(one);
    }
  }

  #unreadable(one: Attachment): void {
    one.document = true;
    this.#failed(one, t("chat.fileUnreadable"));
  }

  #failed(one: Attachment, reason: string): void {
    this.#requests.delete(one.id);
    [one.state, one.reason] = ["failed", reason];
    this.onchange();
  }

  /** Take one off; what was uploaded for nothing is deleted. */
  remove(id: string): void {
    this.#requests.get(id)?.abort();
    this.#requests.delete(id);
    const one = this.list.find((each) => each.id === id);
    this.list = this.list.filter((each) => each.id !== id);
    this.onchange();
    // A file that cannot be deleted now stays in the list of files, where it can be deleted later.
    if (one?.file) void act("files.delete", { file: one.file }).catch(() => undefined);
  }

  /** Those that go along with a message: they are not here any more. */
  hand(): Attachment[] {
    const going = this.ready;
    this.clear();
    return going;
  }

  /** The message was not sent: they are here again, before what has come since. */
  giveBack(files: readonly Attachment[]): void {
    this.list = [...files, ...this.list];
  }

  /** Show what was kept with a draft; of what was not uploaded whole, that it was not. */
  restore(files: readonly KeptFile[]): void {
    this.clear();
    this.list = files.map((kept) => ({
      ...kept,
      id: newId(),
      state: kept.file ? "ready" : "failed",
      share: kept.file ? 1 : 0,
      reason: kept.file ? "" : t("chat.fileUnsent"),
      part: null,
    }));
  }

  /** Take all of them off, and upload no more. */
  clear(): void {
    for (const request of this.#requests.values()) request.abort();
    this.#requests.clear();
    this.list = [];
  }
}

/** What goes along with the message that is written. */
export const attachments = new Attachments();

/** What to keep of them: what is on the server or on its way there. */
export function keptOf(list: readonly Attachment[]): KeptFile[] {
  const lasting = list.filter((one) => one.state !== "failed" && !one.part);
  return lasting.map(({ name, size, kind, file }) => ({ name, size, kind, file }));
}

function reasonOf(request: XMLHttpRequest): string {
  try {
    const { code = "", detail = "", hint = "" } = JSON.parse(request.responseText) as Record<string, string>;
    return inShort(new Problem(request.status, code, detail, { hint }));
  } catch {
    return t("chat.fileUnsent");
  }
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000)
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
