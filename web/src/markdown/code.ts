import { t } from "../words";
import { pieces } from "./bounds";
import { cleanedCode } from "./clean";
import { coloured, known } from "./languages";
import { button, make } from "./make";

/** Longer code is shown without colours: they would cost more than they tell. */
const COLOURED = 60_000;
const LONG_LINE = 20_000;
/** About so many characters stand in one block of long code. */
const BLOCK = 4_000;
/** What turns the direction of a text about: in code it would show something else than what runs. */
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

const sources = new WeakMap<Element, string>();

/** The source of a box of code, as it was written. */
export function sourceOf(box: Element): string {
  return sources.get(box) ?? box.querySelector("code")?.textContent ?? "";
}

/** A box of code with its head; `done` when its end is there. */
export function codeBox(text: string, language: string, done: boolean): HTMLElement {
  const head = make(
    "div",
    { class: "code-head" },
    make("span", { class: "code-name" }, language || t("markdown.code")),
  );
  if (done && (language === "html" || language === "svg"))
    head.append(button("preview", t("markdown.preview"), { "aria-expanded": "false" }));
  head.append(button("copy", t("markdown.copy")));
  const label = language ? t("markdown.codeIn", { language }) : t("markdown.code");
  const pre = make("pre", { tabindex: "0", role: "region", "aria-label": label, dir: "ltr" }, make("code"));
  const box = make("div", { class: "code", "data-language": language, "data-done": String(done) }, head, pre);
  fill(box, text);
  return box;
}

/** Put text into a box; what is there already stays, when it is how the text begins. */
export function fill(box: HTMLElement, text: string): void {
  const code = box.querySelector("code");
  const before = sources.get(box);
  sources.set(box, text);
  if (!code || text === before) return;
  if (before !== undefined && text.startsWith(before) && grown(box, code, text.slice(before.length))) return;
  box.classList.toggle("wrapped", longLine(text));
  code.replaceChildren(...blocks(text, longLine(text)));
}

/** Add to the last block; gives whether it could be done. */
function grown(box: Element, code: Element, added: string): boolean {
  const last = code.lastChild;
  const held = last instanceof Element ? last.firstChild : last;
  if (!last || !(held instanceof Text)) return false;
  const text = held.data + added;
  const wrapped = box.classList.contains("wrapped");
  if (!wrapped && longLine(text)) return false;
  if (text.length <= 2 * BLOCK) held.appendData(added);
  else last.replaceWith(...blocks(text, wrapped));
  return true;
}

/** Long code as blocks, which are passed over while they are not seen: of whole lines, unless its lines are wrapped. */
function blocks(text: string, wrapped: boolean): (Node | string)[] {
  if (text.length <= 2 * BLOCK) return [text];
  return (wrapped ? pieces(text) : byLines(text)).map((piece) => make("span", { class: "piece" }, piece));
}

function byLines(text: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length;) {
    const end = text.indexOf("\n", at + BLOCK) + 1 || text.length;
    found.push(text.slice(at, end));
    at = end;
  }
  return found;
}

function longLine(text: string): boolean {
  for (let at = 0; text.length - at > LONG_LINE;) {
    const end = text.indexOf("\n", at);
    if (end < 0 || end - at > LONG_LINE) return true;
    at = end + 1;
  }
  return false;
}

/** Give a box its colours, and show what turns the direction about. */
export async function dress(box: HTMLElement): Promise<void> {
  const text = sourceOf(box);
  const code = box.querySelector("code");
  const language = box.dataset["language"] ?? "";
  if (!code || box.dataset["dressed"]) return;
  box.dataset["dressed"] = "true";
  if (known(language) && text.length <= COLOURED && !longLine(text)) {
    const html = await coloured(text, language).catch(() => null); // A chunk that did not come: plain, then.
    if (html !== null) code.replaceChildren(cleanedCode(html));
  }
  showTurning(code);
}

/** Put a sign in the place of every character that turns the direction about. */
export function showTurning(root: Element): void {
  if (!TURNING.test(root.textContent ?? "")) return;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const found: Text[] = [];
  while (walker.nextNode())
    if (TURNING.test(walker.currentNode.nodeValue ?? "")) found.push(walker.currentNode as Text);
  for (const node of found)
    node.replaceWith(
      ...(node.nodeValue ?? "")
        .split(/([\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069])/)
        .map((part) =>
          TURNING.test(part)
            ? make(
                "span",
                { class: "turning" },
                `U+${part.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`,
              )
            : part,
        ),
    );
}
