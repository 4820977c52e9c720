import { describe, expect, it } from "vitest";
import { Places } from "../../src/state/places";

const texts = {
  plain: "Water boils at a hundred degrees.",
  chinese: "水在一百度沸腾。水在零度结冰。",
  emoji: "a😀b👩‍🚀c𠮷d",
  "half a pair": "a\ud83db",
  long: `${"茶😀x".repeat(5000)}end`,
  empty: "",
};

describe.each(Object.entries(texts))("places in %s", (_, text) => {
  const places = new Places(text);
  const points = [...text];

  it("are the same stretch in code points and in units", () => {
    for (const [start, stop] of [
      [0, points.length],
      [1, 3],
      [2, 7],
      [4095, 4099],
      [12_000, 15_003],
    ] as const) {
      expect(text.slice(places.units(start), places.units(stop))).toBe(points.slice(start, stop).join(""));
    }
  });

  it("lead there and back", () => {
    for (let point = 0; point <= points.length; point += Math.max(1, Math.floor(points.length / 50)))
      expect(places.points(places.units(point))).toBe(point);
  });

  it("end where the text does", () => {
    expect([places.units(99_999), places.units(-1)]).toEqual([text.length, 0]);
    expect(places.points(99_999)).toBe(points.length);
  });
});
