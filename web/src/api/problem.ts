/** What went wrong, as the native API tells it (RFC 9457), or as the network did. */
export class Problem extends Error {
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** What sort of failure it is, by the server's own word; empty where something else answered. */
  readonly kind: string;
  /** The stable code that the error reference has a section for. */
  readonly code: string;
  /** What to do about it, where the server knows. */
  readonly hint: string;
  /** The field of the body that is at fault. */
  readonly field: string;
  /** Seconds until it is worth trying again, from `Retry-After`; 0 when not told. */
  readonly retryAfter: number;

  constructor(
    status: number,
    code: string,
    detail: string,
    more: Partial<Record<"kind" | "hint" | "field", string>> = {},
    retryAfter = 0,
  ) {
    super(detail);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.kind = more.kind ?? "";
    this.hint = more.hint ?? "";
    this.field = more.field ?? "";
    this.retryAfter = retryAfter;
  }

  /** Whether the caller has to sign in. */
  get unauthenticated(): boolean {
    return this.status === 401;
  }

  /** Whether no answer came at all. */
  get offline(): boolean {
    return this.status === 0;
  }
}

/** The problem that a failed answer tells. */
export async function problemOf(answer: Response): Promise<Problem> {
  const wait = Number(answer.headers.get("retry-after") ?? "0") || 0;
  try {
    const told = (await answer.json()) as Record<string, unknown>;
    const text = (name: string) => (typeof told[name] === "string" ? (told[name] as string) : "");
    const kind = text("type").split(":").at(-1) ?? "";
    const more = { kind, hint: text("hint"), field: text("field") };
    return new Problem(answer.status, text("code"), text("detail") || text("title"), more, wait);
  } catch {
    return new Problem(answer.status, "", answer.statusText || String(answer.status), {}, wait);
  }
}
