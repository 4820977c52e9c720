import type { Snippet } from "svelte";
import { emptyWithOwner } from "./owner";

class Margin {
  title = $state("");
  content = $state.raw<Snippet | null>(null);

  get open(): boolean {
    return this.content !== null;
  }

  /** Show something beside the conversation: a ledger, an artifact, evidence. On narrow screens it is a sheet. */
  show(title: string, content: Snippet): void {
    this.title = title;
    this.content = content;
  }

  close(): void {
    this.content = null;
  }
}

/** What stands in the right margin; nothing, mostly. */
export const margin = new Margin();
emptyWithOwner(() => margin.close());
