import { describe, expect, it } from "vitest";
import { pageIn, sheetAddress, styleOf, zoomed } from "../../src/knowledge/sheets";

describe("sheetAddress", () => {
  it("asks for the least of few widths that is sharp, and never for more than there is", () => {
    expect(sheetAddress("a/b", 7, 401)).toMatch(/documents\/a%2Fb\/pages\/7\?width=700$/);
    expect(sheetAddress("a", 1, 9000)).toMatch(/width=2000$/);
  });
});

describe("styleOf", () => {
  it("puts a box in shares of the page where it lies", () => {
    expect(styleOf({ left: 0.1, top: 0.25, right: 0.4, bottom: 0.3 })).toBe(
      "left:10%;top:25%;width:30%;height:5%",
    );
  });
});

describe("pageIn", () => {
  it("takes the number of a page, and nothing else", () => {
    expect(["3", " 2 ", "0", "4", "1.5", "", "two"].map((typed) => pageIn(typed, 3))).toEqual([
      3,
      2,
      null,
      null,
      null,
      null,
      null,
    ]);
  });
});

describe("zoomed", () => {
  it("goes from size to size, and stays at the ends", () => {
    expect([zoomed(1, true), zoomed(4, true), zoomed(1.5, false), zoomed(1, false)]).toEqual([1.5, 4, 1, 1]);
  });
});
