import { models } from "../state/models.svelte";
import { go, route } from "../state/route.svelte";
import { session } from "../state/session.svelte";

/** Somebody has signed in: find out who, and go where they wanted. */
export async function arrive(): Promise<void> {
  await session.load();
  if (session.can("chat")) void models.refresh();
  if (route.name === "sign-in" || route.name === "sign-up") go("", { replace: true });
}
