import { beforeAll, describe, expect, it } from "vitest";
import { Cutter } from "../../src/markdown/cut";
import { Flow } from "../../src/markdown/flow";
import { loadMaths } from "../../src/markdown/maths";
import { shown } from "./shown";

const WORDS = "Words of a paragraph that has nothing to do with it.\n\n".repeat(120);

/** Every address of a text that stands there, with its words. */
function linksOf(host: Element): string[] {
  return [...host.querySelectorAll("a")].map((link) => `${link.textContent} ${link.getAttribute("href")}`);
}

/** All that can be read, but for how much blank is between it. */
function wordsOf(host: Element): string {
  const copy = host.cloneNode(true) as Element;
  for (const head of copy.querySelectorAll(".code-head")) head.remove();
  for (const block of copy.querySelectorAll("p, div, h3, li, summary")) {
    block.before(" ");
    block.append(" ");
  }
  return copy.textContent?.replace(/\s+/g, " ").trim() ?? "";
}

async function streamed(text: string, step: number): Promise<Element> {
  const host = document.createElement("div");
  const flow = new Flow(host);
  for (let end = step; end < text.length; end += step) flow.show(text.slice(0, end), true);
  flow.show(text, false);
  await expect.poll(() => flow.settled, { timeout: 20_000 }).toBe(true);
  flow.end();
  return host;
}

beforeAll(loadMaths);

describe("a definition that comes behind what refers to it", () => {
  it("gives it its address, also far above", async () => {
    const text = `See [the manual][1], [RFC][] and [Again] here.\n\n${WORDS}[1]: https://ok.test/1\n\n[rfc]: https://ok.test/2\n[again]: <https://ok.test/3>\n`;
    const { host } = await shown(text);
    const links = ["the manual https://ok.test/1", "RFC https://ok.test/2", "Again https://ok.test/3"];
    expect(linksOf(host)).toEqual(links);
    expect(host.textContent).not.toContain("[1]");
    for (const step of [7, 100]) {
      const live = await streamed(text, step);
      expect([wordsOf(live), linksOf(live)]).toEqual([wordsOf(host), links]);
    }
  });

  it("gives it while the text still comes, and leaves the rest of the chunk alone", async () => {
    const host = document.createElement("div");
    const flow = new Flow(host);
    flow.show("First.\n\nSee [it][r].\n\nThird.\n\n", true);
    const [first] = host.querySelectorAll("p");
    flow.show("First.\n\nSee [it][r].\n\nThird.\n\n[r]: https://ok.test\n\nMore\n", true);
    await expect.poll(() => linksOf(host)).toEqual(["it https://ok.test"]);
    expect(host.querySelector("p")).toBe(first);
    flow.end();
  });

  it("keeps to the first of two", async () => {
    const { host } = await shown("[a][r]\n\n[r]: https://ok.test/1\n\n[r]: https://ok.test/2\n\n[b][r]");
    expect(linksOf(host)).toEqual(["a https://ok.test/1", "b https://ok.test/1"]);
  });

  it("is not mistaken for what every object has", async () => {
    const { host } = await shown("[constructor] and [hasOwnProperty][] and [x][toString]");
    expect(wordsOf(host)).toBe("[constructor] and [hasOwnProperty][] and [x][toString]");
  });

  it("costs no more than the text is long, however many there are", () => {
    const many = Array.from({ length: 300 }, (_, n) => n);
    const text = `${many.map((n) => `[w${n}][r${n}]`).join(" ")}\n\n${many.map((n) => `[r${n}]: https://ok.test/${n}\n\n`).join("")}`;
    const host = document.createElement("div");
    const flow = new Flow(host);
    const start = performance.now();
    for (let end = 100; end < text.length; end += 100) flow.show(text.slice(0, end), true);
    expect(performance.now() - start).toBeLessThan(10_000);
    flow.end();
  });
});

describe("words are not lost", () => {
  it("of a definition that nobody refers to", async () => {
    const text = 'No link.\n\n[1]: https://ok.test/1 "Title"\n[2]: https://ok.test/2\n\nSee [x][2].';
    const { host } = await shown(text);
    expect(wordsOf(host)).toBe('No link. [1]: https://ok.test/1 "Title" See x.');
    expect(linksOf(host)).toEqual(["https://ok.test/1 https://ok.test/1", "x https://ok.test/2"]);
    const live = await streamed(text, 5);
    expect([wordsOf(live), linksOf(live)]).toEqual([wordsOf(host), linksOf(host)]);
  });

  it("of a footnote", async () => {
    const { host } = await shown("text[^1] and[^b]\n\n[^1]: a *note*\n  of two lines\n[^b]: another\n");
    const blocks = [...host.querySelectorAll("p")].map((block) => block.textContent?.replace(/\s+/g, " "));
    expect(blocks).toEqual(["text[^1] and[^b]", "[^1]: a note of two lines", "[^b]: another"]);
    expect(host.querySelector("em")?.textContent).toBe("note");
  });

  it("of a comment that never ends", async () => {
    const { host } = await shown("before\n\n<!-- open\n\nwords\n\nafter");
    expect(host.textContent).toContain("words");
    expect(host.textContent).toContain("after");
  });
});

describe("what is open over an empty line stays together", () => {
  const TEXTS: Record<string, [string, string]> = {
    comment: ["before\n\n<!-- a\n\nhidden -->\n\nafter", "before after"],
    pre: ["<pre>\nline\n\n**raw** <i>x</i>\n</pre>\n\nafter", "line **raw** x after"],
    list: ["<ul>\n<li>a\n\nb</li>\n</ul>\n\nafter", "a b after"],
    paragraph: ['<p align="center">\n\n**bold**\n\n</p>\n\nafter', "bold after"],
    code: [
      "<details>\n<summary>s</summary>\n\n```js\n<div>\n```\n\nend\n</details>\n\nafter",
      "s <div> end after",
    ],
    mention: ["Use `<div>` here.\n\n# Heading\n\nafter", "Use <div> here. Heading after"],
  };

  it.each(Object.entries(TEXTS))("%s", async (_, [text, words]) => {
    const { host } = await shown(text);
    expect(wordsOf(host)).toBe(words);
    expect(new Cutter().feed(text, true).at(-1)?.raw.trim()).toBe("after");
    expect(wordsOf(await streamed(text, 3))).toBe(words);
  });

  it("and what is in it is in it", async () => {
    const at = async (name: string) => (await shown(TEXTS[name]![0])).host;
    expect((await at("paragraph")).querySelector("[align=center] strong")).not.toBeNull();
    expect((await at("list")).querySelector("ul > li p, ul > li")?.textContent).toContain("b");
    expect((await at("code")).querySelector("details .code")).not.toBeNull();
    expect((await at("mention")).querySelectorAll(".part > *")).toHaveLength(3);
  });

  it("shows nothing of a comment while it is written", () => {
    const host = document.createElement("div");
    const flow = new Flow(host);
    flow.show("before\n\n<!-- hidden\n\nwords", true);
    expect(wordsOf(host)).toBe("before");
    flow.end();
  });
});
