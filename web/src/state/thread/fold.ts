import type {
  Choice,
  Cited,
  Ended,
  Evidence,
  Failure,
  Retrieved,
  RunEvent,
  Trimmed,
  Turn,
  TurnItem,
  Usage,
} from "../../api/types";

type Item = TurnItem["item"];
type Call = { id: string; name: string; arguments: string };

const NAMES: Record<string, string> = {
  message: "message",
  reasoning: "reasoning",
  tool_call: "call",
  tool_result: "result",
};

/**
 * An answer that grows out of a run's events, as the server folds them into its turn (`core/runs/fold.py` and
 * `core/chat/saving.py`), so that a live answer and a reloaded one cannot differ. Only the first choice is a turn's.
 */
export class Folding {
  /** The number of the last event that was added. */
  last = 0;
  #text = "";
  #reasoning = "";
  #refusal = "";
  #calls = new Map<number, Call>();
  #reason = "";
  #drafted = false;
  #whole: Choice | null = null;
  usage: Usage | null = null;
  trimmed: Trimmed | null = null;
  ended: Ended | null = null;
  /** What the answer rests on by now, where it was looked for in documents. */
  evidence: Evidence | null = null;
  /** When the first text came and when the log ended, in microseconds; 0 while unknown. */
  firstAt = 0;
  endedAt = 0;

  /** Go on with this event; unknown ones, and those of other choices, are skipped. */
  add(event: RunEvent): void {
    this.last = event.n;
    switch (event.t) {
      case "usage":
        this.usage = event;
        break;
      case "trimmed":
        this.trimmed = event;
        break;
      case "retrieved":
        this.evidence = evidenceOf(event);
        break;
      case "cited":
        if (!event.choice && this.evidence)
          this.evidence = { ...this.evidence, cited: [...(this.evidence.cited ?? []), plainly(event)] };
        break;
      case "ended":
        this.ended = event;
        this.endedAt = event.at ?? 0;
        break;
      case "whole":
        this.#whole = event.choices[0] ?? null;
        this.usage ??= event.usage ?? null;
        this.firstAt ||= event.at ?? 0;
        break;
      case "delta":
      case "tool_called":
      case "finished":
        if (!event.choice) this.#say(event);
    }
  }

  #say(event: RunEvent): void {
    this.#drafted = true;
    if (event.t === "finished") this.#reason = event.reason;
    else if (event.t === "tool_called")
      this.#calls.set(event.item, { id: event.id, name: event.name, arguments: "" });
    else if (event.t === "delta") {
      this.firstAt ||= event.at ?? 0;
      const lane = event.lane ?? "text";
      const call = this.#calls.get(event.item ?? 0);
      if (lane === "text") this.#text += event.text;
      else if (lane === "reasoning") this.#reasoning += event.text;
      else if (lane === "refusal") this.#refusal += event.text;
      else if (call) call.arguments += event.text;
    }
  }

  /** Whether anything of the answer itself has been said. */
  get begun(): boolean {
    return this.#drafted || this.#whole !== null;
  }

  /** What the answer says by now, in the order in which the turn keeps it. */
  said(): Item[] {
    if (this.#whole && !this.#drafted) return saidIn(this.#whole.items, this.#whole.refusal);
    const items: Item[] = [];
    if (this.#reasoning) items.push({ type: "reasoning", text: this.#reasoning });
    if (this.#text) items.push({ type: "message", role: "assistant", content: this.#text });
    for (const call of this.#calls.values()) items.push({ type: "tool_call", ...call });
    return saidIn(items, this.#refusal);
  }

  get #short(): boolean {
    return (this.#drafted ? this.#reason : this.#whole?.reason) === "length";
  }

  /** The turn as it is now: `lead` are items before what the run says (earlier tool rounds). */
  turn(before: Turn, lead: readonly Item[]): Turn {
    const ended = this.ended;
    const whole = ended?.outcome === "complete" && !this.#short;
    const turn: Turn = { ...before, items: turnItems([...lead, ...this.said()], whole), usage: this.usage };
    if (this.evidence) turn.evidence = this.evidence;
    if (!ended) return turn;
    turn.state = ended.outcome === "complete" && this.#short ? "cut" : ended.outcome;
    turn.error = (ended.error as Failure | null | undefined) ?? null;
    turn.ended = this.endedAt;
    return turn;
  }
}

function evidenceOf({ passages, bases, threshold, remarks }: Retrieved): Evidence {
  return { passages: passages ?? [], bases: bases ?? [], threshold: threshold ?? 0, remarks: remarks ?? [] };
}

/** A citation as a turn keeps it: without its place in the log. */
function plainly({ t, start, stop, citations, missing }: Cited): Cited {
  return { t, start, stop, ...(citations ? { citations } : {}), ...(missing ? { missing } : {}) };
}

function saidIn(items: readonly Item[], refusal: string | null | undefined): Item[] {
  const said = items.filter((item) => item.type !== "message" || (item.content?.length ?? 0) > 0);
  if (refusal)
    said.push({ type: "message", role: "assistant", content: refusal, foreign: { refusal: true } });
  return said;
}

/** Items with ids that stay while the answer grows; the last one of an answer that is not whole is partial. */
export function turnItems(items: readonly Item[], whole: boolean): TurnItem[] {
  const counts: Record<string, number> = {};
  return items.map((item, n) => {
    const kind = NAMES[item.type] ?? "opaque";
    const count = (counts[kind] = (counts[kind] ?? 0) + 1);
    const status = !whole && n === items.length - 1 ? "partial" : "complete";
    return { id: `${kind}-${count}`, item, status };
  });
}

/** What stands in a running turn before what its run says: all up to the last result of a tool, which no run says. */
export function leadOf(turn: Turn): Item[] {
  const items = (turn.items ?? []).map((each) => each.item);
  return items.slice(0, items.findLastIndex((item) => item.type === "tool_result") + 1);
}

/** The text of one message, parts joined without anything between them. */
export function textOf(item: Item): string {
  if (item.type !== "message") return "";
  const content = item.content ?? "";
  if (typeof content === "string") return content;
  // A text with a source is a file that goes along, not something that was said.
  return content.map((part) => (part.type === "text" && !part.source ? part.text : "")).join("");
}

/** All that a turn says as text: messages only, a blank line between several. */
export function sayingOf(turn: Turn): string {
  return (turn.items ?? [])
    .map((each) => textOf(each.item))
    .filter(Boolean)
    .join("\n\n");
}
