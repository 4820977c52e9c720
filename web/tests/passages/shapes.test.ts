import { describe, expect, it } from "vitest";
import { sectionsOf } from "../../src/knowledge/sections";
import {
  depthOf,
  isMarkdown,
  markedIn,
  marksOf,
  partsIn,
  said,
  shapesOf,
  solidOf,
  titlesIn,
  underOf,
  windowOf,
  within,
  type Shape,
  type Stretch,
  type Table,
} from "../../src/passages/shapes";

/** The same numbers in every run: a small generator (mulberry32). */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) % below;
  };
}

const BITS = [
  "| Month | kWh |\n| --- | --- |\n| March | 265 |\n",
  "| a | b |\n|---|:-:|\n",
  "| one \\| two | 茶😀 |\n",
  "|", "| ", " |", "\\", "\\|", "---", "|---|", "\n", "\n\n", "\n", "# ", "## Codes ##\n", "Title\n===\n", "===",
  "```\n", "~~~", "word", "😀", "茶", "  ", "\t", "- item\n", ":", "<b>&amp;", "E20 ",
]; // prettier-ignore

function written(seed: number): string {
  const next = chance(seed);
  return Array.from({ length: 1 + next(60) }, () => BITS[next(BITS.length)]).join("");
}
const SEEDS = Array.from({ length: 600 }, (_, seed) => seed);
const told = (text: string, parts: readonly Stretch[]) => said(text, parts);

describe.each([{ marks: false }, { marks: true }])("any text, read with $marks", (how) => {
  it("is held once and whole by its shapes, in order", () => {
    for (const seed of SEEDS) {
      const text = written(seed);
      let at = 0;
      for (const shape of shapesOf(text, how)) {
        expect([seed, shape.start, shape.stop > shape.start]).toEqual([seed, at, true]);
        at = shape.stop;
      }
      expect([seed, at]).toEqual([seed, text.length]);
    }
  });

  it("loses nothing but marks and blanks, and shows nothing twice or elsewhere", () => {
    for (const seed of SEEDS) {
      const text = written(seed);
      let [at, hidden] = [0, ""];
      for (const part of partsIn(shapesOf(text, how))) {
        expect([seed, part.start >= at, part.stop > part.start]).toEqual([seed, true, true]);
        hidden += text.slice(at, part.start);
        at = part.stop;
      }
      hidden += text.slice(at);
      expect([seed, hidden.replace(how.marks ? /[|\\:\-#=\s]/g : /[|\\:\-\s]/g, "")]).toEqual([seed, ""]);
    }
  });

  it("says the same in sections as in one, with no heading and no row cut through", () => {
    for (const seed of SEEDS) {
      const text = written(seed);
      const shapes = shapesOf(text, how);
      const solid = solidOf(shapes);
      const cut = sectionsOf(text, 20, solid);
      expect([seed, cut.map(({ start, stop }) => text.slice(start, stop)).join("")]).toEqual([seed, text]);
      for (const { stop } of cut)
        expect([seed, solid.filter((one) => one.start < stop && stop < one.stop)]).toEqual([seed, []]);
      const parts = cut.flatMap((section) => partsIn(within(shapes, section)));
      expect([seed, told(text, parts)]).toEqual([seed, told(text, partsIn(shapes))]);
    }
  });

  it("has exactly the words marked that are shown of a stretch, across cells too", () => {
    for (const seed of SEEDS) {
      const [text, next] = [written(seed), chance(seed + 7)];
      const start = next(text.length);
      const mark = { start, stop: start + 1 + next(text.length - start) };
      const parts = partsIn(shapesOf(text, how));
      const words = parts.flatMap((part) => markedIn(text, part, [mark]));
      const inside = parts
        .map((one) => ({ start: Math.max(one.start, mark.start), stop: Math.min(one.stop, mark.stop) }))
        .filter((one) => one.stop > one.start);
      const marked = words.filter((one) => one.marked).map((one) => one.text);
      expect([seed, marked]).toEqual([seed, inside.map((one) => text.slice(one.start, one.stop))]);
      expect(words.map((one) => one.text).join("")).toBe(told(text, parts));
    }
  });
});

it("a table as the parsers write it shows its cells as they were", () => {
  const PIECES = ["tea", "|", "\\", "茶", "😀", "-", "#", ":", "1.5", "a b", "<i>"];
  for (const seed of SEEDS) {
    const next = chance(seed);
    const width = 2 + next(4);
    const cell = () => Array.from({ length: next(4) }, () => PIECES[next(PIECES.length)]).join("");
    const rows = Array.from({ length: 1 + next(5) }, () => Array.from({ length: width }, cell));
    const lines = rows.map((row) => `| ${row.map((one) => one.replaceAll("|", "\\|")).join(" | ")} |`);
    const text = ["Before.\n", lines[0], `|${" --- |".repeat(width)}`, ...lines.slice(1), "\nBehind."].join(
      "\n",
    );
    const shapes = shapesOf(text);
    expect(shapes.map((one) => one.kind)).toEqual(["text", "table", "text"]);
    const { head, rows: found } = shapes[1] as Table;
    expect([head!, ...found].map((row) => row.cells.map((one) => said(text, one)))).toEqual(rows);
    expect(shapes[1]!.start).toBe(9);
  }
});

describe("shapesOf", () => {
  const kinds = (text: string, marks = true) => shapesOf(text, { marks }).map((one) => one.kind);
  const words = (text: string, shape: Shape | undefined) => said(text, partsIn(shape ? [shape] : []));

  it("takes headings of Markdown for such, and of nothing else", () => {
    const text = "# Pots ##\n\nWords.\n\nHerbs\n-----\nMore.";
    const [one, two, three, four] = shapesOf(text, { marks: true });
    expect(
      [one, three].map((each) => [each?.kind, words(text, each), each?.kind === "heading" && each.level]),
    ).toEqual([
      ["heading", "Pots", 1],
      ["heading", "Herbs", 2],
    ]);
    expect([words(text, two), words(text, four)]).toEqual(["Words.", "More."]);
    expect(kinds(text, false)).toEqual(["text"]);
    expect(kinds("#include <a>\n#!shebang\n    # code\n#\n- item\n---\n")).not.toContain("heading");
  });

  it("leaves code as it is, also where it looks like more, and knows fences that are never closed", () => {
    expect(kinds("```\n# no\n| a | b |\n|---|---|\n```\n# yes")).toEqual(["text", "heading"]);
    expect(kinds("```\n| a | b |\n|---|---|\n| 1 | 2 |\n```\n", false)).toEqual(["text"]);
    expect(kinds("```\n# yes")).toEqual(["text", "heading"]);
  });

  it("draws nothing of lines of dashes, and takes the fields at the beginning for no heading", () => {
    const text = "---\ntitle: Tomatoes\n---\n# Sowed\n\nOne.\n\n---\n\nTwo.";
    const shapes = shapesOf(text, { marks: true });
    expect(shapes.map((one) => words(text, one)).filter(Boolean)).toEqual([
      "title: Tomatoes",
      "Sowed",
      "One.",
      "Two.",
    ]);
  });

  it.each([
    ["a head of another width", "| a | b |\n|---|\n| 1 | 2 |"],
    ["no line of dashes", "| a | b |\n| 1 | 2 |"],
    ["nothing below", "| a | b |"],
    ["code by its indent", "    | a | b |\n    |---|---|"],
    ["a pipe in a sentence", "Use a | b here.\n|---|---|"],
  ])("lets stay text what has %s", (_, text) => {
    expect(kinds(text)).toEqual(["text"]);
  });

  it("gives rows that were cut out of a table the head that their passage names, where it fits", () => {
    const context = "Energy > March\n| Month | kWh |\n| --- | --- |";
    const { path, head } = underOf(context);
    expect([path, titlesIn(head)]).toEqual(["Energy > March", ["Month", "kWh"]]);
    const text = "| March | 265 |\n| April | 1 |\n\nEnd.";
    const [table] = shapesOf(text, { head }) as [Table];
    expect([table.kind, table.head, table.titles, table.rows.length]).toEqual([
      "table",
      null,
      ["Month", "kWh"],
      2,
    ]);
    expect(shapesOf("| 265 |\n", { head }).map((one) => one.kind)).toEqual(["text"]);
    expect([underOf(""), underOf("A > B"), underOf("A | B\n| C")].map((one) => one.head)).toEqual([
      "",
      "",
      "",
    ]);
    expect(underOf("| a | b |\n|---|---|").path).toBe("");
  });

  it("takes the time of its length for what is made to be slow", () => {
    for (const text of [
      "|".repeat(400_000),
      "| ".repeat(300_000),
      "|-\n".repeat(100_000),
      "#".repeat(400_000),
      "```\n".repeat(99_999),
    ]) {
      const begun = performance.now();
      shapesOf(text, { marks: true });
      shapesOf(text, { marks: true, cut: 1 });
      expect(performance.now() - begun).toBeLessThan(4_000);
    }
  });
});

describe("a passage that was cut out of code", () => {
  const drawn = (text: string, path = "") =>
    shapesOf(text, { marks: true, cut: depthOf(path) }).map((one) => [one.kind, said(text, partsIn([one]))]);

  it.each([
    ["its end", "# set it\nrun = 1\n```\n\nText.", [["code", "# set it\nrun = 1"], ["text", "Text."]]],
    ["its end, with code behind", "# a\n```\nText.\n```py\n# b\n```", [
      ["code", "# a"], ["text", "Text."], ["code", "# b"],
    ]],
    ["its last line", "```\n\nText.", [["code", ""], ["text", "Text."]]],
    ["its end, and begins the next", "# a\n~~~\n\nText.\n\n~~~sh\n# b", [
      ["code", "# a"], ["text", "Text."], ["code", "# b"],
    ]],
    ["its beginning", "Text.\n\n```sh\n# a\n  b | c", [["text", "Text."], ["code", "# a\n  b | c"]]],
    ["its beginning, without a language", "Text.\n\n```\n# a", [["text", "Text."], ["code", "# a"]]],
    ["a whole one", "Text.\n\n```\n# a\n```", [["text", "Text."], ["code", "# a"]]],
    ["one fence that stands close on both sides", "x = 1\n# a\n```\nText.", [
      ["code", "x = 1\n# a"], ["text", "Text."],
    ]],
    ["its midst", "run()\n# a\nstop()\n\n# b\nend()", [["code", "run()\n# a\nstop()\n\n# b\nend()"]]],
  ])("draws as code what holds %s", (_, text, shapes) => {
    expect(drawn(text)).toEqual(shapes);
  }); // prettier-ignore

  it("takes words between three signs within a line for no fence", () => {
    const [only, ...others] = drawn("```npm i``` installs it.\nText.");
    expect([only?.[0], others]).toEqual(["text", []]);
    expect(only?.[1]).toContain("installs it.");
  });

  it("takes a line with # for a heading only where a passage can begin with one", () => {
    expect(drawn("# Pots\n\n## Herbs\n\nText.\n\n# later").filter(([, words]) => words)).toEqual([
      ["heading", "Pots"],
      ["heading", "Herbs"],
      ["text", "Text.\n\n# later"],
    ]);
    expect(drawn("## Herbs\n\nText.", "Pots")).toEqual([
      ["heading", "Herbs"],
      ["text", "Text."],
    ]);
    expect(drawn("# set it\n\nrun = 1", "Pots > Herbs")).toEqual([["text", "# set it\n\nrun = 1"]]);
    expect([depthOf(null), depthOf(""), depthOf("A > B")]).toEqual([null, 0, 2]);
  });

  it("holds every unit of any text once, in order, and hides nothing but marks, fences and what they name", () => {
    for (const seed of SEEDS) {
      const text = written(seed);
      let [at, hidden, shown] = [0, "", 0];
      const shapes = shapesOf(text, { marks: true, cut: seed % 3 });
      for (const shape of shapes) {
        expect([seed, shape.start, shape.stop > shape.start]).toEqual([seed, at, true]);
        at = shape.stop;
      }
      expect([seed, at]).toEqual([seed, text.length]);
      for (const part of partsIn(shapes)) {
        expect([seed, part.start >= shown, part.stop > part.start]).toEqual([seed, true, true]);
        hidden += text.slice(shown, part.start);
        shown = part.stop;
      }
      hidden = (hidden + text.slice(shown)).replace(/^ {0,3}(?:`{3,}[^`\n]*|~{3,}.*)$/gm, "");
      expect([seed, hidden.replace(/[|\\:\-#=\s]/g, "")]).toEqual([seed, ""]);
    }
  });
});

describe("what is shown in passing", () => {
  it("is all of a short passage, and else what stands around the mark, with whole letters", () => {
    const text = "😀".repeat(300);
    expect(windowOf("short", null, 420)).toBeNull();
    expect(windowOf(text, null, 421)).toEqual({ start: 0, stop: 420 });
    const shown = windowOf(text, { start: 300, stop: 310 }, 121)!;
    expect(shown.start <= 300 && shown.stop >= 310 && shown.stop - shown.start < 160).toBe(true);
    expect([shown.start % 2, shown.stop % 2]).toEqual([0, 0]);
  });

  it("has its marks where the words before them end", () => {
    const parts = [
      { text: "One ", marked: false },
      { text: "two", marked: true },
      { text: " three", marked: false },
    ];
    expect(marksOf(parts)).toEqual([{ start: 4, stop: 7 }]);
  });

  it("keeps whole rows and their titles", () => {
    const text = `| Name | Pot |\n|---|---|\n${"| sage | grey |\n".repeat(100)}`;
    const [table] = within(shapesOf(text), { start: 700, stop: 720 }) as [Table];
    expect([table.head, table.titles, table.rows.length]).toEqual([null, ["Name", "Pot"], 2]);
  });
});

it("a document is Markdown by its name, with or without its title behind", () => {
  expect(["a.md", "b.MDX", "c.markdown", "d.md (The (old) pots)"].map(isMarkdown)).not.toContain(false);
  expect(["md", "a.md.txt", "a.txt (b.md)"].map(isMarkdown)).not.toContain(true);
});
