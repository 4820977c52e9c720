import { act } from "../../api/call";
import type {
  Answering,
  Grounds,
  Image,
  Message,
  RunView,
  Sampling,
  Sent,
  Text,
  Turn,
} from "../../api/types";

export type Part = Exclude<NonNullable<Message["content"]>, string>[number];

/** How answers are wanted. Without models the one that answered last is asked, or the default one. */
export interface Wish {
  models: string[];
  sampling: Sampling;
  think?: boolean | string | null;
  /** What goes before the prompt, behind the instructions of the chat's folder. */
  instructions?: string;
  /** The bases that the answer is to rest on; null: those of the question before. */
  bases?: string[] | null;
  grounds?: Grounds | null;
}

/** What is said: a text with pictures in it and files beside it. */
export interface Saying {
  text: string;
  files: string[];
  parts: Part[];
}

/** An id that nobody else makes. (`randomUUID` is not there on plain HTTP beyond one's own machine.) */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The turn of a question as the server keeps it. */
export function questionTurn(sent: Sent, parent: string | null, saying: Saying): Turn {
  const text: Text[] = saying.text ? [{ type: "text", text: saying.text }] : [];
  const content = saying.parts.length ? [...text, ...saying.parts] : saying.text;
  return {
    id: sent.turn,
    chat: sent.chat,
    role: "user",
    state: "complete",
    created: Date.now() * 1000,
    parent,
    items: [{ id: "message-1", item: { type: "message", role: "user", content } }],
    files: saying.files,
    sent: sent.turn,
  };
}

/** The turn of an answer that has just been asked for. */
export function answerTurn(sent: Sent, answer: Answering, marked: string): Turn {
  return {
    id: answer.turn,
    chat: sent.chat,
    role: "assistant",
    state: "running",
    created: Date.now() * 1000,
    parent: sent.turn,
    model: answer.model,
    run: answer.run,
    sent: marked,
  };
}

/** The conversation along a path as a model is asked it, behind the instructions. */
export function itemsOf(
  path: readonly Turn[],
  instructions: string,
): NonNullable<Turn["items"]>[number]["item"][] {
  const system: Message[] = instructions.trim()
    ? [{ type: "message", role: "system", content: instructions }]
    : [];
  return [...system, ...path.flatMap((turn) => (turn.items ?? []).map((each) => each.item))];
}

/** A picture of this machine as a part of a message. */
export function imagePart(data: string, mediaType: string): Image {
  return { type: "image", data, media_type: mediaType };
}

/** What is made where nothing is kept: ids of this page only. */
export function unsaved(turn: string): Sent {
  return { chat: "", turn, answer: "", run: "", answers: [] };
}

/** Ask the models of a wish without anything being kept of it; `path` ends with the question. Throws `Problem`. */
export async function askUnsaved(question: Turn, path: readonly Turn[], wish: Wish): Promise<Turn[]> {
  const [items, marked] = [itemsOf(path, wish.instructions ?? ""), newId()];
  const asked = (wish.models.length ? wish.models : [""]).map(async (model) => {
    const ask = { model, items, sampling: wish.sampling, think: wish.think ?? null };
    const grounded = wish.bases?.length
      ? { bases: wish.bases, ...(wish.grounds && { grounds: wish.grounds }) }
      : {};
    const how = { cache: "skip", detached: true, trim: true, ...grounded };
    const run = await act<RunView>("messages.send", { ask, ...how });
    return answerTurn(unsaved(question.id), { turn: newId(), run: run.run, model: run.model }, marked);
  });
  return Promise.all(asked);
}
