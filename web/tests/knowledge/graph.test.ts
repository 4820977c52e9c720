import { describe, expect, it } from "vitest";
import type { EntityLink, EntityNode } from "../../src/api/types";
import { laid, radius, short } from "../../src/knowledge/graph";

const node = (key: string): EntityNode => ({ key, name: key, chunks: 1 });
const link = (source: string, target: string): EntityLink => ({
  ...{ source, target, kind: "", chunks: 1, strength: 5 },
});
const NODES = Array.from({ length: 40 }, (_, n) => node(`n${n}`));
const LINKS = NODES.slice(1).map((one, n) => link(`n${Math.floor(n / 3)}`, one.key));

describe("laid", () => {
  it("puts everything into the frame, and nothing onto something else", () => {
    for (const [width, height] of [
      [320, 300],
      [1200, 480],
    ] as const) {
      const places = [...laid(NODES, LINKS, width, height).values()];
      expect(places).toHaveLength(40);
      for (const { x, y } of places) {
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x).toBeLessThanOrEqual(width);
        expect(y).toBeGreaterThanOrEqual(0);
        expect(y).toBeLessThanOrEqual(height);
      }
      places.forEach((one, n) =>
        places
          .slice(0, n)
          .forEach((other) => expect(Math.hypot(one.x - other.x, one.y - other.y)).toBeGreaterThan(4)),
      );
    }
  });

  it("puts what is linked nearer together than what is not", () => {
    const places = laid(
      [node("a"), node("b"), node("c"), node("d")],
      [link("a", "b"), link("c", "d")],
      600,
      400,
    );
    const far = (one: string, other: string) => {
      const [a, b] = [places.get(one), places.get(other)];
      return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
    };
    expect(far("a", "b")).toBeLessThan(Math.min(far("a", "c"), far("a", "d")));
  });

  it("is always the same, and knows links to nowhere", () => {
    expect(laid(NODES, LINKS, 640, 400)).toEqual(laid(NODES, LINKS, 640, 400));
    expect([...laid([node("a")], [link("a", "gone"), link("a", "a")], 640, 400).keys()]).toEqual(["a"]);
    expect(laid([], [], 0, 0).size).toBe(0);
  });
});

describe("what is drawn of an entity", () => {
  it("grows with its passages, up to a bound", () => {
    expect([1, 4, 1_000_000].map(radius)).toEqual([5, 9, 14]);
  });

  it("is a name that is short, cut between letters", () => {
    expect(short("Lyon")).toBe("Lyon");
    expect(short("😀".repeat(30), 5)).toBe("😀😀😀😀…");
  });
});
