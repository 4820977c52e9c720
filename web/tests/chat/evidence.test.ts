import { describe, expect, it } from "vitest";
import type { Citation, Evidence, Exhibit, Turn } from "../../src/api/types";
import {
  addressOf,
  citedNumbers,
  footingOf,
  partsOf,
  sourceAt,
  sourcesText,
  whereOf,
} from "../../src/chat/evidence";
import { pagesOf, pagesShort } from "../../src/knowledge/pages";

const CONTENT = "茶😀 is grown in Assam. It is hot.";
const EXHIBIT: Exhibit = {
  number: 1,
  base: "b",
  document: "d",
  chunk: "c",
  content: CONTENT,
  start: 100,
  stop: 100 + [...CONTENT].length,
  name: "tea.txt",
  page: 3,
};

function citation(start: number, stop: number, sure = true): Citation {
  return { number: 1, document: "d", chunk: "c", start: 100 + start, stop: 100 + stop, sure };
}

describe("sourceAt", () => {
  const text = "😀茶 Tea [1]. 😀 More [1].";
  const evidence: Evidence = {
    passages: [EXHIBIT],
    cited: [
      { t: "cited", start: 0, stop: 11, citations: [citation(0, 21)] },
      { t: "cited", start: 12, stop: 23, citations: [citation(22, 32)] },
    ],
  };

  it("finds the sentence that a number stands in, whatever the characters before it", () => {
    const [first, second] = [text.indexOf("[1]"), text.lastIndexOf("[1]")];
    expect(sourceAt(evidence, 1, first, text)?.citation?.start).toBe(100);
    expect(sourceAt(evidence, 1, second, text)?.citation?.start).toBe(122);
  });

  it("takes the part of a sentence that a number stands in, where it is cited again", () => {
    const said = "Tea is hot [1], and it cures [1][2].";
    const at = said.lastIndexOf("[1]");
    const parts: Evidence = {
      passages: [EXHIBIT],
      cited: [
        { t: "cited", start: 0, stop: 14, citations: [citation(0, 21)] },
        { t: "cited", start: 16, stop: said.length, citations: [citation(0, 32, false)] },
      ],
    };
    expect(sourceAt(parts, 1, 11, said)?.citation?.sure).toBe(true);
    expect(sourceAt(parts, 1, at, said)?.citation?.sure).toBe(false);
    const whole = { passages: [EXHIBIT], cited: [{ ...parts.cited![0]!, stop: said.length }] };
    expect(sourceAt(whole, 1, 11, said)?.citation?.sure).toBe(true);
    const second = sourceAt(whole, 1, at, said)!;
    expect(second.citation).toMatchObject({ sure: false, start: 100, stop: EXHIBIT.stop });
    const doubled = "Tea is hot [1]. [1]";
    const cited: Evidence = { passages: [EXHIBIT], cited: [{ ...parts.cited![0]!, stop: doubled.length }] };
    expect(sourceAt(cited, 1, doubled.lastIndexOf("[1]"), doubled)?.citation?.sure).toBe(true);
  });

  it("knows the passage before the sentence is whole, and of no other number", () => {
    expect(sourceAt({ passages: [EXHIBIT] }, 1, 5, text)).toEqual({ exhibit: EXHIBIT, citation: null });
    expect(sourceAt(evidence, 2, 5, text)).toBe(null);
  });
});

describe("addressOf", () => {
  it("marks what is sure, and only shows the passage otherwise", () => {
    expect(addressOf({ exhibit: EXHIBIT, citation: citation(0, 21) })).toBe("/documents/d?at=100-121");
    expect(addressOf({ exhibit: EXHIBIT, citation: citation(0, 32, false) })).toBe(
      "/documents/d?passage=100-132",
    );
    expect(addressOf({ exhibit: EXHIBIT, citation: null })).toBe(`/documents/d?passage=100-${EXHIBIT.stop}`);
    expect(addressOf({ exhibit: { ...EXHIBIT, exact: false }, citation: null })).toBe("/documents/d");
  });
});

describe("partsOf", () => {
  const marked = (citations: Citation[], exhibit = EXHIBIT) =>
    partsOf(exhibit, citations).map((part) => (part.marked ? `<${part.text}>` : part.text));

  it("marks the words that a citation rests on", () => {
    expect(marked([citation(0, 21)])).toEqual(["<茶😀 is grown in Assam.>", " It is hot."]);
    expect(marked([citation(22, 99)])).toEqual(["茶😀 is grown in Assam. ", "<It is hot.>"]);
  });

  it("joins what overlaps", () => {
    expect(marked([citation(3, 12), citation(6, 21)])).toEqual([
      "茶😀 ",
      "<is grown in Assam.>",
      " It is hot.",
    ]);
  });

  it("marks nothing that is not sure, nor in words that are not the document's", () => {
    expect(marked([citation(0, 21, false)])).toEqual([CONTENT]);
    expect(marked([citation(0, 21)], { ...EXHIBIT, exact: false })).toEqual([CONTENT]);
  });
});

describe("where a source is", () => {
  const long = { ...EXHIBIT, page_starts: [110, 120] };

  it("is the page of the quoted words, and all pages of a passage", () => {
    expect(whereOf({ exhibit: long, citation: { ...citation(12, 20), page: 4 } })).toBe("tea.txt, page 4");
    expect(whereOf({ exhibit: long, citation: { ...citation(2, 15), page: 3, last_page: 4 } })).toBe(
      "tea.txt, pages 3–4",
    );
    expect(whereOf({ exhibit: long, citation: null })).toBe("tea.txt, pages 3–5");
  });

  it("is told of a passage in a document as well", () => {
    expect([pagesOf({ start: 0, stop: 9, page: 3, page_starts: [4] }), pagesShort(long)]).toEqual([
      "pages 3–4",
      "p. 3–5",
    ]);
    expect([pagesOf({ start: 0, stop: 9, page: 3 }), pagesShort({ start: 0, stop: 9 })]).toEqual([
      "page 3",
      "",
    ]);
  });
});

describe("what goes along with an answer", () => {
  const evidence: Evidence = {
    passages: [EXHIBIT, { ...EXHIBIT, number: 2, name: "coffee.txt", page: null }],
    cited: [{ t: "cited", start: 0, stop: 3, citations: [citation(0, 3), { ...citation(0, 3), number: 2 }] }],
  };
  const turn: Turn = { id: "t", chat: "c", role: "assistant", state: "complete", created: 0, evidence };

  it("is the list of what its numbers stand for", () => {
    expect(citedNumbers(evidence)).toEqual([1, 2]);
    expect(sourcesText(turn)).toBe("[1] tea.txt, page 3\n[2] coffee.txt");
    expect(sourcesText({ ...turn, evidence: null })).toBe("");
  });

  it("stands on the bases of the last question", () => {
    const bases = [{ id: "b", name: "Leaves" }];
    const asked: Turn = { ...turn, role: "user", footing: { bases } };
    expect(footingOf([asked, turn])).toEqual(bases);
    expect(footingOf([asked, turn, { ...asked, footing: null }, turn])).toEqual([]);
  });
});
