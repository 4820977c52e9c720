import { address } from "../api/call";

/** A provider that one can sign in with: its `name` stands in the address, `title` is for people. */
export interface Offered {
  name: string;
  title: string;
}

/** With whom one can sign in; nobody, when that cannot be found out: the password is still there. */
export async function providers(): Promise<Offered[]> {
  try {
    const answer = await fetch(address("parlance/sign-in"), { headers: { accept: "application/json" } });
    return answer.ok ? ((await answer.json()) as { providers: Offered[] }).providers : [];
  } catch {
    return [];
  }
}
