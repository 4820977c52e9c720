import { describe, expect, it } from "vitest";
import { Flow } from "../../src/markdown/flow";
import { numbersIn, withoutMarks, type Cites } from "../../src/markdown/cites";

/** Passages 1 to 3; what is cited before a place is known to be there. */
function cites(known = Infinity): Cites {
  return {
    link: (number, at) =>
      number > 3 ? null : { href: `documents/d${number}`, label: `Passage ${number}`, sure: at < known },
  };
}

function shown(source: string, known = Infinity): HTMLElement {
  const host = document.createElement("div");
  const flow = new Flow(host);
  flow.cite(cites(known));
  flow.show(source, false);
  flow.end();
  return host;
}

function links(host: HTMLElement): string[][] {
  return [...host.querySelectorAll<HTMLElement>("a[data-cite]")].map((link) => [
    link.textContent ?? "",
    link.getAttribute("href") ?? "",
    link.dataset["at"] ?? "",
  ]);
}

describe("marks in a text", () => {
  it("are links to their passages, where they stand in the source", () => {
    const source =
      "**Tea 😀** grows in Assam [1]. 咖啡产于喀拉拉邦【2】。\n\n- It is *hot* [1, 3].\n- And wet[2][3].";
    const host = shown(source);
    expect(links(host).map(([text, href]) => [text, href])).toEqual([
      ["1", "documents/d1"],
      ["2", "documents/d2"],
      ["1", "documents/d1"],
      ["3", "documents/d3"],
      ["2", "documents/d2"],
      ["3", "documents/d3"],
    ]);
    for (const [text, , at] of links(host)) expect(source.slice(Number(at)).slice(0, 6)).toContain(text);
    expect(host.querySelector("strong")?.textContent).toBe("Tea 😀");
  });

  it("keep their brackets for whoever copies what is selected", () => {
    expect(shown("Tea [1, 3] here.").textContent?.trim()).toBe("Tea [1, 3] here.");
  });

  it.each([
    ["no passage has the number", "Tea [7].", 0],
    ["one of two has no passage", "Tea [1, 7].", 1],
    ["they are code", "Tea `a[1]`.\n\n```\nb[2]\n```", 0],
    ["they are the name of a link", "Tea [1](https://tea.example).", 0],
    ["another link is before them", "Tea [2](https://tea.example) and [2].", 1],
  ])("stay as they are written where %s", (_, source, count) => {
    expect(links(shown(source))).toHaveLength(count);
  });

  it("are told what is found out later, in their places", () => {
    const host = document.createElement("div");
    const flow = new Flow(host);
    flow.cite(cites(0));
    flow.show("One [1]. Two [2]. Thr", true);
    const first = host.querySelector("a");
    expect(first?.classList.contains("sure")).toBe(false);
    flow.cite(cites(10));
    expect(host.querySelector("a")).toBe(first);
    expect([...host.querySelectorAll("a")].map((link) => link.classList.contains("sure"))).toEqual([
      true,
      false,
    ]);
    flow.end();
  });

  it("never show a half of themselves while a text grows, and stay the same nodes", () => {
    const source = "Tea [1]. **Hot** [2, 3].\n\nAll [1].";
    const host = document.createElement("div");
    const flow = new Flow(host);
    flow.cite(cites());
    let first: Element | null = null;
    for (let end = 1; end <= source.length; end++) {
      flow.show(source.slice(0, end), true);
      flow.hurry();
      const plain = [...host.querySelectorAll("sup")].reduce(
        (text, sup) => text.replace(sup.textContent ?? "", ""),
        host.textContent ?? "",
      );
      expect([end, /[[\]\d]/.test(plain)]).toEqual([end, false]);
      const now = host.querySelector("a");
      if (first) expect([end, now === first]).toEqual([end, true]);
      first ??= now;
    }
    flow.show(source, false);
    expect(host.innerHTML).toBe(shown(source).innerHTML);
    flow.end();
  }, 30_000);
});

describe("numbersIn", () => {
  it.each([
    ["[1]", [1]],
    ["[1, 2]", [1, 2]],
    ["[2-4]", [2, 3, 4]],
    ["[1, 3–5, 7]", [1, 3, 4, 5, 7]],
    ["【3†source】", [3]],
    ["[Passage 2 and 3]", [2, 3]],
    ["[1-900]", [1, 900]],
    ["[5-2]", [5, 2]],
  ])("reads %s", (mark, numbers) => {
    expect(numbersIn(mark)).toEqual(numbers);
  });
});

describe("withoutMarks", () => {
  it("leaves what is said", () => {
    expect(withoutMarks("Tea grows [1][2]. See [1](https://tea.example).")).toBe(
      "Tea grows. See [1](https://tea.example).",
    );
  });
});
