import { untrack } from "svelte";
import { read } from "../../api/call";
import { Problem } from "../../api/problem";
import type { Storage } from "../../api/types";
import { bytes, t } from "../../words";

/** What is known of the room of a tenant: how it stands, or why that could not be read. */
export type Told = Storage | Problem;

/** The rooms of some tenants for documents. They are asked for one after the other: tenants may be many. */
export class Rooms {
  known = $state.raw<Readonly<Record<string, Told>>>({});
  #waiting: string[] = [];
  #asked: string | undefined;

  /** Read those of these tenants that are not known yet; what failed before is tried again. */
  async want(tenants: readonly string[]): Promise<void> {
    const known = untrack(() => this.known);
    const lacks = (id: string) => id !== this.#asked && (!known[id] || known[id] instanceof Problem);
    this.#waiting = tenants.filter(lacks);
    if (this.#asked !== undefined) return;
    try {
      while ((this.#asked = this.#waiting.shift()) !== undefined) {
        const told = await roomOf(this.#asked);
        this.known = { ...this.known, [this.#asked]: told };
      }
    } finally {
      this.#asked = undefined;
    }
  }

  /** Ask for no more of them. */
  leave(): void {
    this.#waiting = [];
  }
}

async function roomOf(tenant: string): Promise<Told> {
  try {
    return await read<Storage>("storage.read", { tenant });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error;
  }
}

/** How full a room is, from 0 to 1; null where it has no bound. */
export function fullness({ used, reserved, quota }: Storage): number | null {
  if (quota == null) return null;
  return quota ? Math.min((used + reserved) / quota, 1) : 1;
}

/** A room in figures. */
export function inFigures(room: Storage): string {
  const { used, reserved, documents, quota, own } = room;
  const taken = bytes(used + reserved);
  return [
    quota == null
      ? t("knowledge.quotaFree", { used: taken })
      : t("knowledge.quotaUsed", { used: taken, limit: bytes(quota) }),
    t("knowledge.documentsCount", { count: documents }),
    own ? t("knowledge.quotaOwn") : "",
  ]
    .filter(Boolean)
    .join(" · ");
}
