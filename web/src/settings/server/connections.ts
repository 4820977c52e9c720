import type { ConnectionFacts, ConnectionTested, ConnectionTrouble } from "../../api/types";
import english from "../../words/connections.en";
import { ago, figure, inShort, t, type Key } from "../../words";

/** What is put into the form, as it stands in its fields. */
export interface Draft {
  name: string;
  kind: string;
  address: string;
  key: string;
  keyless: boolean;
  prefix: string;
  models: string;
  most: string;
  first: string;
  enabled: boolean;
}

/** The form as it opens: empty, or with what a connection is. Its key never comes back. */
export function drafted(one: ConnectionFacts | null): Draft {
  return {
    name: one?.name ?? "",
    kind: one?.kind ?? "openai",
    address: one?.base_url ?? "",
    key: "",
    keyless: false,
    prefix: one?.prefix ?? "",
    models: (one?.models ?? []).join(" "),
    most: one?.max_concurrent == null ? "" : String(one.max_concurrent),
    first: String(one?.first_token_seconds ?? 120),
    enabled: one?.enabled ?? true,
  };
}

/** What the operation takes. A key that nobody typed is left out, and so stays as it is. */
export function wish(draft: Draft): Record<string, unknown> {
  const key = draft.keyless ? { api_key: null } : draft.key.trim() ? { api_key: draft.key.trim() } : {};
  return {
    name: draft.name.trim(),
    kind: draft.kind,
    base_url: draft.address.trim() || null,
    ...key,
    prefix: draft.prefix.trim(),
    models: draft.models.split(/[\s,]+/).filter(Boolean),
    max_concurrent: draft.most.trim() ? Number(draft.most) : null,
    first_token_seconds: Number(draft.first) || 120,
    enabled: draft.enabled,
  };
}

/** What went wrong, in the reader's language where there are words for it. */
export function trouble(code: string, message: string, hint: string): string {
  const known = `trouble_${code}`;
  if (known in english) return t(`connections.${known}` as Key);
  return inShort({ status: 502, code, message, hint, retryAfter: 0 });
}

/** The same of a connection or a test. */
export function troubleOf(error: ConnectionTrouble): string {
  return trouble(error.code ?? "", error.message, error.hint ?? "");
}

/** What came of a test, in one sentence. */
export function outcome(tested: ConnectionTested): string {
  if (tested.error) return t("connections.worksNot", { what: troubleOf(tested.error) });
  const count = tested.model_count ?? 0;
  return t("connections.works", { count, shown: figure(count), milliseconds: figure(tested.milliseconds) });
}

/** Whose a connection is, and where it stands. */
export function ownerOf(one: ConnectionFacts): string {
  const at = one.origin && (one.owner === "file" || one.owner === "found");
  return at
    ? t(`connections.owner_${one.owner}At` as Key, { place: one.origin })
    : t(`connections.owner_${one.owner}`);
}

/** How it fares. */
export function stateOf(one: ConnectionFacts): string {
  if (one.standing !== "used") return t(`connections.state_${one.standing}`);
  return t(one.circuit === "closed" ? "connections.state_used" : `connections.state_${one.circuit}`);
}

/** All that one line tells. */
export function facts(one: ConnectionFacts): string {
  const key = one.key_ending
    ? t("connections.keyEnds", { ending: one.key_ending })
    : one.has_key && t("connections.keySet");
  const count = one.model_count;
  const models = one.standing === "used" && t("connections.modelCount", { count, shown: figure(count) });
  return [kindName(one.kind), ownerOf(one), stateOf(one), models, key, one.base_url]
    .filter(Boolean)
    .join(" · ");
}

/** What went wrong last, and when. */
export function lastTrouble(one: ConnectionFacts): string {
  return one.last_error
    ? t("connections.last", { when: ago(one.last_error.at), what: troubleOf(one.last_error) })
    : "";
}

/** A kind as people call it; a plug-in's by its own name. */
export function kindName(kind: string): string {
  return kind === "openai" || kind === "ollama" ? t(`connections.kind_${kind}`) : kind;
}
