import { afterEach, expect, it } from "vitest";
import type { DocumentRemark, DocumentView } from "../../src/api/types";
import { remarksOf } from "../../src/knowledge/remarks";
import { speak } from "../../src/words";

afterEach(() => speak("en"));

function told(...remarked: DocumentRemark[]) {
  const document = {
    id: "d",
    base: "b",
    name: "a",
    source: "upload",
    state: "ready",
    created: 0,
    changed: 0,
  };
  return remarksOf({ ...document, remarks: remarked.map((one) => one.words), remarked } as DocumentView);
}

const damaged = { words: "In English.", code: "pages_damaged", values: { count: 2, pages: "3, 5" } };

it("says a remark in the language that is spoken, with its values", async () => {
  expect(told(damaged)).toEqual([{ words: "Damaged and left out: pages 3, 5." }]);
  await speak("zh");
  expect(told(damaged)).toEqual([{ words: "已损坏而略过：第 3, 5 页。" }]);
});

it("shows the sentence of what it has no words or no values for, and says that it is English", async () => {
  await speak("zh");
  const unknown = [
    { words: "Of before." },
    { words: "Of later.", code: "in_etruscan" },
    { words: "Of nobody.", code: "toString" },
    { words: "Its graph is not whole: because.", code: "undrawn" },
  ];
  expect(told(...unknown)).toEqual(unknown.map(({ words }) => ({ words, lang: "en" })));
});

it("says the reason by its code", async () => {
  await speak("zh");
  const values = { why: "The queue is full.", problem: "queue_full" };
  expect(told({ words: "It was not cut anew: The queue is full.", code: "uncut", values })).toEqual([
    { words: "没有重新切分：队列已满。", detail: "The queue is full." },
  ]);
  const strange = { why: "A {why} of its own.", problem: "strange" };
  const detail = strange.why;
  expect(told({ words: "", code: "uncut", values: strange })).toEqual([
    { words: "没有重新切分：操作没有成功。", detail },
  ]);
  const kinds = told({ words: "", code: "uncut", values: { ...strange, kind: "timed_out" } });
  expect(kinds).toEqual([{ words: expect.not.stringContaining("操作没有成功"), detail }]);
});

it("tells what a server without codes tells", () => {
  const document = { remarks: ["A page was empty."] } as DocumentView;
  expect(remarksOf(document)).toEqual([{ words: "A page was empty.", lang: "en" }]);
});
