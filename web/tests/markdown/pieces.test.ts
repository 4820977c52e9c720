import { beforeAll, describe, expect, it } from "vitest";
import { Flow } from "../../src/markdown/flow";
import { loadMaths } from "../../src/markdown/maths";
import { MUTATING, SCRIPTS } from "./corpus/scripts";
import { BROKEN, FORMULAS, TURNING } from "./corpus/texts";
import { shown } from "./shown";

const BLOCKS = [
  "A paragraph with *soft*, **strong**, `code`, ~~old~~ and a [link](https://ok.test/a_b).",
  "Two lines\nof one paragraph, with an end  \nand a break.",
  "# A heading",
  "A heading\n=========",
  "- one\n- two\n  - inner\n- three",
  "1. first\n\n   with more\n\n2. second",
  "- [x] done\n- [ ] open",
  "> quoted\n> on\n\n> and again",
  "```python\nif a:\n\n    b()\n```",
  "~~~\n```\ninner\n~~~",
  "- an item\n\n  ```js\n  let a\n\n  let b\n  ```\n\n- another",
  "    indented code\n\n    on",
  "| a | b |\n|---|--:|\n| 1 | 2 |\n| 3 | 4 |",
  "$$\n\\frac{1}{2}\n$$",
  "\\[ x^2 \\]",
  "Inline $x^2$ and \\(y\\), for $5 and $6.",
  "<details>\n<summary>s</summary>\n\ninside\n\n</details>",
  "---",
  "![a picture](https://ok.test/a.png) and <b>bold</b> <i>open",
  "[a reference][r]\n\n[r]: https://ok.test/r",
  "An [early one][later] and [later].",
  "[later]: https://ok.test/later",
  "[unused]: https://ok.test/unused 'and its title'",
  "A note.[^n]\n\n[^n]: what it says",
  '<p align="center">\n\nin the *middle*\n\n</p>',
  "<!-- nothing\n\nof it -->",
  "中文的一段话，没有空格。下一句！",
  "An emoji 👩‍👩‍👧 and \u202eturned\u202c.",
  "A long line. ".repeat(400),
  "Many words, small blocks.\n\n".repeat(120),
  "```\nno end",
];

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function chances(seed: number): () => number {
  let at = seed;
  return () => {
    at = (at + 0x6d2b79f5) | 0;
    let mixed = Math.imul(at ^ (at >>> 15), at | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function textOf(chance: () => number): string {
  let text = "";
  for (let count = 1 + Math.floor(chance() * 9); count > 0; count--)
    text += BLOCKS[Math.floor(chance() * BLOCKS.length)] + (chance() < 0.15 ? "\n" : "\n\n");
  return chance() < 0.5 ? text : text.trimEnd();
}

/** What stands there, but for blanks between blocks, and for colours, which come behind it. */
function standing(host: Element): string {
  const copy = host.cloneNode(true) as Element;
  for (const code of copy.querySelectorAll("pre > code")) code.textContent = code.textContent;
  for (const box of copy.querySelectorAll("[data-dressed]")) box.removeAttribute("data-dressed");
  for (const box of copy.querySelectorAll("[data-drawn]")) box.removeAttribute("data-drawn");
  const walker = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT);
  const blank: Text[] = [];
  while (walker.nextNode()) {
    const node = walker.currentNode as Text;
    if (!node.data.trim() && !node.parentElement?.closest("p, pre, code")) blank.push(node);
  }
  for (const node of blank) node.remove();
  // What was there for a moment, while a tag was being written, leaves its part.
  for (const part of copy.querySelectorAll(".part:empty")) part.remove();
  copy.normalize();
  return copy.innerHTML;
}

/** Show a text piece by piece, cut anywhere, and then as a whole that has ended. */
async function streamed(text: string, chance: () => number): Promise<Element> {
  const host = document.createElement("div");
  const flow = new Flow(host);
  const most = Math.max(8, text.length / 12);
  for (let end = 0; end < text.length; end += 1 + Math.floor(chance() * chance() * most))
    flow.show(text.slice(0, end), true);
  flow.show(text, false);
  await expect.poll(() => flow.settled, { timeout: 20_000 }).toBe(true);
  flow.end();
  return host;
}

beforeAll(loadMaths);

describe("a text that comes in pieces ends as the whole one does", () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))("seed %i", async (seed) => {
    const chance = chances(seed);
    const text = textOf(chance);
    const { host: whole } = await shown(text);
    expect(standing(await streamed(text, chance))).toBe(standing(whole));
  });

  it.each(Object.entries({ ...SCRIPTS, ...MUTATING, ...TURNING, ...FORMULAS, ...BROKEN }))(
    "%s",
    async (name, text) => {
      const chance = chances(name.length);
      const { host: whole } = await shown(text);
      expect(standing(await streamed(text, chance))).toBe(standing(whole));
    },
    60_000,
  );
});
