import { t } from "../words";
import { sourceOf } from "./code";
import { artist, pictureOf, type Drawn } from "./diagrams";
import { button, make } from "./make";

function dark(): boolean {
  const told = document.documentElement.dataset["theme"];
  return told ? told === "dark" : Boolean(window.matchMedia?.("(prefers-color-scheme: dark)").matches);
}

/** Show the diagram that a box of code describes above its source; a malformed one stays code, with a word why. */
export async function illustrate(box: HTMLElement): Promise<void> {
  if (box.dataset["drawn"]) return;
  box.dataset["drawn"] = "asked";
  const night = dark();
  const drawn = await artist.draw(sourceOf(box), night);
  if ("error" in drawn) return failed(box, drawn.error);
  box.dataset["drawn"] = night ? "dark" : "light";
  const picture = make(
    "div",
    { class: "diagram", tabindex: "0", role: "region", "aria-label": t("markdown.diagram") },
    pictured(drawn),
  );
  box.querySelector("pre")?.before(picture);
  box.querySelector("pre")?.setAttribute("hidden", "");
  box
    .querySelector(".code-head")
    ?.append(button("source", t("markdown.source"), { "aria-pressed": "false" }));
}

function pictured(drawn: Exclude<Drawn, { error: string }>): HTMLElement {
  const { svg, width, height } = drawn;
  return make("img", {
    src: pictureOf(svg),
    alt: t("markdown.diagram"),
    width: String(width),
    height: String(height),
  });
}

function failed(box: HTMLElement, why: string): void {
  const text = why ? t("markdown.diagramWrong", { why }) : t("markdown.diagramFailed");
  box.append(make("p", { class: "code-note", dir: "auto" }, text));
}

/** Draw anew, by the theme that holds now. */
export async function redraw(box: HTMLElement): Promise<void> {
  const night = dark();
  if (!["dark", "light"].includes(box.dataset["drawn"] ?? "") || (box.dataset["drawn"] === "dark") === night)
    return;
  box.dataset["drawn"] = night ? "dark" : "light";
  const drawn = await artist.draw(sourceOf(box), night);
  if (!("error" in drawn)) box.querySelector(".diagram")?.replaceChildren(pictured(drawn));
}

/** Show the source under a diagram, or put it away. */
export function turnSource(box: HTMLElement, pressed: HTMLElement): void {
  const pre = box.querySelector("pre");
  if (!pre) return;
  pre.toggleAttribute("hidden");
  pressed.setAttribute("aria-pressed", String(!pre.hasAttribute("hidden")));
}
