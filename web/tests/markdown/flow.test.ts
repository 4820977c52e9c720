import { describe, expect, it } from "vitest";
import { calmed } from "../../src/markdown/calm";
import { codeOf, Cutter, texOf } from "../../src/markdown/cut";
import { Flow } from "../../src/markdown/flow";
import { loadMaths } from "../../src/markdown/maths";
import { shown } from "./shown";

const TEXT = [
  "# Title\n\nA *first* paragraph,\nof two lines.\n\n",
  "- one\n- two\n\n  with more\n\n- three\n\n",
  "```python\nprint('a')\n\nprint('b')\n```\n",
  "| a | b |\n|---|---|\n| 1 | 2 |\n\n",
  "Before\n$$\nx^2\n$$\nafter \\(y\\).\n\n> quoted\n\nThe end.",
].join("");

describe("cutting", () => {
  it("gives every chunk once, however the text comes, and the same ones", () => {
    const whole = new Cutter().feed(TEXT, true).map((chunk) => chunk.raw);
    expect(whole.join("").replace(/\s/g, "")).toBe(TEXT.replace(/\s/g, ""));
    for (const step of [1, 3, 7, 50]) {
      const cutter = new Cutter();
      const given = [];
      for (let end = step; end < TEXT.length; end += step)
        given.push(...cutter.feed(TEXT.slice(0, end), false));
      given.push(...cutter.feed(TEXT, true));
      expect(given.map((chunk) => chunk.raw)).toEqual(whole);
    }
  });

  it("knows code and formulas", () => {
    const [code, maths] = new Cutter().feed("~~~ JS title\na\n```\n~~~\n\\[ x \\]\n", true);
    expect(codeOf(code!)).toEqual({ language: "js", text: "a\n```" });
    expect(texOf(maths!)).toBe("x");
    expect(new Cutter().feed("$$\nno end\n\nnext", true).map((chunk) => chunk.kind)).toEqual([
      "text",
      "text",
    ]);
  });

  it("keeps the markup that is open together over empty lines", () => {
    const chunks = new Cutter().feed(
      "<details>\n<summary>s</summary>\n\ninside\n\n</details>\n\nafter",
      true,
    );
    expect(chunks.map((chunk) => chunk.raw.trim().slice(0, 9))).toEqual(["<details>", "after"]);
  });
});

describe("an open end is calm", () => {
  it.each([
    ["a **bold", "a **bold**"],
    ["a `code", "a `code`"],
    ["see [the page](https://ok.te", "see the page"],
    ["text ![alt", "text "],
    ["line\n``", "line\n"],
    ["line\n---", "line\n"],
    ["line\n2.", "line\n"],
    ["| a | b", ""],
    ["| a | b |\n|--", ""],
    ["plain text", "plain text"],
    ["it costs $5", "it costs $5"],
    ["a <b", "a "],
  ])("%j", (open, calm) => expect(calmed(open)).toBe(calm));
});

describe("a text that grows", () => {
  it("never touches a finished chunk again, and ends as the whole text does", async () => {
    const { host: whole } = await shown(TEXT);
    const host = document.createElement("div");
    const flow = new Flow(host);
    let first: Node | null = null;
    for (let end = 1; end < TEXT.length; end++) {
      flow.show(TEXT.slice(0, end), true);
      if (end > 60) first ??= host.firstChild?.firstChild ?? null;
    }
    flow.show(TEXT, false);
    await expect.poll(() => flow.settled).toBe(true);
    expect(first).not.toBeNull();
    expect(host.firstChild?.firstChild).toBe(first);
    // Between blocks there may be other white space, which is not seen.
    const words = (of: Element) => of.textContent?.replace(/\s+/g, " ").trim();
    expect(words(host)).toBe(words(whole));
    flow.end();
  });

  it("stands in parts, so that what is not seen of a long text can be passed over", async () => {
    const { host } = await shown("Some words of it.\n\n".repeat(1_000));
    expect(host.children.length).toBe(5);
    expect([...host.children].every((part) => part.className === "part")).toBe(true);
    expect(host.querySelectorAll("p")).toHaveLength(1_000);
  });

  it("takes nothing from a definition that is not whole yet", async () => {
    const host = document.createElement("div");
    const flow = new Flow(host);
    flow.show("[r]: https://ok.te", true);
    flow.show("[r]: https://ok.test/whole\n\n[a][r]", false);
    await expect.poll(() => flow.settled).toBe(true);
    expect(host.querySelector("a")?.getAttribute("href")).toBe("https://ok.test/whole");
    flow.end();
  });

  it("adds to the same code as it comes", () => {
    const host = document.createElement("div");
    const flow = new Flow(host);
    flow.show("```js\nlet a", true);
    const node = host.querySelector("code")?.firstChild;
    flow.show("```js\nlet a = 1\nlet b", true);
    expect(host.querySelector("code")?.firstChild).toBe(node);
    expect(host.querySelector("code")?.textContent).toBe("let a = 1\nlet b");
    flow.show("```js\nlet a = 1\nlet b\n```\nafter", false);
    expect(host.querySelector("code")?.textContent).toBe("let a = 1\nlet b");
    expect(host.querySelectorAll("[data-does=copy]")).toHaveLength(1);
  });

  it("keeps long code in blocks of whole lines, whose beginning stays the same nodes", () => {
    const line = "let a = 1 // as it is\n";
    const host = document.createElement("div");
    const flow = new Flow(host);
    let first: Node | undefined;
    for (let lines = 100; lines <= 2_000; lines += 50) {
      flow.show("```js\n" + line.repeat(lines), true);
      if (lines > 800) first ??= host.querySelectorAll(".piece")[1];
      expect(host.querySelector("code")?.textContent).toBe(line.repeat(lines));
    }
    const blocks = [...host.querySelectorAll(".piece")];
    expect(blocks[1]).toBe(first);
    expect(blocks.length).toBeGreaterThan(5);
    expect(blocks.every((block) => block.textContent.endsWith("\n"))).toBe(true);
    flow.show("```js\n" + line.repeat(2_000) + "x".repeat(30_000), true);
    expect(host.querySelector(".code.wrapped code")?.textContent).toBe(
      line.repeat(2_000) + "x".repeat(30_000),
    );
    flow.end();
  });

  it("costs no more at the end of 100,000 characters than at the beginning", () => {
    const paragraph = "Some *words* of an answer that goes on for long, with `code` in it.\n\n";
    const text = paragraph.repeat(Math.ceil(100_000 / paragraph.length));
    const host = document.createElement("div");
    const flow = new Flow(host);
    const tenths: number[] = [];
    for (let tenth = 1; tenth <= 10; tenth++) {
      const start = performance.now();
      const from = Math.floor(((tenth - 1) * text.length) / 10);
      for (let end = from; end < from + text.length / 10; end += 400) flow.show(text.slice(0, end), true);
      tenths.push(performance.now() - start);
    }
    const [first, last] = [Math.min(...tenths.slice(0, 3)), Math.min(...tenths.slice(7))];
    expect(last).toBeLessThan(first * 4 + 50);
    flow.end();
  }, 60_000);
});

describe("what is brought when a text has it", () => {
  it("sets formulas as MathML, and leaves prices and mistakes alone", async () => {
    await loadMaths();
    const { host } = await shown("It is $x^2$, for $5 and $6.\n\n$$\n\\frac{1}{2}\n$$\n\n$\\wrong{$");
    expect(host.querySelectorAll("math")).toHaveLength(2);
    expect(host.textContent).toContain("$5 and $6");
    expect(host.querySelector("annotation")).toBeNull();
  });

  it("colours code of a language it knows", async () => {
    const { host } = await shown("```py\nreturn 1\n```\n\n```unheard\nreturn 1\n```");
    await expect.poll(() => host.querySelectorAll(".hljs-keyword").length, { timeout: 10_000 }).toBe(1);
  });

  it("offers a preview of HTML and nothing else", async () => {
    const { host } = await shown("```html\n<b>x</b>\n```\n\n```js\nx\n```");
    expect(host.querySelectorAll("[data-does=preview]")).toHaveLength(1);
    expect(host.querySelector("iframe")).toBeNull();
  });

  it("keeps what lists and tables say of themselves", async () => {
    const { host } = await shown(
      "| a |\n|--:|\n| 1 |\n\n7. seven\n\n<p dir='rtl' lang='ar'>x</p>\n\n<td align='evil'>y</td>",
    );
    expect(host.querySelector("td")?.getAttribute("align")).toBe("right");
    expect(host.querySelector("ol")?.getAttribute("start")).toBe("7");
    expect(host.querySelector("[lang=ar]")?.getAttribute("dir")).toBe("rtl");
    expect(host.querySelector("[align=evil]")).toBeNull();
  });
});
