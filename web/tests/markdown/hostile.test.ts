import { beforeAll, describe, expect, it } from "vitest";
import { Flow } from "../../src/markdown/flow";
import { loadMaths } from "../../src/markdown/maths";
import { MUTATING, SCRIPTS } from "./corpus/scripts";
import { SIZES } from "./corpus/sizes";
import { BROKEN, DIAGRAMS, FORMULAS, TURNING } from "./corpus/texts";
import { harm, shown } from "./shown";

/** Milliseconds: the page may be held up for 250, and jsdom on a busy machine takes many times what a browser does. */
const HELD = 10_000;

const CORPUS: [string, Record<string, string>][] = [
  ["scripts", SCRIPTS],
  ["mutating", MUTATING],
  ["turning", TURNING],
  ["formulas", FORMULAS],
  ["diagrams", DIAGRAMS],
  ["broken", BROKEN],
  ["sizes", SIZES],
];

beforeAll(loadMaths);

describe.each(CORPUS)("hostile %s", (_, texts) => {
  it.each(Object.entries(texts))(
    "%s is harmless",
    async (_name, text) => {
      const { host, held } = await shown(text);
      expect(harm(host)).toEqual([]);
      expect(held).toBeLessThan(HELD);
    },
    60_000,
  );
});

describe.each(CORPUS.filter(([name]) => name !== "sizes"))("hostile %s, as it comes", (_, texts) => {
  it.each(Object.entries(texts))(
    "%s is harmless at every step",
    (_name, text) => {
      const host = document.createElement("div");
      const flow = new Flow(host);
      const step = Math.max(1, Math.ceil(text.length / 16));
      for (let end = step; end < text.length; end += step) {
        flow.show(text.slice(0, end), true);
        expect(harm(host)).toEqual([]);
      }
      flow.show(text, false);
      expect(harm(host)).toEqual([]);
      flow.end();
    },
    60_000,
  );
});

describe("what is kept of it", () => {
  it("keeps the words of what is taken out", async () => {
    const { host } = await shown("before <marquee>inside</marquee> after <script>gone()</script>");
    expect(host.textContent).toContain("before inside after");
    expect(host.textContent).not.toContain("gone");
  });

  it("asks for no picture, and names its host", async () => {
    const { host } = await shown(SCRIPTS["imageRemote"]!);
    expect(host.querySelector("img")).toBeNull();
    expect(host.querySelector("[data-does=picture]")?.textContent).toContain("evil.test");
  });

  it("shows what turns the direction about in code, and keeps it in the source", async () => {
    const { host } = await shown("```\na\u202eb\n```");
    await expect.poll(() => host.querySelector(".turning")?.textContent).toBe("U+202E");
  });

  it("shows a megabyte whole", async () => {
    const { host } = await shown(SIZES["megabyte"]!);
    expect(host.textContent?.length).toBe(1_000_000);
    expect(host.querySelectorAll(".plain").length).toBeGreaterThan(100);
  });
});
