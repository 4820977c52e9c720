import { describe, expect, it } from "vitest";
import type { EntityLink, EntityNode } from "../../src/api/types";
import { laid, radius } from "../../src/knowledge/graph";
import { aloft, labelled, ranked } from "../../src/knowledge/labels";

const node = (key: string, chunks = 1, name = key): EntityNode => ({ key, name, chunks });
const link = (source: string, target: string): EntityLink => ({
  ...{ source, target, kind: "", chunks: 1, strength: 5 },
});
const FRAME = { width: 400, height: 300 };
const wide = (words: string) => 7 * words.length;
const at = (...places: [string, number, number][]) => new Map(places.map(([key, x, y]) => [key, { x, y }]));
/** Where letters are, as near as it matters here: a line is 11 pixels above its foot and 4 below. */
const boxOf = ({ x, y, text }: { x: number; y: number; text: string }) => ({
  ...{ left: x - wide(text) / 2, right: x + wide(text) / 2, top: y - 11, bottom: y + 4 },
});

describe("ranked", () => {
  it("puts first what is looked at, then what it is linked to, then what most passages speak of", () => {
    const nodes = [node("rare"), node("common", 9), node("beside"), node("me"), node("also rare")];
    const keys = ranked(nodes, "me", new Set(["beside"])).map((one) => one.key);
    expect(keys).toEqual(["me", "beside", "common", "rare", "also rare"]);
  });
});

describe("labelled", () => {
  it("writes each name below its point where there is room", () => {
    const labels = labelled([node("tea")], at(["tea", 200, 100]), FRAME, wide);
    expect(labels.get("tea")).toEqual({ text: "tea", x: 200, y: 100 + radius(1) + 3 + 11 });
  });

  it("writes it elsewhere before it leaves it out, and within the frame", () => {
    const long = "a name that is long";
    const places = at(["corner", 395, 295], ["tea", 200, 100], ["below", 200, 116]);
    const labels = labelled([node("corner", 1, long), node("tea"), node("below")], places, FRAME, wide);
    const { x, y } = labels.get("corner") ?? { x: 0, y: 0 };
    expect([x + wide(long) / 2 <= 400, y < 295]).toEqual([true, true]);
    expect(labels.get("tea")?.y).toBeLessThan(100);
  });

  it("leaves out the name that would lie over that of a more important one", () => {
    const places = at(
      ...Array.from({ length: 9 }, (_, n): [string, number, number] => [`n${n}`, 200 + n, 150]),
    );
    const nodes = [...places.keys()].map((key) => node(key, 1, `a rather long name ${key}`));
    const labels = labelled(nodes, places, FRAME, wide);
    expect(labels.has("n0")).toBe(true);
    expect(labels.size).toBeLessThan(9);
  });

  it("lays none over another, over a point, or beyond the frame, in graphs of all sizes", () => {
    for (const [count, width, height] of [
      [40, 343, 300],
      [40, 900, 480],
      [12, 343, 300],
    ] as const) {
      const nodes = Array.from({ length: count }, (_, n) => node(`n${n}`, 1 + (n % 7), `Entity number ${n}`));
      const links = nodes.slice(1).map((one, n) => link(`n${Math.floor(n / 3)}`, one.key));
      const places = laid(nodes, links, width, height);
      const labels = labelled(nodes, places, { width, height }, wide);
      const boxes = [...labels.values()].map(boxOf);
      expect(boxes.length).toBeGreaterThan(count / 6);
      boxes.forEach((one, n) => {
        expect([one.left >= 0, one.right <= width, one.top >= 0, one.bottom <= height]).not.toContain(false);
        for (const other of boxes.slice(0, n))
          expect(
            one.left < other.right &&
              other.left < one.right &&
              one.top < other.bottom &&
              other.top < one.bottom,
          ).toBe(false);
      });
    }
  });

  it("knows nothing of those that have no place", () => {
    expect(labelled([node("gone")], new Map(), FRAME, wide).size).toBe(0);
  });
});

describe("aloft", () => {
  it("tells the whole name within the frame, above the point where there is no room below", () => {
    const name = "The Lumière Brothers' Society for Lamps";
    const raised = aloft(node("s", 1, name), { x: 390, y: 290 }, FRAME, wide);
    expect(raised.text).toBe(name);
    expect(raised.x + raised.wide / 2 + 5).toBeLessThanOrEqual(400); // with the rim of its sign
    expect(raised.y).toBeLessThan(290);
  });

  it("shortens what no frame is wide enough for", () => {
    const raised = aloft(node("s", 1, "long ".repeat(40)), { x: 10, y: 10 }, FRAME, wide);
    expect(raised.text.endsWith("…")).toBe(true);
    expect(raised.wide).toBeLessThanOrEqual(400);
  });
});
