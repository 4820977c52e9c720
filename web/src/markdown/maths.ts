import type { KatexOptions } from "katex";
import { cleanedMaths } from "./clean";
import { make } from "./make";

type Render = (tex: string, options: KatexOptions) => string;

/** A formula longer than this stays as it was written, and so does one that is nested deeper. */
const LONGEST = 4_000;
const DEEPEST = 60;

let render: Render | null = null;
let loading: Promise<void> | undefined;

/** Have what sets formulas brought; `ready` says whether it is there. */
export function loadMaths(): Promise<void> {
  loading ??= import("katex").then(({ default: katex }) => {
    render = (tex, options) => katex.renderToString(tex, options);
  });
  return loading;
}

export function mathsReady(): boolean {
  return render !== null;
}

function tooDeep(tex: string): boolean {
  let depth = 0;
  for (const sign of tex) {
    if (sign === "{") depth++;
    else if (sign === "}") depth--;
    if (depth > DEEPEST) return true;
  }
  return (tex.match(/\\(?:left|begin|sqrt|frac|over)\b/g)?.length ?? 0) > 300;
}

/** Put the formula in the place of its TeX. What cannot be read stays as it was written. */
export function setFormula(code: Element): void {
  const tex = code.textContent ?? "";
  if (!render || tex.length > LONGEST || tooDeep(tex)) return;
  const display = code.classList.contains("display");
  let html: string;
  try {
    html = render(tex, {
      output: "mathml",
      displayMode: display,
      throwOnError: true,
      trust: false,
      strict: false,
      maxSize: 20,
      maxExpand: 200,
    });
  } catch {
    return; // Not TeX, or TeX that is not known here: its source says more than a note of the failure.
  }
  // Its styles are not allowed here, and to parse them would be told of on the console; quotes within are escaped.
  const math = cleanedMaths(html.replace(/ style="[^"]*"/g, "")).querySelector("math");
  if (!math) return;
  if (display) math.setAttribute("display", "block");
  const box = make(
    display ? "div" : "span",
    { class: display ? "formula display" : "formula", "data-tex": tex },
    math,
  );
  if (display) box.setAttribute("tabindex", "0");
  // A block may not stand in a line of text: there it is a span that looks like one.
  const inLine = display && code.closest("p, span, td, th, li, h3, h4, h5, h6") !== null;
  code.replaceWith(inLine ? spanOf(box) : box);
}

function spanOf(box: HTMLElement): HTMLElement {
  const span = make("span", { class: box.className, tabindex: "0", "data-tex": box.dataset["tex"] ?? "" });
  span.append(...box.childNodes);
  return span;
}
