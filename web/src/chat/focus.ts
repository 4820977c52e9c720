import { tick } from "svelte";

/**
 * What had the focus may be gone after a deed: a button that stood under an answer, an arrow of a branch, a dialog. Whoever
 * works by keys is put back to the message field then, and not to the begin of the page. On a touch screen nobody is: the
 * field would bring up its keyboard. `leaving` says that what has it will go in a moment.
 */
export async function keepFocus(leaving = false): Promise<void> {
  await tick();
  const held = document.activeElement;
  if ((!leaving && held && held !== document.body) || !matchMedia("(pointer: fine)").matches) return;
  document.getElementById("composer")?.focus();
}

/** Focus what a selector finds as soon as it is there: what is far away is drawn when it comes near. */
export async function focusSoon(selector: string, frames = 20): Promise<void> {
  await tick();
  for (let n = 0; n < frames; n++) {
    const found = document.querySelector<HTMLElement>(selector);
    if (found) return found.focus();
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}
