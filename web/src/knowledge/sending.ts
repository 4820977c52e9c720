import { address, API } from "../api/call";
import { Problem } from "../api/problem";
import type { DocumentView } from "../api/types";

/** A file on its way. `done` gives its document, or throws `Problem`; broken off, it never ends. */
export interface Sending {
  done: Promise<DocumentView>;
  abort: () => void;
}

/** Send a file to `documents.upload`. `onshare` hears how much is sent, from 0 to 1. */
export function send(fields: Record<string, string>, file: File, onshare: (share: number) => void): Sending {
  const request = new XMLHttpRequest();
  const query = new URLSearchParams(fields).toString();
  const done = new Promise<DocumentView>((resolve, reject) => {
    request.open("POST", address(`${API}documents.upload?${query}`));
    if (file.type) request.setRequestHeader("content-type", file.type);
    request.upload.onprogress = (event) => {
      if (event.total) onshare(event.loaded / event.total);
    };
    request.onerror = () => reject(new Problem(0, "", ""));
    request.onload = () => {
      if (request.status === 201) resolve(JSON.parse(request.responseText) as DocumentView);
      else reject(problemOf(request));
    };
    request.send(file);
  });
  return { done, abort: () => request.abort() };
}

function problemOf(request: XMLHttpRequest): Problem {
  const wait = Number(request.getResponseHeader("retry-after") ?? "0") || 0;
  try {
    const told = JSON.parse(request.responseText) as Record<string, string>;
    const { code = "", detail = "", hint = "", type = "" } = told;
    return new Problem(request.status, code, detail, { hint, kind: type.split(":").at(-1) ?? "" }, wait);
  } catch {
    return new Problem(request.status, "", "", {}, wait);
  }
}
