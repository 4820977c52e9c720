import { describe, expect, it } from "vitest";
import { chosen } from "../../src/knowledge/bringing";

describe("files that were chosen", () => {
  it("go all, also what is empty: the server says that there is nothing in it", () => {
    const files = [new File(["tea"], "tea.txt"), new File([], "empty.txt")];
    expect(chosen(files).map((one) => one.name)).toEqual(["tea.txt", "empty.txt"]);
  });

  it("go without what systems put beside them", () => {
    const files = [".DS_Store", "Thumbs.db", "a.txt"].map((name) => new File(["x"], name));
    expect(chosen(files).map((one) => one.name)).toEqual(["a.txt"]);
  });
});
