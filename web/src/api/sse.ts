/** One block of a stream of server-sent events. */
export interface Block {
  id: string;
  event: string;
  data: string;
}

/** Cuts a stream of server-sent events into blocks; half blocks wait for their rest. */
export class Cutter {
  #rest = "";

  /** The blocks that `text` completes. Comments (heartbeats) give none. */
  feed(text: string): Block[] {
    const pieces = (this.#rest + text).split("\n\n");
    this.#rest = pieces.pop() ?? "";
    return pieces.map(block).filter((one) => one !== null);
  }
}

function block(piece: string): Block | null {
  const found: Block = { id: "", event: "message", data: "" };
  let told = false;
  for (const line of piece.split("\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const name = line.slice(0, colon);
    const text = line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") found.data += (told ? "\n" : "") + text;
    else if (name === "event") found.event = text;
    else if (name === "id") found.id = text;
    told ||= name === "data";
  }
  return told ? found : null;
}
