import { t } from "../words";
import { pieces } from "./bounds";
import { codeBox, showTurning } from "./code";
import { button, make } from "./make";
import { mathsReady, setFormula } from "./maths";

const BLOCKS =
  "p, h3, h4, h5, h6, li, td, th, dt, dd, summary, caption, figcaption, blockquote, div, section";

/** Make of cleaned HTML what is shown: boxes for code and tables, pictures that wait to be asked for, directions. */
export function decorated(root: DocumentFragment, done: boolean): DocumentFragment {
  for (const block of root.querySelectorAll(BLOCKS))
    if (!block.hasAttribute("dir")) block.setAttribute("dir", "auto");
  for (const heading of root.querySelectorAll("h1, h2")) lower(heading);
  for (const pre of root.querySelectorAll("pre")) boxed(pre, done);
  for (const table of root.querySelectorAll("table")) scrolled(table);
  for (const image of root.querySelectorAll("img")) pictured(image);
  if (mathsReady()) for (const code of root.querySelectorAll("code.maths")) setFormula(code);
  for (const code of root.querySelectorAll(":not(pre) > code")) showTurning(code);
  return root;
}

/** The first two levels belong to the page. */
function lower(heading: Element): void {
  const lowered = make("h3", { dir: "auto", class: "head-1" });
  lowered.append(...heading.childNodes);
  heading.replaceWith(lowered);
}

function boxed(pre: Element, done: boolean): void {
  const told = /^language-(.+)$/.exec(pre.querySelector("code")?.className ?? "")?.[1] ?? "";
  pre.replaceWith(codeBox((pre.textContent ?? "").replace(/\n$/, ""), told, done));
}

function scrolled(table: Element): void {
  const box = make("div", {
    class: "table",
    tabindex: "0",
    role: "region",
    "aria-label": t("markdown.table"),
  });
  table.replaceWith(box);
  box.append(table);
}

function pictured(image: HTMLImageElement): void {
  image.setAttribute("loading", "lazy");
  image.setAttribute("decoding", "async");
  const from = image.dataset["from"];
  if (from === undefined && image.hasAttribute("src")) return;
  const alt = image.getAttribute("alt") ?? "";
  image.replaceWith(
    from && /^https?:/i.test(from)
      ? waiting(from, alt)
      : make("span", { class: "picture" }, alt || t("markdown.image")),
  );
}

/** A picture elsewhere: its host would learn who reads this, so that it opens apart, and only when it is asked for. */
function waiting(from: string, alt: string): HTMLElement | string {
  let host: string;
  try {
    host = new URL(from).host;
  } catch {
    return alt;
  }
  const name = make("span", { class: "picture-name", dir: "auto" }, alt || t("markdown.image"));
  return make(
    "span",
    { class: "picture" },
    name,
    button("picture", t("markdown.imageFrom", { host }), { "data-from": from }),
  );
}

/** What is too much to be read, as it was written. */
export function plainText(text: string): DocumentFragment {
  const root = document.createDocumentFragment();
  root.append(...pieces(text).map((piece) => make("div", { class: "plain", dir: "auto" }, piece)));
  return root;
}
