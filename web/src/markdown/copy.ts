import { toast } from "../ui";
import { t } from "../words";

/** Put the source of some code on the clipboard, and say so. */
export async function copied(text: string, box: Element): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("ui.copied"));
  } catch {
    // Pages that did not come over HTTPS may not use the clipboard: then it is marked, to be copied by hand.
    const code = box.querySelector("code");
    if (code) getSelection()?.selectAllChildren(code);
    toast(t("markdown.copyByHand"));
  }
}
