import { Problem } from "../api/problem";
import { toast } from "../ui";
import { inShort } from "../words";

/** Do something that is shown already; says why when it was not to be, and gives whether it was done. */
export async function attempted(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    toast(inShort(error), { kind: "error" });
    return false;
  }
}
