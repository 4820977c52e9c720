import { describe, expect, it } from "vitest";
import type { DocumentView } from "../../../src/api/types";
import { digestOf } from "../../../src/knowledge/folder/digest";
import type { Look } from "../../../src/knowledge/folder/look";
import {
  folderName,
  foldersIn,
  FOLDER_NAME,
  older,
  pending,
  planned,
  unfit,
  versionsOf,
  type Plan,
} from "../../../src/knowledge/folder/plan";

const US = "papers";

/** A folder with these files, by their contents. */
function folder(files: Record<string, string>, more: Partial<Look> = {}): Look {
  const found = Object.entries(files).map(([name, text]) => {
    return { file: new File([text], name), name, size: text.length };
  });
  return { name: US, files: found, left: [], unseen: [], bare: new Set(), ...more };
}

function document(text: string, about: Partial<DocumentView> = {}): DocumentView {
  const base = { id: "d1", base: "b", name: "one.txt", created: 1, changed: 1 };
  return { ...base, source: "upload", state: "ready", sha256: digestOf(text), ...about };
}

function ours(path: string, text: string, id = "d1", about: Partial<DocumentView> = {}): DocumentView {
  return document(text, { id, source: "folder", place: `${US}/${path}`, name: path, ...about });
}

function plan(look: Look, there: DocumentView[] = [], texts: Record<string, string | null> = {}): Plan {
  const digests = new Map(look.files.map((file) => [file.name, digestOf(texts[file.name] ?? "")]));
  return planned(US, look, there, digests, 1000);
}

function of(files: Record<string, string>, there: DocumentView[] = [], more: Partial<Look> = {}): Plan {
  return plan(folder(files, more), there, files);
}

const names = (all: readonly { name: string }[]) => all.map((one) => one.name);

describe("a plan", () => {
  it("adds only bytes that are not there, and each once", () => {
    const made = of({ "moved.md": "one", "twice.md": "two", "two.md": "two" }, [document("one")]);
    expect(names(made.added)).toEqual(["twice.md"]);
    expect(made.unchanged).toEqual([
      { name: "moved.md", why: "isAs", other: "one.txt" },
      { name: "two.md", why: "sameBytes", other: "twice.md" },
    ]);
    expect(names(made.others.map((one) => ({ name: one.id })))).toEqual(["d1"]);
    expect(made.changed.length + made.removed.length + made.renamed.length).toBe(0);
  });

  it("sends once what another folder put there, which is then this one's as well", () => {
    const theirs = document("one", { source: "folder", place: "books/b.txt", name: "b.txt" });
    const noted = { ...theirs, foreign: { folders: { [US]: "one.txt" } } };
    expect(names(of({ "one.txt": "one" }, [theirs]).added)).toEqual(["one.txt"]);
    expect(of({ "one.txt": "one" }, [noted])).toMatchObject({
      ...{ added: [], renamed: [], removed: [], unchanged: [{ name: "one.txt", why: "" }] },
    });
    expect(of({ "two.txt": "one" }, [noted]).renamed[0]?.gone.name).toBe("one.txt");
    expect(names(of({ "two.txt": "two" }, [noted]).removed)).toEqual(["one.txt"]);
    expect(of({ "two.txt": "two" }, [theirs]).removed).toEqual([]);
  });

  it("replaces a version whose file has other bytes, and no document of anybody else", () => {
    const made = of({ "one.txt": "more" }, [ours("one.txt", "one"), document("else", { id: "d2" })]);
    expect([names(made.changed), made.added, made.removed]).toEqual([["one.txt"], [], []]);
    expect(made.outdated.get("one.txt")?.map((gone) => gone.id)).toEqual(["d1"]);
    expect([...versionsOf(made, ["one.txt"]).keys(), ...versionsOf(made, ["other"]).keys()]).toEqual([
      "one.txt",
    ]);
  });

  it("shows the version that goes because its file has the bytes of a new one", () => {
    const made = of({ "a.txt": "new", "b.txt": "new" }, [ours("b.txt", "old")]);
    expect([names(made.added), names(made.changed)]).toEqual([["a.txt"], []]);
    expect(older(made)).toEqual([{ name: "b.txt", id: "d1", why: "version" }]);
    expect(older({ ...made, added: [], failed: [{ name: "a.txt", why: "unreadable" }] })).toEqual([]);
  });

  it("takes the older version away where the newer one came before it was broken off", () => {
    const there = [ours("one.txt", "old", "d1"), ours("one.txt", "new", "d2")];
    const made = of({ "one.txt": "new" }, there);
    expect(older(made).map((gone) => gone.id)).toEqual(["d1"]);
    expect(pending(made)).toBe(true);
    const waits = of({ "one.txt": "new" }, [there[0]!, { ...there[1]!, state: "failed", problem: "broken" }]);
    expect([older(waits), pending(waits), names(waits.failed)]).toEqual([[], false, ["one.txt"]]);
  });

  it("renames what has another path, also where two changed places", () => {
    const there = [ours("a.txt", "a", "1"), ours("b.txt", "b", "2"), ours("d.txt", "c", "3")];
    const made = of({ "a.txt": "b", "b.txt": "a", "c.txt": "c", "d.txt": "c" }, there);
    expect(made.renamed.map(({ gone, file }) => [gone.id, file.name])).toEqual([
      ["1", "b.txt"],
      ["2", "a.txt"],
    ]);
    expect([made.added, made.removed]).toEqual([[], []]);
  });

  it("removes only what this folder put there and is gone", () => {
    const made = of({ "one.txt": "one" }, [
      ours("gone.txt", "1", "d1"),
      ours("deep/gone.txt", "2", "d2", { state: "failed" }),
      document("3", { id: "d3", name: "gone.txt" }),
      document("4", { id: "d4", source: "folder", place: "papers-2/gone.txt" }),
      document("5", { id: "d5", source: "folder", place: "papers" }),
      document("7", { id: "d7", source: "address", place: "papers/gone.txt" }),
    ]);
    expect(made.removed.map((gone) => [gone.id, gone.why])).toEqual([
      ["d1", ""],
      ["d2", "noFolder"],
    ]);
    expect(made.others.map((one) => one.id)).toEqual(["d3", "d4", "d5", "d7"]);
  });

  it("keeps what could not be seen, and all of a folder that is empty", () => {
    const there = [ours("shut/b.txt", "b", "1"), ours("disk/c.txt", "c", "2"), ours("lost.txt", "d", "3")];
    const made = of({ "a.txt": "a" }, there, { unseen: ["shut", "lost.txt"], bare: new Set(["disk"]) });
    expect(made.removed).toEqual([]);
    expect(made.kept.map((one) => one.why)).toEqual(["unseen", "bare", "unseen"]);
    expect(names(made.failed)).toEqual(["shut", "lost.txt"]);
    expect(of({}, there).kept.map((one) => one.why)).toEqual(["bare", "bare", "bare"]);
  });

  it("leaves out what is no document, with the reason, and keeps what stood in its place", () => {
    const look = folder({ "film.MP4": "x", "empty.txt": "", "large.txt": "y".repeat(1001), "a.txt": "a" });
    look.left.push({ name: ".git/config", why: "hidden" });
    const made = plan(look, [ours("empty.txt", "before")], { "a.txt": "a" });
    expect(made.skipped.map((one) => [one.name, one.why])).toEqual([
      ["film.MP4", "format"],
      ["empty.txt", "empty"],
      ["large.txt", "large"],
      [".git/config", "hidden"],
    ]);
    expect([made.removed, names(made.added)]).toEqual([[], ["a.txt"]]);
  });

  it("tells a file that cannot be read, and touches nothing of it", () => {
    const look = folder({ "one.txt": "one" });
    const made = planned(US, look, [ours("one.txt", "before")], new Map([["one.txt", null]]));
    expect([names(made.failed), made.removed, pending(made)]).toEqual([["one.txt"], [], false]);
  });

  it("knows what is being read, and what failed as no document at all", () => {
    const made = of({ "a.txt": "a", "b.txt": "b" }, [
      ours("a.txt", "a", "1", { state: "parsing" }),
      ours("b.txt", "b", "2", { state: "failed", problem: "unknown_format" }),
    ]);
    expect(made.unchanged).toEqual([{ name: "a.txt", why: "reading" }]);
    expect([[...made.waiting], names(made.skipped)]).toEqual([[["a.txt", "1"]], ["b.txt"]]);
  });
});

describe("a folder's name", () => {
  it("is one that a base takes, the same each time, and another one for each folder and person", () => {
    const all = ["Papers 2024", "文档", "茶", "-", "x".repeat(300)].map((name) => folderName(name, "ada"));
    for (const each of all) expect(each).toMatch(FOLDER_NAME);
    expect(all[0]).toMatch(/^page-papers-2024-[0-9a-f]{8}$/);
    expect(new Set([...all, folderName("Papers 2024", "bob")]).size).toBe(6);
    expect(folderName("文档", "ada")).toBe(all[1]);
  });

  it("is found in what is there", () => {
    const there = [ours("a", "a"), ours("b", "b"), document("c", { source: "folder", place: "other/c" })];
    expect([...foldersIn([...there, document("d")])]).toEqual([
      ["papers", 2],
      ["other", 1],
    ]);
  });
});

it.each([
  ["a.tar.gz", "format"],
  ["dir.zip/a", ""],
  ["a.", ""],
  ["noending", ""],
  ["deep/a.WebM", "format"],
])("%s is judged by its suffix", (name, why) => {
  expect(unfit({ file: new File([], "x"), name, size: 1 }, 0)).toBe(why);
});
