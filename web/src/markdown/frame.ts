/** What runs in `frames/diagram.html`, which has no origin: it draws what it is told to, and gives the drawing back. */
import mermaid from "mermaid";
import { withoutPictures } from "./pictures";

let count = 0;

function size(svg: SVGSVGElement): { width: number; height: number } {
  const box = svg.viewBox.baseVal;
  return box?.width ? { width: box.width, height: box.height } : { width: 600, height: 400 };
}

/** The drawing as XML, with the size that it has by itself. */
function written(text: string): { svg: string; width: number; height: number } {
  const place = document.createElement("div");
  place.innerHTML = text; // In this frame nothing is worth keeping from it, and its policy lets nothing out.
  const svg = place.querySelector("svg");
  if (!svg) throw new Error("");
  const { width, height } = size(svg);
  svg.removeAttribute("style");
  svg.setAttribute("width", String(width));
  svg.setAttribute("height", String(height));
  return { svg: new XMLSerializer().serializeToString(svg), width, height };
}

/** What a diagram may not choose for itself: how safe it is, how much it may be, and how anything looks but by its theme. */
const OURS = [
  ..."secure securityLevel startOnLoad maxTextSize maxEdges suppressErrorRendering".split(" "),
  ..."theme themeCSS themeVariables fontFamily altFontFamily htmlLabels flowchart".split(" "),
];

async function draw(text: string, dark: boolean): Promise<object> {
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: "strict",
    secure: OURS,
    theme: dark ? "dark" : "neutral",
    htmlLabels: false,
    flowchart: { htmlLabels: false },
    fontFamily: "system-ui, sans-serif",
    maxTextSize: 20_000,
    maxEdges: 400,
    suppressErrorRendering: true,
  });
  try {
    const { svg } = await mermaid.render(`d${++count}`, withoutPictures(text));
    return written(svg);
  } catch (error) {
    return { error: error instanceof Error ? (error.message.split("\n")[0] ?? "") : "" };
  } finally {
    document.body.replaceChildren();
  }
}

window.addEventListener("message", (event: MessageEvent<{ text?: unknown; dark?: unknown }>) => {
  if (event.source !== window.parent || typeof event.data?.text !== "string") return;
  void draw(event.data.text, event.data.dark === true).then((drawn) => window.parent.postMessage(drawn, "*"));
});
window.parent.postMessage({ ready: true }, "*");
