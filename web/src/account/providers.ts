import { address } from "../api/call";

/** A provider that one can sign in with: its `name` stands in the address, `title` is for people. */
export interface Offered {
  name: string;
  title: string;
}

/** The ways in besides the password. */
export interface Ways {
  providers: Offered[];
  /** Whether one can make an account by oneself. */
  sign_up: boolean;
}

/** What there is; no provider, when that cannot be found out: the password is still there, and trying tells the rest. */
export async function ways(): Promise<Ways> {
  const unknown = { providers: [], sign_up: true };
  try {
    const answer = await fetch(address("parlance/sign-in"), { headers: { accept: "application/json" } });
    return answer.ok ? ((await answer.json()) as Ways) : unknown;
  } catch {
    return unknown;
  }
}
