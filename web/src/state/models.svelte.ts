import { read } from "../api/call";
import { Problem } from "../api/problem";
import type { ModelCard } from "../api/types";
import { emptyWithOwner } from "./owner";

type Capability = NonNullable<ModelCard["capabilities"]>[number];

/** Whether a model can do something; a card that tells nothing is one that chats. */
export function capable(card: ModelCard, what: Capability): boolean {
  return (card.capabilities ?? ["chat"]).includes(what);
}

class Models {
  /** Every model the caller may use: those that chat first, in the server's order. */
  list = $state.raw<ModelCard[]>([]);
  loaded = $state(false);
  problem = $state<Problem | null>(null);
  /** Another one for each person. */
  #owned = {};

  /** Be as at first: somebody else may use others. */
  empty(): void {
    this.#owned = {};
    [this.list, this.loaded, this.problem] = [[], false, null];
  }

  get chat(): ModelCard[] {
    return this.list.filter((card) => capable(card, "chat"));
  }

  find(id: string): ModelCard | undefined {
    return this.list.find((card) => card.id === id);
  }

  /** Ask again what there is. Does not throw: what went wrong is in `problem`, and the list stays. */
  async refresh(): Promise<void> {
    const owned = this.#owned;
    try {
      const cards = await read<ModelCard[]>("models.list");
      if (owned !== this.#owned) return;
      const chats = (card: ModelCard) => (capable(card, "chat") ? 0 : 1);
      this.list = [...cards].sort((one, other) => chats(one) - chats(other));
      this.loaded = true;
      this.problem = null;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (owned === this.#owned) this.problem = error;
    }
  }
}

/** What can answer. */
export const models = new Models();
emptyWithOwner(() => models.empty());
