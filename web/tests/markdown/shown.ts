import { Flow } from "../../src/markdown/flow";

/** Show a text as a whole and wait until all of it stands there; gives its element and the longest hold-up. */
export async function shown(source: string): Promise<{ host: HTMLElement; held: number }> {
  const host = document.createElement("div");
  const flow = new Flow(host);
  const start = performance.now();
  flow.show(source, false);
  let held = performance.now() - start;
  while (!flow.settled) {
    const before = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 0));
    held = Math.max(held, performance.now() - before);
  }
  flow.end();
  return { host, held };
}

const TAGS = new Set(
  "script,style,link,meta,base,iframe,frame,object,embed,applet,form,input,textarea,select,option,svg,video,audio,source,template,slot,dialog,marquee,title,body,html,noscript,plaintext,xmp,foreignobject,use,animate,annotation".split(
    ",",
  ),
);
const OURS = new Set(["BUTTON", "PRE", "DIV", "SPAN"]);

/** Everything in an element that must not be there, in words. */
export function harm(host: Element): string[] {
  const found: string[] = [];
  for (const element of host.querySelectorAll("*")) {
    const tag = element.localName;
    if (TAGS.has(tag)) found.push(`<${tag}>`);
    for (const { name, value } of element.attributes) {
      if (/^on/i.test(name)) found.push(`${tag} ${name}`);
      if (
        [
          "style",
          "id",
          "name",
          "srcset",
          "action",
          "formaction",
          "popover",
          "is",
          "contenteditable",
          "xlink:href",
        ].includes(name)
      )
        found.push(`${tag} ${name}`);
      if (name === "href" && !(tag === "a" && /^(?:https?:\/\/|mailto:)/.test(value)))
        found.push(`${tag} href=${value}`);
      if (name === "src" && !/^data:image\/(?:png|jpeg|gif|webp|avif);base64,/.test(value))
        found.push(`${tag} src=${value}`);
      if (name === "data-from" && !/^https?:/.test(value)) found.push(`${tag} data-from=${value}`);
      if (name === "data-does" && !(tag === "button" && element.getAttribute("type") === "button"))
        found.push(`${tag} data-does`);
      if (/^(?:tabindex|role|aria-)/.test(name) && !OURS.has(element.tagName)) found.push(`${tag} ${name}`);
      if (
        name !== "href" &&
        name !== "data-tex" &&
        name !== "title" &&
        name !== "alt" &&
        /javascript:/i.test(value)
      )
        found.push(`${tag} ${name}=${value}`);
    }
    if (
      tag === "a" &&
      element.hasAttribute("href") &&
      element.getAttribute("rel") !== "noopener noreferrer nofollow"
    )
      found.push("a without rel");
  }
  return found;
}
