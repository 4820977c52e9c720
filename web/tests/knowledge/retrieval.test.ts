import { describe, expect, it } from "vitest";
import { metadataIn, placeIn, placeOf } from "../../src/knowledge/retrieval";

describe("metadataIn", () => {
  it("takes a pair from each line that has one", () => {
    expect(metadataIn("year=2024\n author = Ada = B \nnothing\n=x\n")).toEqual({
      year: "2024",
      author: "Ada = B",
    });
  });
});

describe("places in an address", () => {
  it("are read as they were written", () => {
    expect(placeIn(placeOf({ start: 12, stop: 40 }))).toEqual({ start: 12, stop: 40 });
  });

  it.each([undefined, "", "12", "40-12", "5-5", "-1-3", "1-x", "1-9999999999"])("%s is none", (told) => {
    expect(placeIn(told)).toBe(null);
  });
});
