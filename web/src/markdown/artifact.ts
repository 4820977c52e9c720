import { address } from "../api/call";
import { t } from "../words";
import { sourceOf } from "./code";
import { make } from "./make";

/** Larger ones are only shown as code. */
const LARGEST = 1_000_000;

/**
 * Show what HTML or SVG looks like, or put it away. It stands in a frame without an origin and without a network: the
 * server says so of every file below `frames/`, and the page's own policy lets no frame go elsewhere.
 */
export function turnPreview(box: HTMLElement, pressed: HTMLElement): void {
  const shown = box.querySelector("iframe");
  pressed.setAttribute("aria-expanded", String(!shown));
  pressed.textContent = shown ? t("markdown.preview") : t("markdown.previewHide");
  if (shown) return shown.remove();
  const text = sourceOf(box);
  if (text.length > LARGEST) {
    pressed.remove();
    box.append(make("p", { class: "code-note" }, t("markdown.previewLarge")));
    return;
  }
  const frame = make("iframe", {
    class: "artifact",
    sandbox: "allow-scripts",
    referrerpolicy: "no-referrer",
    title: t("markdown.previewOf", { language: box.dataset["language"] ?? "" }),
  }) as HTMLIFrameElement;
  frame.addEventListener("load", () => frame.contentWindow?.postMessage({ artifact: text }, "*"), {
    once: true,
  });
  frame.src = address("frames/artifact.html");
  box.append(frame);
}
